// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Events that are traced as they happen, under the names of those who had them.
 * Plain data.
 */
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/snapshot.hh"
#include "uapi/events.h"
#include "uapi/groups.h"

namespace vmalock {

/** What only a writer's wait for readers has. */
struct traced_wait {
	std::uint64_t waited_ns = 0;
	std::string system_call;	///< empty: a page fault or a kernel thread
	std::uint32_t readers = 0;	///< that held the lock as it began
	bool interrupted = false;	///< a fatal signal ended it
};

struct traced_event {
	vmalock_event_kind kind = VMALOCK_EVENT_ABORT;
	std::uint64_t time_ns = 0;	///< since boot, without suspend; of a wait its end
	process_id process;
	std::string name;		///< the process's; the thread's if it is not known
	std::uint32_t tid = 0;
	std::string thread_name;
	std::optional<std::uint32_t> cpu;	///< not of a wait
	std::string_view reason;	///< as key_for() names it
	std::string caller;		///< of an abort, the kind of code that called
	std::string function;		///< its function in the kernel
	std::optional<std::uint64_t> address;	///< not of a wait
	/** NONE: nothing is mapped there, or no longer; empty: not known. */
	std::optional<vmalock_mapping_kind> mapping;
	std::uint64_t vm_start = 0, vm_end = 0;	///< of the mapping, zero for NONE
	std::string file;		///< its name without folders, may be cut
	std::optional<traced_wait> wait;	///< of a wait alone
};

/** Which events the programs send one by one: a bit for each reason, by its number. */
struct sent_events {
	std::uint32_t aborts = 0;	///< by vmalock_abort_reason
	std::uint32_t fallbacks = 0;	///< retries and bypasses, by vmalock_fallback
};

/** What should be among the events that were shown, and is not. */
struct missing_events {
	std::uint64_t left_out = 0;	///< by the user's rate
	loss_counts lost;
};

/** A trace that is over. */
struct traced_total {
	double seconds = 0;
	std::string kernel;		///< uname -r
	std::array<std::uint64_t, VMALOCK_EVENT_KIND_NR> shown{};
	missing_events missing;
	std::vector<std::string> not_visible;	///< events that this kernel cannot show
};

} // namespace vmalock
