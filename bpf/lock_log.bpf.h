/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock_log.bpf.h - the last holds of a mmap_lock that others queue for.
 *
 * Locks share logs by their address. The first waiter takes over the log; who finds
 * another lock's leaves it alone, and somebody remains unknown. Everything in a log is
 * written and read under its spin lock, but for whose it is.
 *
 * A writer logs its hold before it releases the lock, for those that wait to find it. From
 * where it had the lock it may add later: to walk its stacks takes longer than many holds.
 * Until it has, waiters note their waits in the log, and it accounts for them. One hold of
 * a log at a time may owe its place so.
 */
#ifndef VMALOCK_LOCK_LOG_BPF_H
#define VMALOCK_LOCK_LOG_BPF_H

#include "mmap_lock.bpf.h"
#include "uapi/writer_records.h"

#define LOGGED_HOLDS	8	/* a power of two */
#define NOTED_WAITS	8	/* the same */
#define LOCK_LOGS	512	/* the same */
#define LONG_OWED_NS	1000000000ULL

struct logged_hold {
	struct vmalock_writer holder;	/* without stacks as long as the place is owed */
	__u64 begin_ns, end_ns;		/* end: zero if there is none */
	__u32 reads;			/* a flag */
	__u32 owes_place;		/* it did when it was logged */
};

/* A wait behind a hold that owes its place; as in struct vmalock_lock_wait_key. */
struct noted_wait {
	struct vmalock_process_key waiter;
	__u32 what, memory_of;
	__u64 ns;
};

struct noted_waits {
	__u32 count;
	__u32 reserved;
	struct noted_wait waits[NOTED_WAITS];
};

/* The hold that owes its place, and who waited behind it. */
struct owed_place {
	__u64 end_ns;			/* of the hold; zero: none owes */
	__u64 index;			/* of the hold, in the log */
	struct noted_waits noted;
};

struct lock_log {
	struct bpf_spin_lock lock;
	__u32 next;			/* only grows */
	__u64 mm;			/* whose lock it is */
	__u64 written_ns;		/* when the last writer released it, */
	__u64 released_ns;		/* and the last of all */
	struct logged_hold holds[LOGGED_HOLDS];
	struct owed_place owed;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOCK_LOGS);
	__type(key, __u32);
	__type(value, struct lock_log);
} lock_logs SEC(".maps");

static __always_inline struct lock_log *log_of(__u64 mm)
{
	/* Without the bits that are alike in all of a slab; mixed. */
	__u32 index = (mm >> 6) * 0x9e3779b97f4a7c15ULL >> 32 & (LOCK_LOGS - 1);

	return bpf_map_lookup_elem(&lock_logs, &index);
}

/* A waiter begins. A place that is owed for long will hardly be told: its waiters are gone. */
static __always_inline void open_log(__u64 mm)
{
	struct lock_log *log = log_of(mm);
	__u64 now_ns;
	int i;

	if (!log || READ_ONCE(log->mm) == mm)
		return;
	now_ns = bpf_ktime_get_ns();
	bpf_spin_lock(&log->lock);
	if (log->mm != mm && log->owed.end_ns + LONG_OWED_NS < now_ns) {
		log->mm = mm;
		log->written_ns = 0;
		log->released_ns = 0;
		log->owed.end_ns = 0;
		for (i = 0; i < LOGGED_HOLDS; i++)
			log->holds[i].end_ns = 0;
	}
	bpf_spin_unlock(&log->lock);
}

/*
 * The hold of @holder ends. If it @owes_place, it must settle that; then it is not logged,
 * and false returned, where another owes its place.
 */
static __always_inline bool log_hold(__u64 mm, const struct vmalock_writer *holder, bool reads,
				     bool owes_place, __u64 begin_ns, __u64 end_ns)
{
	struct lock_log *log = log_of(mm);
	struct logged_hold *hold;
	__u64 before_ns;
	__u32 index;
	bool is_its;

	if (!log)
		return false;
	bpf_spin_lock(&log->lock);
	is_its = log->mm == mm && !(owes_place && log->owed.end_ns);
	if (is_its) {
		index = log->next++ & (LOGGED_HOLDS - 1);
		hold = &log->holds[index];
		hold->holder = *holder;
		hold->reads = reads;
		hold->owes_place = owes_place;
		/* Of a begin that is not known: readers exclude writers, writers everybody. */
		before_ns = reads ? log->written_ns : log->released_ns;
		hold->begin_ns = begin_ns < before_ns ? before_ns : begin_ns;
		hold->end_ns = end_ns;
		log->released_ns = end_ns;
		if (!reads)
			log->written_ns = end_ns;
		if (owes_place) {
			log->owed.end_ns = end_ns;
			log->owed.index = index;
			log->owed.noted.count = 0;
		}
	}
	bpf_spin_unlock(&log->lock);
	return is_its;
}

/* Say from where @holder had the lock until @end_ns. It has to account for the waits @noted. */
static __always_inline void settle_place(__u64 mm, __u64 end_ns,
					 const struct vmalock_writer *holder,
					 struct noted_waits *noted)
{
	struct lock_log *log = log_of(mm);
	struct logged_hold *hold;

	noted->count = 0;
	if (!log)
		return;
	bpf_spin_lock(&log->lock);
	if (log->mm == mm && log->owed.end_ns == end_ns) {
		hold = &log->holds[log->owed.index & (LOGGED_HOLDS - 1)];
		if (hold->end_ns == end_ns) {
			hold->holder = *holder;
			hold->owes_place = 0;
		}
		__builtin_memcpy(noted, &log->owed.noted, sizeof(*noted));
		log->owed.end_ns = 0;
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

/* ---- a waiter ends */

/* A copy of the log: programs call nothing while they have its spin lock. */
struct past_holds {
	__u32 next;
	__u32 reserved;
	struct logged_hold holds[LOGGED_HOLDS];
};

static __always_inline bool copy_log(__u64 mm, struct past_holds *past)
{
	struct lock_log *log = log_of(mm);
	bool is_its;

	if (!log)
		return false;
	bpf_spin_lock(&log->lock);
	is_its = log->mm == mm;
	if (is_its) {
		past->next = log->next;
		__builtin_memcpy(past->holds, log->holds, sizeof(past->holds));
	}
	bpf_spin_unlock(&log->lock);
	return is_its;
}

/*
 * Note the wait of @key behind the hold at @index, which owed its place when it was copied.
 * Returns false if the wait is the waiter's to account for; @key has the place if that has
 * been told meanwhile.
 */
static __always_inline bool note_wait(__u64 mm, __u32 index, __u64 end_ns,
				      struct vmalock_lock_wait_key *key, __u64 ns)
{
	struct lock_log *log = log_of(mm);
	struct noted_wait *wait;
	bool noted = false;

	if (!log)
		return false;
	bpf_spin_lock(&log->lock);
	if (log->mm == mm && log->owed.end_ns == end_ns && log->owed.noted.count < NOTED_WAITS) {
		wait = &log->owed.noted.waits[log->owed.noted.count++ & (NOTED_WAITS - 1)];
		wait->waiter = key->waiter;
		wait->what = key->what;
		wait->memory_of = key->memory_of;
		wait->ns = ns;
		noted = true;
	} else if (log->mm == mm && log->holds[index & (LOGGED_HOLDS - 1)].end_ns == end_ns) {
		key->holder = log->holds[index & (LOGGED_HOLDS - 1)].holder;
	}
	bpf_spin_unlock(&log->lock);
	return noted;
}

#endif /* VMALOCK_LOCK_LOG_BPF_H */
