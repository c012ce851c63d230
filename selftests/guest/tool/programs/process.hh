// SPDX-License-Identifier: GPL-2.0-only
/** @file Processes that others can see asleep. */
#pragma once

#include <csignal>
#include <functional>
#include <sched.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include "../../asleep.hh"
#include "mapping.hh"

/** A process of its own that runs a function in our memory, or in a copy of it. */
class process {
public:
	enum class memory { shared, copied };

	process(memory memory, std::function<void()> body) : body(std::move(body)), stack(1 << 16)
	{
		pid = clone(run, stack.data() + stack.size(),
			    (memory == memory::shared ? CLONE_VM : 0) | SIGCHLD, this);
		check(pid > 0, "clone");
	}
	~process() { check(waitpid(pid, nullptr, 0) == pid, "waitpid"); }

	pid_t id() const { return pid; }

	/** Return when it sleeps as guest::asleep() says. */
	void wait_until_asleep(char state = 'D') const
	{
		while (!guest::asleep(pid, state))
			std::this_thread::yield();
	}

private:
	static int run(void *self)
	{
		static_cast<process *>(self)->body();
		return 0;
	}

	std::function<void()> body;
	std::vector<char> stack;
	pid_t pid;
};
