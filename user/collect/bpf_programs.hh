// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The BPF programs that this kernel can have, loaded and attached.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/pid_namespace.hh"
#include "model/event.hh"
#include "model/snapshot.hh"

struct vmalock_bpf;

namespace vmalock {

class kallsyms;
class kernel_btf;

/** Whose events to count. */
struct trace_target {
	std::vector<std::uint32_t> ids;		///< of processes, as they are known here; empty: every one
	bool ids_are_threads = false;
	std::string cgroup;			///< its folder; empty: any
	bool follow_children = false;
	bool writers = false;			///< who is in the way, too
	bool readers = false;			///< record what writers wait for too
	bool fault_times = false;		///< how long faults take
	bool symbols = false;			///< name the functions of user stacks
	bool forget_exited = false;		///< once they were in a snapshot, for who keeps no total
	std::optional<sent_events> events;	///< empty: none are sent
};

/** How to count them. */
struct counting {
	vmalock_by by = VMALOCK_BY_PROCESS;
	bool exact = false;		///< by hooks that lose nothing
};

class bpf_programs {
public:
	/**
	 * Load and attach. On return events are being counted.
	 *
	 * Nothing is pinned: the kernel detaches the programs and frees the maps
	 * when this process ends, however it ends. Of @p symbols no more is read than the
	 * functions that are attached to need.
	 *
	 * @throw std::runtime_error with one sentence: what this kernel or user
	 * lacks, and what to do about it.
	 */
	bpf_programs(const trace_target &target, const counting &counting, kallsyms &symbols);
	~bpf_programs();

	/** The programs and maps, for those who read what they count. */
	vmalock_bpf &bpf() const { return *skeleton; }

	/** Where events are seen. */
	const std::vector<attach_point> &attached_to() const { return attached; }

	/** Events that this kernel cannot show, in words. */
	const std::vector<std::string> &cannot_see() const { return not_visible; }

	/** Is there a probe where the kernel misses a VMA? */
	bool sees_misses() const { return misses_seen; }

	/** The ids of processes in what is counted are the kernel's. */
	numbers_in_proc numbers() const { return ids->in_proc(); }

	/** Detach: nothing is counted any more, what was can be read. */
	void stop();

private:
	struct destroy {
		void operator()(vmalock_bpf *skeleton) const;
	};

	void open_for(const trace_target &target, vmalock_by by);
	void leave_out_what_nobody_asked_for(vmalock_by by);
	void choose_hooks(const kernel_btf &kernel, const counting &counting);
	void choose_marks(const kernel_btf &kernel);
	void load();
	void set_targets(const trace_target &target);
	/** Where the kernel counts misses itself, it is no matter if we cannot. */
	void see_misses();
	void attach_exact(const kernel_btf &kernel, kallsyms &symbols);
	void attach();

	std::unique_ptr<vmalock_bpf, destroy> skeleton;
	std::optional<pid_namespace> ids;
	std::vector<attach_point> attached;
	std::vector<std::string> not_visible;
	bool misses_seen = false;
};

} // namespace vmalock
