/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VMALOCK_TESTDEV_H
#define VMALOCK_TESTDEV_H

#include <linux/types.h>

#include "uapi/vmalock_test.h"

struct file;
struct vm_area_struct;
struct vm_operations_struct;

/* Sleep for so long, holding whatever is held, unless killed. */
void testdev_hold(u32 microseconds);

/* One ioctl each; 0 or an errno. */
long testdev_lock(struct vmalock_test_lock __user *argument);
long testdev_verdicts(struct vmalock_test_verdicts __user *argument);
long testdev_misuse(struct vmalock_test_misuse __user *argument);
long testdev_stackmap(struct vmalock_test_stackmap __user *argument);
long testdev_next(struct vmalock_test_next __user *argument);
long testdev_walk(struct vmalock_test_walk __user *argument);
long testdev_remote(struct vmalock_test_remote __user *argument);
long testdev_page(struct vmalock_test_page __user *argument);
long testdev_setup(struct vmalock_test_setup __user *argument);
long testdev_repeat(struct vmalock_test_repeat __user *argument);

/* Of memory that testdev_mmap() maps. */
extern const struct vm_operations_struct testdev_slow_memory;

int testdev_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* VMALOCK_TESTDEV_H */
