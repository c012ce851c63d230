// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Tasks that share the test's memory and can be killed one by one.
 */
#pragma once

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../asleep.hh"
#include "module.hh"

namespace guest {

/**
 * A process that shares memory and files with the test, so that it locks the
 * same VMAs, but not its signals: SIGKILL ends it alone, which no thread can
 * have.
 *
 * It is made when nothing is locked, since making it needs mmap_lock, and goes
 * to work at start(). It shares the C library's thread data with the test, so
 * the job must do no more than system calls.
 */
template <class Job>
class task {
public:
	explicit task(Job job) : job_(std::move(job)), stack_(new char[stack_size]())
	{
		pid_ = clone(run, stack_.get() + stack_size, CLONE_VM | CLONE_FILES | SIGCHLD, this);
		expect(pid_ > 0, "clone failed");
	}
	~task() { kill(); }
	task(const task &) = delete;

	void start()
	{
		started_ = 1;
		started_.notify_all();
	}

	/** Until it is joined. */
	pid_t pid() const { return pid_; }

	bool done() const { return done_; }

	bool asleep() const { return guest::asleep(pid_); }

	/** Whether it has been killed and has not died of it yet. */
	bool outlives_kill() const { return asleep() && pending_kill(); }

	void send_kill() { ::kill(pid_, SIGKILL); }

	/** Wait for its end; whether it came to the end of its job. */
	bool join()
	{
		if (pid_ > 0)
			waitpid(pid_, nullptr, 0);
		pid_ = 0;
		return done_;
	}

	void kill()
	{
		if (pid_ > 0)
			send_kill();
		join();
	}

private:
	static constexpr std::size_t stack_size = 65536;

	static int run(void *self)
	{
		task *me = static_cast<task *>(self);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		me->started_.wait(0);
		me->job_();
		me->done_ = true;
		_exit(0);
	}

	bool pending_kill() const
	{
		char text[4096];
		for (const char *set : { "\nSigPnd:\t", "\nShdPnd:\t" }) {
			const char *line = std::strstr(read_proc(pid_, "status", text), set);
			if (line && std::strtoull(line + std::strlen(set), nullptr, 16) &
					    1ull << (SIGKILL - 1))
				return true;
		}
		return false;
	}

	Job job_;
	std::unique_ptr<char[]> stack_;
	std::atomic<int> started_ = 0;	// an int is what futexes are made of
	std::atomic<bool> done_ = false;
	pid_t pid_;
};

} // namespace guest
