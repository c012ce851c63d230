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
	case VMALOCK_LOSS_COUNTS_FULL: return "faults of processes beyond the table's size";
	case VMALOCK_LOSS_ABORTS_FULL: return "aborts beyond the table's size";
	case VMALOCK_LOSS_TARGETS_FULL: return "children not followed";
	case VMALOCK_LOSS_NR: break;
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

std::string_view key_for(vmalock_loss cause)
{
	switch (cause) {
	case VMALOCK_LOSS_COUNTS_FULL: return "counts_full";
	case VMALOCK_LOSS_ABORTS_FULL: return "aborts_full";
	case VMALOCK_LOSS_TARGETS_FULL: return "targets_full";
	case VMALOCK_LOSS_NR: break;
	}
	return "unknown";
}

std::string_view caller_kind(std::string_view function, std::string_view module)
{
	struct rule {
		std::string_view prefix;
		std::string_view kind;
	};
	// The callers in 6.12 to 7.3; compilers inline some into their own.
	static constexpr std::array<rule, 14> rules = {{
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

	if (module == "vmalock")
		return "vmalock helper";
	for (const rule &rule : rules)
		if (function.starts_with(rule.prefix))
			return rule.kind;
	return function.empty() ? "unknown caller" : function;
}

} // namespace vmalock
