// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What BPF headers have of the kernel and of libbpf, so that they compile for the host: each
 * access to what tasks share is a step of stepping.hh. To be included once, before them.
 */
#pragma once

#include "stepping.hh"
#include "uapi/types.h"

namespace stepped_bpf {

template <class T>
T read(const T &from)
{
	stepping::tasks::point();
	return from;
}

template <class T, class Value>
void write(T &to, Value value)
{
	stepping::tasks::point();
	to = static_cast<T>(value);
}

template <class T, class Value>
T exchange(T *to, Value value)
{
	stepping::tasks::point();
	const T before = *to;

	*to = static_cast<T>(value);
	return before;
}

template <class T, class Value>
T add(T *to, Value value)
{
	stepping::tasks::point();
	const T before = *to;

	*to += static_cast<T>(value);
	return before;
}

template <class T, class Value>
T compare_and_exchange(T *to, Value from, Value value)
{
	stepping::tasks::point();
	const T before = *to;

	if (before == from)
		*to = value;
	return before;
}

} // namespace stepped_bpf

#define VMALOCK_KERNEL_TYPES_H
#define __u32 vmalock_u32
#define __u64 vmalock_u64
#define __noinline
#define READ_ONCE(x) stepped_bpf::read(x)
#define WRITE_ONCE(x, value) stepped_bpf::write(x, value)
#define __sync_lock_test_and_set(to, value) stepped_bpf::exchange(to, value)
#define __sync_fetch_and_add(to, value) stepped_bpf::add(to, value)
#define __sync_val_compare_and_swap(to, from, value) stepped_bpf::compare_and_exchange(to, from, value)
