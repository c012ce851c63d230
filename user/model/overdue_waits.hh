// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Waits that last longer than a limit. Pure: the caller says who waits at which time.
 */
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/blocked.hh"

namespace vmalock {

/** A thread that sleeps for an rw_semaphore. */
struct standing_wait {
	std::uint32_t place = 0;	///< in the tracer's table
	std::uint64_t wait = 0;		///< which of all that had this place
	bool is_own = false;		///< for the mmap_lock of its own address space

	std::uint32_t tid() const { return static_cast<std::uint32_t>(wait >> 32); }
	auto operator<=>(const standing_wait &) const = default;
};

/** Waits, and for how long each was seen. */
using wait_times = std::map<standing_wait, std::uint64_t>;

/** What was seen of a wait may be longer than what the look knows of its task. */
void add_times(blocked_look &look, const wait_times &seen);

/** Does its thread wait for a lock of an address space, as the look saw it? */
bool is_in(const blocked_look &look, const standing_wait &wait);

class overdue_waits {
public:
	explicit overdue_waits(std::uint64_t over_ns) : over_ns(over_ns) {}

	/**
	 * All that stand at @p now_ns. Those that are gone and were overdue count as missed()
	 * if they were for an mmap_lock for sure.
	 */
	void see(const std::vector<standing_wait> &now, std::uint64_t now_ns);

	bool any(std::uint64_t now_ns) const;

	/** Those for which any() is true. */
	wait_times all(std::uint64_t now_ns) const;

	/** They are dealt with: nothing more is to be said of them. */
	void forget(const standing_wait &wait) { first_seen.erase(wait); }

	/** Another one that came and went before anybody looked. */
	void miss() { missed_so_far++; }

	/** How many since this was asked last. */
	std::uint64_t take_missed() { return std::exchange(missed_so_far, 0); }

private:
	bool is_overdue(std::uint64_t since_ns, std::uint64_t now_ns) const { return now_ns - since_ns >= over_ns; }

	std::uint64_t over_ns;
	std::map<standing_wait, std::uint64_t> first_seen;	///< at which time
	std::uint64_t last_ns = 0;
	std::uint64_t missed_so_far = 0;
};

} // namespace vmalock
