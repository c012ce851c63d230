// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Will tracing work on this machine, what will be seen, and what to do about
 * the rest. Pure: facts in, findings out.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vmalock {

/** How this kernel locks a VMA. */
enum class vma_lock_kind {
	none,			///< not at all: faults take mmap_lock
	semaphore,		///< 6.4 to 6.14
	reference_count,	///< since 6.15
};

/** What was found on the machine; the collector fills it. */
struct machine_facts {
	std::string kernel;			///< uname -r
	std::optional<vma_lock_kind> lock;	///< nothing: there is no BTF to tell
	std::vector<std::string> missing_to_trace;	///< capabilities, without which there is no trace
	bool may_see_addresses = false;		///< CAP_SYSLOG
	std::string lockdown;			///< its level, empty if there is none
	bool kernel_counts = false;		///< vma_lock_* in /proc/vmstat
	bool sees_addresses = false;		///< /proc/kallsyms shows them
	bool helper_in_kernel = false;		///< vma_start_read_unlocked()
	bool module_loaded = false;		///< vmalock
	bool module_statistics = false;		///< can be read
	/** Why programs could not be loaded and attached; nothing: they could. */
	std::optional<std::string> trial_error;
	std::vector<std::string> not_visible;	///< of the trial
};

enum class health {
	good,
	limited,	///< tracing works, something is not seen
	bad,		///< tracing does not work
};

struct finding {
	std::string subject;
	health state;
	std::string found;
	std::string advice;	///< what to do, empty if there is nothing
};

/** In the order in which a person would look. */
std::vector<finding> diagnose(const machine_facts &facts);

/** The worst of them. */
health overall(const std::vector<finding> &findings);

} // namespace vmalock
