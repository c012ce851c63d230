/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * groups.bpf.h - where to count: a group is what has counts of its own.
 *
 * Counts are in slots of one per-CPU array. The first slot is for the whole machine
 * (--by machine, --by cpu). Each other slot belongs to a group, and keeps belonging
 * to it when the thread or process exits, until user space needs the room.
 *
 * User space gives a slot back in this order:
 *
 *   1 it sees that nothing has the process's or thread's id any more. Only the task
 *     itself counts in its slot, and what it counted it had counted before it exited
 *   2 it reads the counts, which are final
 *   3 it removes the group: no program finds the slot any more. Caches of the slot
 *     went with the task, or know the task by its start, which no other has
 *   4 it sets the counts to zero, and appends the slot to free_slots
 *   5 it adds to entries_removed, which tells programs that there is room
 *
 * So no count is lost or read twice, and what finds the slot in free_slots begins at
 * zero. A group by comm or cgroup is many tasks', and caches of its slot are theirs:
 * that of a name is never given back, and that of a cgroup once it is removed.
 *
 * A thread caches its slot in its task storage. Only the thread itself reads or
 * writes that, and it never moves to another process, so it asks the table of
 * groups once. Without storage it asks every time. A CPU caches the slot of the
 * thread that last had a fault on it, which takes fewer instructions than task
 * storage. By comm and by cgroup a thread's group can change at any time: both
 * caches keep what the slot was taken for, which each fault compares.
 */
#ifndef VMALOCK_GROUPS_BPF_H
#define VMALOCK_GROUPS_BPF_H

#include "cgroups.bpf.h"
#include "identity.bpf.h"
#include "kernel_types.h"
#include "losses.bpf.h"
#include "mmap_lock.bpf.h"
#include "processes.bpf.h"
#include "room.bpf.h"
#include "target_memory.bpf.h"
#include "uapi/count_records.h"
#include "uapi/groups.h"
#include "uapi/losses.h"

#define MAX_GROUPS	MAX_PROCESSES

#define SLOT_MACHINE		0U
#define SLOT_UNKNOWN		0U	/* in task storage, as it is made */
#define SLOT_FULL		(~0U - 1)
#define SLOT_NOT_COUNTED	~0U

/* --by comm: a thread brings in so many names; later ones are counted with all others. */
#define MAX_NAMES_OF_THREAD	64

/* The last slot that was given to a group and to none before; can be beyond the end. */
__u32 last_slot;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_GROUPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_group_key);
	__type(value, struct vmalock_group);
} groups SEC(".maps");

/* Slots that were given back, their counts zero. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, MAX_GROUPS);
	__type(value, __u32);
} free_slots SEC(".maps");

/*
 * Each field is written by one program only, and a program does not interrupt
 * itself on its CPU, so plain adds suffice.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_GROUPS + 1);
	__type(key, __u32);
	__type(value, struct vmalock_counts);
} counts SEC(".maps");

/* A slot, and what it was taken for. */
struct taken_slot {
	struct identity identity;
	__u32 slot;
	__u32 names;		/* that the thread has brought in, in task storage */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct taken_slot);
} task_slots SEC(".maps");

/* A thread and its slot; all zero for none. */
struct last_thread {
	__u64 task;		/* where it lies: to be compared, not followed */
	__u64 start_ns;		/* its start_boottime, since memory is used again */
	struct taken_slot taken;
};

/*
 * Read and written by last_thread_slot() alone, in the one program that sees
 * handle_mm_fault() end: as the kernel skips a program that it has interrupted,
 * no other is at work on a CPU's entry meanwhile.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct last_thread);
} last_threads SEC(".maps");

static __always_inline bool by_machine(void)
{
	return count_by == VMALOCK_BY_MACHINE || count_by == VMALOCK_BY_CPU;
}

/*
 * What a VMA maps. It is NONE if the VMA has been freed or is another one by
 * now, which can only be if the caller does not hold its lock any more.
 */
static __always_inline void describe_mapping(struct task_struct *task, struct vm_area_struct *vma,
					     unsigned long address,
					     struct vmalock_mapping_key *key,
					     struct vmalock_group *group)
{
	struct vm_area_struct *area = bpf_core_cast(vma, struct vm_area_struct);
	struct mm_struct *mm = task->mm;

	if (area->vm_mm != mm || address < area->vm_start || address >= area->vm_end)
		return;
	group->start = area->vm_start;
	key->anchor = group->start;
	group->end = area->vm_end;
	if (area->vm_file) {
		key->kind = VMALOCK_MAPPING_FILE;
		key->inode = area->vm_file->f_inode->i_ino;
		key->device = area->vm_file->f_inode->i_sb->s_dev;
	} else if (group->start <= mm->brk && group->end >= mm->start_brk) {
		key->kind = VMALOCK_MAPPING_HEAP;
		key->anchor = mm->start_brk;
	} else if (group->start <= mm->start_stack && group->end >= mm->start_stack) {
		key->kind = VMALOCK_MAPPING_STACK;
		key->anchor = mm->start_stack;
	} else if (area->vm_ops) {
		key->kind = VMALOCK_MAPPING_SPECIAL;
	} else {
		key->kind = VMALOCK_MAPPING_ANONYMOUS;
	}
}

/* The group of an event at @address of the running task, which has @identity. */
static __always_inline void describe_group_of(struct task_struct *task,
					      const struct identity *identity,
					      struct vm_area_struct *vma, unsigned long address,
					      struct vmalock_group_key *key,
					      struct vmalock_group *group)
{
	if (count_by == VMALOCK_BY_CPU)
		key->cpu = bpf_get_smp_processor_id();
	if (count_by == VMALOCK_BY_COMM)
		bpf_probe_read_kernel_str(key->comm, sizeof(key->comm), identity);
	if (count_by == VMALOCK_BY_CGROUP)
		key->cgroup = identity->words[0];
	if (by_machine() || by_identity())
		return;
	key->process = process_key(task);
	if (count_by == VMALOCK_BY_THREAD)
		key->thread = thread_key(task);
	if (count_by == VMALOCK_BY_MAPPING && vma)
		describe_mapping(task, vma, address, &key->mapping, group);
}

/*
 * A process can call itself anything and make children that do. A name without a group,
 * and without room or right to one, becomes that of all others.
 */
static __always_inline void admit_name(struct task_struct *task, struct vmalock_group_key *key)
{
	static const char other_names[VMALOCK_COMM_LEN] = "[other names]";
	struct taken_slot *known;

	if (count_by != VMALOCK_BY_COMM || bpf_map_lookup_elem(&groups, key))
		return;
	known = bpf_task_storage_get(&task_slots, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	/* The last room is for the others. */
	if (!known || known->names >= MAX_NAMES_OF_THREAD || room_in(VMALOCK_TABLE_GROUPS) < 2)
		__builtin_memcpy(key->comm, other_names, sizeof(other_names));
}

static __always_inline void count_name(struct task_struct *task)
{
	struct taken_slot *known;

	if (count_by != VMALOCK_BY_COMM)
		return;
	known = bpf_task_storage_get(&task_slots, task, NULL, 0);
	if (known)
		known->names++;
}

static __always_inline void describe_group(struct task_struct *task, struct vm_area_struct *vma,
					   unsigned long address,
					   struct vmalock_group_key *key,
					   struct vmalock_group *group)
{
	const struct identity identity = settled_identity(task);

	describe_group_of(task, &identity, vma, address, key, group);
	admit_name(task, key);
}

static __always_inline void name_group(struct task_struct *task,
				       const struct vmalock_group_key *key)
{
	if (count_by == VMALOCK_BY_CGROUP)
		name_cgroups(task);
	if (by_identity())
		return;
	set_name(task->group_leader, &key->process);
	if (count_by == VMALOCK_BY_THREAD)
		set_name(task, &key->thread);
}

/* The file's name without folders, for a group that is new. */
static __always_inline void name_file(struct vm_area_struct *vma, struct vmalock_group *group)
{
	const unsigned char *name = BPF_CORE_READ(vma, vm_file, f_path.dentry, d_name.name);

	bpf_probe_read_kernel_str(group->file, sizeof(group->file), name);
}

static __always_inline __u32 new_slot(void)
{
	const __u32 slots = table_sizes[VMALOCK_TABLE_GROUPS];
	__u32 slot;

	if (!room_in(VMALOCK_TABLE_GROUPS))
		return SLOT_FULL;
	if (last_slot < slots) {
		slot = __sync_fetch_and_add(&last_slot, 1) + 1;
		if (slot <= slots)
			return slot;
	}
	return bpf_map_pop_elem(&free_slots, &slot) ? SLOT_FULL : slot;
}

static __noinline __u32 slot_of_group(const struct identity *identity, struct vm_area_struct *vma,
				      unsigned long address)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_group_key key = {};
	struct vmalock_group *known, new = {};

	if (!is_target(task))
		return SLOT_NOT_COUNTED;
	note_target_memory(mm_address(task->mm));
	describe_group_of(task, identity, vma, address, &key, &new);
	admit_name(task, &key);
	known = bpf_map_lookup_elem(&groups, &key);
	if (known) {
		if (count_by == VMALOCK_BY_MAPPING) {
			known->start = new.start;
			known->end = new.end;
		}
		return known->slot;
	}
	new.slot = new_slot();
	if (new.slot == SLOT_FULL)
		return SLOT_FULL;
	if (key.mapping.kind == VMALOCK_MAPPING_FILE)
		name_file(vma, &new);
	/* Another CPU may be first: both find the same entry afterwards. */
	if (make_entry(&groups, VMALOCK_TABLE_GROUPS, &key, &new))
		count_name(task);
	else
		bpf_map_push_elem(&free_slots, &new.slot, BPF_ANY);
	name_group(task, &key);
	known = bpf_map_lookup_elem(&groups, &key);
	return known ? known->slot : SLOT_FULL;
}

/* For an event that is not counted in a slot, and yet shows the group's name. */
static __always_inline void make_group_known(struct vm_area_struct *vma, unsigned long address)
{
	const struct identity identity = settled_identity((void *)bpf_get_current_task_btf());

	if (!by_machine())
		slot_of_group(&identity, vma, address);
}

/* The slot of the running @task, and what it is taken for. There can be room soon. */
static __always_inline struct taken_slot take_slot(struct task_struct *task,
						   struct vm_area_struct *vma,
						   unsigned long address)
{
	struct taken_slot result = { .identity = settled_identity(task) };
	struct taken_slot *known;

	known = bpf_task_storage_get(&task_slots, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (known && known->slot != SLOT_UNKNOWN && is_same(&known->identity, &result.identity))
		return *known;
	result.slot = slot_of_group(&result.identity, vma, address);
	if (known && result.slot != SLOT_FULL) {
		known->identity = result.identity;
		known->slot = result.slot;
	}
	return result;
}

/* Where to count a fault of the running task at @address of @vma. */
static __always_inline __u32 current_slot(struct vm_area_struct *vma, unsigned long address)
{
	static const struct identity none;

	if (by_machine())
		return SLOT_MACHINE;
	if (count_by == VMALOCK_BY_MAPPING)
		return slot_of_group(&none, vma, address);
	return take_slot(bpf_get_current_task_btf(), vma, address).slot;
}

/*
 * The same, for handle_mm_fault(). An exec by a thread that is not the leader
 * gives it the leader's start, so that its entry is no longer taken for it.
 */
static __always_inline __u32 last_thread_slot(struct vm_area_struct *vma, unsigned long address)
{
	struct task_struct *task;
	struct last_thread *last;
	struct identity identity;
	__u32 first = 0;

	if (by_machine() || count_by == VMALOCK_BY_MAPPING)
		return current_slot(vma, address);
	last = bpf_map_lookup_elem(&last_threads, &first);
	task = bpf_get_current_task_btf();
	if (!last)
		return SLOT_FULL;
	identity = identity_of(task);
	if (last->task != (__u64)task || last->start_ns != task->start_boottime ||
	    !is_same(&last->taken.identity, &identity)) {
		last->task = (__u64)task;
		last->start_ns = task->start_boottime;
		last->taken = take_slot(task, vma, address);
		if (last->taken.slot == SLOT_FULL)
			last->task = 0;
	}
	return last->taken.slot;
}

/* The counts in a slot, NULL if the event is not to be or cannot be counted. */
static __always_inline struct vmalock_counts *counts_in(__u32 slot)
{
	struct vmalock_counts *result = bpf_map_lookup_elem(&counts, &slot);

	if (!result && slot != SLOT_NOT_COUNTED)
		count_loss(VMALOCK_LOSS_COUNTS_FULL);
	return result;
}

/* An exec gives the thread that calls it the id of the leader, which it becomes. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(thread_exec, struct task_struct *task)
{
	bpf_task_storage_delete(&task_slots, task);
	return 0;
}

#endif /* VMALOCK_GROUPS_BPF_H */
