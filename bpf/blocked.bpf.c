// SPDX-License-Identifier: GPL-2.0-only
/*
 * blocked.bpf.c - two looks at all tasks, for `vmalock now`. An object of its own, since
 * it traces nothing and loads in a moment.
 */
#include "kernel_types.h"

char LICENSE[] SEC("license") = "GPL";

#include "contended_mms.bpf.h"
#include "blocked_tasks.bpf.h"
