/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * How the files of the mapping engine work together.
 *
 *	pgtable_map.c	  map and unmap: validate, describe the target, run; or do
 *			  it where one branch of the tree is all there is to it
 *	pgtable.c	  the other operations, and what is common to all
 *	pgtable_raw.c	  operations in bits that others have encoded
 *	pgtable_plan.c	  plan and reserve: conflicts, table count; read-only
 *	pgtable_commit.c  walk the range, build aside, choose what to edit
 *	pgtable_edit.[ch] change visible entries: the only such place
 *	pgtable_gather.c  barriers, TLBI, freeing: the only such place
 *	pgtable_merge.c	  merge and fold, and why not
 *	pgtable_restore.c copy a tree, and go back to what a copy says
 *	pgtable_walk.c	  look: walk, translate, regions, holes
 *	pgtable_verify.c  count and check tables
 *	pgtable_ask.c	  compare with what the hardware makes of them
 *	pgtable_hw.h	  the machine
 *
 * An operation is a range and what it shall become: its target. Map's target
 * is leaves, unmap's is holes; that of protect and split is what is there, but
 * changed. Planning, splitting, building and editing do not care which. Merge
 * goes the other way, and only shares how entries are edited and tables freed.
 */

#ifndef _MMU_PFA_PGTABLE_INTERNAL_H
#define _MMU_PFA_PGTABLE_INTERNAL_H

#include <mmu_pfa/pgtable.h>

#define PGTABLE_DETACHED	64
#define PGTABLE_EMPTIED		8
#define PGTABLE_MAKES		32
#define PGTABLE_BATCH		32

/*
 * The live word of a table: how many entries beside one are in use, modulo 1024,
 * and whether it is small on purpose. So the word of a new page, 0, is right for a
 * table of one entry, and an empty one, as a copy can have it, is told from a full
 * one; a carry beside the count means nothing. That of a root counts nothing: a
 * root may be empty, and stays. The highest bit is pgtable_verify()'s.
 *
 * From the first pass of an operation to the second there is noted whether its link
 * is broken, and whether entries of it are that get the contiguous hint.
 */
#define PGTABLE_LIVE_COUNT	0x03ffu
#define PGTABLE_LIVE_FLAGS	0xf000u
#define PGTABLE_LIVE_CUT	0x1000u
#define PGTABLE_LIVE_FOLD	0x2000u
#define PGTABLE_LIVE_PURPOSE	0x4000u

/* What the type bits of a broken entry are: reserved at every level. */
#define PTE_TYPE_BROKEN		(2ull << 0)

/* By-address invalidations above this cost more than refilling the TLB. */
#define PGTABLE_TLBI_MAX	32

/**
 * struct pgtable_stale - what a TLB may hold against the tables
 *
 * @first: lowest address
 * @last:  highest; below @first if there is none
 * @level: deepest level of what may be cached there: the stride of TLBI
 * @walks: entries on the way to leaves changed too, not leaves alone
 */
struct pgtable_stale {
	u64 first;
	u64 last;
	u8 level;
	bool walks;
};

/**
 * struct pgtable_gather - what must be synchronised, made and freed
 *
 * @stale:    what must be invalidated
 * @stored:   stores to visible entries are not complete yet
 * @makes:    number of entries in @make
 * @detached: number of entries in @tree
 * @make:     broken entries, and what each becomes after the invalidation; what
 *	      finds no room here is left to a second pass
 * @tree:     subtrees that nothing links any more; freed after it. @page is the
 *	      top table, @level its level; if it is known to be zero, so is all.
 *	      There is room for PGTABLE_DETACHED that go as a whole, and for
 *	      those that become empty at the ends of a range
 */
struct pgtable_gather {
	struct pgtable_stale stale;
	bool stored;
	u8 makes;
	u8 detached;
	struct {
		pte_t *entry;
		pte_t pte;
	} make[PGTABLE_MAKES];
	struct {
		page_ref page;
		u8 level;
	} tree[PGTABLE_DETACHED + PGTABLE_EMPTIED];
};

/** enum pgtable_goal - what a range shall become */
enum pgtable_goal {
	PGTABLE_HOLE,		/* holes */
	PGTABLE_LEAF,		/* leaves */
	PGTABLE_CHANGED,	/* what is there, changed; a hole stays one */
};

/** enum pgtable_access - whether target leaves are valid, not no-access */
enum pgtable_access {
	PGTABLE_TAKE,
	PGTABLE_GIVE,
	PGTABLE_KEEP,		/* as what is there */
};

/**
 * struct pgtable_op - an operation under way
 *
 * @pt:       the tree
 * @res:      what the caller will see
 * @va:       first address of the range
 * @last:     last address of it
 * @goal:     what it shall become
 * @access:   see there
 * @set:      bits that target leaves have, less type bits and address
 * @clear:    bits that changed ones lose first
 * @offset:   output address minus virtual address of target leaves
 * @top:      lowest level at which one entry can be the target: all below may
 * @anchor:   level of the lowest existing table that holds the whole range
 * @flags:    of pgtable_map() and the others; see op_holes() and what follows it
 * @cut_head: a contiguous run is cut by the beginning of the range
 * @cut_tail: one is cut by its end
 * @alike:    all that the range covers has the attributes of @first, holes none
 * @full:     all that it covers are tables of pages, ours and without a hole
 * @again:    the first pass has left something to a second one
 * @making:   it is the second: see pgtable_passes()
 * @needed:   tables that the commit will take
 * @first:    the first leaf that was planned
 * @spare:    the first of them, linked through their first words; PA_NONE ends
 * @path:     tables from the root to the anchor, by level
 * @ref:      the other tree, where two are walked
 * @gather:   see there
 */
struct pgtable_op {
	struct pgtable *pt;
	struct pgtable_result *res;
	u64 va;
	u64 last;
	enum pgtable_goal goal;
	enum pgtable_access access;
	pte_t set;
	pte_t clear;
	u64 offset;
	unsigned int flags;
	u8 top;
	u8 anchor;
	bool cut_head;
	bool cut_tail;
	bool alike;
	bool full;
	bool again;
	bool making;
	u32 needed;
	pte_t first;
	page_ref spare;
	u64 path[VMSA_LEVELS];
	const struct pgtable *ref;
	struct pgtable_gather gather;
};

/** enum pgtable_below - what hangs below entries that change */
enum pgtable_below {
	PGTABLE_NONE_BELOW,	/* they are no tables */
	PGTABLE_EMPTY_BELOW,	/* a table with no entry in use */
	PGTABLE_LEAVES_BELOW,	/* a table with anything in it */
};

/**
 * struct pgtable_run - consecutive visible entries and what they become
 *
 * @entry: the first
 * @n:     how many
 * @level: their level
 * @below: what they are now
 * @va:    an address that the first one maps
 * @flip:  if not 0: bits of each that change. All have the same attributes
 * @pte:   else: what the first one becomes
 * @step:  added to that for each further one
 */
struct pgtable_run {
	pte_t *entry;
	unsigned int n;
	u8 level;
	enum pgtable_below below;
	u64 va;
	pte_t flip;
	pte_t pte;
	u64 step;
};

static inline pte_t *pgtable_at(const struct pgtable *pt, u64 pa)
{
	return (pte_t *)(uintptr_t)(pa + pt->virt_offset);
}

/* Whether [@start, @start + @size), not empty, is not all below 1 << @bits. */
static inline bool range_beyond(u64 start, u64 size, unsigned int bits)
{
	u64 last = start + size - 1;

	return last < start || last >> bits;
}

/* Whole pages within va_bits: 0, -EINVAL or -ERANGE. */
static inline int pgtable_check_range(const struct pgtable *pt, u64 va,
				      u64 size)
{
	if (!size || ((va | size) & FRAME_MASK))
		return -EINVAL;
	return range_beyond(va, size, pt->va_bits) ? -ERANGE : 0;
}

static inline bool vmsa_attr_known(struct vmsa_attr attr)
{
	return attr.type < VMSA_TYPES && attr.perm <= VMSA_RW &&
	       (attr.share == VMSA_NSH || attr.share == VMSA_OSH ||
		attr.share == VMSA_ISH);
}

/* Whether a map asks for blocks that are smaller than could be. */
static inline bool pgtable_limited(unsigned int flags)
{
	return flags & (PGTABLE_MAX_2M | PGTABLE_MAX_4K);
}

/* Whether a map gives the contiguous hint. */
static inline bool pgtable_may_hint(unsigned int flags)
{
	return !(flags & (PGTABLE_MAX_4K | PGTABLE_NO_HINT));
}

/*
 * The lowest level whose entries can map @va to @pa. The low bits of both have
 * to agree: an address alone says nothing about what block fits.
 */
static inline unsigned int pgtable_top_level(u64 va, u64 pa, unsigned int flags)
{
	unsigned int level = vmsa_fitting_level(va ^ pa);

	if (flags & PGTABLE_MAX_4K)
		return VMSA_LEAF_LEVEL;
	return flags & PGTABLE_MAX_2M && level < 2 ? 2 : level;
}

static inline u64 vmsa_last(u64 va, unsigned int level)
{
	return va | (vmsa_size(level) - 1);
}

static inline u64 vmsa_base(u64 va, unsigned int level)
{
	return va & ~(vmsa_size(level) - 1);
}

static inline u64 pgtable_min(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* page_registry_live(), for where it is asked for each of many tables. */
static inline u16 *pgtable_live(const struct pgtable *pt, u64 pa)
{
	struct page_registry *reg = pt->pages;
	struct page_allocator *from = reg->registered;

	if (pa - reg->pool.base < BOOT_POOL_PAGES * FRAME_SIZE || !from)
		return page_registry_live(reg, pa);
	return from->live(from, pa);
}

/* A table that the registry gave: counted, and freed when it is empty. */
static inline bool pgtable_ours(struct pgtable *pt, u64 pa)
{
	return pgtable_live(pt, pa);
}

/* Only of tables that are ours. */
static inline enum pgtable_origin pgtable_origin(struct pgtable *pt, u64 pa)
{
	return pa - pt->pages->pool.base < BOOT_POOL_PAGES * FRAME_SIZE ?
	       PGTABLE_STATIC : PGTABLE_REGISTERED;
}

/* A hole in the range is no conflict. */
static inline bool op_holes(const struct pgtable_op *op)
{
	return op->flags & PGTABLE_SKIP_HOLES;
}

/* Anything else in the range is none. */
static inline bool op_occupied(const struct pgtable_op *op)
{
	return op->goal != PGTABLE_LEAF || op->flags & PGTABLE_REPLACE;
}

/* Runs of 16 that fit get the contiguous hint. */
static inline bool op_hint(const struct pgtable_op *op)
{
	return op->goal == PGTABLE_LEAF && op->access == PGTABLE_GIVE &&
	       pgtable_may_hint(op->flags);
}

/* What an entry becomes that is changed. */
static inline pte_t op_changed(const struct pgtable_op *op, unsigned int level,
			       pte_t old)
{
	pte_t pte = ((old & ~op->clear) | op->set) & ~PTE_TYPE_MASK;

	if (op->access == PGTABLE_GIVE ||
	    (op->access == PGTABLE_KEEP && (old & PTE_TYPE_MASK)))
		pte |= vmsa_leaf_type(level);
	return pte;
}

/* What the entry of a level that maps @va, and is @old, becomes. */
static inline pte_t op_target(const struct pgtable_op *op, unsigned int level,
			      u64 va, pte_t old)
{
	if (op->goal == PGTABLE_HOLE)
		return 0;
	if (op->goal == PGTABLE_CHANGED)
		return op_changed(op, level, old);
	return op->set | (va + op->offset) |
	       (op->access == PGTABLE_GIVE ? vmsa_leaf_type(level) : 0);
}

static inline u64 op_step(const struct pgtable_op *op, unsigned int level)
{
	return op->goal == PGTABLE_HOLE ? 0 : vmsa_size(level);
}

/* Whether an entry that is no table and no hole is what it shall become. */
static inline bool op_settled(const struct pgtable_op *op, unsigned int level,
			      pte_t pte)
{
	return op->goal == PGTABLE_CHANGED && level >= op->top &&
	       op_changed(op, level, pte) == pte;
}

/*
 * How many entries from the one that maps @va on, within one table, are all in
 * [@va, @last] and can each be the target as a whole. 0 if this one can not: it
 * has to be, or to become, a table.
 */
static inline unsigned int op_whole(const struct pgtable_op *op,
				    unsigned int level, u64 va, u64 last)
{
	if (level < op->top || va != vmsa_base(va, level))
		return 0;
	return pgtable_min((last - va + 1) >> vmsa_shift(level),
			   VMSA_ENTRIES - vmsa_index(va, level));
}

/* Whether [@va, @last] of a level is all of its entry. */
static inline bool op_covers(unsigned int level, u64 va, u64 last)
{
	return last - va == vmsa_size(level) - 1;
}

/* The bits in which any of eight entries differs from @first. */
static inline pte_t pgtable_differ8(const pte_t *e, pte_t first)
{
	return (e[0] ^ first) | (e[1] ^ first) | (e[2] ^ first) |
	       (e[3] ^ first) | (e[4] ^ first) | (e[5] ^ first) |
	       (e[6] ^ first) | (e[7] ^ first);
}

/*
 * How many of @n entries, from the first on, have the attributes and type of the
 * first, which is no hole. Whatever else holds for it holds for them.
 */
static inline unsigned int pgtable_like(const pte_t *entry, unsigned int n)
{
	pte_t first = *entry;
	unsigned int left;

	if (!(first & ~PTE_ADDR_MASK))
		return 1;
	for (left = n; left >= 32; left -= 32, entry += 32) {
		pte_t differ = pgtable_differ8(entry, first) |
			       pgtable_differ8(entry + 8, first) |
			       pgtable_differ8(entry + 16, first) |
			       pgtable_differ8(entry + 24, first);

		if (differ & ~PTE_ADDR_MASK)
			break;
	}
	while (left && !((*entry ^ first) & ~PTE_ADDR_MASK)) {
		entry++;
		left--;
	}
	return n - left;
}

/* Length of the run of holes at the start of @n entries. */
static inline unsigned int pgtable_holes(const pte_t *entry, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && pte_hole(entry[i]); i++)
		;
	return i;
}

static inline unsigned int pgtable_count_holes(const pte_t *entry,
					       unsigned int n)
{
	unsigned int i, holes = 0;

	for (i = 0; i < n; i++)
		holes += pte_hole(entry[i]);
	return holes;
}

/* Entries in use of a table; of an empty one more than there are in any. */
static inline unsigned int live_count(const u16 *live)
{
	return (*live & PGTABLE_LIVE_COUNT) + 1;
}

/* The same where it may be empty, and the number matters. */
static inline unsigned int live_used(const u16 *live)
{
	return live_count(live) & PGTABLE_LIVE_COUNT;
}

/* The live word of a table whose entries in use have grown by a number. */
static inline u16 live_grown(u16 live, int grown)
{
	return (live & PGTABLE_LIVE_FLAGS) |
	       ((live + grown) & PGTABLE_LIVE_COUNT);
}

/* The live word of a new table with @used entries in use. */
static inline u16 live_word(unsigned int used)
{
	return (used - 1) & PGTABLE_LIVE_COUNT;
}

/* What the live word of a new table of a level says of it besides the count. */
static inline u16 op_mark(const struct pgtable_op *op, unsigned int level)
{
	return level == op->top && pgtable_limited(op->flags) ? PGTABLE_LIVE_PURPOSE : 0;
}

/* Whether an entry is broken; or somebody else's of a reserved encoding. */
static inline bool pte_broken(pte_t pte)
{
	return (pte & PTE_TYPE_MASK) == PTE_TYPE_BROKEN;
}

static inline pte_t pte_make_broken(pte_t pte)
{
	return (pte & ~PTE_TYPE_MASK) | PTE_TYPE_BROKEN;
}

/* What a broken leaf was. */
static inline pte_t pte_mended(pte_t pte, unsigned int level)
{
	return (pte & ~PTE_TYPE_MASK) | vmsa_leaf_type(level);
}

/* Whether an entry is what a link to a table has become that goes. */
static inline bool pgtable_is_cut(const struct pgtable *pt, pte_t pte)
{
	const u16 *live;

	if ((pte & ~PTE_ADDR_MASK) != PTE_TYPE_BROKEN)
		return false;
	live = pgtable_live(pt, pte_addr(pte));
	return live && *live & PGTABLE_LIVE_CUT;
}

/* Whether the CPU stands on what an entry of a level maps. */
static inline bool pgtable_stood_on(const struct pgtable *pt, u64 va, u64 size)
{
	const struct pgtable_ops *ops = pt->ops;

	return pt->live && ops && ops->stood_on &&
	       ops->stood_on(ops->ctx, va, size);
}

/* Whether the second pass has to change an entry: the CPU stands on it. */
static inline bool pgtable_left(struct pgtable_op *op, u64 va, u64 size)
{
	if (op->making || !pgtable_stood_on(op->pt, va, size))
		return false;
	op->again = true;
	return true;
}

/* First address of the 16 entries that can be one contiguous run. */
static inline u64 vmsa_cont_base(u64 va, unsigned int level)
{
	return va & ~(VMSA_CONT_ENTRIES * vmsa_size(level) - 1);
}

/* Describe a range; everything else is 0 or false. */
void pgtable_op_init(struct pgtable_op *op, struct pgtable *pt, u64 va,
		     u64 size, struct pgtable_result *res);

/* Plan, reserve, commit. */
int pgtable_op_run(struct pgtable_op *op);

/* Plan and reserve; 0, or an error with nothing changed and nothing kept. */
int pgtable_plan(struct pgtable_op *op);
int pgtable_reserve(struct pgtable_op *op);

/* Give back what was reserved. */
void pgtable_release(struct pgtable_op *op);

/* Take one of the reserved tables: the table, and in *@page what it is. */
pte_t *pgtable_take_table(struct pgtable_op *op, page_ref *page);

/* Bring the whole range to its target, and merge then if asked to; can not fail. */
void pgtable_commit(struct pgtable_op *op);

/* @n leaves, or anything else, in a table that nobody sees. */
void pgtable_build_leaves(pte_t *entry, unsigned int level, u64 va,
			  unsigned int n, pte_t pte, bool hint);

/*
 * Keep a table's live word when its entries in use have grown by a number, and
 * @mark it. Whether the table is ours, no root, and empty now.
 */
bool pgtable_grown(struct pgtable *pt, u64 pa, int grown, u16 mark);

/*
 * Merge and fold below the whole range, as the flags say; can not fail. Changes in
 * place may be pending in the gather, but nothing broken.
 */
void pgtable_merge_range(struct pgtable_op *op);

/* Whether to make @pte of @old takes a break. */
bool pgtable_needs_break(pte_t old, pte_t pte, unsigned int level);

/*
 * Change visible entries. Returns by how many the entries in use grew. What was
 * valid may be cached until the next flush of the gather. Where the second pass has
 * to make them, it is to be asked for the same again. Meanwhile a broken entry is
 * what it was but for its type, or what links the table that it becomes.
 */
int pgtable_edit(struct pgtable_op *op, const struct pgtable_run *run);

/* Break one entry, for the second pass to make. */
void pgtable_break(struct pgtable_op *op, const struct pgtable_run *run);

/*
 * The same as pgtable_edit() for an entry with a table of ours, or that is cut from
 * one, which goes with all below.
 */
int pgtable_edit_drop(struct pgtable_op *op, const struct pgtable_run *run);

/*
 * Take the hint from the contiguous run that @entry, of @level and for @va, is in,
 * before its entries go separate ways: they mean one translation, so all 16 are
 * broken, or replaced in one window. They don't count as changed leaves. Returns a
 * bit for each, from the first on, that is broken, and is now what it was but for
 * type and hint.
 */
unsigned int pgtable_unfold(struct pgtable_op *op, pte_t *entry,
			    unsigned int level, u64 va);

void pgtable_gather_init(struct pgtable_gather *g);
/* To be invalidated: entries of @level, or deeper than what changed if @walks. */
void pgtable_gather_range(struct pgtable_gather *g, u64 va, u64 last,
			  unsigned int level, bool walks);
/* After the invalidation: store. There is room. */
void pgtable_gather_make(struct pgtable_op *op, pte_t *entry, pte_t pte);
/* After the invalidation: free, with all tables below. */
void pgtable_gather_free(struct pgtable_op *op, page_ref page,
			 unsigned int level);
/* Do all of it now. */
void pgtable_gather_flush(struct pgtable_op *op);

/*
 * Do what a pass does, in one gather: the first breaks what has to be broken, one
 * flush invalidates all of it, the second makes what the flush had no room for. What
 * the CPU stands on is left to the second too, when nothing else is pending.
 *
 * With @pending, what has all been changed in place waits for another flush.
 */
static __always_inline void pgtable_run_passes(struct pgtable_op *op,
					       void (*pass)(struct pgtable_op *op),
					       bool pending)
{
	op->again = false;
	op->making = false;
	pass(op);
	if (pending && !op->again && !op->gather.makes)
		return;
	pgtable_gather_flush(op);
	if (!op->again)
		return;
	op->making = true;
	pass(op);
	pgtable_gather_flush(op);
}

static __always_inline void pgtable_passes(struct pgtable_op *op,
					   void (*pass)(struct pgtable_op *op))
{
	pgtable_run_passes(op, pass, false);
}

/* Invalidate @n entries of a level; not complete yet. */
void pgtable_tlbi(struct pgtable *pt, u64 va, unsigned int level, u64 n,
		  bool last_level);

#endif /* _MMU_PFA_PGTABLE_INTERNAL_H */
