/* SPDX-License-Identifier: GPL-2.0-only */
/* groups.h - whose events have counts of their own. */
#ifndef VMALOCK_UAPI_GROUPS_H
#define VMALOCK_UAPI_GROUPS_H

#include "uapi/types.h"

/*
 * What the tracer counts apart: `vmalock stat --by`.
 *
 * X(name, key)
 */
#define VMALOCK_GROUPINGS(X) \
	X(VMALOCK_BY_PROCESS, "process") \
	X(VMALOCK_BY_THREAD, "thread") \
	X(VMALOCK_BY_MAPPING, "mapping") \
	/* all processes of one name together */ \
	X(VMALOCK_BY_COMM, "comm") \
	/* all processes in one cgroup of version 2, without those below it */ \
	X(VMALOCK_BY_CGROUP, "cgroup") \
	X(VMALOCK_BY_CPU, "cpu") \
	/* nothing */ \
	X(VMALOCK_BY_MACHINE, "machine")

enum vmalock_by {
	VMALOCK_GROUPINGS(VMALOCK_ENUMERATOR)
	VMALOCK_BY_NR,
};

/*
 * What a mapping maps, as /proc/PID/maps would tell.
 *
 * X(name, key, words)
 */
#define VMALOCK_MAPPING_KINDS(X) \
	/* there is no mapping, or no longer */ \
	X(VMALOCK_MAPPING_NONE, "none", "[none, or gone]") \
	X(VMALOCK_MAPPING_ANONYMOUS, "anonymous", "[anonymous]") \
	X(VMALOCK_MAPPING_HEAP, "heap", "[heap]") \
	X(VMALOCK_MAPPING_STACK, "stack", "[stack]") \
	/* the kernel's own, such as the vDSO */ \
	X(VMALOCK_MAPPING_SPECIAL, "special", "[special]") \
	X(VMALOCK_MAPPING_FILE, "file", "file")

enum vmalock_mapping_kind {
	VMALOCK_MAPPING_KINDS(VMALOCK_ENUMERATOR)
	VMALOCK_MAPPING_KIND_NR,
};

#endif /* VMALOCK_UAPI_GROUPS_H */
