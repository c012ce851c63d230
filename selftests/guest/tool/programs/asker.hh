// SPDX-License-Identifier: GPL-2.0-only
/** @file Who asks for mmap_lock all the time. */
#pragma once

#include <sys/prctl.h>

#include "mapping.hh"

/** To read, as the thread "asker". */
[[noreturn]] inline void ask()
{
	const mapping own;

	prctl(PR_SET_NAME, "asker");
	for (;;) {
		unsigned char resident;

		mincore(own.address(), page_size, &resident);
	}
}
