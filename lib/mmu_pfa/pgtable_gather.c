// SPDX-License-Identifier: GPL-2.0+
/*
 * The gather of an operation: collects what was broken, what is to be made of
 * it, and which tables nothing links any more; then does barriers, TLB
 * invalidation and freeing, in the one order that is right:
 *
 *	complete the stores	no walk finds the old entries any more
 *	invalidate, wait	nothing holds them any more
 *	make			entries whose old meaning has gone
 *	complete, synchronise	the new meaning holds from here on
 *	free			no walk can be under way in these tables
 */

#include "pgtable_internal.h"
#include "pgtable_hw.h"

struct free_batch {
	unsigned int n;
	page_ref page[PGTABLE_BATCH];
};

void pgtable_gather_init(struct pgtable_gather *g)
{
	g->first = ~0ull;
	g->last = 0;
	g->level = 0;
	g->walks = false;
	g->stored = false;
	g->makes = 0;
	g->detached = 0;
}

void pgtable_gather_range(struct pgtable_gather *g, u64 va, u64 last,
			  unsigned int level, bool walks)
{
	if (va < g->first)
		g->first = va;
	if (last > g->last)
		g->last = last;
	if (level > g->level)
		g->level = level;
	g->walks |= walks;
}

static bool gather_stale(const struct pgtable_gather *g)
{
	return g->first <= g->last;
}

void pgtable_gather_room(struct pgtable_op *op, unsigned int n)
{
	if (op->gather.makes + n > PGTABLE_MAKES)
		pgtable_gather_flush(op);
}

void pgtable_gather_make(struct pgtable_op *op, pte_t *entry, pte_t pte)
{
	struct pgtable_gather *g = &op->gather;

	g->make[g->makes].entry = entry;
	g->make[g->makes].pte = pte;
	g->makes++;
}

void pgtable_gather_free(struct pgtable_op *op, page_ref page,
			 unsigned int level)
{
	struct pgtable_gather *g = &op->gather;

	if (g->detached == PGTABLE_DETACHED)
		pgtable_gather_flush(op);
	g->tree[g->detached].page = page;
	g->tree[g->detached].level = level;
	g->detached++;
}

static void complete(struct pgtable_op *op)
{
	if (op->gather.stored)
		hw_complete(op->pt);
	op->gather.stored = false;
}

/*
 * One invalidation for each entry of the deepest level between the first and
 * the last address, or one for everything. (Where the CPU has FEAT_TLBIRANGE,
 * this is the place to use it.)
 */
static void invalidate(struct pgtable *pt, struct pgtable_gather *g)
{
	u64 step = vmsa_size(g->level);
	u64 va = vmsa_base(g->first, g->level);
	u64 n = ((g->last - va) >> vmsa_shift(g->level)) + 1;

	if (n > PGTABLE_TLBI_MAX) {
		hw_tlbi_all(pt);
	} else {
		for (; n; n--, va += step)
			hw_tlbi_va(pt, va, step, !g->walks);
	}
	hw_invalidated(pt);
}

/* Each page goes back to where it came from; how many went where tells which. */
static void free_pages(struct pgtable_op *op, struct free_batch *batch)
{
	struct page_registry *reg = op->pt->pages;
	u32 pool = reg->pool_stats.now, n = batch->n;

	if (!n)
		return;
	page_registry_free(reg, n, batch->page);
	pool -= reg->pool_stats.now;
	op->res->removed[PGTABLE_STATIC] += pool;
	op->res->removed[PGTABLE_REGISTERED] += n - pool;
	batch->n = 0;
}

static inline void free_page(struct pgtable_op *op, struct free_batch *batch,
			     page_ref page)
{
	hw_table(op->pt, page_ref_pa(page), false);
	batch->page[batch->n++] = page;
	if (batch->n == PGTABLE_BATCH)
		free_pages(op, batch);
}

/* Entries in use of a foreign table that is on its way out. */
static unsigned int used_entries(const pte_t *table)
{
	return VMSA_ENTRIES - pgtable_count_holes(table, VMSA_ENTRIES);
}

/* A table of leaves; returns how many were in use. */
static inline unsigned int free_leaves(struct pgtable_op *op,
				       struct free_batch *batch, u64 pa)
{
	const u16 *live = pgtable_live(op->pt, pa);
	unsigned int used;

	if (!live)
		return used_entries(pgtable_at(op->pt, pa));
	used = live_count(live);
	free_page(op, batch, pa);
	return used;
}

static void free_table(struct pgtable_op *op, struct free_batch *batch, u64 pa,
		       unsigned int level, u64 leaves[VMSA_LEVELS]);

/* Free the tables below a table; returns how many there were. */
static unsigned int free_below(struct pgtable_op *op, struct free_batch *batch,
			       const pte_t *table, unsigned int level,
			       u64 leaves[VMSA_LEVELS])
{
	bool last = level + 1 == VMSA_LEAF_LEVEL;
	unsigned int i, tables = 0;
	u64 used = 0;

	for (i = 0; i < VMSA_ENTRIES; i++) {
		pte_t pte = table[i];

		if ((pte & PTE_TYPE_MASK) != PTE_TYPE_TABLE)
			continue;
		tables++;
		if (last)
			used += free_leaves(op, batch, pte_addr(pte));
		else
			free_table(op, batch, pte_addr(pte), level + 1, leaves);
	}
	leaves[level + 1] += used;
	return tables;
}

/*
 * Free a table with all below, and count the leaves that go with it. A foreign
 * table can hang below one of ours when U-Boot split our block. It goes out of
 * use with it, and is not ours to free.
 */
static void free_table(struct pgtable_op *op, struct free_batch *batch, u64 pa,
		       unsigned int level, u64 leaves[VMSA_LEVELS])
{
	const pte_t *table = pgtable_at(op->pt, pa);
	const u16 *live;

	if (level == VMSA_LEAF_LEVEL) {
		leaves[level] += free_leaves(op, batch, pa);
		return;
	}
	live = pgtable_live(op->pt, pa);
	leaves[level] += live ? live_count(live) : used_entries(table);
	leaves[level] -= free_below(op, batch, table, level, leaves);
	if (live)
		free_page(op, batch, pa);
}

static void free_detached(struct pgtable_op *op)
{
	struct pgtable_gather *g = &op->gather;
	u64 leaves[VMSA_LEVELS] = { 0 };
	struct free_batch batch;
	unsigned int i;

	batch.n = 0;
	for (i = 0; i < g->detached; i++) {
		page_ref page = g->tree[i].page;

		if (page_ref_zero(page))
			free_page(op, &batch, page);
		else
			free_table(op, &batch, page, g->tree[i].level, leaves);
	}
	free_pages(op, &batch);
	for (i = 0; op->goal == PGTABLE_HOLE && i < VMSA_LEVELS; i++)
		op->res->leaves[i] += leaves[i];
}

void pgtable_gather_sync(struct pgtable_op *op)
{
	struct pgtable_gather *g = &op->gather;
	bool sync = g->stored || g->makes;
	unsigned int i;

	complete(op);
	if (gather_stale(g))
		invalidate(op->pt, g);
	for (i = 0; i < g->makes; i++) {
		hw_store(op->pt, g->make[i].entry, g->make[i].pte);
		g->stored = true;
	}
	complete(op);
	if (sync)
		hw_sync(op->pt);
	g->first = ~0ull;
	g->last = 0;
	g->level = 0;
	g->walks = false;
	g->makes = 0;
}

void pgtable_gather_flush(struct pgtable_op *op)
{
	pgtable_gather_sync(op);
	if (op->gather.detached)
		free_detached(op);
	op->gather.detached = 0;
}
