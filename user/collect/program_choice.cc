// SPDX-License-Identifier: GPL-2.0-only
#include "collect/program_choice.hh"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include "collect/event_records.hh"
#include "collect/kernel_btf.hh"
#include "collect/process_times.hh"
#include "collect/table_sizes.hh"
#include "collect/wait_records.hh"
#include "collect/writers.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

constexpr std::size_t fault_hooks = 4;

/** On arm64: the signal tells which faults had the VMA lock only if those that had mmap_lock can be marked. */
bool are_told_by_signal(const kernel_btf &kernel)
{
	return kernel.has_function("arm64_force_sig_fault") && kernel.has_function("lock_mm_and_find_vma");
}

/**
 * Before 6.10 a fault that lacked a right let go of the VMA lock and came again under
 * mmap_lock: it is no success. bad_area_access_error() had no parameter for the mm.
 */
bool sees_no_access_errors(const hook &hook, const kernel_btf &kernel)
{
	const std::string_view function = hook.function;

	return (function == "bad_area_access_error" && kernel.parameters_of(hook.function) == 4) ||
	       (function == "arm64_force_sig_fault" && !are_told_by_signal(kernel));
}

void leave_out_what_nobody_asked_for(vmalock_bpf &bpf, vmalock_by by)
{
	const bool by_machine = counts_whole_machine(by);

	if (by_machine)
		bpf_program__set_autoload(bpf.progs.process_rename, false);
	bpf_program__set_autoload(bpf.progs.thread_exec, by == VMALOCK_BY_THREAD);
	bpf_program__set_autoload(bpf.progs.cgroup_removed, by == VMALOCK_BY_CGROUP);
	bpf_map__set_autocreate(bpf.maps.cgroups, by == VMALOCK_BY_CGROUP);
	if (by_machine || by == VMALOCK_BY_MAPPING)
		for (bpf_map *map : {bpf.maps.task_slots, bpf.maps.last_threads})
			bpf_map__set_autocreate(map, false);
}

void choose_access_errors(vmalock_bpf &bpf, const kernel_btf &kernel, program_choice &out)
{
	const bool by_signal = are_told_by_signal(kernel);

	bpf_program__set_autoload(bpf.progs.mark_mmap_lock, by_signal);
	bpf_map__set_autocreate(bpf.maps.mmap_lock_marks, by_signal);
	bpf.rodata->mmap_lock_is_marked = by_signal;
	if (!by_signal && !kernel.has_function("bad_area_access_error"))
		out.not_visible.push_back("success of faults that end in an access error");
}

void choose_hooks(vmalock_bpf &bpf, const kernel_btf &kernel, const counting &counting, program_choice &out)
{
	const bool exact = counting.exact;

	for (const char *needed : {"lock_vma_under_rcu", "handle_mm_fault"})
		if (!kernel.has_function(needed))
			throw std::runtime_error(fmt::format(
				"this kernel has no {}(): per-VMA locks came with Linux 6.4 and "
				"need CONFIG_PER_VMA_LOCK=y",
				needed));
	if (!kernel.has_function("register_ftrace_direct"))
		throw std::runtime_error(
			"this kernel cannot attach BPF programs to functions: it was built without "
			"CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, which needs CONFIG_FUNCTION_TRACER=y");
	if (exact && !kernel.has_function("register_fprobe_ips"))
		throw std::runtime_error("this kernel was built without CONFIG_FPROBE, which --exact needs; "
					 "leave --exact out, and losses are counted");
	if (exact && !kernel.has_function("bpf_session_cookie"))
		throw std::runtime_error(
			"this kernel has no kprobe sessions, which --exact needs: they came with "
			"Linux 6.10; leave --exact out, and losses are counted");

	std::vector<hook> hooks = hooks_of(bpf);
	for (std::size_t i = 0; i < hooks.size(); i++) {
		const hook &hook = hooks[i];
		const bool sees_faults = i < fault_hooks;
		const bool there = kernel.has_function(hook.function);
		const bool wanted = there && !sees_no_access_errors(hook, kernel) &&
				    (sees_faults || !counts_whole_machine(counting.by));

		bpf_program__set_autoload(hook.cheap, wanted && !exact);
		bpf_program__set_autoload(hook.exact, wanted && exact);
		if (sees_faults && wanted)
			out.attached.push_back({hook.function, exact ? hook.exactly : hook.cheaply});
	}
	choose_access_errors(bpf, kernel, out);
}

/** Without a mark its cause is not told apart from others. */
void choose_marks(vmalock_bpf &bpf, const kernel_btf &kernel, program_choice &out)
{
	const std::tuple<const char *, bpf_program *, const char *> marks[] = {
		{"handle_userfault", bpf.progs.handle_userfault_exit,
		 "retries that wait for userfaultfd, apart from others"},
		{"__folio_lock_or_retry", bpf.progs.folio_lock_or_retry_exit,
		 "retries for a page lock, apart from others"}};

	for (auto [function, program, event] : marks)
		if (!kernel.has_function(function)) {
			bpf_program__set_autoload(program, false);
			out.not_visible.push_back(event);
		}
}

} // namespace

std::vector<hook> hooks_of(vmalock_bpf &bpf)
{
	return {{"handle_mm_fault", bpf.progs.handle_mm_fault_exit, "fexit",
		 bpf.progs.handle_mm_fault_session, "kprobe.session",
		 &bpf.links.handle_mm_fault_session},
		{"lock_vma_under_rcu", bpf.progs.lock_vma_under_rcu_exit, "fexit",
		 bpf.progs.lock_vma_under_rcu_session, "kprobe.session",
		 &bpf.links.lock_vma_under_rcu_session},
		{"bad_area_access_error", bpf.progs.bad_area_access_error_entry, "fentry",
		 bpf.progs.bad_area_access_error_multi, "kprobe.multi",
		 &bpf.links.bad_area_access_error_multi},
		{"arm64_force_sig_fault", bpf.progs.access_signal_entry, "fentry",
		 bpf.progs.access_signal_multi, "kprobe.multi", &bpf.links.access_signal_multi},
		{"wake_up_new_task", bpf.progs.process_fork, "tp_btf",
		 bpf.progs.wake_up_new_task_multi, "kprobe.multi",
		 &bpf.links.wake_up_new_task_multi},
		{"exit_files", bpf.progs.process_exit, "tp_btf",
		 bpf.progs.exit_files_multi, "kprobe.multi", &bpf.links.exit_files_multi}};
}

void choose_maps(vmalock_bpf &bpf, const trace_target &target, const counting &counting)
{
	leave_out_what_nobody_asked_for(bpf, counting.by);
	bpf_map__set_autocreate(bpf.maps.other_mm_calls, counting.exact);
	if (!target.writers)
		leave_out_writers(bpf);
	if (!target.readers)
		leave_out_readers(bpf);
	prepare_events(bpf, target.events.value_or(sent_events{}));
	size_tables(bpf, target, counting);
}

program_choice choose_programs(vmalock_bpf &bpf, const kernel_btf &kernel, kallsyms &symbols,
			       const trace_target &target, const counting &counting, bool timers)
{
	program_choice result;

	choose_maps(bpf, target, counting);
	if (counting.by == VMALOCK_BY_CGROUP && !kernel.has_member("css_set", "dfl_cgrp"))
		throw std::runtime_error("this kernel has no cgroups, which --by cgroup needs");
	choose_hooks(bpf, kernel, counting, result);
	choose_marks(bpf, kernel, result);
	if (target.writers)
		prepare_writers(bpf, kernel, symbols, counting.exact);
	if (target.readers)
		prepare_readers(bpf, kernel, symbols, timers, result.not_visible);
	if (target.fault_times)
		prepare_fault_times(bpf);
	return result;
}

} // namespace vmalock
