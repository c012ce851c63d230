// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Runs straight code of several tasks one step at a time. Each task has a stack of its
 * own, and all share one thread; at each point() the schedule says whose turn is next. A
 * step is what lies between two points. ASan forgets what it knows of a stack at each
 * switch: it finds what goes wrong within a step.
 */
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <ucontext.h>
#include <vector>

#include "schedule.hh"

namespace stepping {

class tasks {
public:
	/** Run @p bodies to their ends, as @p schedule says. */
	static void run(simulator::schedule &schedule, const std::vector<std::function<void()>> &bodies)
	{
		std::deque<task> all;
		std::vector<task *> going;

		for (const auto &body : bodies) {
			going.push_back(&all.emplace_back());
			going.back()->number = static_cast<unsigned>(all.size());
			begin(*going.back(), body);
		}
		while (!going.empty()) {
			const unsigned next = going.size() > 1 ? schedule.pick(going.size()) : 0;

			current = going[next];
			swapcontext(&scheduler, &current->at);
			if (current->done)
				going.erase(going.begin() + next);
		}
		current = nullptr;
	}

	/** Another task may go on here. Nothing outside of run(). */
	static void point()
	{
		if (current)
			swapcontext(&current->at, &scheduler);
	}

	/** Of the task that runs: its place among the bodies, from 1; 0 outside of run(). */
	static unsigned running() { return current ? current->number : 0; }

private:
	struct task {
		unsigned number = 0;
		ucontext_t at;
		std::unique_ptr<char[]> stack;
		const std::function<void()> *body;
		bool done = false;
	};

	/** At each switch ASan clears what it knows of the whole stack. */
	static constexpr std::size_t stack_bytes = 64 << 10;

	static void begin(task &task, const std::function<void()> &body)
	{
		getcontext(&task.at);
		task.stack = std::make_unique_for_overwrite<char[]>(stack_bytes);
		task.body = &body;
		task.at.uc_stack.ss_sp = task.stack.get();
		task.at.uc_stack.ss_size = stack_bytes;
		task.at.uc_link = &scheduler;
		makecontext(&task.at, run_current, 0);
	}

	static void run_current()
	{
		(*current->body)();
		current->done = true;
	}

	static inline task *current = nullptr;
	static inline ucontext_t scheduler;
};

} // namespace stepping
