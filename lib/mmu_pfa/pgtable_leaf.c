// SPDX-License-Identifier: GPL-2.0+
/*
 * Changing one entry, for who handles a fault: see pgtable_set_leaf().
 */

#include "pgtable_internal.h"

/* Whether it is a change of access alone, of an entry that stands alone. */
static bool is_access_change(pte_t old, pte_t pte, unsigned int level)
{
	pte_t leaf = vmsa_leaf_type(level);

	return pte_mapping(old, level) && pte_mapping(pte, level) &&
	       !((old | pte) & PTE_CONT) &&
	       !pgtable_needs_break(old | leaf, pte | leaf, level);
}

int pgtable_set_leaf(struct pgtable *pt, u64 va,
		     const struct pgtable_step *step, pte_t pte)
{
	struct pgtable_result res = { 0 };
	struct pgtable_run run = {
		.entry = pgtable_at(pt, step->entry),
		.n = 1,
		.level = step->level,
		.va = va,
		.pte = pte,
	};
	struct pgtable_op op;

	if (!is_access_change(step->pte, pte, step->level))
		return -EPERM;
	/* All that an edit in place looks at. */
	op.pt = pt;
	op.res = &res;
	pgtable_gather_init(&op.gather);
	pgtable_edit(&op, &run);
	pgtable_gather_flush(&op);
	return 0;
}
