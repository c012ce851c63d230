/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vma.bpf.h - what a VMA says of its readers and of its file.
 */
#ifndef VMALOCK_VMA_BPF_H
#define VMALOCK_VMA_BPF_H

#include "kernel_types.h"

/* include/linux/mm_types.h: VM_REFCNT_EXCLUDE_READERS_FLAG, VM_REFCNT_LIMIT */
#define REFCNT_EXCLUDE_READERS	(1U << 30)
#define REFCNT_LIMIT		(REFCNT_EXCLUDE_READERS - 1)
/* kernel/locking/rwsem.c */
#define RWSEM_READER_SHIFT	8

/* How many tasks have @lock to read. */
static __always_inline __u32 readers_of(struct rw_semaphore *lock)
{
	struct rw_semaphore___rt *rt = (void *)lock;

	if (bpf_core_field_exists(lock->count))
		return BPF_CORE_READ(lock, count.counter) >> RWSEM_READER_SHIFT;
	return BPF_CORE_READ(rt, rwbase.readers.counter);
}

/* The name of its file into @name of @size bytes, empty if it has none. */
static __always_inline void copy_file_name(char *name, __u32 size, struct vm_area_struct *vma)
{
	struct file *file = BPF_CORE_READ(vma, vm_file);

	name[0] = 0;
	if (file)
		bpf_probe_read_kernel_str(name, size,
					  BPF_CORE_READ(file, f_path.dentry, d_name.name));
}

#endif /* VMALOCK_VMA_BPF_H */
