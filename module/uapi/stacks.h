/* SPDX-License-Identifier: GPL-2.0-only */
/* stacks.h - where a thread stood: its system call and its stacks. */
#ifndef VMALOCK_UAPI_STACKS_H
#define VMALOCK_UAPI_STACKS_H

#define VMALOCK_STACK_FRAMES 32

#define VMALOCK_SYSCALL_NONE	0xffffffffu	/* a page fault, a kernel thread */
#define VMALOCK_SYSCALL_COMPAT	0x80000000u	/* by the numbers of 32-bit programs */
#define VMALOCK_STACK_NONE	0xffffffffu

#endif /* VMALOCK_UAPI_STACKS_H */
