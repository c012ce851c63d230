// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is named as the server that a task in FUSE waits for; and who is not.
 */
#include "model/fuse_servers.hh"

#include <gtest/gtest.h>

namespace vmalock::test {
namespace {

constexpr kernel_object mm = 0xffff888000001000, vma = 0xffff888000003000;
constexpr const char *generic = "Look at the process that serves the FUSE file system.";

/** Under writeback, which the server is to end. */
blocked_task in_page_mkwrite(std::uint32_t connection)
{
	blocked_task result;

	result.stack = {"folio_wait_bit_common", "folio_wait_writeback", "fuse_page_mkwrite", "do_page_mkwrite"};
	result.met_vmas = {{vma, mm, 0x1000, connection}};
	return result;
}

blocked_look served_by(std::vector<fuse_server> servers)
{
	blocked_look result;

	result.fuse_servers = std::move(servers);
	return result;
}

TEST(fuse_servers, WhoHasTheDeviceOfTheConnectionIsNamed)
{
	const sleep_reason reason = why_fuse_sleeps(served_by({{41, 7, "other"}, {42, 8, "sshfs"}}), in_page_mkwrite(42), mm);

	EXPECT_EQ(reason.why, "FUSE, likely served by sshfs/8");
	EXPECT_EQ(reason.what_to_do, "Look at sshfs/8. To fail all requests of this file system, and lose what is "
				     "not written, write 1 to /sys/fs/fuse/connections/42/abort.");
}

TEST(fuse_servers, NobodyIsNamedForAnotherConnection)
{
	const sleep_reason reason = why_fuse_sleeps(served_by({{41, 7, "other"}}), in_page_mkwrite(42), mm);

	EXPECT_EQ(reason.why, "FUSE");
	EXPECT_EQ(reason.what_to_do, generic);
}

/** A manager keeps the device for its server, and has the lower id. */
TEST(fuse_servers, OfSeveralThatHaveTheDeviceNoneIsNamed)
{
	blocked_look look = served_by({{42, 1, "systemd"}, {42, 9, "server"}});
	blocked_task waiting;
	sleep_reason reason = why_fuse_sleeps(look, in_page_mkwrite(42), mm);

	EXPECT_EQ(reason.why, "FUSE, which 2 processes can serve");
	EXPECT_EQ(reason.what_to_do.find("Look at who has its device open. To fail all "), 0u) << reason.what_to_do;
	waiting.pid = 9;
	waiting.waits_mm = mm;
	look.tasks.push_back(waiting);
	EXPECT_EQ(why_fuse_sleeps(look, in_page_mkwrite(42), mm).why,
		  "FUSE, which 2 processes can serve; server/9 waits here too");
}

TEST(fuse_servers, WhereNotAllProcessesAreSeenNobodyIsNamed)
{
	blocked_look look = served_by({{42, 8, "sshfs"}});

	look.not_visible = {"tasks outside of this PID namespace"};
	EXPECT_EQ(why_fuse_sleeps(look, in_page_mkwrite(42), mm).why, "FUSE");
	EXPECT_EQ(why_fuse_sleeps(look, in_page_mkwrite(42), mm).what_to_do, generic);
}

TEST(fuse_servers, WithVmasOfTwoConnectionsAtHandNobodyIsNamed)
{
	blocked_task task = in_page_mkwrite(42);

	task.met_vmas.push_back({vma + 64, mm, 0, 41});
	EXPECT_EQ(why_fuse_sleeps(served_by({{41, 7, "other"}, {42, 8, "sshfs"}}), task, mm).why, "FUSE");
}

TEST(fuse_servers, VmasOfOtherFilesSayNothing)
{
	blocked_task task = in_page_mkwrite(42);

	task.met_vmas.push_back({vma + 64, mm, 0, 0});
	EXPECT_EQ(why_fuse_sleeps(served_by({{42, 8, "sshfs"}}), task, mm).why, "FUSE, likely served by sshfs/8");
}

TEST(fuse_servers, WhereThereWasNoRoomForAllVmasNobodyIsNamed)
{
	blocked_task task = in_page_mkwrite(42);

	task.more_met = true;
	EXPECT_EQ(why_fuse_sleeps(served_by({{42, 8, "sshfs"}}), task, mm).why, "FUSE");
}

TEST(fuse_servers, AServerThatWaitsForThisItselfIsToldOf)
{
	blocked_look look = served_by({{42, 8, "sshfs"}});
	blocked_task waiting;

	waiting.pid = 8;
	waiting.tid = 11;
	waiting.waits_mm = mm + 64;
	look.tasks.push_back(waiting);
	EXPECT_EQ(why_fuse_sleeps(look, in_page_mkwrite(42), mm).why, "FUSE, likely served by sshfs/8");
	look.tasks.back().waits_mm = mm;
	EXPECT_EQ(why_fuse_sleeps(look, in_page_mkwrite(42), mm).why, "FUSE, likely served by sshfs/8, which waits here too");
}

} // namespace
} // namespace vmalock::test
