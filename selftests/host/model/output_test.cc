// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people and programs are shown of a report.
 */
#include "output/error.hh"
#include "output/output.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "collect/helper_stats.hh"
#include "made.hh"
#include "output/stream.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

constexpr process_id some = {4194304, 1};

/** A report in which every number is as wide as it can get. */
report widest()
{
	snapshot after = at(1);

	after.faults = {faults(some, 999999999, 999999, 99999999)};
	after.names = {{some, "0123456789abcdef"}};
	for (int reason = 0; reason < VMALOCK_ABORT_REASON_NR; reason++)
		after.aborts.push_back(aborts(some, "a_function_with_a_name_of_forty_letters_",
					      static_cast<vmalock_abort_reason>(reason), 9999999));
	for (int cause = 0; cause < VMALOCK_FALLBACK_NR; cause++)
		after.fallbacks.push_back(fallbacks(some, static_cast<vmalock_fallback>(cause), 999999999));
	after.helper = helper_stats{{999999999999, 999999999, 999999999, 99999, 9999, 9999999, 999999},
				    {{"a_module_with_a_long_name", {99999999999, 9999999}, 9999, {}}}};
	after.helper->callers[0].waits.fill(99999);
	after.losses.maps.fill(999999999);
	after.losses.skipped = {{"bad_area_access_error_exit", 999999999}};
	after.not_visible = {"miss (it leaves no trace outside lock_vma_under_rcu())"};
	return compare(at(0), after);
}

TEST(text, FitsInEightyColumns)
{
	std::istringstream text(to_text(widest()));
	std::string line;

	while (std::getline(text, line))
		EXPECT_LE(line.size(), 80u) << line;
}

TEST(text, SharesOfNothingAreNoNumbers)
{
	snapshot after = at(1);
	after.aborts = {aborts(some, "madvise_walk_vmas", VMALOCK_ABORT_GONE, 1)};

	std::string text = to_text(compare(at(0), after));
	EXPECT_EQ(text.find("nan"), std::string::npos) << text;
	EXPECT_EQ(text.find("inf"), std::string::npos) << text;
}

TEST(text, AlwaysSaysWhatWasLost)
{
	EXPECT_NE(to_text(compare(at(0), at(1))).find("Lost: nothing."), std::string::npos);

	std::string text = to_text(widest());
	EXPECT_EQ(text.find("Lost: nothing."), std::string::npos);
	EXPECT_NE(text.find("999,999,999 calls of bad_area_access_error_exit"), std::string::npos);
	EXPECT_NE(text.find("children not followed"), std::string::npos);
}

TEST(text, SaysWhatIsNotVisible)
{
	EXPECT_NE(to_text(widest()).find("Not visible here: miss"), std::string::npos);
}

TEST(text, ANameCannotCommandTheTerminal)
{
	snapshot after = at(1);
	after.faults = {faults(some, 1)};
	after.names = {{some, "\x1b[2J\x1b]0;x\a\r\n\xff"}};

	for (char c : to_text(compare(at(0), after)))
		EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
}

TEST(text, GroupsDigits)
{
	for (auto [number, wanted] : {std::pair<std::uint64_t, const char *>{1, " 1 "},
				      {999, " 999 "}, {1000, " 1,000 "},
				      {123456, " 123,456 "}, {1234567, " 1,234,567 "}}) {
		snapshot after = at(1);
		after.faults = {faults(some, number)};
		EXPECT_NE(to_text(compare(at(0), after)).find(wanted), std::string::npos) << wanted;
	}
}

TEST(json_report, HoldsEveryFigure)
{
	json object = json::parse(to_json(widest(), true));

	EXPECT_EQ(object["schema"], 1);
	EXPECT_EQ(object["total"], true);
	EXPECT_EQ(object["processes"][0]["pid"], some.pid);
	EXPECT_EQ(object["processes"][0]["success"], 999999999u + 999999u);
	EXPECT_EQ(object["processes"][0]["success_access_error"], 999999u);
	EXPECT_EQ(object["processes"][0]["retry"], 99999999u);
	EXPECT_EQ(object["processes"][0]["abort"], 9999999u * VMALOCK_ABORT_REASON_NR);
	EXPECT_EQ(object["processes"][0]["abort_page_fault"], 0u);
	EXPECT_EQ(object["aborts"].size(), static_cast<std::size_t>(VMALOCK_ABORT_REASON_NR));
	EXPECT_EQ(object["helper"]["waited"], 999999999u);
	EXPECT_EQ(object["helper"]["callers"][0]["waited"], 9999999u);
	EXPECT_EQ(object["helper"]["callers"][0]["held"], 9999);
	EXPECT_EQ(object["helper"]["callers"][0]["waits"][3]["from_ns"], 8u);
	EXPECT_EQ(object["helper"]["callers"][0]["waits"][3]["count"], 99999u);
	EXPECT_EQ(object["lost"]["targets_full"], 999999999u);
	EXPECT_EQ(object["lost"]["skipped"]["bad_area_access_error_exit"], 999999999u);
	EXPECT_EQ(object["not_visible"].size(), 1u);
}

TEST(json_report, NoModuleIsNull)
{
	EXPECT_TRUE(json::parse(to_json(compare(at(0), at(1)), false))["helper"].is_null());
}

TEST(json_report, IsOneLineWhateverTheName)
{
	snapshot after = at(1);
	after.faults = {faults(some, 1)};
	after.names = {{some, "\n\"\\\x01\xff"}};

	std::string line = to_json(compare(at(0), after), true);
	EXPECT_EQ(line.find('\n'), std::string::npos);
	EXPECT_TRUE(json::accept(line));
}

TEST(json_output, ErrorsAreJsonToo)
{
	char *text = nullptr;
	std::size_t size = 0;
	std::FILE *stream = open_memstream(&text, &size);

	put_error(stream, true, "a sentence with a \" in it");
	std::fclose(stream);
	EXPECT_EQ(json::parse(text)["error"], "a sentence with a \" in it");
	std::free(text);
}

TEST(stream, AFullDiskIsAnError)
{
	std::FILE *full = std::fopen("/dev/full", "w");

	ASSERT_TRUE(full);
	EXPECT_THROW(put_or_throw(full, "text"), std::runtime_error);
	EXPECT_THROW(text_output(full)->total(widest()), std::runtime_error);
	EXPECT_THROW(json_output(full)->total(widest()), std::runtime_error);
	std::fclose(full);
}

TEST(helper_stats, ReadsTheModulesFile)
{
	std::istringstream file("version 2\nfast 5\nwaited 4\nunmapped 3\ninterrupted 2\nsaturated 1\n"
				"trylock 7\nrefused 6\nheld -1\n"
				"caller one fast 5 waited 3 unmapped 3 interrupted 2 saturated 1 trylock 7 refused 6 held 0\n"
				"wait one 1024 2\nwait one 4096 1\n"
				"caller two fast 0 waited 1 held -1\n");
	helper_stats expected{{5, 4, 3, 2, 1, 7, 6}, {{"one", {5, 3, 3, 2, 1, 7, 6}, 0, {}},
						      {"two", {0, 1}, -1, {}}}};
	expected.callers[0].waits[10] = 2;
	expected.callers[0].waits[12] = 1;

	EXPECT_EQ(parse_helper_stats(file), expected);
}

TEST(helper_stats, LeavesAnotherVersionAlone)
{
	for (const char *text : {"version 1\nfast 5\n", "fast 5\n", ""}) {
		std::istringstream file(text);
		EXPECT_THROW(parse_helper_stats(file), std::runtime_error) << text;
	}
}

} // namespace
} // namespace vmalock::test
