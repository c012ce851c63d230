// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which programs each kernel gets, by the prototypes of its functions.
 */
#include <algorithm>
#include <bpf/libbpf.h>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <stdexcept>

#include "collect/kallsyms.hh"
#include "collect/program_choice.hh"
#include "made_btf.hh"
#include "vmalock.skel.h"

namespace vmalock::test {
namespace {

/** What differs between kernels; the rest all have. */
struct kernel {
	const char *name;
	int access_error_parameters; ///< -1: no bad_area_access_error()
	bool sessions;   ///< kprobe sessions
	int start_write_parameters; ///< -1: __vma_start_write() is inline
	bool start_write_returns;
	bool excludes_readers;  ///< __vma_exclude_readers_for_detach()
	bool helper = false;  ///< vma_start_read_unlocked()
};

constexpr kernel kernels[] = {
	{"6.4", 4, false, -1, false, false},
	{"6.6", 4, false, -1, false, false},
	{"6.10", 5, true, -1, false, false},
	{"6.12", 5, true, -1, false, false},
	{"6.16", 5, true, 2, false, false},
	{"6.19", 5, true, 3, true, false},
	{"7.0", 5, true, 2, true, true},
	{"7.3", 5, true, 2, true, true},
	{"7.4", 5, true, 2, true, true, true},
};

made_btf types_of(const kernel &kernel)
{
	made_btf result;

	result.function("lock_vma_under_rcu", 2, true)
		.function("handle_mm_fault", 4, true)
		.function("wake_up_new_task", 1, false)
		.function("exit_files", 1, false)
		.function("handle_userfault", 2, true)
		.function("__folio_lock_or_retry", 2, true)
		.function("register_ftrace_direct", 2, true)
		.function("register_fprobe_ips", 3, true)
		.structure("thread_struct", {"sp"})
		.structure("css_set", {"dfl_cgrp"});
	if (kernel.access_error_parameters >= 0)
		result.function("bad_area_access_error", kernel.access_error_parameters, false);
	if (kernel.sessions)
		result.function("bpf_session_cookie", 0, true);
	if (kernel.start_write_parameters >= 0)
		result.function("__vma_start_write", kernel.start_write_parameters, kernel.start_write_returns)
			.function("rcuwait_wake_up", 1, true);
	if (kernel.excludes_readers)
		result.function("__vma_exclude_readers_for_detach", 1, false);
	if (kernel.helper)
		result.function("vma_start_read_unlocked", 2, true);
	return result;
}

kallsyms made_symbols()
{
	const std::string path = testing::TempDir() + "kallsyms";

	std::ofstream(path) << "ffffffff81000000 T first\nffffffff81000100 t rwsem_wake.isra.0\n"
			       "ffffffff81000200 T lock_mm_and_find_vma\nffffffff81000300 T last\n";
	return kallsyms(path);
}

class choice {
public:
	explicit choice(made_btf types, const trace_target &target = {}, bool exact = false)
		: bpf(vmalock_bpf__open(), vmalock_bpf__destroy)
	{
		kallsyms symbols = made_symbols();

		made = choose_programs(*bpf, types.take(), symbols, target, {VMALOCK_BY_PROCESS, exact}, true);
	}

	bool has(const bpf_program *program) const { return bpf_program__autoload(program); }

	bool hides(const std::string &beginning) const
	{
		return std::ranges::any_of(made.not_visible, [&](const std::string &event) {
			return event.starts_with(beginning);
		});
	}

	std::unique_ptr<vmalock_bpf, void (*)(vmalock_bpf *)> bpf;
	program_choice made;
};

std::string why_not(made_btf types, bool exact = false)
{
	try {
		choice(std::move(types), {}, exact);
	} catch (const std::runtime_error &error) {
		return error.what();
	}
	return "it was chosen";
}

TEST(program_choice, FaultsAreSeenOnEveryKernel)
{
	for (const kernel &kernel : kernels) {
		const choice here(types_of(kernel));

		EXPECT_TRUE(here.has(here.bpf->progs.handle_mm_fault_exit)) << kernel.name;
		EXPECT_TRUE(here.has(here.bpf->progs.lock_vma_under_rcu_exit)) << kernel.name;
		EXPECT_FALSE(here.has(here.bpf->progs.handle_mm_fault_session)) << kernel.name;
	}
}

/** With four parameters there is no mm among them, by which to tell. */
TEST(program_choice, AccessErrorsAreSeenWhereTheyKeepTheLock)
{
	for (const kernel &kernel : kernels) {
		const choice here(types_of(kernel));

		EXPECT_EQ(here.has(here.bpf->progs.bad_area_access_error_entry),
			  kernel.access_error_parameters == 5)
			<< kernel.name;
	}
}

TEST(program_choice, OnArm64AccessErrorsAreSignals)
{
	const kernel without = {"arm64", -1, true, 2, true, true};
	made_btf arm64 = types_of(without), unmarked = types_of(without);
	const char *hidden = "success of faults that end in an access error";

	arm64.function("arm64_force_sig_fault", 4, false).function("lock_mm_and_find_vma", 3, true);
	unmarked.function("arm64_force_sig_fault", 4, false);
	const choice here(std::move(arm64)), told_nothing(std::move(unmarked)), nowhere(types_of(without)), x86(types_of(kernels[0]));

	EXPECT_TRUE(here.has(here.bpf->progs.access_signal_entry));
	EXPECT_TRUE(here.has(here.bpf->progs.mark_mmap_lock));
	EXPECT_TRUE(here.bpf->rodata->mmap_lock_is_marked);
	EXPECT_FALSE(here.hides(hidden));
	EXPECT_FALSE(told_nothing.has(told_nothing.bpf->progs.access_signal_entry));
	EXPECT_TRUE(told_nothing.hides(hidden));
	EXPECT_TRUE(nowhere.hides(hidden));
	EXPECT_FALSE(nowhere.has(nowhere.bpf->progs.access_signal_entry));
	EXPECT_FALSE(x86.has(x86.bpf->progs.mark_mmap_lock));
	EXPECT_FALSE(x86.hides(hidden));
}

TEST(program_choice, ExactNeedsSessions)
{
	for (const kernel &kernel : kernels) {
		if (!kernel.sessions) {
			EXPECT_NE(why_not(types_of(kernel), true).find("no kprobe sessions"), std::string::npos)
				<< kernel.name;
			continue;
		}
		const choice here(types_of(kernel), {}, true);

		EXPECT_TRUE(here.has(here.bpf->progs.handle_mm_fault_session)) << kernel.name;
		EXPECT_FALSE(here.has(here.bpf->progs.handle_mm_fault_exit)) << kernel.name;
	}
}

TEST(program_choice, WritersWaitWhereTheLockSaysSo)
{
	trace_target readers;

	readers.readers = true;
	for (const kernel &kernel : kernels) {
		const choice here(types_of(kernel), readers);
		const bool counts = kernel.start_write_parameters >= 0;

		EXPECT_EQ(here.has(here.bpf->progs.vma_start_write_exit), counts) << kernel.name;
		EXPECT_EQ(here.has(here.bpf->progs.lock_contention_begin), !counts) << kernel.name;
		EXPECT_EQ(here.has(here.bpf->progs.last_rwsem_reader_wakes), !counts) << kernel.name;
		EXPECT_EQ(here.has(here.bpf->progs.vma_detach_exit), kernel.excludes_readers) << kernel.name;
		EXPECT_EQ(here.hides("waits of detached VMAs"), counts && !kernel.excludes_readers)
			<< kernel.name;
		EXPECT_EQ(here.bpf->rodata->start_write_returns_error, kernel.start_write_returns)
			<< kernel.name;
	}
}

TEST(program_choice, OnlyWhatIsAskedForIsLoaded)
{
	trace_target writers;
	const choice plain(types_of(kernels[0]));

	writers.writers = true;
	const choice both(types_of(kernels[0]), writers);

	EXPECT_FALSE(plain.has(plain.bpf->progs.mmap_lock_released));
	EXPECT_TRUE(both.has(both.bpf->progs.mmap_lock_released));
	EXPECT_FALSE(both.has(both.bpf->progs.vma_start_write_exit));
	EXPECT_FALSE(plain.has(plain.bpf->progs.lock_vma_under_rcu_entry));
	EXPECT_TRUE(both.has(both.bpf->progs.lock_vma_under_rcu_entry));
}

TEST(program_choice, WhatIsMissingIsNamed)
{
	EXPECT_NE(why_not(made_btf()).find("no lock_vma_under_rcu()"), std::string::npos);

	auto with_locks = [] {
		return made_btf()
			.function("lock_vma_under_rcu", 2, true)
			.function("handle_mm_fault", 4, true)
			.function("bpf_session_cookie", 0, true);
	};
	auto with_direct_calls = [&] { return with_locks().function("register_ftrace_direct", 2, true); };

	EXPECT_NE(why_not(with_locks()).find("CONFIG_FUNCTION_TRACER"), std::string::npos);
	EXPECT_NE(why_not(with_direct_calls(), true).find("CONFIG_FPROBE"), std::string::npos);
	EXPECT_EQ(why_not(with_direct_calls()), "it was chosen");
}

} // namespace
} // namespace vmalock::test
