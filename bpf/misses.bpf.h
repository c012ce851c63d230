/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * misses.bpf.h - VMAs that were detached between look-up and lock.
 *
 * A miss begins and ends inside lock_vma_under_rcu(), which then walks the tree once
 * more. User space reads the code of this function, finds an instruction that only the
 * way back to the walk passes, and puts a kprobe there. Nothing else gets slower.
 */
#ifndef VMALOCK_MISSES_BPF_H
#define VMALOCK_MISSES_BPF_H

#include "counters.bpf.h"
#include "groups.bpf.h"
#include "uapi/count_records.h"
#include "uapi/losses.h"

#define MAX_MISS_KEYS	16384
/* The function is a tenth of that on the kernels that were looked at. */
#define MAX_CODE_LEN	8192

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_MISS_KEYS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vmalock_group_key);
	__type(value, __u64);
} misses SEC(".maps");

/* What read_code() answers; all zero if the kernel hides its addresses. */
__u64 code_start, code_walk, code_stack_check_failed;
__u8 code[MAX_CODE_LEN];

static __always_inline __u64 address_of(const char *function, __u32 size)
{
	__u64 address = 0;

	bpf_kallsyms_lookup_name(function, size, 0, &address);
	return address;
}

/* A program of its own, since reading /proc/kcore needs more privileges than tracing. */
SEC("syscall")
int read_code(void *ctx)
{
	static const char traced[] = "lock_vma_under_rcu", walk[] = "mas_walk";
	static const char check[] = "__stack_chk_fail";

	code_start = address_of(traced, sizeof(traced));
	code_walk = address_of(walk, sizeof(walk));
	code_stack_check_failed = address_of(check, sizeof(check));
	return bpf_probe_read_kernel(code, sizeof(code), (void *)code_start);
}

/* No VMA is known here, so that --by mapping counts it for none. */
SEC("kprobe")
int vma_lock_miss(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct vmalock_group_key key = {};
	struct vmalock_group group = {};

	if (!is_target(task))
		return 0;
	describe_group(task, NULL, 0, &key, &group);
	if (add_to(&misses, VMALOCK_TABLE_MISSES, &key, 1, VMALOCK_LOSS_MISSES_FULL))
		make_group_known(NULL, 0);
	return 0;
}

#endif /* VMALOCK_MISSES_BPF_H */
