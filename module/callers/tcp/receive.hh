// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * RECEIVE: whole pages are mapped under the VMA lock, then, without it, the
 * short pieces that follow are copied.
 */
#pragma once

#include "callers/tcp/lookup.hh"

namespace vmalock::tcp {

template <environment E>
bool is_whole(E &env, const piece<typename E::page> &piece)
{
	return piece.bytes == env.page_size();
}

/** Unmap what is in a part of the range. While locked. */
template <environment E>
void zap(E &env, stream<E> &stream, typename E::vma *vma, unsigned long address, unsigned long bytes)
{
	env.zap(vma, address, bytes);
	stream.stats.zapped += bytes;
}

/**
 * Insert some pages. Those that went in leave the front of the queue, the others stay.
 *
 * @return DONE if all that were tried went in.
 */
template <environment E>
insertion insert_batch(E &env, stream<E> &stream, typename E::vma *vma, unsigned long address,
		       typename E::page **pages, unsigned count)
{
	if (env.fail_now())
		return { 0, VMALOCK_TCP_NO_MEMORY };

	const unsigned tried = env.fail_now() ? count / 2 : count;
	insertion result = { 0, VMALOCK_TCP_DONE };
	if (tried) {
		result = env.insert_pages(vma, address, pages, tried);
		stream.stats.batches++;
	}
	if (tried < count && result.status == VMALOCK_TCP_DONE)
		result.status = VMALOCK_TCP_PARTIAL;

	for (unsigned page = 0; page < result.inserted; page++)
		env.free_page(stream.queued.pop());
	stream.stats.pages += result.inserted;
	return result;
}

/**
 * Map the whole pages at the front of the queue, @p room bytes of them at most and
 * no more than a batch. If the hint was wrong and a page is there, unmap all that is
 * left of the range and try those again that did not go in, once: as TCP does.
 *
 * @return DONE if all that were tried went in, also if these are none.
 */
template <environment E>
insertion map_batch(E &env, stream<E> &stream, typename E::vma *vma, unsigned long address,
		    unsigned long room, bool clean_hint)
{
	typename E::page *pages[VMALOCK_TCP_BATCH_PAGES];
	unsigned count = 0;

	while (count < VMALOCK_TCP_BATCH_PAGES && count * env.page_size() < room && count < stream.queued.count() &&
	       is_whole(env, stream.queued[count])) {
		pages[count] = stream.queued[count].page;
		count++;
	}
	if (!count)
		return { 0, VMALOCK_TCP_DONE };

	const insertion first = insert_batch(env, stream, vma, address, pages, count);
	if (first.status != VMALOCK_TCP_BUSY || !clean_hint)
		return first;

	const unsigned long done = first.inserted * env.page_size();
	zap(env, stream, vma, address + done, room - done);
	stream.stats.retries++;
	const insertion second = insert_batch(env, stream, vma, address + done,
					      pages + first.inserted, count - first.inserted);
	return { first.inserted + second.inserted, second.status };
}

template <class T>
T least(T a, T b)
{
	return a < b ? a : b;
}

/**
 * Fill the range with pages, for as long as there are any. No more of it is touched
 * than the VMA has room for and pages can come for. While locked.
 */
template <environment E>
vmalock_tcp_status map_pages(E &env, stream<E> &stream, vmalock_tcp_receive &call,
			     typename E::vma *vma)
{
	const unsigned long room = env.vma_end(vma) - call.address;
	const unsigned long queued = stream.queued.bytes() & ~(env.page_size() - 1);
	const unsigned long bytes = least(least<unsigned long>(call.length, room), queued);
	const bool clean_hint = call.flags & VMALOCK_TCP_TLB_CLEAN_HINT;

	if (bytes && !clean_hint)
		zap(env, stream, vma, call.address, bytes);
	while (call.mapped < bytes) {
		if (env.killed())
			return VMALOCK_TCP_INTERRUPTED;

		const insertion batch = map_batch(env, stream, vma, call.address + call.mapped,
						  bytes - call.mapped, clean_hint);
		call.mapped += batch.inserted * env.page_size();
		if (batch.status != VMALOCK_TCP_DONE)
			return batch.status;
		if (!batch.inserted)
			return VMALOCK_TCP_SHORT_PIECE;
	}
	if (call.mapped == call.length)
		return VMALOCK_TCP_DONE;
	if (call.mapped == room)
		return VMALOCK_TCP_CLIPPED;
	return stream.queued.empty() ? VMALOCK_TCP_EMPTY : VMALOCK_TCP_SHORT_PIECE;
}

/** Find the VMA and fill it. Nothing is locked before and after. */
template <environment E>
vmalock_tcp_status map(E &env, stream<E> &stream, vmalock_tcp_receive &call)
{
	if (call.length == 0)
		return VMALOCK_TCP_DONE;
	if ((call.address | call.length) & (env.page_size() - 1))
		return VMALOCK_TCP_UNALIGNED;

	const kept_vma<E> kept = start_read(env, stream, call.address);
	if (!kept.vma)
		return VMALOCK_TCP_HOLE;

	const vmalock_tcp_status status = env.vma_is_ours(kept.vma) ?
		map_pages(env, stream, call, kept.vma) : VMALOCK_TCP_FOREIGN;

	end_read(env, kept);
	return status;
}

/**
 * Copy short pieces until a whole page comes. What arrived is consumed, and
 * what did not stays in front: a fault in the middle loses no byte.
 */
template <environment E>
vmalock_tcp_status copy(E &env, stream<E> &stream, vmalock_tcp_receive &call)
{
	while (call.copied < call.copybuf_len) {
		if (env.killed())
			return VMALOCK_TCP_INTERRUPTED;
		if (stream.queued.empty())
			return VMALOCK_TCP_EMPTY;
		if (is_whole(env, stream.queued[0]))
			return VMALOCK_TCP_WHOLE_PAGE;

		const piece<typename E::page> front = stream.queued[0];
		const unsigned long room = call.copybuf_len - call.copied;
		const unsigned long bytes = front.bytes < room ? front.bytes : room;
		const unsigned long tried = env.fail_now() ? bytes / 2 : bytes;
		const unsigned long arrived = env.copy_out(call.copybuf_address + call.copied,
							   front.page, front.offset, tried);

		call.copied += arrived;
		if (arrived == front.bytes)
			env.free_page(stream.queued.pop());
		else
			stream.queued.trim_front(arrived);
		if (arrived < bytes)
			return VMALOCK_TCP_FAULT;
	}
	return VMALOCK_TCP_DONE;
}

/** The bytes in front of the first whole page. */
template <environment E>
vmalock_u64 skip_hint(E &env, const stream<E> &stream)
{
	vmalock_u64 bytes = 0;

	for (unsigned nth = 0; nth < stream.queued.count(); nth++) {
		if (is_whole(env, stream.queued[nth]))
			break;
		bytes += stream.queued[nth].bytes;
	}
	return bytes;
}

/** Whether what ended the mapping ends the call. */
inline bool ends_call(vmalock_tcp_status status)
{
	return status == VMALOCK_TCP_UNALIGNED || status == VMALOCK_TCP_HOLE ||
	       status == VMALOCK_TCP_FOREIGN || status == VMALOCK_TCP_INTERRUPTED;
}

template <environment E>
void receive(E &env, stream<E> &stream, vmalock_tcp_receive &call)
{
	call.mapped = 0;
	call.copied = 0;

	const vmalock_tcp_status mapping = map(env, stream, call);
	call.status = mapping;
	call.copy_status = ends_call(mapping) ? mapping : copy(env, stream, call);

	call.recv_skip_hint = skip_hint(env, stream);
	call.inq = stream.queued.bytes();
	stream.stats.mapped += call.mapped;
	stream.stats.copied += call.copied;
}

} // namespace vmalock::tcp
