// SPDX-License-Identifier: GPL-2.0+
/*
 * Plan and reserve: what stands in the way, how many tables it takes, and
 * having them. Nothing is changed here.
 *
 * Only tables that exist are read. What the tables of a hole or a block would
 * be is arithmetic: at each level one for every entry above that the range
 * touches and that can't be the target as a whole; see tables_below().
 */

#include "pgtable_internal.h"

/* Entries of a level that the range touches. */
static u64 touched(unsigned int level, u64 va, u64 last)
{
	return (last >> vmsa_shift(level)) - (va >> vmsa_shift(level)) + 1;
}

/* Entries of a level that the range touches but does not cover: 0, 1 or 2. */
static u64 partial(unsigned int level, u64 va, u64 last)
{
	bool head = va != vmsa_base(va, level);
	bool tail = last != vmsa_last(last, level);

	if (touched(level, va, last) == 1)
		return head || tail;
	return head + tail;
}

/* Tables to be hung below entries of @level, none of which has any yet. */
static u64 tables_below(const struct pgtable_op *op, unsigned int level, u64 va,
			u64 last)
{
	u64 n = 0;

	for (; level < VMSA_LEAF_LEVEL; level++) {
		n += level < op->top ? touched(level, va, last) :
				       partial(level, va, last);
	}
	return n;
}

static int conflict(struct pgtable_op *op, int err, unsigned int level, u64 va,
		    pte_t pte)
{
	op->res->va = va;
	op->res->pte = pte;
	op->res->level = level;
	return err;
}

static int plan_hole(struct pgtable_op *op, unsigned int level, u64 va,
		     u64 last)
{
	if (!op->holes)
		return conflict(op, -ENOENT, level, va, 0);
	if (op->attr)
		op->needed += tables_below(op, level, va, last);
	return 0;
}

/*
 * The 16 entries of a contiguous run mean one translation and change together.
 * Unfolding a run that the range cuts is not done yet.
 */
static bool cuts_contiguous(const struct pgtable_op *op, pte_t pte,
			    unsigned int level, u64 va)
{
	u64 size = VMSA_CONT_ENTRIES * vmsa_size(level);
	u64 base = va & ~(size - 1);

	return pte_valid(pte) && (pte & PTE_CONT) &&
	       (base < op->va || base + size - 1 > op->last);
}

/* A leaf, a no-access or a reserved entry. */
static int plan_entry(struct pgtable_op *op, pte_t pte, unsigned int level,
		      u64 va, u64 last)
{
	bool covered = !partial(level, va, last);

	if (!op->occupied)
		return conflict(op, -EEXIST, level, va, pte);
	if (cuts_contiguous(op, pte, level, va))
		return conflict(op, -EPERM, level, va, pte);
	/* What does a part of a reserved encoding mean? */
	if (!covered && pte_reserved(pte, level))
		return conflict(op, -EPERM, level, va, pte);
	if (!op_whole(op, level, va, last))
		op->needed += tables_below(op, level, va, last);
	return 0;
}

static int plan_table(struct pgtable_op *op, u64 pa, unsigned int level, u64 va,
		      u64 last);

static int plan_child(struct pgtable_op *op, pte_t pte, unsigned int level,
		      u64 va, u64 last)
{
	u64 pa = pte_addr(pte);
	const u16 *live = page_registry_live(op->pt->pages, pa);

	/* Dropped as a whole; but is there a hole in it? */
	if (live && op->occupied && op_whole(op, level, va, last)) {
		bool full = level + 1 == VMSA_LEAF_LEVEL &&
			    *live == VMSA_ENTRIES;

		if (op->holes || full)
			return 0;
	}
	return plan_table(op, pa, level + 1, va, last);
}

/* Length of the run of holes at the start of @n entries. */
static unsigned int hole_run(const pte_t *entry, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && pte_hole(entry[i]); i++)
		;
	return i;
}

static int plan_table(struct pgtable_op *op, u64 pa, unsigned int level, u64 va,
		      u64 last)
{
	const pte_t *table = pgtable_at(op->pt, pa);
	unsigned int end = vmsa_index(last, level) + 1;

	while (va <= last) {
		unsigned int i = vmsa_index(va, level);
		unsigned int holes = hole_run(table + i, end - i);
		u64 part = vmsa_last(va, level);
		int err;

		if (holes)
			part += (u64)(holes - 1) << vmsa_shift(level);
		part = pgtable_min(part, last);
		if (holes)
			err = plan_hole(op, level, va, part);
		else if (pte_table(table[i], level))
			err = plan_child(op, table[i], level, va, part);
		else
			err = plan_entry(op, table[i], level, va, part);
		if (err)
			return err;
		va = part + 1;
	}
	return 0;
}

int pgtable_plan(struct pgtable_op *op)
{
	struct pgtable *pt = op->pt;
	int err = plan_table(op, pt->root, pt->start_level, op->va, op->last);

	op->res->needed = op->needed;
	return err;
}

/* Give back what was reserved. */
static void release(struct pgtable_op *op)
{
	while (op->spare != PA_NONE) {
		page_ref page = op->spare;
		pte_t *word = pgtable_at(op->pt, page_ref_pa(page));

		op->spare = *word;
		*word = 0;
		page_registry_free(op->pt->pages, 1, &page);
	}
}

int pgtable_reserve(struct pgtable_op *op)
{
	page_ref batch[PGTABLE_BATCH];
	u32 left = op->needed;

	op->spare = PA_NONE;
	while (left) {
		u32 i, n = pgtable_min(left, PGTABLE_BATCH);

		if (page_registry_alloc(op->pt->pages, n, batch)) {
			release(op);
			return -ENOMEM;
		}
		for (i = 0; i < n; i++) {
			*pgtable_at(op->pt, page_ref_pa(batch[i])) = op->spare;
			op->spare = batch[i];
		}
		left -= n;
	}
	return 0;
}
