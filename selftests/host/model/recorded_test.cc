// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model on what real kernels counted. Each file in data/ was written by
 *
 *   vmalock stat -i 0.5 --capture FILE -- sh -c "contend --driver 1 \
 *	--seconds 1.2; ls /; perl -e 'unpack(q(p), pack(q(Q), 0x100000))'"
 *
 * in a guest of that kernel: threads that fight, a child that is gone, and one
 * that dies of an address where nothing is mapped.
 */
#include <fstream>
#include <gtest/gtest.h>
#include <numeric>
#include <sstream>

#include "model/kernel_functions.hh"
#include "model/report.hh"
#include "model/words.hh"
#include "recording/capture.hh"
#include "output/output.hh"

namespace vmalock::test {
namespace {

class recorded : public testing::TestWithParam<const char *> {
protected:
	std::vector<snapshot> read()
	{
		std::ifstream file(std::string(VMALOCK_TEST_DATA "/model/data/") + GetParam() + ".jsonl");

		EXPECT_TRUE(file) << "no recording of " << GetParam();
		return read_capture(file);
	}

	report whole()
	{
		std::vector<snapshot> run = read();

		return compare(run.front(), run.back());
	}

	const group_row &row(const report &report, const std::string &name)
	{
		static const group_row none;

		for (const group_row &row : report.rows)
			if (row.name == name)
				return row;
		ADD_FAILURE() << "no process is named " << name;
		return none;
	}
};

TEST_P(recorded, IntervalsAddUpToTheWhole)
{
	std::vector<snapshot> run = read();
	report whole = compare(run.front(), run.back());
	std::uint64_t success = 0, aborts = 0;
	double seconds = 0;

	ASSERT_GE(run.size(), 3u);
	for (std::size_t i = 1; i < run.size(); i++) {
		report interval = compare(run[i - 1], run[i]);

		seconds += interval.seconds;
		aborts += interval.abort_total;
		for (const group_row &row : interval.rows)
			success += row.success;
	}
	EXPECT_NEAR(seconds, whole.seconds, 1e-9);
	EXPECT_EQ(aborts, whole.abort_total);
	EXPECT_EQ(success, std::accumulate(whole.rows.begin(), whole.rows.end(),
					   std::uint64_t{}, [](auto sum, const group_row &row) {
						   return sum + row.success;
					   }));
}

TEST_P(recorded, AbortsOfProcessesAddUpToTheReasons)
{
	report report = whole();
	std::uint64_t by_process = 0, by_reason = 0;

	for (const group_row &row : report.rows)
		by_process += row.abort;
	for (const abort_row &row : report.aborts)
		by_reason += row.count;
	EXPECT_EQ(by_process, report.abort_total);
	EXPECT_EQ(by_reason, report.abort_total);
	EXPECT_GT(by_reason, 0u);
}

TEST_P(recorded, KnowsEveryCaller)
{
	for (const abort_row &row : whole().aborts)
		EXPECT_TRUE(row.caller == page_fault || row.caller == "madvise" ||
			    row.caller == "vmalock helper") << row.caller;
}

TEST_P(recorded, ShowsTheFightersAndTheDead)
{
	report report = whole();

	EXPECT_EQ(report.rows.front().name, "contend");
	EXPECT_GT(row(report, "contend").fault_abort, 0u);
	EXPECT_GT(row(report, "ls").success, 0u);
	EXPECT_EQ(row(report, "ls").abort, 0u);
	EXPECT_EQ(row(report, "perl").fault_abort, 1u) << "the address that killed it";
	ASSERT_TRUE(report.helper);
	EXPECT_GT(report.helper->calls[VMALOCK_OUTCOME_WAITED], 0u);
}

TEST_P(recorded, ACaptureReadsBackAsItWasWritten)
{
	for (const snapshot &snapshot : read()) {
		std::istringstream again(to_capture(snapshot));
		std::vector<vmalock::snapshot> read = read_capture(again);

		ASSERT_EQ(read.size(), 1u);
		EXPECT_EQ(to_capture(read[0]), to_capture(snapshot));
	}
}

TEST_P(recorded, ACutCaptureNamesTheLine)
{
	std::vector<snapshot> run = read();
	std::string whole = to_capture(run[0]), cut = to_capture(run[1]);

	for (std::size_t length : {std::size_t{1}, cut.size() / 2, cut.size() - 1}) {
		std::istringstream stream(whole + "\n" + cut.substr(0, length));
		try {
			read_capture(stream);
			ADD_FAILURE() << "a line cut to " << length << " was read";
		} catch (const std::runtime_error &error) {
			EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos);
		}
	}
}

TEST_P(recorded, TextShowsTheSameFiguresAsTheModel)
{
	report report = whole();
	std::string text = to_text(report);

	for (const group_row &row : report.rows)
		EXPECT_NE(text.find(" " + std::to_string(row.id.process.pid) + " "), std::string::npos);
	for (const abort_row &row : report.aborts)
		EXPECT_NE(text.find(word_for(row.reason)), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(kernels, recorded, testing::Values("6.12", "7.3"),
			 [](const auto &info) {
				 std::string name = info.param;
				 name[name.find('.')] = '_';
				 return "linux_" + name;
			 });

} // namespace
} // namespace vmalock::test
