/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Changing an entry that the CPU stands on.
 */

#ifndef _MMU_PFA_WINDOW_H
#define _MMU_PFA_WINDOW_H

#include <mmu_pfa/live.h>

/**
 * mmu_pfa_window_stub() - break, invalidate and make entries (window_stub.S)
 *
 * @entry: alias of the first entry
 * @flip:  each becomes itself XOR this
 * @el:    exception level
 * @probe: an address to translate while the entries are broken
 * @n:     how many entries, at least one
 * Return: PAR_EL1 for @probe
 */
u64 mmu_pfa_window_stub(u64 entry, pte_t flip, u64 el, u64 probe, u64 n);

/**
 * window_replace() - break-before-make of entries that the CPU needs
 *
 * Through the alias window where the tree has a free 1 GiB of virtual
 * addresses, else through U-Boot's emergency tree. Prints and allocates
 * nothing, and leaves the tree as it was but for the entries.
 *
 * @pt:    the live tree; MMU and caches are on
 * @entry: the first entry, valid, in a table that is mapped at its own address
 * @n:     how many, all in that table and valid
 * @flip:  each becomes itself XOR this, and stays valid
 */
void window_replace(struct pgtable *pt, pte_t *entry, unsigned int n,
		    pte_t flip);

/* How many there were of each kind. */
struct live_windows window_count(void);

/**
 * window_last_par() - proof that the last alias window was one
 *
 * Return: PAR_EL1 for the address of U-Boot's own code while the entry was
 *	broken: a translation fault, if that entry maps the code. 0 before the
 *	first window
 */
u64 window_last_par(void);

#endif /* _MMU_PFA_WINDOW_H */
