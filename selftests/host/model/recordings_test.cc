// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several recordings as one, and what is made of them for other programs.
 */
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "collect/descriptor.hh"
#include "made.hh"
#include "made_recording.hh"
#include "model/merge.hh"
#include "output/output.hh"
#include "recording/recordings.hh"
#include "recording/perfetto.hh"
#include "recording/writer.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

std::unique_ptr<recording_reader> file(const std::string &name, const recorded_run &run,
				       const std::vector<double> &times, bool ended = true)
{
	std::string bytes = file_header() + encoded(frame_type::run, run);

	for (double seconds : times)
		bytes += encoded(frame_type::snapshot, made_snapshot(seconds));
	if (ended)
		bytes += encoded(frame_type::end, end_of(0));
	return std::make_unique<recording_reader>(std::make_unique<std::istringstream>(bytes), name);
}

recordings together(auto... files)
{
	std::vector<std::unique_ptr<recording_reader>> all;

	(all.push_back(std::move(files)), ...);
	return recordings(std::move(all));
}

TEST(recordings, AreReadInTheOrderOfTime)
{
	recordings all = together(file("a", made_run("a", 100), {0, 1, 2}),
				  file("b", made_run("b", 101), {0.5, 0.6, 5}));
	std::vector<std::pair<std::size_t, double>> order;

	while (auto next = all.next())
		order.emplace_back(next->run, next->snapshot.seconds);
	EXPECT_EQ(order, (std::vector<std::pair<std::size_t, double>>{
		{0, 0}, {0, 1}, {1, 0.5}, {1, 0.6}, {0, 2}, {1, 5}}));
	EXPECT_EQ(all.runs()[1].host, "b");
	EXPECT_TRUE(all.runs()[0].ended && all.runs()[1].ended);
}

TEST(recordings, ARunIsGivenOnce)
{
	try {
		together(file("a.rec", made_run("a"), {0, 1}), file("b.rec", made_run("b"), {0, 1}),
			 file("c.rec", made_run("a"), {0}));
		ADD_FAILURE() << "the same run was taken twice";
	} catch (const std::runtime_error &error) {
		EXPECT_STREQ(error.what(), "a.rec and c.rec hold the same run, on a: give one of them");
	}
}

TEST(recordings, OneBootMayHaveManyRuns)
{
	recorded_run later = made_run("a");

	later.start_boot_ns++;
	EXPECT_EQ(together(file("a", made_run("a"), {0}), file("b", later, {0})).runs().size(), 2u);
}

TEST(recordings, WhatIsMissingOfEachIsSaid)
{
	recordings all = together(file("a", made_run("a"), {0, 1}), file("b", made_run("b"), {0, 1}, false));

	while (all.next())
		;
	ASSERT_EQ(all.remarks().size(), 1u);
	EXPECT_EQ(all.remarks()[0], "b: the run on b was killed, or is not over: its last counts are missing");
}

class written : public testing::Test {
protected:
	const std::filesystem::path folder = testing::TempDir() + "vmalock_written";
	const std::string path = folder / "file";

	void SetUp() override { std::filesystem::create_directory(folder); }
	void TearDown() override { std::filesystem::remove_all(folder); }

	descriptor open_file(const std::string &name) const
	{
		return descriptor(open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
	}

	std::string why_not()
	{
		try {
			check_replaceable(path);
		} catch (const std::runtime_error &error) {
			return error.what();
		}
		return "it is replaceable";
	}
};

TEST_F(written, IsReadAgain)
{
	const descriptor file = open_file(path);
	recording_writer writer(file.get(), path);

	writer.add(made_run());
	writer.add(made_snapshot(0));
	writer.add(made_snapshot(1));
	writer.end(0);
	EXPECT_EQ(writer.size(), std::filesystem::file_size(path));
	recordings all = open_recordings({path});
	EXPECT_EQ(all.next()->snapshot.seconds, 0);
	EXPECT_EQ(all.next()->snapshot.seconds, 1);
	EXPECT_FALSE(all.next());
	EXPECT_TRUE(all.remarks().empty());
}

TEST_F(written, ReplacesNothingButARecording)
{
	std::ofstream(path) << "a thesis";
	EXPECT_EQ(why_not(), path + " exists and is not a vmalock recording: choose another file with -o");
	EXPECT_EQ(std::filesystem::file_size(path), 8u);

	std::ofstream(path, std::ios::trunc) << "";
	EXPECT_EQ(why_not(), "it is replaceable") << "an empty file is nothing to lose";
	recording_writer(open_file(path).get(), path);
	EXPECT_EQ(why_not(), "it is replaceable");
	EXPECT_EQ(open_recordings({path}).runs().size(), 0u);
}

TEST_F(written, NoRoomIsAnError)
{
	try {
		recording_writer(open_file("/dev/full").get(), "/dev/full");
		ADD_FAILURE() << "it was written";
	} catch (const std::runtime_error &error) {
		EXPECT_STREQ(error.what(), "cannot write /dev/full: No space left on device");
	}
}

json trace_of(recordings all)
{
	perfetto_events events(all.runs());
	std::string text = events.head();

	while (auto next = all.next())
		text += events.events_of(*next);
	return json::parse(text + events.tail());
}

/** Values of a counter, by time, of one process. */
std::vector<std::pair<double, int>> track(const json &trace, const std::string &name, std::uint64_t pid)
{
	std::vector<std::pair<double, int>> result;

	for (const json &event : trace["traceEvents"])
		if (event["ph"] == "C" && event["name"] == name && event["pid"] == pid)
			result.emplace_back(event["ts"], event["args"]["value"]);
	return result;
}

std::string name_of(const json &trace, std::uint64_t pid)
{
	for (const json &event : trace["traceEvents"])
		if (event["ph"] == "M" && event["pid"] == pid)
			return event["args"]["name"];
	return "";
}

using values = std::vector<std::pair<double, int>>;

TEST(perfetto_events, OfOneBootAreOnItsClock)
{
	const json trace = trace_of(together(file("a", made_run("a"), {0, 1, 1.5})));

	EXPECT_EQ(trace["otherData"]["clock"], "CLOCK_BOOTTIME");
	EXPECT_EQ(name_of(trace, 42), "name");
	// 1 of them is an access error.
	EXPECT_EQ(track(trace, "vma_lock_success", 42), (values{{5e6, 1}, {6e6, 11}, {6.5e6, 16}}));
	EXPECT_EQ(track(trace, "vma_lock_retry", 42), (values{{5e6, 2}, {6e6, 2}, {6.5e6, 2}}));
	EXPECT_EQ(name_of(trace, 1 << 22), "a: all that was traced");
	EXPECT_EQ(track(trace, "vma_lock_success", 1 << 22), (values{{5e6, 1}, {6e6, 11}, {6.5e6, 16}}));
	EXPECT_TRUE(track(trace, "vma_lock_miss", (1 << 22) + 1).empty()) << "this kernel counts none";
}

TEST(perfetto_events, OfTwoMachinesAreOnTheWallClockAndApart)
{
	const json trace = trace_of(together(file("a", made_run("a", 100), {0, 2}),
					     file("b", made_run("b", 101), {0, 2})));
	const std::uint64_t there = 2 << 22;

	EXPECT_EQ(trace["otherData"]["clock"], "CLOCK_REALTIME");
	EXPECT_EQ(track(trace, "vma_lock_success", 42), (values{{100e6, 1}, {102e6, 21}}));
	EXPECT_EQ(track(trace, "vma_lock_success", there + 42), (values{{101e6, 1}, {103e6, 21}}));
	EXPECT_EQ(name_of(trace, there + (1 << 22)), "b: all that was traced");
}

TEST(perfetto_events, AProcessThatDidNothingHasNoEvent)
{
	const json trace = trace_of(together(file("a", made_run("a"), {0, 0.01, 0.02, 1})));

	EXPECT_EQ(track(trace, "vma_lock_success", 42).size(), 2u);
	EXPECT_EQ(track(trace, "vma_lock_success", 1 << 22).size(), 4u) << "a machine is always there";
}

TEST(perfetto_events, TheKernelsOwnCountersStandApart)
{
	recorded_snapshot snapshot = made_snapshot(0);
	snapshot.snapshot.vmstat = vmstat_counts{11, 12, 13, 14};
	snapshot.snapshot.aborts = {aborts({42, 7}, fault_handler, VMALOCK_ABORT_MOVED, 5)};
	snapshot.snapshot.losses.skipped = {{"program", 3}};
	perfetto_events events({made_run("a")});
	const json trace = json::parse(events.head() + events.events_of(snapshot) + events.tail());

	EXPECT_EQ(name_of(trace, (1 << 22) + 1), "a: the kernel's own counters");
	EXPECT_EQ(track(trace, "vma_lock_abort", (1 << 22) + 1), (values{{5e6, 12}}));
	EXPECT_EQ(track(trace, "vma_lock_miss", (1 << 22) + 1), (values{{5e6, 14}}));
	EXPECT_EQ(track(trace, "vma_lock_abort", 1 << 22), (values{{5e6, 5}}));
	EXPECT_EQ(track(trace, "vmalock_lost", 1 << 22), (values{{5e6, 3}}));
}

report made_report(std::uint64_t success, std::uint64_t aborted)
{
	snapshot before = at(0), after = at(static_cast<double>(success));

	after.names = {{{42, 7}, "name"}};
	after.faults = {faults({42, 7}, success)};
	after.aborts = {aborts({42, 7}, fault_handler, VMALOCK_ABORT_MOVED, aborted)};
	after.fallbacks = {fallbacks({42, 7}, VMALOCK_RETRY_IO, aborted)};
	after.losses.skipped = {{"program", aborted}};
	after.vmstat = vmstat_counts{success, aborted, 0, 0};
	after.fault_times = std::vector<process_time>{
		{{42, 7}, VMALOCK_FIRST_FAULT_TIME, {aborted, {aborted}}}};
	return compare(before, after);
}

TEST(merge, KeepsProcessesApartAndAddsTheRest)
{
	const report all = merge({{"a", made_report(1, 10)}, {"b", made_report(2, 20)}});

	ASSERT_EQ(all.rows.size(), 2u);
	EXPECT_EQ(all.rows[0].name, "name@b") << "the busiest first";
	EXPECT_EQ(all.rows[1].name, "name@a");
	EXPECT_EQ(all.rows[1].abort, 10u);
	ASSERT_EQ(all.aborts.size(), 1u);
	EXPECT_EQ(all.aborts[0].count, 30u);
	EXPECT_EQ(all.abort_total, 30u);
	EXPECT_EQ(all.retries.at(0).count, 30u);
	EXPECT_EQ(all.losses.skipped, (std::vector<std::pair<std::string, std::uint64_t>>{{"program", 30}}));
	EXPECT_EQ(all.vmstat, (vmstat_counts{3, 30, 0, 0}));
	EXPECT_EQ(all.seconds, 2);
	EXPECT_EQ(all.fault_times->processes.at(0).name, "name@b");
	EXPECT_EQ(all.fault_times->all.at(VMALOCK_FIRST_FAULT_TIME).total_ns, 30u);
}

/** Less than all of a machine's counts would look like all. */
TEST(merge, LeavesOutKernelsCountersUnlessAllHaveThem)
{
	report without = made_report(1, 1);

	without.vmstat.reset();
	EXPECT_FALSE(merge({{"a", without}, {"b", made_report(2, 2)}}).vmstat);
	EXPECT_FALSE(merge({{"a", made_report(2, 2)}, {"b", without}}).vmstat);
}

TEST(merge, CpusAreOfTheirMachine)
{
	report report = made_report(1, 1);

	report.by = VMALOCK_BY_CPU;
	report.rows[0].id.cpu = 3;
	const std::string text = to_text(merge({{"a", report}, {"b", report}}));
	EXPECT_NE(text.find("\n3@a "), std::string::npos) << text;
	EXPECT_NE(text.find("\n3@b "), std::string::npos) << text;
}

TEST(merge, NamesAndCgroupsAreOfTheirMachine)
{
	snapshot names = at(1), cgroups = at(1);

	names.by = VMALOCK_BY_COMM;
	names.faults = {{{.comm = comm_name("java")}, 5, 0, 0}};
	cgroups.by = VMALOCK_BY_CGROUP;
	cgroups.faults = {{{.cgroup = 7}, 5, 0, 0}};
	cgroups.cgroups = {{7, "/a/b"}};
	const report by_name = compare(at(0), names), by_cgroup = compare(at(0), cgroups);
	const report all = merge({{"web1", by_cgroup}, {"web2", by_cgroup}});

	EXPECT_EQ(merge({{"web1", by_name}, {"web2", by_name}}).rows.at(1).name, "java@web2");
	EXPECT_EQ(all.rows.at(0).name, "/a/b@web1");
	EXPECT_EQ(all.rows.at(0).path, "/a/b");
}

/** A file may hold any bytes where the kernel has names. */
TEST(text, OfAnyBytesIsTame)
{
	report report = made_report(1, 1);

	report.not_visible = {"\033[2J"};
	report.losses.skipped = {{"\033[2J\x9b", 1}};
	const std::string text = to_text(report);
	EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); })) << text;
}

} // namespace
} // namespace vmalock::test
