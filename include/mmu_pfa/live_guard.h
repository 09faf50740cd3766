/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Guards on the live tables: pages that nobody should touch, or write.
 */

#ifndef _MMU_PFA_LIVE_GUARD_H
#define _MMU_PFA_LIVE_GUARD_H

#include <mmu_pfa/pgtable.h>

/** enum live_guard - see live_guard_on() */
enum live_guard {
	LIVE_GUARD_NULL,	/* page 0 has no access */
	LIVE_GUARD_STACK,	/* the last page of U-Boot's stack has none */
	LIVE_GUARD_TEXT,	/* U-Boot's code and constants are read-only */
	LIVE_GUARDS,
};

/* "null", "stack", "text" */
const char *live_guard_name(enum live_guard guard);

/**
 * live_guard_range() - the pages of a guard
 *
 * Of code and constants only whole pages count, and not what the EFI runtime
 * services keep between them.
 *
 * Return: whether there are any on this board
 */
bool live_guard_range(enum live_guard guard, u64 *va, u64 *size);

/* Whether a guard is on. None is after a restore of the live tree. */
bool live_guard_is_on(enum live_guard guard);

/**
 * live_guard_on() - take the access from the pages of a guard
 *
 * Nothing asks here whether somebody needs page 0.
 *
 * Return: 0, also if it is on already; -EALREADY nobody has that access as it
 *	is; -ENODEV no pages; else as lend_begin()
 */
int live_guard_on(enum live_guard guard, struct pgtable_result *res);

/* Give it back: every entry is as it was. */
void live_guard_off(enum live_guard guard);

/* Whether a guard is on and has a page in a range. */
bool live_guard_in(enum live_guard guard, u64 va, u64 size);

/* The name of a guard that is on and has a page in a range; or NULL. */
const char *live_guarded(u64 va, u64 size);

#endif /* _MMU_PFA_LIVE_GUARD_H */
