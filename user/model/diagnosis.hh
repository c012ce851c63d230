// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Decides whether tracing works on this machine, what reports will show, and what to
 * do about the rest. Pure: facts in, findings out.
 */
#pragma once

#include <cstdint>
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

/** Something that a run can be asked for, loaded and attached for a moment. */
struct tried_mode {
	std::string name;			///< the option or subcommand
	std::optional<std::string> error;	///< why that did not work; empty if it did
};

/** What the tables of a run take in the kernel, in bytes. */
struct table_memory {
	std::uint64_t at_once = 0;
	std::uint64_t full = 0;		///< with all the entries they have room for
};

/** Of a run that was not tried: its size is known beforehand. */
struct sized_run {
	std::string name;			///< subcommand and options
	table_memory memory;
};

/** What was found on the machine; the collector fills it. */
struct machine_facts {
	std::string kernel;			///< uname -r
	std::optional<vma_lock_kind> lock;	///< empty: there is no BTF
	std::vector<std::string> missing_to_trace;	///< capabilities, without which there is no trace
	bool may_see_addresses = false;		///< CAP_SYSLOG
	std::string lockdown;			///< its level, empty if there is none
	bool kernel_counts = false;		///< vma_lock_* in /proc/vmstat
	bool sees_addresses = false;		///< /proc/kallsyms shows them
	bool helper_in_kernel = false;		///< vma_start_read_unlocked()
	bool module_loaded = false;		///< vmalock
	bool module_statistics = false;		///< can be read
	/** Why programs could not be loaded and attached; empty if they could. */
	std::optional<std::string> trial_error;
	std::vector<std::string> not_visible;	///< in the trial
	std::vector<sized_run> sizes;		///< the usual one first
	std::vector<tried_mode> modes;		///< beyond the trial; empty if that failed
};

enum class health {
	good,
	limited,	///< tracing works, but something is missing from reports
	bad,		///< tracing does not work
};

struct finding {
	std::string subject;
	health state;
	std::string found;
	std::string advice;	///< what to do, empty if there is nothing
};

/** In the order in which a person would check. */
std::vector<finding> diagnose(const machine_facts &facts);

/** The worst state of any finding. */
health overall(const std::vector<finding> &findings);

} // namespace vmalock
