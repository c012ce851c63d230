// SPDX-License-Identifier: GPL-2.0-only
#include "collect/blocked_tasks.hh"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <set>
#include <stdexcept>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>

#include "blocked.skel.h"
#include "collect/architecture.hh"
#include "collect/bpf_errors.hh"
#include "collect/bpf_maps.hh"
#include "collect/helper_stats.hh"
#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "collect/pid_namespace.hh"
#include "collect/process_files.hh"
#include "collect/system_calls.hh"
#include "model/kernel_functions.hh"
#include "uapi/blocked_records.h"

namespace vmalock {

namespace {

/** @throw std::runtime_error if this kernel's locks are of a kind that the programs do not read. */
void demand_known_locks(const kernel_btf &kernel)
{
	if (!kernel.has_function("lock_vma_under_rcu"))
		throw std::runtime_error("this kernel has no lock_vma_under_rcu(): per-VMA locks came with "
					 "Linux 6.4 and need CONFIG_PER_VMA_LOCK=y");
	if (!kernel.has_member("rw_semaphore", "owner"))
		throw std::runtime_error("this kernel is built with PREEMPT_RT, whose mmap_lock 'vmalock now' "
					 "cannot read; 'vmalock blame' traces it");
	if (!saves_stack_pointer(kernel))
		throw std::runtime_error("'vmalock now' cannot read the kernel stacks of this architecture");
}

/** All records that an iterator over tasks writes. */
template <class Record>
std::vector<Record> read_records(const bpf_link *iterator)
{
	const descriptor file(bpf_iter_create(bpf_link__fd(iterator)));
	if (!file)
		fail(-errno, "starting the BPF iterator over tasks");

	std::vector<Record> result;
	Record some[16];
	ssize_t length;
	// The kernel does not cut a record in two. It gives up for now after a million objects of
	// which there is nothing to say: EAGAIN.
	while ((length = read(file.get(), some, sizeof(some))) > 0 ||
	       (length < 0 && (errno == EINTR || errno == EAGAIN)))
		if (length > 0)
			result.insert(result.end(), some, some + static_cast<std::size_t>(length) / sizeof(Record));
	if (length)
		throw std::runtime_error(fmt::format("looking at the tasks failed: {}", std::strerror(errno)));
	return result;
}

/** As struct owned of bpf/awaited_locks.bpf.h. */
struct owned_lock {
	std::uint64_t owner, number;
};

/** What the last look found: addresses come to be those of others. */
template <class Key>
void forget(const bpf_map *map)
{
	std::vector<Key> keys;

	for_each_key<Key>(map, [&](const Key &key) { keys.push_back(key); });
	for (const Key &key : keys)
		bpf_map__delete_elem(map, &key, sizeof(key), 0);
}

contended_mm mm_of(const vmalock_contended_mm &record)
{
	contended_mm result;

	result.mm = record.mm;
	result.pid = record.process.pid;
	result.name = text_of(record.process.name);
	result.own_pid = record.own_pid;
	result.owner_tid = record.owner_tid;
	result.owner_reads = record.owner_reads;
	result.readers = record.readers;
	result.more_queued = record.more_queued;
	return result;
}

/**
 * The kernel's reference count has one of the VMA's own, until it is detached. Source of the
 * rule: __vma_start_write() waits with it (mm/mmap_lock.c), vma_mark_detached() drops it first.
 */
void leave_out_own_reference(blocked_task &task, bool is_reference_count)
{
	const bool detaches = std::ranges::none_of(task.stack, [](const std::string &frame) {
		return is_function(frame, "__vma_start_write");
	});

	if (is_reference_count && !detaches && task.waits_vma.readers)
		task.waits_vma.readers--;
}

blocked_task task_of(const vmalock_blocked_task &record, kallsyms &symbols)
{
	blocked_task result;

	result.pid = record.task.pid;
	result.tid = record.task.tid;
	result.own_pid = record.own_pid;
	result.name = text_of(record.task.name);
	result.system_call = name_of_system_call(record.system_call);
	result.in_fault = record.in_fault;
	result.state = static_cast<vmalock_run_state>(record.run_state);
	result.cpu = record.cpu;
	result.off_cpu_ns = record.off_cpu_ns;
	result.mm = record.mm;
	result.waits_for = static_cast<vmalock_waits_for>(record.waits_for);
	result.waits_mm = record.waits_mm;
	result.owns_mm = record.owns_mm;
	for (vmalock_u64 mm : record.met_mms)
		if (mm)
			result.met_mms.push_back(mm);
	for (const vmalock_met_vma &met : record.met_vmas)
		if (met.vma)
			result.met_vmas.push_back({met.vma, met.mm, met.address, met.fuse_connection});
	result.more_met = result.met_vmas.size() == VMALOCK_MET_VMAS;
	result.waits_vma = {record.waits_vma.vma, record.waits_vma.start, record.waits_vma.end,
			    record.waits_vma.readers, text_of(record.waits_vma.file)};
	result.sleeps_on = {record.sleeps_on.lock, static_cast<vmalock_lock_kind>(record.sleeps_on.kind),
			    symbols.object_at(record.sleeps_on.lock), record.sleeps_on.owner_tid};
	for (const vmalock_u64 lock : record.owns_locks)
		if (lock)
			result.owns_locks.push_back(lock);
	result.stack = symbols.functions_of(record.stack);
	return result;
}

/** Owners that are named, and have not been met with the lock. */
bool lacks_lock_owner(const blocked_look &look)
{
	std::set<std::pair<std::uint32_t, kernel_object>> met;

	for (const auto *list : {&look.tasks, &look.lock_owners})
		for (const blocked_task &task : *list)
			for (const kernel_object lock : task.owns_locks)
				met.emplace(task.tid, lock);
	auto is_lacking = [&](const blocked_task &task) {
		return task.sleeps_on.owner_tid && !met.contains({task.sleeps_on.owner_tid, task.sleeps_on.lock});
	};
	return std::ranges::any_of(look.tasks, is_lacking) || std::ranges::any_of(look.lock_owners, is_lacking);
}

bool is_on_fuse(const blocked_task &task)
{
	return std::ranges::any_of(task.met_vmas, [](const met_vma &met) { return met.fuse_connection != 0; });
}

/** Each once: a process may have a device open several times, and change its name meanwhile. */
std::vector<fuse_server> servers_of(const std::vector<vmalock_fuse_server> &records)
{
	std::set<std::pair<std::uint32_t, std::uint32_t>> known;
	std::vector<fuse_server> result;

	for (const vmalock_fuse_server &record : records)
		if (known.emplace(record.connection, record.process.pid).second)
			result.push_back({record.connection, record.process.pid, text_of(record.process.name)});
	return result;
}

} // namespace

blocked_tasks::blocked_tasks(kallsyms &symbols) : symbols(symbols), bpf(nullptr, blocked_bpf__destroy)
{
	keep_warnings();
	const kernel_btf kernel;
	demand_known_locks(kernel);
	demand_addresses(symbols, "the looks of 'vmalock now'");
	bpf.reset(blocked_bpf__open());
	if (!bpf)
		fail(-errno, "opening the BPF programs");
	fail_to_load_if(blocked_bpf__load(bpf.get()));
	if (const int error = blocked_bpf__attach(bpf.get()))
		fail(error, "attaching the BPF iterators over tasks");
	is_reference_count = kernel.has_member("vm_area_struct", "vm_refcnt");
	walks_lock_vmas = kernel.has_function("lock_next_vma");
}

std::vector<blocked_task> blocked_tasks::look_at_tasks(bool lock_owners_only)
{
	std::vector<blocked_task> result;

	bpf->bss->lock_owners_only = lock_owners_only;
	for (const vmalock_blocked_task &record : read_records<vmalock_blocked_task>(bpf->links.look_at_task)) {
		result.push_back(task_of(record, symbols));
		leave_out_own_reference(result.back(), is_reference_count);
	}
	return result;
}

/**
 * The iterator had come by who has a lock when it met the task that sleeps on it. Who has let
 * go meanwhile is not found. What the first time has shown of such a task stays as it is.
 */
void blocked_tasks::add_lock_owners(blocked_look &look)
{
	constexpr unsigned most_looks = 4;

	for (unsigned looks = 0; looks < most_looks && lacks_lock_owner(look); looks++)
		for (blocked_task &owner : look_at_tasks(true)) {
			std::erase_if(look.lock_owners, [&](const blocked_task &task) { return task.tid == owner.tid; });
			look.lock_owners.push_back(std::move(owner));
		}
}

blocked_look blocked_tasks::look()
{
	const auto began = std::chrono::steady_clock::now();
	blocked_look result;
	utsname system;

	for (const bpf_map *map : {bpf->maps.contended, bpf->maps.owners, bpf->maps.queued})
		forget<kernel_object>(map);
	forget<owned_lock>(bpf->maps.awaited_locks);
	for (const vmalock_contended_mm &record : read_records<vmalock_contended_mm>(bpf->links.find_contended))
		result.mms.push_back(mm_of(record));
	if (!result.mms.empty()) {
		result.tasks = look_at_tasks(false);
		add_lock_owners(result);
	}
	if (std::ranges::any_of(result.tasks, is_on_fuse))
		result.fuse_servers = servers_of(read_records<vmalock_fuse_server>(bpf->links.find_fuse_servers));
	if (!in_first_pid_namespace())
		result.not_visible.emplace_back("tasks outside of this PID namespace");
	result.walks_lock_vmas = walks_lock_vmas;
	result.helper_users = helper_users();
	uname(&system);
	result.kernel = system.release;
	result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
	return result;
}

} // namespace vmalock
