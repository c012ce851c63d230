/* SPDX-License-Identifier: GPL-2.0-only */
/* account.h - how a module leaves, as C and C++ pass it on; includes nothing. */
#ifndef VMALOCK_BOUNDARY_ACCOUNT_H
#define VMALOCK_BOUNDARY_ACCOUNT_H

enum vmalock_account {
	VMALOCK_ACCOUNT_EVEN,		/* it released what it locked */
	VMALOCK_ACCOUNT_LEAKED,		/* somebody still has what it locked */
	VMALOCK_ACCOUNT_HANDED_ON,	/* others released what it locked */
	VMALOCK_ACCOUNT_OVERDRAWN,	/* it released what others locked */
};

#endif /* VMALOCK_BOUNDARY_ACCOUNT_H */
