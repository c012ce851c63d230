// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of --by: rows of threads, mappings, names, cgroups, CPUs and the machine, and
 * the kernel's own counters.
 */
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "collect/vmstat.hh"
#include "made.hh"
#include "model/words.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr process_id process = {4194304, 1000};

group_id thread(std::uint32_t tid)
{
	return {.process = process, .thread = {tid, 2000}};
}

group_id file(std::uint64_t anchor, std::uint64_t inode)
{
	return {.process = process, .mapping = {anchor, inode, 0xfe << 20 | 1, VMALOCK_MAPPING_FILE}};
}

group_id cpu(std::uint32_t number)
{
	return {.cpu = number};
}

snapshot by(vmalock_by by)
{
	snapshot result = at(1);

	result.by = by;
	result.attached = {{"handle_mm_fault", "fexit"}};
	result.names = {{process, "a process"}};
	return result;
}

snapshot threads()
{
	snapshot result = by(VMALOCK_BY_THREAD);

	result.faults = {{thread(4194304), 1, 0, 0}, {thread(4194305), 999999999, 999999, 99999999}};
	result.aborts = {{thread(4194305), fault_handler, "", VMALOCK_ABORT_GONE, 9999999}};
	result.names.push_back({{4194305, 2000}, "fifteen letters"});
	return result;
}

snapshot mappings()
{
	snapshot result = by(VMALOCK_BY_MAPPING);
	group_id none = {.process = process};

	result.faults = {{file(0x1000, 7), 999999999, 999999, 99999999}, {file(0x1000, 8), 5, 0, 0}};
	result.aborts = {{none, fault_handler, "", VMALOCK_ABORT_UNMAPPED, 9999999}};
	result.mappings = {{file(0x1000, 7), 0x1000, 0x3000, "a-library-with-a-rather-long-name.so.10"},
			   {file(0x1000, 8), 0x1000, ~0ull, "other"}};
	return result;
}

snapshot comms()
{
	snapshot result = by(VMALOCK_BY_COMM);
	const group_id postgres = {.comm = comm_name("postgres")};

	result.faults = {{postgres, 999999999, 999999, 99999999},
			 {{.comm = comm_name("fifteen letters")}, 5, 0, 0},
			 {{.comm = comm_name("\033[2J\xff")}, 3, 0, 0}};
	result.aborts = {{postgres, fault_handler, "", VMALOCK_ABORT_GONE, 9999999}};
	result.fallbacks = {{postgres, VMALOCK_BYPASS_KERNEL, 7}};
	return result;
}

constexpr const char *docker_path =
	"/system.slice/docker-3f2a91bc04d1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.scope";

constexpr const char *user_path = "/user.slice/user-1000.slice/user@1000.service/app.slice/\033[2J";

snapshot cgroups()
{
	snapshot result = by(VMALOCK_BY_CGROUP);
	const group_id root = {.cgroup = 1}, docker = {.cgroup = 70}, user = {.cgroup = 71}, other = {.cgroup = 72};

	result.faults = {{root, 1, 0, 0}, {docker, 999999999, 999999, 99999999}, {user, 20, 0, 0}, {other, 10, 0, 0}};
	result.aborts = {{docker, fault_handler, "", VMALOCK_ABORT_GONE, 9999999}};
	result.cgroups = {{1, "/"}, {70, docker_path}, {71, user_path}};
	return result;
}

snapshot cpus()
{
	snapshot result = by(VMALOCK_BY_CPU);

	result.faults = {{cpu(0), 1, 0, 0}, {cpu(1), 0, 0, 0}, {cpu(2), 9, 0, 0}};
	result.aborts = {{cpu(2), fault_handler, "", VMALOCK_ABORT_GONE, 3}};
	return result;
}

snapshot machine()
{
	snapshot result = by(VMALOCK_BY_MACHINE);

	result.faults = {{{}, 999999999, 999999, 99999999}};
	result.vmstat = vmstat_counts{1999999999, 99999999, 99999999, 999999999};
	return result;
}

TEST(by, ThreadsOfAProcessAreRowsOfTheirOwn)
{
	report report = compare(at(0), threads());

	ASSERT_EQ(report.rows.size(), 2u);
	EXPECT_EQ(report.rows[0].thread_name, "fifteen letters");
	EXPECT_EQ(report.rows[0].name, "a process");
	EXPECT_EQ(report.rows[0].fault_abort, 9999999u);
	EXPECT_EQ(report.rows[1].abort, 0u);
}

TEST(by, AnotherFileAtTheSamePlaceIsAnotherMapping)
{
	report report = compare(at(0), mappings());

	ASSERT_EQ(report.rows.size(), 3u);
	EXPECT_EQ(report.rows[0].id.mapping.inode, 7u);
	EXPECT_EQ(report.rows[1].id.mapping.kind, VMALOCK_MAPPING_NONE);
	EXPECT_EQ(report.rows[1].abort, 9999999u);
	EXPECT_EQ(report.rows[2].file, "other");
	EXPECT_EQ(report.rows[2].start, 0x1000u);
}

TEST(by, ProcessesOfOneNameAreOneRow)
{
	report report = compare(at(0), comms());

	ASSERT_EQ(report.rows.size(), 3u);
	EXPECT_EQ(report.rows[0].name, "postgres");
	EXPECT_EQ(report.rows[0].fault_abort, 9999999u);
	EXPECT_EQ(report.rows[0].bypass, 7u);
	EXPECT_EQ(report.rows[1].name, "fifteen letters");
}

TEST(by, ACgroupHasItsPathOrItsNumber)
{
	report report = compare(at(0), cgroups());

	ASSERT_EQ(report.rows.size(), 4u);
	EXPECT_EQ(report.rows[0].name, "docker 3f2a91bc04d1");
	EXPECT_EQ(report.rows[0].path, docker_path);
	EXPECT_EQ(report.rows[0].abort, 9999999u);
	EXPECT_EQ(report.rows[2].name, "cgroup 72 (name not known)");
	EXPECT_EQ(report.rows[2].path, "");
	EXPECT_EQ(report.rows[3].name, "/");
}

/** A capture has both names as U+FFFD, and so two entries of one name. */
TEST(by, NamesThatAreNoTextBecomeOne)
{
	snapshot before = by(VMALOCK_BY_COMM), after;
	const group_id one = {.comm = comm_name("\xff")}, other = {.comm = comm_name("\xfe")};

	before.faults = {{one, 1, 0, 0}, {other, 2, 0, 0}};
	before.fallbacks = {{one, VMALOCK_BYPASS_KERNEL, 1}, {other, VMALOCK_BYPASS_KERNEL, 2}};
	after = before;
	after.faults[0].success += 10;
	after.faults[1].success += 20;
	after.fallbacks[0].count += 100;
	after.fallbacks[1].count += 200;
	std::istringstream stream(to_capture(before) + "\n" + to_capture(after));
	const std::vector<snapshot> read = read_capture(stream);
	const report report = compare(read.at(0), read.at(1));

	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].success, 30u);
	EXPECT_EQ(report.rows[0].bypass, 300u);
}

TEST(by, CpusStayInOrderAndIdleOnesAreLeftOut)
{
	report report = compare(at(0), cpus());

	ASSERT_EQ(report.rows.size(), 2u);
	EXPECT_EQ(report.rows[0].id.cpu, 0u);
	EXPECT_EQ(report.rows[1].id.cpu, 2u);
	EXPECT_EQ(report.rows[1].abort, 3u);
}

TEST(by, TheMachineHasARowEvenIfNothingHappened)
{
	snapshot idle = by(VMALOCK_BY_MACHINE);

	idle.faults = {{}};
	EXPECT_EQ(compare(idle, idle).rows.size(), 1u);
}

TEST(by, TextFitsInEightyColumnsAndIsTame)
{
	for (const snapshot &run : {threads(), mappings(), comms(), cgroups(), cpus(), machine()}) {
		std::istringstream text(to_text(compare(at(0), run)));
		std::string line;

		while (std::getline(text, line)) {
			EXPECT_LE(line.size(), 80u) << line;
			EXPECT_EQ(line.find('\033'), line.npos) << line;
		}
	}
}

TEST(by, TextTellsGroupsApart)
{
	EXPECT_NE(to_text(compare(at(0), threads())).find("\nfifteen letters 4194305 4194304 "),
		  std::string::npos);
	std::string text = to_text(compare(at(0), mappings()));
	EXPECT_NE(text.find("\na-library-with-a-rather 4194304 "), std::string::npos) << text;
	EXPECT_NE(text.find("\n  1000-3000 of a process\n"), std::string::npos) << text;
	EXPECT_NE(text.find("\n[none, or gone]         4194304 "), std::string::npos) << text;
	text = to_text(compare(at(0), comms()));
	EXPECT_NE(text.find("PROCESSES CALLED "), std::string::npos) << text;
	EXPECT_NE(text.find("\npostgres "), std::string::npos) << text;
	EXPECT_NE(text.find("\n?[2J? "), std::string::npos) << text;
	text = to_text(compare(at(0), cgroups()));
	EXPECT_NE(text.find("\ndocker 3f2a91bc04d1 "), std::string::npos) << text;
	EXPECT_NE(text.find("\n...@1000.service/app.slice/?[2J "), std::string::npos) << text;
	EXPECT_NE(text.find("\ncgroup 72 (name not known) "), std::string::npos) << text;
	EXPECT_NE(to_text(compare(at(0), cpus())).find("\n2   "), std::string::npos);
	EXPECT_NE(to_text(compare(at(0), machine())).find("\nwhole machine "), std::string::npos);
}

TEST(by, JsonNamesTheRowsByWhatTheyAre)
{
	json object = json::parse(to_json(compare(at(0), threads()), true));
	EXPECT_EQ(object["by"], "thread");
	EXPECT_FALSE(object.contains("processes"));
	EXPECT_EQ(object["threads"][0]["tid"], 4194305u);
	EXPECT_EQ(object["threads"][0]["pid"], 4194304u);
	EXPECT_EQ(object["threads"][0]["thread_name"], "fifteen letters");
	EXPECT_EQ(object["threads"][0]["abort"], 9999999u);

	object = json::parse(to_json(compare(at(0), mappings()), true));
	EXPECT_EQ(object["mappings"][0]["device"], "fe:01");
	EXPECT_EQ(object["mappings"][0]["inode"], 7u);
	EXPECT_EQ(object["mappings"][0]["end"], "0x3000");
	EXPECT_EQ(object["mappings"][1]["kind"], "none");
	EXPECT_TRUE(object["mappings"][1]["start"].is_null());
	EXPECT_TRUE(object["mappings"][1]["file"].is_null());

	object = json::parse(to_json(compare(at(0), comms()), true));
	EXPECT_EQ(object["by"], "comm");
	EXPECT_EQ(object["comms"][0]["name"], "postgres");
	EXPECT_EQ(object["comms"][0]["bypass"], 7u);
	EXPECT_FALSE(object["comms"][0].contains("pid"));

	object = json::parse(to_json(compare(at(0), cgroups()), true));
	EXPECT_EQ(object["by"], "cgroup");
	EXPECT_EQ(object["cgroups"][0]["id"], 70u);
	EXPECT_EQ(object["cgroups"][0]["path"], docker_path);
	EXPECT_EQ(object["cgroups"][0]["name"], "docker 3f2a91bc04d1");
	EXPECT_TRUE(object["cgroups"][2]["path"].is_null());

	object = json::parse(to_json(compare(at(0), cpus()), true));
	EXPECT_EQ(object["cpus"][1]["cpu"], 2u);
	EXPECT_FALSE(object["cpus"][1].contains("pid"));

	object = json::parse(to_json(compare(at(0), machine()), true));
	EXPECT_EQ(object["machine"][0]["retry"], 99999999u);
	EXPECT_EQ(object["attached"]["handle_mm_fault"], "fexit");
}

TEST(by, ACaptureReadsBackAsItWasWritten)
{
	for (const snapshot &run : {threads(), mappings(), cgroups(), cpus(), machine()}) {
		std::istringstream stream(to_capture(run));
		std::vector<snapshot> read = read_capture(stream);

		ASSERT_EQ(read.size(), 1u);
		EXPECT_EQ(to_capture(read[0]), to_capture(run));
		EXPECT_EQ(to_json(compare(at(0), read[0]), true), to_json(compare(at(0), run), true));
	}
}

TEST(vmstat, ReadsTheKernelsCounters)
{
	std::istringstream file("nr_free_pages 5\nvma_lock_success 10\nvma_lock_abort 20\n"
				"vma_lock_retry 30\nvma_lock_miss 40\nnr_unstable 0\n");

	EXPECT_EQ(parse_vmstat(file), (vmstat_counts{10, 20, 30, 40}));
}

TEST(vmstat, AKernelWithoutHasNoneAndNotZero)
{
	std::istringstream file("nr_free_pages 5\n");

	EXPECT_FALSE(parse_vmstat(file).has_value());
	EXPECT_TRUE(json::parse(to_json(compare(at(0), at(1)), true))["vmstat"].is_null());
}

TEST(vmstat, GrowsFromTheStartOfTheRun)
{
	snapshot before = at(0), after = at(1);

	before.vmstat = vmstat_counts{1, 2, 3, 4};
	after.vmstat = vmstat_counts{11, 22, 33, 44};
	EXPECT_EQ(compare(before, after).vmstat, (vmstat_counts{10, 20, 30, 40}));
	EXPECT_EQ(json::parse(to_json(compare(before, after), true))["vmstat"]["miss"], 40u);
	EXPECT_NE(to_text(compare(before, after)).find("   10         20         30          40\n"),
		  std::string::npos);
}

TEST(vmstat, SaysWhetherItMovedAtEitherEnd)
{
	snapshot quiet = at(0), busy = at(1);

	quiet.vmstat = vmstat_counts{1, 2, 3, 4};
	busy.vmstat = vmstat_counts{11, 22, 33, 44};
	EXPECT_FALSE(compare(quiet, busy).vmstat_moved);
	EXPECT_EQ(to_text(compare(quiet, busy)).find("They moved"), std::string::npos);
	busy.vmstat_moved = true;
	EXPECT_TRUE(compare(quiet, busy).vmstat_moved);
	EXPECT_TRUE(compare(busy, quiet).vmstat_moved);
	EXPECT_NE(to_text(compare(quiet, busy)).find("They moved"), std::string::npos);
	EXPECT_EQ(json::parse(to_json(compare(quiet, busy), true))["vmstat"]["moved"], true);
	std::istringstream stream(to_capture(busy));
	EXPECT_TRUE(read_capture(stream)[0].vmstat_moved);
}

TEST(losses, ExactIsOfferedWhereItWouldHelp)
{
	snapshot after = at(1);

	after.losses.skipped = {{"program", 5}};
	after.attached = {{"handle_mm_fault", "fexit"}};
	EXPECT_NE(to_text(compare(at(0), after)).find("--exact loses none"), std::string::npos);
	after.attached = {{"handle_mm_fault", "kprobe.session"}};
	EXPECT_EQ(to_text(compare(at(0), after)).find("--exact"), std::string::npos);
	after.attached = {{"handle_mm_fault", "fexit"}};
	after.losses.skipped.clear();
	after.losses.maps[VMALOCK_LOSS_ABORTS_FULL] = 1;
	EXPECT_EQ(to_text(compare(at(0), after)).find("--exact"), std::string::npos);
}

} // namespace
} // namespace vmalock::test
