/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * buddy_check() under observation: what it reads is told before it reads it, and
 * it ends at the first violation.
 *
 * lib/mmu_pfa/buddy_check.c is compiled once more for this, with the calls that
 * ThreadSanitizer has the compiler put before each access; here they are ours.
 */

#ifndef _WATCHED_CHECK_H
#define _WATCHED_CHECK_H

#include <mmu_pfa/buddy.h>

/* Called before each read of memory. */
extern void (*watched_read)(const void *at);

/* Return: whether no invariant is violated */
bool watched_check(struct buddy *b);

#endif /* _WATCHED_CHECK_H */
