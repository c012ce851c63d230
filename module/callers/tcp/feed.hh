// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * FEED: bytes of the caller become pieces of the stream.
 */
#pragma once

#include "callers/tcp/core.hh"

namespace vmalock::tcp {

/**
 * Queue one piece, in full or not at all. A page that will be mapped is one
 * that the caller's bytes fill to its end, so none shows what it held before.
 */
template <environment E>
vmalock_tcp_status feed_piece(E &env, stream<E> &stream, unsigned long from,
			      unsigned long bytes)
{
	if (stream.queued.full())
		return VMALOCK_TCP_FULL;
	if (env.killed())
		return VMALOCK_TCP_INTERRUPTED;

	typename E::page *page = env.fail_now() ? nullptr : env.alloc_page();
	if (!page)
		return VMALOCK_TCP_NO_MEMORY;
	if (env.fail_now() || env.copy_in(page, from, bytes) != bytes) {
		env.free_page(page);
		return VMALOCK_TCP_FAULT;
	}
	stream.queued.push({ page, 0, static_cast<vmalock_u32>(bytes) });
	return VMALOCK_TCP_DONE;
}

template <environment E>
void feed(E &env, stream<E> &stream, vmalock_tcp_feed &call)
{
	vmalock_tcp_status status = VMALOCK_TCP_DONE;

	call.fed = 0;
	while (call.fed < call.bytes) {
		const unsigned long left = call.bytes - call.fed;
		const unsigned long bytes = left < env.page_size() ? left : env.page_size();

		status = feed_piece(env, stream, call.address + call.fed, bytes);
		if (status != VMALOCK_TCP_DONE)
			break;
		call.fed += bytes;
	}
	call.status = status;
	stream.stats.fed += call.fed;
}

/** Give back what is queued, for good. */
template <environment E>
void drop(E &env, stream<E> &stream)
{
	while (!stream.queued.empty())
		env.free_page(stream.queued.pop());
}

} // namespace vmalock::tcp
