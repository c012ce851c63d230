// SPDX-License-Identifier: GPL-2.0-only
#include "output/stream.hh"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace vmalock {

void put_or_throw(std::FILE *stream, std::string_view text)
{
	if (!put(stream, text))
		throw std::runtime_error(std::string("cannot write the report: ") +
					 std::strerror(errno));
}

} // namespace vmalock
