// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Who waits for whom at this moment, read from the tasks themselves.
 */
#pragma once

#include <memory>
#include <vector>

#include "model/blocked.hh"

struct blocked_bpf;

namespace vmalock {

class kallsyms;

class blocked_tasks {
public:
	/**
	 * Load the programs, which then need no privilege any more.
	 * @param symbols names the functions on stacks, and outlives this
	 * @throw std::runtime_error with one sentence: what this kernel or user lacks.
	 */
	explicit blocked_tasks(kallsyms &symbols);

	/**
	 * Look once at all tasks of this PID namespace and below. Takes no lock that a task
	 * could hold: nobody waits for this, and it waits for nobody.
	 * @throw std::runtime_error if the kernel does not answer.
	 */
	blocked_look look();

private:
	std::vector<blocked_task> look_at_tasks(bool lock_owners_only);
	void add_lock_owners(blocked_look &look);

	kallsyms &symbols;
	std::unique_ptr<blocked_bpf, void (*)(blocked_bpf *)> bpf;
	bool is_reference_count = false;	///< the VMA lock
	bool walks_lock_vmas = false;		///< blocked_look::walks_lock_vmas
};

} // namespace vmalock
