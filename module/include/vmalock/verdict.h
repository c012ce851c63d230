/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalock/verdict.h - for C and C++; includes nothing. */
#ifndef VMALOCK_VERDICT_H
#define VMALOCK_VERDICT_H

/*
 * What an assertion can say. Without lockdep and without owner tracking, who
 * holds a VMA lock cannot always be told.
 */
enum vmalock_verdict {
	VMALOCK_NO,
	VMALOCK_YES,
	VMALOCK_UNKNOWN,
};

#endif /* VMALOCK_VERDICT_H */
