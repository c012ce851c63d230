// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A task that runs concurrently with the code under test: a coroutine that reads
 * like straight code and stops at every co_await, where the scheduler decides.
 */
#pragma once

#include <coroutine>
#include <functional>
#include <utility>

namespace simulator {

/**
 * One indivisible step of an actor: @p ready says whether it can be taken now
 * (a lock is free, readers are gone), @p act takes it.
 */
class step {
public:
	step(const char *name, std::function<bool()> ready, std::function<void()> act)
		: name(name), ready(std::move(ready)), act(std::move(act))
	{
	}

	bool await_ready() const { return false; }
	template <class Handle> void await_suspend(Handle handle) { handle.promise().next = this; }
	void await_resume() { act(); }

	const char *name;
	std::function<bool()> ready;
	std::function<void()> act;
};

class actor {
public:
	struct promise_type {
		step *next = nullptr;

		actor get_return_object()
		{
			return actor(std::coroutine_handle<promise_type>::from_promise(*this));
		}
		std::suspend_never initial_suspend() { return {}; }
		std::suspend_always final_suspend() noexcept { return {}; }
		void return_void() {}
		void unhandled_exception() { throw; }
	};

	actor(actor &&other) : handle_(std::exchange(other.handle_, nullptr)) {}
	actor &operator=(actor &&) = delete;
	~actor()
	{
		if (handle_)
			handle_.destroy();
	}

	bool done() const { return handle_.done(); }
	bool can_run() const { return !done() && next().ready(); }
	const step &next() const { return *handle_.promise().next; }
	void run() { handle_.resume(); }

private:
	explicit actor(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
	std::coroutine_handle<promise_type> handle_;
};

} // namespace simulator
