// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The BPF programs that this kernel can have, loaded and attached.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct vmalock_bpf;

namespace vmalock {

/** Whose events to count. */
struct trace_target {
	std::vector<std::uint32_t> pids;	///< empty: every process
	bool follow_children = false;
	bool writers = false;			///< who is in the way, too
	bool readers = false;			///< record what writers wait for too
};

class bpf_programs {
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
	explicit bpf_programs(const trace_target &target);
	~bpf_programs();

	/** The programs and maps, for those who read what they count. */
	vmalock_bpf &bpf() const { return *skeleton; }

	/** Events that this kernel cannot show, in words. */
	const std::vector<std::string> &cannot_see() const { return not_visible; }

private:
	struct destroy {
		void operator()(vmalock_bpf *skeleton) const;
	};

	void open(const trace_target &target);
	void leave_out_what_the_kernel_lacks();
	void load();

	std::unique_ptr<vmalock_bpf, destroy> skeleton;
	std::vector<std::string> not_visible;
};

} // namespace vmalock
