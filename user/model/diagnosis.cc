// SPDX-License-Identifier: GPL-2.0-only
#include "model/diagnosis.hh"

#include <algorithm>
#include <fmt/format.h>

#include "model/words.hh"

namespace vmalock {

namespace {

finding lock(const machine_facts &facts)
{
	if (!facts.lock)
		return {"VMA locks", health::bad,
			"unknown: there is no /sys/kernel/btf/vmlinux",
			"boot a kernel with CONFIG_DEBUG_INFO_BTF=y"};
	switch (*facts.lock) {
	case vma_lock_kind::none:
		return {"VMA locks", health::bad, "this kernel has none",
			"they came with Linux 6.4 and need CONFIG_PER_VMA_LOCK=y"};
	case vma_lock_kind::semaphore:
		return {"VMA locks", health::good, "rw_semaphore and sequence number (6.4 to 6.14)", ""};
	case vma_lock_kind::reference_count:
		return {"VMA locks", health::good, "reference count and sequence number (since 6.15)", ""};
	}
	return {};
}

finding privileges(const machine_facts &facts)
{
	const std::vector<std::string> &missing = facts.missing_to_trace;

	if (missing.empty())
		return {"privileges", health::good, "CAP_BPF and CAP_PERFMON", ""};
	return {"privileges", health::bad, listed(missing) + (missing.size() > 1 ? " are" : " is") + " missing",
		std::string(how_to_be_allowed)};
}

finding lockdown(const machine_facts &facts)
{
	if (facts.lockdown == "confidentiality")
		return {"lockdown", health::bad, "confidentiality: BPF may not read kernel memory",
			"boot with lockdown=integrity or less"};
	return {"lockdown", health::good,
		facts.lockdown.empty() ? "this kernel has none" : facts.lockdown, ""};
}

finding trial(const machine_facts &facts)
{
	if (facts.trial_error)
		return {"programs", health::bad, *facts.trial_error, ""};
	return {"programs", health::good, "were loaded, attached and detached again", ""};
}

finding symbols(const machine_facts &facts)
{
	if (facts.sees_addresses)
		return {"symbols", health::good, "/proc/kallsyms shows addresses", ""};
	return {"symbols", health::limited,
		"/proc/kallsyms hides addresses: callers have no names, and --exact, --writers and "
		"--readers do not work",
		facts.may_see_addresses ? "set kernel.kptr_restrict to 0 or 1"
					: "CAP_SYSLOG is missing: " + std::string(how_to_be_allowed)};
}

finding counters(const machine_facts &facts)
{
	if (facts.kernel_counts)
		return {"counters", health::good, "the kernel counts too: vma_lock_* in /proc/vmstat", ""};
	return {"counters", health::good,
		"the kernel does not count: no vma_lock_* in /proc/vmstat; vmalock does without", ""};
}

finding helper(const machine_facts &facts)
{
	if (facts.module_loaded && facts.module_statistics)
		return {"helper", health::good, "the vmalock module is loaded", ""};
	if (facts.module_loaded)
		return {"helper", health::limited, "the vmalock module is loaded, but its counters cannot be read",
			"mount debugfs at /sys/kernel/debug and run as root"};
	if (facts.helper_in_kernel)
		return {"helper", health::good, "this kernel has vma_start_read_unlocked() itself", ""};
	return {"helper", health::good, "the vmalock module is not loaded; tracing does not need it", ""};
}

/** What is set aside at once, and in brackets what it is when all tables are full. */
finding memory(const machine_facts &facts)
{
	auto megabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
	std::string found;

	for (const sized_run &run : facts.sizes)
		found += fmt::format("{}{} {:.2f} MB (full: {:.2f})", found.empty() ? "tables in the kernel take: " : ", ",
				     run.name, megabytes(run.memory.at_once), megabytes(run.memory.full));
	return {"memory", health::good, found, ""};
}

} // namespace

std::vector<finding> diagnose(const machine_facts &facts)
{
	std::vector<finding> result = {lock(facts), privileges(facts), lockdown(facts), trial(facts),
				       symbols(facts), counters(facts), helper(facts)};

	if (!facts.sizes.empty())
		result.push_back(memory(facts));
	for (const tried_mode &mode : facts.modes)
		result.push_back({mode.name, mode.error ? health::limited : health::good,
				  mode.error.value_or("works"), ""});
	for (const std::string &event : facts.not_visible)
		result.push_back({"not visible", health::limited, event, ""});
	return result;
}

health overall(const std::vector<finding> &findings)
{
	return std::ranges::max(findings, {}, &finding::state).state;
}

} // namespace vmalock
