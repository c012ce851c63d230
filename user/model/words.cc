// SPDX-License-Identifier: GPL-2.0-only
#include "model/words.hh"

#include <array>

namespace vmalock {

std::string_view word_for(vmalock_abort_reason reason)
{
	switch (reason) {
	case VMALOCK_ABORT_UNMAPPED: return "nothing mapped there";
	case VMALOCK_ABORT_WRITE_LOCKED: return "write-locked";
	case VMALOCK_ABORT_READERS_EXCLUDED: return "readers excluded";
	case VMALOCK_ABORT_MOVED: return "range moved";
	case VMALOCK_ABORT_DETACHED: return "detached";
	case VMALOCK_ABORT_OTHER_MM: return "reused by another mm";
	case VMALOCK_ABORT_SATURATED: return "reader count saturated";
	case VMALOCK_ABORT_GONE: return "gone when we looked";
	case VMALOCK_ABORT_UNREADABLE: return "tree changed as we looked";
	case VMALOCK_ABORT_REASON_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vmalock_fallback cause)
{
	switch (cause) {
	case VMALOCK_RETRY_IO: return "read from disk or swap";
	case VMALOCK_RETRY_PAGE: return "page locked or being read";
	case VMALOCK_RETRY_USERFAULTFD: return "userfaultfd";
	case VMALOCK_RETRY_ANON_VMA: return "first anon_vma, mmap_lock taken";
	case VMALOCK_RETRY_HANDLER: return "fault handler needs mmap_lock";
	case VMALOCK_RETRY_OTHER: return "other";
	case VMALOCK_RETRY_GONE: return "gone when we looked";
	case VMALOCK_BYPASS_KERNEL: return "access by the kernel";
	case VMALOCK_BYPASS_GUP: return "get_user_pages";
	case VMALOCK_FALLBACK_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vmalock_outcome outcome)
{
	switch (outcome) {
	case VMALOCK_OUTCOME_FAST: return "fast";
	case VMALOCK_OUTCOME_WAITED: return "waited";
	case VMALOCK_OUTCOME_UNMAPPED: return "unmapped";
	case VMALOCK_OUTCOME_INTERRUPTED: return "interrupted";
	case VMALOCK_OUTCOME_SATURATED: return "saturated";
	case VMALOCK_OUTCOME_TRYLOCK: return "trylock";
	case VMALOCK_OUTCOME_REFUSED: return "refused";
	case VMALOCK_OUTCOME_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vmalock_loss cause)
{
	switch (cause) {
	case VMALOCK_LOSS_COUNTS_FULL: return "faults beyond the table's size";
	case VMALOCK_LOSS_ABORTS_FULL: return "aborts beyond the table's size";
	case VMALOCK_LOSS_TARGETS_FULL: return "children not followed";
	case VMALOCK_LOSS_FALLBACKS_FULL: return "causes beyond the table's size";
	case VMALOCK_LOSS_BLAMES_FULL: return "aborts by writers beyond the table's size";
	case VMALOCK_LOSS_STACKS_FULL: return "stacks of writers beyond the table's size";
	case VMALOCK_LOSS_TIMES_FULL: return "times of processes beyond the table's size";
	case VMALOCK_LOSS_TASKS_FULL: return "write locks, waits and times, because memory ran out";
	case VMALOCK_LOSS_WAITING_FULL: return "waits of writers beyond those followed at once";
	case VMALOCK_LOSS_WAITS_FULL: return "waits of writers that were not fetched in time";
	case VMALOCK_LOSS_RETURNS: return "calls whose return could not be seen";
	case VMALOCK_LOSS_EVENTS_FULL: return "events that were not fetched in time";
	case VMALOCK_LOSS_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vmalock_writer_state state)
{
	switch (state) {
	case VMALOCK_WRITER_SEEN: return "seen until it let go: everything is known";
	case VMALOCK_WRITER_LEFT: return "about to let go: no stack, no time";
	case VMALOCK_WRITER_UNSEEN: return "there before tracing began: no stack, no time";
	case VMALOCK_WRITER_CROWDED: return "blocking too many at once: no stack, no time";
	case VMALOCK_WRITER_GONE: return "gone when we looked: unknown";
	case VMALOCK_WRITER_HOLDING: return "still there: stack, and the time so far";
	case VMALOCK_WRITER_STATE_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vmalock_time what)
{
	switch (what) {
	case VMALOCK_MMAP_WRITE_HELD: return "held for write";
	case VMALOCK_MMAP_READ_FAULT: return "blocked to read, fault";
	case VMALOCK_MMAP_READ_OTHER: return "blocked to read, other";
	case VMALOCK_MMAP_WRITE_FAULT: return "blocked to write, fault";
	case VMALOCK_MMAP_WRITE_OTHER: return "blocked to write, other";
	case VMALOCK_FAULT_VMA_LOCK: return "under the VMA lock";
	case VMALOCK_FAULT_RETRIED: return "came back, mmap_lock";
	case VMALOCK_FAULT_ABORTED: return "refused, mmap_lock";
	case VMALOCK_FAULT_BYPASSED: return "never tried, mmap_lock";
	case VMALOCK_TIME_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_writer_state state)
{
	switch (state) {
	case VMALOCK_WRITER_SEEN: return "seen";
	case VMALOCK_WRITER_LEFT: return "left";
	case VMALOCK_WRITER_UNSEEN: return "unseen";
	case VMALOCK_WRITER_CROWDED: return "crowded";
	case VMALOCK_WRITER_GONE: return "gone";
	case VMALOCK_WRITER_HOLDING: return "holding";
	case VMALOCK_WRITER_STATE_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_time what)
{
	switch (what) {
	case VMALOCK_MMAP_WRITE_HELD: return "write_held";
	case VMALOCK_MMAP_READ_FAULT: return "read_blocked_page_fault";
	case VMALOCK_MMAP_READ_OTHER: return "read_blocked_other";
	case VMALOCK_MMAP_WRITE_FAULT: return "write_blocked_page_fault";
	case VMALOCK_MMAP_WRITE_OTHER: return "write_blocked_other";
	case VMALOCK_FAULT_VMA_LOCK: return "vma_lock";
	case VMALOCK_FAULT_RETRIED: return "retried";
	case VMALOCK_FAULT_ABORTED: return "aborted";
	case VMALOCK_FAULT_BYPASSED: return "bypassed";
	case VMALOCK_TIME_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vmalock_mapping_kind kind)
{
	switch (kind) {
	case VMALOCK_MAPPING_NONE: return "[none, or gone]";
	case VMALOCK_MAPPING_ANONYMOUS: return "[anonymous]";
	case VMALOCK_MAPPING_HEAP: return "[heap]";
	case VMALOCK_MAPPING_STACK: return "[stack]";
	case VMALOCK_MAPPING_SPECIAL: return "[special]";
	case VMALOCK_MAPPING_FILE: return "file";
	case VMALOCK_MAPPING_KIND_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_by by)
{
	switch (by) {
	case VMALOCK_BY_PROCESS: return "process";
	case VMALOCK_BY_THREAD: return "thread";
	case VMALOCK_BY_MAPPING: return "mapping";
	case VMALOCK_BY_CPU: return "cpu";
	case VMALOCK_BY_MACHINE: return "machine";
	case VMALOCK_BY_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_mapping_kind kind)
{
	switch (kind) {
	case VMALOCK_MAPPING_NONE: return "none";
	case VMALOCK_MAPPING_ANONYMOUS: return "anonymous";
	case VMALOCK_MAPPING_HEAP: return "heap";
	case VMALOCK_MAPPING_STACK: return "stack";
	case VMALOCK_MAPPING_SPECIAL: return "special";
	case VMALOCK_MAPPING_FILE: return "file";
	case VMALOCK_MAPPING_KIND_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_abort_reason reason)
{
	switch (reason) {
	case VMALOCK_ABORT_UNMAPPED: return "unmapped";
	case VMALOCK_ABORT_WRITE_LOCKED: return "write_locked";
	case VMALOCK_ABORT_READERS_EXCLUDED: return "readers_excluded";
	case VMALOCK_ABORT_MOVED: return "moved";
	case VMALOCK_ABORT_DETACHED: return "detached";
	case VMALOCK_ABORT_OTHER_MM: return "other_mm";
	case VMALOCK_ABORT_SATURATED: return "saturated";
	case VMALOCK_ABORT_GONE: return "gone";
	case VMALOCK_ABORT_UNREADABLE: return "unreadable";
	case VMALOCK_ABORT_REASON_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_fallback cause)
{
	switch (cause) {
	case VMALOCK_RETRY_IO: return "io";
	case VMALOCK_RETRY_PAGE: return "page";
	case VMALOCK_RETRY_USERFAULTFD: return "userfaultfd";
	case VMALOCK_RETRY_ANON_VMA: return "anon_vma";
	case VMALOCK_RETRY_HANDLER: return "handler";
	case VMALOCK_RETRY_OTHER: return "other";
	case VMALOCK_RETRY_GONE: return "gone";
	case VMALOCK_BYPASS_KERNEL: return "kernel";
	case VMALOCK_BYPASS_GUP: return "get_user_pages";
	case VMALOCK_FALLBACK_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_loss cause)
{
	switch (cause) {
	case VMALOCK_LOSS_COUNTS_FULL: return "counts_full";
	case VMALOCK_LOSS_ABORTS_FULL: return "aborts_full";
	case VMALOCK_LOSS_TARGETS_FULL: return "targets_full";
	case VMALOCK_LOSS_FALLBACKS_FULL: return "fallbacks_full";
	case VMALOCK_LOSS_BLAMES_FULL: return "blames_full";
	case VMALOCK_LOSS_STACKS_FULL: return "stacks_full";
	case VMALOCK_LOSS_TIMES_FULL: return "times_full";
	case VMALOCK_LOSS_TASKS_FULL: return "tasks_full";
	case VMALOCK_LOSS_WAITING_FULL: return "waiting_full";
	case VMALOCK_LOSS_WAITS_FULL: return "waits_full";
	case VMALOCK_LOSS_RETURNS: return "returns";
	case VMALOCK_LOSS_EVENTS_FULL: return "events_full";
	case VMALOCK_LOSS_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_event_kind kind)
{
	switch (kind) {
	case VMALOCK_EVENT_ABORT: return "abort";
	case VMALOCK_EVENT_RETRY: return "retry";
	case VMALOCK_EVENT_BYPASS: return "bypass";
	case VMALOCK_EVENT_WAIT: return "wait";
	case VMALOCK_EVENT_KIND_NR: break;
	}
	return "unknown";
}

std::string_view key_for(vmalock_wait_kind kind)
{
	switch (kind) {
	case VMALOCK_WAIT_WRITE: return "write";
	case VMALOCK_WAIT_DETACH: return "detach";
	case VMALOCK_WAIT_KIND_NR: break;
	}
	return "unknown";
}

std::string_view word_for(vm_refcnt_state state)
{
	switch (state) {
	case vm_refcnt_state::detached: return "detached";
	case vm_refcnt_state::unlocked: return "unlocked";
	case vm_refcnt_state::read_locked: return "read-locked";
	case vm_refcnt_state::write_locked: return "write-locked";
	case vm_refcnt_state::detaching: return "being detached";
	case vm_refcnt_state::write_waiting: return "writer waits for readers";
	case vm_refcnt_state::write_excluded: return "writer has excluded readers";
	case vm_refcnt_state::detach_waiting: return "being detached, waits for readers";
	case vm_refcnt_state::detach_excluded: return "being detached, has excluded readers";
	case vm_refcnt_state::saturated: return "saturated";
	case vm_refcnt_state::corrupt: return "corrupt";
	case vm_refcnt_state::nr: break;
	}
	return "unknown";
}

std::string_view key_for(vm_refcnt_state state)
{
	switch (state) {
	case vm_refcnt_state::detached: return "detached";
	case vm_refcnt_state::unlocked: return "unlocked";
	case vm_refcnt_state::read_locked: return "read_locked";
	case vm_refcnt_state::write_locked: return "write_locked";
	case vm_refcnt_state::detaching: return "detaching";
	case vm_refcnt_state::write_waiting: return "write_waiting";
	case vm_refcnt_state::write_excluded: return "write_excluded";
	case vm_refcnt_state::detach_waiting: return "detach_waiting";
	case vm_refcnt_state::detach_excluded: return "detach_excluded";
	case vm_refcnt_state::saturated: return "saturated";
	case vm_refcnt_state::corrupt: return "corrupt";
	case vm_refcnt_state::nr: break;
	}
	return "unknown";
}

std::string_view explain(vm_refcnt_state state)
{
	switch (state) {
	case vm_refcnt_state::detached:
		return "In no address space: removed from it, or not yet inserted.";
	case vm_refcnt_state::unlocked:
		return "Attached, with no reader and no writer.";
	case vm_refcnt_state::read_locked:
		return "Attached; no writer has locked it.";
	case vm_refcnt_state::write_locked:
		return "Attached; vm_lock_seq equals mm_lock_seq, and mmap_lock is held.";
	case vm_refcnt_state::detaching:
		return "A writer has dropped the VMA's own reference and sees others.";
	case vm_refcnt_state::write_waiting:
		return "Attached; will be write-locked when no reference is left.";
	case vm_refcnt_state::write_excluded:
		return "Attached; about to be write-locked, or only just.";
	case vm_refcnt_state::detach_waiting:
		return "Write-locked; will be detached when no reference is left.";
	case vm_refcnt_state::detach_excluded:
		return "Write-locked; about to be detached.";
	case vm_refcnt_state::saturated:
		return "Over- or underflow: it no longer counts anything, and writers wait forever.";
	case vm_refcnt_state::corrupt:
		return "Not a valid count, except for an instant before it saturates.";
	case vm_refcnt_state::nr:
		break;
	}
	return "unknown";
}

namespace {

struct caller_rule {
	std::string_view prefix;
	std::string_view kind;
};

/** The callers in 6.12 to 7.3; compilers inline some into their own. */
constexpr std::array<caller_rule, 14> caller_rules = {{
	{"do_user_addr_fault", page_fault},
	{"exc_page_fault", page_fault},
	{"do_page_fault", page_fault},
	{"tcp_", "tcp zerocopy"},
	{"find_tcp_vma", "tcp zerocopy"},
	{"madvise_", "madvise"},
	{"do_madvise", "madvise"},
	{"uffd_", "userfaultfd"},
	{"mfill_", "userfaultfd"},
	{"move_pages", "userfaultfd"},
	{"damon_", "damon"},
	{"binder_", "binder"},
	{"bpf_", "bpf"},
	{"stack_map", "bpf"},
}};

constexpr std::string_view vmalock_helper = "vmalock helper";

} // namespace

std::string_view caller_kind(std::string_view function, std::string_view module)
{
	if (module == "vmalock")
		return vmalock_helper;
	for (const caller_rule &rule : caller_rules)
		if (function.starts_with(rule.prefix))
			return rule.kind;
	return function.empty() ? unknown_caller : function;
}

std::vector<std::string_view> caller_kinds()
{
	std::vector<std::string_view> result;

	for (const caller_rule &rule : caller_rules)
		if (result.empty() || result.back() != rule.kind)
			result.push_back(rule.kind);
	result.insert(result.end(), {vmalock_helper, unknown_caller});
	return result;
}

std::string listed(const std::vector<std::string> &words)
{
	std::string result;

	for (std::size_t i = 0; i < words.size(); i++)
		result += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
	return result;
}

} // namespace vmalock
