// SPDX-License-Identifier: GPL-2.0-only
#include "collect/wait_records.hh"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "collect/architecture.hh"
#include "collect/bpf_maps.hh"
#include "collect/helper_stats.hh"
#include "collect/system_calls.hh"
#include "timers.skel.h"
#include "uapi/waits.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** Records that are taken between two looks at how far we are. */
constexpr std::size_t at_once = 16;

/** Of a program that is no kprobe.multi, nor anything else that is attached by its type. */
constexpr bpf_attach_type no_attach_type{};

met_thread thread_of(const vmalock_task &task)
{
	met_thread result;

	result.pid = task.pid;
	result.tid = task.tid;
	result.name = text_of(task.name);
	return result;
}

} // namespace

writer_wait wait_of(const vmalock_wait &record, kallsyms &symbols)
{
	writer_wait result;

	result.id = {record.process.tgid, record.process.start_ns};
	result.name = text_of(record.writer.name);
	result.tid = record.writer.tid;
	result.system_call = name_of_system_call(record.system_call);
	result.detach = record.kind == VMALOCK_WAIT_DETACH;
	result.interrupted = record.interrupted;
	result.goes_on = record.goes_on;
	result.began_ns = record.began_ns;
	result.waited_ns = record.waited_ns;
	result.vm_start = record.vm_start;
	result.vm_end = record.vm_end;
	result.mapping = text_of(record.mapping);
	result.readers = record.readers;
	result.stack = symbols.functions_of(record.stack);

	for (std::size_t i = 0; i < std::min<std::size_t>(record.found, VMALOCK_HOLDERS); i++) {
		const vmalock_holder &holder = record.holders[i];
		met_thread thread = thread_of(holder.task);

		thread.stack = symbols.functions_of(holder.stack);
		thread.address = holder.address;
		thread.last_ns = holder.last_ns;
		if (holder.asleep_ns >= record.began_ns)
			thread.slept_ns = holder.asleep_ns - record.began_ns;
		result.found.push_back(std::move(thread));
	}
	if (!result.found.empty())
		result.helper_users = helper_users();
	if (record.releaser.task.tid) {
		result.releaser = thread_of(record.releaser.task);
		result.releaser->stack = symbols.functions_of(record.releaser.stack);
		if (record.releaser.released_ns > record.began_ns)
			result.releaser->last_ns = record.releaser.released_ns - record.began_ns;
		for (vmalock_u64 address : record.releaser.user_stack)
			if (address)
				result.user_stack.push_back(address);
	}
	return result;
}

bool timers_work()
{
	const std::unique_ptr<timers_bpf, void (*)(timers_bpf *)> trial(timers_bpf__open_and_load(),
									timers_bpf__destroy);

	return trial != nullptr;
}

void leave_out_readers(vmalock_bpf &bpf)
{
	for (bpf_map *map : {bpf.maps.slots, bpf.maps.releasers, bpf.maps.waiting, bpf.maps.waits})
		bpf_map__set_autocreate(map, false);
}

void prepare_readers(vmalock_bpf &bpf, const kernel_btf &kernel, kallsyms &symbols, bool timers,
		     std::vector<std::string> &not_visible)
{
	auto load = [](std::initializer_list<bpf_program *> programs) {
		for (bpf_program *program : programs)
			bpf_program__set_autoload(program, true);
	};
	const bool refcount = kernel.has_function("__vma_start_write");

	if (!saves_stack_pointer(kernel))
		not_visible.push_back("readers asleep in the way (not on this architecture)");
	else if (!timers)
		not_visible.push_back(refcount ? "readers that fell asleep while a writer waited"
					       : "readers asleep in the way (no BPF timers here)");
	bpf.rodata->have_timers = timers;
	load({bpf.progs.tell_waits});
	if (timers)
		load({bpf.progs.make_timers});
	if (refcount) {
		bpf.rodata->start_write_returns_error = kernel.returns_something("__vma_start_write");
		load({bpf.progs.vma_start_write_entry, bpf.progs.vma_start_write_exit,
		      bpf.progs.last_reader_wakes});
		if (kernel.has_function("__vma_exclude_readers_for_detach"))
			load({bpf.progs.vma_detach_entry, bpf.progs.vma_detach_exit});
		else
			not_visible.push_back("waits of detached VMAs for readers");
		return;
	}
	load({bpf.progs.lock_contention_begin, bpf.progs.lock_contention_end});
	if (symbols.variant_of("rwsem_wake").empty()) {
		not_visible.push_back("the last reader of a VMA (up_read() wakes writers inline)");
		return;
	}
	load({bpf.progs.last_rwsem_reader_wakes});
	if (!kernel.has_function("register_fprobe_ips"))
		bpf_program__set_expected_attach_type(bpf.progs.last_rwsem_reader_wakes, no_attach_type);
}

void attach_readers(vmalock_bpf &bpf, kallsyms &symbols, std::vector<std::string> &not_visible)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (bpf.rodata->have_timers &&
	    (bpf_prog_test_run_opts(bpf_program__fd(bpf.progs.make_timers), &options) ||
	     options.retval))
		throw std::runtime_error("making timers for --readers failed");
	bpf_program__set_autoattach(bpf.progs.last_rwsem_reader_wakes, false);
	if (!bpf_program__autoload(bpf.progs.last_rwsem_reader_wakes))
		return;
	const std::string function = symbols.variant_of("rwsem_wake");
	const unsigned long start = symbols.extent_of(function).start;
	LIBBPF_OPTS(bpf_kprobe_multi_opts, probe, .addrs = &start, .cnt = 1);
	// By a perf event only where there is nothing else: Debian keeps it from all without CAP_SYS_ADMIN.
	bpf.links.last_rwsem_reader_wakes =
		bpf_program__expected_attach_type(bpf.progs.last_rwsem_reader_wakes) == no_attach_type
			? bpf_program__attach_kprobe(bpf.progs.last_rwsem_reader_wakes, false, function.c_str())
			: bpf_program__attach_kprobe_multi_opts(bpf.progs.last_rwsem_reader_wakes, nullptr, &probe);
	if (!bpf.links.last_rwsem_reader_wakes)
		not_visible.push_back("the last reader of a VMA (rwsem_wake() takes no kprobe)");
}

wait_records::wait_records(vmalock_bpf &bpf, kallsyms &symbols)
	: symbols(symbols), tell_program(bpf_program__fd(bpf.progs.tell_waits)), records(ring_buffer__new(bpf_map__fd(bpf.maps.waits), take, this, nullptr))
{
	if (!records)
		throw std::runtime_error(std::string("mapping the ring buffer for --readers failed: ") +
					 std::strerror(errno));
}

wait_records::~wait_records()
{
	ring_buffer__free(records);
}

int wait_records::file() const
{
	return ring_buffer__epoll_fd(records);
}

void wait_records::fetch()
{
	const ring *const ring = ring_buffer__ring(records, 0);
	const unsigned long written = ring__producer_pos(ring);

	// None is taken where a program has not finished its record.
	while (ring__consumer_pos(ring) < written && ring_buffer__consume_n(records, at_once) > 0)
		;
}

const writer_waits &wait_records::so_far()
{
	fetch();
	return sum;
}

writer_waits wait_records::with_those_that_go_on()
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	going_on.clear();
	if (bpf_prog_test_run_opts(tell_program, &options))
		throw std::runtime_error(std::string("asking the kernel which writers wait failed: ") +
					 std::strerror(errno));
	fetch();
	writer_waits result = sum;
	for (const writer_wait &wait : going_on)
		add(result, wait);
	return result;
}

void wait_records::forget(const std::set<process_id> &processes)
{
	std::erase_if(sum, [&](const waiting_writer &writer) { return processes.contains(writer.id); });
}

int wait_records::take(void *self, void *record, std::size_t size)
{
	auto &waits = *static_cast<wait_records *>(self);

	if (size < sizeof(vmalock_wait))
		return 0;
	writer_wait wait = wait_of(*static_cast<const vmalock_wait *>(record), waits.symbols);
	// It may end after it was told, and before it is read.
	std::erase_if(waits.going_on, [&](const writer_wait &told) {
		return told.tid == wait.tid && told.began_ns == wait.began_ns;
	});
	if (wait.goes_on)
		waits.going_on.push_back(std::move(wait));
	else
		add(waits.sum, wait);
	return 0;
}

} // namespace vmalock
