// SPDX-License-Identifier: GPL-2.0-only
#include "model/judgement.hh"

#include <algorithm>
#include <ranges>
#include <span>
#include <string_view>

#include "model/kernel_functions.hh"
#include "model/sleep_places.hh"
#include "uapi/stacks.h"

namespace vmalock {

namespace {

struct place {
	std::string_view prefix;	///< of a function's name
	std::string_view what;
};

/**
 * Where a page fault sleeps after it has let go of the VMA lock: it will come
 * back with VM_FAULT_RETRY. Source of the rule: these call release_fault_lock()
 * first (fs/userfaultfd.c; mm/filemap.c; fault_dirty_shared_page() in mm/memory.c; mm/shmem.c),
 * since a fault under the VMA lock is a first attempt that may be retried.
 */
constexpr place after_letting_go[] = {
	{"handle_userfault", "userfaultfd"},
	{"__folio_lock_or_retry", "page lock"},
	{"balance_dirty_pages", "writeback throttling"},
	{"shmem_falloc_wait", "hole punch"},
};

/**
 * What filemap_fault() calls when it has let go, by maybe_unlock_mmap_for_io(): to read
 * ahead, to read a page, to lock one (mm/filemap.c). Where it looks for a page, makes one
 * or waits for the invalidate lock it may hold: it does for a page that is not
 * read ahead, as all of MADV_RANDOM.
 */
constexpr std::string_view file_io[] = {
	"page_cache_*", "ondemand_readahead*", "force_page_cache_*", "do_sync_mmap_readahead*",
	"do_async_mmap_readahead*", "filemap_read_folio", "read_pages", "__folio_lock*",
	"folio_wait_bit_common", "folio_wait_locked*"};

/**
 * Where a system call that takes VMA locks sleeps without one. Source of the rule:
 * madvise_willneed(), madvise_remove() and madvise_collapse() (mm/madvise.c,
 * mm/khugepaged.c) release mmap_lock first and lock no VMA; do_tcp_getsockopt()
 * (net/ipv4/tcp.c) locks the socket before find_tcp_vma().
 */
constexpr std::string_view outside_vma_lock[] = {
	"vfs_fadvise", "generic_fadvise", "vfs_fallocate", "madvise_collapse", "collapse_file",
	"__lock_sock"};

/** Where binder has the lock of a VMA, by what the names of functions have in them. */
constexpr std::string_view binder_pages[] = {
	"binder_page_lookup", "binder_install_", "binder_alloc_", "binder_get_user_page",
	"use_page", "shrink_free_page"};	// the last two are Rust's, mangled

/** Modules that are file systems, of those that map files (fs/). */
constexpr std::string_view file_systems[] = {
	"9p", "afs", "bcachefs", "btrfs", "ceph", "cifs", "coda", "ecryptfs", "erofs", "exfat",
	"ext2", "ext4", "f2fs", "fat", "fuse", "gfs2", "hfs", "hfsplus", "isofs", "jffs2", "jfs",
	"minix", "nfs", "nilfs2", "ntfs3", "ocfs2", "orangefs", "overlay", "romfs", "squashfs",
	"ubifs", "udf", "ufs", "virtiofs", "xfs", "zonefs"};

/** A stack that waits for a rw_semaphore has these innermost, on PREEMPT_RT too. */
constexpr std::string_view rwsem_functions[] = {
	"down_read*", "down_write*", "__down_read*", "__down_write*", "rwsem_*", "rwbase_*",
	"__rwbase_*", "rt_mutex_*", "__rt_mutex_*"};

/** Around which schedule() may be on top. */
constexpr std::string_view sleep_functions[] = {"schedule*", "__schedule*"};

/** What takes mmap_lock; compilers put the former into the latter, or into takers. */
constexpr std::string_view mmap_lock_takers[] = {
	"mmap_read_lock*", "mmap_write_lock*", "lock_mm_and_find_vma", "lock_next_vma*", "[vmalock]"};

template <std::size_t size>
std::string_view find(const stack_names &stack, const place (&places)[size])
{
	for (const place &place : places)
		for (const std::string &frame : stack)
			if (frame.starts_with(place.prefix))
				return place.what;
	return {};
}

bool has(const stack_names &stack, std::string_view prefix)
{
	return std::ranges::any_of(stack, [&](const std::string &frame) {
		return frame.starts_with(prefix);
	});
}

/**
 * The outermost module but vmalock's, of those called from @p outermost inwards: what it
 * calls itself, such as the disk below a file system, is its own affair.
 */
std::string module_in(const stack_names &stack, std::string_view outermost)
{
	std::string result;

	for (const std::string &frame : stack) {
		if (is_function(frame, "[vmalock]"))
			continue;
		if (!outermost.empty() && frame.starts_with(outermost))
			break;
		if (auto at = frame.find(" ["); at != frame.npos)
			result = frame.substr(at + 2, frame.size() - at - 3);
	}
	return result;
}

bool is_file_system(std::string_view module)
{
	return std::ranges::find(file_systems, module) != std::end(file_systems);
}

/**
 * What takes VMA locks in a stack: a place in the kernel, or a driver; empty if nothing
 * does.
 */
std::string holder_in(const stack_names &stack, std::string_view driver)
{
	const std::string_view kind = taker_in(stack);

	if ((kind.empty() || kind == vmalock_helper) && !driver.empty())
		return "driver " + std::string(driver);
	return std::string(kind);
}

/** The outermost module that uses vmalock's helper. */
std::string_view driver_in(const stack_names &stack, std::span<const std::string> helper_users)
{
	for (const std::string &frame : stack | std::views::reverse)
		for (const std::string &module : helper_users)
			if (frame.ends_with(" [" + module + "]"))
				return module;
	return {};
}

/** Does what takes VMA locks sleep where it has none? */
bool sleeps_outside(const stack_names &stack, std::string_view what)
{
	auto handles_pages = [](const std::string &frame) {
		return std::ranges::any_of(binder_pages, [&](std::string_view part) {
			return frame.find(part) != frame.npos;
		});
	};

	if (what == "binder" && std::ranges::none_of(stack, handles_pages))
		return true;
	return std::ranges::any_of(outside_vma_lock,
				   [&](std::string_view function) { return has(stack, function); });
}

/** Does filemap_fault() sleep without the VMA lock? */
bool reads_file(const stack_names &stack)
{
	auto outer = std::ranges::find_if(stack, [](const std::string &frame) {
		return is_function(frame, "filemap_fault");
	});

	return outer != stack.begin() && outer != stack.end() && is_one_of(*(outer - 1), file_io);
}

bool waits_for_invalidate_lock(const stack_names &stack)
{
	return place_in(stack).starts_with("filemap_fault") &&
	       std::ranges::any_of(stack, [](const std::string &frame) {
		       return is_one_of(frame, rwsem_functions);
	       });
}

std::string of_fault(std::string_view what)
{
	return std::string(page_fault) + (what.empty() ? "" : ": ") + std::string(what);
}

judgement judge_fault(const stack_names &stack)
{
	if (std::string_view what = find(stack, after_letting_go); !what.empty())
		return {lock_part::let_go, of_fault(what), true};
	// Where the compiler made shmem_falloc_wait() a part of it.
	if (has(stack, "shmem_fault") && place_in(stack).starts_with("shmem_fault"))
		return {lock_part::let_go, of_fault("hole punch"), true};
	if (reads_file(stack))
		return {lock_part::let_go, of_fault("file I/O"), true};
	if (waits_for_invalidate_lock(stack))
		return {lock_part::holds, of_fault("invalidate lock"), true};
	if (std::string_view what = sleep_place_in(stack).what; !what.empty())
		return {lock_part::holds, of_fault(what), true};
	if (std::string module = module_in(stack, "handle_mm_fault"); !module.empty())
		return {lock_part::holds, of_fault((is_file_system(module) ? "file system " : "driver ") + module),
			true};
	if (has(stack, "preempt_schedule") || has(stack, "__cond_resched"))
		return {lock_part::holds, of_fault("waits for a CPU"), true};
	return {lock_part::holds, of_fault(""), true};
}

/**
 * Whether the struct vm_fault that was found is of the fault that the thread is in. One
 * of an earlier fault can lie on the stack of a later system call, or of a fault that
 * waits for mmap_lock. A stack of full length may go on to the fault that it began with.
 */
bool is_in_fault(const met_thread &thread)
{
	return thread.address && (has(thread.stack, "handle_mm_fault") ||
				  thread.stack.size() >= VMALOCK_STACK_FRAMES);
}

} // namespace

/*
 * Source of the rule: __vma_start_exclude_readers() (mm/mmap_lock.c) asserts that a
 * writer has mmap_lock while it waits for a VMA's readers, so a reader that waited for
 * mmap_lock would wait for its own end. No path of 6.4 to 7.3 does: find_tcp_vma(),
 * try_vma_read_lock(), uffd_lock_vma() and lock_mm_and_find_vma() take it when
 * lock_vma_under_rcu() has failed, or after vma_end_read().
 *
 * Takers wait for one other rw_semaphore themselves: mfill_atomic() for map_changing_lock
 * of userfaultfd, with the VMA locked. It cannot be told from mmap_lock by name where the
 * compiler made one function of both, and nobody is named for it.
 */
bool waits_for_mmap_lock(const stack_names &stack)
{
	auto waiting = std::ranges::find_if_not(stack, [](const std::string &frame) {
		return is_one_of(frame, rwsem_functions) || is_one_of(frame, sleep_functions);
	});

	if (waiting == stack.begin() || waiting == stack.end() || is_one_of(*(waiting - 1), sleep_functions))
		return false;
	if (is_one_of(*waiting, mmap_lock_takers))
		return true;
	// It has the VMA locked; in a driver it may be the driver's own semaphore.
	if (is_function(*waiting, "handle_mm_fault") || waiting->ends_with(']'))
		return false;
	return !taker_kind(*waiting).empty();
}

judgement judge(const met_thread &thread, std::span<const std::string> helper_users)
{
	const stack_names &stack = thread.stack;

	if (is_in_fault(thread))
		return judge_fault(stack);
	// A fault of another VMA, or one that waits for mmap_lock, has an old pointer.
	std::string what = holder_in(stack, driver_in(stack, helper_users));
	if (what.empty() || what == page_fault || waits_for_mmap_lock(stack) || sleeps_outside(stack, what))
		return {lock_part::leftover, ""};
	return {lock_part::holds, std::move(what)};
}

std::string what_released(const stack_names &stack)
{
	std::string what = holder_in(stack, module_in(stack, ""));

	if (what == page_fault)
		return of_fault(has(stack, "filemap_fault") ? "file I/O" : find(stack, after_letting_go));
	return what.empty() ? "unknown" : what;
}

} // namespace vmalock
