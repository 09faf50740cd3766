/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * How the files of the mapping engine work together.
 *
 *	pgtable.c	  the operations: validate, describe the target, run
 *	pgtable_plan.c	  plan and reserve: conflicts, table count; read-only
 *	pgtable_commit.c  walk the range, build aside, choose what to edit
 *	pgtable_edit.c	  change visible entries: the only such place
 *	pgtable_gather.c  barriers, TLBI, freeing: the only such place
 *	pgtable_walk.c	  look: walk, translate, regions, holes
 *	pgtable_verify.c  count and check tables
 *	pgtable_hw.h	  the machine
 *
 * An operation is a range and what it shall become: its target. Map's target
 * is leaves, unmap's is holes; planning, splitting, building and editing do not
 * care which.
 */

#ifndef _MMU_PFA_PGTABLE_INTERNAL_H
#define _MMU_PFA_PGTABLE_INTERNAL_H

#include <mmu_pfa/pgtable.h>

#define PGTABLE_DETACHED	64
#define PGTABLE_MAKES		16
#define PGTABLE_BATCH		32

/* By-address invalidations above this cost more than refilling the TLB. */
#define PGTABLE_TLBI_MAX	32

/**
 * struct pgtable_gather - what must be synchronised, made and freed
 *
 * @first:    lowest address with something to invalidate
 * @last:     highest; below @first if there is none
 * @level:    deepest level of what may be cached there: the stride of TLBI
 * @walks:    entries on the way to leaves changed too, not leaves alone
 * @stored:   stores to visible entries are not complete yet
 * @makes:    number of entries in @make
 * @detached: number of entries in @tree
 * @make:     broken entries, and what each becomes after the invalidation
 * @tree:     subtrees that nothing links any more; freed after it. @page is the
 *	      top table, @level its level; if it is known to be zero, so is all
 */
struct pgtable_gather {
	u64 first;
	u64 last;
	u8 level;
	bool walks;
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
	} tree[PGTABLE_DETACHED];
};

/**
 * struct pgtable_op - an operation under way
 *
 * @pt:       the tree
 * @res:      what the caller will see
 * @va:       first address of the range
 * @last:     last address of it
 * @attr:     target leaf, less type bits and address; 0: the target is a hole
 * @offset:   output address minus virtual address of target leaves
 * @access:   target leaves are valid, not no-access
 * @top:      lowest level at which one entry can be the target: all below may
 * @holes:    a hole in the range is no conflict
 * @occupied: anything else in it is none
 * @needed:   tables that the commit will take
 * @spare:    the first of them, linked through their first words; PA_NONE ends
 * @again:    entries were broken that a second pass must make
 * @gather:   see there
 */
struct pgtable_op {
	struct pgtable *pt;
	struct pgtable_result *res;
	u64 va;
	u64 last;
	pte_t attr;
	u64 offset;
	bool access;
	u8 top;
	bool holes;
	bool occupied;
	bool again;
	u32 needed;
	page_ref spare;
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
 * @pte:   what the first one becomes
 * @step:  added to that for each further one
 */
struct pgtable_run {
	pte_t *entry;
	unsigned int n;
	u8 level;
	enum pgtable_below below;
	u64 va;
	pte_t pte;
	u64 step;
};

static inline pte_t *pgtable_at(const struct pgtable *pt, u64 pa)
{
	return (pte_t *)(uintptr_t)(pa + pt->virt_offset);
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

/* A table that the registry gave: counted, and freed when it is empty. */
static inline bool pgtable_ours(struct pgtable *pt, u64 pa)
{
	return page_registry_live(pt->pages, pa);
}

/* Only of tables that are ours. */
static inline enum pgtable_origin pgtable_origin(struct pgtable *pt, u64 pa)
{
	return pa - pt->pages->pool.base < BOOT_POOL_PAGES * FRAME_SIZE ?
	       PGTABLE_STATIC : PGTABLE_REGISTERED;
}

/* What the entry of a level that maps @va becomes. */
static inline pte_t op_target(const struct pgtable_op *op, unsigned int level,
			      u64 va)
{
	if (!op->attr)
		return 0;
	return op->attr | (va + op->offset) |
	       (op->access ? vmsa_leaf_type(level) : 0);
}

static inline u64 op_step(const struct pgtable_op *op, unsigned int level)
{
	return op->attr ? vmsa_size(level) : 0;
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

/* Plan and reserve; 0, or an error with nothing changed and nothing kept. */
int pgtable_plan(struct pgtable_op *op);
int pgtable_reserve(struct pgtable_op *op);

/* Bring the whole range to its target; can not fail. */
void pgtable_commit(struct pgtable_op *op);

/*
 * Change visible entries. Returns by how many the entries in use grew. What was
 * valid may be cached until the next flush of the gather.
 */
int pgtable_edit(struct pgtable_op *op, const struct pgtable_run *run);

void pgtable_gather_init(struct pgtable_gather *g);
/* To be invalidated: entries of @level, or deeper than what changed if @walks. */
void pgtable_gather_range(struct pgtable_gather *g, u64 va, u64 last,
			  unsigned int level, bool walks);
/* After the invalidation: store. */
void pgtable_gather_make(struct pgtable_op *op, pte_t *entry, pte_t pte);
/* After the invalidation: free, with all tables below. */
void pgtable_gather_free(struct pgtable_op *op, page_ref page,
			 unsigned int level);
/* Do all of it now. */
void pgtable_gather_flush(struct pgtable_op *op);

#endif /* _MMU_PFA_PGTABLE_INTERNAL_H */
