// SPDX-License-Identifier: GPL-2.0+
/*
 * The bookkeeping of a tree: how many tables there are, and whether what is
 * kept about them is true.
 */

#include "pgtable_internal.h"

/*
 * Set in the live word of a table that has been seen, while pgtable_verify()
 * runs: a bit that neither the count, less one, nor the purpose takes.
 */
#define LIVE_SEEN	0x8000u

/**
 * struct verify - a verification under way
 *
 * @pt:   the tree
 * @res:  receives what is wrong
 * @stop: (may be NULL) whether to stop early, asked with @ctx for each table
 * @path: the tables on the way to where it is, by level
 */
struct verify {
	struct pgtable *pt;
	struct pgtable_result *res;
	bool (*stop)(void *ctx);
	void *ctx;
	u64 path[VMSA_LEVELS];
};

static unsigned int table_entries(const struct pgtable *pt, unsigned int level)
{
	return level == pt->start_level ?
	       1u << (pt->va_bits - vmsa_shift(level)) : VMSA_ENTRIES;
}

static void count_table(struct pgtable *pt, u64 pa, unsigned int level,
			struct pgtable_tables *tables)
{
	const pte_t *table = pgtable_at(pt, pa);
	unsigned int i, n = table_entries(pt, level);

	tables->by_origin[pgtable_ours(pt, pa) ? pgtable_origin(pt, pa) :
						 PGTABLE_FOREIGN]++;
	if (level == VMSA_LEAF_LEVEL)
		return;
	for (i = 0; i < n; i++) {
		if (pte_table(table[i], level))
			count_table(pt, pte_addr(table[i]), level + 1, tables);
	}
}

void pgtable_count_tables(struct pgtable *pt, struct pgtable_tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	count_table(pt, pt->root, pt->start_level, tables);
}

/* How many entries below @table link @pa. */
static unsigned int count_links(struct pgtable *pt, u64 table,
				unsigned int level, u64 pa)
{
	const pte_t *entry = pgtable_at(pt, table);
	unsigned int i, n = table_entries(pt, level), found = 0;

	for (i = 0; i < n && level < VMSA_LEAF_LEVEL; i++) {
		u64 child = pte_addr(entry[i]);

		if (!pte_table(entry[i], level))
			continue;
		found += child == pa;
		found += count_links(pt, child, level + 1, pa);
	}
	return found;
}

static int wrong(struct verify *v, u64 va, pte_t pte, unsigned int level)
{
	v->res->va = va;
	v->res->pte = pte;
	v->res->level = level;
	return -EINVAL;
}

static bool on_path(const struct verify *v, u64 pa, unsigned int level)
{
	unsigned int i;

	for (i = v->pt->start_level; i < level; i++) {
		if (v->path[i] == pa)
			return true;
	}
	return false;
}

/* Whether the walk has been here, or will be again. Notes that it has. */
static bool reached_twice(struct verify *v, u64 pa, unsigned int level)
{
	struct pgtable *pt = v->pt;
	u16 *live = page_registry_live(pt->pages, pa);

	if (on_path(v, pa, level))
		return true;
	if (!live)
		return count_links(pt, pt->root, pt->start_level, pa) > 1;
	if (*live & LIVE_SEEN)
		return true;
	*live |= LIVE_SEEN;
	return false;
}

/* Whether the number of entries in use is what is kept, and nothing is under way. */
static bool count_right(struct verify *v, u64 pa, unsigned int used)
{
	const u16 *live = page_registry_live(v->pt->pages, pa);

	if (!live)
		return true;
	return !(*live & (PGTABLE_LIVE_CUT | PGTABLE_LIVE_FOLD)) &&
	       (pa == v->pt->root || live_used(live) == used);
}

static bool entry_right(const struct verify *v, pte_t pte, unsigned int level)
{
	return !pte_reserved(pte, level) &&
	       !(pte_addr(pte) >> v->pt->pa_bits);
}

static int verify_table(struct verify *v, u64 va, pte_t link,
			unsigned int level)
{
	u64 pa = pte_addr(link);
	const pte_t *table = pgtable_at(v->pt, pa);
	unsigned int i, n = table_entries(v->pt, level), used = 0;
	int err = 0;

	if (v->stop && v->stop(v->ctx))
		return -EINTR;
	if (reached_twice(v, pa, level))
		return wrong(v, va, link, level - 1);
	v->path[level] = pa;
	for (i = 0; i < n && !err; i++) {
		u64 at = va + ((u64)i << vmsa_shift(level));

		used += !pte_hole(table[i]);
		if (!entry_right(v, table[i], level))
			err = wrong(v, at, table[i], level);
		else if (pte_table(table[i], level))
			err = verify_table(v, at, table[i], level + 1);
	}
	if (!err && !count_right(v, pa, used))
		err = wrong(v, va, link, level - 1);
	return err;
}

static void forget_seen(struct pgtable *pt, u64 pa, unsigned int level)
{
	const pte_t *table = pgtable_at(pt, pa);
	u16 *live = page_registry_live(pt->pages, pa);
	unsigned int i, n = table_entries(pt, level);

	if (live)
		*live &= ~LIVE_SEEN;
	for (i = 0; i < n && level < VMSA_LEAF_LEVEL; i++) {
		if (pte_table(table[i], level))
			forget_seen(pt, pte_addr(table[i]), level + 1);
	}
}

int pgtable_verify_until(struct pgtable *pt, bool (*stop)(void *ctx), void *ctx,
			 struct pgtable_result *res)
{
	struct verify v = { .pt = pt, .res = res, .stop = stop, .ctx = ctx };
	int err;

	memset(res, 0, sizeof(*res));
	err = verify_table(&v, 0, pte_make_table(pt->root), pt->start_level);
	forget_seen(pt, pt->root, pt->start_level);
	return err;
}
