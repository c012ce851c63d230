// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where a path leads, without a way round that somebody else has made.
 */
#pragma once

#include <optional>
#include <string>
#include <sys/stat.h>

#include "collect/descriptor.hh"

namespace vmalock {

/** The end of a path: a name in a folder, which is held open and so stays the same. */
class file_place {
public:
	/**
	 * Follow @p path. Links are followed if they are root's or our own: behind somebody
	 * else's can be a file that we may write and they may not. A link in /proc, such as
	 * the one behind /dev/stdout, leads to what is open already, and has no folder.
	 * @throw std::runtime_error which link it is, or why the end cannot be reached
	 */
	explicit file_place(const std::string &path);

	bool is_open_already() const { return !in; }

	/** Opened with O_PATH. */
	int folder() const { return in.get(); }
	const std::string &name() const { return last; }

private:
	descriptor in;
	std::string last;
};

/** What has this name in the folder, which may be a link; nothing if nothing has. */
std::optional<struct stat> status_in(int folder, const std::string &name);

} // namespace vmalock
