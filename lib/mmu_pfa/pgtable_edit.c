// SPDX-License-Identifier: GPL-2.0+
/*
 * The one place that decides how entries which the walker can see are changed,
 * and stores them, but for those that were broken: the flush makes these.
 *
 *	old		new		what is done
 *	the same			nothing
 *	invalid		anything	store; nothing can hold an invalid entry
 *	valid		invalid		store, invalidate later
 *	leaf		leaf, other	store, invalidate later
 *			permissions
 *	valid		anything else	break-before-make (Arm ARM D8.16.1)
 *
 * Break-before-make is done in two halves with the flush of the gather between
 * them: the entry is broken here; a few are made by the flush, many leaves by a
 * second pass over the range, which finds the entries invalid. Until then a
 * broken entry keeps all but its type, and counts as in use.
 *
 * What the CPU stands on can't be broken from here. The owner of the tree
 * replaces it from elsewhere.
 */

#include "pgtable_internal.h"
#include "pgtable_hw.h"

/* What the type bits of a broken entry are: reserved at every level. */
#define PTE_TYPE_BROKEN		(2ull << 0)

/* May change while the entry is valid: who may do what, and software's own. */
#define PTE_IN_PLACE	(PTE_AP_EL0 | PTE_AP_RO | PTE_AF | PTE_DBM | PTE_PXN | \
			 PTE_XN | PTE_SW_MASK)

enum edit {
	EDIT_NOTHING,
	EDIT_STORE,
	EDIT_IN_PLACE,
	EDIT_BREAK,
};

static enum edit edit_decide(pte_t old, pte_t pte, unsigned int level)
{
	if (old == pte)
		return EDIT_NOTHING;
	if (!pte_valid(old))
		return EDIT_STORE;
	if (!pte_valid(pte))
		return EDIT_IN_PLACE;
	if (pte_leaf(old, level) && pte_leaf(pte, level) &&
	    !((old ^ pte) & ~PTE_IN_PLACE))
		return EDIT_IN_PLACE;
	return EDIT_BREAK;
}

bool pgtable_needs_break(pte_t old, pte_t pte, unsigned int level)
{
	return edit_decide(old, pte, level) == EDIT_BREAK;
}

/* What entry @i of a run becomes. */
static pte_t run_pte(const struct pgtable_run *run, unsigned int i)
{
	return run->flip ? run->entry[i] ^ run->flip :
			   run->pte + i * run->step;
}

/* How many entries of a run, from the first on, have the same decision. */
static unsigned int edit_length(const struct pgtable_run *run, enum edit edit)
{
	pte_t pte = run->pte;
	unsigned int n;

	if (run->flip)
		return run->n;
	for (n = 1; n < run->n; n++) {
		pte += run->step;
		if (edit_decide(run->entry[n], pte, run->level) != edit)
			break;
	}
	return n;
}

static void run_advance(struct pgtable_run *run, unsigned int n)
{
	run->entry += n;
	run->va += (u64)n << vmsa_shift(run->level);
	run->pte += run->step * n;
	run->n -= n;
}

/* Tables linked or unlinked are told of elsewhere. */
static void count_leaves(struct pgtable_op *op, const struct pgtable_run *run)
{
	pte_t pte = run_pte(run, 0);
	bool leaves = pte ? !pte_table(pte, run->level) :
			    run->below == PGTABLE_NONE_BELOW;

	if (leaves)
		op->res->leaves[run->level] += run->n;
}

/* Neither the old nor the new entries are holes. */
static void store_flip(struct pgtable_op *op, const struct pgtable_run *run)
{
	pte_t *entry = run->entry, flip = run->flip;
	struct pgtable *pt = op->pt;
	unsigned int n = run->n;

	for (; n >= 8; n -= 8, entry += 8) {
		hw_store(pt, entry, entry[0] ^ flip);
		hw_store(pt, entry + 1, entry[1] ^ flip);
		hw_store(pt, entry + 2, entry[2] ^ flip);
		hw_store(pt, entry + 3, entry[3] ^ flip);
		hw_store(pt, entry + 4, entry[4] ^ flip);
		hw_store(pt, entry + 5, entry[5] ^ flip);
		hw_store(pt, entry + 6, entry[6] ^ flip);
		hw_store(pt, entry + 7, entry[7] ^ flip);
	}
	for (; n; n--, entry++)
		hw_store(pt, entry, *entry ^ flip);
}

static int store_steps(struct pgtable_op *op, const struct pgtable_run *run)
{
	pte_t pte = run->pte;
	unsigned int i;
	int grown = 0;

	for (i = 0; i < run->n; i++, pte += run->step) {
		grown += !pte_hole(pte) - !pte_hole(run->entry[i]);
		hw_store(op->pt, &run->entry[i], pte);
	}
	return grown;
}

static int edit_store(struct pgtable_op *op, const struct pgtable_run *run)
{
	int grown = 0;

	count_leaves(op, run);
	op->gather.stored = true;
	if (run->flip) {
		store_flip(op, run);
	} else {
		if (pte_table(run->pte, run->level))
			hw_order(op->pt);
		grown = store_steps(op, run);
	}
	return grown;
}

/*
 * What may be cached of the entries as they were. Any one address stands for
 * an empty table: nothing but the way to it is cached.
 */
static void stale(struct pgtable_op *op, const struct pgtable_run *run)
{
	struct pgtable_gather *g = &op->gather;
	u64 va = vmsa_base(run->va, run->level);
	u64 last = va + ((u64)run->n << vmsa_shift(run->level)) - 1;

	switch (run->below) {
	case PGTABLE_NONE_BELOW:
		pgtable_gather_range(g, va, last, run->level, false);
		break;
	case PGTABLE_EMPTY_BELOW:
		pgtable_gather_range(g, run->va, run->va, run->level + 1, true);
		break;
	default: /* PGTABLE_LEAVES_BELOW */
		pgtable_gather_range(g, va, last, VMSA_LEAF_LEVEL, true);
		break;
	}
}

/*
 * Flush first: the window looks for a free address, and must not find one that
 * a TLB still translates.
 */
static void edit_window(struct pgtable_op *op, const struct pgtable_run *run)
{
	struct pgtable *pt = op->pt;

	pgtable_gather_flush(op);
	hw_complete(pt);
	pt->ops->replace(pt->ops->ctx, run->entry, run->n,
			 *run->entry ^ run_pte(run, 0));
	pt->count.window++;
	count_leaves(op, run);
}

static void edit_break(struct pgtable_op *op, const struct pgtable_run *run,
		       bool few)
{
	pte_t old = *run->entry, pte = run_pte(run, 0);

	if (few) {
		count_leaves(op, run);
		pgtable_gather_make(op, run->entry, pte);
	} else {
		op->again = true;
	}
	hw_store(op->pt, run->entry, (old & ~PTE_TYPE_MASK) | PTE_TYPE_BROKEN);
	op->gather.stored = true;
	stale(op, run);
}

/* Whether a run is 16 entries that get or lose the hint, one of them stood on. */
static bool folds_stood_on(struct pgtable_op *op, const struct pgtable_run *run)
{
	return run->flip == PTE_CONT && run->n == VMSA_CONT_ENTRIES &&
	       pgtable_stood_on(op->pt, vmsa_base(run->va, run->level),
				run->n * vmsa_size(run->level));
}

/*
 * The 16 entries of a contiguous run are few: all are broken in one flush, or in
 * one window.
 */
static void edit_replace(struct pgtable_op *op, struct pgtable_run run)
{
	unsigned int left = run.n;
	bool few = run.n <= PGTABLE_MAKES;

	if (folds_stood_on(op, &run)) {
		edit_window(op, &run);
		return;
	}
	if (few)
		pgtable_gather_room(op, run.n);
	for (run.n = 1; left; left--) {
		if (pgtable_stood_on(op->pt, vmsa_base(run.va, run.level),
				     vmsa_size(run.level)))
			edit_window(op, &run);
		else
			edit_break(op, &run, few);
		run_advance(&run, 1);
		run.n = 1;
	}
}

static int edit_apply(struct pgtable_op *op, const struct pgtable_run *run,
		      enum edit edit)
{
	switch (edit) {
	case EDIT_NOTHING:
		return 0;
	case EDIT_STORE:
		return edit_store(op, run);
	case EDIT_IN_PLACE:
		stale(op, run);
		return edit_store(op, run);
	default: /* EDIT_BREAK */
		edit_replace(op, *run);
		return 0;
	}
}

/* Piece by piece, each of entries with the same decision. */
static int edit_pieces(struct pgtable_op *op, struct pgtable_run rest)
{
	int grown = 0;

	while (rest.n) {
		enum edit edit = edit_decide(*rest.entry, run_pte(&rest, 0),
					     rest.level);
		struct pgtable_run part = rest;

		part.n = edit_length(&rest, edit);
		grown += edit_apply(op, &part, edit);
		run_advance(&rest, part.n);
	}
	return grown;
}

/*
 * The entries of a contiguous run mean one translation: none is made while
 * another means what it did. Break those that do, for a second pass to make all.
 * Whether there are any.
 */
static bool edit_clear(struct pgtable_op *op, struct pgtable_run rest)
{
	bool broken = false;
	unsigned int left = rest.n;

	for (; left; left--) {
		rest.n = 1;
		if (pgtable_needs_break(*rest.entry, rest.pte, rest.level)) {
			edit_break(op, &rest, false);
			broken = true;
		}
		run_advance(&rest, 1);
	}
	return broken;
}

int pgtable_edit(struct pgtable_op *op, const struct pgtable_run *run)
{
	enum edit edit = edit_decide(*run->entry, run_pte(run, 0), run->level);

	if (edit_length(run, edit) == run->n)
		return edit_apply(op, run, edit);
	if (run->pte & PTE_CONT && edit_clear(op, *run))
		return 0;
	return edit_pieces(op, *run);
}

void pgtable_unfold(struct pgtable_op *op, pte_t *entry, unsigned int level,
		    u64 va)
{
	struct pgtable_run run = {
		.entry = entry - (vmsa_index(va, level) &
				  (VMSA_CONT_ENTRIES - 1)),
		.n = VMSA_CONT_ENTRIES,
		.level = level,
		.va = vmsa_cont_base(va, level),
		.flip = PTE_CONT,
	};
	u64 leaves = op->res->leaves[level];

	pgtable_edit(op, &run);
	op->res->leaves[level] = leaves;
	pgtable_gather_flush(op);
}
