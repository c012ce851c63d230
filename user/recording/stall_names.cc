// SPDX-License-Identifier: GPL-2.0-only
#include "recording/stall_names.hh"

#include <algorithm>
#include <charconv>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace vmalock {

namespace {

constexpr std::string_view prefix = "stall-", time_like = "-00000000T000000Z.json";
constexpr std::size_t fewest_digits = 6, most_digits = 18;

bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool is_like_time(std::string_view text)
{
	return std::ranges::equal(text, time_like, [](char c, char like) {
		return like == '0' ? is_digit(c) : c == like;
	});
}

} // namespace

std::string stall_name(std::uint64_t number, std::time_t when)
{
	return fmt::format("{}{:06}-{:%Y%m%dT%H%M%SZ}.json", prefix, number, fmt::gmtime(when));
}

std::optional<std::uint64_t> number_in(std::string_view name)
{
	std::uint64_t result = 0;

	if (!name.starts_with(prefix) || name.size() < prefix.size() + fewest_digits + time_like.size() ||
	    name.size() > prefix.size() + most_digits + time_like.size())
		return std::nullopt;
	name.remove_prefix(prefix.size());
	const std::string_view digits = name.substr(0, name.size() - time_like.size());
	if (!std::ranges::all_of(digits, is_digit) || !is_like_time(name.substr(digits.size())))
		return std::nullopt;
	std::from_chars(digits.data(), digits.data() + digits.size(), result);
	return result;
}

std::vector<std::string> names_beyond(std::vector<std::string> names, std::size_t keep)
{
	std::erase_if(names, [](const std::string &name) { return !number_in(name); });
	std::ranges::sort(names, {}, [](const std::string &name) { return *number_in(name); });
	names.resize(names.size() - std::min(names.size(), keep));
	return names;
}

} // namespace vmalock
