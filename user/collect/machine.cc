// SPDX-License-Identifier: GPL-2.0-only
#include "collect/machine.hh"

#include <fstream>
#include <string_view>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/bpf_programs.hh"
#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "collect/lockdown.hh"
#include "collect/privileges.hh"
#include "collect/vmstat.hh"

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

void try_programs(machine_facts &facts)
{
	try {
		trace_target myself;

		myself.ids = {static_cast<std::uint32_t>(getpid())};
		kallsyms symbols;
		bpf_programs programs(myself, {}, symbols);

		facts.not_visible = programs.cannot_see();
	} catch (const std::exception &error) {
		facts.trial_error = error.what();
	}
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
	try_programs(facts);
	return facts;
}

} // namespace vmalock
