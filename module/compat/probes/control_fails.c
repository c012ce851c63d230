// SPDX-License-Identifier: GPL-2.0-only
/* Control: no kernel compiles this. */
#include <linux/mm.h>

int control(struct vm_area_struct *vma);

int control(struct vm_area_struct *vma)
{
	return vma->vm_no_kernel_has_this;
}
