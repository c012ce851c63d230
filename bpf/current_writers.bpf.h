/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * current_writers.bpf.h - the writers that hold mmap_lock now, and their victims.
 *
 * A writer accounts for its victims when it releases mmap_lock. At each snapshot
 * user space asks here for the writers that have not done so yet. The notes are
 * read and stay where they are, so the next snapshot, or the writer at its end,
 * reports them again.
 */
#ifndef VMALOCK_CURRENT_WRITERS_BPF_H
#define VMALOCK_CURRENT_WRITERS_BPF_H

#include "writers.bpf.h"
#include "uapi/writer_records.h"
#include "uapi/writers.h"

/* One reader at a time: user space reads one iterator to its end. */
static struct vmalock_hold hold;

/* The writer runs on: a hold that ends meanwhile may be told with some notes less. */
static __always_inline void tell_hold(struct seq_file *out, struct task_struct *task,
				      struct writer_task *its, const struct write_hold *held)
{
	__u64 since_ns = READ_ONCE(held->since_ns);
	int i;

	if (!since_ns || !READ_ONCE(held->noted) || !still_owns(task->pid, held->mm))
		return;
	hold.writer = writer_key(task, VMALOCK_WRITER_HOLDING);
	bpf_core_read_str(hold.comm, sizeof(hold.comm), &task->comm);
	set_name(task->group_leader, &hold.writer.process);
	hold.held_ns = bpf_ktime_get_ns() - since_ns;
	/* Nothing is to be had of a task that runs. */
	bpf_get_task_stack(task, hold.stack, sizeof(hold.stack), 0);
	for (i = 0; i < VMALOCK_NOTES; i++) {
		struct note *note = &its->notes[i];

		hold.notes[i].victim = note->victim;
		hold.notes[i].aborts = note->since_ns == since_ns ? READ_ONCE(note->count) : 0;
	}
	bpf_seq_write(out, &hold, sizeof(hold));
}

SEC("iter/task")
int current_writers(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct holding_task *its;
	int i;

	if (!task)
		return 0;
	its = holding_task_of(task);
	if (!its)
		return 0;
	for (i = 0; i < 2; i++)
		tell_hold(ctx->meta->seq, task, &its->writer, &its->writer.holds[i]);
	return 0;
}

#endif /* VMALOCK_CURRENT_WRITERS_BPF_H */
