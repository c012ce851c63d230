// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which arguments of an ioctl are no question at all.
 */
#pragma once

#include "callers/tcp/environment.h"

namespace vmalock::tcp {

/** A range of memory: of bearable length, and with an end that is a number. */
inline vmalock_tcp_refusal check_range(vmalock_u64 address, vmalock_u64 length)
{
	unsigned long end;

	if (length > VMALOCK_TCP_MAX_LENGTH)
		return VMALOCK_TCP_TOO_BIG;
	if (__builtin_add_overflow(address, length, &end))
		return VMALOCK_TCP_OVERFLOW;
	return VMALOCK_TCP_ACCEPTED;
}

inline vmalock_tcp_refusal check(const vmalock_tcp_feed &call)
{
	if (call.flags)
		return VMALOCK_TCP_INVALID;
	return check_range(call.address, call.bytes);
}

inline vmalock_tcp_refusal check(const vmalock_tcp_receive &call)
{
	if (call.flags & ~VMALOCK_TCP_TLB_CLEAN_HINT || call.reserved)
		return VMALOCK_TCP_INVALID;

	const vmalock_tcp_refusal range = check_range(call.address, call.length);
	return range ? range : check_range(call.copybuf_address, call.copybuf_len);
}

inline vmalock_tcp_refusal check(const vmalock_tcp_mode &call)
{
	return call.reserved || call.way >= VMALOCK_TCP_WAY_NR ? VMALOCK_TCP_INVALID :
								 VMALOCK_TCP_ACCEPTED;
}

inline vmalock_tcp_refusal check(const vmalock_tcp_fail &call)
{
	if (call.reserved)
		return VMALOCK_TCP_INVALID;
	return call.nth > VMALOCK_TCP_MAX_NTH ? VMALOCK_TCP_TOO_BIG : VMALOCK_TCP_ACCEPTED;
}

} // namespace vmalock::tcp
