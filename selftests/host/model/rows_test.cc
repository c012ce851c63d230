// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many rows of each table people are shown, and which.
 */
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "made.hh"
#include "model/report.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

/** Lines that hold these words. */
std::ptrdiff_t lines_with(const std::string &text, std::string_view words)
{
	std::istringstream stream(text);
	std::ptrdiff_t result = 0;

	for (std::string line; std::getline(stream, line);)
		result += line.find(words) != line.npos;
	return result;
}

std::string names(const std::vector<const group_row *> &rows)
{
	std::string result;

	for (const group_row *row : rows)
		result += row->name + " ";
	return result;
}

/** So many processes, all of them equal. */
snapshot processes(std::uint32_t count)
{
	snapshot result = at(1);

	for (std::uint32_t pid = 1; pid <= count; pid++) {
		result.faults.push_back(faults({pid, 1}, 5));
		result.names.push_back({{pid, 1}, "short-lived"});
	}
	return result;
}

TEST(rows, TwentyAreShownAndTheOthersCounted)
{
	const std::string twenty = to_text(compare(at(0), processes(20)));
	const std::string more = to_text(compare(at(0), processes(21)));
	const std::string many = to_text(compare(at(0), processes(1287)));

	EXPECT_EQ(lines_with(twenty, "short-lived"), 20);
	EXPECT_EQ(twenty.find("more"), twenty.npos) << twenty;
	EXPECT_EQ(lines_with(more, "short-lived"), 20);
	EXPECT_NE(more.find("\n... and 1 more (-n 0 shows all)\n"), more.npos) << more;
	EXPECT_EQ(lines_with(many, "short-lived"), 20);
	EXPECT_NE(many.find("\n... and 1,267 more (-n 0 shows all)\n"), many.npos) << many;
}

TEST(rows, AsManyAreShownAsAreAskedFor)
{
	const report report = compare(at(0), processes(21));

	EXPECT_EQ(lines_with(to_text(report, 0), "short-lived"), 21);
	EXPECT_EQ(lines_with(to_text(report, 0), "more"), 0);
	EXPECT_EQ(lines_with(to_text(report, 21), "short-lived"), 21);
	EXPECT_EQ(lines_with(to_text(report, 21), "more"), 0);
	EXPECT_EQ(lines_with(to_text(report, 3), "short-lived"), 3);
	EXPECT_NE(to_text(report, 3).find("\n... and 18 more (-n 0 shows all)\n"), std::string::npos);
}

TEST(rows, ProgramsAreGivenAll)
{
	EXPECT_EQ(json::parse(to_json(compare(at(0), processes(21)), true))["processes"].size(), 21u);
}

/** The busiest process is no culprit: all its faults were served under the VMA lock. */
TEST(rows, TheWorstAreThoseThatNeededMmapLockMost)
{
	snapshot after = at(1);

	after.faults = {faults({1, 1}, 1'000'000), faults({2, 1}, 10, 0, 3), faults({3, 1}, 20),
			faults({4, 1}, 9, 0, 1), faults({5, 1}, 8, 0, 1)};
	after.aborts = {aborts({3, 1}, fault_handler, VMALOCK_ABORT_WRITE_LOCKED, 2),
			aborts({5, 1}, fault_handler, VMALOCK_ABORT_WRITE_LOCKED, 3)};
	after.names = {{{1, 1}, "busy"}, {{2, 1}, "retried"}, {{3, 1}, "refused"},
		       {{4, 1}, "hardly"}, {{5, 1}, "both"}};
	const report report = compare(at(0), after);

	EXPECT_EQ(names(worst_rows(report, 0)), "both retried refused hardly busy ");
	EXPECT_EQ(names(worst_rows(report, 2)), "both retried ");
	EXPECT_EQ(names(worst_rows(report, 5)), names(worst_rows(report, 0)));
	EXPECT_EQ(names(worst_rows(report, 6)), names(worst_rows(report, 0)));
	EXPECT_EQ(to_text(report, 2).find("busy"), std::string::npos);
}

TEST(rows, OfEqualsThoseWithMostFaultsComeFirst)
{
	snapshot after = at(1);

	after.faults = {faults({1, 1}, 10), faults({2, 1}, 30), faults({3, 1}, 20)};
	after.names = {{{1, 1}, "least"}, {{2, 1}, "most"}, {{3, 1}, "middle"}};
	EXPECT_EQ(names(worst_rows(compare(at(0), after), 0)), "most middle least ");
}

TEST(rows, CpusStayInOrder)
{
	snapshot after = at(1);

	after.by = VMALOCK_BY_CPU;
	for (std::uint32_t cpu = 0; cpu < 4; cpu++)
		after.faults.push_back({{.cpu = cpu}, 100, 0, cpu});
	const report report = compare(at(0), after);
	const auto worst = worst_rows(report, 2);

	ASSERT_EQ(worst.size(), 2u);
	EXPECT_EQ(worst[0]->id.cpu, 2u);
	EXPECT_EQ(worst[1]->id.cpu, 3u);
}

/** Each function that no list knows is a caller of its own. */
TEST(rows, CallersAreCutToo)
{
	snapshot after = at(1);

	for (int i = 0; i < 21; i++)
		after.aborts.push_back(aborts({1, 1}, ("caller_" + std::to_string(i)).c_str(),
					      VMALOCK_ABORT_WRITE_LOCKED, 1));
	const report report = compare(at(0), after);

	EXPECT_EQ(lines_with(to_text(report), "caller_"), 20);
	EXPECT_EQ(lines_with(to_text(report), "... and 1 more (-n 0 shows all)"), 1);
	EXPECT_EQ(lines_with(to_text(report, 0), "caller_"), 21);
}

TEST(rows, WritersThatWaitedAreCutAndTheReadersOfEach)
{
	snapshot after = at(1);
	waiting_writer writer;

	writer.name = "waits";
	writer.count = 1;
	for (std::uint32_t tid = 1; tid <= 22; tid++) {
		reader_row &reader = writer.in_the_way.emplace_back();

		reader.tid = tid;
		reader.name = "reader";
		reader.count = 1;
	}
	after.waits.emplace(21, writer);
	for (std::uint32_t pid = 1; pid <= 21; pid++)
		after.waits->at(pid - 1).id = {pid, 1};
	const report report = compare(at(0), after);

	EXPECT_EQ(lines_with(to_text(report), "waits  "), 20);
	EXPECT_EQ(lines_with(to_text(report), "  reader "), 20 * 20);
	EXPECT_EQ(lines_with(to_text(report), "  ... and 2 more (-n 0 shows all)"), 20);
	EXPECT_EQ(lines_with(to_text(report), "... and 1 more (-n 0 shows all)"), 1);
	EXPECT_EQ(lines_with(to_text(report, 0), "  reader "), 21 * 22);
	EXPECT_EQ(lines_with(to_text(report, 0), "more"), 0);
}

} // namespace
} // namespace vmalock::test
