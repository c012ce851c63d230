// SPDX-License-Identifier: GPL-2.0-only
#include "recording/captured.hh"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/words.hh"
#include "output/table.hh"
#include "uapi/aborts.h"
#include "uapi/blocked.h"
#include "uapi/fallbacks.h"
#include "uapi/groups.h"
#include "uapi/helper.h"
#include "uapi/losses.h"
#include "uapi/times.h"
#include "uapi/writers.h"

namespace vmalock {

using nlohmann::json;

namespace {

/** Keys that version 3 stored as numbers, from 0; and what a value is called. */
template <class Enumeration>
struct numbered;

template <>
struct numbered<vmalock_abort_reason> {
	static constexpr std::string_view called = "abort reason";
	static constexpr std::array<std::string_view, 9> keys = {
		"unmapped", "write_locked", "readers_excluded", "moved", "detached", "other_mm",
		"saturated", "gone", "unreadable"};
	static constexpr vmalock_abort_reason end = VMALOCK_ABORT_REASON_NR;
};

template <>
struct numbered<vmalock_fallback> {
	static constexpr std::string_view called = "cause of a fallback";
	static constexpr std::array<std::string_view, 9> keys = {
		"io", "page", "userfaultfd", "anon_vma", "handler", "other", "gone",
		"kernel", "get_user_pages"};
	static constexpr vmalock_fallback end = VMALOCK_FALLBACK_NR;
};

template <>
struct numbered<vmalock_outcome> {
	static constexpr std::string_view called = "outcome of a helper's call";
	static constexpr std::array<std::string_view, 7> keys = {
		"fast", "waited", "unmapped", "interrupted", "saturated", "trylock", "refused"};
	static constexpr vmalock_outcome end = VMALOCK_OUTCOME_NR;
};

template <>
struct numbered<vmalock_loss> {
	static constexpr std::string_view called = "loss";
	static constexpr std::array<std::string_view, 12> keys = {
		"counts_full", "aborts_full", "targets_full", "fallbacks_full", "blames_full",
		"stacks_full", "times_full", "tasks_full", "waiting_full", "waits_full", "returns",
		"events_full"};
	static constexpr vmalock_loss end = VMALOCK_LOSS_NR;
};

template <>
struct numbered<vmalock_writer_state> {
	static constexpr std::string_view called = "state of a writer";
	static constexpr std::array<std::string_view, 6> keys = {
		"seen", "left", "unseen", "crowded", "gone", "holding"};
	static constexpr vmalock_writer_state end = VMALOCK_WRITER_STATE_NR;
};

template <>
struct numbered<vmalock_time> {
	static constexpr std::string_view called = "time";
	static constexpr std::array<std::string_view, 9> keys = {
		"write_held", "read_blocked_page_fault", "read_blocked_other", "write_blocked_page_fault",
		"write_blocked_other", "vma_lock", "retried", "aborted", "bypassed"};
	static constexpr vmalock_time end = VMALOCK_TIME_NR;
};

template <>
struct numbered<vmalock_by> {
	static constexpr std::string_view called = "way to count apart";
	static constexpr std::array<std::string_view, 5> keys = {
		"process", "thread", "mapping", "cpu", "machine"};
	static constexpr vmalock_by end = VMALOCK_BY_NR;
};

/** These came with version 4. */
template <>
struct numbered<vmalock_run_state> {
	static constexpr std::string_view called = "state of a thread";
	static constexpr std::array<std::string_view, 0> keys = {};
	static constexpr vmalock_run_state end = VMALOCK_RUN_STATE_NR;
};

template <>
struct numbered<vmalock_waits_for> {
	static constexpr std::string_view called = "lock that is waited for";
	static constexpr std::array<std::string_view, 0> keys = {};
	static constexpr vmalock_waits_for end = VMALOCK_WAITS_FOR_NR;
};

template <>
struct numbered<vmalock_mapping_kind> {
	static constexpr std::string_view called = "kind of a mapping";
	static constexpr std::array<std::string_view, 6> keys = {
		"none", "anonymous", "heap", "stack", "special", "file"};
	static constexpr vmalock_mapping_kind end = VMALOCK_MAPPING_KIND_NR;
};

} // namespace

std::set<std::string> &noted_unknown()
{
	static thread_local std::set<std::string> noted;

	return noted;
}

template <class Enumeration>
std::string stored_key(Enumeration value)
{
	return std::string(key_for(value));
}

template <class Enumeration>
std::string key_of(const json &in)
{
	const auto &keys = numbered<Enumeration>::keys;

	if (in.is_string())
		return in.get<std::string>();
	const auto number = in.get<std::int64_t>();

	if (number < 0 || number >= static_cast<std::int64_t>(keys.size()))
		throw std::out_of_range(fmt::format("there is no {} {}", numbered<Enumeration>::called, number));
	return std::string(keys[static_cast<std::size_t>(number)]);
}

template <class Enumeration>
Enumeration with_stored_key(std::string_view key)
{
	if (auto value = with_key<Enumeration>(key))
		return *value;
	if (noted_unknown().size() < most_noted)
		noted_unknown().insert(fmt::format("{} {}", numbered<Enumeration>::called,
						   printable(std::string(key), 32)));
	return numbered<Enumeration>::end;
}

#define VMALOCK_STORED(Enumeration) \
	template std::string stored_key(Enumeration value); \
	template std::string key_of<Enumeration>(const json &in); \
	template Enumeration with_stored_key<Enumeration>(std::string_view key);

VMALOCK_STORED(vmalock_abort_reason)
VMALOCK_STORED(vmalock_fallback)
VMALOCK_STORED(vmalock_outcome)
VMALOCK_STORED(vmalock_loss)
VMALOCK_STORED(vmalock_writer_state)
VMALOCK_STORED(vmalock_time)
VMALOCK_STORED(vmalock_by)
VMALOCK_STORED(vmalock_mapping_kind)
VMALOCK_STORED(vmalock_run_state)
VMALOCK_STORED(vmalock_waits_for)

void to_json(json &out, const process_id &id)
{
	out = {id.pid, id.start_ns};
}

void from_json(const json &in, process_id &id)
{
	id = {in.at(0).get<std::uint32_t>(), in.at(1).get<std::uint64_t>()};
}

void to_json(json &out, const user_frame &frame)
{
	out = {frame.address, frame.function, frame.file, frame.offset, frame.build_id};
}

void from_json(const json &in, user_frame &frame)
{
	frame = {in.at(0).get<std::uint64_t>(), in.at(1).get<std::string>(), in.at(2).get<std::string>(),
		 in.at(3).get<std::uint64_t>(), in.at(4).get<std::string>()};
}

std::vector<process_time> stored_times(const json &in)
{
	std::vector<process_time> result;

	for (const json &time : in) {
		const auto what = stored_value<vmalock_time>(time.at(1));

		if (what != VMALOCK_TIME_NR)
			result.push_back({time.at(0).get<process_id>(), what,
					  {time.at(2).get<std::uint64_t>(), time.at(3).get<time_buckets>()}});
	}
	return result;
}

json stored(const std::vector<process_time> &times)
{
	json result = json::array();

	for (const process_time &time : times)
		result.push_back({time.process, stored_key(time.what), time.spent.total_ns,
				  time.spent.buckets});
	return result;
}

} // namespace vmalock
