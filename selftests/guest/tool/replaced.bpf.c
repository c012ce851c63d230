// SPDX-License-Identifier: GPL-2.0-only
/*
 * replaced.bpf.c - hold one thread up between look-up and lock of a VMA, and count how
 * often it looked up.
 */
#include "kernel_types.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* User space sets them, through its mapping of this section. */
unsigned int thread;
unsigned long long delay_ns;
unsigned long long start;

unsigned long long calls, walks;
unsigned char code[4096];

static bool is_the_thread(void)
{
	return (__u32)bpf_get_current_pid_tgid() == thread;
}

SEC("syscall")
int read_code(void *ctx)
{
	return bpf_probe_read_kernel(code, sizeof(code), (void *)start);
}

SEC("fentry/lock_vma_under_rcu")
int BPF_PROG(locking)
{
	if (is_the_thread())
		calls++;
	return 0;
}

static long is_over(__u32 turn, __u64 *end)
{
	return bpf_ktime_get_ns() >= *end;
}

/* Where the look-up has returned to. */
SEC("kprobe")
int walked(void *ctx)
{
	__u64 end = bpf_ktime_get_ns() + delay_ns;

	if (is_the_thread()) {
		walks++;
		bpf_loop(1 << 20, is_over, &end, 0);
	}
	return 0;
}
