// SPDX-License-Identifier: GPL-2.0-only
/* page.c - lock a page, so that faults have to wait for it. */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "callers/testdev/testdev.h"

long testdev_page(struct vmalock_test_page __user *argument)
{
	struct vmalock_test_page given;
	struct page *page;

	if (copy_from_user(&given, argument, sizeof(given)))
		return -EFAULT;
	if (given.hold_us > VMALOCK_TEST_MAX_HOLD_US || given.reserved)
		return -EINVAL;
	if (get_user_pages_fast(given.address, 1, 0, &page) != 1)
		return -EFAULT;

	lock_page(page);
	testdev_hold(given.hold_us);
	unlock_page(page);
	put_page(page);
	return 0;
}
