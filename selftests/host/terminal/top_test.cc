// SPDX-License-Identifier: GPL-2.0-only
/*
 * `vmalock top` without a terminal: what keys and snapshots make of its tables.
 */
#include <algorithm>
#include <gtest/gtest.h>

#include "../model/made.hh"
#include "../model/made_recording.hh"
#include "model/top.hh"
#include "output/top.hh"

namespace vmalock::test {

namespace {

constexpr process_id java = {100, 1}, mysql = {200, 2}, idle = {300, 3};

/** Aborts so far of java, mysql and idle; a second an interval. */
snapshot counted(double seconds, std::uint64_t of_java, std::uint64_t of_mysql, std::uint64_t of_idle)
{
	snapshot result = at(seconds);

	result.names = {{java, "java"}, {mysql, "mysqld"}, {idle, "idle"}};
	result.faults = {faults(java, 10 * of_java), faults(mysql, 20 * of_mysql), faults(idle, of_idle)};
	result.aborts = {aborts(java, fault_handler, VMALOCK_ABORT_WRITE_LOCKED, of_java),
			 aborts(mysql, fault_handler, VMALOCK_ABORT_UNMAPPED, of_mysql)};
	return result;
}

/** After one interval in which java had more aborts than mysqld; idle had one fault. */
top fed()
{
	top result(1);

	result.feed(counted(0, 0, 0, 0));
	result.feed(counted(1, 50, 20, 1));
	return result;
}

void press(top &top, std::initializer_list<top_key> keys)
{
	for (top_key key : keys)
		top.press(key);
}

void type(top &top, std::string_view letters)
{
	top.press(top_key::filter);
	for (char letter : letters)
		top.type(letter);
	top.press(top_key::open);
}

std::string names(const top &top)
{
	std::string result;

	for (const top_row &row : top.table().rows)
		result += (result.empty() ? "" : " ") + row.cells[1].text;
	return result;
}

std::string selected(const top &top)
{
	return top.table().rows.at(top.selected()).cells[1].text;
}

std::string screen(const top &top, std::size_t columns = 80, std::size_t lines = 24)
{
	std::string result;

	for (const top_line &line : to_lines(top, columns, lines))
		result += line.text + "\n";
	return result;
}

bool shows(const top &top, std::string_view text)
{
	return screen(top).find(text) != std::string::npos;
}

TEST(top, NothingIsShownBeforeTheFirstInterval)
{
	top top(2);

	EXPECT_TRUE(shows(top, "the first interval ends after 2 s"));
	top.feed(counted(0, 0, 0, 0));
	EXPECT_FALSE(top.shown());
	for (top_key key : {top_key::up, top_key::down, top_key::open, top_key::back, top_key::next_view,
			    top_key::next_column, top_key::previous_column, top_key::reverse,
			    top_key::totals, top_key::losses, top_key::stalls, top_key::pause, top_key::pause, top_key::end})
		top.press(key);
	screen(top);
}

TEST(top, MostAbortsComeFirstBySecond)
{
	top top = fed();

	EXPECT_EQ(names(top), "java mysqld idle");
	EXPECT_TRUE(shows(top, ">    100 java"));
	EXPECT_TRUE(shows(top, "500      50       0   90.9% write-locked")) << screen(top);
	top.feed(counted(3, 50, 40, 1));
	EXPECT_TRUE(shows(top, "200      10       0   95.2% nothing mapp")) << screen(top);
}

TEST(top, TheSelectionFollowsTheProcess)
{
	top top = fed();

	top.press(top_key::down);
	EXPECT_EQ(selected(top), "mysqld");
	top.feed(counted(2, 51, 90, 1));
	EXPECT_EQ(names(top), "mysqld java idle");
	EXPECT_EQ(selected(top), "mysqld");
	EXPECT_EQ(top.selected(), 0u);
	press(top, {top_key::end, top_key::down, top_key::page_down});
	EXPECT_EQ(selected(top), "idle");
	press(top, {top_key::home, top_key::up, top_key::page_up});
	EXPECT_EQ(top.selected(), 0u);
}

TEST(top, SortsByAnyColumnAndBack)
{
	top top = fed();

	top.press(top_key::reverse);
	EXPECT_EQ(names(top), "idle mysqld java");
	top.press(top_key::previous_column);
	EXPECT_EQ(top.table().columns[top.sorted_by()].title, "SUCC");
	EXPECT_EQ(names(top), "java mysqld idle");
	press(top, {top_key::previous_column});
	EXPECT_EQ(names(top), "idle java mysqld") << "names go upwards";
	top.press(top_key::previous_column);
	EXPECT_EQ(names(top), "java mysqld idle") << "by PID";
	top.press(top_key::previous_column);
	EXPECT_EQ(top.table().columns[top.sorted_by()].title, "WAIT <") << "the last one";
	top.press(top_key::next_column);
	EXPECT_EQ(top.sorted_by(), 0u);
}

TEST(top, RowsThatAreEqualKeepTheirOrder)
{
	top top = fed();

	while (top.table().columns[top.sorted_by()].title != "RETRY")
		top.press(top_key::next_column);
	EXPECT_EQ(names(top), "java mysqld idle") << "by events: no process had a retry";
	top.press(top_key::reverse);
	EXPECT_EQ(names(top), "java mysqld idle");
}

TEST(top, TheFilterLooksAtTextAndIds)
{
	top top = fed();

	type(top, "SQL");
	EXPECT_EQ(names(top), "mysqld");
	EXPECT_EQ(selected(top), "mysqld");
	top.press(top_key::back);
	EXPECT_EQ(names(top), "java mysqld idle");
	type(top, "300");
	EXPECT_EQ(names(top), "idle");
	top.press(top_key::filter);
	EXPECT_TRUE(top.asks_filter());
	press(top, {top_key::erase, top_key::erase});
	EXPECT_EQ(names(top), "idle") << "3";
	top.type('x');
	EXPECT_EQ(names(top), "");
	EXPECT_TRUE(shows(top, "No row contains that text."));
	press(top, {top_key::open, top_key::down, top_key::open});
	EXPECT_EQ(top.view(), top_view::processes) << "there was none to open";
	top.press(top_key::back);
	EXPECT_EQ(names(top), "java mysqld idle");
}

TEST(top, APauseKeepsThePicture)
{
	top top = fed();

	top.press(top_key::pause);
	const std::string before = screen(top);
	EXPECT_NE(before.find("PAUSED"), std::string::npos);
	EXPECT_FALSE(top.feed(counted(2, 50, 30, 1)));
	EXPECT_FALSE(top.feed(counted(3, 50, 100, 1)));
	EXPECT_EQ(screen(top), before);
	top.press(top_key::pause);
	EXPECT_EQ(names(top), "mysqld java idle");
	EXPECT_NEAR(top.shown()->seconds, 2, 1e-9) << "all of the pause is in the interval";
	EXPECT_TRUE(shows(top, " 40 ")) << "80 aborts in 2 s: " << screen(top);
}

TEST(top, AQuietProcessStaysForOneInterval)
{
	top top = fed();

	top.feed(counted(2, 50, 30, 1));
	EXPECT_EQ(names(top), "mysqld java idle");
	EXPECT_EQ(selected(top), "java") << "was selected, and is still under the eye";
	EXPECT_TRUE(top.table().rows[1].quiet);
	EXPECT_TRUE(shows(top, "(no event)"));
	top.feed(counted(3, 50, 40, 1));
	EXPECT_EQ(names(top), "mysqld");
	top.feed(counted(4, 51, 40, 1));
	EXPECT_EQ(names(top), "java mysqld");
	EXPECT_FALSE(top.table().rows[0].quiet);
}

TEST(top, TotalsAreSinceTheStart)
{
	top top = fed();

	top.feed(counted(2, 50, 30, 1));
	top.press(top_key::totals);
	EXPECT_EQ(names(top), "java mysqld idle");
	EXPECT_TRUE(shows(top, "all 2.0 s"));
	EXPECT_TRUE(shows(top, "ABORT ")) << screen(top);
	EXPECT_TRUE(shows(top, "500      50 ")) << screen(top);
	top.press(top_key::totals);
	EXPECT_EQ(names(top), "mysqld") << "nothing is quiet that was not there before";
}

TEST(top, OpensTheSelectedProcess)
{
	top top = fed();

	press(top, {top_key::down, top_key::open, top_key::next_view});
	EXPECT_EQ(top.view(), top_view::reasons);
	EXPECT_EQ(top.opened().process, mysql);
	EXPECT_TRUE(shows(top, "mysqld (200):  mappings  [reasons]")) << screen(top);
	ASSERT_EQ(top.table().rows.size(), 1u);
	EXPECT_TRUE(shows(top, "refused      nothing mapped there")) << screen(top);
	EXPECT_TRUE(shows(top, " 20 100.0% page fault")) << screen(top);
	press(top, {top_key::next_view});
	EXPECT_TRUE(shows(top, "Writers were not traced"));
	press(top, {top_key::next_view});
	EXPECT_TRUE(shows(top, "Readers were not traced"));
	press(top, {top_key::next_view});
	EXPECT_TRUE(shows(top, "--by mapping"));
	press(top, {top_key::previous_view});
	EXPECT_EQ(top.view(), top_view::readers);
	press(top, {top_key::back});
	EXPECT_EQ(selected(top), "mysqld");
	press(top, {top_key::up, top_key::open});
	EXPECT_EQ(top.view(), top_view::readers) << "another process opens in the same view";
	EXPECT_EQ(top.opened().process, java);
}

TEST(top, AProcessThatGoesAwayStaysOpen)
{
	top top = fed();

	press(top, {top_key::open, top_key::next_view});
	top.feed(counted(2, 50, 30, 1));
	EXPECT_EQ(top.opened().process, java);
	EXPECT_TRUE(shows(top, "java (100)"));
	EXPECT_TRUE(shows(top, "No VMA lock was refused to this process")) << screen(top);
	top.press(top_key::totals);
	EXPECT_EQ(top.table().rows.size(), 1u) << "it had aborts before";
	press(top, {top_key::totals, top_key::back});
	EXPECT_EQ(names(top), "mysqld");
}

TEST(top, AnotherProcessWithTheSameIdIsAnother)
{
	top top(1);
	snapshot first = at(1), second = at(2);
	constexpr process_id again = {100, 9};

	first.faults = {faults(java, 1)};
	second.faults = {faults(java, 1), faults(again, 5)};
	top.feed(at(0));
	top.feed(first);
	top.press(top_key::open);
	top.feed(second);
	EXPECT_TRUE(top.table().rows.empty());
	top.press(top_key::back);
	EXPECT_EQ(top.table().rows.at(0).whole.process, again);
}

TEST(top, LossesAreAlwaysThere)
{
	top top(1);
	snapshot first = counted(1, 1, 1, 1), second = counted(2, 2, 2, 2);

	first.losses.maps[VMALOCK_LOSS_COUNTS_FULL] = 7;
	first.losses.skipped = {{"some_program", 1000}};
	second.losses = first.losses;
	second.losses.skipped = {{"some_program", 1002}};
	top.feed(counted(0, 0, 0, 0));
	EXPECT_FALSE(shows(top, "Lost"));
	top.feed(first);
	top.feed(second);
	EXPECT_TRUE(shows(top, "Lost: 2 in this interval, 1,009 in total"));
	top.press(top_key::open);
	EXPECT_TRUE(shows(top, "Lost: 2 in this interval, 1,009 in total"));
	top.press(top_key::losses);
	ASSERT_EQ(top.table().rows.size(), 2u);
	EXPECT_TRUE(shows(top, "calls of some_program (program busy)"));
	EXPECT_EQ(top.table().rows[0].cells[1].number, 2);
	EXPECT_EQ(top.table().rows[0].cells[2].number, 1002);
	EXPECT_EQ(top.table().rows[1].cells[1].number, 0);
	top.press(top_key::losses);
	EXPECT_EQ(top.view(), top_view::groups) << "back to where it was asked for";
	second.seconds = 3;
	top.feed(second);
	EXPECT_TRUE(shows(top, "Lost: 0 in this interval, 1,009 in total"));
}

/** It has no events, and began before: every view has to say so. */
TEST(top, WhatStandsIsSaidInEveryView)
{
	top top(1);
	snapshot now = counted(0, 0, 0, 0);

	top.feed(now);
	EXPECT_FALSE(shows(top, "Stalled"));
	now = counted(1, 1, 1, 1);
	now.standing = made_standing();
	top.feed(now);
	for (top_key key : {top_key::open, top_key::next_view, top_key::losses, top_key::stalls}) {
		EXPECT_TRUE(shows(top, "Stalled (w): deadlock: munmap of server/42 keeps 2 threads waiting for 31 s"))
			<< screen(top);
		top.press(key);
	}
	EXPECT_EQ(top.view(), top_view::stalls);
	EXPECT_TRUE(shows(top, ">    1 holds  server         43 munmap           31s certain readers of file")) << screen(top);
	EXPECT_TRUE(shows(top, "     1 reads  server         43 munmap           31s certain frozen file system")) << screen(top);
	EXPECT_TRUE(shows(top, "     1 reads  (unknown)       -                    - unknown 2 counted")) << screen(top);
	EXPECT_TRUE(shows(top, "     1 behind server         42 mmap             30s         to write, 2 threads")) << screen(top);
	EXPECT_TRUE(shows(top, "     2 holds  (unknown)       -                    -")) << screen(top);
	top.press(top_key::stalls);
	EXPECT_EQ(top.view(), top_view::reasons) << "back to where the first was asked for";
	now = counted(2, 2, 2, 2);
	top.feed(now);
	top.press(top_key::stalls);
	EXPECT_FALSE(shows(top, "Stalled"));
	EXPECT_TRUE(shows(top, "Nobody looked for stalls in this run.")) << screen(top);
	now.seconds = 3;
	now.standing.emplace();
	top.feed(now);
	EXPECT_TRUE(shows(top, "Nobody waits for mmap_lock or for readers of a VMA.")) << screen(top);
}

TEST(top, WhatIsNotVisibleIsSaid)
{
	top top(1);
	snapshot now = counted(1, 1, 1, 1);

	now.not_visible = {"miss (it leaves no trace)"};
	top.feed(counted(0, 0, 0, 0));
	top.feed(now);
	EXPECT_TRUE(shows(top, "Not visible here: miss (it leaves no trace)"));
	top.press(top_key::open);
	EXPECT_TRUE(shows(top, "Not visible here: miss (it leaves no trace)"));
}

TEST(top, IntervalsHaveSteps)
{
	top top(2);

	top.press(top_key::slower);
	EXPECT_EQ(top.interval(), 5);
	for (int i = 0; i < 20; i++)
		top.press(top_key::slower);
	EXPECT_EQ(top.interval(), 60);
	for (int i = 0; i < 20; i++)
		top.press(top_key::faster);
	EXPECT_EQ(top.interval(), 0.1);
	class top odd(3);
	odd.press(top_key::faster);
	EXPECT_EQ(odd.interval(), 2);
}

TEST(top, KeysAreLettersInAFilterAndHelpTakesThem)
{
	top top = fed();

	press(top, {top_key::help, top_key::down, top_key::up});
	EXPECT_TRUE(top.help());
	press(top, {top_key::pause});
	EXPECT_FALSE(top.help());
	EXPECT_FALSE(top.paused()) << "that key only left the help";
	press(top, {top_key::help, top_key::quit});
	EXPECT_TRUE(top.quit());
}

TEST(top, NamesCannotReachTheTerminal)
{
	top top(1);
	snapshot now = counted(1, 5, 5, 5);

	now.names = {{java, "\x1b[2Jevil\n"}, {mysql, "\xff\xfe"}, {idle, ""}};
	now.kernel = "\x1b[31m";
	now.not_visible = {"something"};
	top.feed(counted(0, 0, 0, 0));
	top.feed(now);
	for (auto keys : {std::initializer_list<top_key>{}, {top_key::open}, {top_key::next_view}})
		for (press(top, keys); char letter : screen(top))
			ASSERT_TRUE(letter == '\n' || (letter >= ' ' && letter <= '~')) << screen(top);
}

TEST(top, MappingsAddUpToTheirProcess)
{
	top top(1);
	snapshot now = at(1);
	group_id heap = {.process = java, .mapping = {.anchor = 1, .kind = VMALOCK_MAPPING_HEAP}};
	group_id file = {.process = java, .mapping = {.anchor = 2, .inode = 7, .kind = VMALOCK_MAPPING_FILE}};

	now.by = VMALOCK_BY_MAPPING;
	now.faults = {{heap, 30, 1, 2}, {file, 10, 0, 0}};
	now.mappings = {{heap, 0x1000, 0x2000, ""}, {file, 0xabcd000, 0xabce000, "libc.so.6"}};
	top.feed(at(0));
	top.feed(now);
	ASSERT_EQ(top.table().rows.size(), 1u);
	EXPECT_EQ(top.table().rows[0].cells[2].number, 41);
	EXPECT_EQ(top.table().rows[0].cells[4].number, 2);
	top.press(top_key::open);
	ASSERT_EQ(top.table().rows.size(), 2u);
	EXPECT_TRUE(shows(top, "[heap]"));
	EXPECT_TRUE(shows(top, "libc.so.6                  10       0       0  100.0% abcd000-abce000"))
		<< screen(top);
}

/** The writers of a process are those of its name. */
TEST(top, ByNameHasARowForEach)
{
	top top(1);
	snapshot now = at(1);
	const group_id javas = {.comm = comm_name("java")}, perls = {.comm = comm_name("perl")};
	blame blame;

	now.by = VMALOCK_BY_COMM;
	now.names = {{java, "java"}};
	now.faults = {{javas, 30, 1, 2}, {perls, 10, 0, 0}};
	now.aborts = {{javas, fault_handler, "", VMALOCK_ABORT_MOVED, 6}};
	blame.writer.process = mysql;
	blame.writer.state = VMALOCK_WRITER_SEEN;
	blame.victim.process = java;
	blame.aborts = 6;
	now.writers.emplace().blames = {blame};
	now.waits.emplace();
	top.feed(at(0));
	top.feed(now);
	ASSERT_EQ(top.table().rows.size(), 2u);
	EXPECT_TRUE(shows(top, "Processes by name"));
	EXPECT_FALSE(shows(top, " PID")) << screen(top);
	EXPECT_EQ(top.table().rows[0].cells[0].text, "java");
	EXPECT_EQ(top.table().rows[0].cells[1].number, 31);
	EXPECT_FALSE(top.table().rows[0].cells[6].text.empty()) << "the writer";
	top.press(top_key::open);
	EXPECT_TRUE(shows(top, "java: ")) << screen(top);
	EXPECT_TRUE(shows(top, "run with --by mapping"));
	top.press(top_key::next_view);
	EXPECT_TRUE(shows(top, "range moved")) << screen(top);
	top.press(top_key::next_view);
	ASSERT_EQ(top.table().rows.size(), 1u) << screen(top);
	top.press(top_key::back);
	top.feed(now);
	EXPECT_TRUE(shows(top, "(no event)")) << screen(top);
}

/** A certain writer and one that was seen only as it let go; a reader, and one that was not found. */
TEST(top, HowSureItIsStandsBesideEachName)
{
	top top(1);
	snapshot now = counted(1, 9, 1, 1);
	blame blame;
	reader_row reader;
	waiting_writer waits;

	blame.writer = {mysql, 201, 10, VMALOCK_STACK_NONE, VMALOCK_STACK_NONE, VMALOCK_WRITER_SEEN};
	blame.victim.process = java;
	blame.victim.reason = VMALOCK_ABORT_WRITE_LOCKED;
	blame.aborts = 3;
	now.writers.emplace().blames = {blame};
	blame.writer = {idle, 301, 10, VMALOCK_STACK_NONE, VMALOCK_STACK_NONE, VMALOCK_WRITER_LEFT};
	blame.victim.process = mysql;
	now.writers->blames.push_back(blame);
	reader.tid = 202;
	reader.name = "reader";
	reader.what = "page fault";
	reader.count = 1;
	reader.grade = grade::likely;
	waits.id = java;
	waits.system_call = "munmap";
	waits.count = 2;
	waits.unknown = 1;
	waits.in_the_way = {reader};
	now.waits.emplace().push_back(waits);
	top.feed(at(0));
	top.feed(now);
	for (const top_row &row : top.table().rows) {
		const std::string &writer = row.cells[7].text;

		EXPECT_EQ(writer.ends_with('?'), row.whole.process == mysql) << writer;
		EXPECT_EQ(writer.empty(), row.whole.process == idle) << writer;
	}
	press(top, {top_key::open, top_key::next_view, top_key::next_view});
	EXPECT_TRUE(shows(top, " certain ")) << screen(top);
	press(top, {top_key::next_view});
	EXPECT_TRUE(shows(top, "page fault           1       - likely  munmap")) << screen(top);
	EXPECT_TRUE(shows(top, "     1       - unknown munmap")) << screen(top);
}

TEST(top, OfCgroupsItKnowsNoWriters)
{
	top top(1);
	snapshot now = at(1);

	now.by = VMALOCK_BY_CGROUP;
	now.faults = {{{.cgroup = 7}, 30, 1, 2}, {{.cgroup = 8}, 10, 0, 0}};
	now.aborts = {{{.cgroup = 7}, fault_handler, "", VMALOCK_ABORT_MOVED, 6}};
	now.cgroups = {{7, "/system.slice/cron.service"}, {8, "/user.slice"}};
	now.writers.emplace();
	now.waits.emplace();
	top.feed(at(0));
	top.feed(now);
	ASSERT_EQ(top.table().rows.size(), 2u);
	EXPECT_TRUE(shows(top, "Cgroups"));
	EXPECT_TRUE(shows(top, ">/system.slice/cron.service ")) << screen(top);
	EXPECT_FALSE(shows(top, "WRITER")) << screen(top);
	top.press(top_key::open);
	EXPECT_TRUE(shows(top, "/system.slice/cron.service: ")) << screen(top);
	top.press(top_key::next_view);
	EXPECT_TRUE(shows(top, "range moved")) << screen(top);
	top.press(top_key::next_view);
	EXPECT_TRUE(shows(top, "Writers are known by process only")) << screen(top);
	top.press(top_key::next_view);
	EXPECT_TRUE(shows(top, "Readers are known by process only")) << screen(top);
	top.press(top_key::back);
	top.feed(now);
	EXPECT_TRUE(shows(top, "(no event)")) << screen(top);
}

TEST(top, ABatchHasTheWorstRowsAndNoMarker)
{
	top top(1);
	snapshot now = at(1);

	for (std::uint32_t pid = 1; pid <= 100; pid++)
		now.faults.push_back(faults({pid, 1}, pid));
	top.feed(at(0));
	top.feed(now);
	const std::string text = to_text(top, 80, 0);
	EXPECT_EQ(std::ranges::count(text, '\n'), 3 + 1 + 100 + 1);
	const std::string cut = to_text(top, 80, 20);
	EXPECT_EQ(std::ranges::count(cut, '\n'), 3 + 1 + 20 + 1 + 1);
	EXPECT_NE(cut.find("\n... and 80 more (--top 0 shows all)\n"), std::string::npos) << cut;
	EXPECT_EQ(to_text(top, 80, 100), text);
	EXPECT_EQ(to_text(top, 80, 101), text);
	EXPECT_EQ(text.find('>'), std::string::npos);
	EXPECT_EQ(text.find(" \n"), std::string::npos);
}

} // namespace

} // namespace vmalock::test
