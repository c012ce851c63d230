// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Between the threads that serve scrapes and the one that owns the tracer, which
 * alone reads it: a scrape asks and waits, the owner answers in its own time.
 */
#pragma once

#include <functional>
#include <future>
#include <mutex>
#include <prometheus/metric_family.h>
#include <string>
#include <vector>

namespace vmalock {

class scrapes {
public:
	using families = std::vector<prometheus::MetricFamily>;

	/** @throw std::runtime_error if there is no room for one more file. */
	scrapes();
	~scrapes();

	/**
	 * Of any thread: wait for an answer that was made after this was called.
	 * @throw std::runtime_error why there is none, in one sentence
	 */
	families ask();

	/** Why the last answer or attempt failed; empty if it did not. */
	std::string problem();

	/** For the owner: a file that is readable while somebody waits. */
	int file() const { return requests; }

	/** Of the owner: answer all that wait. What @p make throws they are told. */
	void answer(const std::function<families()> &make);

	/** Of the owner: what @p work throws is the last problem, and ends nothing. */
	void attempt(const std::function<void()> &work);

	/** Of the owner: nobody is answered any more, now or later. */
	void close();

private:
	std::mutex lock;		///< of all below
	std::vector<std::promise<families>> waiting;
	std::string last_problem;
	bool closed = false;
	int requests = -1;		///< eventfd
};

} // namespace vmalock
