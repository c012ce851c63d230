/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock_holders.bpf.h - who had mmap_lock while a task was blocked on it.
 *
 * Who releases mmap_lock while others queue for it leaves its hold in a log of the lock. A
 * waiter that has stopped waiting goes back through this log, the latest hold first, and
 * puts on each holder the part of its wait that passed in the hold. Only one hold at a time
 * is to blame for a moment: of readers that have the lock together, the one that released
 * it last. What no hold covers is put on nobody: a holder that was not logged, or the time
 * until the waiter got a CPU. lock_log.bpf.h is the log.
 *
 * A hold whose begin is not known begins with the queue, or where the last hold ended that
 * excludes it. That is a writer's that began before it was traced, and a reader's, unless
 * the reader came while there was a queue: then it has noted when. A reader that waited is
 * granted the lock by its waker, before it runs: readers that release the lock after the
 * last writer may have been granted it together with this one, and were not in its way.
 */
#ifndef VMALOCK_LOCK_HOLDERS_BPF_H
#define VMALOCK_LOCK_HOLDERS_BPF_H

#include "counters.bpf.h"
#include "lock_log.bpf.h"
#include "room.bpf.h"
#include "writer_places.bpf.h"
#include "uapi/writer_records.h"

#define MAX_LOCK_WAITS	16384

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_LOCK_WAITS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_lock_wait_key);
	__type(value, struct vmalock_lock_wait);
} lock_waits SEC(".maps");

/* Of a task that has mmap_lock to read, and got it while others queued for it. */
struct reading {
	__u64 mm;
	__u64 since_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct reading);
} reading_tasks SEC(".maps");

static __always_inline void begin_reading(struct mm_struct *mm)
{
	__u64 address = logged_mm(mm);
	struct reading *reading;

	if (!address)
		return;
	reading = bpf_task_storage_get(&reading_tasks, bpf_get_current_task_btf(), 0,
				       BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!reading) {
		count_loss(VMALOCK_LOSS_TASKS_FULL);
		return;
	}
	reading->mm = address;
	reading->since_ns = bpf_ktime_get_ns();
}

static __always_inline void end_reading(void *ctx, struct mm_struct *mm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vmalock_writer reader;
	__u64 address = logged_mm(mm), since_ns = 0;
	struct reading *reading;

	if (!address)
		return;
	reading = bpf_task_storage_get(&reading_tasks, task, 0, 0);
	if (reading && reading->mm == address) {
		since_ns = reading->since_ns;
		reading->mm = 0;
	}
	find_place(ctx, &reader);
	holds_of(task, &reader);
	log_hold(address, &reader, true, false, since_ns, bpf_ktime_get_ns());
}

/* ---- the waiter that ends */

static __always_inline void add_lock_wait(const struct vmalock_lock_wait_key *key, __u64 count,
					  __u64 ns)
{
	static const struct vmalock_lock_wait none;
	struct vmalock_lock_wait *wait = bpf_map_lookup_elem(&lock_waits, key);

	if (!wait) {
		make_entry(&lock_waits, VMALOCK_TABLE_LOCK_WAITS, key, &none);
		wait = bpf_map_lookup_elem(&lock_waits, key);
	}
	if (!wait) {
		count_loss(VMALOCK_LOSS_LOCK_WAITS_FULL);
		return;
	}
	__sync_fetch_and_add(&wait->count, count);
	__sync_fetch_and_add(&wait->ns, ns);
	/* Of two at once one may be lost: it is the longest of nearly all. */
	if (READ_ONCE(wait->longest_ns) < ns)
		wait->longest_ns = ns;
}

/* The waits that were noted while @holder owed its place. Not static, see maple_find(). */
__noinline int account_for(const struct noted_waits *noted, const struct vmalock_writer *holder)
{
	struct vmalock_lock_wait_key key = {};
	int i;

	if (!noted || !holder)
		return 0;
	key.holder = *holder;
	bpf_for(i, 0, NOTED_WAITS) {
		const struct noted_wait *wait = &noted->waits[i];

		if (i >= (int)noted->count)
			break;
		key.waiter = wait->waiter;
		key.what = wait->what;
		key.memory_of = wait->memory_of;
		add_lock_wait(&key, 1, wait->ns);
	}
	return 0;
}

/*
 * Put the wait since @since_ns, which ends now, on those that had the lock of @mm
 * meanwhile. @key has the waiter. Not static, see maple_find().
 */
__noinline int blame_holders(struct past_holds *past, struct vmalock_lock_wait_key *key,
			     __u64 mm, __u64 since_ns, bool waiter_reads)
{
	__u64 now_ns = bpf_ktime_get_ns(), open_ns = now_ns, on_nobody_ns;
	bool behind_writer = false, named = false;
	int i;

	if (!past || !key)
		return 0;
	on_nobody_ns = now_ns - since_ns;
	if (copy_log(mm, past)) {
		bpf_for(i, 0, LOGGED_HOLDS) {
			__u32 index = (past->next - 1 - i) & (LOGGED_HOLDS - 1);
			struct logged_hold *hold = &past->holds[index];
			__u64 from = hold->begin_ns, to = hold->end_ns;

			if (from < since_ns)
				from = since_ns;
			if (to > open_ns)
				to = open_ns;
			if (from >= to)
				continue;
			if (!hold->reads)
				behind_writer = true;
			else if (waiter_reads && !behind_writer)
				continue;
			key->holder = hold->holder;
			key->holder_reads = hold->reads;
			if (!hold->owes_place ||
			    !note_wait(mm, index, hold->end_ns, key, to - from))
				add_lock_wait(key, 1, to - from);
			on_nobody_ns -= to - from;
			open_ns = from;
			named = true;
		}
	}
	__builtin_memset(&key->holder, 0, sizeof(key->holder));
	key->holder.state = VMALOCK_WRITER_GONE;
	key->holder_reads = 0;
	add_lock_wait(key, !named, on_nobody_ns);
	return 0;
}

#endif /* VMALOCK_LOCK_HOLDERS_BPF_H */
