// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The core bound to the kernel: the environment that environment.c provides,
 * and the functions that tcp.c calls.
 */
#include "callers/tcp/check.hh"
#include "callers/tcp/environment.h"
#include "callers/tcp/feed.hh"
#include "callers/tcp/receive.hh"

namespace {

struct kernel {
	using page = ::page;
	using vma = vm_area_struct;

	static constexpr unsigned queue_pieces = VMALOCK_TCP_QUEUE_PIECES;

	unsigned long page_size() { return vmalock_tcp_page_size; }
	bool killed() { return vmalock_tcp_env_killed(); }
	bool fail_now() { return vmalock_tcp_env_fail_now(file); }
	page *alloc_page() { return vmalock_tcp_env_alloc_page(); }
	void free_page(page *page) { vmalock_tcp_env_free_page(page); }
	unsigned long copy_in(page *page, unsigned long from, unsigned long bytes)
	{
		return vmalock_tcp_env_copy_in(page, from, bytes);
	}
	unsigned long copy_out(unsigned long to, page *page, unsigned long offset,
			       unsigned long bytes)
	{
		return vmalock_tcp_env_copy_out(to, page, offset, bytes);
	}
	vma *vma_start_read_unlocked(unsigned long address)
	{
		return vmalock_tcp_env_vma_start_read_unlocked(address);
	}
	vma *lock_vma_under_rcu(unsigned long address)
	{
		return vmalock_tcp_env_lock_vma_under_rcu(address);
	}
	void vma_end_read(vma *vma) { vmalock_tcp_env_vma_end_read(vma); }
	void mmap_read_lock() { vmalock_tcp_env_mmap_read_lock(); }
	void mmap_read_unlock() { vmalock_tcp_env_mmap_read_unlock(); }
	vma *vma_lookup(unsigned long address) { return vmalock_tcp_env_vma_lookup(address); }
	bool vma_is_ours(vma *vma) { return vmalock_tcp_env_vma_is_of(vma, file); }
	unsigned long vma_end(vma *vma) { return vmalock_tcp_env_vma_end(vma); }
	void zap(vma *vma, unsigned long address, unsigned long bytes)
	{
		vmalock_tcp_env_zap(vma, address, bytes);
	}
	vmalock::tcp::insertion insert_pages(vma *vma, unsigned long address, page **pages,
					     unsigned count)
	{
		unsigned long left = count;
		const vmalock_tcp_status status =
			vmalock_tcp_env_insert_pages(vma, address, pages, &left);

		return { static_cast<unsigned>(count - left), status };
	}

	vmalock_tcp_file *file;
};

} // namespace

struct vmalock_tcp_stream : vmalock::tcp::stream<kernel> {};

const unsigned long vmalock_tcp_stream_size = sizeof(vmalock_tcp_stream);

vmalock_tcp_refusal vmalock_tcp_check_feed(const vmalock_tcp_call *call)
{
	return vmalock::tcp::check(call->feed);
}

vmalock_tcp_refusal vmalock_tcp_check_receive(const vmalock_tcp_call *call)
{
	return vmalock::tcp::check(call->receive);
}

vmalock_tcp_refusal vmalock_tcp_check_mode(const vmalock_tcp_call *call)
{
	return vmalock::tcp::check(call->mode);
}

vmalock_tcp_refusal vmalock_tcp_check_fail(const vmalock_tcp_call *call)
{
	return vmalock::tcp::check(call->fail);
}

void vmalock_tcp_run_feed(vmalock_tcp_stream *stream, vmalock_tcp_file *file,
			  vmalock_tcp_call *call)
{
	kernel env{ file };

	vmalock::tcp::feed<kernel>(env, *stream, call->feed);
}

void vmalock_tcp_run_receive(vmalock_tcp_stream *stream, vmalock_tcp_file *file,
			     vmalock_tcp_call *call)
{
	kernel env{ file };

	vmalock::tcp::receive<kernel>(env, *stream, call->receive);
}

void vmalock_tcp_run_mode(vmalock_tcp_stream *stream, vmalock_tcp_file *, vmalock_tcp_call *call)
{
	stream->stats.way = call->mode.way;
}

void vmalock_tcp_run_stats(vmalock_tcp_stream *stream, vmalock_tcp_file *, vmalock_tcp_call *call)
{
	call->stats = stream->stats;
	call->stats.queued = stream->queued.bytes();
}

void vmalock_tcp_drop(vmalock_tcp_stream *stream, vmalock_tcp_file *file)
{
	kernel env{ file };

	vmalock::tcp::drop<kernel>(env, *stream);
}
