// SPDX-License-Identifier: GPL-2.0+
/*
 * Copy a tree, and bring a tree back to what a copy of it says.
 *
 * Both trees are walked side by side, entry by entry of a level:
 *
 *	tree		reference	what is done
 *	a table		a table		go down
 *	a table of ours	anything else	the entry becomes that; the table goes
 *	a foreign table	anything else	nothing: somebody else put it there
 *	anything else	a table		a copy of it is built aside and linked
 *	anything else	anything else	the entry becomes that, bit by bit
 *
 * Only the fourth case takes tables, and they are planned and reserved for as in
 * any operation. A subtree of ours goes by one change of the entry above it,
 * whatever has become of what it maps: what the CPU stands on takes one window.
 */

#include "pgtable_internal.h"
#include "pgtable_hw.h"

/* Tables from one of @level on down. */
static u32 count_tables(const struct pgtable *pt, u64 pa, unsigned int level)
{
	const pte_t *table = pgtable_at(pt, pa);
	u32 n = 1;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		if (pte_table(table[i], level))
			n += count_tables(pt, pte_addr(table[i]), level + 1);
	}
	return n;
}

/* A copy of a table and all below it, in reserved tables. */
static pte_t build_copy(struct pgtable_op *op, const struct pgtable *from,
			u64 pa, unsigned int level)
{
	const pte_t *source = pgtable_at(from, pa);
	page_ref page;
	pte_t *table = pgtable_take_table(op, &page);
	u64 copy = page_ref_pa(page);

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		if (pte_table(source[i], level))
			table[i] = build_copy(op, from, pte_addr(source[i]),
					      level + 1);
		else
			table[i] = source[i];
	}
	*pgtable_live(op->pt, copy) = live_word(VMSA_ENTRIES -
				pgtable_count_holes(table, VMSA_ENTRIES));
	hw_table(op->pt, copy, true);
	return pte_make_table(copy);
}

static void op_begin(struct pgtable_op *op, struct pgtable *pt,
		     struct pgtable_result *res)
{
	memset(op, 0, sizeof(*op));
	memset(res, 0, sizeof(*res));
	op->pt = pt;
	op->res = res;
	op->goal = PGTABLE_CHANGED;
	pgtable_gather_init(&op->gather);
}

int pgtable_copy(struct pgtable *to, const struct pgtable *from,
		 struct pgtable_result *res)
{
	struct pgtable_op op;

	op_begin(&op, to, res);
	op.needed = count_tables(from, from->root, from->start_level);
	res->needed = op.needed;
	if (pgtable_reserve(&op))
		return -ENOMEM;
	to->root = pte_addr(build_copy(&op, from, from->root,
				       from->start_level));
	return 0;
}

/* How many tables the tree lacks below the tables that both have. */
static u32 missing_tables(const struct pgtable *pt, const struct pgtable *ref,
			  u64 pa, u64 ref_pa, unsigned int level)
{
	const pte_t *table = pgtable_at(pt, pa);
	const pte_t *want = pgtable_at(ref, ref_pa);
	u32 n = 0;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		if (!pte_table(want[i], level))
			continue;
		if (pte_table(table[i], level))
			n += missing_tables(pt, ref, pte_addr(table[i]),
					    pte_addr(want[i]), level + 1);
		else
			n += count_tables(ref, pte_addr(want[i]), level + 1);
	}
	return n;
}

static bool is_contiguous(pte_t pte, unsigned int level)
{
	return pte_leaf(pte, level) && pte & PTE_CONT;
}

/* Make one entry, which is no table or one of ours, what it shall be. */
static int restore_to(struct pgtable_op *op, pte_t *entry, unsigned int level,
		      u64 va, pte_t want)
{
	bool table = pte_table(*entry, level);
	u64 pa = pte_addr(*entry);
	struct pgtable_run run = {
		.entry = entry,
		.n = 1,
		.level = level,
		.below = table ? PGTABLE_LEAVES_BELOW : PGTABLE_NONE_BELOW,
		.va = va,
		.pte = want,
	};
	int grown;

	if (is_contiguous(*entry, level)) {
		pgtable_unfold(op, entry, level, va);
		if (*entry == want)
			return 0;
	}
	grown = pgtable_edit(op, &run);
	if (table) {
		op->pt->count.merge += !pte_hole(want);
		pgtable_gather_free(op, pa, level + 1);
	}
	return grown;
}

static void restore_table(struct pgtable_op *op, const struct pgtable *ref,
			  u64 pa, u64 ref_pa, unsigned int level, u64 va);

static int restore_entry(struct pgtable_op *op, const struct pgtable *ref,
			 pte_t *entry, unsigned int level, u64 va, pte_t want)
{
	if (!pte_table(want, level)) {
		if (*entry == want || (pte_table(*entry, level) &&
				       !pgtable_ours(op->pt, pte_addr(*entry))))
			return 0;
		return restore_to(op, entry, level, va, want);
	}
	if (pte_table(*entry, level)) {
		restore_table(op, ref, pte_addr(*entry), pte_addr(want),
			      level + 1, va);
		return 0;
	}
	op->pt->count.split += !pte_hole(*entry);
	return restore_to(op, entry, level, va,
			  build_copy(op, ref, pte_addr(want), level + 1));
}

/* A table that both trees have. What was small on purpose no longer is. */
static void restore_table(struct pgtable_op *op, const struct pgtable *ref,
			  u64 pa, u64 ref_pa, unsigned int level, u64 va)
{
	pte_t *table = pgtable_at(op->pt, pa);
	const pte_t *want = pgtable_at(ref, ref_pa);
	u16 *live = pgtable_live(op->pt, pa);
	int grown = 0;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++, va += vmsa_size(level))
		grown += restore_entry(op, ref, &table[i], level, va, want[i]);
	if (live && pa != op->pt->root)
		*live = (*live + grown) & ~PGTABLE_LIVE_PURPOSE;
}

/* What adoption looks for: a table that the copy lacks, and that is not ours. */
static bool is_new(struct pgtable *from, pte_t pte, pte_t copy,
		   unsigned int level)
{
	return pte_table(pte, level) && !pte_table(copy, level) &&
	       !pgtable_ours(from, pte_addr(pte));
}

static u32 count_new(const struct pgtable *to, struct pgtable *from, u64 pa,
		     u64 from_pa, unsigned int level)
{
	const pte_t *copy = pgtable_at(to, pa);
	const pte_t *table = pgtable_at(from, from_pa);
	u32 n = 0;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		if (is_new(from, table[i], copy[i], level))
			n += count_tables(from, pte_addr(table[i]), level + 1);
		else if (pte_table(table[i], level) && pte_table(copy[i], level))
			n += count_new(to, from, pte_addr(copy[i]),
				       pte_addr(table[i]), level + 1);
	}
	return n;
}

static void adopt_table(struct pgtable_op *op, struct pgtable *from, u64 pa,
			u64 from_pa, unsigned int level, u64 va)
{
	pte_t *copy = pgtable_at(op->pt, pa);
	const pte_t *table = pgtable_at(from, from_pa);
	u16 *live = pgtable_live(op->pt, pa);
	int grown = 0;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++, va += vmsa_size(level)) {
		if (is_new(from, table[i], copy[i], level))
			grown += restore_to(op, &copy[i], level, va,
					    build_copy(op, from,
						       pte_addr(table[i]),
						       level + 1));
		else if (pte_table(table[i], level) && pte_table(copy[i], level))
			adopt_table(op, from, pte_addr(copy[i]),
				    pte_addr(table[i]), level + 1, va);
	}
	if (pa != op->pt->root)
		*live += grown;
}

int pgtable_adopt(struct pgtable *to, struct pgtable *from,
		  struct pgtable_result *res)
{
	struct pgtable_op op;

	op_begin(&op, to, res);
	op.needed = count_new(to, from, to->root, from->root, from->start_level);
	res->needed = op.needed;
	if (!op.needed)
		return 0;
	if (pgtable_reserve(&op))
		return -ENOMEM;
	adopt_table(&op, from, to->root, from->root, from->start_level, 0);
	pgtable_gather_flush(&op);
	return 0;
}

int pgtable_restore(struct pgtable *pt, const struct pgtable *ref,
		    struct pgtable_result *res)
{
	struct pgtable_op op;

	op_begin(&op, pt, res);
	op.needed = missing_tables(pt, ref, pt->root, ref->root,
				   pt->start_level);
	res->needed = op.needed;
	if (pgtable_reserve(&op))
		return -ENOMEM;
	restore_table(&op, ref, pt->root, ref->root, pt->start_level, 0);
	pgtable_gather_flush(&op);
	return 0;
}

/* Compare two tables that stand for each other. */
static bool same_table(const struct pgtable *pt, const struct pgtable *ref,
		       u64 pa, u64 ref_pa, unsigned int level, u64 va,
		       struct pgtable_result *res)
{
	const pte_t *table = pgtable_at(pt, pa);
	const pte_t *want = pgtable_at(ref, ref_pa);

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++, va += vmsa_size(level)) {
		if (pte_table(table[i], level) && pte_table(want[i], level)) {
			if (!same_table(pt, ref, pte_addr(table[i]),
					pte_addr(want[i]), level + 1, va, res))
				return false;
		} else if (table[i] != want[i]) {
			res->va = va;
			res->pte = table[i];
			res->level = level;
			return false;
		}
	}
	return true;
}

bool pgtable_same(const struct pgtable *pt, const struct pgtable *ref,
		  struct pgtable_result *res)
{
	memset(res, 0, sizeof(*res));
	return same_table(pt, ref, pt->root, ref->root, pt->start_level, 0,
			  res);
}
