// SPDX-License-Identifier: GPL-2.0-only
/** @file Threads that others can see asleep. */
#pragma once

#include <atomic>
#include <thread>
#include <unistd.h>

#include "../../asleep.hh"

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

	/** Return when it sleeps as guest::asleep() says. */
	void wait_until_asleep(char state = 'D') const
	{
		while (!guest::asleep(id(), state))
			std::this_thread::yield();
	}

private:
	std::atomic<pid_t> tid = 0;
	std::thread thread;
};
