/* SPDX-License-Identifier: GPL-2.0-only */
/* events.h - what is traced as it happens: `vmalock trace`. */
#ifndef VMALOCK_UAPI_EVENTS_H
#define VMALOCK_UAPI_EVENTS_H

/* What is traced as it happens: `vmalock trace`. */
enum vmalock_event_kind {
	VMALOCK_EVENT_ABORT,
	VMALOCK_EVENT_RETRY,
	VMALOCK_EVENT_BYPASS,
	VMALOCK_EVENT_WAIT,		/* sent as struct vmalock_wait */
	VMALOCK_EVENT_KIND_NR,
};

#endif /* VMALOCK_UAPI_EVENTS_H */
