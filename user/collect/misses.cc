// SPDX-License-Identifier: GPL-2.0-only
#include "collect/misses.hh"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>

#include "collect/architecture.hh"
#include "collect/miss_site.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

constexpr const char *traced = "lock_vma_under_rcu";

} // namespace

std::variant<attach_point, unseen> attach_misses(vmalock_bpf &bpf)
{
	const auto &found = *bpf.bss;
	LIBBPF_OPTS(bpf_test_run_opts, reading);

	if (!reads_machine_code())
		return unseen{"not on this architecture"};
	if (bpf_prog_test_run_opts(bpf_program__fd(bpf.progs.read_code), &reading) || reading.retval)
		return unseen{"the kernel hides the address of lock_vma_under_rcu()"};

	const auto offset = find_miss({found.code, found.code_start, found.code_walk,
				       found.code_stack_check_failed});
	if (!offset)
		return unseen{"no instruction of lock_vma_under_rcu() is a miss's alone"};

	LIBBPF_OPTS(bpf_kprobe_opts, probe, .offset = *offset);
	bpf.links.vma_lock_miss = bpf_program__attach_kprobe_opts(bpf.progs.vma_lock_miss, traced, &probe);
	if (bpf.links.vma_lock_miss)
		return attach_point{fmt::format("{}+{:#x}", traced, *offset), "kprobe"};
	if (errno == EACCES || errno == EPERM)
		return unseen{"kernel.perf_event_paranoid keeps kprobes from all without CAP_SYS_ADMIN"};
	return unseen{fmt::format("a kprobe in lock_vma_under_rcu() failed: {}", std::strerror(errno))};
}

} // namespace vmalock
