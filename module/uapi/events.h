/* SPDX-License-Identifier: GPL-2.0-only */
/* events.h - what is traced as it happens: `vmalock trace`. */
#ifndef VMALOCK_UAPI_EVENTS_H
#define VMALOCK_UAPI_EVENTS_H

#include "uapi/types.h"

/*
 * What is traced as it happens: `vmalock trace`.
 *
 * X(name, key)
 */
#define VMALOCK_EVENT_KINDS(X) \
	X(VMALOCK_EVENT_ABORT, "abort") \
	X(VMALOCK_EVENT_RETRY, "retry") \
	X(VMALOCK_EVENT_BYPASS, "bypass") \
	/* sent as struct vmalock_wait */ \
	X(VMALOCK_EVENT_WAIT, "wait")

enum vmalock_event_kind {
	VMALOCK_EVENT_KINDS(VMALOCK_ENUMERATOR)
	VMALOCK_EVENT_KIND_NR,
};

#endif /* VMALOCK_UAPI_EVENTS_H */
