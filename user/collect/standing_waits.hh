// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who sleeps for an rw_semaphore at this moment, as the tracer notes it.
 */
#pragma once

#include <memory>
#include <vector>

#include "model/overdue_waits.hh"

struct watch_bpf;

namespace vmalock {

class standing_waits {
public:
	/**
	 * Load and attach. The kernel removes all of it when this process ends.
	 * @throw std::runtime_error with one sentence: what this kernel or user lacks.
	 */
	standing_waits();
	~standing_waits();

	/** Of waits that began since. Makes no system call. */
	std::vector<standing_wait> all() const;

	/** Do not report it any more: its place is free. */
	void forget(const standing_wait &wait);

	/** How many found no place. */
	std::uint64_t without_room() const;

private:
	struct destroy {
		void operator()(watch_bpf *skeleton) const;
	};

	std::unique_ptr<watch_bpf, destroy> skeleton;
};

} // namespace vmalock
