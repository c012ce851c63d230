/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuse_servers.bpf.h - who can answer the requests of a FUSE file system: whoever has
 * /dev/fuse open, by an open file that is of this connection. The number of a connection is
 * used again after it has ended, when the file may still be open.
 *
 * User space reads this iterator only if a task was met that may wait for an answer: it
 * comes by all open files of the machine.
 */
#ifndef VMALOCK_FUSE_SERVERS_BPF_H
#define VMALOCK_FUSE_SERVERS_BPF_H

#include "blocked_types.h"
#include "task_stack.bpf.h"
#include "uapi/blocked_records.h"

/* include/uapi/linux/magic.h; virtiofs has it too, but no server that is a process. */
#define FUSE_SUPER_MAGIC	0x65735546
/* include/linux/kdev_t.h, include/uapi/linux/major.h, include/linux/miscdevice.h */
#define FUSE_DEVICE		(10U << 20 | 229)
/* On some kernels the lowest bit of the pointer to a struct fuse_dev is a flag. */
#define FUSE_DEV_FLAGS		1UL

/* That the file of @vma is on, 0: none. */
static __always_inline __u32 fuse_connection_of(struct vm_area_struct *vma)
{
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct super_block *sb;

	if (!file)
		return 0;
	sb = BPF_CORE_READ(file, f_inode, i_sb);
	if (BPF_CORE_READ(sb, s_magic) != FUSE_SUPER_MAGIC)
		return 0;
	return BPF_CORE_READ(sb, s_dev);
}

/* That @file of /dev/fuse serves, 0: none, none any more, or not to be seen on this kernel. */
static __always_inline __u32 served_by(struct file *file)
{
	__u64 word = (__u64)BPF_CORE_READ(file, private_data);
	struct fuse_dev *device = (void *)(word & ~FUSE_DEV_FLAGS);
	struct fuse_dev___chan *later = (void *)device;
	struct fuse_conn___before *conn;

	if (bpf_core_field_exists(device->fc)) {
		conn = (void *)BPF_CORE_READ(device, fc);
		return BPF_CORE_READ(conn, connected) ? BPF_CORE_READ(device, fc, dev) : 0;
	}
	if (bpf_core_field_exists(later->chan) && BPF_CORE_READ(later, chan, connected))
		return BPF_CORE_READ(later, chan, conn, dev);
	return 0;
}

SEC("iter/task_file")
int find_fuse_servers(struct bpf_iter__task_file *ctx)
{
	struct vmalock_fuse_server record = {};
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file || BPF_CORE_READ(file, f_inode, i_rdev) != FUSE_DEVICE)
		return 0;
	record.connection = served_by(file);
	if (!record.connection)
		return 0;
	describe(&record.process, task->group_leader);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

#endif /* VMALOCK_FUSE_SERVERS_BPF_H */
