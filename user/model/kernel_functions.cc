// SPDX-License-Identifier: GPL-2.0-only
#include "model/kernel_functions.hh"

#include <algorithm>

namespace vmalock {

namespace {

/**
 * Behind each: where lock_vma_under_rcu(), lock_next_vma() or vma_start_read_locked() is
 * called. Where compilers put that function into its callers, these are listed too.
 */
constexpr vma_lock_taker takers[] = {
	{"do_user_addr_fault", page_fault},	// x86
	{"exc_page_fault", page_fault},		// x86, around do_user_addr_fault()
	{"do_page_fault", page_fault},		// arm64
	{"handle_mm_fault", page_fault},	// has the lock of these; deep stacks end here

	{"find_tcp_vma", "tcp zerocopy"},	// net/ipv4/tcp.c
	{"tcp_zerocopy_receive", "tcp zerocopy"},	// calls find_tcp_vma()
	{"do_tcp_getsockopt", "tcp zerocopy"},	// the only one to call tcp_zerocopy_receive()

	{"try_vma_read_lock", "madvise"},	// mm/madvise.c, calls it
	{"madvise_*", "madvise"},		// madvise_walk_vmas() calls try_vma_read_lock()
	{"do_madvise", "madvise"},		// around madvise_walk_vmas()

	{"uffd_*", "userfaultfd"},		// uffd_lock_vma(), uffd_move_lock()
	{"mfill_*", "userfaultfd"},		// mfill_atomic() calls uffd_mfill_lock()
	{"move_pages", "userfaultfd"},		// calls uffd_move_lock()

	{"damon_va_*", "damon"},		// damon_va_walk_page_range()
	{"damos_va_*", "damon"},		// damos_va_migrate() calls that, damos_va_stat() too

	{"binder_*", "binder"},			// binder_page_lookup(), binder_alloc_free_page()
	{"[binder_linux]", "binder"},		// the same, as Debian's module
	{"[rust_binder]", "binder"},		// use_page_slow(), rust_shrink_free_page()

	{"bpf_iter_task_vma_*", "bpf"},		// bpf_iter_task_vma_next(), a kfunc
	{"stack_map_*", "bpf"},			// stack_map_lock_vma(), for build ids

	{"m_start", "proc maps"},		// proc_get_vma() calls lock_next_vma()
	{"m_next", "proc maps"},		// the same, for the next line
	{"show_map*", "proc maps"},		// prints with the lock of m_start()
	{"show_smap", "proc maps"},		// walks the page table with it
	{"show_numa_map", "proc maps"},		// the same
	{"do_procmap_query", "proc maps"},	// query_vma_find_by_addr(), an ioctl

	{"[vmalock]", vmalock_helper},		// vmalock_vma_start_read_unlocked()
};

constexpr std::string_view user_faults[] = {"do_user_addr_fault", "exc_page_fault", "do_page_fault"};

/** Functions that say how a task waits, wakes or was traced, and not what for. */
constexpr std::string_view plumbing[] = {
	// BPF: programs, trampolines and what calls them.
	"bpf_prog_*", "bpf_trampoline_*", "bpf_trace_run*", "__bpf_trace_*", "__bpf_prog_*",
	// Other ways to a program: tracepoints, ftrace, kprobes.
	"__traceiter_*", "ftrace_*", "fprobe_*", "kprobe_multi_*", "kprobe_ftrace_*", "rethook_*",
	"arch_rethook_*", "return_to_handler", "[bpf]", "[__builtin__ftrace]", "[__builtin__kprobes]",
	// kernel/sched, and the interrupts that call it.
	"schedule", "schedule_timeout*", "schedule_hrtimeout*", "schedule_preempt_disabled",
	"schedule_rtlock*", "__schedule*", "io_schedule*", "preempt_schedule*", "__cond_resched*",
	"irqentry_exit*", "raw_irqentry_exit*", "sysvec_*", "asm_sysvec_*", "common_interrupt",
	"asm_common_interrupt", "wake_up_*", "__wake_up_*", "try_to_wake_up", "default_wake_function",
	"autoremove_wake_function",
	// Waits for what callers name: rcuwait, completions, bits, time.
	"rcuwait_*", "wait_for_completion*", "wait_for_common*", "__wait_for_common*",
	"do_wait_for_common*", "__wait_on_bit*", "out_of_line_wait_on_bit*", "bit_wait*", "msleep*",
	"usleep_range*",
	// kernel/locking: rw_semaphore, on PREEMPT_RT too, mutex, percpu_rw_semaphore.
	"down_read*", "down_write*", "__down_read*", "__down_write*", "up_read*", "up_write*",
	"__up_read*", "__up_write*", "downgrade_write", "__downgrade_write", "rwsem_*", "rwbase_*",
	"__rwbase_*", "rt_mutex_*", "__rt_mutex_*", "rtlock_*", "mutex_lock*", "__mutex_lock*",
	"mutex_unlock", "__mutex_unlock*", "percpu_rwsem_*", "percpu_down_*", "__percpu_down_*",
	"percpu_up_*", "__percpu_up_*",
	// mmap_lock and its tracepoints.
	"mmap_read_*", "mmap_write_*", "__mmap_lock_*", "vma_end_write_all",
	// VMA locks: readers.
	"lock_vma_under_rcu", "lock_next_vma", "vma_start_read*", "vma_end_read", "vma_refcount_put",
	// VMA locks: writers.
	"vma_start_write*", "__vma_start_write*", "__vma_start_exclude_readers",
	"__vma_end_exclude_readers", "__vma_exclude_readers_for_detach", "__vma_enter_locked",
	"__vma_exit_locked", "vma_mark_detached",
	// The module, which does the same for drivers.
	"[vmalock]",
};

} // namespace

bool is_function(std::string_view frame, std::string_view pattern)
{
	const std::size_t module = frame.find(" [");

	if (module != frame.npos)
		return frame.substr(module + 1) == pattern;
	if (pattern.ends_with('*'))
		return frame.starts_with(pattern.substr(0, pattern.size() - 1));
	return frame.substr(0, frame.find('.')) == pattern;
}

bool is_one_of(std::string_view frame, std::span<const std::string_view> patterns)
{
	return std::ranges::any_of(patterns, [=](std::string_view pattern) {
		return is_function(frame, pattern);
	});
}

bool handles_user_faults(std::string_view frame)
{
	return is_one_of(frame, user_faults);
}

std::span<const vma_lock_taker> vma_lock_takers()
{
	return takers;
}

std::string_view taker_kind(std::string_view frame)
{
	auto found = std::ranges::find_if(takers, [=](const vma_lock_taker &taker) {
		return is_function(frame, taker.function);
	});

	return found == std::end(takers) ? std::string_view() : found->kind;
}

std::string_view taker_in(std::span<const std::string> stack)
{
	for (const std::string &frame : stack)
		if (std::string_view kind = taker_kind(frame); !kind.empty())
			return kind;
	return {};
}

std::string_view caller_kind(std::string_view function, std::string_view module)
{
	if (function.empty())
		return unknown_caller;
	std::string frame(function);
	if (!module.empty())
		frame.append(" [").append(module).append("]");
	const std::string_view kind = taker_kind(frame);

	return kind.empty() ? function : kind;
}

std::vector<std::string_view> caller_kinds()
{
	std::vector<std::string_view> result;

	for (const vma_lock_taker &taker : takers)
		if (result.empty() || result.back() != taker.kind)
			result.push_back(taker.kind);
	result.push_back(unknown_caller);
	return result;
}

std::span<const std::string> without_plumbing(std::span<const std::string> stack)
{
	auto first = std::ranges::find_if_not(stack, [](std::string_view frame) {
		return is_one_of(frame, plumbing);
	});

	return first == stack.end() ? stack : stack.subspan(static_cast<std::size_t>(first - stack.begin()));
}

std::string place_in(std::span<const std::string> stack)
{
	return stack.empty() ? std::string() : without_plumbing(stack).front();
}

} // namespace vmalock
