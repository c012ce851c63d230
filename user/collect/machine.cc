// SPDX-License-Identifier: GPL-2.0-only
#include "collect/machine.hh"

#include <bpf/btf.h>
#include <fstream>
#include <linux/capability.h>
#include <memory>
#include <string_view>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/bpf_programs.hh"

namespace vmalock {

namespace {

bool has_member(const btf &kernel, const btf_type &type, std::string_view name)
{
	const btf_member *members = btf_members(&type);

	for (unsigned member = 0; member < btf_vlen(&type); member++)
		if (btf__name_by_offset(&kernel, members[member].name_off) == name)
			return true;
	return false;
}

std::optional<vma_lock_kind> lock_kind()
{
	// libbpf would print a warning of its own.
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return std::nullopt;
	std::unique_ptr<btf, void (*)(btf *)> kernel(btf__load_vmlinux_btf(), btf__free);
	if (!kernel)
		return std::nullopt;
	const int id = btf__find_by_name_kind(kernel.get(), "vm_area_struct", BTF_KIND_STRUCT);
	const btf_type *vma = id > 0 ? btf__type_by_id(kernel.get(), static_cast<unsigned>(id)) : nullptr;
	if (!vma)
		return std::nullopt;
	if (has_member(*kernel, *vma, "vm_refcnt"))
		return vma_lock_kind::reference_count;
	return has_member(*kernel, *vma, "vm_lock") ? vma_lock_kind::semaphore : vma_lock_kind::none;
}

std::uint64_t effective_capabilities()
{
	std::ifstream status("/proc/self/status");

	for (std::string line; std::getline(status, line);)
		if (line.starts_with("CapEff:"))
			return std::stoull(line.substr(7), nullptr, 16);
	return 0;
}

/** The level stands in brackets among those there are. */
std::string lockdown_level()
{
	std::ifstream stream("/sys/kernel/security/lockdown");
	std::string levels;

	std::getline(stream, levels);
	const auto begin = levels.find('['), end = levels.find(']');
	return begin < end && end != levels.npos ? levels.substr(begin + 1, end - begin - 1) : "";
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

		myself.pids = {static_cast<std::uint32_t>(getpid())};
		bpf_programs programs(myself, {});

		facts.not_visible = programs.cannot_see();
	} catch (const std::exception &error) {
		facts.trial_error = error.what();
	}
}

} // namespace

machine_facts examine_machine()
{
	const std::uint64_t capabilities = effective_capabilities();
	const auto has = [=](int capability) {
		return (capabilities & (1ull << capability | 1ull << CAP_SYS_ADMIN)) != 0;
	};
	machine_facts facts;
	utsname system;

	uname(&system);
	facts.kernel = system.release;
	facts.lock = lock_kind();
	facts.may_load_bpf = has(CAP_BPF);
	facts.may_trace = has(CAP_PERFMON);
	facts.lockdown = lockdown_level();
	facts.kernel_counts = has_line("/proc/vmstat", "vma_lock_success ");
	facts.module_loaded = has_line("/proc/modules", "vmalock ");
	facts.module_statistics = !access("/sys/kernel/debug/vmalock/stats", R_OK);
	look_at_symbols(facts);
	try_programs(facts);
	return facts;
}

} // namespace vmalock
