// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The BPF programs that this kernel can have, loaded and attached.
 */
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/pid_namespace.hh"
#include "collect/trace_target.hh"
#include "model/snapshot.hh"

struct vmalock_bpf;

namespace vmalock {

class kallsyms;
class kernel_btf;

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
