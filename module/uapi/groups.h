/* SPDX-License-Identifier: GPL-2.0-only */
/* groups.h - whose events have counts of their own. */
#ifndef VMALOCK_UAPI_GROUPS_H
#define VMALOCK_UAPI_GROUPS_H

/* What the tracer counts apart: `vmalock stat --by`. */
enum vmalock_by {
	VMALOCK_BY_PROCESS,
	VMALOCK_BY_THREAD,
	VMALOCK_BY_MAPPING,
	VMALOCK_BY_CPU,
	VMALOCK_BY_MACHINE,		/* nothing */
	VMALOCK_BY_NR,
};

/* What a mapping maps, as /proc/PID/maps would tell. */
enum vmalock_mapping_kind {
	VMALOCK_MAPPING_NONE,		/* there is no mapping, or no longer */
	VMALOCK_MAPPING_ANONYMOUS,
	VMALOCK_MAPPING_HEAP,
	VMALOCK_MAPPING_STACK,
	VMALOCK_MAPPING_SPECIAL,	/* the kernel's own, such as the vDSO */
	VMALOCK_MAPPING_FILE,
	VMALOCK_MAPPING_KIND_NR,
};

#endif /* VMALOCK_UAPI_GROUPS_H */
