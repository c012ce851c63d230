/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The order of mmap_lock and VMA read locks, and the deadlocks that the contract of
 * docs/locking.md forbids. Two drivers, two writers and a thread that faults share an
 * address space of two VMAs. Without a macro nobody waits for ever, and no VMA changes
 * while somebody reads it. TRIES_A_SECOND is allowed too: a trylock waits for nobody.
 * Each other macro breaks the contract in one way, and then there is an end in which
 * nobody can go on; with WRITERS_DO_NOT_WAIT a VMA changes under its reader.
 *
 * mmap_lock is fair, as a rw_semaphore is: readers wait behind a writer that waits.
 */
#define VMAS 2

byte mmap_readers, mmap_writers_queued;
bool mmap_writer;
byte vma_readers[VMAS];
bool write_locked[VMAS];

inline mmap_read_lock() {
	atomic { !mmap_writer && mmap_writers_queued == 0 -> mmap_readers++ }
}

inline mmap_read_unlock() {
	mmap_readers--
}

inline mmap_write_lock() {
	mmap_writers_queued++;
	atomic {
		!mmap_writer && mmap_readers == 0 ->
		mmap_writers_queued--;
		mmap_writer = true
	}
}

/* Ends all write locks of VMAs. */
inline mmap_write_unlock() {
	atomic {
		write_locked[0] = false;
		write_locked[1] = false;
		mmap_writer = false
	}
}

/* No reader comes any more, and those that are there are waited for. */
inline vma_start_write(vma) {
	write_locked[vma] = true;
#ifndef WRITERS_DO_NOT_WAIT
	vma_readers[vma] == 0
#endif
}

/* It may fail for no reason: a sequence number can wrap. */
inline lock_vma_under_rcu(vma, locked) {
	atomic {
		if
		:: !write_locked[vma] -> locked = true; vma_readers[vma]++
		:: locked = false
		fi
	}
}

inline vma_end_read(vma) {
	vma_readers[vma]--
}

/* core/vma_lock.hh */
inline vma_start_read_unlocked(vma, locked) {
	lock_vma_under_rcu(vma, locked);
	if
	:: locked
	:: else ->
		mmap_read_lock();
		vma_readers[vma]++;
		mmap_read_unlock()
	fi
}

/* A fault that finds the VMA write-locked takes mmap_lock for all of its time. */
inline page_fault(vma, locked) {
	lock_vma_under_rcu(vma, locked);
	if
	:: locked -> vma_end_read(vma)
	:: else -> mmap_read_lock(); mmap_read_unlock()
	fi
}

proctype driver(byte vma) {
	bool locked, also;
	byte other = 1 - vma;
	byte round;

	for (round : 1 .. 2) {
#ifdef CALLS_UNDER_MMAP_LOCK
		mmap_read_lock();
#endif
		vma_start_read_unlocked(vma, locked);
#ifdef CALLS_UNDER_MMAP_LOCK
		mmap_read_unlock();
#endif
#ifdef TAKES_MMAP_LOCK
		mmap_read_lock();
		mmap_read_unlock();
#endif
#ifdef WAITS_FOR_A_SECOND
		vma_start_read_unlocked(other, also);
		vma_end_read(other);
#endif
#ifdef TRIES_A_SECOND
		lock_vma_under_rcu(other, also);
		if
		:: also -> vma_end_read(other)
		:: else
		fi;
#endif
#ifdef FAULTS
		page_fault(other, also);
#endif
		assert(vma_readers[vma] > 0);
		vma_end_read(vma)
	}
}

proctype writer(byte vma) {
	byte round;

	for (round : 1 .. 2) {
		mmap_write_lock();
		vma_start_write(vma);
		assert(vma_readers[vma] == 0);
		mmap_write_unlock()
	}
}

proctype faulter(byte vma) {
	bool locked;

	page_fault(vma, locked)
}

init {
	atomic {
		run driver(0);
		run driver(1);
		run writer(0);
		run writer(1);
		run faulter(0)
	}
}
