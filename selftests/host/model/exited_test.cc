// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that have exited are added up by name: nothing is lost or counted twice, over
 * whichever snapshots a report goes.
 */
#include <gtest/gtest.h>
#include <map>

#include "made.hh"
#include "model/exited.hh"
#include "model/filter.hh"
#include "model/report.hh"

namespace vmalock::test {

namespace {

constexpr process_id server = {100, 1}, child = {200, 2}, sibling = {201, 3}, later = {202, 4};

/** What the tables of a tracer have, of which it makes room now and then. */
class tables {
public:
	/** @param gone will have no entries any more */
	snapshot look(const gone &gone = {})
	{
		snapshot shown = now;

		sums.show_in(shown);
		give_up(gone);
		return shown;
	}

	/** The same, with nobody to see it. */
	void give_up(const gone &gone)
	{
		const auto was = [&](const process_id &id) { return gone.exited.contains(id); };
		const auto was_group = [&](const auto &row) {
			return was(row.id.process) || was(row.id.thread) || gone.removed.contains(row.id.cgroup);
		};

		sums.take(now, gone);
		std::erase_if(now.faults, was_group);
		std::erase_if(now.aborts, was_group);
		std::erase_if(now.fallbacks, was_group);
		std::erase_if(now.names, [&](const process_name &name) { return was(name.id); });
		if (now.misses)
			std::erase_if(*now.misses, was_group);
		if (now.waits)
			std::erase_if(*now.waits, [&](const auto &row) { return was(row.id); });
		if (now.fault_times)
			std::erase_if(*now.fault_times, [&](const auto &row) { return was(row.process); });
		if (!now.writers)
			return;
		std::erase_if(now.writers->mmap_times, [&](const auto &row) { return was(row.process); });
		std::erase_if(now.writers->writers, [&](const auto &row) { return was(row.writer.process); });
		std::erase_if(now.writers->blames, [&](const blame &row) {
			return was(row.writer.process) || was(row.victim.process);
		});
	}

	snapshot now = at(1);

private:
	exited_sums sums;
};

/** Successes by name; of a sum, by its name and " exited". */
std::map<std::string, std::uint64_t> successes(const snapshot &before, const snapshot &after)
{
	std::map<std::string, std::uint64_t> result;

	for (const group_row &row : compare(before, after).rows)
		result[row.name + (is_sum(row.id.process) ? " exited" : "")] += row.success;
	return result;
}

using by_name = std::map<std::string, std::uint64_t>;

TEST(exited, SumsHaveWhatNoSnapshotShowed)
{
	tables tables;

	tables.now.names = {{server, "server"}};
	tables.now.faults = {faults(server, 10)};
	const snapshot first = tables.look();
	tables.now.names.insert(tables.now.names.end(), {{child, "cc"}, {sibling, "cc"}});
	tables.now.faults.insert(tables.now.faults.end(), {faults(child, 3), faults(sibling, 4)});
	tables.give_up({.exited = {child, sibling}});
	const snapshot last = tables.look();

	EXPECT_EQ(successes(first, last), (by_name{{"cc exited", 7}}));
	EXPECT_EQ(successes(at(0), last), (by_name{{"server", 10}, {"cc exited", 7}}));
}

/* One interval has it in its own row, the next in none; both together are the whole. */
TEST(exited, LeavesItsRowBetweenIntervals)
{
	tables tables;
	const snapshot first = tables.look();

	tables.now.names = {{child, "cc"}};
	tables.now.faults = {faults(child, 3)};
	const snapshot second = tables.look();
	tables.now.faults = {faults(child, 5)};
	const snapshot third = tables.look({.exited = {child}});
	const snapshot fourth = tables.look();

	EXPECT_EQ(successes(first, second), (by_name{{"cc", 3}}));
	EXPECT_EQ(successes(second, third), (by_name{{"cc", 2}}));
	EXPECT_EQ(successes(third, fourth), (by_name{}));
	EXPECT_EQ(successes(second, fourth), (by_name{{"cc exited", 2}}));
	EXPECT_EQ(successes(first, fourth), (by_name{{"cc exited", 5}}));
}

TEST(exited, TheLastNameIsThatOfTheSumOverAnySnapshots)
{
	tables tables;

	tables.now.names = {{child, "sh"}, {sibling, "sh"}};
	tables.now.faults = {faults(child, 3), faults(sibling, 100)};
	const snapshot as_shell = tables.look();
	tables.now.names[0].name = "make";
	tables.now.faults[0].success = 5;
	const snapshot as_make = tables.look();
	tables.now.names[0].name = "cc";
	tables.now.faults[0].success = 9;
	tables.give_up({.exited = {child, sibling}});
	const snapshot last = tables.look();

	EXPECT_EQ(successes(at(0), last), (by_name{{"cc exited", 9}, {"sh exited", 100}}));
	EXPECT_EQ(successes(as_shell, last), (by_name{{"cc exited", 6}}));
	EXPECT_EQ(successes(as_make, last), (by_name{{"cc exited", 4}}));
}

TEST(exited, NamesWithoutEndAreOne)
{
	tables tables;
	std::uint64_t all = 0;

	for (std::uint32_t i = 1; i <= 3000; i++) {
		tables.now.names = {{{i, i}, "n" + std::to_string(i)}};
		tables.now.faults = {faults({i, i}, i)};
		all += i;
		tables.look({.exited = {{i, i}}});
	}
	const auto sums = successes(at(0), tables.look());
	std::uint64_t sum = 0;
	for (const auto &[name, count] : sums)
		sum += count;

	EXPECT_EQ(sum, all);
	EXPECT_LT(sums.size(), 1100u);
	EXPECT_GT(sums.at("[other names] exited"), all / 2);
}

TEST(exited, ThreadsHaveTheirOwnNames)
{
	const process_id worker = {101, 7};
	tables tables;

	tables.now.by = VMALOCK_BY_THREAD;
	tables.now.names = {{server, "server"}, {worker, "worker"}};
	tables.now.faults = {{{.process = server, .thread = server}, 10}, {{.process = server, .thread = worker}, 4}};
	const snapshot first = tables.look();
	tables.now.faults[1].success = 6;
	tables.give_up({.exited = {worker}});
	const snapshot last = tables.look();

	EXPECT_EQ(successes(at(0), last), (by_name{{"server", 10}, {"worker exited", 6}}));
	EXPECT_EQ(successes(first, last), (by_name{{"worker exited", 2}}));
}

TEST(exited, EveryCountIsMoved)
{
	tables tables;

	tables.now.names = {{child, "cc"}, {sibling, "cc"}};
	tables.now.aborts = {aborts(child, fault_handler, VMALOCK_ABORT_UNMAPPED, 2),
			     aborts(sibling, fault_handler, VMALOCK_ABORT_UNMAPPED, 3)};
	tables.now.fallbacks = {fallbacks(child, VMALOCK_RETRY_IO, 1), fallbacks(sibling, VMALOCK_BYPASS_KERNEL, 4)};
	tables.now.misses = {{{{.process = child}, 6}, {{.process = sibling}, 1}}};
	tables.now.fault_times = {{{child, VMALOCK_FAULT_ABORTED, {5, {1}}},
				   {sibling, VMALOCK_FAULT_ABORTED, {7, {2}}}}};
	tables.now.waits.emplace(2);
	tables.now.waits->at(0).id = child;
	tables.now.waits->at(1).id = sibling;
	for (waiting_writer &writer : *tables.now.waits)
		writer.count = writer.ns = 1;
	const snapshot first = tables.look();
	tables.now.aborts[0].count = 12;
	tables.now.waits->at(1).count = 4;
	tables.give_up({.exited = {child, sibling}});
	const snapshot last = tables.look();
	const report all = compare(at(0), last), since = compare(first, last);

	ASSERT_EQ(all.rows.size(), 1u);
	EXPECT_EQ(all.rows[0].abort, 15u);
	EXPECT_EQ(all.rows[0].bypass, 4u);
	EXPECT_EQ(all.rows[0].miss, 7u);
	EXPECT_EQ(all.abort_total, 15u);
	EXPECT_EQ(all.fault_times->all.at(VMALOCK_FAULT_ABORTED).total_ns, 12u);
	ASSERT_EQ(all.waits->size(), 1u);
	EXPECT_EQ(all.waits->at(0).count, 5u);
	ASSERT_EQ(since.rows.size(), 1u);
	EXPECT_EQ(since.rows[0].events(), 10u);
	EXPECT_TRUE(since.fault_times->processes.empty());
	ASSERT_EQ(since.waits->size(), 1u);
	EXPECT_EQ(since.waits->at(0).count, 3u);
}

writer_holds holds(process_id process, std::uint32_t stack)
{
	return {{process, process.pid, 9, stack, VMALOCK_STACK_NONE, VMALOCK_WRITER_SEEN}, "cc", "mmap", {10, {1}}};
}

/* The victim exits first, and its writer when that is in the sums already. */
TEST(exited, WritersAndVictimsExitAtTheirOwnTime)
{
	tables tables;
	writer_counts &writers = tables.now.writers.emplace();

	tables.now.names = {{child, "cc"}, {sibling, "cc"}, {later, "ld"}};
	writers.writers = {holds(child, 1), holds(sibling, 2)};
	writers.kernel_stacks = {{1, {"do_mmap"}}, {2, {"do_mmap"}}};
	writers.blames = {{writers.writers[0].writer, {later, 16, 32, fault_handler, "", VMALOCK_ABORT_WRITE_LOCKED}, 2},
			  {writers.writers[1].writer, {later, 48, 64, fault_handler, "", VMALOCK_ABORT_WRITE_LOCKED}, 3}};
	const snapshot first = tables.look();
	tables.give_up({.exited = {later}});
	const snapshot second = tables.look({.exited = {child}});
	tables.give_up({.exited = {sibling}});
	const snapshot last = tables.look();
	const report all = compare(at(0), last);

	ASSERT_EQ(all.writers->writers.size(), 1u);
	const writer_row &row = all.writers->writers[0];
	EXPECT_TRUE(is_sum(row.id));
	EXPECT_EQ(row.name, "cc");
	EXPECT_EQ(row.aborts, 5u);
	EXPECT_EQ(row.held.total_ns, 20u);
	ASSERT_EQ(row.sites.size(), 1u);
	EXPECT_EQ(row.sites[0].kernel_stack, std::vector<std::string>{"do_mmap"});
	ASSERT_EQ(row.sites[0].victims.size(), 1u);
	EXPECT_EQ(row.sites[0].victims[0].name, "ld");
	EXPECT_TRUE(compare(first, last).writers->writers.empty());
	EXPECT_TRUE(compare(second, last).writers->writers.empty());
	EXPECT_TRUE(compare(first, second).writers->writers.empty());
}

/** Successes by the name that reports show. */
by_name of_cgroups(const snapshot &before, const snapshot &after)
{
	by_name result;

	for (const group_row &row : compare(before, after).rows)
		result[row.name] += row.success;
	return result;
}

group_faults of_cgroup(std::uint64_t id, std::uint64_t success)
{
	return {.id = {.cgroup = id}, .success = success};
}

TEST(exited, RemovedCgroupsAreAddedUpByPath)
{
	tables tables;

	tables.now.by = VMALOCK_BY_CGROUP;
	tables.now.cgroups = {{1, "/"}, {7, "/job"}, {8, "/job"}, {9, "/stays"}};
	tables.now.faults = {of_cgroup(7, 10), of_cgroup(8, 1), of_cgroup(9, 2), of_cgroup(10, 4)};
	tables.now.aborts = {{{.cgroup = 7}, "fault", "", VMALOCK_ABORT_UNMAPPED, 3}};
	const snapshot first = tables.look();
	tables.now.faults[0].success = 15;
	tables.give_up({.removed = {7, 10}});
	const snapshot second = tables.look({.removed = {8}});
	const snapshot last = tables.look();

	EXPECT_EQ(of_cgroups(at(0), last),
		  (by_name{{"/job (removed)", 16}, {"/stays", 2}, {"[other cgroups] (removed)", 4}}));
	EXPECT_EQ(of_cgroups(first, second), (by_name{{"/job (removed)", 5}}));
	EXPECT_EQ(of_cgroups(second, last), by_name{});
	for (const group_row &row : compare(at(0), last).rows)
		if (row.path == "/job")
			EXPECT_EQ(row.abort, 3u);
}

TEST(exited, AFilterByNameSeesTheSum)
{
	tables tables;

	tables.now.names = {{child, "cc"}, {server, "server"}};
	tables.now.faults = {faults(child, 3), faults(server, 8)};
	const snapshot first = tables.look();
	tables.now.faults[0].success = 5;
	tables.give_up({.exited = {child}});
	const snapshot last = tables.look();
	const std::set<group_id> wanted = groups_named(last, "cc");
	const report report = compare(filter(settled(first, last), wanted), filter(last, wanted));

	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].success, 2u);
}

} // namespace

} // namespace vmalock::test
