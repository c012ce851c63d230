// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.bpf.c - which threads sleep for an rw_semaphore, for `vmalock watch`. An object of
 * its own, for it stays loaded for months and must cost next to nothing.
 */
#include "kernel_types.h"

char LICENSE[] SEC("license") = "GPL";

#include "standing_waits.bpf.h"
