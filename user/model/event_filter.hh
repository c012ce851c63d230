// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which events are wanted, by the words that JSON has for them. Pure.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hh"

namespace vmalock {

/** What the user asked for; where a list is empty, everything. */
struct event_filter {
	std::vector<std::string> kinds;		///< empty: all but waits, which cost more
	std::vector<std::string> reasons;
	std::vector<std::string> callers;	///< kinds of code, or kernel functions
	std::string name;			///< of the process; empty: any
};

/**
 * The words that events of this kind have as their reason, by number; empty where
 * the number is that of another kind.
 */
std::vector<std::string_view> reasons_of(vmalock_event_kind kind);

/**
 * A bit for each reason of this kind that is wanted, by its number: of an abort
 * its vmalock_abort_reason, of a retry or bypass its vmalock_fallback, of a wait its
 * vmalock_wait_kind. Only aborts have callers: with any, nothing else is wanted.
 */
std::uint32_t wanted_reasons(const event_filter &filter, vmalock_event_kind kind);

/** Is this event wanted? */
bool wanted(const event_filter &filter, const traced_event &event);

/** @name All that there are */
///@{
std::vector<std::string> event_kinds();
std::vector<std::string> event_reasons();
///@}

} // namespace vmalock
