/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - the trace events vmalock:*, for ftrace, perf and bpftrace. A call
 * that waits passes vma_wait first; each call ends in vma_start_read; each
 * lock ends in vma_end_read. docs/driver.md shows their use.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmalock

#if !defined(VMALOCK_BOUNDARY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VMALOCK_BOUNDARY_TRACE_H

#include <linux/mm_types.h>
#include <linux/tracepoint.h>

#include "uapi/helper.h"

#define VMALOCK_TRACE_NAME 32

TRACE_EVENT(vma_wait,
	TP_PROTO(struct mm_struct *mm, unsigned long address, const char *caller),
	TP_ARGS(mm, address, caller),
	TP_STRUCT__entry(
		__field(struct mm_struct *, mm)
		__field(unsigned long, address)
		__array(char, caller, VMALOCK_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->mm = mm;
		__entry->address = address;
		strscpy(__entry->caller, caller ? caller : "?", VMALOCK_TRACE_NAME);
	),
	TP_printk("mm=%p address=%#lx caller=%s",
		  __entry->mm, __entry->address, __entry->caller)
);

/* For those who print the events elsewhere: names mean nothing to them. */
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_FAST);
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_WAITED);
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_UNMAPPED);
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_INTERRUPTED);
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_SATURATED);
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_TRYLOCK);
TRACE_DEFINE_ENUM(VMALOCK_OUTCOME_REFUSED);

TRACE_EVENT(vma_start_read,
	TP_PROTO(struct mm_struct *mm, unsigned long address, const char *caller,
		 int outcome, u64 waited_ns),
	TP_ARGS(mm, address, caller, outcome, waited_ns),
	TP_STRUCT__entry(
		__field(struct mm_struct *, mm)
		__field(unsigned long, address)
		__array(char, caller, VMALOCK_TRACE_NAME)
		__field(int, outcome)
		__field(u64, waited_ns)
	),
	TP_fast_assign(
		__entry->mm = mm;
		__entry->address = address;
		strscpy(__entry->caller, caller ? caller : "?", VMALOCK_TRACE_NAME);
		__entry->outcome = outcome;
		__entry->waited_ns = waited_ns;
	),
	TP_printk("mm=%p address=%#lx caller=%s outcome=%s waited_ns=%llu",
		  __entry->mm, __entry->address, __entry->caller,
		  __print_symbolic(__entry->outcome,
				   { VMALOCK_OUTCOME_FAST, "fast" },
				   { VMALOCK_OUTCOME_WAITED, "waited" },
				   { VMALOCK_OUTCOME_UNMAPPED, "unmapped" },
				   { VMALOCK_OUTCOME_INTERRUPTED, "interrupted" },
				   { VMALOCK_OUTCOME_SATURATED, "saturated" },
				   { VMALOCK_OUTCOME_TRYLOCK, "trylock" },
				   { VMALOCK_OUTCOME_REFUSED, "refused" }),
		  __entry->waited_ns)
);

TRACE_EVENT(vma_end_read,
	TP_PROTO(struct vm_area_struct *vma, const char *caller),
	TP_ARGS(vma, caller),
	TP_STRUCT__entry(
		__field(struct mm_struct *, mm)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__array(char, caller, VMALOCK_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->mm = vma->vm_mm;
		__entry->start = vma->vm_start;
		__entry->end = vma->vm_end;
		strscpy(__entry->caller, caller ? caller : "?", VMALOCK_TRACE_NAME);
	),
	TP_printk("mm=%p start=%#lx end=%#lx caller=%s",
		  __entry->mm, __entry->start, __entry->end, __entry->caller)
);

#endif /* VMALOCK_BOUNDARY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH boundary
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
