// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names for addresses in processes.
 */
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "collect/elf_file.hh"
#include "collect/perf_map.hh"
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
	/** @param numbers of the processes that it is asked about */
	explicit user_symbols(numbers_in_proc numbers) : numbers(std::move(numbers)) {}

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
		std::map<std::uint64_t, std::shared_ptr<elf_file>> elf_by_start;	///< NULL: none
		perf_map made_code;
	};

	static file_id id_of(const struct stat &file);
	static const mapped_range *range_of(const process &process, std::uint64_t address);

	process &look_at(process_id id);
	void learn_maps(process &process, const std::vector<std::uint64_t> &addresses);
	std::shared_ptr<elf_file> elf_of(process &process, const mapped_range &range);
	user_frame frame_of(process &process, std::uint64_t address, std::uint64_t within);

	numbers_in_proc numbers;
	std::map<process_id, process> processes;
	std::map<file_id, std::shared_ptr<elf_file>> files;
};

} // namespace vmalock
