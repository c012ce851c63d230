// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A file gets its name when it is whole, by a process that still may give it one.
 */
#pragma once

#include <string>
#include <sys/types.h>

#include "cli/file_place.hh"

namespace vmalock {

/** What becomes of what had the name before. */
enum class former_file {
	is_replaced,
	gets_old_name,
};

/** The name that former_file::gets_old_name gives. */
std::string old_name(const std::string &name);

/**
 * Tracing gives up all privileges long before there is a result, and without them root may
 * not write into somebody else's folder, such as the home of who ran sudo. So a process of
 * its own waits with the folder open: it can do nothing but give the file its name. If this
 * process ends without having asked for that, in whatever way, nothing is left of the file.
 */
class file_keeper {
public:
	/**
	 * Make a file beside @p place. To be called before there is a second thread.
	 * @param path the place, for errors
	 * @throw std::runtime_error if it cannot be made
	 */
	file_keeper(file_place place, std::string path, former_file former);
	~file_keeper();
	file_keeper(const file_keeper &) = delete;

	/** The file, to be written to; once. */
	descriptor take_file() { return std::move(made); }

	/**
	 * Bring what was written to the disk, and give the file its name, once. What is written
	 * later is in the same file.
	 * @throw std::runtime_error if that fails; then the name has what it had.
	 */
	void keep();

private:
	int wait_for_keeper();

	std::string path;
	descriptor made, order;
	pid_t keeper = -1;
};

} // namespace vmalock
