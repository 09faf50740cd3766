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

/* Tables that one level adds below the entries of it that the range touches. */
static u64 tables_of(const struct pgtable_op *op, unsigned int level, u64 va,
		     u64 last)
{
	u64 first = va >> vmsa_shift(level), end = last >> vmsa_shift(level);
	u64 mask = vmsa_size(level) - 1;
	bool head = va & mask, tail = ~last & mask;

	if (level < op->top)
		return end - first + 1;
	return first == end ? head | tail : head + tail;
}

/* Tables to be hung below entries of @level, none of which has any yet. */
static u64 tables_below(const struct pgtable_op *op, unsigned int level, u64 va,
			u64 last)
{
	u64 n = 0;

	for (; level < VMSA_LEAF_LEVEL; level++)
		n += tables_of(op, level, va, last);
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

static int refuse(struct pgtable_op *op, enum pgtable_refusal refusal,
		  unsigned int level, u64 va, pte_t pte)
{
	op->res->refusal = refusal;
	return conflict(op, -EPERM, level, va, pte);
}

static int plan_hole(struct pgtable_op *op, unsigned int level, u64 va,
		     u64 last)
{
	op->alike = false;
	if (!op_holes(op))
		return conflict(op, -ENOENT, level, va, 0);
	if (op->goal == PGTABLE_LEAF)
		op->needed += tables_below(op, level, va, last);
	return 0;
}

/*
 * The 16 entries of a contiguous run mean one translation and change together.
 * One that an end of the range cuts is unfolded first. Of those that the range
 * has whole, the CPU can't stand on one that has to be broken: a window makes
 * its entries what they were but for some bits, not anything.
 */
static int plan_contiguous(struct pgtable_op *op, pte_t pte, unsigned int level,
			   u64 va, u64 last)
{
	u64 run = VMSA_CONT_ENTRIES * vmsa_size(level);
	u64 base = vmsa_cont_base(va, level);
	u64 end = vmsa_cont_base(last, level) + run;
	pte_t to = op_target(op, level, vmsa_base(va, level), pte);

	if (base < op->va) {
		op->cut_head = true;
		base += run;
	}
	if (end - 1 > op->last) {
		op->cut_tail = true;
		end -= run;
	}
	if (base < end && pgtable_needs_break(pte, to, level) &&
	    pgtable_stood_on(op->pt, base, end - base))
		return refuse(op, PGTABLE_REFUSED_CONT, level, va, pte);
	return 0;
}

/* What may be changed at all, and may come of it. */
static int plan_change(struct pgtable_op *op, pte_t pte, unsigned int level,
		       u64 va)
{
	enum vmsa_regime regime = op->pt->regime;
	pte_t to = op_changed(op, level, pte);

	if (op->flags & PGTABLE_ALLOW_WX)
		return 0;
	if (vmsa_write_exec(regime, to) && !vmsa_write_exec(regime, pte))
		return refuse(op, PGTABLE_REFUSED_WX, level, va, pte);
	if (vmsa_device_exec(regime, to) && !vmsa_device_exec(regime, pte))
		return refuse(op, PGTABLE_REFUSED_DEVX, level, va, pte);
	return 0;
}

/* Note whether a run is like all before, so that the commit need not look. */
static void plan_alike(struct pgtable_op *op, pte_t pte, bool part)
{
	if (!op->first)
		op->first = pte;
	if (part || !(pte & ~PTE_ADDR_MASK) ||
	    (op->first ^ pte) & ~PTE_ADDR_MASK)
		op->alike = false;
}

/*
 * Leaves, no-access or reserved entries with the attributes of @pte, the first.
 * More than one only where all of them are covered.
 */
static int plan_entries(struct pgtable_op *op, pte_t pte, unsigned int level,
			u64 va, u64 last)
{
	bool changed = op->goal == PGTABLE_CHANGED, part;
	int err = 0;

	if (!op_occupied(op))
		return conflict(op, -EEXIST, level, va, pte);
	part = va & (vmsa_size(level) - 1) || ~last & (vmsa_size(level) - 1);
	/* What does a part of a reserved encoding mean, or a change of it? */
	if (pte_reserved(pte, level) && (part || changed))
		return refuse(op, PGTABLE_REFUSED_RESERVED, level, va, pte);
	if (op_settled(op, level, pte)) {
		op->alike = false;
		return 0;
	}
	if (changed) {
		plan_alike(op, pte, part);
		err = plan_change(op, pte, level, va);
	}
	if (!err && pte & PTE_CONT && !pte_reserved(pte, level))
		err = plan_contiguous(op, pte, level, va, last);
	if (part || level < op->top)
		op->needed += tables_below(op, level, va, last);
	return err;
}

static int plan_table(struct pgtable_op *op, u64 pa, unsigned int level, u64 va,
		      u64 last);

/* Whether a table goes as a whole, and nothing in it can be in the way. */
static bool plan_drop(struct pgtable_op *op, u64 pa, unsigned int level)
{
	return op_occupied(op) && op_holes(op) && level >= op->top &&
	       op->goal != PGTABLE_CHANGED && pgtable_ours(op->pt, pa);
}

static int plan_child(struct pgtable_op *op, pte_t pte, unsigned int level,
		      u64 va, u64 last)
{
	u64 pa = pte_addr(pte);

	if (op_covers(level, va, last) && plan_drop(op, pa, level))
		return 0;
	return plan_table(op, pa, level + 1, va, last);
}

/* How many entries of @n, the first at @va, can be looked at as one. */
static unsigned int plan_run(const struct pgtable_op *op, const pte_t *entry,
			     unsigned int level, u64 va, u64 last)
{
	u64 size = vmsa_size(level);

	if (op->goal != PGTABLE_CHANGED || pte_table(*entry, level) ||
	    va & (size - 1) || last - va < 2 * size)
		return 1;
	return pgtable_like(entry, pgtable_min((last - va + 1) / size,
					       VMSA_ENTRIES -
					       vmsa_index(va, level)));
}

/*
 * How many of @n entries, from the first on, are tables of pages that are full
 * and go as a whole: there is no hole in them.
 */
static unsigned int plan_full(const struct pgtable_op *op, const pte_t *entry,
			      unsigned int level, unsigned int n)
{
	unsigned int i;

	if (op->goal != PGTABLE_HOLE || level + 1 != VMSA_LEAF_LEVEL)
		return 0;
	for (i = 0; i < n && pte_table(entry[i], level); i++) {
		const u16 *live = pgtable_live(op->pt, pte_addr(entry[i]));

		if (!live || live_count(live) != VMSA_ENTRIES)
			break;
	}
	return i;
}

static int plan_table(struct pgtable_op *op, u64 pa, unsigned int level, u64 va,
		      u64 last)
{
	const pte_t *table = pgtable_at(op->pt, pa);
	unsigned int end = vmsa_index(last, level) + 1;
	int err = 0;

	while (va <= last && !err) {
		unsigned int i = vmsa_index(va, level), n;
		const pte_t *entry = table + i;
		u64 part = vmsa_last(va, level);

		n = plan_full(op, entry, level, op_whole(op, level, va, last));
		if (n) {
			va += (u64)n << vmsa_shift(level);
			continue;
		}
		n = pte_hole(*entry) ? pgtable_holes(entry, end - i) :
				       plan_run(op, entry, level, va, last);
		part += (u64)(n - 1) << vmsa_shift(level);
		part = pgtable_min(part, last);
		if (pte_table(*entry, level)) {
			err = plan_child(op, *entry, level, va, part);
		} else {
			op->full = false;
			err = pte_hole(*entry) ?
				plan_hole(op, level, va, part) :
				plan_entries(op, *entry, level, va, part);
		}
		va = part + 1;
	}
	return err;
}

/*
 * Go down to the lowest table that holds the whole range, but not into one that
 * the range covers: that may go as a whole.
 */
static void find_anchor(struct pgtable_op *op)
{
	struct pgtable *pt = op->pt;
	unsigned int level = pt->start_level;
	u64 table = pt->root;

	op->path[level] = table;
	while (!((op->va ^ op->last) >> vmsa_shift(level)) &&
	       level < VMSA_LEAF_LEVEL) {
		pte_t pte = pgtable_at(pt, table)[vmsa_index(op->va, level)];

		if (!pte_table(pte, level) || op_covers(level, op->va, op->last))
			break;
		table = pte_addr(pte);
		op->path[++level] = table;
	}
	op->anchor = level;
}

int pgtable_plan(struct pgtable_op *op)
{
	int err;

	find_anchor(op);
	err = plan_table(op, op->path[op->anchor], op->anchor, op->va, op->last);
	op->res->needed = op->needed;
	return err;
}

void pgtable_release(struct pgtable_op *op)
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
			pgtable_release(op);
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
