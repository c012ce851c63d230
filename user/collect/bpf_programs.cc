// SPDX-License-Identifier: GPL-2.0-only
#include "collect/bpf_programs.hh"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <tuple>
#include <unistd.h>

#include "collect/event_records.hh"
#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "collect/lockdown.hh"
#include "collect/misses.hh"
#include "collect/privileges.hh"
#include "collect/process_times.hh"
#include "collect/vmstat.hh"
#include "collect/wait_records.hh"
#include "collect/writers.hh"
#include "model/words.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** libbpf's last words, for the sentence of an error that nobody foresaw. */
std::string last_warning;

int keep_warning(libbpf_print_level level, const char *format, va_list arguments)
{
	char text[512];

	if (level != LIBBPF_WARN)
		return 0;
	std::vsnprintf(text, sizeof(text), format, arguments);
	last_warning = text;
	while (!last_warning.empty() && last_warning.back() == '\n')
		last_warning.pop_back();
	return 0;
}

[[noreturn]] void fail(int error, const char *what)
{
	const bool refused = error == -EPERM || error == -EACCES;
	const auto missing = missing_capabilities({CAP_BPF, CAP_PERFMON});

	if (refused && !missing.empty())
		throw std::runtime_error(fmt::format("{} needs {}: {}", what, listed(missing),
						     how_to_be_allowed));
	// Locked down, the verifier refuses what it says it does not know, with EINVAL.
	if (refused || lockdown_level() == "confidentiality")
		throw std::runtime_error(fmt::format(
			"{} is not permitted: run outside of containers, on a kernel that is not locked "
			"down for confidentiality (see /sys/kernel/security/lockdown)", what));
	throw std::runtime_error(fmt::format("{} failed: {} ({})", what, std::strerror(-error),
					     last_warning));
}

/** @throw std::runtime_error naming all that is missing, if there are no addresses. */
void demand_addresses(kallsyms &symbols)
{
	const auto missing = missing_capabilities({CAP_BPF, CAP_PERFMON, CAP_SYSLOG});

	if (symbols.visible())
		return;
	if (!missing.empty())
		throw std::runtime_error(fmt::format(
			"--exact, --writers and --readers see the kernel's addresses, which needs {}: {}",
			listed(missing), how_to_be_allowed));
	throw std::runtime_error("--exact, --writers and --readers need the kernel's addresses, which it "
				 "hides: set kernel.kptr_restrict to 0 or 1");
}

/** Two programs for the calls of one function, of which one is attached. */
struct hook {
	const char *function;
	bpf_program *cheap;
	const char *cheaply;
	bpf_program *exact;
	const char *exactly;
	bpf_link **exact_link;
};

/** Those that see faults, and behind them those that see processes come and go. */
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
		{"wake_up_new_task", bpf.progs.process_fork, "tp_btf",
		 bpf.progs.wake_up_new_task_multi, "kprobe.multi",
		 &bpf.links.wake_up_new_task_multi},
		{"exit_files", bpf.progs.process_exit, "tp_btf",
		 bpf.progs.exit_files_multi, "kprobe.multi", &bpf.links.exit_files_multi}};
}

constexpr std::size_t fault_hooks = 3;

/**
 * Before 6.10 a fault that lacked a right let go of the VMA lock and came again under
 * mmap_lock: it is no success. bad_area_access_error() had no parameter for the mm.
 */
bool sees_no_access_errors(const hook &hook, const kernel_btf &kernel)
{
	return std::string_view(hook.function) == "bad_area_access_error" &&
	       kernel.parameters_of(hook.function) == 4;
}

/** So many tasks may be in a fault at once, asleep for the most part. */
constexpr int tasks_in_faults = 16384;

} // namespace

void bpf_programs::destroy::operator()(vmalock_bpf *skeleton) const
{
	vmalock_bpf__destroy(skeleton);
}

bpf_programs::bpf_programs(const trace_target &target, const counting &counting, kallsyms &symbols)
{
	libbpf_set_print(keep_warning);
	const kernel_btf kernel;
	if (counting.exact || target.writers || target.readers)
		demand_addresses(symbols);

	open_for(target, counting.by);
	ids.emplace(*skeleton);
	leave_out_what_nobody_asked_for(counting.by);
	if (counting.by == VMALOCK_BY_CGROUP && !kernel.has_member("css_set", "dfl_cgrp"))
		throw std::runtime_error("this kernel has no cgroups, which --by cgroup needs");
	choose_hooks(kernel, counting);
	choose_marks(kernel);
	if (target.writers)
		prepare_writers(*skeleton, symbols);
	else
		leave_out_writers(*skeleton);
	if (target.readers)
		prepare_readers(*skeleton, kernel, symbols, not_visible);
	else
		leave_out_readers(*skeleton);
	if (target.fault_times)
		prepare_fault_times(*skeleton);
	prepare_events(*skeleton, target.events.value_or(sent_events{}));
	if (target.writers && !in_first_pid_namespace())
		not_visible.push_back("writers outside of this PID namespace, while they hold mmap_lock");
	load();
	ids->attach();
	if (target.readers)
		attach_readers(*skeleton, symbols, not_visible);

	set_targets(target);
	see_misses();
	if (counting.exact)
		attach_exact(kernel, symbols);
	attach();
}

bpf_programs::~bpf_programs() = default;

void bpf_programs::open_for(const trace_target &target, vmalock_by by)
{
	skeleton.reset(vmalock_bpf__open());
	if (!skeleton)
		fail(-errno, "opening the BPF programs");
	skeleton->rodata->only_targets = !target.ids.empty();
	skeleton->rodata->targets_are_threads = target.ids_are_threads;
	skeleton->rodata->only_cgroup = !target.cgroup.empty();
	skeleton->rodata->follow_children = target.follow_children;
	skeleton->rodata->count_by = by;
}

void bpf_programs::leave_out_what_nobody_asked_for(vmalock_by by)
{
	const bool by_machine = counts_whole_machine(by);

	if (by_machine) {
		bpf_program__set_autoload(skeleton->progs.process_rename, false);
		bpf_map__set_max_entries(skeleton->maps.counts, 1);
	}
	bpf_program__set_autoload(skeleton->progs.thread_exec, by == VMALOCK_BY_THREAD);
	bpf_program__set_autoload(skeleton->progs.cgroup_removed, by == VMALOCK_BY_CGROUP);
	bpf_map__set_autocreate(skeleton->maps.cgroups, by == VMALOCK_BY_CGROUP);
	if (by_machine || by == VMALOCK_BY_MAPPING)
		for (bpf_map *map : {skeleton->maps.task_slots, skeleton->maps.last_threads})
			bpf_map__set_autocreate(map, false);
}

void bpf_programs::choose_hooks(const kernel_btf &kernel, const counting &counting)
{
	const bool exact = counting.exact;

	for (const char *needed : {"lock_vma_under_rcu", "handle_mm_fault"})
		if (!kernel.has_function(needed))
			throw std::runtime_error(fmt::format(
				"this kernel has no {}(): per-VMA locks came with Linux 6.4 and "
				"need CONFIG_PER_VMA_LOCK=y", needed));
	if (exact && !kernel.has_function("bpf_session_cookie"))
		throw std::runtime_error(
			"this kernel has no kprobe sessions, which --exact needs: they came with "
			"Linux 6.10; leave --exact out, and losses are counted");

	std::vector<hook> hooks = hooks_of(*skeleton);
	for (std::size_t i = 0; i < hooks.size(); i++) {
		const hook &hook = hooks[i];
		const bool sees_faults = i < fault_hooks;
		const bool there = kernel.has_function(hook.function);
		const bool wanted = there && !sees_no_access_errors(hook, kernel) &&
				    (sees_faults || !counts_whole_machine(counting.by));

		bpf_program__set_autoload(hook.cheap, wanted && !exact);
		bpf_program__set_autoload(hook.exact, wanted && exact);
		if (sees_faults && wanted)
			attached.push_back({hook.function, exact ? hook.exactly : hook.cheaply});
		else if (sees_faults && !there)
			not_visible.push_back("success of faults that end in an access error");
	}
	bpf_map__set_autocreate(skeleton->maps.other_mm_calls, exact);
}

/** Without a mark its cause is not told apart from others. */
void bpf_programs::choose_marks(const kernel_btf &kernel)
{
	const std::tuple<const char *, bpf_program *, const char *> marks[] = {
		{"handle_userfault", skeleton->progs.handle_userfault_exit,
		 "retries that wait for userfaultfd, apart from others"},
		{"__folio_lock_or_retry", skeleton->progs.folio_lock_or_retry_exit,
		 "retries for a page lock, apart from others"}};

	for (auto [function, program, event] : marks)
		if (!kernel.has_function(function)) {
			bpf_program__set_autoload(program, false);
			not_visible.push_back(event);
		}
}

void bpf_programs::load()
{
	const int error = vmalock_bpf__load(skeleton.get());

	// Who may not load at all is told EPERM.
	if (error == -EACCES && lockdown_level() != "confidentiality")
		throw std::runtime_error(fmt::format(
			"this kernel's verifier refuses the BPF programs, which is a bug of vmalock: "
			"please report it with the kernel's version ({})", last_warning));
	if (error)
		fail(error, "loading the BPF programs");
}

/**
 * Before 6.14 a return is hooked by a node out of the link's pool, which has two
 * for each CPU and each function that the link was told of, even if it is the
 * same again.
 */
void bpf_programs::attach_exact(const kernel_btf &kernel, kallsyms &symbols)
{
	const int times = kernel.has_struct("fprobe_rethook_node")
				  ? tasks_in_faults / (2 * libbpf_num_possible_cpus()) : 1;

	for (const hook &hook : hooks_of(*skeleton)) {
		if (!bpf_program__autoload(hook.exact))
			continue;
		std::vector<unsigned long> addresses(static_cast<std::size_t>(std::max(1, times)),
						     symbols.extent_of(hook.function).start);
		LIBBPF_OPTS(bpf_kprobe_multi_opts, options, .addrs = addresses.data(),
			    .cnt = addresses.size(),
			    .session = std::string_view(hook.exactly) == "kprobe.session");
		*hook.exact_link = bpf_program__attach_kprobe_multi_opts(hook.exact, nullptr, &options);
		if (!*hook.exact_link)
			fail(-errno, "attaching the BPF programs of --exact");
	}
}

void bpf_programs::see_misses()
{
	const auto found = attach_misses(*skeleton);

	if (const auto *where = std::get_if<attach_point>(&found)) {
		attached.push_back(*where);
		misses_seen = true;
	} else if (!read_vmstat()) {
		not_visible.push_back(fmt::format("miss ({})", std::get<unseen>(found).why));
	}
}

void bpf_programs::set_targets(const trace_target &target)
{
	std::uint8_t one = 1;
	for (std::uint32_t own_id : target.ids) {
		const std::uint32_t id = ids->kernels_id(own_id, target.ids_are_threads);

		bpf_map__update_elem(skeleton->maps.targets, &id, sizeof(id), &one, sizeof(one),
				     BPF_ANY);
	}
	if (target.cgroup.empty())
		return;

	const std::uint32_t first = 0;
	const int folder = open(target.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = folder < 0 ? -errno
			       : bpf_map__update_elem(skeleton->maps.cgroup, &first, sizeof(first),
						      &folder, sizeof(folder), BPF_ANY);
	if (folder >= 0)
		close(folder);
	if (error)
		throw std::runtime_error(fmt::format("{} is no cgroup of version 2: {}", target.cgroup,
						     std::strerror(-error)));
}

void bpf_programs::stop()
{
	vmalock_bpf__detach(skeleton.get());
}

void bpf_programs::attach()
{
	if (int error = vmalock_bpf__attach(skeleton.get()))
		fail(error, "attaching the BPF programs");
}

} // namespace vmalock
