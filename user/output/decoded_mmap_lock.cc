// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/decoded.hh"
#include "output/json_values.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

constexpr int schema = 1;

/** PID_MAX_LIMIT of 64-bit kernels. */
constexpr std::uint64_t most_tasks = 4194304;

void add_rwsem_owner(buffer &out, const lock_owner &owner)
{
	switch (owner.kind) {
	case owner_word::none:
		line(out, "owner 0x0 names no task: nobody has had it, or the last was a writer.");
		break;
	case owner_word::reader:
		if (owner.task)
			line(out, "owner {:#x}: the last that got it to read is task_struct\n{:#x}. It may have let go "
				  "or exited, and others may read too.", owner.value, owner.task);
		else
			line(out, "owner {:#x}: the last that got it to read, and is not named.", owner.value);
		break;
	case owner_word::writer:
		line(out, "owner {:#x}: the task_struct of a writer.", owner.value);
		break;
	default:
		line(out, "owner {:#x} is no value that the kernel writes.", owner.value);
	}
	if (owner.flag)
		line(out, "Writers have spun for these readers, and do no longer.");
}

void add_rt_owner(buffer &out, const mmap_lock_words &words)
{
	const lock_owner &owner = *words.owner;
	const mmap_lock_state state = words.readings.front().state;

	if (owner.kind == owner_word::corrupt)
		line(out, "owner {:#x} is no value that the kernel writes.", owner.value);
	else if (owner.kind == owner_word::none)
		line(out, "owner {:#x}: nobody has the rtmutex.", owner.value);
	else if (state == mmap_lock_state::unlocked || state == mmap_lock_state::read_locked)
		line(out, "owner {:#x}: task_struct {:#x} has the rtmutex:\na writer that has not begun or has let go, "
			  "or a queued reader for a moment.", owner.value, owner.task);
	else
		line(out, "owner {:#x}: the writer is task_struct {:#x}.", owner.value, owner.task);
	if (owner.flag)
		line(out, "Tasks wait for the rtmutex.");
}

std::string heading(const mmap_lock_words &words)
{
	if (words.contradiction)
		return words.owner->kind == owner_word::corrupt ? "Without owner, it means:"
			       : "The two words were not read at one moment, or not from one lock.\n"
				 "Without owner, it means:";
	if (words.readings.size() == 1)
		return "It means:";
	return words.owner || words.rt ? "It can mean any of the following; nothing here distinguishes them:"
				       : "It can mean any of the following; owner can rule some out:";
}

std::string references(const mmap_lock_reading &reading, bool rt)
{
	const char *plural = reading.references == 1 ? "" : "s";

	if (rt)
		return fmt::format("{} reader{}.", reading.references, plural);
	return fmt::format("{} reference{}, {}.", reading.references, plural,
			   reading.readers_max ? "of readers or raised in passing" : "none of a reader: raised in passing");
}

void add_flags(buffer &out, const mmap_lock_words &words)
{
	line(out, "\n{} in its queue.", words.waiters ? "Tasks wait" : "Nobody waits");
	if (words.handoff)
		line(out, "The first of them is to get it next.");
	if (words.waiters && !words.handoff && words.readings.front().state == mmap_lock_state::unlocked)
		line(out, "The first of them is being woken, or has been and has not run yet;\nothers can be faster.");
}

ordered_json readings(const std::vector<mmap_lock_reading> &readings)
{
	ordered_json result = ordered_json::array();

	for (const mmap_lock_reading &reading : readings)
		result.push_back({{"state", key_for(reading.state)},
				  {"references", reading.references},
				  {"readers_max", reading.readers_max}});
	return result;
}

ordered_json owner_of(const std::optional<lock_owner> &owner)
{
	if (!owner)
		return nullptr;
	return {{"value", hexadecimal(owner->value)}, {"kind", key_for(owner->kind)},
		{"task", owner->task ? hexadecimal(owner->task) : ordered_json()}, {"flag", owner->flag}};
}

} // namespace

std::string to_text(const decoded_mmap_lock &decoded)
{
	const mmap_lock_words &words = decoded.words;
	buffer out;

	line(out, "{} {:#x}, decimal {}", words.rt ? "rwbase.readers" : "count", words.value, words.value);
	if (decoded.if_hexadecimal)
		line(out, "If the number was printed in hexadecimal: decode {:#x} instead.", *decoded.if_hexadecimal);
	if (words.owner && words.rt)
		add_rt_owner(out, words);
	else if (words.owner)
		add_rwsem_owner(out, *words.owner);
	// These are ours, and have several lines.
	fmt::format_to(std::back_inserter(out), "\n{}\n", heading(words));
	for (const mmap_lock_reading &reading : words.readings) {
		fmt::format_to(std::back_inserter(out), "\n  {}\n    {}\n", word_for(reading.state),
			       explain(reading.state));
		if (reading.references)
			line(out, "    {}", references(reading, words.rt));
	}
	if (words.readings.front().references > most_tasks)
		line(out, "\nThere cannot be so many tasks. Bits have other meanings on 32-bit kernels.");
	// Of what is no count of this lock, the flags say nothing either.
	if (!words.rt && is_valid(words.readings))
		add_flags(out, words);
	return fmt::to_string(out);
}

std::string to_json(const decoded_mmap_lock &decoded)
{
	const mmap_lock_words &words = decoded.words;

	return to_line({{"schema", schema}, {"lock", words.rt ? "rwbase_rt" : "rwsem"},
			{"value", hexadecimal(words.value)}, {"owner", owner_of(words.owner)},
			{"readings", readings(words.readings)}, {"contradiction", words.contradiction},
			{"waiters", words.rt ? ordered_json() : ordered_json(words.waiters)},
			{"handoff", words.rt ? ordered_json() : ordered_json(words.handoff)}});
}

} // namespace vmalock
