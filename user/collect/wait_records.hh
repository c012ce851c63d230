// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The records of writers that waited for readers of a VMA.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collect/kallsyms.hh"
#include "model/readers.hh"

struct ring_buffer;
struct vmalock_bpf;

namespace vmalock {

/**
 * Before loading: have those programs loaded that this kernel's VMA lock needs,
 * or none if they are not @p wanted. Adds to @p not_visible what it hides.
 */
void choose_reader_programs(vmalock_bpf &bpf, bool wanted, std::vector<std::string> &not_visible);

/**
 * After loading: what attaching the rest does not do.
 * @throw std::runtime_error if it cannot be done.
 */
void attach_reader_programs(vmalock_bpf &bpf, std::vector<std::string> &not_visible);

/** The ring buffer of the records, and the sum of those taken out. */
class wait_records {
public:
	/** @throw std::runtime_error if the ring buffer cannot be had. */
	wait_records(vmalock_bpf &bpf, kallsyms &symbols);
	~wait_records();

	/** Readable when there is something to fetch. */
	int file() const;
	/** Take out all that is there. */
	void fetch();
	/** All waits that have ended by now. */
	const writer_waits &so_far();

private:
	static int take(void *self, void *record, std::size_t size);

	kallsyms &symbols;
	ring_buffer *records = nullptr;
	writer_waits sum;
};

} // namespace vmalock
