// SPDX-License-Identifier: GPL-2.0-only
/*
 * get_user_pages_remote() returns pages and no VMAs.
 * Since 6.5: "mm/gup: remove vmas parameter from get_user_pages_remote()".
 */
#include <linux/mm.h>

long probe(struct mm_struct *mm, struct page **page);

long probe(struct mm_struct *mm, struct page **page)
{
	return get_user_pages_remote(mm, 0, 1, 0, page, NULL);
}
