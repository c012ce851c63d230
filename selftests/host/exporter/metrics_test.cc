// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a Prometheus gets to see of made-up runs.
 */
#include "exporter/metrics.hh"

#include <cstdio>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>
#include <random>

#include "../model/made.hh"

namespace vmalock::test {
namespace {

using values = std::map<std::string, double>;

/** Each sample by its metric and labels, as they are exposed. */
values exposed(const metrics &metrics)
{
	std::istringstream text(prometheus::TextSerializer().Serialize(metrics.Collect()));
	values result;

	for (std::string line; std::getline(text, line);)
		if (!line.starts_with('#'))
			result[line.substr(0, line.rfind(' '))] = std::stod(line.substr(line.rfind(' ')));
	return result;
}

group_row row(const std::string &name, std::uint64_t success, std::uint64_t abort = 0)
{
	group_row result;

	result.name = name;
	result.success = success;
	result.abort = abort;
	return result;
}

report of(std::vector<group_row> rows)
{
	report result;

	result.rows = std::move(rows);
	return result;
}

std::string success_of(const std::string &process)
{
	return "vmalock_vma_lock_success_total{process=\"" + process + "\"}";
}

TEST(metrics, ANameHasItsOwnCountsOnceItHadEnough)
{
	metrics metrics(2, 0);

	metrics.add(of({row("slow", 999), row("fast", 5000)}), 0);
	EXPECT_EQ(exposed(metrics)[success_of("fast")], 5000);
	EXPECT_EQ(exposed(metrics)[success_of("other")], 999);
	EXPECT_FALSE(exposed(metrics).contains(success_of("slow")));
	metrics.add(of({row("slow", 1), row("late", 9999)}), 0);
	EXPECT_EQ(exposed(metrics)[success_of("slow")], 1);
	EXPECT_EQ(exposed(metrics)[success_of("other")], 999 + 9999) << "both places are taken";
}

TEST(metrics, ANameThatHasBeenIdleForLongGivesItsPlaceToOneThatNeedsIt)
{
	metrics metrics(2, 0);
	report quiet, growth = of({row("first", 2000), row("second", 2000)});

	metrics.add(growth, 0);
	// The second goes on having events, just before its time is over.
	quiet = of({row("second", 1), row("late", 5000)});
	quiet.seconds = 599;
	metrics.add(quiet, 0);
	EXPECT_FALSE(exposed(metrics).contains(success_of("late"))) << "a place was taken away too early";
	quiet = of({row("second", 1), row("late", 7)});
	quiet.seconds = 1;
	metrics.add(quiet, 0);
	EXPECT_EQ(exposed(metrics)[success_of("late")], 7);
	EXPECT_EQ(exposed(metrics)[success_of("second")], 2002);
	EXPECT_FALSE(exposed(metrics).contains(success_of("first"))) << "the series of a place that is lost ends";
	EXPECT_EQ(exposed(metrics)[success_of("other")], 5000);
	// One that goes on keeps its place, though another comes before it.
	quiet = of({row("early", 5000), row("second", 1), row("late", 1)});
	quiet.seconds = 601;
	metrics.add(quiet, 0);
	EXPECT_EQ(exposed(metrics)[success_of("second")], 2003);
	EXPECT_FALSE(exposed(metrics).contains(success_of("early")));
	// Whoever makes up names loses them in the same way.
	quiet = of({row("first", 1500)});
	quiet.seconds = 601;
	metrics.add(quiet, 0);
	EXPECT_EQ(exposed(metrics)[success_of("first")], 1500) << "it begins anew";
}

/** Processes come, go and change their names as they like. */
TEST(metrics, CountersNeverGoBackAndLabelsAreFew)
{
	const auto seed = std::random_device()();
	std::mt19937 random(seed);
	constexpr std::size_t places = 5;
	metrics metrics(places, 0);
	values before = exposed(metrics);
	double all = 0;
	auto up_to = [&](unsigned most) { return random() % (most + 1); };

	std::printf("seed %u\n", seed);
	for (int scrape = 0; scrape < 300; scrape++) {
		report growth;
		for (unsigned i = up_to(30); i > 0; i--) {
			growth.rows.push_back(row("name" + std::to_string(up_to(60)), up_to(400), up_to(9)));
			all += static_cast<double>(growth.rows.back().success);
		}
		for (unsigned i = up_to(5); i > 0; i--)
			growth.aborts.push_back({"function" + std::to_string(up_to(90)),
						 VMALOCK_ABORT_GONE, up_to(9)});
		metrics.add(growth, 0.5);

		const values now = exposed(metrics);
		double sum = 0;
		std::size_t processes = 0, callers = 0;
		for (const auto &[sample, value] : before)
			ASSERT_TRUE(now.contains(sample) && now.at(sample) >= value) << sample;
		for (const auto &[sample, value] : now) {
			if (sample.starts_with("vmalock_vma_lock_success_total")) {
				processes++;
				sum += value;
			}
			callers += sample.starts_with("vmalock_vma_lock_abort_total{caller=\"function") ||
				   sample.starts_with("vmalock_vma_lock_abort_total{caller=\"other");
		}
		ASSERT_LE(processes, places + 1);
		ASSERT_LE(callers, 32u);
		ASSERT_EQ(sum, all) << "each event is counted once";
		before = now;
	}
	EXPECT_EQ(before.count(success_of("other")), 1u);
}

TEST(metrics, GroupsAreCalledByWhatTheyAre)
{
	metrics comms(1, 0, VMALOCK_BY_COMM), cgroups(1, 0, VMALOCK_BY_CGROUP);
	report growth = of({row("docker 3f2a91bc04d1", 5000, 2), row("cgroup 7 (name not known)", 3000)});

	growth.rows[0].path = "/a";
	growth.by = VMALOCK_BY_CGROUP;
	cgroups.add(growth, 0);
	EXPECT_EQ(exposed(cgroups)["vmalock_vma_lock_success_total{cgroup=\"/a\"}"], 5000);
	EXPECT_EQ(exposed(cgroups)["vmalock_cgroup_abort_total{cgroup=\"/a\"}"], 2);
	EXPECT_EQ(exposed(cgroups)["vmalock_vma_lock_success_total{cgroup=\"other\"}"], 3000) << "without a path";

	growth = of({row("java", 5000, 2), row("perl", 3000)});
	growth.by = VMALOCK_BY_COMM;
	comms.add(growth, 0);
	EXPECT_EQ(exposed(comms)["vmalock_vma_lock_success_total{comm=\"java\"}"], 5000);
	EXPECT_EQ(exposed(comms)["vmalock_comm_abort_total{comm=\"java\"}"], 2);
	EXPECT_EQ(exposed(comms)["vmalock_comm_retry_total{comm=\"other\"}"], 0);
	for (const auto &[sample, value] : exposed(comms))
		EXPECT_EQ(sample.find("process=") + sample.find("vmalock_process"), 2 * sample.npos) << sample;
}

TEST(metrics, BadNamesBecomeValidLabels)
{
	metrics metrics(5, 0);

	metrics.add(of({row("a\"b\\c\nd", 1000), row("\x1b[2J\xff", 1000), row("", 1000), row("other", 1000)}), 0);
	EXPECT_EQ(exposed(metrics)[success_of("a\\\"b\\\\c\\\\x0ad")], 1000);
	EXPECT_EQ(exposed(metrics)[success_of("\\\\x1b[2J\\\\xff")], 1000);
	EXPECT_EQ(exposed(metrics)[success_of("other")], 2000) << "no name is no label";
}

TEST(metrics, AFirstEventIsAnIncrease)
{
	metrics metrics(1, 0);
	const values before = exposed(metrics);
	report growth;

	growth.aborts = {{"page fault", VMALOCK_ABORT_WRITE_LOCKED, 3}};
	growth.retries = {{VMALOCK_RETRY_IO, 4}};
	growth.losses.maps[VMALOCK_LOSS_COUNTS_FULL] = 5;
	growth.losses.skipped = {{"one", 6}, {"two", 7}};
	metrics.add(growth, 0);
	const values after = exposed(metrics);
	for (const auto &[sample, grew] : values{
		     {"vmalock_vma_lock_abort_total{caller=\"page fault\",reason=\"write_locked\"}", 3},
		     {"vmalock_vma_lock_retry_total{cause=\"io\"}", 4},
		     {"vmalock_lost_total{cause=\"counts_full\"}", 5},
		     {"vmalock_lost_total{cause=\"program_busy\"}", 13}}) {
		ASSERT_TRUE(before.contains(sample)) << sample;
		EXPECT_EQ(before.at(sample), 0) << sample;
		EXPECT_EQ(after.at(sample), grew) << sample;
	}
}

TEST(metrics, WhatIsNotCountedIsNotThere)
{
	metrics metrics(1, 0);
	report growth;

	growth.not_visible = {"miss"};
	metrics.add(growth, 0);
	for (const auto &[sample, value] : exposed(metrics))
		EXPECT_FALSE(sample.starts_with("vmalock_vmstat") || sample.starts_with("vmalock_fault_seconds") ||
			     sample.starts_with("vmalock_vma_lock_miss") ||
			     sample.starts_with("vmalock_helper")) << sample;
	EXPECT_EQ(exposed(metrics)["vmalock_not_visible{event=\"miss\"}"], 1);
	growth.vmstat = {{1, 2, 3, 4}};
	growth.miss_total = 5;
	metrics.add(growth, 0);
	EXPECT_EQ(exposed(metrics)["vmalock_vma_lock_miss_total"], 5);
	EXPECT_EQ(exposed(metrics)["vmalock_vmstat_miss_total"], 4);
}

TEST(metrics, WhoHasNotLetGoIsNoCount)
{
	metrics metrics(1, 0);
	report growth;
	writer_site seen = {VMALOCK_WRITER_SEEN, grade::certain, {}, {}, {}, 2, once(9000000000), {}},
		    brief = {VMALOCK_WRITER_HOLDING, grade::certain, {}, {}, {}, 1, once(1000), {}},
		    longest = {VMALOCK_WRITER_HOLDING, grade::certain, {}, {}, {}, 3, once(2500000000), {}};

	metrics.add(growth, 0);
	EXPECT_FALSE(exposed(metrics).contains("vmalock_writer_holding_seconds")) << "not traced";
	growth.writers.emplace();
	growth.writers->aborts[VMALOCK_WRITER_SEEN] = 2;
	growth.writers->aborts[VMALOCK_WRITER_HOLDING] = 4;
	growth.writers->writers.resize(2);
	growth.writers->writers[0].sites = {seen, brief};
	growth.writers->writers[1].sites = {longest};
	metrics.add(growth, 0);
	values now = exposed(metrics);
	EXPECT_EQ(now["vmalock_writer_abort_total{known=\"seen\"}"], 2);
	EXPECT_FALSE(now.contains("vmalock_writer_abort_total{known=\"holding\"}"));
	EXPECT_EQ(now["vmalock_writer_holding_seconds"], 2.5);
	growth.writers.emplace();
	metrics.add(growth, 0);
	EXPECT_EQ(exposed(metrics)["vmalock_writer_holding_seconds"], 0);
}

/** One has a writer, one only a likely reader; of the third nobody is known. */
TEST(metrics, StallsThatStandAreGauges)
{
	metrics metrics(1, 0);
	report growth;
	address_space_stall written, read, by_nobody;

	metrics.add(growth, 0);
	EXPECT_FALSE(exposed(metrics).contains("vmalock_stalled_threads")) << "nobody looked";
	written.writer.emplace();
	written.writer->grade = grade::certain;
	read.readers.emplace_back();
	by_nobody.threads = 7;
	by_nobody.ns = 2500000000;
	written.threads = read.threads = 1;
	written.ns = read.ns = 1000;
	growth.standing = stall_report{"", 0, {written, read, by_nobody, by_nobody}, 0, {}};
	metrics.add(growth, 0);
	values now = exposed(metrics);
	EXPECT_EQ(now["vmalock_stalls{holder_grade=\"certain\"}"], 1);
	EXPECT_EQ(now["vmalock_stalls{holder_grade=\"likely\"}"], 1);
	EXPECT_EQ(now["vmalock_stalls{holder_grade=\"unknown\"}"], 2);
	EXPECT_EQ(now["vmalock_stalled_threads"], 16);
	EXPECT_EQ(now["vmalock_stall_seconds"], 2.5);
	growth.standing->stalls.clear();
	metrics.add(growth, 0);
	now = exposed(metrics);
	EXPECT_EQ(now["vmalock_stalls{holder_grade=\"unknown\"}"], 0);
	EXPECT_EQ(now["vmalock_stall_seconds"], 0);
	growth.standing.reset();
	metrics.add(growth, 0);
	EXPECT_FALSE(exposed(metrics).contains("vmalock_stall_seconds")) << "it cannot look any more";
}

TEST(metrics, AWaitThatGoesOnIsNoCount)
{
	metrics metrics(1, 0);
	report growth;
	waiting_writer ended, waits;

	ended.ns = 7;
	ended.waits[2] = 1;
	waits.go_on = true;
	waits.ns = 1500000000;
	waits.waits[30] = 1;
	growth.waits = {waits, ended};
	metrics.add(growth, 0);
	values now = exposed(metrics);
	EXPECT_EQ(now["vmalock_reader_wait_seconds_count"], 1);
	EXPECT_EQ(now["vmalock_reader_waiting_seconds"], 1.5);
	growth.waits = {ended};
	metrics.add(growth, 0);
	EXPECT_EQ(exposed(metrics)["vmalock_reader_waiting_seconds"], 0);
}

/** A bucket of ours is at the bound that it ends below. */
TEST(metrics, TimesAreInSeconds)
{
	metrics metrics(1, 0);
	report growth;
	times spent;

	spent.total_ns = 3'000'000'000;
	spent.buckets[11] = 5;	// from 2048 ns to before 4096 ns
	spent.buckets[39] = 1;	// longer than any bound
	growth.fault_times.emplace().all[VMALOCK_FAULT_RETRIED] = spent;
	metrics.add(growth, 0);
	metrics.add(growth, 0);
	values now = exposed(metrics);
	EXPECT_EQ(now["vmalock_fault_seconds_sum{path=\"retried\"}"], 6);
	EXPECT_EQ(now["vmalock_fault_seconds_count{path=\"retried\"}"], 12);
	EXPECT_EQ(now["vmalock_fault_seconds_bucket{path=\"retried\",le=\"+Inf\"}"], 12);
	for (const auto &[sample, value] : now) {
		if (!sample.starts_with("vmalock_fault_seconds_bucket") || sample.find("Inf") != sample.npos)
			continue;
		const double bound = std::stod(sample.substr(sample.find("le=\"") + 4));
		EXPECT_EQ(value, bound < 4.096e-6 - 1e-12 ? 0 : 10) << sample;
	}
}

} // namespace
} // namespace vmalock::test
