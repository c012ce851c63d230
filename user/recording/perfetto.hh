// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A recording in the trace event format, which Perfetto and Chrome show.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "recording/run.hh"

namespace vmalock {

/**
 * Makes the text in parts: head, events of each snapshot, tail. Counters are
 * tracks of the process that has them, named as in vmstat; a machine has two
 * processes of its own, one for the sum of what was traced and one for what its
 * kernel counted. Times are of CLOCK_BOOTTIME, as Perfetto's own are, if all
 * runs are of one boot, else of the wall clock.
 */
class perfetto_events {
public:
	explicit perfetto_events(std::vector<recorded_run> runs);

	std::string head() const;
	/** By rising time, as a recording has them. */
	std::string events_of(const recorded_snapshot &snapshot);
	std::string tail() const;

private:
	struct counters {
		std::uint64_t success = 0, abort = 0, retry = 0;

		bool operator==(const counters &) const = default;
		counters &operator+=(const counters &more);
	};
	struct process {
		std::string name;
		counters shown;
	};
	using processes = std::map<process_id, counters>;

	void add_name(std::string &out, std::uint64_t pid, const std::string &name);
	void add_counter(std::string &out, std::uint64_t pid, const char *name, std::uint64_t value);
	void add_counters(std::string &out, std::uint64_t pid, const counters &value);
	void add_process(std::string &out, std::size_t run, process_id id, const counters &value,
			 const process_names &names);

	std::vector<recorded_run> runs;
	bool one_boot;
	std::map<std::pair<std::size_t, process_id>, process> known;	///< by run
	std::vector<bool> begun;		///< runs that have names
	double now_us = 0;			///< of the events that are made
	bool first = true;			///< of all events
};

} // namespace vmalock
