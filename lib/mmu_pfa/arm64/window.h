/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Changing an entry that the CPU stands on.
 */

#ifndef _MMU_PFA_WINDOW_H
#define _MMU_PFA_WINDOW_H

#include <mmu_pfa/live.h>

/**
 * mmu_pfa_window_stub() - break, invalidate and make an entry (window_stub.S)
 *
 * @entry: alias of the entry
 * @pte:   what it becomes
 * @el:    exception level
 * @probe: an address to translate while the entry is broken
 * Return: PAR_EL1 for @probe
 */
u64 mmu_pfa_window_stub(u64 entry, pte_t pte, u64 el, u64 probe);

/**
 * window_replace() - break-before-make of an entry that the CPU needs
 *
 * Through the alias window where the tree has a free 1 GiB of virtual
 * addresses, else through U-Boot's emergency tree. Prints and allocates
 * nothing, and leaves the tree as it was but for the entry.
 *
 * @pt:    the live tree; MMU and caches are on
 * @entry: the entry, valid, in a table that is mapped at its own address
 * @pte:   what it becomes
 */
void window_replace(struct pgtable *pt, pte_t *entry, pte_t pte);

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
