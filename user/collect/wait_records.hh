// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The records of writers that waited for readers of a VMA.
 */
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collect/kallsyms.hh"
#include "collect/kernel_btf.hh"
#include "model/process_id.hh"
#include "model/readers.hh"
#include "uapi/wait_records.h"

struct ring_buffer;
struct vmalock_bpf;

namespace vmalock {

/** Between opening and loading, if readers are not asked for. */
void leave_out_readers(vmalock_bpf &bpf);

/** Whether the verifier lets programs have timers, which cannot be read off anywhere. */
bool timers_work();

/**
 * Between opening and loading: have those programs loaded that this kernel's
 * VMA lock needs. Adds to @p not_visible what the kernel hides.
 */
void prepare_readers(vmalock_bpf &bpf, const kernel_btf &kernel, kallsyms &symbols, bool timers,
		     std::vector<std::string> &not_visible);

/**
 * After loading: what attaching the rest does not do.
 * @throw std::runtime_error if it cannot be done.
 */
void attach_readers(vmalock_bpf &bpf, kallsyms &symbols, std::vector<std::string> &not_visible);

/** What a record says, with stacks in names. */
writer_wait wait_of(const vmalock_wait &record, kallsyms &symbols);

/** The ring buffer of the records, and the sum of those taken out. */
class wait_records {
public:
	/** @throw std::runtime_error if the ring buffer cannot be had. */
	wait_records(vmalock_bpf &bpf, kallsyms &symbols);
	~wait_records();

	/** Readable when there is something to fetch. */
	int file() const;
	/** Take out what is there now. What comes meanwhile is left: it may come faster than we read. */
	void fetch();
	/** All waits that have ended by now. */
	const writer_waits &so_far();
	/**
	 * These, and with them those that go on.
	 * @throw std::runtime_error if the kernel does not answer.
	 */
	writer_waits with_those_that_go_on();
	/** From now on without the waits of these. */
	void forget(const std::set<process_id> &processes);

private:
	static int take(void *self, void *record, std::size_t size);

	kallsyms &symbols;
	int tell_program;
	ring_buffer *records = nullptr;
	writer_waits sum;			///< of those that have ended
	std::vector<writer_wait> going_on;	///< as they were told last
};

} // namespace vmalock
