// SPDX-License-Identifier: GPL-2.0+
/*
 * Map and unmap: validate a request, say what its range shall become, and let
 * that be done.
 *
 * Most requests are for a run of entries in one table, and want a branch of the
 * tree for themselves: tables with nothing in them but the way to the run. A map
 * into a hole lets one grow, and an unmap of all that one holds cuts it off, by
 * one store each; what is in its tables is written where the walker can't see
 * it. Nothing but the way to the range is looked at for that, and little is
 * written, so it is planned, reserved for and committed here. Whatever takes
 * more is left to those who do that for all operations.
 */

#include "pgtable_internal.h"
#include "pgtable_edit.h"

#define MAP_FLAGS	(PGTABLE_MAX_2M | PGTABLE_MAX_4K | PGTABLE_ALLOW_WX | \
			 PGTABLE_REPLACE)

/* The request takes more than a branch; nothing has been done. */
#define NO_BRANCH	1

/* No-access remembers that it may be written. */
static inline int map_validate(struct pgtable *pt, u64 va, u64 pa, u64 size,
			       struct vmsa_attr attr, unsigned int flags,
			       struct pgtable_result *res)
{
	if (!size || ((va | pa | size) & FRAME_MASK))
		return -EINVAL;
	if (!vmsa_attr_known(attr) || (flags & ~MAP_FLAGS))
		return -EINVAL;
	if (range_beyond(va, size, pt->va_bits) ||
	    range_beyond(pa, size, pt->pa_bits))
		return -ERANGE;
	if (!attr.exec || (flags & PGTABLE_ALLOW_WX))
		return 0;
	if (attr.perm != VMSA_RO)
		res->refusal = PGTABLE_REFUSED_WX;
	else if (vmsa_type_is_device(attr.type))
		res->refusal = PGTABLE_REFUSED_DEVX;
	return res->refusal ? -EPERM : 0;
}

/*
 * What follows is compiled twice: for one page, with every shift and mask a
 * constant and loops unrolled, and for any run.
 */

static __always_inline pte_t *entry_at(const struct pgtable *pt, u64 table,
				       u64 va, unsigned int level)
{
	return pgtable_at(pt, table) + vmsa_index(va, level);
}

/* Levels from the root's to below another. */
#define for_each_level(pt, at, end)					\
	_Pragma("GCC unroll 4")						\
	for (at = 0; at < (end); at++)					\
		if (at || !(pt)->start_level)

#define for_each_level_up(at, begin, top)				\
	_Pragma("GCC unroll 4")						\
	for (at = (begin); at >= (top); at--)

/**
 * struct page_run - consecutive entries that are to be mapped, or to be holes
 *
 * @va:    first address
 * @level: the level of all
 * @n:     how many
 */
struct page_run {
	u64 va;
	unsigned int level;
	unsigned int n;
};

/* Whether a request is for one run in one table, all of it whole entries. */
static inline bool is_run(u64 va, u64 pa, u64 size, struct page_run *run)
{
	run->va = va;
	run->level = vmsa_fitting_level(va | pa | size);
	run->n = size >> vmsa_shift(run->level);
	return !((va ^ (va + size - 1)) >> vmsa_shift(run->level - 1));
}

/* Make @n entries of a new table, from @entry on, all that is in it. */
static noinline void clear_rest(pte_t *entry, unsigned int n)
{
	pte_t *table = (pte_t *)((uintptr_t)entry & ~FRAME_MASK);
	unsigned int end = entry + n - table;

	clear_words(table, end - n);
	clear_words(table + end, VMSA_ENTRIES - end);
}

/* A new table with @n entries from that for @va on; returns what links it. */
static __always_inline pte_t new_table(struct pgtable *pt, page_ref page,
				       u64 va, unsigned int level,
				       unsigned int n, pte_t pte, bool hint)
{
	u64 pa = page_ref_pa(page);
	pte_t *entry = entry_at(pt, pa, va, level);

	if (unlikely(!page_ref_zero(page)))
		clear_rest(entry, n);
	if (n == 1) {
		*entry = pte;
	} else {
		pgtable_build_leaves(entry, level, va, n, pte, hint);
		*pgtable_live(pt, pa) = live_word(n);
	}
	hw_table(pt, pa, true);
	return pte_make_table(pa);
}

/*
 * Let a branch grow where a hole is, for a run that begins with @pte. 0, -ENOMEM,
 * or NO_BRANCH.
 */
static __always_inline int grow_branch(struct pgtable *pt, struct page_run run,
				       pte_t pte, bool hint,
				       struct pgtable_result *res)
{
	unsigned int top, level, n;
	page_ref pages[VMSA_LEVELS];
	u64 table = pt->root;
	pte_t *entry = NULL;

	for_each_level(pt, top, run.level) {
		entry = entry_at(pt, table, run.va, top);
		if (!pte_table(*entry, top))
			break;
		table = pte_addr(*entry);
	}
	if (top == run.level || !pte_hole(*entry))
		return NO_BRANCH;
	n = run.level - top;
	res->needed = n;
	if (page_registry_alloc(pt->pages, n, pages))
		return -ENOMEM;
	res->added[pt->pages->registered ? PGTABLE_REGISTERED :
					   PGTABLE_STATIC] = n;
	res->leaves[run.level] = run.n;
	pte = new_table(pt, pages[0], run.va, run.level, run.n, pte, hint);
	for (level = run.level - 1, n = 1; level > top; level--, n++)
		pte = new_table(pt, pages[n], run.va, level, 1, pte, false);
	pgtable_edit_link(pt, entry, pte);
	if (top != pt->start_level)
		pgtable_grown(pt, table, 1, 0);
	return 0;
}

static noinline int map_run(struct pgtable *pt, struct page_run run, pte_t pte,
			    bool hint, struct pgtable_result *res)
{
	return grow_branch(pt, run, pte, hint, res);
}

/* Whatever is there. */
static noinline int map_any(struct pgtable *pt, u64 va, u64 pa, u64 size,
			    struct vmsa_attr attr, unsigned int flags,
			    struct pgtable_result *res)
{
	struct pgtable_op op;

	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_LEAF;
	op.set = vmsa_encode(pt->regime, attr);
	op.access = attr.perm != VMSA_NONE ? PGTABLE_GIVE : PGTABLE_TAKE;
	op.offset = pa - va;
	op.top = pgtable_top_level(va, pa, flags);
	op.flags = flags | PGTABLE_SKIP_HOLES;
	return pgtable_op_run(&op);
}

int pgtable_map(struct pgtable *pt, u64 va, u64 pa, u64 size,
		struct vmsa_attr attr, unsigned int flags,
		struct pgtable_result *res)
{
	bool valid = attr.perm != VMSA_NONE;
	struct page_run run = { va, VMSA_LEAF_LEVEL, 1 };
	int err;
	pte_t pte;

	memset(res, 0, sizeof(*res));
	err = map_validate(pt, va, pa, size, attr, flags, res);
	if (err)
		return err;
	pte = vmsa_encode(pt->regime, attr) | pa;
	err = NO_BRANCH;
	if (pgtable_limited(flags))
		;
	else if (size == FRAME_SIZE)
		err = grow_branch(pt, run, pte | (valid ? PTE_TYPE_PAGE : 0),
				  false, res);
	else if (is_run(va, pa, size, &run))
		err = map_run(pt, run, pte |
			      (valid ? vmsa_leaf_type(run.level) : 0),
			      valid, res);
	if (err == NO_BRANCH)
		err = map_any(pt, va, pa, size, attr, flags, res);
	return err;
}

/**
 * struct way - the way to a run
 *
 * @entry: of each table on the way, by level
 * @table: each of them, by level, as it is given back when it has become empty
 */
struct way {
	pte_t *entry[VMSA_LEVELS];
	page_ref table[VMSA_LEVELS];
};

/*
 * Find the way to a run. Returns how many entries of the last table are in use,
 * and in *@top the level of the highest one with nothing in it but the way
 * there, all of the registered allocator; 0 if the last is not.
 */
static __always_inline unsigned int find_way(const struct pgtable *pt,
					     const struct page_run *run,
					     struct way *way,
					     unsigned int *top)
{
	struct page_allocator *from = pt->pages->registered;
	unsigned int at, used = 0;
	u64 table = pt->root;

	for_each_level(pt, at, run->level) {
		pte_t *entry = entry_at(pt, table, run->va, at);
		const u16 *live;

		way->entry[at] = entry;
		if (!from || !pte_table(*entry, at))
			return 0;
		if (used != 1)
			*top = at + 1;
		table = pte_addr(*entry);
		way->table[at + 1] = table | PAGE_KNOWN_ZERO;
		live = from->live(from, table);
		used = live ? live_count(live) : 0;
	}
	way->entry[at] = entry_at(pt, table, run->va, at);
	return used;
}

/* Whether @used entries are all among those of a run, and no table is. */
static __always_inline bool all_in_run(const pte_t *entry,
				       const struct page_run *run,
				       unsigned int used, bool holes)
{
	unsigned int i, found = 0;

	if (used > run->n || (used < run->n && !holes))
		return false;
	for (i = 0; i < run->n; i++) {
		if (pte_table(entry[i], run->level))
			return false;
		found += !pte_hole(entry[i]);
	}
	return found == used;
}

/* Tables from level @top down that nothing links become zero, and go. */
static __always_inline void free_way(struct pgtable *pt, const struct way *way,
				     const struct page_run *run, unsigned int top,
				     struct pgtable_result *res)
{
	unsigned int n = run->level + 1 - top, at;

	if (run->n > 1)
		clear_words(way->entry[run->level], run->n);
	for_each_level_up(at, run->level, top) {
		*way->entry[at] = 0;
		hw_table(pt, page_ref_pa(way->table[at]), false);
	}
	page_registry_free_registered(pt->pages, n, &way->table[top]);
	res->removed[PGTABLE_REGISTERED] = n;
}

/* One entry of a table goes; false if nothing can be said, and done, here. */
static noinline bool shrink(struct pgtable *pt, u64 table)
{
	/* The only entry of a table of the pool may be what goes. */
	if (pgtable_origin(pt, table) == PGTABLE_STATIC)
		return false;
	pgtable_grown(pt, table, -1, 0);
	return true;
}

/* Cut off the branch that a run is all there is to: 0 or NO_BRANCH. */
static __always_inline int cut_branch(struct pgtable *pt, struct page_run run,
				      bool holes, struct pgtable_result *res)
{
	unsigned int used, top = 0;
	struct way way;

	used = find_way(pt, &run, &way, &top);
	if (!used || !all_in_run(way.entry[run.level], &run, used, holes))
		return NO_BRANCH;
	if (top - 1 != pt->start_level &&
	    !shrink(pt, page_ref_pa(way.table[top - 1])))
		return NO_BRANCH;
	res->leaves[run.level] = used;
	pgtable_edit_cut(pt, way.entry[top - 1], run.va, run.level, run.n);
	free_way(pt, &way, &run, top, res);
	return 0;
}

static noinline int unmap_run(struct pgtable *pt, struct page_run run,
			      bool holes, struct pgtable_result *res)
{
	return cut_branch(pt, run, holes, res);
}

/* Whatever is there. */
static noinline int unmap_any(struct pgtable *pt, u64 va, u64 size,
			      unsigned int flags, struct pgtable_result *res)
{
	struct pgtable_op op;

	pgtable_op_init(&op, pt, va, size, res);
	op.flags = flags;
	op.full = !op_holes(&op);
	return pgtable_op_run(&op);
}

int pgtable_unmap(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res)
{
	struct page_run run = { va, VMSA_LEAF_LEVEL, 1 };
	int err;

	memset(res, 0, sizeof(*res));
	err = pgtable_check_range(pt, va, size);
	if (flags & ~PGTABLE_SKIP_HOLES)
		err = -EINVAL;
	if (err)
		return err;
	err = NO_BRANCH;
	if (size == FRAME_SIZE)
		err = cut_branch(pt, run, flags, res);
	else if (is_run(va, 0, size, &run))
		err = unmap_run(pt, run, flags, res);
	if (err == NO_BRANCH)
		err = unmap_any(pt, va, size, flags, res);
	return err;
}
