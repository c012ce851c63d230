/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target_memory.bpf.h - whose memory is a target's: writers of other memory stand in no
 * target's way, and nothing is kept of them.
 */
#ifndef VMALOCK_TARGET_MEMORY_BPF_H
#define VMALOCK_TARGET_MEMORY_BPF_H

#include "kernel_types.h"
#include "mmap_lock.bpf.h"
#include "processes.bpf.h"

/* Set before loading: trace every write lock, and every wait, of mmap_lock. */
const volatile bool trace_writers;

/*
 * By address: memory in which a target was at work, where no owner says so: by thread, by
 * cgroup, and without CONFIG_MEMCG. It is not taken out when the memory is freed: at
 * worst something is kept of the writers of what is there then. The kernel makes room
 * by what was asked for least lately.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__type(key, __u64);
	__type(value, __u8);
} target_memory SEC(".maps");

/* Does an mm say whose it is, and is that what makes a target? */
static __always_inline bool owner_tells(void)
{
	struct mm_struct___owned *mm = NULL;

	return only_targets && !targets_are_threads && bpf_core_field_exists(mm->owner);
}

/* A target has had an event in the memory at the address @mm. */
static __always_inline void note_target_memory(__u64 mm)
{
	__u8 one = 1;

	if (!trace_writers || !(only_targets || only_cgroup) || owner_tells())
		return;
	if (mm && !bpf_map_lookup_elem(&target_memory, &mm))
		bpf_map_update_elem(&target_memory, &mm, &one, BPF_ANY);
}

/*
 * Can a target be refused a VMA of @mm, which the running @task locks? The memory of a
 * target has one as its owner, but where it is another process's that shares it: then,
 * where a target asks for VMAs of another process, and where no owner tells and it had no
 * event before, the writer is known without its hold.
 */
static __always_inline bool can_have_targets(struct mm_struct *mm, struct task_struct *task)
{
	struct mm_struct___owned *owned = (void *)mm;
	struct task_struct *owner;
	__u64 key = (__u64)mm;
	__u32 tgid;

	if (!(only_targets || only_cgroup) || is_target(task))
		return true;
	if (!owner_tells())
		return bpf_map_lookup_elem(&target_memory, &key);
	owner = BPF_CORE_READ(owned, owner);
	tgid = BPF_CORE_READ(owner, tgid);
	return !owner || bpf_map_lookup_elem(&targets, &tgid);
}

#endif /* VMALOCK_TARGET_MEMORY_BPF_H */
