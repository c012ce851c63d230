// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots in files are read by versions that are newer or older than the one that
 * wrote them. data/7.3.jsonl is of version 3, which stored numbers, and 7.3-keys.jsonl
 * holds the same in version 4, which stores keys. newer.jsonl is a part of top.jsonl in
 * version 4, with keys and a field that nobody has ever written.
 */
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "made_recording.hh"
#include "model/blame.hh"
#include "model/report.hh"
#include "model/words.hh"
#include "output/output.hh"
#include "output/stalls.hh"
#include "recording/capture.hh"
#include "recording/captured.hh"
#include "recording/reader.hh"
#include "uapi/aborts.h"
#include "uapi/fallbacks.h"
#include "uapi/groups.h"
#include "uapi/losses.h"
#include "uapi/times.h"
#include "uapi/writers.h"

namespace vmalock::test {
namespace {

using nlohmann::json;

std::ifstream data(const std::string &name)
{
	std::ifstream file(VMALOCK_TEST_DATA "/model/data/" + name + ".jsonl");

	EXPECT_TRUE(file) << name;
	return file;
}

std::vector<snapshot> read(std::istream &&stream)
{
	return read_capture(stream);
}

snapshot read_one(const json &line)
{
	return read(std::istringstream(line.dump())).at(0);
}

/** A line that this version wrote, of a snapshot without any counts. */
json written()
{
	return json::parse(to_capture(made_snapshot(1).snapshot));
}

/** Captures are text, recordings are not. */
TEST(stored, WhatStoodComesBackWithAllThatIsShown)
{
	recorded_snapshot first = made_snapshot(0);
	first.snapshot.standing = made_standing();
	std::istringstream file(encoded(frame_type::snapshot, first));
	std::uint64_t at = 0;
	const auto recorded = decoded(*read_frame(file, at)).get<recorded_snapshot>().snapshot;

	for (const snapshot &back : {read_one(json::parse(to_capture(first.snapshot))), recorded}) {
		ASSERT_TRUE(back.standing);
		EXPECT_EQ(to_json(*back.standing), to_json(made_standing()));
		EXPECT_EQ(to_text(*back.standing, 0), to_text(made_standing(), 0));
		EXPECT_TRUE(back.unknown.empty());
	}
	EXPECT_FALSE(read_one(written()).standing) << "as an older one";
}

/** It has no events, so no later snapshot knows of it. */
TEST(stored, AReportBeginsWithWhatStood)
{
	snapshot first = made_snapshot(0).snapshot, last = made_snapshot(1).snapshot;

	EXPECT_EQ(to_text(compare(first, last)).find("STANDING"), std::string::npos);
	EXPECT_TRUE(json::parse(to_json(compare(first, last), true))["standing"].is_null());
	first.standing.emplace();
	EXPECT_EQ(to_text(compare(first, last)).find("STANDING"), std::string::npos);
	EXPECT_TRUE(json::parse(to_json(compare(first, last), true))["standing"]["stalls"].empty());
	first.standing = made_standing();
	EXPECT_TRUE(to_text(compare(first, last)).starts_with("STANDING SINCE BEFORE THIS BEGAN:\nDEADLOCK"));
	EXPECT_EQ(json::parse(to_json(compare(first, last), true))["standing"]["stalls"].size(), 2u);
	EXPECT_EQ(blame_of(compare(first, last)).standing->stalls.size(), 2u);
	last.standing.emplace();
	EXPECT_TRUE(compare(first, last).standing->stalls.empty()) << "the latest look counts";
}

TEST(stored, WhatANewerOneWaitsForHasNoNameHere)
{
	snapshot first = made_snapshot(0).snapshot;
	first.standing = made_standing();
	json line = json::parse(to_capture(first));

	line["standing"]["stalls"][0]["behind"][0]["waits_for"] = "the moon";
	line["standing"]["stalls"][0]["behind"][0]["of_the_moon"] = true;
	const snapshot back = read_one(line);
	EXPECT_EQ(back.standing->stalls[0].behind[0].waits_for, VMALOCK_WAITS_FOR_NR);
	EXPECT_EQ(back.unknown, std::vector<std::string>{"lock that is waited for the moon"});
}

TEST(stored, AnOlderCaptureReadsAsTheSameInKeys)
{
	std::ifstream keys = data("7.3-keys");
	std::string line;
	std::size_t lines = 0;

	for (const snapshot &old : read(data("7.3"))) {
		ASSERT_TRUE(std::getline(keys, line));
		json wanted = json::parse(line);
		for (const char *later : {"stacks_collided", "misses_full", "scans_cut", "lock_waits_full", "followed_full"})
			wanted["losses"]["maps"][later] = 0;
		EXPECT_EQ(json::parse(to_capture(old)), wanted);
		EXPECT_EQ(json::parse(to_capture(read_one(json::parse(line)))), wanted);
		EXPECT_TRUE(old.unknown.empty());
		lines++;
	}
	EXPECT_GE(lines, 3u);
	EXPECT_FALSE(std::getline(keys, line));
}

TEST(stored, NumbersMeanWhatTheyMeantInVersion3)
{
	EXPECT_EQ(key_of<vmalock_abort_reason>(0), "unmapped");
	EXPECT_EQ(key_of<vmalock_abort_reason>(8), "unreadable");
	EXPECT_EQ(key_of<vmalock_fallback>(6), "gone");
	EXPECT_EQ(key_of<vmalock_fallback>(8), "get_user_pages");
	EXPECT_EQ(key_of<vmalock_loss>(11), "events_full");
	EXPECT_EQ(key_of<vmalock_writer_state>(5), "holding");
	EXPECT_EQ(key_of<vmalock_time>(8), "bypassed");
	EXPECT_EQ(key_of<vmalock_by>(4), "machine");
	EXPECT_EQ(key_of<vmalock_mapping_kind>(5), "file");
	EXPECT_THROW(key_of<vmalock_abort_reason>(9), std::exception);
	EXPECT_THROW(key_of<vmalock_abort_reason>(-1), std::exception);
	EXPECT_THROW(key_of<vmalock_abort_reason>(json::array()), std::exception);
}

TEST(stored, NoNumberIsWritten)
{
	snapshot all = made_snapshot(1).snapshot;
	group_id id = {.process = {42, 7}};

	id.mapping.kind = VMALOCK_MAPPING_HEAP;
	all.aborts = {{id, "", "", VMALOCK_ABORT_MOVED, 1}};
	all.fallbacks = {{id, VMALOCK_RETRY_IO, 1}, {id, VMALOCK_BYPASS_GUP, 1}};
	all.losses.maps[VMALOCK_LOSS_RETURNS] = 3;
	const json line = json::parse(to_capture(all));

	EXPECT_EQ(line["by"], "process");
	EXPECT_EQ(line["aborts"][0]["reason"], "moved");
	EXPECT_EQ(line["aborts"][0]["id"][2][3], "heap");
	EXPECT_EQ(line["fallbacks"][0]["retry"], "io");
	EXPECT_EQ(line["fallbacks"][1]["bypass"], "get_user_pages");
	EXPECT_EQ(line["losses"]["maps"]["returns"], 3);
	EXPECT_FALSE(line.contains("detours"));
}

TEST(stored, WhatANewerVersionWroteIsShownAsUnknown)
{
	const std::vector<snapshot> run = read(data("newer"));
	const report report = compare(run.at(0), run.at(1));
	const json shown = json::parse(to_json(report, true));
	auto has = [](const json &rows, const char *field, const char *word) {
		return std::ranges::any_of(rows, [&](const json &row) { return row.at(field) == word; });
	};

	EXPECT_TRUE(run[0].unknown.empty());
	EXPECT_EQ(run[1].unknown, (std::vector<std::string>{
		"abort reason burnt", "cause of a fallback teleport", "cause of a fallback tunnel",
		"cause of a fallback weather", "kind of a mapping cloud", "loss ink",
		"state of a writer asleep", "time read_dreamt"}));
	EXPECT_TRUE(has(shown["aborts"], "reason", "unknown"));
	EXPECT_TRUE(has(shown["retries"], "cause", "other"));
	ASSERT_TRUE(has(shown["bypasses"], "cause", "unknown"));
	for (const json &row : shown["bypasses"])
		EXPECT_TRUE(row["cause"] != "unknown" || row["count"] == 4 + 5) << "of both causes";
	EXPECT_EQ(shown["lost"]["unknown"], 6);
	EXPECT_TRUE(any_loss(report.losses));
	EXPECT_GT(shown["writers"]["aborts"]["unknown"], 0);
	EXPECT_TRUE(std::ranges::any_of(shown["writers"]["writers"], [&](const json &writer) {
		return has(writer["sites"], "known", "unknown");
	}));
	EXPECT_NE(to_text(report).find("6 for a cause that this version does not know"), std::string::npos);
}

/** Twice as known, and then as unknown: the same sums. */
TEST(stored, UnknownCausesOfOneGroupAreAddedUp)
{
	json first = written(), second = written();
	const json id = {{42, 7}, {0, 0}, {0, 0, 0, "none"}, 0};

	first["fallbacks"] = {{{"id", id}, {"bypass", "a"}, {"count", 10}}, {{"id", id}, {"bypass", "b"}, {"count", 1}}};
	second["fallbacks"] = {{{"id", id}, {"bypass", "b"}, {"count", 3}}, {{"id", id}, {"bypass", "a"}, {"count", 14}}};
	const report report = compare(read_one(first), read_one(second));

	ASSERT_EQ(report.bypasses.size(), 1u);
	EXPECT_EQ(report.bypasses[0].count, 6u);
	EXPECT_EQ(report.rows.at(0).bypass, 6u);
}

TEST(stored, GroupsOfAnUnknownWayAreTheMachine)
{
	json line = written();
	const json one = {{42, 7}, {0, 0}, {0, 0, 0, "none"}, 0}, other = {{43, 7}, {0, 0}, {0, 0, 0, "none"}, 0};

	line["by"] = "moon";
	line["faults"] = {{{"id", one}, {"success", 5}, {"success_access", 1}, {"retry", 2}},
			  {{"id", other}, {"success", 7}, {"success_access", 0}, {"retry", 3}}};
	line["fallbacks"] = {{{"id", one}, {"retry", "io"}, {"count", 2}}, {{"id", other}, {"retry", "io"}, {"count", 3}}};
	const snapshot read = read_one(line);
	const report report = compare({}, read);

	EXPECT_EQ(read.unknown, std::vector<std::string>{"way to count apart moon"});
	EXPECT_EQ(report.by, VMALOCK_BY_MACHINE);
	ASSERT_EQ(report.rows.size(), 1u);
	EXPECT_EQ(report.rows[0].success, 13u);
	EXPECT_EQ(report.rows[0].retry, 5u);
	ASSERT_EQ(report.retries.size(), 1u);
	EXPECT_EQ(report.retries[0].count, 5u);
}

TEST(stored, WhatIsNoKeyIsRefused)
{
	for (const char *field : {"by", "version", "losses"}) {
		json line = written();

		line[field] = json::array({"?"});
		EXPECT_THROW(read_one(line), std::runtime_error) << field;
	}
	for (int version : {2, 5}) {
		json line = written();

		line["version"] = version;
		EXPECT_THROW(read_one(line), std::runtime_error) << version;
	}
}

/** A file may say anything, and as much of it as it likes. */
TEST(stored, OfWhatIsUnknownAFewAreNamed)
{
	json line = written();

	for (int i = 0; i < 100; i++)
		line["losses"]["maps"]["\x1b[31m" + std::to_string(i) + std::string(100, 'a')] = 1;
	const snapshot read = read_one(line);

	EXPECT_EQ(read.losses.unknown, 100u);
	EXPECT_EQ(read.unknown.size(), most_noted);
	for (const std::string &name : read.unknown) {
		EXPECT_EQ(name.find('\x1b'), name.npos);
		EXPECT_LT(name.size(), 60u);
	}
}

TEST(stored, ARecordingWithUnknownKeysIsWholeAndSaysSo)
{
	std::string bytes = file_header() + encoded(frame_type::run, made_run());

	for (const snapshot &snapshot : read(data("newer"))) {
		json frame = recorded_snapshot{0, snapshot};

		frame["snapshot"]["losses"]["maps"]["ink"] = 1;
		bytes += encoded(frame_type::snapshot, frame);
	}
	bytes += encoded(frame_type::end, end_of(0));
	recording_reader reader(std::make_unique<std::istringstream>(bytes), "a.rec");
	std::size_t snapshots = 0;

	while (reader.next())
		snapshots++;
	EXPECT_EQ(snapshots, 2u);
	ASSERT_EQ(reader.remarks().size(), 1u);
	EXPECT_TRUE(reader.remarks()[0].starts_with(
		"a.rec: a newer vmalock wrote it, and what has no name here is shown as unknown or left out: "))
		<< reader.remarks()[0];
	EXPECT_NE(reader.remarks()[0].find("loss ink"), std::string::npos);
}

} // namespace
} // namespace vmalock::test
