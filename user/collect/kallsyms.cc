// SPDX-License-Identifier: GPL-2.0-only
#include "collect/kallsyms.hh"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <iterator>

namespace vmalock {

namespace {

/** To be read again from the beginning. */
void rewind(std::ifstream &stream)
{
	stream.clear();
	stream.seekg(0);
}

std::string read_all(std::ifstream &stream)
{
	rewind(stream);
	return {std::istreambuf_iterator<char>(stream), {}};
}

/** Cut the next word off @p line. */
std::string_view next_word(std::string_view &line)
{
	std::size_t start = std::min(line.find_first_not_of(" \t"), line.size());
	std::size_t end = std::min(line.find_first_of(" \t", start), line.size());
	std::string_view word = line.substr(start, end - start);

	line.remove_prefix(end);
	return word;
}

/** The next word of @p line, a number in base 16; 0 if it is none. */
std::uint64_t next_address(std::string_view &line)
{
	const std::string_view digits = next_word(line);
	std::uint64_t result = 0;

	std::from_chars(digits.data(), digits.data() + digits.size(), result, 16);
	return result;
}

/** As people read it; @p module is empty for the kernel itself. */
std::string with_module(std::string_view name, std::string_view module)
{
	return module.empty() ? std::string(name) : fmt::format("{} [{}]", name, module);
}

/** Of "[module]", or nothing. */
std::string_view without_brackets(std::string_view module)
{
	return module.size() > 2 ? module.substr(1, module.size() - 2) : std::string_view();
}

/** What lies where, of lines "name size references users state address". */
std::string loaded_modules(std::ifstream &file)
{
	std::string text = read_all(file), result;
	std::string_view rest = text;

	while (!rest.empty()) {
		std::string_view line = rest.substr(0, rest.find('\n'));
		rest.remove_prefix(std::min(line.size() + 1, rest.size()));

		result += next_word(line);
		for (int skipped = 0; skipped < 4; skipped++)
			next_word(line);
		result += next_word(line);
	}
	return result;
}

} // namespace

kallsyms::kallsyms(const std::string &path) : file(path), modules_file("/proc/modules")
{
	begin();
	read_function();
}

/** @return where @p name begins among all names */
std::uint32_t kallsyms::keep(std::string_view name)
{
	auto result = static_cast<std::uint32_t>(names.size());

	names.append(name).push_back('\0');
	return result;
}

void kallsyms::begin()
{
	rewind(file);
	lines.clear();
	objects.clear();
	objects_read = false;
	// The name of the kernel itself.
	names.assign(1, '\0');
	last_module = 0;
}

/*
 * Read up to the next symbol of one of these types. A line is "address type name", and
 * "[module]" if it is in one. Addresses read as zero without CAP_SYSLOG: who sees none of the
 * first function sees none of any.
 */
bool kallsyms::read_symbol(std::vector<line> &out, std::string_view types)
{
	for (std::string text; std::getline(file, text);) {
		std::string_view rest = text;
		const std::uint64_t address = next_address(rest);
		const std::string_view type = next_word(rest), name = next_word(rest);
		const std::string_view module = without_brackets(next_word(rest));

		if (type.find_first_not_of(types) != type.npos)
			continue;
		if (!address && lines.empty())
			return false;
		// The symbols of a module stand together.
		if (module != &names[last_module])
			last_module = module.empty() ? 0 : keep(module);
		out.push_back({address, keep(name), last_module});
		return true;
	}
	return false;
}

/* Only text calls. Weak is text too, as weak data is of type v. */
bool kallsyms::read_function()
{
	return read_symbol(lines, "tTwW");
}

/* Who has been at the end of the file has seen none of what was loaded since. */
void kallsyms::read_rest()
{
	if (file.eof())
		begin();
	modules = loaded_modules(modules_file);
	while (read_function())
		continue;
	all_read = true;
	// Modules come after the kernel, in no order.
	std::ranges::stable_sort(lines, {}, &line::address);
}

std::size_t kallsyms::line_that(auto is_it)
{
	for (std::size_t i = 0; i < lines.size() || read_function(); i++)
		if (is_it(lines[i]))
			return i;
	return lines.size();
}

kernel_symbol kallsyms::look_up(std::uint64_t address) const
{
	auto above = std::ranges::upper_bound(lines, address, {}, &line::address);

	if (above == lines.begin())
		return {};
	--above;
	return {std::string(name_of(*above)), &names[above->module]};
}

kallsyms::extent kallsyms::extent_of(std::string_view function)
{
	const std::size_t found = line_that([=, this](const line &line) { return name_of(line) == function; });

	if (found + 1 >= lines.size() && !read_function())
		return {};
	return {lines[found].address, lines[found + 1].address};
}

std::string kallsyms::variant_of(std::string_view function)
{
	const std::size_t found = line_that([=, this](const line &line) {
		const std::string_view name = name_of(line);

		return name.starts_with(function) &&
		       (name.size() == function.size() || name[function.size()] == '.');
	});

	return found == lines.size() ? std::string() : std::string(name_of(lines[found]));
}

const kernel_symbol &kallsyms::find(std::uint64_t address)
{
	auto known = found.find(address);

	if (known != found.end())
		return known->second;
	if (!all_read || loaded_modules(modules_file) != modules)
		read_rest();
	return found.emplace(address, look_up(address)).first->second;
}

std::vector<std::string> kallsyms::functions_of(std::span<const std::uint64_t> stack)
{
	std::vector<std::string> result;

	for (std::uint64_t address : stack) {
		if (!address)
			break;
		const kernel_symbol &symbol = find(address - 1);

		if (symbol.module == "bpf")
			continue;
		result.push_back(with_module(symbol.name, symbol.module));
	}
	return result;
}

/* Most locks are in allocated memory: on x86 all of that lies below the kernel. */
std::string kallsyms::object_at(std::uint64_t address)
{
	if (!all_read)
		read_rest();
	if (lines.empty() || address < lines.front().address)
		return {};
	if (!objects_read)
		read_objects();
	std::string result;
	for (const line &object : std::ranges::equal_range(objects, address, {}, &line::address)) {
		const std::string_view name = name_of(object);

		// A linker's name, such as __bss_start, if there is no other.
		if (result.empty() || result.front() == '_')
			result = with_module(name, &names[object.module]);
	}
	return result;
}

/* Variables are a third of the file, and few of who asks for functions asks for one. */
void kallsyms::read_objects()
{
	rewind(file);
	while (read_symbol(objects, "bBdDvV"))
		continue;
	objects_read = true;
	std::ranges::stable_sort(objects, {}, &line::address);
}

} // namespace vmalock
