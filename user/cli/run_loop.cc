// SPDX-License-Identifier: GPL-2.0-only
#include "cli/run_loop.hh"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace vmalock {

namespace {

timespec timespec_of(double seconds)
{
	double whole;
	auto nanoseconds = static_cast<long>(std::modf(seconds, &whole) * 1e9);

	return {static_cast<time_t>(whole), nanoseconds};
}

} // namespace

run_loop::run_loop()
{
	sigset_t set;

	sigemptyset(&set);
	for (int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
		sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, nullptr);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	end = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	chores = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	stopped = eventfd(0, EFD_CLOEXEC);
	if (signals < 0 || timer < 0 || end < 0 || chores < 0 || stopped < 0)
		throw std::runtime_error(std::string("cannot wait for signals: ") + std::strerror(errno));
}

run_loop::run_loop(const std::vector<std::uint32_t> &processes, const std::vector<std::uint32_t> &threads)
	: run_loop()
{
	watch(processes, false);
	watch(threads, true);
}

run_loop::~run_loop()
{
	for (int process : watched)
		close(process);
	close(signals);
	close(timer);
	close(end);
	close(chores);
	close(stopped);
}

void run_loop::watch(const std::vector<std::uint32_t> &ids, bool threads)
{
	const unsigned flags = threads ? O_EXCL : 0;	// PIDFD_THREAD

	for (std::uint32_t id : ids) {
		auto process = static_cast<int>(syscall(SYS_pidfd_open, id, flags));

		if (process < 0 && errno == EINVAL && threads)
			throw std::runtime_error("-t needs Linux 6.9 or newer: give the thread's process "
						 "with -p, and --by thread");
		if (process < 0)
			throw std::runtime_error("cannot watch " + std::to_string(id) +
						 ": " + std::strerror(errno));
		watched.push_back(process);
	}
}

/** Forgets those that have ended; true when that was the last. */
bool run_loop::all_ended()
{
	return std::erase_if(watched, [](int process) {
		pollfd end{process, POLLIN, 0};
		bool ended = poll(&end, 1, 0) == 1;

		if (ended)
			close(process);
		return ended;
	}) && watched.empty();
}

void run_loop::start_intervals(double seconds)
{
	itimerspec spec{timespec_of(seconds), timespec_of(seconds)};

	timerfd_settime(timer, 0, &spec, nullptr);
}

void run_loop::start_duration(double seconds)
{
	itimerspec spec{{}, timespec_of(seconds)};

	timerfd_settime(end, 0, &spec, nullptr);
}

void run_loop::start_chores()
{
	itimerspec spec{{1, 0}, {1, 0}};

	timerfd_settime(chores, 0, &spec, nullptr);
}

void run_loop::stop()
{
	eventfd_write(stopped, 1);
}

event run_loop::next()
{
	enum { from_signals, from_end, from_timer, from_records, from_stop, from_requests, from_chores,
	       sources_nr };
	std::vector<pollfd> sources;
	signalfd_siginfo info;
	std::uint64_t expirations;

	do {
		sources = {{signals, POLLIN, 0}, {end, POLLIN, 0}, {timer, POLLIN, 0},
			   {records, POLLIN, 0}, {stopped, POLLIN, 0}, {requests, POLLIN, 0},
			   {chores, POLLIN, 0}};
		for (int process : watched)
			sources.push_back({process, POLLIN, 0});
		while (poll(sources.data(), sources.size(), -1) < 0 && errno == EINTR)
			;
		if (all_ended())
			return event::processes;
	} while (std::none_of(sources.begin(), sources.begin() + sources_nr,
			      [](const pollfd &source) { return source.revents; }));

	if (sources[from_signals].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			return event::child;
		passed = info.ssi_code <= 0 ? static_cast<int>(info.ssi_signo) : 0;
		return event::stop;
	}
	if (sources[from_stop].revents) {
		passed = 0;
		return event::stop;
	}
	if (sources[from_end].revents && read(end, &expirations, sizeof(expirations)) > 0)
		return event::elapsed;
	if (sources[from_timer].revents) {
		(void)!read(timer, &expirations, sizeof(expirations));
		return event::interval;
	}
	if (sources[from_chores].revents) {
		(void)!read(chores, &expirations, sizeof(expirations));
		return event::chores;
	}
	// First who waits for an answer: records can come faster than they are read.
	return sources[from_requests].revents ? event::request : event::records;
}

} // namespace vmalock
