// SPDX-License-Identifier: GPL-2.0-only
#include "collect/kallsyms.hh"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace vmalock {

namespace {

/** From the beginning, however often. */
std::string read_all(std::ifstream &stream)
{
	stream.clear();
	stream.seekg(0);
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

kallsyms::kallsyms() : file("/proc/kallsyms"), modules_file("/proc/modules")
{
	read();
}

/* A line is "address type name", and "[module]" if it is in one. */
void kallsyms::read()
{
	modules = loaded_modules(modules_file);
	text = read_all(file);
	lines.clear();

	std::string_view rest = text;
	while (!rest.empty()) {
		std::size_t length = std::min(rest.find('\n'), rest.size());
		std::string_view line = rest.substr(0, length);
		rest.remove_prefix(std::min(length + 1, rest.size()));

		std::string_view digits = next_word(line), type = next_word(line);
		std::string_view name = next_word(line), module = next_word(line);
		std::uint64_t address = 0;

		std::from_chars(digits.data(), digits.data() + digits.size(), address, 16);
		// Addresses read as zero without CAP_SYSLOG; only text calls.
		if (!address || (type != "t" && type != "T"))
			continue;
		if (module.size() > 2)
			module = module.substr(1, module.size() - 2);
		lines.push_back({address, name, module});
	}
	// Modules come after the kernel, in no order.
	std::ranges::stable_sort(lines, {}, &line::address);
}

kernel_symbol kallsyms::look_up(std::uint64_t address) const
{
	auto above = std::ranges::upper_bound(lines, address, {}, &line::address);

	if (above == lines.begin())
		return {};
	--above;
	return {std::string(above->name), std::string(above->module)};
}

kallsyms::extent kallsyms::extent_of(std::string_view function) const
{
	auto found = std::ranges::find(lines, function, &line::name);

	if (found == lines.end() || found + 1 == lines.end())
		return {};
	return {found->address, (found + 1)->address};
}

std::string_view kallsyms::variant_of(std::string_view function) const
{
	auto found = std::ranges::find_if(lines, [=](const line &line) {
		return line.name.starts_with(function) &&
		       (line.name.size() == function.size() || line.name[function.size()] == '.');
	});

	return found == lines.end() ? std::string_view() : found->name;
}

const kernel_symbol &kallsyms::find(std::uint64_t address)
{
	auto known = found.find(address);

	if (known != found.end())
		return known->second;
	if (loaded_modules(modules_file) != modules)
		read();
	return found.emplace(address, look_up(address)).first->second;
}

} // namespace vmalock
