/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock_holders.bpf.h - who had mmap_lock while a task was blocked on it.
 *
 * Who releases mmap_lock while others queue for it leaves its hold in a log of the lock. A
 * waiter that has stopped waiting goes back through this log, the latest hold first, and
 * puts on each holder the part of its wait that passed in the hold. Only one hold at a time
 * is to blame for a moment: of readers that have the lock together, the one that released
 * it last. What no hold covers is put on nobody: a holder that was not logged, or the time
 * until the waiter got a CPU.
 *
 * Whoever gets the lock while there is a queue notes when. A hold whose begin is not known
 * has begun before, as one may that began before it was traced, so it begins with the queue,
 * or where the last hold ended that excludes it. (Where the kernel skipped the program that
 * notes the begin, or there was no memory for it, this is not so: user space asks.) A reader
 * that waited is granted the lock by its waker, before it runs: readers that release the lock
 * after the last writer may have been granted it together with this one, and were not in its
 * way.
 *
 * A log keeps the last holds of writers and the last of readers, apart. Once the first of
 * the queue is a reader, up to 256 readers get the lock together, and others that come then
 * get it before a writer that queues. They would drive out the one that all have waited for.
 *
 * Locks share logs by their address. The first waiter takes over the log; who finds
 * another lock's leaves it alone, and somebody remains unknown. Everything in a log is
 * written and read under its spin lock.
 */
#ifndef VMALOCK_LOCK_HOLDERS_BPF_H
#define VMALOCK_LOCK_HOLDERS_BPF_H

#include "counters.bpf.h"
#include "holding_tasks.bpf.h"
#include "mmap_lock.bpf.h"
#include "room.bpf.h"
#include "writer_places.bpf.h"
#include "uapi/writer_records.h"

#define LOGGED_HOLDS	8	/* of writers, and of readers; a power of two */
#define LOCK_LOGS	512	/* the same */
#define MAX_LOCK_WAITS	16384

struct logged_hold {
	struct vmalock_writer holder;
	__u64 begin_ns, end_ns;		/* end: zero if there is none */
};

/* As they were logged: the ends of readers can be a little out of order. */
struct past_holds {
	__u64 next;			/* only grows */
	struct logged_hold holds[LOGGED_HOLDS];
};

struct last_holds {
	struct past_holds writers, readers;
};

struct lock_log {
	struct bpf_spin_lock lock;
	__u32 reserved;
	__u64 mm;			/* whose lock it is */
	__u64 written_ns;		/* when the last writer released it, */
	__u64 released_ns;		/* and the last of all */
	struct last_holds last;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOCK_LOGS);
	__type(key, __u32);
	__type(value, struct lock_log);
} lock_logs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_LOCK_WAITS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_lock_wait_key);
	__type(value, struct vmalock_lock_wait);
} lock_waits SEC(".maps");

static __always_inline struct lock_log *log_of(__u64 mm)
{
	/* Without the bits that are alike in all of a slab; mixed. */
	__u32 index = (mm >> 6) * 0x9e3779b97f4a7c15ULL >> 32 & (LOCK_LOGS - 1);

	return bpf_map_lookup_elem(&lock_logs, &index);
}

/* ---- the waiter that begins, and the holder's side */

static __always_inline void open_log(__u64 mm)
{
	struct lock_log *log = log_of(mm);
	__u64 now_ns = bpf_ktime_get_ns();
	int i;

	if (!log || READ_ONCE(log->mm) == mm)
		return;
	bpf_spin_lock(&log->lock);
	if (log->mm != mm) {
		log->mm = mm;
		/* What was logged before is lost: a hold of now may have begun after it. */
		log->written_ns = now_ns;
		log->released_ns = now_ns;
		for (i = 0; i < LOGGED_HOLDS; i++) {
			log->last.writers.holds[i].end_ns = 0;
			log->last.readers.holds[i].end_ns = 0;
		}
	}
	bpf_spin_unlock(&log->lock);
}

static __always_inline void log_hold(__u64 mm, const struct vmalock_writer *holder, bool reads,
				     __u64 begin_ns, __u64 end_ns)
{
	struct lock_log *log = log_of(mm);
	struct logged_hold *hold;
	struct past_holds *past;
	__u64 before_ns;

	if (!log)
		return;
	bpf_spin_lock(&log->lock);
	if (log->mm == mm) {
		past = reads ? &log->last.readers : &log->last.writers;
		hold = &past->holds[past->next++ & (LOGGED_HOLDS - 1)];
		hold->holder = *holder;
		/* Of a begin that is not known: readers exclude writers, writers everybody. */
		before_ns = reads ? log->written_ns : log->released_ns;
		hold->begin_ns = begin_ns < before_ns ? before_ns : begin_ns;
		hold->end_ns = end_ns;
		/* Who read the clock before us may come after us. */
		if (log->released_ns < end_ns)
			log->released_ns = end_ns;
		if (!reads)
			log->written_ns = end_ns;
	}
	bpf_spin_unlock(&log->lock);
}

/* Its address, if others queue for its lock and a waiter has opened the log; else 0. */
static __always_inline __u64 logged_mm(struct mm_struct *mm)
{
	struct lock_log *log;
	__u64 address;

	if (!is_queued_for(mm))
		return 0;
	address = mm_address(mm);
	log = log_of(address);
	return log && READ_ONCE(log->mm) == address ? address : 0;
}

/* Of how many tasks that read it is noted since when: most releases look nothing up. */
static __u32 noted_readings;

/*
 * Returns since when the current task has it to read, if it came while others queued; else
 * 0. The course is not followed any further; it was if it is @followed.
 */
static __always_inline __u64 forget_reading(struct holding_task *its, __u64 mm, bool *followed)
{
	*followed = false;
	if (!its || its->reading.mm != mm)
		return 0;
	its->reading.mm = 0;
	__sync_fetch_and_add(&noted_readings, -1);
	if (its->course.since_ns == its->reading.since_ns) {
		*followed = true;
		end_course(&its->course);
	}
	return its->reading.since_ns;
}

static __always_inline void begin_reading(struct mm_struct *mm)
{
	__u64 address = logged_mm(mm);
	struct holding_task *its;
	bool followed;

	if (!address && !noted_readings)
		return;
	its = address ? make_holding_task() : holding_task_of(bpf_get_current_task_btf());
	if (!its)
		return;
	/* The program that sees the end of the one before can have been skipped. */
	forget_reading(its, mm_address(mm), &followed);
	if (!address)
		return;
	if (!its->reading.mm)
		__sync_fetch_and_add(&noted_readings, 1);
	its->reading.mm = address;
	its->reading.since_ns = bpf_ktime_get_ns();
	if (!its->writer.holds[0].since_ns)
		begin_course(&its->course, its->reading.since_ns);
}

static __always_inline void end_reading(void *ctx, struct mm_struct *mm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 logged = logged_mm(mm), run_delay, since_ns, end_ns;
	struct vmalock_writer reader;
	struct holding_task *its;
	bool followed;

	if (!logged && !noted_readings)
		return;
	its = holding_task_of(task);
	run_delay = run_delay_of(task);
	end_ns = bpf_ktime_get_ns();
	since_ns = forget_reading(its, mm_address(mm), &followed);
	if (!logged)
		return;
	find_place(ctx, &reader);
	holds_of(task, &reader);
	if (its && followed) {
		finish_course(&its->course, run_delay, end_ns - since_ns);
		add_followed(&its->course, &reader, true);
	}
	log_hold(logged, &reader, true, since_ns, end_ns);
}

/* ---- the waiter that ends */

/* Programs call nothing while they have the spin lock: they go through a copy. */
static __always_inline bool copy_log(__u64 mm, struct last_holds *copy)
{
	struct lock_log *log = log_of(mm);
	bool is_its;

	if (!log)
		return false;
	bpf_spin_lock(&log->lock);
	is_its = log->mm == mm;
	if (is_its)
		*copy = log->last;
	bpf_spin_unlock(&log->lock);
	return is_its;
}

static __always_inline struct logged_hold *last_hold(struct past_holds *past)
{
	return &past->holds[(past->next - 1) & (LOGGED_HOLDS - 1)];
}

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
	if (READ_ONCE(wait->longest_ns) < ns) {
		wait->longest_ns = ns;
		wait->longest_end_ns = bpf_ktime_get_boot_ns();
	}
}

/*
 * Put the wait since @since_ns, which ends now, on those that had the lock of @mm
 * meanwhile. @key has the waiter. Not static, see maple_find().
 */
__noinline int blame_holders(struct last_holds *past, struct vmalock_lock_wait_key *key,
			     __u64 mm, __u64 since_ns, bool waiter_reads)
{
	__u64 now_ns = bpf_ktime_get_ns(), open_ns = now_ns, on_nobody_ns;
	bool behind_writer = false, named = false;
	int i;

	if (!past || !key)
		return 0;
	on_nobody_ns = now_ns - since_ns;
	if (copy_log(mm, past)) {
		bpf_for(i, 0, 2 * LOGGED_HOLDS) {
			struct logged_hold *write = last_hold(&past->writers);
			struct logged_hold *read = last_hold(&past->readers);
			bool is_read = read->end_ns > write->end_ns;
			struct logged_hold *hold = is_read ? read : write;
			__u64 from = hold->begin_ns, to = hold->end_ns;

			/* It is gone through: both are a copy. */
			hold->end_ns = 0;
			if (is_read)
				past->readers.next--;
			else
				past->writers.next--;
			if (from < since_ns)
				from = since_ns;
			if (to > open_ns)
				to = open_ns;
			if (from >= to)
				continue;
			if (!is_read)
				behind_writer = true;
			else if (waiter_reads && !behind_writer)
				continue;
			key->holder = hold->holder;
			key->holder_reads = is_read;
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
