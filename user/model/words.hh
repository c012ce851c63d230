// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The words that people and JSON readers see for what the code numbers.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/vm_refcnt.hh"
#include "uapi/aborts.h"
#include "uapi/events.h"
#include "uapi/fallbacks.h"
#include "uapi/groups.h"
#include "uapi/helper.h"
#include "uapi/losses.h"
#include "uapi/times.h"
#include "uapi/waits.h"
#include "uapi/writers.h"

namespace vmalock {

std::string_view word_for(vmalock_abort_reason reason);
std::string_view word_for(vmalock_fallback cause);
std::string_view word_for(vmalock_outcome outcome);
std::string_view word_for(vmalock_loss cause);
std::string_view word_for(vmalock_writer_state state);
std::string_view word_for(vmalock_time what);
std::string_view word_for(vmalock_mapping_kind kind);
std::string_view word_for(vm_refcnt_state state);

/** The same as names in JSON, which never change. */
std::string_view key_for(vmalock_abort_reason reason);
std::string_view key_for(vmalock_by by);
std::string_view key_for(vmalock_mapping_kind kind);
std::string_view key_for(vmalock_fallback cause);
std::string_view key_for(vmalock_loss cause);
std::string_view key_for(vmalock_writer_state state);
std::string_view key_for(vmalock_time what);
std::string_view key_for(vmalock_event_kind kind);
std::string_view key_for(vmalock_wait_kind kind);
std::string_view key_for(vm_refcnt_state state);

/** What is going on in that state, in one line. */
std::string_view explain(vm_refcnt_state state);

/**
 * What kind of code called lock_vma_under_rcu(), from the calling function's
 * name. A function that is in no list is its own kind.
 */
std::string_view caller_kind(std::string_view function, std::string_view module);

/** The kinds that caller_kind() has besides functions. */
std::vector<std::string_view> caller_kinds();

/** "a", "a and b", "a, b and c". */
std::string listed(const std::vector<std::string> &words);

/** The kind that page faults have. */
inline constexpr std::string_view page_fault = "page fault";

/** The kind of a caller whose address has no name. */
inline constexpr std::string_view unknown_caller = "unknown caller";

/** What to do about a missing capability. */
inline constexpr std::string_view how_to_be_allowed =
	"run as root, or give the file of this program "
	"its capabilities: setcap cap_bpf,cap_perfmon,cap_syslog+ep FILE";

} // namespace vmalock
