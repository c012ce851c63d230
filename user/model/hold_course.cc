// SPDX-License-Identifier: GPL-2.0-only
#include "model/hold_course.hh"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "model/add_up.hh"
#include "model/kernel_functions.hh"
#include "model/sleep_places.hh"

namespace vmalock {

namespace {

std::uint64_t since(std::uint64_t before, std::uint64_t after)
{
	return after - std::min(before, after);
}

/** Places that are kept apart; what others slept there is missing, as where the tracer had no room. */
constexpr std::size_t most_places = 64;

/** Adds up what is alike, and keeps the longest. */
template <class Row>
void finish(std::vector<Row> &rows, const auto &key)
{
	add_up(rows, key, add_counts<Row>);
	std::ranges::stable_sort(rows, std::ranges::greater{}, &Row::ns);
	if (rows.size() > most_places)
		rows.resize(most_places);
}

void finish(std::vector<sleep_row> &rows)
{
	finish(rows, [](const sleep_row &row) { return std::tie(row.why, row.place); });
}

} // namespace

held_time &held_time::operator+=(const held_time &more)
{
	count += more.count;
	ns += more.ns;
	runnable_ns += more.runnable_ns;
	asleep_ns += more.asleep_ns;
	reclaim_ns += more.reclaim_ns;
	return *this;
}

hold_course &hold_course::operator+=(const hold_course &more)
{
	held_time::operator+=(more);
	std::ranges::copy(more.sleeps, std::back_inserter(sleeps));
	finish(sleeps, [](const hold_sleep &sleep) { return sleep.stack; });
	return *this;
}

hold_course operator-(hold_course after, const hold_course &before)
{
	// Less than then: it had been forgotten meanwhile.
	if (after.count < before.count)
		return after;
	after.count -= before.count;
	after.ns = since(before.ns, after.ns);
	after.runnable_ns = since(before.runnable_ns, after.runnable_ns);
	after.asleep_ns = since(before.asleep_ns, after.asleep_ns);
	after.reclaim_ns = since(before.reclaim_ns, after.reclaim_ns);
	std::map<std::uint32_t, const hold_sleep *> then;
	for (const hold_sleep &sleep : before.sleeps)
		then.emplace(sleep.stack, &sleep);
	for (hold_sleep &sleep : after.sleeps)
		if (const auto found = then.find(sleep.stack); found != then.end()) {
			sleep.count = since(found->second->count, sleep.count);
			sleep.ns = since(found->second->ns, sleep.ns);
		}
	std::erase_if(after.sleeps, [](const hold_sleep &sleep) { return !sleep.count; });
	return after;
}

spent_holds &spent_holds::operator+=(const spent_holds &more)
{
	held_time::operator+=(more);
	running_ns += more.running_ns;
	std::ranges::copy(more.sleeps, std::back_inserter(sleeps));
	finish(sleeps);
	return *this;
}

followed_holds &followed_holds::operator+=(const followed_holds &more)
{
	const bool knows = !all.count || longest.count, knows_more = !more.all.count || more.longest.count;

	all += more.all;
	// Where a part does not say, its longest may be the longest of all.
	if (!knows || !knows_more) {
		longest = {};
		longest_ended_ns = 0;
	} else if (more.longest.ns > longest.ns) {
		longest = more.longest;
		longest_ended_ns = more.longest_ended_ns;
	}
	return *this;
}

spent_holds spent_of(const hold_course &course, const functions_of_stack &functions)
{
	// A task can leave its CPU once more before the tracer has noted that the hold is over.
	spent_holds result = {course, since(course.runnable_ns + course.asleep_ns, course.ns), {}};

	for (const hold_sleep &sleep : course.sleeps) {
		const std::vector<std::string> &stack = functions(sleep.stack);

		result.sleeps.push_back({std::string(sleep_place_in(stack).what), place_in(stack), sleep.count, sleep.ns});
	}
	finish(result.sleeps);
	return result;
}

} // namespace vmalock
