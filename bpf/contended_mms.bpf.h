/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contended_mms.bpf.h - the first look: whose mmap_lock is waited for, or had to write.
 *
 * An iterator comes by each task of the machine and looks at the mm of each process. It
 * takes no lock and waits for nobody. A task that is found in a queue is asked itself by
 * the second look (blocked_tasks.bpf.h). PREEMPT_RT has other locks, which it does not know.
 */
#ifndef VMALOCK_CONTENDED_MMS_BPF_H
#define VMALOCK_CONTENDED_MMS_BPF_H

#include "mmap_lock.bpf.h"
#include "namespace_ids.bpf.h"
#include "rwsem_queue.bpf.h"
#include "system_call.bpf.h"
#include "task_stack.bpf.h"
#include "vma.bpf.h"
#include "uapi/blocked_records.h"

#define MAX_CONTENDED	1024
#define MAX_QUEUED	65536
#define MAX_QUEUE	16384	/* of one lock */

/* The addresses of their mms. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONTENDED);
	__type(key, __u64);
	__type(value, __u8);
} contended SEC(".maps");

/* By the address of the task: whose mm it owns. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONTENDED);
	__type(key, __u64);
	__type(value, __u64);
} owners SEC(".maps");

struct queued {
	__u64 mm, waiter;
};

/* By the address of the task. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_QUEUED);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct queued);
} queued SEC(".maps");

static __noinline int note_queue(struct vmalock_contended_mm *record)
{
	struct mm_struct *mm = bpf_core_cast((void *)record->mm, struct mm_struct);
	struct list_head *first = first_node(&mm->mmap_lock);
	struct list_head *node = first, *end = end_node(&mm->mmap_lock, first);
	int i;

	if (!has_waiters(&mm->mmap_lock))
		return 0;
	record->more_queued = 1;
	bpf_for(i, 0, MAX_QUEUE) {
		struct rwsem_waiter *waiter = (void *)node;
		struct queued entry = { .mm = record->mm, .waiter = (__u64)waiter };
		__u64 task = (__u64)BPF_CORE_READ(waiter, task);
		struct list_head *next = BPF_CORE_READ(node, next);

		/* One that has woken may be in the queue of another lock by now. */
		if (!next || BPF_CORE_READ(next, prev) != node ||
		    bpf_map_update_elem(&queued, &task, &entry, BPF_ANY))
			break;
		if (next == end) {
			record->more_queued = 0;
			break;
		}
		node = next;
	}
	return 0;
}

/* Who has it to write, or is the last that took it to read. */
static __always_inline void note_owner(struct vmalock_contended_mm *record, struct mm_struct *mm)
{
	__u64 owner = write_owner(mm), word = owner, key = record->mm;

	if (!owner && bpf_core_field_exists(mm->mmap_lock.owner)) {
		word = READ_ONCE(mm->mmap_lock.owner.counter) & ~RWSEM_OWNER_FLAGS;
		record->owner_reads = 1;
	}
	/* A task that read it last may be gone: what is read of it is asked for by its id. */
	if (word)
		record->owner_tid = BPF_CORE_READ((struct task_struct *)word, pid);
	if (owner)
		bpf_map_update_elem(&owners, &owner, &key, BPF_ANY);
}

/* Where a task of a process that has exited has no mm, another has it. */
static __always_inline bool stands_for_its_mm(struct task_struct *task)
{
	return task->mm && !(task->flags & PF_KTHREAD) &&
	       (task->pid == task->tgid || !task->group_leader->mm);
}

SEC("iter/task")
int find_contended(struct bpf_iter__task *ctx)
{
	struct vmalock_contended_mm record = {};
	struct task_struct *task = ctx->task, *reader = bpf_get_current_task_btf();
	struct mm_struct *mm;
	__u8 one = 1;
	__u64 key;

	if (!task || !stands_for_its_mm(task))
		return 0;
	mm = task->mm;
	key = (__u64)mm;
	record.mm = key;
	if (!write_owner(mm) && !has_waiters(&mm->mmap_lock))
		return 0;
	/* Of two processes that share it, the first. */
	if (bpf_map_lookup_elem(&contended, &key))
		return 0;
	note_owner(&record, mm);
	if (bpf_map_update_elem(&contended, &key, &one, BPF_NOEXIST))
		record.more_queued = 1;
	note_queue(&record);
	describe(&record.process, task);
	record.own_pid = id_at(task->group_leader, BPF_CORE_READ(reader, thread_pid, level));
	record.readers = readers_of(&mm->mmap_lock);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

#endif /* VMALOCK_CONTENDED_MMS_BPF_H */
