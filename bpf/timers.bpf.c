// SPDX-License-Identifier: GPL-2.0-only
/*
 * timers.bpf.c - does the verifier let programs have timers? On PREEMPT_RT it does not, and
 * nothing else says so. An object of its own, for it to be loaded in no time: it needs none
 * of the kernel's types.
 */
#include <linux/bpf.h>
#include <linux/time.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct timed {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

SEC("syscall")
int make_timer(void *ctx)
{
	__u32 first = 0;
	struct timed *timed = bpf_map_lookup_elem(&timers, &first);

	return timed ? bpf_timer_init(&timed->timer, &timers, CLOCK_MONOTONIC) : 1;
}
