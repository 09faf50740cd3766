// SPDX-License-Identifier: GPL-2.0+
/*
 * The one place that decides how entries which the walker can see are changed,
 * and stores them, but for those that were broken: the flush makes these.
 *
 *	old		new		what is done
 *	the same			nothing
 *	broken		valid		store in the second pass
 *	invalid		anything else	store; nothing can hold an invalid entry
 *	valid		invalid		store, invalidate later
 *	leaf		leaf, other	store, invalidate later
 *			permissions
 *	valid		anything else	break-before-make (Arm ARM D8.16.1)
 *
 * Break-before-make is done in two halves with the flush of the gather between
 * them: the entry is broken here; a few are made by the flush, the others by a
 * second pass over the range. So one invalidation is enough for any number of
 * them. There is no list that could be full: what the second pass can't know from
 * the operation is in the broken entry itself, which the walker ignores and which
 * counts as in use:
 *
 *	becomes a leaf		what it was, but for its type
 *	becomes a table		the address of that, which is built, less its type
 *	was a table of ours	its address; the table's live word says that it is cut
 *
 * An entry that somebody else gave the type of a broken one is made by the second
 * pass too, if it is to be made.
 *
 * What the CPU stands on can't be broken from here. The owner of the tree replaces
 * it from elsewhere; that is left to the second pass, when nothing is pending.
 * Between the passes the engine touches tables, live words, struct pgtable and the
 * stack: ops->stood_on has them among what is stood on, so none of it is broken.
 */

#include "pgtable_internal.h"
#include "pgtable_hw.h"

/* May change while the entry is valid: who may do what, and software's own. */
#define PTE_IN_PLACE	(PTE_AP_EL0 | PTE_AP_RO | PTE_AF | PTE_DBM | PTE_PXN | \
			 PTE_XN | PTE_SW_MASK)

enum edit {
	EDIT_NOTHING,
	EDIT_STORE,
	EDIT_MAKE,
	EDIT_IN_PLACE,
	EDIT_BREAK,
};

static enum edit edit_decide(pte_t old, pte_t pte, unsigned int level)
{
	if (old == pte)
		return EDIT_NOTHING;
	if (!pte_valid(old))
		return pte_broken(old) && pte_valid(pte) ? EDIT_MAKE :
							   EDIT_STORE;
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
	hw_store(op->pt, run->entry,
		 pte_make_broken(pte_table(pte, run->level) ? pte : old));
	op->gather.stored = true;
	stale(op, run);
}

void pgtable_break(struct pgtable_op *op, const struct pgtable_run *run)
{
	edit_break(op, run, false);
}

/* What the second pass finds unbroken is stood on. */
static void edit_replace(struct pgtable_op *op, struct pgtable_run run)
{
	bool few = run.n + op->gather.makes <= PGTABLE_MAKES;
	u64 size = vmsa_size(run.level);
	unsigned int left = run.n;

	for (; left; left--) {
		run.n = 1;
		if (op->making)
			edit_window(op, &run);
		else if (!pgtable_left(op, vmsa_base(run.va, run.level), size))
			edit_break(op, &run, few);
		run_advance(&run, 1);
	}
}

/* What is broken can't be made yet; but what links a table that is built is kept. */
static void edit_wait(struct pgtable_op *op, const struct pgtable_run *run)
{
	op->again = true;
	if (!pte_table(run->pte, run->level))
		return;
	hw_store(op->pt, run->entry, pte_make_broken(run->pte));
	op->gather.stored = true;
}

static int edit_apply(struct pgtable_op *op, const struct pgtable_run *run,
		      enum edit edit)
{
	switch (edit) {
	case EDIT_NOTHING:
		return 0;
	case EDIT_STORE:
		return edit_store(op, run);
	case EDIT_MAKE:
		if (op->making)
			return edit_store(op, run);
		edit_wait(op, run);
		return 0;
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
 * another means what it did. Break those that do, for the second pass to make all.
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
	if (!op->making && run->pte & PTE_CONT && edit_clear(op, *run))
		return 0;
	return edit_pieces(op, *run);
}

/* Break the link to a table. */
static void edit_cut(struct pgtable_op *op, const struct pgtable_run *run)
{
	u64 table = pte_addr(*run->entry);

	*pgtable_live(op->pt, table) |= PGTABLE_LIVE_CUT;
	hw_store(op->pt, run->entry, table | PTE_TYPE_BROKEN);
	op->gather.stored = true;
	op->again = true;
	stale(op, run);
}

/* A few that become nothing valid are gone with the first pass. */
int pgtable_edit_drop(struct pgtable_op *op, const struct pgtable_run *run)
{
	u64 table = pte_addr(*run->entry), size = vmsa_size(run->level);
	bool valid = pte_valid(run->pte);
	int grown;

	if (valid && pgtable_left(op, vmsa_base(run->va, run->level), size))
		return 0;
	if (!op->making &&
	    (valid || op->gather.detached >= PGTABLE_DETACHED)) {
		edit_cut(op, run);
		return 0;
	}
	grown = pgtable_edit(op, run);
	pgtable_gather_free(op, table, run->level + 1);
	op->pt->count.merge += op->goal == PGTABLE_CHANGED &&
			       !pte_hole(run->pte);
	return grown;
}

unsigned int pgtable_unfold(struct pgtable_op *op, pte_t *entry,
			    unsigned int level, u64 va)
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
	unsigned int i, broken = 0;

	if (pte_valid(*entry) &&
	    pgtable_stood_on(op->pt, run.va, run.n * vmsa_size(level))) {
		edit_window(op, &run);
		op->res->leaves[level] = leaves;
		return 0;
	}
	for (i = 0; i < run.n; i++) {
		pte_t pte = run.entry[i] & ~PTE_CONT;

		broken |= (unsigned int)pte_valid(pte) << i;
		hw_store(op->pt, run.entry + i,
			 pte_valid(pte) ? pte_make_broken(pte) : pte);
	}
	op->gather.stored = true;
	if (broken)
		stale(op, &run);
	return broken;
}
