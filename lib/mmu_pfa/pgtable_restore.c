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

/*
 * Whether an entry can't be broken: the CPU stands on it, or on the contiguous run
 * that it is in.
 */
static bool is_left(struct pgtable_op *op, pte_t pte, unsigned int level, u64 va)
{
	if (is_contiguous(pte, level))
		return pgtable_left(op, vmsa_cont_base(va, level),
				    VMSA_CONT_ENTRIES * vmsa_size(level));
	return pte_valid(pte) && pgtable_left(op, va, vmsa_size(level));
}

/* Make one entry, which is no table or one of ours, what it shall be. */
static int restore_to(struct pgtable_op *op, pte_t *entry, unsigned int level,
		      u64 va, pte_t want)
{
	bool table = pte_table(*entry, level) ||
		     (op->making && pgtable_is_cut(op->pt, *entry));
	struct pgtable_run run = {
		.entry = entry,
		.n = 1,
		.level = level,
		.below = table ? PGTABLE_LEAVES_BELOW : PGTABLE_NONE_BELOW,
		.va = va,
		.pte = want,
	};

	return table ? pgtable_edit_drop(op, &run) : pgtable_edit(op, &run);
}

/*
 * Link a copy of a table of the other tree. The second pass finds those that the
 * first has built.
 */
static int link_copy(struct pgtable_op *op, pte_t *entry, unsigned int level,
		     u64 va, u64 table)
{
	if (op->making && pte_broken(*entry))
		return restore_to(op, entry, level, va,
				  pte_make_table(pte_addr(*entry)));
	op->pt->count.split += !pte_hole(*entry);
	return restore_to(op, entry, level, va,
			  build_copy(op, op->ref, table, level + 1));
}

static void restore_table(struct pgtable_op *op, u64 pa, u64 ref_pa,
			  unsigned int level, u64 va);

static int restore_entry(struct pgtable_op *op, pte_t *entry,
			 unsigned int level, u64 va, pte_t want)
{
	bool table = pte_table(*entry, level);

	if (table && pte_table(want, level)) {
		restore_table(op, pte_addr(*entry), pte_addr(want), level + 1,
			      va);
		return 0;
	}
	if (*entry == want || (table && !pgtable_ours(op->pt, pte_addr(*entry))))
		return 0;
	if (!table && is_left(op, *entry, level, va))
		return 0;
	if (is_contiguous(*entry, level))
		pgtable_unfold(op, entry, level, va);
	if (pte_table(want, level))
		return link_copy(op, entry, level, va, pte_addr(want));
	return restore_to(op, entry, level, va, want);
}

/* A table that both trees have. What was small on purpose no longer is. */
static void restore_table(struct pgtable_op *op, u64 pa, u64 ref_pa,
			  unsigned int level, u64 va)
{
	pte_t *table = pgtable_at(op->pt, pa);
	const pte_t *want = pgtable_at(op->ref, ref_pa);
	u16 *live = pgtable_live(op->pt, pa);
	int grown = 0;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++, va += vmsa_size(level))
		grown += restore_entry(op, &table[i], level, va, want[i]);
	if (live)
		*live = live_grown(*live, grown) & ~PGTABLE_LIVE_PURPOSE;
}

static void restore_pass(struct pgtable_op *op)
{
	restore_table(op, op->pt->root, op->ref->root, op->pt->start_level, 0);
}

/* What adoption looks for: a table that the copy lacks, and that is not ours. */
static bool is_new(const struct pgtable *from, pte_t pte, pte_t copy,
		   unsigned int level)
{
	return pte_table(pte, level) && !pte_table(copy, level) &&
	       !pgtable_live(from, pte_addr(pte));
}

static u32 count_new(const struct pgtable *to, const struct pgtable *from,
		     u64 pa, u64 from_pa, unsigned int level)
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

static void adopt_table(struct pgtable_op *op, u64 pa, u64 from_pa,
			unsigned int level, u64 va)
{
	pte_t *copy = pgtable_at(op->pt, pa);
	const pte_t *table = pgtable_at(op->ref, from_pa);
	u16 *live = pgtable_live(op->pt, pa);
	int grown = 0;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++, va += vmsa_size(level)) {
		if (is_new(op->ref, table[i], copy[i], level))
			grown += link_copy(op, &copy[i], level, va,
					   pte_addr(table[i]));
		else if (pte_table(table[i], level) && pte_table(copy[i], level))
			adopt_table(op, pte_addr(copy[i]), pte_addr(table[i]),
				    level + 1, va);
	}
	if (pa != op->pt->root)
		*live = live_grown(*live, grown);
}

static void adopt_pass(struct pgtable_op *op)
{
	adopt_table(op, op->pt->root, op->ref->root, op->ref->start_level, 0);
}

int pgtable_adopt(struct pgtable *to, const struct pgtable *from,
		  struct pgtable_result *res)
{
	struct pgtable_op op;

	op_begin(&op, to, res);
	op.ref = from;
	op.needed = count_new(to, from, to->root, from->root, from->start_level);
	res->needed = op.needed;
	if (!op.needed)
		return 0;
	if (pgtable_reserve(&op))
		return -ENOMEM;
	pgtable_passes(&op, adopt_pass);
	return 0;
}

int pgtable_restore(struct pgtable *pt, const struct pgtable *ref,
		    struct pgtable_result *res)
{
	struct pgtable_op op;

	op_begin(&op, pt, res);
	op.ref = ref;
	op.needed = missing_tables(pt, ref, pt->root, ref->root,
				   pt->start_level);
	res->needed = op.needed;
	if (pgtable_reserve(&op))
		return -ENOMEM;
	pgtable_passes(&op, restore_pass);
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
