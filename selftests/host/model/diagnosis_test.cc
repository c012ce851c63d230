// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `vmalock doctor` makes of a machine.
 */
#include "model/diagnosis.hh"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "output/findings.hh"

namespace vmalock::test {
namespace {

machine_facts healthy()
{
	machine_facts facts;

	facts.kernel = "7.3.4";
	facts.lock = vma_lock_kind::reference_count;
	facts.may_see_addresses = facts.kernel_counts = facts.sees_addresses = true;
	facts.lockdown = "none";
	return facts;
}

finding about(const machine_facts &facts, const std::string &subject)
{
	const std::vector<finding> findings = diagnose(facts);
	const auto found = std::ranges::find(findings, subject, &finding::subject);

	EXPECT_NE(found, findings.end()) << subject;
	return found == findings.end() ? finding{} : *found;
}

TEST(diagnosis, AHealthyMachineNeedsNothing)
{
	for (const finding &finding : diagnose(healthy())) {
		EXPECT_EQ(finding.state, health::good) << finding.subject;
		EXPECT_EQ(finding.advice, "") << finding.subject;
	}
}

TEST(diagnosis, MemoryIsToldInMegabytes)
{
	machine_facts sized = healthy();
	sized.sizes = {{"stat", {101'400'000, 150'000'000}}, {"stat -p", {420'000, 1'000'000}}};

	EXPECT_EQ(about(sized, "memory").found,
		  "tables in the kernel take: stat 101.40 MB (full: 150.00), stat -p 0.42 MB (full: 1.00)");
	EXPECT_EQ(about(sized, "memory").state, health::good);
}

TEST(diagnosis, WhatKeepsTracingFromWorkingIsBad)
{
	machine_facts no_btf = healthy(), no_lock = healthy(), no_bpf = healthy(),
		      neither = healthy(), locked = healthy(), failed = healthy();
	no_btf.lock.reset();
	no_lock.lock = vma_lock_kind::none;
	no_bpf.missing_to_trace = {"CAP_BPF"};
	neither.missing_to_trace = {"CAP_BPF", "CAP_PERFMON"};
	locked.lockdown = "confidentiality";
	failed.trial_error = "it failed";

	EXPECT_EQ(about(no_btf, "VMA locks").state, health::bad);
	EXPECT_EQ(about(no_lock, "VMA locks").state, health::bad);
	EXPECT_EQ(about(no_bpf, "privileges").found, "CAP_BPF is missing");
	EXPECT_EQ(about(neither, "privileges").found, "CAP_BPF and CAP_PERFMON are missing");
	EXPECT_EQ(about(locked, "lockdown").state, health::bad);
	EXPECT_EQ(about(failed, "programs").found, "it failed");
	for (const machine_facts &facts : {no_btf, no_lock, no_bpf, neither, locked, failed})
		EXPECT_EQ(overall(diagnose(facts)), health::bad);
}

TEST(diagnosis, WhatIsNotSeenIsLimited)
{
	machine_facts hidden = healthy(), unread = healthy(), unseen = healthy();
	hidden.sees_addresses = false;
	unread.module_loaded = true;
	unseen.not_visible = {"miss"};

	EXPECT_EQ(about(unseen, "not visible").found, "miss");
	for (const machine_facts &facts : {hidden, unread, unseen})
		EXPECT_EQ(overall(diagnose(facts)), health::limited);
}

TEST(diagnosis, EachModeIsJudgedByItself)
{
	machine_facts facts = healthy();
	facts.modes = {{"--exact", "it is too old"}, {"blame", {}}};

	EXPECT_EQ(about(facts, "--exact").state, health::limited);
	EXPECT_EQ(about(facts, "--exact").found, "it is too old");
	EXPECT_EQ(about(facts, "blame").state, health::good);
	EXPECT_EQ(overall(diagnose(facts)), health::limited) << "others work";
}

TEST(diagnosis, TheKernelNeedNotCount)
{
	machine_facts uncounted = healthy();
	uncounted.kernel_counts = false;

	EXPECT_EQ(overall(diagnose(uncounted)), health::good);
}

TEST(diagnosis, HiddenAddressesAreForLackOfAPrivilegeOrForAll)
{
	machine_facts from_all = healthy(), from_us = healthy();
	from_all.sees_addresses = from_us.sees_addresses = from_us.may_see_addresses = false;

	EXPECT_EQ(about(from_all, "symbols").advice, "set kernel.kptr_restrict to 0 or 1");
	EXPECT_TRUE(about(from_us, "symbols").advice.starts_with("CAP_SYSLOG is missing: run as root"));
}

TEST(diagnosis, EveryLockIsNamed)
{
	machine_facts semaphore = healthy();
	semaphore.lock = vma_lock_kind::semaphore;

	EXPECT_NE(about(semaphore, "VMA locks").found, about(healthy(), "VMA locks").found);
	EXPECT_EQ(overall(diagnose(semaphore)), health::good);
}

TEST(diagnosis, TextFitsInEightyColumns)
{
	machine_facts facts;
	facts.module_loaded = true;
	facts.trial_error = "a sentence of which every word is needed, so that it is longer than a "
			    "line of eighty columns has room for, and even than two such lines together";
	facts.not_visible = {"word-without-a-space"};

	std::istringstream text(to_text("kernel", diagnose(facts)));
	for (std::string line; std::getline(text, line);)
		EXPECT_LE(line.size(), 80u) << line;
	EXPECT_NE(to_text("kernel", diagnose(facts)).find("two such"), std::string::npos);
}

TEST(diagnosis, JsonSaysWhetherItTraces)
{
	machine_facts broken = healthy();
	broken.missing_to_trace = {"CAP_PERFMON"};

	EXPECT_EQ(nlohmann::json::parse(to_json("7.3", diagnose(healthy())))["traces"], true);
	const auto object = nlohmann::json::parse(to_json("7.3", diagnose(broken)));
	EXPECT_EQ(object["traces"], false);
	EXPECT_EQ(object["findings"][1]["state"], "bad");
	EXPECT_NE(object["findings"][1]["advice"], "");
}

} // namespace
} // namespace vmalock::test
