/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blocked_tasks.bpf.h - the second look: the tasks that wait for a lock of a contended
 * address space, and those that may have one.
 *
 * The kernel does not record who reads. But a reader works with a pointer to the mm or to
 * a VMA of it, and while it is off the CPU all it works with is on its stack. A pointer
 * proves nothing: user space judges by where the task sleeps.
 */
#ifndef VMALOCK_BLOCKED_TASKS_BPF_H
#define VMALOCK_BLOCKED_TASKS_BPF_H

#include "awaited_locks.bpf.h"
#include "contended_mms.bpf.h"
#include "fuse_servers.bpf.h"

/* include/linux/sched.h */
#define TASK_UNINTERRUPTIBLE	0x0002

struct look {
	struct vmalock_blocked_task record;
	__u64 words[STACK_CHUNK_WORDS];	/* of its stack */
	/* Addresses. The verifier keeps count of pointers that are calculated with. */
	__u64 task, from, to;
};

/* One at a time reads the iterator. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look);
} looks SEC(".maps");

static __always_inline enum vmalock_run_state run_state(struct task_struct *task)
{
	struct task_struct___wait *its = (void *)task;

	if (its->on_cpu)
		return VMALOCK_RUNNING;
	if (!is_asleep(task))
		return VMALOCK_RUNNABLE;
	return its->__state & TASK_UNINTERRUPTIBLE ? VMALOCK_BLOCKED : VMALOCK_SLEEPS;
}

/*
 * exec_start is when it ran last, by its CPU's clock_task. That falls behind clock by the
 * time of interrupts, ever more: the difference now is at least that of then, and what
 * comes out is at most the time that has passed.
 */
static __always_inline __u64 off_cpu_ns(struct task_struct *task, __u32 cpu)
{
	struct task_struct___wait *its = (void *)task;
	struct rq *here = bpf_this_cpu_ptr(&runqueues);
	struct rq *there = bpf_per_cpu_ptr(&runqueues, cpu);
	__u64 ran;

	/* 0: it was moved to another CPU since (enqueue_task_fair()), so that nobody knows. */
	if (!there || !its->se.exec_start)
		return 0;
	ran = its->se.exec_start + (there->clock - there->clock_task);
	return here->clock > ran ? here->clock - ran : 0;
}

/* Does it wait for the readers of @vma, whose mmap_lock it has? And how many are these? */
static __always_inline bool waits_for_readers(const struct look *look, struct mm_struct *mm,
					      struct vm_area_struct *vma, __u64 *readers)
{
	struct vm_area_struct___rwsem *old = (void *)vma;
	struct rwsem_waiter *first;
	__u32 refcnt;

	if (bpf_core_field_exists(vma->vm_refcnt)) {
		refcnt = BPF_CORE_READ(vma, vm_refcnt.refs.counter);
		*readers = refcnt & REFCNT_LIMIT;
		return refcnt & REFCNT_EXCLUDE_READERS &&
		       (__u64)BPF_CORE_READ(mm, vma_writer_wait.task) == look->task;
	}
	first = (void *)first_node(&BPF_CORE_READ(old, vm_lock)->lock);
	*readers = readers_of(&BPF_CORE_READ(old, vm_lock)->lock);
	return first && is_queued(look->task, first, look->from, look->to) && *readers;
}

static __always_inline void note_vma_wait(struct vmalock_blocked_task *record,
					  struct vm_area_struct *vma, __u64 readers)
{
	struct vmalock_blocked_vma *out = &record->waits_vma;

	record->waits_for = VMALOCK_WAITS_FOR_READERS;
	record->waits_mm = record->owns_mm;
	out->vma = (__u64)vma;
	out->start = BPF_CORE_READ(vma, vm_start);
	out->end = BPF_CORE_READ(vma, vm_end);
	out->readers = readers;
	copy_file_name(out->file, sizeof(out->file), vma);
}

/* A fault in it takes the place of a mere pointer, if there is no room. */
static __always_inline void note_met_vma(struct vmalock_blocked_task *record, __u64 vma, __u64 mm,
					 __u64 address)
{
	int i;

	bpf_for(i, 0, VMALOCK_MET_VMAS) {
		struct vmalock_met_vma *met;

		if (i >= VMALOCK_MET_VMAS)
			break;
		met = &record->met_vmas[i];
		if (met->vma && met->vma != vma &&
		    !(address && !met->address && i == VMALOCK_MET_VMAS - 1))
			continue;
		if (met->vma != vma) {
			met->address = 0;
			met->fuse_connection = fuse_connection_of((void *)vma);
		}
		met->vma = vma;
		met->mm = mm;
		if (address)
			met->address = address;
		break;
	}
}

static __always_inline void note_met_mm(struct vmalock_blocked_task *record, __u64 mm)
{
	if (!record->met_mms[0] || record->met_mms[0] == mm)
		record->met_mms[0] = mm;
	else if (!record->met_mms[1])
		record->met_mms[1] = mm;
}

static __always_inline bool is_contended(__u64 mm)
{
	return bpf_map_lookup_elem(&contended, &mm);
}

/* @word is at @at on the stack. */
static __always_inline void look_at_word(struct look *look, __u64 at, __u64 word)
{
	struct vm_area_struct *vma = bpf_core_cast((void *)word, struct vm_area_struct);
	struct vmalock_blocked_task *record = &look->record;
	__u64 mm, readers = 0;

	if ((long)word >= 0 || word & 7)
		return;
	if (is_contended(word)) {
		note_met_mm(record, word);
		return;
	}
	mm = (__u64)BPF_CORE_READ(vma, vm_mm);
	if ((long)mm >= 0 || !is_contended(mm))
		return;
	note_met_vma(record, word, mm, record->in_fault ? fault_address(at, vma) : 0);
	if (record->owns_mm == mm && record->waits_for == VMALOCK_WAITS_FOR_NOTHING &&
	    waits_for_readers(look, (void *)mm, vma, &readers))
		note_vma_wait(record, vma, readers);
}

static __noinline int look_at_stack(struct look *look)
{
	int chunk, i;

	if (!look)
		return 0;
	bpf_for(chunk, 0, MAX_STACK_WORDS / STACK_CHUNK_WORDS) {
		__u64 at = look->from + chunk * sizeof(look->words), to = look->to;

		if (at >= to)
			break;
		/* The last chunk overlaps the one before: beyond may be nothing. */
		if (at > to - sizeof(look->words))
			at = to - sizeof(look->words);
		if (bpf_probe_read_kernel(look->words, sizeof(look->words), (void *)at))
			break;
		bpf_for(i, 0, STACK_CHUNK_WORDS)
			look_at_word(look, at + i * sizeof(at),
				     look->words[i & (STACK_CHUNK_WORDS - 1)]);
	}
	return 0;
}

/* Does it say that it sleeps on another lock than mmap_lock of @mm? Its stack may be as before. */
static __always_inline bool sleeps_on_another(struct task_struct *task, __u64 mm)
{
	__u64 lock = blocker_of(task) & ~BLOCKER_TYPES;

	return lock && lock != mm + bpf_core_field_offset(struct mm_struct, mmap_lock);
}

/* In which queue it is, by what the first look found and its own stack says now. */
static __always_inline void note_queue_of(struct look *look)
{
	struct vmalock_blocked_task *record = &look->record;
	__u64 key = look->task;
	struct queued *entry = bpf_map_lookup_elem(&queued, &key);
	struct rwsem_waiter *waiter;

	if (!entry || !is_queued(key, (void *)entry->waiter, look->from, look->to) ||
	    sleeps_on_another((void *)key, entry->mm))
		return;
	waiter = (void *)entry->waiter;
	record->waits_mm = entry->mm;
	if (BPF_CORE_READ(waiter, type) ==
	    bpf_core_enum_value(enum rwsem_waiter_type, RWSEM_WAITING_FOR_READ))
		record->waits_for = VMALOCK_WAITS_TO_READ;
	else
		record->waits_for = VMALOCK_WAITS_TO_WRITE;
}

/* Whose mmap_lock it has, and still has now. */
static __always_inline __u64 owned_by(struct task_struct *task)
{
	__u64 key = (__u64)task, *mm = bpf_map_lookup_elem(&owners, &key);

	if (!mm || write_owner(bpf_core_cast((void *)*mm, struct mm_struct)) != key)
		return 0;
	return *mm;
}

static __always_inline bool matters(const struct vmalock_blocked_task *record)
{
	return record->waits_mm || record->owns_mm || record->met_mms[0] ||
	       record->met_vmas[0].vma || record->run_state == VMALOCK_RUNNING;
}

SEC("iter/task")
int look_at_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *reader = bpf_get_current_task_btf();
	struct vmalock_blocked_task *record;
	__u32 zero = 0;
	struct look *look = bpf_map_lookup_elem(&looks, &zero);
	bool owns_locks;

	if (!task || !look || task == reader)
		return 0;
	record = &look->record;
	__builtin_memset(record, 0, sizeof(*record));
	owns_locks = note_owned_locks(record, task);
	if (lock_owners_only && !owns_locks)
		return 0;
	look->task = (__u64)task;
	describe(&record->task, task);
	record->own_pid = id_at(task->group_leader, BPF_CORE_READ(reader, thread_pid, level));
	record->system_call = system_call(task);
	record->in_fault = by_exception(task);
	record->run_state = run_state(task);
	record->cpu = BPF_CORE_READ((struct thread_info___cpu *)&task->thread_info, cpu);
	record->mm = (__u64)task->mm;
	record->owns_mm = owned_by(task);
	look->from = saved_stack_pointer(task);
	look->to = (__u64)bpf_task_pt_regs(task);
	note_queue_of(look);
	if (look->from) {
		record->off_cpu_ns = off_cpu_ns(task, record->cpu);
		look_at_stack(look);
	}
	/* Again, if it has let go and waits since. */
	if (owns_locks)
		owns_locks = note_owned_locks(record, task);
	if (!owns_locks && !matters(record))
		return 0;
	if (record->waits_for == VMALOCK_WAITS_FOR_NOTHING)
		note_lock(&record->sleeps_on, task);
	if (look->from)
		bpf_get_task_stack(task, record->stack, sizeof(record->stack), 0);
	bpf_seq_write(ctx->meta->seq, record, sizeof(*record));
	return 0;
}

#endif /* VMALOCK_BLOCKED_TASKS_BPF_H */
