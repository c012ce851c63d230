// SPDX-License-Identifier: GPL-2.0-only
#include "output/table.hh"

#include <algorithm>

namespace vmalock {

namespace {
/** Of a terminal. */
constexpr std::size_t columns = 80;
} // namespace

std::size_t rows_shown(std::size_t rows, std::size_t most)
{
	return most ? std::min(rows, most) : rows;
}

std::string rest(std::size_t rows, std::size_t most, std::string_view option)
{
	const std::size_t shown = rows_shown(rows, most);

	return shown == rows ? "" : fmt::format("... and {} more ({} shows all)", grouped(rows - shown), option);
}

void add_rest(buffer &out, std::size_t rows, std::size_t most)
{
	if (const std::string left_out = rest(rows, most); !left_out.empty())
		line(out, "{}", left_out);
}

void add_wrapped(buffer &out, std::string_view words, std::size_t indent)
{
	while (words.size() > columns - indent) {
		std::size_t space = words.rfind(' ', columns - indent);

		if (space == words.npos)
			space = words.find(' ');
		if (space == words.npos)
			break;
		line(out, "{}", words.substr(0, space));
		fmt::format_to(std::back_inserter(out), "{:{}}", "", indent);
		words.remove_prefix(space + 1);
	}
	line(out, "{}", words);
}

std::string grouped(std::uint64_t number)
{
	std::string digits = std::to_string(number);

	for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
		digits.insert(static_cast<std::size_t>(at), 1, ',');
	return digits;
}

std::string share(std::uint64_t part, std::uint64_t whole)
{
	if (!whole)
		return "-";
	return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string printable(std::string_view text, std::size_t width)
{
	std::string result;

	for (char c : text.substr(0, width))
		result += c >= ' ' && c <= '~' ? c : '?';
	return result.empty() ? "?" : result;
}

std::string printable_end(std::string_view path, std::size_t width)
{
	constexpr std::string_view left_out = "...";

	if (path.size() <= width)
		return printable(path, width);
	path.remove_prefix(path.size() - width + left_out.size());
	return std::string(left_out) + printable(path, width);
}

std::string one_line(std::string_view sentence)
{
	std::string result;

	for (char c : sentence)
		result += c >= ' ' && c <= '~' ? std::string(1, c)
					       : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
	return result;
}

std::string id_in_words(std::uint32_t id)
{
	return id ? std::to_string(id) : "exited";
}

std::string duration(std::uint64_t ns)
{
	constexpr std::uint64_t minute = 60'000'000'000;
	constexpr std::pair<std::uint64_t, std::string_view> units[] = {
		{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};

	// Three digits are enough, and no exponent.
	if (ns >= 1000 * minute)
		return fmt::format("{:.3g} h", static_cast<double>(ns) / (60 * minute));
	if (ns >= 1000 * units[0].first)
		return fmt::format("{:.3g} min", static_cast<double>(ns) / minute);
	for (auto [unit, name] : units)
		if (ns >= unit)
			return fmt::format("{:.3g} {}", static_cast<double>(ns) / unit, name);
	return fmt::format("{} ns", ns);
}

} // namespace vmalock
