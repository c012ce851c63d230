// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A file that the user named for results.
 */
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace vmalock {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

/** @throw std::runtime_error saying why it cannot be written. */
inline file open_for_writing(const std::string &path)
{
	file result(std::fopen(path.c_str(), "we"), std::fclose);

	if (!result)
		throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
	return result;
}

} // namespace vmalock
