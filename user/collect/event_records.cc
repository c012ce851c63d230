// SPDX-License-Identifier: GPL-2.0-only
#include "collect/event_records.hh"

#include <algorithm>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "collect/bpf_maps.hh"
#include "collect/wait_records.hh"
#include "model/kernel_functions.hh"
#include "model/words.hh"
#include "uapi/event_records.h"
#include "uapi/waits.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** So many are taken at once, that signals and timers are seen in between. */
constexpr std::size_t most_at_once = 4096;

std::string_view reason_of(const vmalock_event &record)
{
	return record.kind == VMALOCK_EVENT_ABORT
		       ? key_for(static_cast<vmalock_abort_reason>(record.reason))
		       : key_for(static_cast<vmalock_fallback>(record.reason));
}

traced_event event_of(const vmalock_event &record, kallsyms &symbols)
{
	traced_event result;

	result.kind = static_cast<vmalock_event_kind>(record.kind);
	result.time_ns = record.time_ns;
	result.process = id_of(record.process);
	result.name = text_of(record.name);
	result.tid = record.tid;
	result.thread_name = text_of(record.thread_name);
	result.cpu = record.cpu;
	result.reason = reason_of(record);
	if (result.kind == VMALOCK_EVENT_ABORT) {
		const kernel_symbol &caller = symbols.find(record.caller);

		result.caller = caller_kind(caller.name, caller.module);
		result.function = caller.name;
	}
	result.address = record.address;
	result.mapping = static_cast<vmalock_mapping_kind>(record.mapping);
	result.vm_start = record.vm_start;
	result.vm_end = record.vm_end;
	result.file = text_of(record.file);
	return result;
}

/** The record has the name of the thread alone, and what is mapped only of a file. */
traced_event event_of(const writer_wait &wait)
{
	traced_event result;

	result.kind = VMALOCK_EVENT_WAIT;
	result.time_ns = wait.began_ns + wait.waited_ns;
	result.process = wait.id;
	result.name = result.thread_name = wait.name;
	result.tid = wait.tid;
	result.reason = key_for(wait.detach ? VMALOCK_WAIT_DETACH : VMALOCK_WAIT_WRITE);
	if (!wait.mapping.empty())
		result.mapping = VMALOCK_MAPPING_FILE;
	result.vm_start = wait.vm_start;
	result.vm_end = wait.vm_end;
	result.file = wait.mapping;
	result.wait = {wait.waited_ns, wait.system_call, wait.readers, wait.interrupted};
	return result;
}

} // namespace

void prepare_events(vmalock_bpf &bpf, const sent_events &which)
{
	bpf.rodata->abort_events = which.aborts;
	bpf.rodata->fallback_events = which.fallbacks;
	bpf_map__set_autocreate(bpf.maps.events, which.aborts || which.fallbacks);
}

event_records::event_records(vmalock_bpf &bpf, kallsyms &symbols) : symbols(symbols)
{
	add(bpf.maps.events, take_event);
	add(bpf.maps.waits, take_wait);
}

event_records::~event_records()
{
	ring_buffer__free(records);
}

/** If there is such a ring buffer: what nobody asked for was not made. */
void event_records::add(const bpf_map *map, int (*take)(void *, void *, std::size_t))
{
	int error = 0;

	if (!bpf_map__autocreate(map))
		return;
	if (records)
		error = -ring_buffer__add(records, bpf_map__fd(map), take, this);
	else if (!(records = ring_buffer__new(bpf_map__fd(map), take, this, nullptr)))
		error = errno;
	if (error)
		throw std::runtime_error(std::string("mapping the ring buffer of events failed: ") +
					 std::strerror(error));
}

int event_records::file() const
{
	return ring_buffer__epoll_fd(records);
}

/* Each CPU takes its place in the ring first and the time then, and waits are in another. */
std::vector<traced_event> event_records::take()
{
	ring_buffer__consume_n(records, most_at_once);
	std::ranges::stable_sort(taken, {}, &traced_event::time_ns);
	return std::exchange(taken, {});
}

int event_records::take_event(void *self, void *record, std::size_t size)
{
	auto &events = *static_cast<event_records *>(self);

	if (size >= sizeof(vmalock_event))
		events.taken.push_back(event_of(*static_cast<const vmalock_event *>(record),
						events.symbols));
	return 0;
}

int event_records::take_wait(void *self, void *record, std::size_t size)
{
	auto &events = *static_cast<event_records *>(self);

	if (size >= sizeof(vmalock_wait))
		events.taken.push_back(event_of(wait_of(*static_cast<const vmalock_wait *>(record),
							events.symbols)));
	return 0;
}

} // namespace vmalock
