// SPDX-License-Identifier: GPL-2.0-only
/** @file Threads that others can see asleep. */
#pragma once

#include <atomic>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

/** A thread that says who it is, so that others can see it sleep. */
class sleeper {
public:
	template <class Body>
	explicit sleeper(Body body)
		: thread([this, body] {
			  tid.store(gettid(), std::memory_order_release);
			  body();
		  })
	{
	}
	~sleeper() { thread.join(); }

	pid_t id() const
	{
		while (!tid.load(std::memory_order_acquire))
			std::this_thread::yield();
		return tid;
	}

	/** Return when it is in that state; D is a sleep that only a kill would end. */
	void wait_until_asleep(char wanted = 'D') const
	{
		char state = 0;

		while (state != wanted) {
			char path[64], text[128] = {};

			std::snprintf(path, sizeof(path), "/proc/self/task/%d/stat", id());
			int file = open(path, O_RDONLY | O_CLOEXEC);
			if (file < 0)
				continue;
			if (read(file, text, sizeof(text) - 1) < 0)
				text[0] = '\0';
			close(file);
			const char *name_end = std::strrchr(text, ')');
			state = name_end ? name_end[2] : 0;
		}
	}

private:
	std::atomic<pid_t> tid = 0;
	std::thread thread;
};
