// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the TCP-like caller needs from the world around it, and what it knows
 * of one stream.
 */
#pragma once

#include "callers/tcp/queue.hh"
#include "core/environment.hh"
#include "uapi/vmalock_tcp.h"

namespace vmalock::tcp {

/** What insert_pages() did: the first @c inserted pages; status is DONE if all. */
struct insertion {
	unsigned inserted;
	vmalock_tcp_status status;
};

/**
 * The environment of one call on one stream. Addresses are of the calling
 * task's memory. All of it runs in that task, which may sleep and holds the
 * stream's mutex; "locked" is: a VMA is read-locked, or mmap_lock is.
 *
 * page_size(), queue_pieces
 *	Bytes of a page; how many pieces a stream may queue.
 * killed()
 *	Is a fatal signal pending?
 * fail_now()
 *	Does a test want the operation to fail that comes next? Asked once
 *	before each allocation, lookup, insertion and copy.
 * alloc_page(), free_page(page)
 *	A page that nobody else knows, or null; drop our hold on it. A page
 *	that was inserted lives on in its mapping.
 * copy_in(page, from, bytes), copy_out(to, page, offset, bytes)
 *	Copy between the task's memory and a page; how many bytes arrived.
 *	May fault, hence take mmap_lock: never while locked.
 * vma_start_read_unlocked(address)
 *	Read-lock the VMA there, waiting for writers; null: nothing is mapped.
 *	Never while locked.
 * lock_vma_under_rcu(address)
 *	The trylock: null says nothing about why.
 * vma_end_read(vma)
 *	Undo either. The VMA may be gone right after.
 * mmap_read_lock(), mmap_read_unlock()
 *	mmap_lock of the task's memory, for read. Never while locked.
 * vma_lookup(address)
 *	The VMA there, or null. Under mmap_lock.
 * vma_is_ours(vma), vma_end(vma)
 *	Was it made by mmap() of this stream? Where does it end? While locked.
 * zap(vma, address, bytes)
 *	Unmap the pages in the range. While locked.
 * insert_pages(vma, address, pages, count)
 *	Map pages one after the other, from the first on, until one does not
 *	go in; each that does is held by its mapping from then on. PARTIAL, BUSY
 *	or NO_MEMORY says why it stopped. While locked.
 */
template <class E>
concept environment = requires(E &env, typename E::page *page, typename E::page **pages,
			       typename E::vma *vma, unsigned long n) {
	{ env.page_size() } -> same<unsigned long>;
	requires E::queue_pieces > 0;
	{ env.killed() } -> same<bool>;
	{ env.fail_now() } -> same<bool>;
	{ env.alloc_page() } -> same<typename E::page *>;
	{ env.free_page(page) } -> same<void>;
	{ env.copy_in(page, n, n) } -> same<unsigned long>;
	{ env.copy_out(n, page, n, n) } -> same<unsigned long>;
	{ env.vma_start_read_unlocked(n) } -> same<typename E::vma *>;
	{ env.lock_vma_under_rcu(n) } -> same<typename E::vma *>;
	{ env.vma_end_read(vma) } -> same<void>;
	{ env.mmap_read_lock() } -> same<void>;
	{ env.mmap_read_unlock() } -> same<void>;
	{ env.vma_lookup(n) } -> same<typename E::vma *>;
	{ env.vma_is_ours(vma) } -> same<bool>;
	{ env.vma_end(vma) } -> same<unsigned long>;
	{ env.zap(vma, n, n) } -> same<void>;
	{ env.insert_pages(vma, n, pages, unsigned{}) } -> same<insertion>;
};

/**
 * A stream: bytes on their way, and counters. Written under the stream's mutex
 * only. All zero is a new one, so it needs no constructor.
 */
template <environment E>
struct stream {
	queue<typename E::page, E::queue_pieces> queued;
	vmalock_tcp_stats stats;	/**< but for queued and what C counts */
};

} // namespace vmalock::tcp
