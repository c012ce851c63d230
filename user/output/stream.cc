// SPDX-License-Identifier: GPL-2.0-only
#include "output/stream.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vmalock {

std::runtime_error cannot(const std::string &what)
{
	return std::runtime_error("cannot " + what + ": " + std::strerror(errno));
}

namespace {

/** A terminal obeys all others. */
bool is_obeyed(char c)
{
	return c != '\n' && c != '\t' && (c < ' ' || c > '~');
}

} // namespace

bool put(std::FILE *stream, std::string_view text)
{
	if (std::ranges::none_of(text, is_obeyed))
		return put_control(stream, text);
	std::string seen(text);
	std::ranges::replace_if(seen, is_obeyed, '?');
	return put_control(stream, seen);
}

bool put_control(std::FILE *stream, std::string_view text)
{
	return std::fwrite(text.data(), 1, text.size(), stream) == text.size() &&
	       !std::fflush(stream);
}

void put_or_throw(std::FILE *stream, std::string_view text)
{
	if (!put(stream, text))
		throw cannot("write the report");
}

} // namespace vmalock
