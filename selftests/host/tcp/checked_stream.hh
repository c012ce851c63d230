// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A stream under test. Each call is held to the books: the sizes of the pieces
 * that must be queued, and what the VMAs and the buffer really hold.
 */
#pragma once

#include <memory>
#include <numeric>

#include "callers/tcp/feed.hh"
#include "callers/tcp/receive.hh"
#include "world.hh"

namespace tcp_simulator {

template <class Environment = simulated>
class checked_stream {
public:
	explicit checked_stream(vmalock_tcp_way way = VMALOCK_TCP_WAY_WAIT)
	{
		stream_->stats.way = way;
	}

	vmalock_tcp_feed feed(unsigned long bytes)
	{
		vmalock_tcp_feed call = {};

		call.address = fed;
		call.bytes = bytes;
		vmalock::tcp::feed<Environment>(env_, *stream_, call);

		check(call.fed <= bytes, "more was fed than there was");
		check((call.status == VMALOCK_TCP_DONE) == (call.fed == bytes), "fed, it says");
		check(call.fed == bytes || call.fed % page_size == 0, "a piece was cut");
		check(call.status != VMALOCK_TCP_FULL || sizes_.size() + call.fed / page_size ==
			      Environment::queue_pieces, "full, it says");
		for (unsigned long left = call.fed; left; left -= sizes_.back())
			sizes_.push_back(std::min(left, page_size));
		fed += call.fed;
		check_books();
		return call;
	}

	vmalock_tcp_receive receive(unsigned long address, unsigned long length,
				    unsigned long copybuf_len = 0, vmalock_u32 flags = 0)
	{
		const auto before = world.vmas;
		const unsigned long queued = (fed - taken) / page_size * page_size;
		const unsigned long met = world.met_pages;
		vmalock_tcp_receive call = {};

		call.address = address;
		call.length = length;
		call.copybuf_address = world::buffer_start;
		call.copybuf_len = copybuf_len;
		call.flags = flags;
		world.buffer.clear();
		vmalock::tcp::receive<Environment>(env_, *stream_, call);

		check(!world.locked && !world.mmap_locked, "a lock is still held");
		const unsigned long room = room_at(call);
		const bool zapped = !flags || world.met_pages > met;
		check_memory(before, call, room, zapped ? std::min(room, queued) : call.mapped);
		check(world.met_pages - met <= (flags ? 1 : 0), "a page was in the way, and stayed");
		take_mapped(call.mapped);
		check_mapping_status(call, room);
		take_copied(call.copied);
		check_copy_status(call);
		check(call.inq == fed - taken, "bytes queued, it says");
		check(call.recv_skip_hint == leading_short(), "bytes to skip, it says");
		check_books();
		return call;
	}

	/** The file is closed; whatever was fed is gone, and no page is left. */
	void drop()
	{
		vmalock::tcp::drop<Environment>(env_, *stream_);
		check(world.held_pages == 0, "pages are left when the stream is gone");
	}

	const vmalock_tcp_stats &stats() const { return stream_->stats; }

	tcp_simulator::world world;
	unsigned long fed = 0, taken = 0;

private:
	void check(bool rule, const char *broken)
	{
		if (!rule)
			throw violation(broken);
	}

	/** Of the range asked for, the part in a VMA of ours; 0 if none was found. */
	unsigned long room_at(const vmalock_tcp_receive &call)
	{
		const vma *found = world.find(call.address);

		if (call.status == VMALOCK_TCP_HOLE || !found || !found->ours ||
		    call.address % page_size || call.length % page_size)
			return 0;
		return std::min<unsigned long>(call.length, found->end - call.address);
	}

	/** Of the room, @p changed bytes hold what was mapped, and nothing else; all else is as it was. */
	void check_memory(const std::deque<vma> &before, const vmalock_tcp_receive &call,
			  unsigned long room, unsigned long changed)
	{
		check(call.mapped <= room && call.mapped % page_size == 0, "mapped, it says");
		for (std::size_t n = 0; n < before.size(); n++) {
			const vma &was = before[n], &is = world.vmas[n];
			for (unsigned long at = was.start; at < was.end; at += page_size) {
				const bool in_room = call.address <= at && at - call.address < changed;
				const page *found = find(is, at);
				if (!in_room)
					check(found == find(was, at), "a page outside the range changed");
				else if (at - call.address < call.mapped)
					check(found && holds(*found, taken + at - call.address),
					      "a page mapped has the wrong bytes");
				else
					check(!found, "a page is left behind what was mapped");
			}
		}
		check(world.buffer.size() == call.copied && call.copied <= call.copybuf_len,
		      "copied, it says");
		for (std::size_t byte = 0; byte < call.copied; byte++)
			check(world.buffer[byte] == pattern(taken + call.mapped + byte),
			      "a byte copied is wrong");
	}

	static const page *find(const vma &vma, unsigned long address)
	{
		const auto found = vma.pages.find(address);
		return found == vma.pages.end() ? nullptr : found->second;
	}

	static bool holds(const page &page, unsigned long position)
	{
		for (unsigned long byte = 0; byte < page_size; byte++)
			if (page.bytes[byte] != pattern(position + byte))
				return false;
		return true;
	}

	void take_mapped(unsigned long bytes)
	{
		for (; bytes; bytes -= page_size) {
			check(!sizes_.empty() && sizes_.front() == page_size, "a short piece was mapped");
			sizes_.pop_front();
			taken += page_size;
		}
	}

	void take_copied(unsigned long bytes)
	{
		while (bytes) {
			check(!sizes_.empty() && sizes_.front() < page_size, "a whole page was copied");
			const unsigned long part = std::min(bytes, sizes_.front());
			if ((sizes_.front() -= part) == 0)
				sizes_.pop_front();
			bytes -= part;
			taken += part;
		}
	}

	/** Mapping stops for one reason, and that reason holds. */
	void check_mapping_status(const vmalock_tcp_receive &call, unsigned long room)
	{
		const vma *found = world.find(call.address);
		const bool more = call.mapped < room;
		bool holds = false;

		switch (call.status) {
		case VMALOCK_TCP_DONE:
			holds = call.mapped == call.length;
			break;
		case VMALOCK_TCP_CLIPPED:
			holds = !more && call.mapped < call.length;
			break;
		case VMALOCK_TCP_EMPTY:
			holds = more && sizes_.empty();
			break;
		case VMALOCK_TCP_SHORT_PIECE:
			holds = more && !sizes_.empty() && sizes_.front() < page_size;
			break;
		case VMALOCK_TCP_UNALIGNED:
			holds = (call.address | call.length) % page_size;
			break;
		case VMALOCK_TCP_HOLE:
			holds = !found || world.failed;
			break;
		case VMALOCK_TCP_FOREIGN:
			holds = found && !found->ours;
			break;
		case VMALOCK_TCP_PARTIAL:
		case VMALOCK_TCP_NO_MEMORY:
			holds = more && (world.failed || (world.insertions_left == 0 &&
							  world.insertion_error == call.status));
			break;
		case VMALOCK_TCP_INTERRUPTED:
			holds = more && world.life_left == 0;
			break;
		}
		check(holds, "why mapping stopped, it says");
		ended_ = call.status == VMALOCK_TCP_UNALIGNED || call.status == VMALOCK_TCP_HOLE ||
			 call.status == VMALOCK_TCP_FOREIGN || call.status == VMALOCK_TCP_INTERRUPTED;
	}

	void check_copy_status(const vmalock_tcp_receive &call)
	{
		const bool more = call.copied < call.copybuf_len;
		bool holds = false;

		if (ended_) {
			check(call.copy_status == call.status && !call.copied, "the call did not end");
			return;
		}
		switch (call.copy_status) {
		case VMALOCK_TCP_DONE:
			holds = !more;
			break;
		case VMALOCK_TCP_EMPTY:
			holds = more && sizes_.empty();
			break;
		case VMALOCK_TCP_WHOLE_PAGE:
			holds = more && !sizes_.empty() && sizes_.front() == page_size;
			break;
		case VMALOCK_TCP_FAULT:
			holds = more && (world.failed ||
					 world::buffer_start + call.copied == world.buffer_end);
			break;
		case VMALOCK_TCP_INTERRUPTED:
			holds = more && world.life_left == 0;
			break;
		}
		check(holds, "why copying stopped, it says");
	}

	unsigned long leading_short() const
	{
		unsigned long bytes = 0;
		for (unsigned long size : sizes_) {
			if (size == page_size)
				break;
			bytes += size;
		}
		return bytes;
	}

	/** Bytes fed = mapped + copied + queued, by each of three counts. */
	void check_books()
	{
		const vmalock_tcp_stats &stats = stream_->stats;
		const unsigned long queued = std::accumulate(sizes_.begin(), sizes_.end(), 0ul);

		check(fed == taken + queued, "the books do not add up");
		check(stats.fed == fed && stats.mapped + stats.copied == taken,
		      "bytes are lost in the statistics");
		check(stream_->queued.bytes() == queued, "bytes are lost in the queue");
		check(stats.pages * page_size == stats.mapped, "pages are lost in the statistics");
		check(world.held_pages == sizes_.size(), "a page is held for nothing, or freed too early");
	}

	Environment env_{ world };
	// On the heap and all zero, as the driver makes it.
	std::unique_ptr<vmalock::tcp::stream<Environment>> stream_ =
		std::make_unique<vmalock::tcp::stream<Environment>>();
	std::deque<unsigned long> sizes_;
	bool ended_ = false;
};

} // namespace tcp_simulator
