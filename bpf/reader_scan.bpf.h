/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reader_scan.bpf.h - find tasks off the CPU with a pointer to a VMA on their stack.
 *
 * The kernel does not record who holds a VMA lock for read. But a holder needs the
 * pointer to the VMA to release it. While it sleeps or waits for a CPU, the pointer
 * is on the live part of its kernel stack, where the task switch has saved every
 * register too. In a page fault it is in a struct vm_fault, with the address.
 *
 * A pointer on a stack proves nothing: the task may have released the lock already,
 * or the word may be left over from earlier calls. User space judges by the stack,
 * and the reader count says how many readers there are. The stack of a task that
 * runs on a CPU cannot be read.
 */
#ifndef VMALOCK_READER_SCAN_BPF_H
#define VMALOCK_READER_SCAN_BPF_H

#include "system_call.bpf.h"
#include "task_stack.bpf.h"
#include "wait_slots.bpf.h"

/* A look at 1, 10, 100 ms and so on into the wait; each at so many threads. */
#define MAX_LOOKS		5
#define MAX_THREADS		4096
#define NO_FAULT		1

/*
 * Look between @from and @to for the VMA that the slot's writer waits for.
 * Returns the address of the fault that has it, NO_FAULT if something else has,
 * 0 if it is not there.
 */
static __noinline __u64 find_on_stack(struct slot *slot, __u64 from, __u64 to)
{
	__u64 result = 0;
	int chunk, i;

	if (!slot)
		return 0;
	bpf_for(chunk, 0, MAX_STACK_WORDS / STACK_CHUNK_WORDS) {
		__u64 at = from + chunk * sizeof(slot->words), vma = slot->vma;

		if (at >= to)
			break;
		/* The last chunk overlaps the one before: beyond may be nothing. */
		if (at > to - sizeof(slot->words))
			at = to - sizeof(slot->words);
		if (bpf_probe_read_kernel(slot->words, sizeof(slot->words), (void *)at))
			break;
#pragma nounroll
		for (i = 0; i < STACK_CHUNK_WORDS; i++)
			if (slot->words[i] == vma)
				break;
		if (i == STACK_CHUNK_WORDS)
			continue;
		result = NO_FAULT;
		bpf_for(i, 0, STACK_CHUNK_WORDS) {
			__u64 address;

			if (slot->words[i & (STACK_CHUNK_WORDS - 1)] != vma)
				continue;
			address = fault_address(at + i * sizeof(vma), (void *)vma);
			if (address)
				return address;
		}
	}
	return result;
}

/*
 * Where there is no room, who is in a fault takes the place of who only has a pointer: if
 * all threads of a server have used the mapping, many of those are idle.
 */
static __always_inline void note_holder(struct vmalock_wait *wait, struct task_struct *task,
					__u64 address)
{
	__u32 tid = BPF_CORE_READ(task, pid), place = VMALOCK_HOLDERS, i;
	const __u32 known = wait->found;
	struct vmalock_holder *holder;

	bpf_for(i, 0, VMALOCK_HOLDERS) {
		if (i >= VMALOCK_HOLDERS)
			break;
		if (i >= known || wait->holders[i].task.tid == tid) {
			place = i;
			break;
		}
		if (address && !wait->holders[i].address)
			place = i;
	}
	if (place >= known || place >= VMALOCK_HOLDERS)
		wait->found++;
	else if (wait->holders[place & (VMALOCK_HOLDERS - 1)].task.tid != tid)
		wait->found = VMALOCK_HOLDERS + 1;
	if (place >= VMALOCK_HOLDERS)
		return;
	holder = &wait->holders[place];
	if (place >= known || holder->task.tid != tid)
		holder->asleep_ns = 0;
	describe(&holder->task, task);
	/* The clock comes second: it was asleep before. */
	if (!holder->asleep_ns && is_asleep(task))
		holder->asleep_ns = bpf_ktime_get_ns();
	/* What it does now matters more than what it did a look ago. */
	holder->address = address;
	holder->last_ns = bpf_ktime_get_ns() - wait->began_ns;
	bpf_get_task_stack(task, holder->stack, sizeof(holder->stack), 0);
}

/*
 * The writer is not looked at: it would wait for itself. Nor does a struct vm_fault count
 * in a system call: the kernel's own accesses never lock VMAs (do_user_addr_fault() asks
 * for FAULT_FLAG_USER first), so it is of an earlier fault.
 */
static __always_inline void look_at(struct slot *slot, struct task_struct *task)
{
	__u64 from = saved_stack_pointer(task), address;

	if (!from || (__u32)BPF_CORE_READ(task, pid) == slot->wait.writer.tid)
		return;
	address = find_on_stack(slot, from, (__u64)bpf_task_pt_regs(task));
	if (!address)
		return;
	if (address == NO_FAULT || !by_exception(task))
		address = 0;
	note_holder(&slot->wait, task, address);
}

static __noinline int look_at_threads(struct slot *slot)
{
	struct task_struct *process, *task;
	int pid;

	if (!slot)
		return 0;
	/* In memory: the verifier would follow every value of a local variable. */
	slot->threads = 0;
	pid = slot->wait.writer.pid;
	process = bpf_task_from_pid(pid);
	if (process) {
		bpf_for_each(task, task, process, BPF_TASK_ITER_PROC_THREADS) {
			if (slot->threads++ >= MAX_THREADS)
				break;
			look_at(slot, task);
		}
		bpf_task_release(process);
	}
	/* Other processes lock VMAs too: with this mm shared, or of an mm not theirs. */
	bpf_for_each(task, task, NULL, BPF_TASK_ITER_ALL_THREADS) {
		if (slot->threads++ >= MAX_THREADS)
			break;
		if (task->tgid != pid)
			look_at(slot, task);
	}
	if (slot->threads > MAX_THREADS)
		count_loss(VMALOCK_LOSS_SCANS_CUT);
	return 0;
}

/* Runs from the slot's timer. One that is late finds the slot free, or looks early. */
static int look(void *map, __u32 *index, struct slot *slot)
{
	if (__sync_val_compare_and_swap(&slot->state, SLOT_WAITING, SLOT_LOOKING) != SLOT_WAITING)
		return 0;
	look_at_threads(slot);
	slot->looks++;
	if (__sync_val_compare_and_swap(&slot->state, SLOT_LOOKING, SLOT_WAITING) != SLOT_LOOKING) {
		send_wait(slot);
		return 0;
	}
	if (slot->looks < MAX_LOOKS) {
		slot->next_look_ns *= 10;
		bpf_timer_start(&slot->timer, slot->next_look_ns, 0);
	}
	return 0;
}

#endif /* VMALOCK_READER_SCAN_BPF_H */
