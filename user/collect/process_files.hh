// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What /proc shows about the memory of one process, in whichever container it is.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "collect/descriptor.hh"
#include "model/process_id.hh"

namespace vmalock {

/** A line of /proc/PID/maps. */
struct mapped_range {
	std::uint64_t start = 0, end = 0;
	bool executable = false;
	std::uint64_t file_offset = 0;
	std::uint64_t inode = 0;	///< of the file, else 0
	std::string path;		///< as the process sees it; [vdso] and the like; or empty
};

/** Of this very process: everything fails once it is gone, also if its id is used again. */
class process_files {
public:
	/**
	 * @param id with a start of zero is whoever has that number now.
	 * @return nothing if it is gone, or may not be looked at.
	 */
	static std::optional<process_files> of(process_id id);

	/** The file that it executes; nothing once it is gone. */
	std::optional<struct stat> program() const;

	/**
	 * In order of addresses. Kernels as old as 6.12 take mmap_lock for this, and so
	 * can make the caller wait for as long as a writer holds it.
	 * @return empty if the process is gone.
	 */
	std::vector<mapped_range> maps() const;

	/** The file behind it, also if its name is gone or has another file by now. */
	descriptor open(const mapped_range &range) const;

	/**
	 * A file of the process's own, by a path as the process sees it.
	 * @return none if it is no regular file, or neither root's nor its user's
	 */
	descriptor open_own(const std::string &path) const;

	/** Its id in its own PID namespace, zero once it is gone. */
	std::uint32_t own_pid() const;

private:
	explicit process_files(int folder) : folder(folder) {}

	std::string read(const char *name) const;
	std::string root() const;
	descriptor open_in_root(const std::string &path) const;

	descriptor folder;		///< /proc/PID
};

} // namespace vmalock
