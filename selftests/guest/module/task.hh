// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Tasks that share the test's memory and can be killed one by one.
 */
#pragma once

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module.hh"

namespace guest {

/** A file of /proc/PID. Allocates nothing. */
template <std::size_t Size> const char *read_proc(pid_t pid, const char *file, char (&text)[Size])
{
	char path[64];
	std::snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t size = read(fd, text, Size - 1);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	return text;
}

/** How often it has gone to sleep; nothing if it is not in state D. */
inline std::optional<unsigned long> sleeps(pid_t pid)
{
	static constexpr char count[] = "\nvoluntary_ctxt_switches:\t";
	char text[4096];
	const char *line = std::strstr(read_proc(pid, "status", text), count);

	if (!line || !std::strstr(text, "\nState:\tD"))
		return std::nullopt;
	return std::strtoul(line + std::strlen(count), nullptr, 10);
}

/**
 * In a sleep that signals do not end, or only fatal ones, and that lasts: a
 * fault on the way or, on PREEMPT_RT, a spinlock puts a task there for a moment.
 */
inline bool asleep(pid_t pid)
{
	const std::optional<unsigned long> before = sleeps(pid);

	if (!before)
		return false;
	usleep(10000);
	return sleeps(pid) == before;
}

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
