// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mm's sequence number is a seqcount and not a plain integer.
 * Since 6.14, and in 6.12's stable series: "mm: convert mm_lock_seq to a proper
 * seqcount".
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>

unsigned int probe(struct mm_struct *mm);

unsigned int probe(struct mm_struct *mm)
{
	return mm->mm_lock_seq.sequence;
}
