// SPDX-License-Identifier: GPL-2.0-only
#include "model/writer_sites.hh"

#include <algorithm>

namespace vmalock {

namespace {

/** What is above the tracepoint's function is the tracer. */
std::vector<std::string> without_tracer(const std::vector<std::string> &functions)
{
	auto tracepoint = std::ranges::find_if(functions, [](const std::string &function) {
		return function.starts_with("__mmap_lock_do_trace");
	});

	return tracepoint == functions.end()
		       ? functions
		       : std::vector<std::string>(tracepoint + 1, functions.end());
}

} // namespace

writer_sites::writer_sites(const writer_counts &before, const writer_counts &after)
{
	for (const writer_holds &holds : before.writers)
		if (holds.writer.state != VMALOCK_WRITER_HOLDING)
			held_before.emplace(holds.writer, &holds.held);
	for (const writer_holds &holds : after.writers)
		writers.emplace(holds.writer, &holds);
	for (const place_followed &place : before.followed)
		followed_before.emplace(std::pair(place.holder, place.reads), &place);
	for (const place_followed &place : after.followed)
		followed.emplace(std::pair(place.holder, place.reads), &place);
	for (const kernel_stack &stack : after.kernel_stacks)
		kernel_stacks.emplace(stack.id, &stack);
	for (const user_stack &stack : after.user_stacks)
		user_stacks.emplace(stack.id, &stack);
	for (const named_stack &stack : after.named_stacks)
		named_stacks.emplace(std::pair(stack.process, stack.user_stack), &stack.frames);
}

writer_row writer_sites::row(const writer_key &writer, const process_names &names) const
{
	writer_row result = {grade::certain, writer.process, name_of(names, writer.process), writer.tid, {}, writer.syscall, {}, 0, {}, {}};

	if (auto found = writers.find(writer); found != writers.end()) {
		result.comm = found->second->comm;
		result.syscall = found->second->syscall;
	}
	return result;
}

const std::vector<std::string> &writer_sites::functions_of(std::uint32_t kernel_stack) const
{
	static const std::vector<std::string> none;
	const auto found = kernel_stacks.find(kernel_stack);

	return found == kernel_stacks.end() ? none : found->second->functions;
}

followed_holds writer_sites::followed_of(const writer_key &writer, bool reads) const
{
	static const place_followed nothing;
	const functions_of_stack functions = [this](std::uint32_t id) -> const auto & { return functions_of(id); };
	const auto found = followed.find({writer, reads});
	const auto known = followed_before.find({writer, reads});

	if (found == followed.end())
		return {};
	const place_followed &after = *found->second;
	const place_followed &before = known == followed_before.end() ? nothing : *known->second;
	followed_holds result = {spent_of(after.spent - before.spent, functions), {}, 0};
	// It is kept for good: one of before is not of this time.
	if (after.longest.course != before.longest.course) {
		result.longest = spent_of(after.longest.course, functions);
		result.longest_ended_ns = after.longest.ended_ns;
	}
	return result;
}

writer_site writer_sites::site(const writer_key &writer, bool reads) const
{
	writer_site result = {writer.state, grade::certain, {}, {}, {}, 0, {}, {}};

	result.kernel_stack = without_tracer(functions_of(writer.kernel_stack));
	if (auto found = user_stacks.find(writer.user_stack); found != user_stacks.end())
		result.user_stack = found->second->addresses;
	if (auto found = named_stacks.find({writer.process, writer.user_stack}); found != named_stacks.end())
		result.user_frames = *found->second;
	if (auto found = writers.find(writer); found != writers.end()) {
		auto before = held_before.find(writer);

		result.held = before == held_before.end() ? found->second->held
							  : found->second->held - *before->second;
	}
	result.followed = followed_of(writer, reads);
	return result;
}

} // namespace vmalock
