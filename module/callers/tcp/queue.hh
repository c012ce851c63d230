// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The receive queue: pieces of a stream, a page or a part of one each.
 */
#pragma once

#include "uapi/vmalock_tcp.h"

namespace vmalock::tcp {

/** Bytes in a page of their own. Whole if they fill it, and only then mapped. */
template <class Page>
struct piece {
	Page *page;
	vmalock_u32 offset, bytes;
};

/** First in, first out, in a ring. Owns no page: who pops frees. */
template <class Page, unsigned capacity>
class queue {
public:
	bool empty() const { return count_ == 0; }
	bool full() const { return count_ == capacity; }
	unsigned count() const { return count_; }
	vmalock_u64 bytes() const { return bytes_; }

	/** The @p nth from the front, 0 being the front. */
	const piece<Page> &operator[](unsigned nth) const
	{
		return pieces_[(first_ + nth) % capacity];
	}

	/** Not if full(). */
	void push(const piece<Page> &last)
	{
		pieces_[(first_ + count_++) % capacity] = last;
		bytes_ += last.bytes;
	}

	/** Not if empty(). What is left of the piece goes with it. */
	Page *pop()
	{
		const piece<Page> &front = pieces_[first_];

		bytes_ -= front.bytes;
		first_ = (first_ + 1) % capacity;
		count_--;
		return front.page;
	}

	/** The first @p bytes of the front piece are gone; some are left. */
	void trim_front(vmalock_u32 bytes)
	{
		piece<Page> &front = pieces_[first_];

		front.offset += bytes;
		front.bytes -= bytes;
		bytes_ -= bytes;
	}

private:
	piece<Page> pieces_[capacity];
	unsigned first_, count_;
	vmalock_u64 bytes_;
};

} // namespace vmalock::tcp
