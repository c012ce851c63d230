/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waits.bpf.h - a writer begins to wait for readers, the last reader releases the
 * lock, the writer goes on: what the programs of both kinds of lock share.
 */
#ifndef VMALOCK_WAITS_BPF_H
#define VMALOCK_WAITS_BPF_H

#include "reader_scan.bpf.h"
#include "mmap_lock.bpf.h"
#include "processes.bpf.h"
#include "system_call.bpf.h"
#include "vma.bpf.h"
#include "wait_slots.bpf.h"
#include "uapi/waits.h"

/* How many wait: most writers do not, and need to look nothing up. */
static __u32 waiting_now;
static __u64 waits_so_far;

static __always_inline void set_mapping(struct vmalock_wait *wait, struct vm_area_struct *vma)
{
	wait->vm_start = BPF_CORE_READ(vma, vm_start);
	wait->vm_end = BPF_CORE_READ(vma, vm_end);
	copy_file_name(wait->mapping, sizeof(wait->mapping), vma);
}

static __always_inline struct slot *claim_slot(__u32 *index)
{
	__u32 i;

	bpf_for(i, 0, MAX_WAITING) {
		struct slot *slot;

		*index = i;
		slot = slot_at(i);
		if (slot && __sync_val_compare_and_swap(&slot->state, SLOT_FREE,
							SLOT_CLAIMED) == SLOT_FREE)
			return slot;
	}
	return NULL;
}

/* A wait that was never ended, since the program that does was skipped. */
static __always_inline void drop_stale_wait(__u64 wakes)
{
	struct waiting_in *wait = bpf_map_lookup_elem(&waiting, &wakes);
	struct slot *slot;

	if (!wait)
		return;
	slot = slot_at((__u32)wait->slot);
	if (slot)
		__sync_val_compare_and_swap(&slot->state, SLOT_WAITING, SLOT_FREE);
	bpf_map_delete_elem(&waiting, &wakes);
	__sync_fetch_and_add(&waiting_now, -1);
}

/*
 * The current task is about to wait for @readers readers of @vma. Without timers
 * there is one look, now, if the task @can_look: may take its time.
 */
static __always_inline void begin_wait(void *ctx, __u64 wakes, struct vm_area_struct *vma,
				       enum vmalock_wait_kind kind, __u32 readers, bool can_look)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct waiting_in this = { .wakes = wakes };
	struct vmalock_wait *wait;
	struct slot *slot;
	__u32 index;

	if (!is_target(task))
		return;
	drop_stale_wait(wakes);
	slot = claim_slot(&index);
	if (!slot) {
		count_loss(VMALOCK_LOSS_WAITING_FULL);
		return;
	}
	wait = &slot->wait;
	wait->process = process_key(task);
	describe(&wait->writer, task);
	wait->system_call = system_call(task);
	wait->kind = kind;
	wait->readers = readers;
	wait->found = 0;
	set_mapping(wait, vma);
	bpf_get_stack(ctx, wait->stack, sizeof(wait->stack), 0);
	slot->vma = (__u64)vma;
	slot->mm = (__u64)BPF_CORE_READ(vma, vm_mm);
	slot->looks = 0;
	slot->next_look_ns = FIRST_LOOK_NS;
	wait->began_ns = bpf_ktime_get_ns();
	this.slot = index;
	this.wait = __sync_fetch_and_add(&waits_so_far, 1) + 1;
	slot->number = this.wait;

	if (bpf_map_update_elem(&waiting, &wakes, &this, BPF_ANY)) {
		__sync_lock_test_and_set(&slot->state, SLOT_FREE);
		count_loss(VMALOCK_LOSS_WAITING_FULL);
		return;
	}
	__sync_fetch_and_add(&waiting_now, 1);
	__sync_lock_test_and_set(&slot->state, SLOT_WAITING);
	if (have_timers) {
		bpf_timer_set_callback(&slot->timer, look);
		bpf_timer_start(&slot->timer, FIRST_LOOK_NS, 0);
	} else if (can_look) {
		look_at_threads(slot);
	}
}

/* The current task lets go of a VMA lock and found itself the last to do so. */
static __always_inline void release(void *ctx, __u64 wakes)
{
	const __u64 now_ns = bpf_ktime_get_ns();
	struct waiting_in *found;
	struct releaser_place *place;
	__u64 wait;
	__u32 index;

	found = bpf_map_lookup_elem(&waiting, &wakes);
	if (!found)
		return;
	wait = READ_ONCE(found->wait);
	index = READ_ONCE(found->slot);
	place = bpf_map_lookup_elem(&releasers, &index);
	/* Still that entry, so the number and the slot are of one wait. */
	if (!place || READ_ONCE(found->wakes) != wakes || READ_ONCE(found->wait) != wait ||
	    !claim_place(place, wait))
		return;
	place->who.released_ns = now_ns;
	bpf_get_stack(ctx, place->who.stack, sizeof(place->who.stack), 0);
	bpf_get_stack(ctx, place->who.user_stack, sizeof(place->who.user_stack), BPF_F_USER_STACK);
	describe(&place->who.task, (struct task_struct *)bpf_get_current_task_btf());
	leave_place(place, wait);
}

/*
 * The current task has stopped waiting. If it is not @certain that it waited at
 * all, a wait that nobody ended and nobody saw was none: the readers had gone
 * before it could tell them to wake it.
 */
static __always_inline void end_wait(__u64 wakes, bool interrupted, bool certain)
{
	struct releaser_place *place;
	struct waiting_in *found;
	struct vmalock_wait *wait;
	struct slot *slot;
	__u32 index;

	if (!waiting_now)
		return;
	found = bpf_map_lookup_elem(&waiting, &wakes);
	if (!found)
		return;
	index = found->slot;
	bpf_map_delete_elem(&waiting, &wakes);
	__sync_fetch_and_add(&waiting_now, -1);
	slot = slot_at(index);
	place = bpf_map_lookup_elem(&releasers, &index);
	if (!slot || !place)
		return;

	wait = &slot->wait;
	wait->waited_ns = bpf_ktime_get_ns() - wait->began_ns;
	wait->interrupted = interrupted;
	wait->releaser.task.tid = 0;
	if (take_place(place, slot->number)) {
		bpf_probe_read_kernel(&wait->releaser, sizeof(wait->releaser), &place->who);
		leave_place(place, slot->number);
	}
	if (__sync_lock_test_and_set(&slot->state, SLOT_ENDED) != SLOT_WAITING)
		return;
	if (certain || interrupted || slot->looks || wait->releaser.task.tid)
		send_wait(slot);
	else
		__sync_lock_test_and_set(&slot->state, SLOT_FREE);
}

static __always_inline bool goes_on(const struct slot *slot)
{
	return slot->state == SLOT_WAITING || slot->state == SLOT_LOOKING;
}

/*
 * User space asks which waits go on, at a look of its own. One that a timer looks
 * into at this moment may lack the thread that it is about to find.
 */
static __always_inline void tell_wait(struct slot *slot)
{
	struct vmalock_wait *record;

	/* Who waits for a VMA's readers has mmap_lock. */
	if (!goes_on(slot) || !still_owns(slot->wait.writer.tid, slot->mm))
		return;
	record = bpf_ringbuf_reserve(&waits, sizeof(*record), 0);
	if (!record)
		return;
	bpf_probe_read_kernel(record, sizeof(*record), &slot->wait);
	record->waited_ns = bpf_ktime_get_ns() - record->began_ns;
	record->goes_on = true;
	/* Of the wait that had the slot before. */
	record->releaser.task.tid = 0;
	record->interrupted = false;
	if (goes_on(slot))
		bpf_ringbuf_submit(record, 0);
	else
		bpf_ringbuf_discard(record, 0);
}

SEC("?syscall")
int tell_waits(void *ctx)
{
	struct slot *slot;
	__u32 i;

	bpf_for(i, 0, MAX_WAITING) {
		slot = slot_at(i);
		if (slot)
			tell_wait(slot);
	}
	return 0;
}

#endif /* VMALOCK_WAITS_BPF_H */
