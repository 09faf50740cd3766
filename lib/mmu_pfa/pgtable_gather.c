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

static const struct pgtable_stale nothing_stale = { .first = ~0ull };

void pgtable_gather_init(struct pgtable_gather *g)
{
	g->stale = nothing_stale;
	g->stored = false;
	g->makes = 0;
	g->detached = 0;
}

void pgtable_gather_range(struct pgtable_gather *g, u64 va, u64 last,
			  unsigned int level, bool walks)
{
	struct pgtable_stale *stale = &g->stale;

	if (va < stale->first)
		stale->first = va;
	if (last > stale->last)
		stale->last = last;
	if (level > stale->level)
		stale->level = level;
	stale->walks |= walks;
}

static bool anything_stale(const struct pgtable_stale *stale)
{
	return stale->first <= stale->last;
}

void pgtable_gather_make(struct pgtable_op *op, pte_t *entry, pte_t pte)
{
	struct pgtable_gather *g = &op->gather;

	g->make[g->makes].entry = entry;
	g->make[g->makes].pte = pte;
	g->makes++;
}

static void complete(struct pgtable_op *op)
{
	if (op->gather.stored)
		hw_complete(op->pt);
	op->gather.stored = false;
}

/*
 * One instruction for each entry; or one for the range of them, where the CPU
 * has that; or one for everything.
 */
void pgtable_tlbi(struct pgtable *pt, u64 va, unsigned int level, u64 n,
		  bool last_level)
{
	u64 size = vmsa_size(level), pages = n * (size >> FRAME_SHIFT);

	if (n == 1 || (n <= PGTABLE_TLBI_MAX && !pt->tlbi_range)) {
		for (; n; n--, va += size)
			hw_tlbi_va(pt, va, size, last_level);
	} else if (pt->tlbi_range && pages <= VMSA_TLBI_RANGE_MAX) {
		hw_tlbi_range(pt, va, pages, last_level);
	} else {
		hw_tlbi_all(pt);
	}
}

/* Entries of the deepest level between the first and the last address. */
static void invalidate(struct pgtable *pt, const struct pgtable_stale *stale)
{
	u64 va = vmsa_base(stale->first, stale->level);
	u64 n = ((stale->last - va) >> vmsa_shift(stale->level)) + 1;

	pgtable_tlbi(pt, va, stale->level, n, !stale->walks);
	hw_invalidated(pt);
}

static void free_pages(struct pgtable_op *op, struct free_batch *batch)
{
	u32 pool = page_registry_free(op->pt->pages, batch->n, batch->page);

	op->res->removed[PGTABLE_STATIC] += pool;
	op->res->removed[PGTABLE_REGISTERED] += batch->n - pool;
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
	used = live_used(live);
	free_page(op, batch, pa);
	return used;
}

static void free_table(struct pgtable_op *op, struct free_batch *batch, u64 pa,
		       unsigned int level, u64 leaves[VMSA_LEVELS]);

/* Nothing but tables of pages that are ours and full: none is asked for. */
static unsigned int free_full(struct pgtable_op *op, struct free_batch *batch,
			      const pte_t *table)
{
	unsigned int i;

	for (i = 0; i < VMSA_ENTRIES; i++)
		free_page(op, batch, pte_addr(table[i]));
	return VMSA_ENTRIES;
}

/* Free the tables below a table; returns how many there were. */
static unsigned int free_below(struct pgtable_op *op, struct free_batch *batch,
			       const pte_t *table, unsigned int level,
			       u64 leaves[VMSA_LEVELS])
{
	bool last = level + 1 == VMSA_LEAF_LEVEL;
	unsigned int i, tables = 0;
	u64 used = 0;

	if (last && op->full) {
		leaves[level + 1] += VMSA_ENTRIES * VMSA_ENTRIES;
		return free_full(op, batch, table);
	}
	for (i = 0; i < VMSA_ENTRIES; i++) {
		pte_t pte = table[i];

		if (!pte_table(pte, level))
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
	leaves[level] += live ? live_used(live) : used_entries(table);
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
	g->detached = 0;
}

/* Only the second pass can fill the list, and as a rule nothing is stale then. */
void pgtable_gather_free(struct pgtable_op *op, page_ref page,
			 unsigned int level)
{
	struct pgtable_gather *g = &op->gather;

	if (g->detached == ARRAY_SIZE(g->tree)) {
		if (anything_stale(&g->stale))
			pgtable_gather_flush(op);
		else
			free_detached(op);
	}
	g->tree[g->detached].page = page;
	g->tree[g->detached].level = level;
	g->detached++;
}

static void sync(struct pgtable_op *op)
{
	struct pgtable_gather *g = &op->gather;
	bool stored = g->stored;
	unsigned int i;

	complete(op);
	if (anything_stale(&g->stale))
		invalidate(op->pt, &g->stale);
	for (i = 0; i < g->makes; i++) {
		hw_store(op->pt, g->make[i].entry, g->make[i].pte);
		g->stored = true;
	}
	complete(op);
	if (stored)
		hw_sync(op->pt);
	g->stale = nothing_stale;
	g->makes = 0;
}

void pgtable_gather_flush(struct pgtable_op *op)
{
	sync(op);
	if (op->gather.detached)
		free_detached(op);
}
