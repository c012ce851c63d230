// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Suites in C++: tests that print KTAP, each in a process of its own.
 *
 * A test fails by throwing failure, which expect() does, and is skipped by
 * throwing skipped. One that hangs or dies does not take the others along. With
 * KTAP_TEST in the environment only one test is run, or some: see ktap.sh.
 */
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <cstdlib>
#include <initializer_list>
#include <regex>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ktap {

struct failure : std::runtime_error {
	using std::runtime_error::runtime_error;
};

struct skipped : std::runtime_error {
	using std::runtime_error::runtime_error;
};

/** What kselftest exits with to say so. */
constexpr int skip_status = 4;

/** For each test; a suite that takes longer says so in its main(). */
inline std::chrono::seconds time_limit{ 180 };

inline void expect(bool rule, const std::string &otherwise)
{
	if (!rule)
		throw failure(otherwise);
}

/** Wait until @p condition is seen to hold; fails after a minute. */
template <class Condition>
void wait_until(const char *what, Condition condition)
{
	const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);

	while (!condition()) {
		if (std::chrono::steady_clock::now() > end)
			throw failure(std::string("waited in vain until ") + what);
		usleep(1000);
	}
}

struct test {
	const char *description;
	void (*run)();
};

/** In the test's process: its exit status; the reason goes to @p report. */
inline int run_test(const test &test, int report)
{
	int status = 0;
	std::string reason;

	try {
		test.run();
	} catch (const skipped &why) {
		status = skip_status;
		reason = why.what();
	} catch (const std::exception &why) {
		status = 1;
		reason = why.what();
	}
	if (write(report, reason.data(), reason.size()) < 0)
		status = 1;
	return status;
}

/** One line of KTAP; whether the test passed or was skipped. */
inline bool check(unsigned number, const test &test)
{
	int report[2];

	// Nonblocking: the end to write to may outlive the test in a stuck task.
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0)
		throw failure("no pipe for the test's report");
	const pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0);
		// A suite that is stopped leaves nobody behind.
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(run_test(test, report[1]));
	}
	close(report[1]);

	// A task of the test may be stuck in the kernel for good, and then so is
	// whoever waits for it: look, do not wait.
	const auto end = std::chrono::steady_clock::now() + time_limit;
	int status = 0;
	bool ended = false;
	while (!(ended = waitpid(child, &status, WNOHANG) == child) &&
	       std::chrono::steady_clock::now() < end)
		usleep(5000);
	kill(-child, SIGKILL);

	std::string reason(1000, '\0');
	if (ended)
		reason.resize(std::max<ssize_t>(0, read(report[0], reason.data(), reason.size())));
	else
		reason = "it does not come to an end";
	close(report[0]);
	if (ended && WIFSIGNALED(status))
		reason = "killed by signal " + std::to_string(WTERMSIG(status));

	const bool passed = ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	const bool skip = ended && WIFEXITED(status) && WEXITSTATUS(status) == skip_status;
	if (!passed && !skip)
		std::printf("# %s\n", reason.c_str());
	std::printf("%s %u %s%s\n", passed || skip ? "ok" : "not ok", number, test.description,
		    skip ? (" # SKIP " + reason).c_str() : "");
	return passed || skip;
}

/** Whether KTAP_TEST asks for this test: by its number, or by what it is called. */
inline bool is_wanted(unsigned number, const test &test)
{
	const char *const set = std::getenv("KTAP_TEST");
	const std::string asked = set ? set : "";

	if (asked.empty())
		return true;
	if (asked.find_first_not_of("0123456789") == std::string::npos)
		return std::to_string(number) == asked;
	return std::regex_search(test.description, std::regex(asked, std::regex::extended));
}

/** All of a suite; the exit status for main(). */
inline int run(std::initializer_list<test> tests)
{
	unsigned number = 0;
	bool passed = true;

	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	std::printf("KTAP version 1\n1..%zu\n", tests.size());
	for (const test &test : tests) {
		if (is_wanted(++number, test))
			passed &= check(number, test);
		else
			std::printf("ok %u %s # SKIP left out\n", number, test.description);
	}
	return passed ? 0 : 1;
}

} // namespace ktap
