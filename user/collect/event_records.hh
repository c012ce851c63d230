// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The records of events that are traced as they happen.
 */
#pragma once

#include <vector>

#include "collect/kallsyms.hh"
#include "model/event.hh"

struct bpf_map;
struct ring_buffer;
struct vmalock_bpf;

namespace vmalock {

/** Between opening and loading: have these events sent, each by a record. */
void prepare_events(vmalock_bpf &bpf, const sent_events &which);

/** The ring buffers of the records: those of aborts and fallbacks, and of waits. */
class event_records {
public:
	/** @throw std::runtime_error if a ring buffer cannot be had. */
	event_records(vmalock_bpf &bpf, kallsyms &symbols);
	~event_records();

	/** Readable when there is something to take. */
	int file() const;
	/** Take the next out, some thousand at most, and put them in order. */
	std::vector<traced_event> take();

private:
	void add(const bpf_map *map, int (*take)(void *, void *, std::size_t));
	static int take_event(void *self, void *record, std::size_t size);
	static int take_wait(void *self, void *record, std::size_t size);

	kallsyms &symbols;
	ring_buffer *records = nullptr;
	std::vector<traced_event> taken;
};

} // namespace vmalock
