// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names for addresses in processes.
 */
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "collect/namer.hh"
#include "collect/pid_namespace.hh"
#include "collect/process_files.hh"
#include "model/user_frame.hh"

namespace vmalock {

/**
 * Can take long: for a process's mmap_lock, for a large table of symbols. Hence
 * the symbolizer.
 */
class user_symbols {
public:
	/**
	 * @param numbers of the processes that it is asked about
	 * @param names reads their files, which nothing in this process does
	 */
	user_symbols(numbers_in_proc numbers, namer names)
		: numbers(std::move(numbers)), names(std::move(names))
	{
	}

	/**
	 * The frames of a stack whose innermost address is where the process was,
	 * and the others return addresses. What is found of a process is kept, and
	 * serves when it is gone.
	 */
	user_frames resolve(process_id id, const std::vector<std::uint64_t> &addresses);

private:
	/** What tells one file from all others, and from what it held before. */
	struct file_id {
		dev_t device;
		ino_t inode;
		std::int64_t changed_s, changed_ns;

		auto operator<=>(const file_id &) const = default;
	};

	struct process {
		std::optional<process_files> files;	///< empty: gone
		std::optional<file_id> program;
		std::vector<mapped_range> maps;
		std::map<std::uint64_t, std::shared_ptr<named_file>> file_by_start;	///< NULL: none
		std::optional<named_file> made_code;
		off_t made_code_size = 0;
		std::chrono::steady_clock::duration taken{};	///< to read its files
		bool harmful = false;			///< a file of its is: no more names for it
	};

	static file_id id_of(const struct stat &file);
	static const mapped_range *range_of(const process &process, std::uint64_t address);

	process &look_at(process_id id);
	void learn_maps(process &process, const std::vector<std::uint64_t> &addresses);
	std::shared_ptr<named_file> file_of(process &process, const mapped_range &range);
	std::optional<found_name> look_up(process &process, named_file &file, std::uint64_t address);
	std::string made_function(process &process, std::uint64_t address);
	bool has_new_made_code(process &process);
	user_frame frame_of(process &process, std::uint64_t address, std::uint64_t within);

	numbers_in_proc numbers;
	namer names;
	std::map<process_id, process> processes;
	std::map<file_id, std::shared_ptr<named_file>> files;
};

} // namespace vmalock
