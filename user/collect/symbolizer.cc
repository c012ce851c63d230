// SPDX-License-Identifier: GPL-2.0-only
#include "collect/symbolizer.hh"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "collect/privileges.hh"
#include "collect/user_symbols.hh"

namespace vmalock {

struct symbolizer::shared {
	using stack_of_process = std::pair<process_id, std::vector<std::uint64_t>>;

	std::mutex lock;
	std::condition_variable asked, answered;
	std::map<stack_of_process, std::optional<user_frames>> stacks;
	std::deque<stack_of_process> to_do;	///< the first stays until it is done
	bool end = false;

	void work(numbers_in_proc numbers, namer names);
};

/**
 * Symbols belong to the thread alone, and need no lock. So do its privileges, which it
 * needs longer than others: to look at processes of other users.
 */
void symbolizer::shared::work(numbers_in_proc numbers, namer names)
{
	drop_capabilities_but({CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE});
	user_symbols symbols(std::move(numbers), std::move(names));
	std::unique_lock held(lock);

	for (;;) {
		asked.wait(held, [this] { return end || !to_do.empty(); });
		if (end)
			return;
		const stack_of_process stack = to_do.front();
		held.unlock();
		user_frames frames = symbols.resolve(stack.first, stack.second);
		held.lock();
		stacks[stack] = std::move(frames);
		to_do.pop_front();
		answered.notify_all();
	}
}

symbolizer::symbolizer(numbers_in_proc numbers) : state(std::make_shared<shared>())
{
	namer names;

	std::thread([state = state, numbers = std::move(numbers), names = std::move(names)]() mutable {
		state->work(std::move(numbers), std::move(names));
	}).detach();
}

symbolizer::~symbolizer()
{
	std::lock_guard held(state->lock);

	state->end = true;
	state->asked.notify_all();
}

std::optional<user_frames> symbolizer::frames(process_id process, const std::vector<std::uint64_t> &stack)
{
	std::lock_guard held(state->lock);
	auto [entry, is_new] = state->stacks.try_emplace({process, stack});

	if (is_new) {
		state->to_do.push_back(entry->first);
		state->asked.notify_all();
	}
	return entry->second;
}

void symbolizer::wait(std::chrono::milliseconds longest)
{
	std::unique_lock held(state->lock);

	state->answered.wait_for(held, longest, [this] { return state->to_do.empty(); });
}

} // namespace vmalock
