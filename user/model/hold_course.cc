// SPDX-License-Identifier: GPL-2.0-only
#include "model/hold_course.hh"

#include <algorithm>
#include <utility>

#include "model/kernel_functions.hh"
#include "model/sleep_places.hh"

namespace vmalock {

namespace {

std::uint64_t since(std::uint64_t before, std::uint64_t after)
{
	return after - std::min(before, after);
}

/** Adds @p row to the one of @p rows that is the same by @p same, or makes it one. */
template <class Row>
void add_row(std::vector<Row> &rows, Row row, const auto &same)
{
	const auto found = std::ranges::find_if(rows, [&](const Row &other) { return same(other, row); });

	if (found == rows.end()) {
		rows.push_back(std::move(row));
		return;
	}
	found->count += row.count;
	found->ns += row.ns;
}

void add_sleep(std::vector<sleep_row> &rows, sleep_row row)
{
	add_row(rows, std::move(row), [](const sleep_row &a, const sleep_row &b) {
		return a.why == b.why && a.place == b.place;
	});
}

void sort(std::vector<sleep_row> &rows)
{
	std::ranges::stable_sort(rows, std::ranges::greater{}, &sleep_row::ns);
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
	for (const hold_sleep &sleep : more.sleeps)
		add_row(sleeps, sleep, [](const hold_sleep &a, const hold_sleep &b) { return a.stack == b.stack; });
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
	for (const hold_sleep &then : before.sleeps)
		for (hold_sleep &sleep : after.sleeps)
			if (sleep.stack == then.stack) {
				sleep.count = since(then.count, sleep.count);
				sleep.ns = since(then.ns, sleep.ns);
			}
	std::erase_if(after.sleeps, [](const hold_sleep &sleep) { return !sleep.count; });
	return after;
}

spent_holds &spent_holds::operator+=(const spent_holds &more)
{
	held_time::operator+=(more);
	running_ns += more.running_ns;
	for (const sleep_row &row : more.sleeps)
		add_sleep(sleeps, row);
	sort(sleeps);
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

		add_sleep(result.sleeps, {std::string(sleep_place_in(stack).what), place_in(stack), sleep.count, sleep.ns});
	}
	sort(result.sleeps);
	return result;
}

} // namespace vmalock
