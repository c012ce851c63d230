// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `vmalock watch` decides: which waits are looked at, which stalls are new, and which
 * files are its own.
 */
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "model/overdue_waits.hh"
#include "model/told_stalls.hh"
#include "output/stalls.hh"
#include "recording/stall_file.hh"
#include "recording/stall_folder.hh"
#include "recording/stall_names.hh"

namespace vmalock::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t ms = 1'000'000;

standing_wait wait(std::uint32_t tid, std::uint32_t count, bool is_own = true)
{
	return {tid, static_cast<std::uint64_t>(tid) << 32 | count, is_own};
}

TEST(overdue_waits, AreThoseThatStandForTheLimit)
{
	overdue_waits waits(500 * ms);

	waits.see({wait(1, 1), wait(2, 1)}, 1000 * ms);
	waits.see({wait(1, 1), wait(2, 2)}, 1499 * ms);
	EXPECT_FALSE(waits.any(1499 * ms));
	EXPECT_TRUE(waits.any(1500 * ms));
	EXPECT_EQ(waits.all(1600 * ms), (wait_times{{wait(1, 1), 600 * ms}}));
	EXPECT_EQ(waits.take_missed(), 0u);
}

// One that is dealt with does not come back, though its place is still seen.
TEST(overdue_waits, AreForgottenOnce)
{
	overdue_waits waits(500 * ms);

	waits.see({wait(1, 1)}, 0);
	waits.forget(wait(1, 1));
	EXPECT_FALSE(waits.any(1000 * ms));
	waits.see({}, 1000 * ms);
	EXPECT_EQ(waits.take_missed(), 0u);
}

TEST(overdue_waits, ThatNobodyLookedAtAreMissed)
{
	overdue_waits waits(500 * ms);

	waits.see({wait(1, 1), wait(2, 1, false), wait(3, 1)}, 0);
	waits.see({wait(1, 1), wait(2, 1, false)}, 499 * ms);	// 3 was too short
	waits.see({wait(1, 1), wait(2, 1, false)}, 500 * ms);
	waits.see({wait(1, 2)}, 600 * ms);			// 2 may have been for any lock
	EXPECT_EQ(waits.take_missed(), 1u);
	EXPECT_EQ(waits.take_missed(), 0u);
}

TEST(overdue_waits, TellTheLookHowLongTheyWere)
{
	blocked_look look;
	blocked_task task;

	task.tid = 7;
	task.off_cpu_ns = 900 * ms;
	task.waits_for = VMALOCK_WAITS_TO_READ;
	look.tasks.push_back(task);
	task.tid = 8;
	task.off_cpu_ns = 0;
	look.tasks.push_back(task);
	task.tid = 9;
	task.waits_for = VMALOCK_WAITS_FOR_NOTHING;
	look.tasks.push_back(task);

	add_times(look, {{wait(7, 1), 600 * ms}, {wait(8, 1), 600 * ms}, {wait(9, 1), 600 * ms}});
	EXPECT_EQ(look.tasks[0].off_cpu_ns, 900 * ms);
	EXPECT_EQ(look.tasks[1].off_cpu_ns, 600 * ms);
	EXPECT_EQ(look.tasks[2].off_cpu_ns, 0u);
	EXPECT_TRUE(is_in(look, wait(8, 1)));
	EXPECT_FALSE(is_in(look, wait(9, 1)));
	EXPECT_FALSE(is_in(look, wait(10, 1)));
}

stall_report report_of(std::uint32_t pid, std::uint64_t ns)
{
	stall_report result;

	result.stalls.resize(1);
	result.stalls[0].pid = pid;
	result.stalls[0].ns = ns;
	return result;
}

TEST(told_stalls, AreNewUntilTold)
{
	told_stalls told;

	EXPECT_FALSE(told.any_new({}, 0));
	EXPECT_TRUE(told.any_new(report_of(1, 600 * ms), 1000 * ms));
	told.tell(report_of(1, 600 * ms), 1000 * ms);
	EXPECT_TRUE(told.any_new(report_of(2, 600 * ms), 1100 * ms));
	EXPECT_FALSE(told.any_new(report_of(1, 700 * ms), 1100 * ms));
	// Long after, the one who waited then still does.
	told.tell(report_of(1, 5600 * ms), 6000 * ms);
	EXPECT_FALSE(told.any_new(report_of(1, 6600 * ms), 7000 * ms));
}

TEST(told_stalls, AreOverWhenNobodyWaitsWhoDid)
{
	told_stalls told;

	told.tell(report_of(1, 600 * ms), 1000 * ms);
	EXPECT_TRUE(told.any_new(report_of(1, 999 * ms), 2000 * ms));
	EXPECT_FALSE(told.any_new(report_of(1, 1000 * ms), 2000 * ms));
	// Not seen in between: what comes then is another.
	told.tell({}, 2000 * ms);
	EXPECT_TRUE(told.any_new(report_of(1, 5000 * ms), 3000 * ms));
}

TEST(stall_names, HaveNumberAndTime)
{
	EXPECT_EQ(stall_name(12, 0), "stall-000012-19700101T000000Z.json");
	EXPECT_EQ(number_in(stall_name(12, 0)), 12u);
	EXPECT_EQ(number_in(stall_name(1234567, 2'000'000'000)), 1234567u);
	for (const char *other : {"", "stall-", "stall-1-19700101T000000Z.json", "stall-000012-19700101T000000Z.json.gz",
				  "stall-000012-19700101T000000Z", "stall-00001x-19700101T000000Z.json",
				  ".stall-000012-19700101T000000Z.json", "stall-000012-1970010xT000000Z.json",
				  "stall-1234567890123456789-19700101T000000Z.json", "-00000000T000000Z.json"})
		EXPECT_EQ(number_in(other), std::nullopt) << other;
}

// By number: a clock can go back, and 10 is more than 9 however it is written.
TEST(stall_names, TheOldestAreBeyond)
{
	const std::vector<std::string> names = {stall_name(1000000, 5), "notes", stall_name(999999, 9),
						stall_name(3, 99)};

	EXPECT_EQ(names_beyond(names, 3), (std::vector<std::string>{}));
	EXPECT_EQ(names_beyond(names, 1), (std::vector{stall_name(3, 99), stall_name(999999, 9)}));
	EXPECT_EQ(names_beyond({}, 1), (std::vector<std::string>{}));
}

class stall_folder_test : public testing::Test {
protected:
	stall_folder_test()
	{
		char name[] = "/tmp/stalls.XXXXXX";

		root = mkdtemp(name);
		path = root + "/made";
	}
	~stall_folder_test() override { fs::remove_all(root); }

	std::vector<std::string> names() const
	{
		std::vector<std::string> result;

		for (const auto &entry : fs::directory_iterator(path))
			result.push_back(entry.path().filename());
		std::ranges::sort(result);
		return result;
	}

	std::string root, path;
};

TEST_F(stall_folder_test, IsMadeForItsOwner)
{
	const stall_folder folder(path, 2);

	EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
	EXPECT_THROW(stall_folder(root + "/none/such", 2), std::runtime_error);
}

TEST_F(stall_folder_test, NumbersGoOnAndNothingIsReplaced)
{
	const std::string first = stall_folder(path, 2).add("first");
	const std::string second = stall_folder(path, 2).add("second");
	std::string text;

	EXPECT_EQ(number_in(fs::path(first).filename().string()), 1u);
	EXPECT_EQ(number_in(fs::path(second).filename().string()), 2u);
	std::ifstream(first) >> text;
	EXPECT_EQ(text, "first");
	EXPECT_EQ(names().size(), 2u);
}

TEST_F(stall_folder_test, OnlyItsOwnOldestGo)
{
	const stall_folder folder(path, 2);
	const std::string like = stall_name(1, 0);

	fs::create_symlink("nowhere", path + "/" + like);
	std::ofstream(path + "/notes");
	for (const char *text : {"1", "2", "3"})
		folder.add(text);
	folder.delete_oldest();
	EXPECT_EQ(names().size(), 4u);
	EXPECT_TRUE(fs::is_symlink(path + "/" + like));
	EXPECT_TRUE(fs::exists(path + "/notes"));
}

TEST_F(stall_folder_test, SaysWhyThereIsNoFile)
{
	const stall_folder folder(path, 2);

	fs::remove_all(path);
	try {
		folder.add("text");
		FAIL();
	} catch (const std::runtime_error &error) {
		EXPECT_EQ(error.what(), "cannot open the folder " + path + ": No such file or directory");
	}
}

lock_holder holder()
{
	lock_holder result;

	result.pid = 1;
	result.tid = 2;
	result.name = "server";
	result.doing = "munmap";
	result.grade = grade::certain;
	result.state = VMALOCK_BLOCKED;
	result.waits_for = VMALOCK_WAITS_FOR_READERS;
	result.off_cpu_ns = 600 * ms;
	result.why = "frozen file system";
	result.what_to_do = "Thaw it.";
	result.stack = {"a", "b"};
	return result;
}

TEST(stall_file, IsReadAsItWasWritten)
{
	stall_report report = report_of(1, 600 * ms);
	address_space_stall &stall = report.stalls[0];

	report.kernel = "7.3";
	report.seconds = 0.25;
	report.not_visible = {"something"};
	stall.name = "server";
	stall.writer = holder();
	stall.unseen_writer = true;
	stall.vma = awaited_vma{0, 0x7f0000001000, 0x7f0000002000, 0, "file"};
	stall.readers = {holder()};
	stall.readers_counted = 3;
	stall.readers_unknown = 2;
	stall.suspects = 5;
	stall.leaked = stall.more_behind = true;
	stall.threads = 4;
	stall.cycle = {"a/1", "b/2"};
	stall.behind.push_back({1, "server", "mmap", VMALOCK_WAITS_TO_WRITE, true, {3, 4}, 500 * ms, {"c"}});

	const stall_report again = stalls_from_json(to_json(report));
	EXPECT_EQ(to_json(again), to_json(report));
	EXPECT_EQ(to_text(again, 0), to_text(report, 0));
}

TEST(stall_file, WhatIsNoneIsRefused)
{
	const std::string text = to_json(report_of(1, 600 * ms));

	for (const std::string &bad : {std::string("{}"), std::string("{\"schema\":1,\"stalls\":[{}]}"),
				       text.substr(0, text.size() - 1), std::string()})
		EXPECT_THROW(stalls_from_json(bad), std::exception) << bad;
}

} // namespace
} // namespace vmalock::test
