// SPDX-License-Identifier: GPL-2.0-only
/*
 * How sure a report is of who was in the way.
 */
#include "model/grade.hh"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace vmalock::test {
namespace {

TEST(grades, HaveKeys)
{
	EXPECT_EQ(key_of(grade::certain), "certain");
	EXPECT_EQ(key_of(grade::unknown), "unknown");
	EXPECT_EQ(grade_with_key("likely"), grade::likely);
	EXPECT_FALSE(grade_with_key("sure"));
	EXPECT_EQ(worse(grade::likely, grade::certain), grade::likely);
}

TEST(grades, AWriterThatHeldAllTheTimeIsCertain)
{
	EXPECT_EQ(grade_of(VMALOCK_WRITER_SEEN, VMALOCK_ABORT_WRITE_LOCKED), grade::certain);
	EXPECT_EQ(grade_of(VMALOCK_WRITER_HOLDING, VMALOCK_ABORT_READERS_EXCLUDED), grade::certain);
	EXPECT_EQ(grade_of(VMALOCK_WRITER_LEFT, VMALOCK_ABORT_WRITE_LOCKED), grade::likely);
	EXPECT_EQ(grade_of(VMALOCK_WRITER_UNSEEN, VMALOCK_ABORT_WRITE_LOCKED), grade::likely);
	EXPECT_EQ(grade_of(VMALOCK_WRITER_GONE, VMALOCK_ABORT_WRITE_LOCKED), grade::unknown);
}

/** As recordings of before may have it: the owner of mmap_lock has not locked the VMA. */
TEST(grades, AnOwnerThatHasNotLockedTheVmaIsNotEvenLikely)
{
	for (vmalock_abort_reason reason : {VMALOCK_ABORT_GONE, VMALOCK_ABORT_MOVED, VMALOCK_ABORT_DETACHED,
					    VMALOCK_ABORT_UNREADABLE, VMALOCK_ABORT_UNMAPPED,
					    VMALOCK_ABORT_REASON_NR})
		EXPECT_EQ(grade_of(VMALOCK_WRITER_SEEN, reason), grade::unknown) << reason;
}

/** The table of rules, and the schema of JSON, have each of them. */
TEST(grades, AreExplained)
{
	for (const char *file : {"docs/design.md", "docs/json.schema.json"}) {
		std::ifstream stream(std::string(VMALOCK_TEST_DATA "/../../") + file);
		std::ostringstream text;

		text << stream.rdbuf();
#define IS_THERE(name, meaning) EXPECT_NE(text.str().find(#name), std::string::npos) << file;
		VMALOCK_GRADES(IS_THERE)
#undef IS_THERE
	}
}

} // namespace
} // namespace vmalock::test
