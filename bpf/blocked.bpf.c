// SPDX-License-Identifier: GPL-2.0-only
/*
 * blocked.bpf.c - looks at all tasks and their files, for `vmalock now`. An object of its
 * own, since it traces nothing and loads in a moment.
 */
#include "kernel_types.h"

char LICENSE[] SEC("license") = "GPL";

#include "contended_mms.bpf.h"
#include "blocked_tasks.bpf.h"
