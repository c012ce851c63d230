// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Writers of a VMA that waited for its readers, and who these were. Pure: waits
 * go in as they were recorded, with stacks in names, and sums come out.
 */
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/grade.hh"
#include "model/judgement.hh"
#include "model/process_id.hh"
#include "model/times.hh"
#include "model/user_frame.hh"

namespace vmalock {

/** One wait, as the tracer recorded it. */
struct writer_wait {
	process_id id;
	std::string name;
	std::string system_call;	///< empty: a page fault or a kernel thread
	std::uint32_t tid = 0;
	bool detach = false;
	bool interrupted = false;
	bool goes_on = false;		///< waited_ns is so far
	std::uint64_t began_ns = 0;	///< since boot, without suspend
	std::uint64_t waited_ns = 0;
	std::uint64_t vm_start = 0, vm_end = 0;
	std::string mapping;		///< the file's name, empty if it has none
	std::uint32_t readers = 0;
	stack_names stack;
	std::vector<met_thread> found;	///< off the CPU, with a pointer to the VMA
	std::vector<std::string> helper_users;	///< modules that use vmalock's helper
	/** Whose release ended the wait; last_ns is when it did, after it had let go. */
	std::optional<met_thread> releaser;
	std::vector<std::uint64_t> user_stack;	///< the releaser's
};

/** One reader that was in the way of one kind of writer, in one mapping. */
struct reader_row {
	std::uint32_t pid = 0, tid = 0;
	std::string name;
	std::string what;
	bool held = true;		///< false: it had let go, and was not in the way
	vmalock::grade grade = grade::likely;	///< that it held
	std::string mapping;
	std::uint64_t vm_start = 0, vm_end = 0;
	std::uint64_t count = 0;	///< waits
	std::uint64_t ns = 0;		///< of these, for how long it is known to have held
	stack_names stack;		///< of one of them
	std::vector<std::uint64_t> user_stack;	///< where it faulted or called, if known
	vmalock::user_frames user_frames;	///< empty: not named
};

/** The waits of one process in one system call. */
struct waiting_writer {
	process_id id;
	std::string name;
	std::string system_call;	///< empty: a page fault or a kernel thread
	bool detach = false;
	bool go_on = false;		///< these have not ended, and times are so far
	std::uint64_t count = 0, interrupted = 0, ns = 0;
	std::uint64_t readers = 0;	///< that held the lock as it began, of all waits
	std::uint64_t unknown = 0;	///< of these, who were not found
	time_buckets waits{};		///< by log2 of the wait in ns
	stack_names stack;		///< of one of them
	std::vector<reader_row> in_the_way;
};

/** All waits since tracing began; those that go on as they were at that moment. */
using writer_waits = std::vector<waiting_writer>;

/** Adds one. */
void add(writer_waits &sum, const writer_wait &wait);

/** Adds what another sum has. */
void merge_alike(writer_waits &sum, writer_waits more);

/** What was added between two sums, and what goes on at the end; the longest waits first. */
writer_waits grown(const writer_waits &before, const writer_waits &after);

/** All writers' waits together. */
time_buckets histogram_of(const writer_waits &waits);

} // namespace vmalock
