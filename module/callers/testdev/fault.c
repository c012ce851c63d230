// SPDX-License-Identifier: GPL-2.0-only
/* fault.c - memory whose page faults sleep with the VMA lock held. */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "callers/testdev/testdev.h"

static vm_fault_t slow_fault(struct vm_fault *vmf)
{
	testdev_hold(min_t(u64, vmf->pgoff, VMALOCK_TEST_MAX_PAGE) * 1000);
	vmf->page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	return vmf->page ? 0 : VM_FAULT_OOM;
}

/*
 * There is nothing around to map. But without this operation a fault lets go of
 * the VMA lock before the handler is called.
 */
static vm_fault_t map_nothing(struct vm_fault *vmf, pgoff_t first, pgoff_t last)
{
	return 0;
}

const struct vm_operations_struct testdev_slow_memory = {
	.fault		= slow_fault,
	.map_pages	= map_nothing,
};
