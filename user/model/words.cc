// SPDX-License-Identifier: GPL-2.0-only
#include "model/words.hh"

#include <algorithm>
#include <array>
#include <cstddef>

#include "uapi/aborts.h"
#include "uapi/blocked.h"
#include "uapi/events.h"
#include "uapi/fallbacks.h"
#include "uapi/groups.h"
#include "uapi/helper.h"
#include "uapi/losses.h"
#include "uapi/times.h"
#include "uapi/waits.h"
#include "uapi/writers.h"

namespace vmalock {

namespace {

/** One value of an enumeration, as its list has it. */
struct listed_value {
	std::string_view key, words;

	constexpr explicit listed_value(std::string_view key) : key(key), words(key) {}

	/** What else a list says of a value is nothing that anybody reads. */
	constexpr listed_value(std::string_view key, std::string_view words, auto...)
		: key(key), words(words)
	{
	}
};

#define VMALOCK_LISTED(name, ...) listed_value(__VA_ARGS__),

/** In the order of their numbers. */
template <class Enumeration>
struct list;

template <>
struct list<vmalock_abort_reason> {
	static constexpr std::array values = {VMALOCK_ABORT_REASONS(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_run_state> {
	static constexpr std::array values = {VMALOCK_RUN_STATES(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_waits_for> {
	static constexpr std::array values = {VMALOCK_WAITS_FOR(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_fallback> {
	static constexpr std::array values = {VMALOCK_FALLBACKS(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_outcome> {
	static constexpr std::array values = {VMALOCK_OUTCOMES(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_loss> {
	static constexpr std::array values = {VMALOCK_LOSSES(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_writer_state> {
	static constexpr std::array values = {VMALOCK_WRITER_STATES(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_time> {
	static constexpr std::array values = {VMALOCK_TIMES(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_by> {
	static constexpr std::array values = {VMALOCK_GROUPINGS(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_mapping_kind> {
	static constexpr std::array values = {VMALOCK_MAPPING_KINDS(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_event_kind> {
	static constexpr std::array values = {VMALOCK_EVENT_KINDS(VMALOCK_LISTED)};
};

template <>
struct list<vmalock_wait_kind> {
	static constexpr std::array values = {VMALOCK_WAIT_KINDS(VMALOCK_LISTED)};
};

/** enum class vm_refcnt_state is the kernel module's too, which has no words. */
template <>
struct list<vm_refcnt_state> {
	static constexpr std::array values = {
		listed_value("detached", "detached"),
		listed_value("unlocked", "unlocked"),
		listed_value("read_locked", "read-locked"),
		listed_value("write_locked", "write-locked"),
		listed_value("detaching", "being detached"),
		listed_value("write_waiting", "writer waits for readers"),
		listed_value("write_excluded", "writer has excluded readers"),
		listed_value("detach_waiting", "being detached, waits for readers"),
		listed_value("detach_excluded", "being detached, has excluded readers"),
		listed_value("saturated", "saturated"),
		listed_value("corrupt", "corrupt"),
	};
	static_assert(values.size() == static_cast<std::size_t>(vm_refcnt_state::nr));
};

template <>
struct list<mmap_lock_state> {
	static constexpr std::array values = {
		listed_value("unlocked", "unlocked"),
		listed_value("read_locked", "read-locked"),
		listed_value("read_begins", "just read-locked"),
		listed_value("downgraded", "just downgraded"),
		listed_value("write_locked", "write-locked"),
		listed_value("write_begins", "just write-locked"),
		listed_value("write_ends", "about to be unlocked"),
		listed_value("write_waiting", "writer waits for readers"),
		listed_value("write_excluded", "writer has excluded readers"),
		listed_value("write_given_up", "writer gives up"),
		listed_value("miscounted", "miscounted"),
		listed_value("corrupt", "corrupt"),
	};
	static_assert(values.size() == static_cast<std::size_t>(mmap_lock_state::nr));
};

template <>
struct list<owner_word> {
	static constexpr std::array values = {listed_value("none"), listed_value("reader"), listed_value("writer"),
					      listed_value("task"), listed_value("corrupt")};
	static_assert(values.size() == static_cast<std::size_t>(owner_word::nr));
};

constexpr listed_value unknown_value("unknown");

template <class Enumeration>
const listed_value &listed_as(Enumeration value)
{
	const auto number = static_cast<std::size_t>(value);
	const auto &values = list<Enumeration>::values;

	return number < values.size() ? values[number] : unknown_value;
}

} // namespace

template <class Enumeration>
std::string_view word_for(Enumeration value)
{
	return listed_as(value).words;
}

template <class Enumeration>
std::string_view key_for(Enumeration value)
{
	return listed_as(value).key;
}

template <class Enumeration>
std::optional<Enumeration> with_key(std::string_view key)
{
	const auto &values = list<Enumeration>::values;
	const auto found = std::ranges::find(values, key, &listed_value::key);

	if (found == values.end())
		return std::nullopt;
	return static_cast<Enumeration>(found - values.begin());
}

#define VMALOCK_WORDS_OF(Enumeration) \
	template std::string_view word_for(Enumeration value); \
	template std::string_view key_for(Enumeration value); \
	template std::optional<Enumeration> with_key(std::string_view key);

VMALOCK_WORDS_OF(vmalock_abort_reason)
VMALOCK_WORDS_OF(vmalock_run_state)
VMALOCK_WORDS_OF(vmalock_waits_for)
VMALOCK_WORDS_OF(vmalock_fallback)
VMALOCK_WORDS_OF(vmalock_outcome)
VMALOCK_WORDS_OF(vmalock_loss)
VMALOCK_WORDS_OF(vmalock_writer_state)
VMALOCK_WORDS_OF(vmalock_time)
VMALOCK_WORDS_OF(vmalock_by)
VMALOCK_WORDS_OF(vmalock_mapping_kind)
VMALOCK_WORDS_OF(vmalock_event_kind)
VMALOCK_WORDS_OF(vmalock_wait_kind)
VMALOCK_WORDS_OF(vm_refcnt_state)
VMALOCK_WORDS_OF(mmap_lock_state)
VMALOCK_WORDS_OF(owner_word)

std::string_view explain(vm_refcnt_state state)
{
	switch (state) {
	case vm_refcnt_state::detached:
		return "In no address space: removed from it, or not yet inserted.";
	case vm_refcnt_state::unlocked:
		return "Attached, with no reader and no writer.";
	case vm_refcnt_state::read_locked:
		return "Attached; no writer has locked it.";
	case vm_refcnt_state::write_locked:
		return "Attached; vm_lock_seq equals mm_lock_seq, and mmap_lock is held.";
	case vm_refcnt_state::detaching:
		return "A writer has dropped the VMA's own reference and sees others.";
	case vm_refcnt_state::write_waiting:
		return "Attached; will be write-locked when no reference is left.";
	case vm_refcnt_state::write_excluded:
		return "Attached; about to be write-locked, or only just.";
	case vm_refcnt_state::detach_waiting:
		return "Write-locked; will be detached when no reference is left.";
	case vm_refcnt_state::detach_excluded:
		return "Write-locked; about to be detached.";
	case vm_refcnt_state::saturated:
		return "Over- or underflow: it no longer counts anything, and writers wait forever.";
	case vm_refcnt_state::corrupt:
		return "Not a valid count, except for an instant before it saturates.";
	case vm_refcnt_state::nr:
		break;
	}
	return "unknown";
}

std::string_view explain(mmap_lock_state state)
{
	switch (state) {
	case mmap_lock_state::unlocked:
		return "Nobody has it.";
	case mmap_lock_state::read_locked:
		return "Readers have it.";
	case mmap_lock_state::read_begins:
		return "For an instant: a reader has raised the count and not yet written owner.";
	case mmap_lock_state::downgraded:
		return "For an instant: a writer has become a reader, and not yet written owner.";
	case mmap_lock_state::write_locked:
		return "A writer has it.";
	case mmap_lock_state::write_begins:
		return "For an instant: a writer has it, and has set the count and not yet owner.";
	case mmap_lock_state::write_ends:
		return "For an instant: a writer lets go, and has cleared owner but not the count.";
	case mmap_lock_state::write_waiting:
		return "A writer has the rtmutex and waits for the readers.";
	case mmap_lock_state::write_excluded:
		return "No reader is left; the writer that has the rtmutex takes the lock next.";
	case mmap_lock_state::write_given_up:
		return "For a moment: a trylock or a killed writer lets readers in again.";
	case mmap_lock_state::miscounted:
		return "More readers than there can be, or released more often than taken.";
	case mmap_lock_state::corrupt:
		return "Not a value of this lock.";
	case mmap_lock_state::nr:
		break;
	}
	return "unknown";
}

std::string listed(const std::vector<std::string> &words)
{
	std::string result;

	for (std::size_t i = 0; i < words.size(); i++)
		result += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
	return result;
}

} // namespace vmalock
