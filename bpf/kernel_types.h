/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_types.h - the little that the programs read of the kernel.
 *
 * Written by hand in place of a generated vmlinux.h: it shows at a glance what
 * a kernel must have, and the build needs no BTF. Offsets here mean nothing,
 * CO-RE looks every field up in the running kernel. A suffix after ___ names a
 * variant of the same kernel type.
 *
 * Includes libbpf's own headers too, which need the types of Linux before them.
 */
#ifndef VMALOCK_KERNEL_TYPES_H
#define VMALOCK_KERNEL_TYPES_H

#include <asm/ptrace.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* What another CPU may write meanwhile, read once. */
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* Values are looked up in the running kernel too. */
enum fault_flag {
	FAULT_FLAG_WRITE = 1 << 0,
	FAULT_FLAG_MKWRITE = 1 << 1,
	FAULT_FLAG_TRIED = 1 << 5,
	FAULT_FLAG_USER = 1 << 6,
	FAULT_FLAG_VMA_LOCK = 1 << 12,
};

enum vm_fault_reason {
	VM_FAULT_MAJOR = 0x000004,
	VM_FAULT_RETRY = 0x000400,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

struct signal_struct {
	atomic_t live;			/* threads that have not exited */
};

struct kernfs_node {
	struct kernfs_node *parent;	/* until 6.14 */
	const char *name;
	__u64 id;
};

struct kernfs_node___rcu {		/* since 6.15 */
	struct kernfs_node *__parent;
};

struct cgroup_root {
	int hierarchy_id;		/* 0: the default one, version 2 */
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;	/* in the default hierarchy: version 2 */
};

struct thread_info {
	unsigned long flags;
	__u32 status;			/* x86 */
};

struct upid {
	int nr;
	void *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];		/* one for each level, from 0 */
};

struct sched_info {
	unsigned long long run_delay;	/* CONFIG_SCHED_INFO: was ready and had no CPU, in ns */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	__u64 start_boottime;
	struct sched_info sched_info;
	char comm[16];
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct pid *thread_pid;
};

struct maple_tree {
	void *ma_root;
};

struct maple_pnode;

struct maple_range_64 {
	struct maple_pnode *parent;
	unsigned long pivot[15];
	void *slot[16];
};

struct maple_arange_64 {
	struct maple_pnode *parent;
	unsigned long pivot[9];
	void *slot[10];
};

struct rw_semaphore {
	atomic_long_t count;		/* neither is on PREEMPT_RT */
	atomic_long_t owner;		/* task_struct, and flags in the low bits */
};

struct rt_mutex_base {
	struct task_struct *owner;	/* bit 0: has waiters */
};

struct rwbase_rt {
	atomic_t readers;
	struct rt_mutex_base rtmutex;
};

struct rw_semaphore___rt {		/* PREEMPT_RT */
	struct rwbase_rt rwbase;
};

struct rcuwait {
	void *task;
};

struct mm_struct {
	struct rw_semaphore mmap_lock;
	struct maple_tree mm_mt;
	seqcount_t mm_lock_seq;		/* since 6.13, and 6.12 stable */
	unsigned long start_brk, brk;	/* the heap */
	unsigned long start_stack;
	struct rcuwait vma_writer_wait;	/* since 6.15 */
};

struct mm_struct___owned {		/* CONFIG_MEMCG */
	struct task_struct *owner;
};

struct mm_struct___int {
	int mm_lock_seq;		/* 6.4 to 6.12 */
};

struct super_block {
	unsigned int s_dev;
	unsigned long s_magic;
};

struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
	unsigned int i_rdev;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};

struct vm_operations_struct {
	void *map_pages;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	struct anon_vma *anon_vma;	/* NULL: no page of its own yet */
	struct file *vm_file;
	const struct vm_operations_struct *vm_ops;	/* NULL: anonymous */
	unsigned int vm_lock_seq;
	refcount_t vm_refcnt;		/* since 6.15 */
};

struct vma_lock {
	struct rw_semaphore lock;
};

struct vm_area_struct___rwsem {		/* 6.4 to 6.14 */
	bool detached;
	struct vma_lock *vm_lock;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned long real_address;	/* as handle_mm_fault() was given it */
	enum fault_flag flags;
};

struct bpf_iter_meta {
	struct seq_file *seq;		/* what user space reads */
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;	/* NULL after the last */
};

#pragma clang attribute pop

extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

#endif /* VMALOCK_KERNEL_TYPES_H */
