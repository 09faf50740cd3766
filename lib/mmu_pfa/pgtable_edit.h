/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The edits of a visible entry that need no decision: a hole comes to link a
 * table, and a link becomes a hole. Each is what pgtable_edit() and a flush of
 * the gather would do for it alone, and leaves nothing pending.
 */

#ifndef _MMU_PFA_PGTABLE_EDIT_H
#define _MMU_PFA_PGTABLE_EDIT_H

#include "pgtable_internal.h"
#include "pgtable_hw.h"

static inline void pgtable_edit_link(struct pgtable *pt, pte_t *entry,
				     pte_t link)
{
	hw_order(pt);
	hw_store(pt, entry, link);
	hw_complete(pt);
	hw_sync(pt);
}

/* What was below it held nothing but @n entries of a level from @va on. */
static __always_inline void pgtable_edit_cut(struct pgtable *pt, pte_t *entry,
					     u64 va, unsigned int level,
					     unsigned int n)
{
	hw_store(pt, entry, 0);
	hw_complete(pt);
	if (n == 1)
		hw_tlbi_va(pt, va, vmsa_size(level), false);
	else
		pgtable_tlbi(pt, va, level, n, false);
	hw_invalidated(pt);
	hw_sync(pt);
}

#endif /* _MMU_PFA_PGTABLE_EDIT_H */
