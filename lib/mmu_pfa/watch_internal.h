/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the files of the watches share.
 *
 *	watch.c		which ranges are watched, and their pages
 *	watch_step.c	what happens at an access
 */

#ifndef _MMU_PFA_WATCH_INTERNAL_H
#define _MMU_PFA_WATCH_INTERNAL_H

#include <mmu_pfa/watch.h>

/* Whether two ranges have a byte in common; @size and @n are not 0. */
static inline bool watch_overlap(u64 va, u64 size, u64 at, u64 n)
{
	return va - at < n || at - va < size;
}

/* What has to be taken from a page for the watches that are active. */
unsigned int watch_needs(const struct watch_set *set, u64 page);

#endif /* _MMU_PFA_WATCH_INTERNAL_H */
