// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * One look at all tasks: contended address spaces, those who wait for their locks and
 * those who may have them. As it was read, with stacks in names.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/judgement.hh"
#include "uapi/blocked.h"

namespace vmalock {

/** What an address space or a VMA is known by: the address of the kernel's struct. 0: none. */
using kernel_object = std::uint64_t;

/** An address space whose mmap_lock somebody waits for, or has to write. */
struct contended_mm {
	kernel_object mm = 0;
	std::uint32_t pid = 0;		///< of a process that has it
	std::string name;
	std::uint32_t own_pid = 0;	///< the same in the PID namespace of who asked
	std::uint32_t owner_tid = 0;	///< who has it to write, or was the last to take it to read; 0: none
	bool owner_reads = false;	///< the latter, who may have released it
	std::uint32_t readers = 0;	///< counted, that have mmap_lock
	bool more_queued = false;	///< more wait than a look takes in
};

/** A VMA whose readers a writer waits for. */
struct awaited_vma {
	kernel_object vma = 0;
	std::uint64_t start = 0, end = 0;
	std::uint64_t readers = 0;	///< counted, that have its lock
	std::string file;		///< its name, empty if there is none
};

/** A VMA of a contended address space to which a pointer lies on a task's stack. */
struct met_vma {
	kernel_object vma = 0, mm = 0;
	std::uint64_t address = 0;	///< that it faulted on under the VMA lock, 0: not seen
	std::uint32_t fuse_connection = 0;	///< its file is on, 0: none
};

/** Another lock that a task sleeps on, as far as the kernel says. */
struct awaited_lock {
	kernel_object lock = 0;
	vmalock_lock_kind kind = VMALOCK_LOCK_NONE;
	std::string name;		///< of a variable of the kernel; of most there is none
	std::uint32_t owner_tid = 0;	///< who has it alone, 0: nobody, or it is not known
};

/** A process that can answer requests of a FUSE file system, since it has its device open. */
struct fuse_server {
	std::uint32_t connection = 0;	///< as in /sys/fs/fuse/connections
	std::uint32_t pid = 0;
	std::string name;
};

/** A task that waits for one of these locks, or may have one. */
struct blocked_task {
	std::uint32_t pid = 0, tid = 0;
	std::uint32_t own_pid = 0;	///< in the PID namespace of who asked
	std::string name;
	std::string system_call;	///< empty: a page fault or a kernel thread
	bool in_fault = false;		///< it came from user space by an exception
	vmalock_run_state state = VMALOCK_RUNNING;
	std::uint32_t cpu = 0;		///< that it runs on, or did last
	std::uint64_t off_cpu_ns = 0;	///< at least so long it has not run
	kernel_object mm = 0;		///< its own
	vmalock_waits_for waits_for = VMALOCK_WAITS_FOR_NOTHING;
	kernel_object waits_mm = 0;	///< whose lock, if it waits for one
	kernel_object owns_mm = 0;	///< whose mmap_lock it has to write
	std::vector<kernel_object> met_mms;
	std::vector<met_vma> met_vmas;
	bool more_met = false;		///< there was no room for all of these
	awaited_vma waits_vma;		///< if it waits for readers
	awaited_lock sleeps_on;		///< if it waits for nothing of the above
	std::vector<kernel_object> owns_locks;	///< that others were met asleep on
	stack_names stack;
};

struct blocked_look {
	std::string kernel;
	double seconds = 0;		///< that the look took
	std::vector<contended_mm> mms;
	std::vector<blocked_task> tasks;
	std::vector<blocked_task> lock_owners;	///< met once more, later, for the locks that they have
	std::vector<fuse_server> fuse_servers;	///< if a task has met a VMA of such a file
	bool walks_lock_vmas = false;	///< /proc and madvise() lock a VMA where they had mmap_lock before 6.17
	std::vector<std::string> helper_users;	///< modules that use vmalock's helper
	std::vector<std::string> not_visible;	///< in words
};

} // namespace vmalock
