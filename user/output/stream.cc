// SPDX-License-Identifier: GPL-2.0-only
#include "output/stream.hh"

#include <cerrno>
#include <cstring>

namespace vmalock {

std::runtime_error cannot(const std::string &what)
{
	return std::runtime_error("cannot " + what + ": " + std::strerror(errno));
}

bool put(std::FILE *stream, std::string_view text)
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
