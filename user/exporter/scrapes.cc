// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/scrapes.hh"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace vmalock {

scrapes::scrapes() : requests(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (requests < 0)
		throw std::runtime_error(std::string("cannot wait for scrapes: ") + std::strerror(errno));
}

scrapes::~scrapes()
{
	::close(requests);
}

scrapes::families scrapes::ask()
{
	std::future<families> answer;
	{
		std::lock_guard guard(lock);

		if (closed)
			throw std::runtime_error("the exporter is ending");
		answer = waiting.emplace_back().get_future();
		eventfd_write(requests, 1);
	}
	return answer.get();
}

std::string scrapes::problem()
{
	std::lock_guard guard(lock);

	return last_problem;
}

void scrapes::answer(const std::function<families()> &make)
{
	std::vector<std::promise<families>> asked;
	std::string problem;
	{
		std::lock_guard guard(lock);
		eventfd_t count;

		eventfd_read(requests, &count);
		asked = std::exchange(waiting, {});
	}
	try {
		const families answer = make();

		for (auto &promise : asked)
			promise.set_value(answer);
	} catch (const std::exception &error) {
		problem = error.what();
		for (auto &promise : asked)
			promise.set_exception(std::make_exception_ptr(std::runtime_error(problem)));
	}
	std::lock_guard guard(lock);
	last_problem = problem;
}

void scrapes::attempt(const std::function<void()> &work)
{
	std::string problem;

	try {
		work();
	} catch (const std::exception &error) {
		problem = error.what();
	}
	std::lock_guard guard(lock);
	last_problem = problem;
}

void scrapes::close()
{
	std::lock_guard guard(lock);

	closed = true;
	for (auto &promise : waiting)
		promise.set_exception(std::make_exception_ptr(std::runtime_error("the exporter is ending")));
	waiting.clear();
}

} // namespace vmalock
