// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/accept.hh"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace vmalock {

namespace {

/** Without the spaces and quotes around it. */
std::string_view bare(std::string_view text)
{
	constexpr std::string_view around = " \t\"";

	text.remove_prefix(std::min(text.find_first_not_of(around), text.size()));
	return text.substr(0, text.find_last_not_of(around) + 1);
}

/** Take off @p rest what is before @p mark, or all of it. */
std::string_view next(std::string_view &rest, char mark)
{
	const std::size_t end = std::min(rest.find(mark), rest.size());
	const std::string_view result = rest.substr(0, end);

	rest.remove_prefix(std::min(end + 1, rest.size()));
	return bare(result);
}

/** From 0, which is a refusal, to 1. */
double quality_in(std::string_view word)
{
	double result = 0;
	auto [stop, error] = std::from_chars(word.begin(), word.end(), result);

	return error == std::errc() && stop == word.end() && result >= 0 && result <= 1 ? result : 0;
}

/** One of the types in the header, with what it says of them. */
struct range {
	explicit range(std::string_view text) : type(next(text, ';'))
	{
		while (!text.empty()) {
			std::string_view value = next(text, ';');
			const std::string_view name = next(value, '=');

			if (name == "version")
				version = bare(value);
			else if (name == "q")
				quality = quality_in(bare(value));
		}
	}

	std::string_view type, version;
	double quality = 1;
};

/** Where the version is named, that counts more than where none is. */
double quality_of(std::string_view type, std::string_view version, std::string_view accept)
{
	double any = 0, exact = -1;

	while (!accept.empty()) {
		const range range(next(accept, ','));

		if (range.type == type && range.version.empty())
			any = range.quality;
		else if (range.type == type && range.version == version)
			exact = range.quality;
	}
	return exact < 0 ? any : exact;
}

} // namespace

bool prefers_openmetrics(std::string accept)
{
	std::ranges::transform(accept, accept.begin(), [](unsigned char c) { return std::tolower(c); });
	const double wish = quality_of("application/openmetrics-text", "1.0.0", accept);

	return wish > 0 && wish >= quality_of("text/plain", "0.0.4", accept);
}

} // namespace vmalock
