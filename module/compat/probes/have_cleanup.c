// SPDX-License-Identifier: GPL-2.0-only
/* Guards, since 6.5. Not by __has_include: sparse does not know it. */
#include <linux/cleanup.h>
