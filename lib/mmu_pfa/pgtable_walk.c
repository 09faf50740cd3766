// SPDX-License-Identifier: GPL-2.0+
/*
 * Looking at the tables. One cursor serves them all: it stands on the entry
 * that ends the walk for an address, and goes on to the next such entry.
 */

#include "pgtable_internal.h"

/**
 * struct cursor - an entry that is not a table
 *
 * @pt:    the tree
 * @va:    first address that the entry maps
 * @entry: the entry
 * @pte:   what it holds
 * @level: its level
 */
struct cursor {
	const struct pgtable *pt;
	u64 va;
	const pte_t *entry;
	pte_t pte;
	unsigned int level;
};

static u64 va_end(const struct pgtable *pt)
{
	return 1ull << pt->va_bits;
}

static inline const pte_t *entry_of(const struct pgtable *pt, u64 table, u64 va,
				    unsigned int level)
{
	return pgtable_at(pt, table) + vmsa_index(va, level);
}

/* Stand on the entry of @table, of @level, for @va; then below it. */
static inline void cursor_descend(struct cursor *c, u64 table,
				  unsigned int level, u64 va)
{
	const pte_t *entry = entry_of(c->pt, table, va, level);
	pte_t pte = *entry;

	while (pte_table(pte, level)) {
		level++;
		entry = entry_of(c->pt, pte_addr(pte), va, level);
		pte = *entry;
	}
	c->entry = entry;
	c->pte = pte;
	c->level = level;
	c->va = vmsa_base(va, level);
}

static inline void cursor_find(struct cursor *c, struct pgtable *pt, u64 va)
{
	c->pt = pt;
	cursor_descend(c, pt->root, pt->start_level, va);
}

static u64 cursor_end(const struct cursor *c)
{
	return c->va + vmsa_size(c->level);
}

/* To the next entry; false where the address space ends. */
static bool cursor_next(struct cursor *c)
{
	u64 va = cursor_end(c);

	if (va >= va_end(c->pt))
		return false;
	if (!vmsa_index(va, c->level)) {
		cursor_descend(c, c->pt->root, c->pt->start_level, va);
	} else if (pte_table(c->entry[1], c->level)) {
		cursor_descend(c, pte_addr(c->entry[1]), c->level + 1, va);
	} else {
		c->entry++;
		c->pte = *c->entry;
		c->va = va;
	}
	return true;
}

int pgtable_walk(struct pgtable *pt, u64 va, struct pgtable_walk *walk)
{
	struct pgtable_step *step = walk->step;
	u64 table = pt->root;
	unsigned int level;

	walk->steps = 0;
	if (va >= va_end(pt))
		return -ERANGE;
	for (level = pt->start_level;; level++, step++) {
		step->level = level;
		step->index = vmsa_index(va, level);
		step->entry = table + step->index * sizeof(pte_t);
		step->pte = *entry_of(pt, table, va, level);
		walk->steps++;
		if (!pte_table(step->pte, level))
			break;
		table = pte_addr(step->pte);
	}
	return pte_leaf(step->pte, level) ? 0 : -ENOENT;
}

static inline u64 leaf_pa(pte_t pte, unsigned int level, u64 va)
{
	return pte_leaf_pa(pte, level) | (va & (vmsa_size(level) - 1));
}

/* Level by level, so that every shift and mask is a constant. */
int pgtable_translate(struct pgtable *pt, u64 va, u64 *pa)
{
	pte_t pte = pt->root | PTE_TYPE_TABLE;

	if (unlikely(va >> pt->va_bits))
		return -ERANGE;
	if (likely(!pt->start_level))
		pte = *entry_of(pt, pt->root, va, 0);
	if (unlikely(!pte_table(pte, 0)))
		return -ENOENT;
	pte = *entry_of(pt, pte_addr(pte), va, 1);
	if (unlikely(!pte_valid(pte)))
		return -ENOENT;
	if (!(pte & PTE_NOT_BLOCK)) {
		*pa = leaf_pa(pte, 1, va);
		return 0;
	}
	pte = *entry_of(pt, pte_addr(pte), va, 2);
	if (unlikely(!pte_valid(pte)))
		return -ENOENT;
	if (!(pte & PTE_NOT_BLOCK)) {
		*pa = leaf_pa(pte, 2, va);
		return 0;
	}
	pte = *entry_of(pt, pte_addr(pte), va, 3);
	if (unlikely(!pte_leaf(pte, 3)))
		return -ENOENT;
	*pa = leaf_pa(pte, 3, va);
	return 0;
}

/* Bits that neighbours need not share: where, of what size, in which company. */
static pte_t region_attr(pte_t pte)
{
	return pte & ~(PTE_ADDR_MASK | PTE_CONT | (PTE_TYPE_MASK & ~PTE_VALID));
}

static u64 cursor_pa(const struct cursor *c)
{
	if (pte_hole(c->pte) || pte_reserved(c->pte, c->level))
		return PA_NONE;
	return pte_leaf_pa(c->pte, c->level);
}

static void region_begin(struct pgtable_region *r, const struct cursor *c,
			 u64 va)
{
	u64 pa = cursor_pa(c);

	r->va = va;
	r->size = cursor_end(c) - va;
	r->pa = pa == PA_NONE ? pa : pa + (va - c->va);
	r->pte = c->pte;
	r->level = c->level;
	r->top_level = c->level;
	r->last_level = c->level;
	r->entries = 1;
}

/* Whether the entry goes on where the region ends. */
static bool region_joins(const struct pgtable_region *r, const struct cursor *c,
			 unsigned int flags)
{
	if (flags & PGTABLE_EACH_ENTRY)
		return false;
	if (pte_hole(r->pte) || pte_hole(c->pte))
		return r->pte == c->pte;
	if (r->pa == PA_NONE || cursor_pa(c) != r->pa + r->size)
		return false;
	if ((flags & PGTABLE_BY_LEVEL) && r->level != c->level)
		return false;
	return region_attr(r->pte) == region_attr(c->pte);
}

static void region_extend(struct pgtable_region *r, const struct cursor *c)
{
	r->size = cursor_end(c) - r->va;
	if (c->level < r->top_level)
		r->top_level = c->level;
	if (c->level > r->last_level)
		r->last_level = c->level;
	r->entries++;
}

/* From where the cursor is, to the first entry below @end that is no hole. */
static bool cursor_skip_holes(struct cursor *c, u64 end)
{
	while (pte_hole(c->pte)) {
		if (!cursor_next(c) || c->va >= end)
			return false;
	}
	return true;
}

bool pgtable_next_region(struct pgtable *pt, u64 va, u64 end,
			 unsigned int flags, struct pgtable_region *region)
{
	struct cursor c;

	end = pgtable_min(end, va_end(pt));
	if (va >= end)
		return false;
	cursor_find(&c, pt, va);
	if (!(flags & PGTABLE_HOLES) && !cursor_skip_holes(&c, end))
		return false;
	region_begin(region, &c, va > c.va ? va : c.va);
	while (cursor_next(&c) && c.va < end && region_joins(region, &c, flags))
		region_extend(region, &c);
	region->size = pgtable_min(region->size, end - region->va);
	return true;
}

/* The first address from @from on that is @offset above a multiple of @align. */
static u64 fit(u64 from, u64 align, u64 offset)
{
	u64 base = from > offset ? from - offset : 0;

	return ((base + align - 1) & ~(align - 1)) + offset;
}

int pgtable_find_hole(struct pgtable *pt, u64 from, u64 size, u64 align,
		      u64 offset, u64 *va)
{
	struct pgtable_region r;
	u64 end = va_end(pt);

	if (!size || ((size | offset) & FRAME_MASK) || align < FRAME_SIZE ||
	    (align & (align - 1)) || offset >= align)
		return -EINVAL;
	for (; from < end && align <= end; from = r.va + r.size) {
		u64 fits;

		pgtable_next_region(pt, from, end, PGTABLE_HOLES, &r);
		fits = fit(r.va, align, offset);
		if (pte_hole(r.pte) && fits - r.va <= r.size &&
		    size <= r.size - (fits - r.va)) {
			*va = fits;
			return 0;
		}
	}
	return -ENOENT;
}
