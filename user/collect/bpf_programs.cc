// SPDX-License-Identifier: GPL-2.0-only
#include "collect/bpf_programs.hh"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>

#include "collect/bpf_errors.hh"
#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "collect/misses.hh"
#include "collect/privileges.hh"
#include "collect/program_choice.hh"
#include "collect/tables.hh"
#include "collect/vmstat.hh"
#include "collect/wait_records.hh"
#include "model/words.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** So many tasks may be in a fault at once, asleep for the most part. */
constexpr int tasks_in_faults = 16384;

} // namespace

void bpf_programs::destroy::operator()(vmalock_bpf *skeleton) const
{
	vmalock_bpf__destroy(skeleton);
}

bpf_programs::bpf_programs(const trace_target &target, const counting &counting, kallsyms &symbols)
{
	keep_warnings();
	const kernel_btf kernel;
	if (counting.exact || target.writers || target.readers)
		demand_addresses(symbols, "--exact, --writers and --readers");

	open_for(target, counting.by);
	ids.emplace(*skeleton);
	program_choice choice = choose_programs(*skeleton, kernel, symbols, target,
						counting, target.readers && timers_work());
	attached = std::move(choice.attached);
	not_visible = std::move(choice.not_visible);
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

void bpf_programs::load()
{
	set_table_sizes(*skeleton);
	fail_to_load_if(vmalock_bpf__load(skeleton.get()));
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
