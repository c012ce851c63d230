// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The words that people and JSON readers see for what the code numbers.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/vm_refcnt.hh"
#include "model/lock_words.hh"

namespace vmalock {

/**
 * @name Of each enumeration in module/uapi, made of its list there, and of what decode finds.
 * A value that is not in the list is "unknown".
 */
///@{

/** What people read. */
template <class Enumeration>
std::string_view word_for(Enumeration value);

/** The name in JSON and in recordings, which never changes. */
template <class Enumeration>
std::string_view key_for(Enumeration value);

/** The value of that name. */
template <class Enumeration>
std::optional<Enumeration> with_key(std::string_view key);
///@}

/** What is going on in that state, in one line. */
std::string_view explain(vm_refcnt_state state);
std::string_view explain(mmap_lock_state state);

/** "a", "a and b", "a, b and c". */
std::string listed(const std::vector<std::string> &words);

/** What to do about a missing capability. */
inline constexpr std::string_view how_to_be_allowed =
	"run as root, or give the file of this program "
	"its capabilities: setcap cap_bpf,cap_perfmon,cap_syslog+ep FILE";

} // namespace vmalock
