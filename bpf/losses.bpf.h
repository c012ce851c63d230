/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * losses.bpf.h - what could not be counted, counted by cause.
 */
#ifndef VMALOCK_LOSSES_BPF_H
#define VMALOCK_LOSSES_BPF_H

#include "kernel_types.h"
#include "uapi/losses.h"

/* Written by every program, on any CPU at a time, hence atomically. */
__u64 losses[VMALOCK_LOSS_NR];

static __always_inline void count_loss(enum vmalock_loss cause)
{
	__sync_fetch_and_add(&losses[cause], 1);
}

#endif /* VMALOCK_LOSSES_BPF_H */
