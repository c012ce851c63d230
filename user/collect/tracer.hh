// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The BPF programs, attached for as long as this object lives.
 */
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "collect/kallsyms.hh"
#include "model/snapshot.hh"

struct vmalock_bpf;

namespace vmalock {

/** Whose events to count. */
struct trace_target {
	std::vector<std::uint32_t> pids;	///< empty: every process
	bool follow_children = false;
};

class tracer {
public:
	/**
	 * Load and attach. On return events are being counted.
	 *
	 * Nothing is pinned: the kernel detaches the programs and frees the maps
	 * when this process ends, however it ends.
	 *
	 * @throw std::runtime_error with one sentence: what this kernel or user
	 * lacks, and what to do about it.
	 */
	explicit tracer(const trace_target &target);
	~tracer();

	/**
	 * What has been counted so far. Counters move while they are read: each
	 * was true at some moment of the reading.
	 */
	snapshot take();

private:
	struct destroy {
		void operator()(vmalock_bpf *skeleton) const;
	};

	void open(const trace_target &target);
	void leave_out_what_the_kernel_lacks();
	void load();
	void read_faults(snapshot &out);
	void read_aborts(snapshot &out);
	void read_names(snapshot &out);
	void read_losses(snapshot &out);

	std::unique_ptr<vmalock_bpf, destroy> skeleton;
	kallsyms symbols;
	std::vector<std::string> not_visible;
	std::chrono::steady_clock::time_point started;
};

} // namespace vmalock
