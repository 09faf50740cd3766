/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Watches on the live tables. Faults are caught where CONFIG_CMD_MMU is set, from
 * the first command on: without that there is nobody to open a watched page.
 */

#ifndef _MMU_PFA_LIVE_WATCH_H
#define _MMU_PFA_LIVE_WATCH_H

#include <mmu_pfa/watch.h>

/* The watches of the live tree; there are none after a restore of it. */
struct watch_set *live_watches(void);

/**
 * live_watch_add() - watch a range of the live tree
 *
 * The first watch maps the page of the slot a second time, executable and
 * read-only, at an address that is free; the last one unmaps it.
 *
 * Nothing asks here whether U-Boot stands on the pages.
 *
 * Return: as watch_add(); also -ENOSPC without an address for the slot
 */
int live_watch_add(u64 va, u64 size, unsigned int access, u64 limit,
		   struct pgtable_result *res);

void live_watch_del(struct watch *w);

void live_watch_rearm(struct watch *w);

/* Whether a range of addresses has a page in common with the slot. */
bool live_watch_slot(u64 va, u64 size);

/**
 * live_watched() - whether a range of addresses belongs to the watches
 *
 * What does is not to be unmapped, replaced or changed.
 *
 * @id: receives the watch; 0 for the slot
 */
bool live_watched(u64 va, u64 size, unsigned int *id);

/* The ID of a watch that has the page of an address; 0 if none has. */
unsigned int live_watch_at(u64 va);

/**
 * live_unwatched() - an entry as it is where nothing is watched
 *
 * While an instruction accesses a page that is watched, and so whenever it faults
 * there for another reason, the page is open.
 *
 * @va:    in what it maps
 * @level: of the entry
 * Return: @pte with what the watches have taken; @pte itself where none has a page
 */
pte_t live_unwatched(u64 va, unsigned int level, pte_t pte);

#endif /* _MMU_PFA_LIVE_WATCH_H */
