// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A trace that is under way, for as long as this object lives.
 */
#pragma once

#include <chrono>
#include <optional>

#include "collect/bpf_programs.hh"
#include "collect/event_records.hh"
#include "collect/kallsyms.hh"
#include "collect/symbolizer.hh"
#include "collect/tables.hh"
#include "collect/wait_records.hh"
#include "model/exited.hh"
#include "model/snapshot.hh"

namespace vmalock {

class tracer {
public:
	/**
	 * Begin. On return events are being counted.
	 * @throw std::runtime_error as bpf_programs does.
	 */
	tracer(const trace_target &target, const counting &counting);

	/**
	 * What has been counted so far. Counters move while they are read: each
	 * was true at some moment of the reading. Where the kernel has counters
	 * of its own, reading is tried again a few times until these did not
	 * move meanwhile, so that the two can be compared. With forget_exited, what
	 * has exited before has been in a snapshot for the last time. Otherwise, once a
	 * table is crowded, it is from now on in a sum by name.
	 */
	snapshot take();

	/** Make room in tables that are crowded. To be called every second or so. */
	void make_room();

	/** What has been lost so far. */
	loss_counts losses();

	/** Have user stacks named that are new: once their processes are gone it is too late. */
	void name_stacks();

	/** A file that is readable when fetch() or take_events() has something to do; -1 if never. */
	int to_fetch() const;
	/** Make room for more records of the kernel. */
	void fetch();
	/** The next events, by their time; empty if none have come. */
	std::vector<traced_event> take_events();

	/** See nothing more; what was seen can still be taken. */
	void stop();

private:
	/** What the tables have; then they have nothing of @p gone any more. */
	snapshot read_tables(const gone &gone);
	/** What is gone and still in the tables; nothing if it is not @p time for it. */
	gone gone_now(bool time);
	/** Those whose names are known by now; asks for the others. */
	void name_stacks(snapshot &snapshot);

	counting how;
	kallsyms symbols;
	bpf_programs programs;
	bool with_writers, with_fault_times, forgets;
	std::optional<symbolizer> names;
	std::optional<wait_records> waits;
	std::optional<event_records> events;
	crowds crowded;
	exited_sums sums;
	std::chrono::steady_clock::time_point started;
};

} // namespace vmalock
