// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Runs straight code of several tasks one step at a time. Each task has a thread, of
 * which one runs; at each point() the schedule says whose turn is next. A step is what
 * lies between two points.
 */
#pragma once

#include <deque>
#include <functional>
#include <semaphore>
#include <thread>
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
			task &task = all.emplace_back();

			going.push_back(&task);
			task.thread = std::jthread([&] {
				current = &task;
				task.turn.acquire();
				body();
				task.done = true;
				task.stopped.release();
			});
		}
		while (!going.empty()) {
			const unsigned next = going.size() > 1 ? schedule.pick(going.size()) : 0;

			going[next]->turn.release();
			going[next]->stopped.acquire();
			if (going[next]->done)
				going.erase(going.begin() + next);
		}
	}

	/** Another task may go on here. Nothing outside of run(). */
	static void point()
	{
		if (!current)
			return;
		current->stopped.release();
		current->turn.acquire();
	}

private:
	struct task {
		std::binary_semaphore turn{ 0 }, stopped{ 0 };
		bool done = false;
		std::jthread thread;
	};
	static inline thread_local task *current = nullptr;
};

} // namespace stepping
