/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait_slots.bpf.h - the waits of writers for readers that are going on now.
 *
 * A wait has one of a few slots, and is identified by the address that its last
 * reader wakes. The writer begins and ends the wait. In between, a timer scans for
 * readers, and the last reader records its name; each of them writes to fields of
 * its own. On some kernels writers wait with raw locks held and interrupts off, so
 * nothing here allocates, and nothing waits for the timer: if the wait ends during
 * a scan, the scan sends the record.
 */
#ifndef VMALOCK_WAIT_SLOTS_BPF_H
#define VMALOCK_WAIT_SLOTS_BPF_H

#include "losses.bpf.h"
#include "releasers.bpf.h"
#include "task_stack.bpf.h"
#include "uapi/losses.h"
#include "uapi/processes.h"

#define MAX_WAITING		64
#define FIRST_LOOK_NS		1000000ULL

enum slot_state {
	SLOT_FREE,
	SLOT_CLAIMED,	/* being filled by the writer */
	SLOT_WAITING,
	SLOT_LOOKING,	/* the timer reads and writes */
	SLOT_ENDED,	/* whoever sees this on leaving LOOKING sends it */
};

/* Set before loading: not on PREEMPT_RT, where kernels refuse BPF timers. */
const volatile bool have_timers;

struct slot {
	struct bpf_timer timer;
	__u32 state;		/* enum slot_state, changed atomically */
	__u32 looks;
	__u32 threads;		/* that this look has come by */
	__u32 reserved;
	__u64 next_look_ns;
	__u64 number;		/* of the wait */
	__u64 vma, mm;
	__u64 words[STACK_CHUNK_WORDS];	/* of some stack, while LOOKING */
	struct vmalock_wait wait;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_WAITING);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

/* Apart from the slots, which a kprobe may not touch since they hold timers. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_WAITING);
	__type(key, __u32);
	__type(value, struct releaser_place);
} releasers SEC(".maps");

struct waiting_in {
	__u64 wakes;			/* the key: entries are used again under a reader's hands */
	__u64 wait;			/* its number */
	__u64 slot;
};

/* From what the last reader wakes to the wait. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_WAITING);
	__type(key, __u64);
	__type(value, struct waiting_in);
} waiting SEC(".maps");

/* struct vmalock_wait, when it is over; room for some hundred. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} waits SEC(".maps");

static __always_inline struct slot *slot_at(__u32 index)
{
	return bpf_map_lookup_elem(&slots, &index);
}

static __always_inline void send_wait(struct slot *slot)
{
	if (bpf_ringbuf_output(&waits, &slot->wait, sizeof(slot->wait), 0))
		count_loss(VMALOCK_LOSS_WAITS_FULL);
	__sync_lock_test_and_set(&slot->state, SLOT_FREE);
}

/*
 * Timers take memory, which a writer about to wait cannot ask for: user space
 * runs this once, before anything is attached.
 */
SEC("?syscall")
int make_timers(void *ctx)
{
	struct slot *slot;
	__u32 i;

	bpf_for(i, 0, MAX_WAITING) {
		slot = slot_at(i);
		if (!slot || bpf_timer_init(&slot->timer, &slots, CLOCK_MONOTONIC))
			return 1;
	}
	return 0;
}

#endif /* VMALOCK_WAIT_SLOTS_BPF_H */
