// SPDX-License-Identifier: GPL-2.0-only
#include "collect/machine.hh"

#include <fstream>
#include <memory>
#include <string_view>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/blocked_tasks.hh"
#include "collect/bpf_programs.hh"
#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "collect/lockdown.hh"
#include "collect/privileges.hh"
#include "collect/program_choice.hh"
#include "collect/table_sizes.hh"
#include "collect/vmstat.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

std::optional<vma_lock_kind> lock_kind()
try {
	const kernel_btf kernel;

	if (!kernel.has_struct("vm_area_struct"))
		return std::nullopt;
	if (kernel.has_member("vm_area_struct", "vm_refcnt"))
		return vma_lock_kind::reference_count;
	return kernel.has_member("vm_area_struct", "vm_lock") ? vma_lock_kind::semaphore
							      : vma_lock_kind::none;
} catch (const std::exception &) {
	return std::nullopt;
}

bool has_line(const char *path, std::string_view beginning)
{
	std::ifstream stream(path);

	for (std::string line; std::getline(stream, line);)
		if (line.starts_with(beginning))
			return true;
	return false;
}

void look_at_symbols(machine_facts &facts)
{
	std::ifstream symbols("/proc/kallsyms");

	for (std::string address, type, name; symbols >> address >> type >> name;
	     symbols.ignore(1 << 10, '\n')) {
		facts.sees_addresses = facts.sees_addresses || address.find_first_not_of('0') != address.npos;
		facts.helper_in_kernel = facts.helper_in_kernel || name == "vma_start_read_unlocked";
	}
}

/** @return why it does not work, and in @p not_visible what it cannot see if it does. */
std::optional<std::string> problem_with(trace_target target, const counting &counting, kallsyms &symbols,
					std::vector<std::string> &not_visible)
{
	try {
		target.ids = {static_cast<std::uint32_t>(getpid())};
		bpf_programs programs(target, counting, symbols);

		not_visible = programs.cannot_see();
		return std::nullopt;
	} catch (const std::exception &error) {
		return error.what();
	}
}

/** @return why the tasks cannot be looked at; empty if they can. */
std::optional<std::string> problem_with_looking(kallsyms &symbols)
{
	try {
		blocked_tasks(symbols).look();
		return std::nullopt;
	} catch (const std::exception &error) {
		return error.what();
	}
}

/** What needs programs that others do not. */
void try_modes(machine_facts &facts, kallsyms &symbols)
{
	trace_target times, writers, readers, both, events, all;
	std::vector<std::string> ignored;
	auto problem = [&](const trace_target &target, bool exact) {
		return problem_with(target, {VMALOCK_BY_PROCESS, exact}, symbols, ignored);
	};

	times.fault_times = all.fault_times = true;
	writers.writers = both.writers = all.writers = true;
	readers.readers = both.readers = events.readers = all.readers = true;
	events.events = all.events = sent_events{~0U, ~0U};
	facts.modes.push_back({"--exact", problem({}, true)});
	// Each loads a part of what all load, which takes long: only if that fails each tells.
	const bool all_work = !problem(all, false);
	for (const auto &[name, target] : std::initializer_list<std::pair<const char *, const trace_target &>>{
		     {"--times", times}, {"--writers", writers}, {"--readers", readers}, {"blame", both}, {"trace", events}})
		facts.modes.push_back({name, all_work ? std::nullopt : problem(target, false)});
	facts.modes.push_back({"now", problem_with_looking(symbols)});
}

/** Runs that differ in what they need most. */
void add_sizes(machine_facts &facts)
{
	trace_target all, one;
	auto add = [&](const char *name, const trace_target &target, vmalock_by by) {
		const std::unique_ptr<vmalock_bpf, void (*)(vmalock_bpf *)> opened(vmalock_bpf__open(),
										   vmalock_bpf__destroy);
		if (!opened)
			return;
		choose_maps(*opened, target, {by, false});
		facts.sizes.push_back({name, memory_of(*opened)});
	};

	one.ids = {1};
	add("stat", all, VMALOCK_BY_PROCESS);
	add("stat -p", one, VMALOCK_BY_PROCESS);
	add("stat --by machine", all, VMALOCK_BY_MACHINE);
	all.writers = all.readers = true;
	add("top", all, VMALOCK_BY_MAPPING);
}

} // namespace

machine_facts examine_machine()
{
	machine_facts facts;
	utsname system;

	uname(&system);
	facts.kernel = system.release;
	facts.lock = lock_kind();
	facts.missing_to_trace = missing_capabilities({CAP_BPF, CAP_PERFMON});
	facts.may_see_addresses = missing_capabilities({CAP_SYSLOG}).empty();
	facts.lockdown = lockdown_level();
	facts.kernel_counts = read_vmstat().has_value();
	facts.module_loaded = has_line("/proc/modules", "vmalock ");
	facts.module_statistics = !access("/sys/kernel/debug/vmalock/stats", R_OK);
	look_at_symbols(facts);
	add_sizes(facts);
	kallsyms symbols;
	facts.trial_error = problem_with({}, {}, symbols, facts.not_visible);
	if (!facts.trial_error)
		try_modes(facts, symbols);
	return facts;
}

} // namespace vmalock
