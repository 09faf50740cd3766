/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * A model of what the architecture allows an MMU to do with a tree that is
 * being edited under it.
 *
 * It doesn't translate. It keeps what a TLB could still hold although the
 * tables no longer say so, each leaf and each step of a walk by itself, because
 * a walker may have looked at any moment before:
 *
 *	store of a valid entry's successor	what it meant may be held, and
 *						may even be walked again
 *	DSB					can't be walked again
 *	TLBI that covers it			is on its way out
 *	DSB					gone
 *
 * and calls it a fault (@fault, the first one stays):
 *
 *	- a valid entry replaced by another valid one, unless only permissions
 *	  differ
 *	- an entry made valid while something old may be held for its addresses
 *	- a table linked before the stores that filled it are ordered
 *	- a table given back while a walk in it is possible
 *	- what the CPU stands on being invalid outside of a window
 *	- a window opened with anything pending, or a table's stores not complete
 *	- a store into a table that isn't linked, or one to a linked table that
 *	  did not go through here
 *	- one of 16 entries with the contiguous hint unlike the others
 *	- an operation that returns with any of this not settled
 */

#ifndef _TEST_HOST_MODEL_MMU_H
#define _TEST_HOST_MODEL_MMU_H

#include <mmu_pfa/pgtable.h>

/* One thing that a TLB could hold against the tables. */
struct model_stale {
	u64 va;
	u64 size;
	u64 table;	/* a step of a walk: to this table; PA_NONE for a leaf */
	enum { STALE_STORED, STALE_UNREACHABLE, STALE_INVALIDATED } state;
};

struct model_page {
	bool linked;	/* the walker reaches it */
	u32 filled;	/* the epoch in which it was filled */
	u8 level;
	u64 va;		/* of its first entry */
	pte_t seen[VMSA_ENTRIES];	/* its entries as the model knows them */
};

struct model_range {
	u64 va;
	u64 size;
};

#define MODEL_STANDS	4
#define MODEL_TOUCHED	64

struct model_mmu {
	struct pgtable *pt;
	struct pgtable_ops ops;
	u64 base;		/* of physical memory */
	unsigned int npages;
	u32 epoch;		/* counts barriers; stores of one are not ordered */
	u32 completed;		/* that of the last DSB: those before are complete */
	struct model_page *page;
	struct model_stale *stale;
	unsigned int nstale;
	unsigned int room;
	struct model_range stand[MODEL_STANDS];
	unsigned int nstands;
	struct model_page *touched[MODEL_TOUCHED];	/* with contiguous runs */
	unsigned int ntouched;
	bool in_window;
	bool stored;		/* since the last DSB */
	bool unsynced;		/* since the last ISB */
	unsigned int stores;
	unsigned int windows;
	const char *fault;
	u64 fault_va;
};

/**
 * model_mmu_init() - watch a tree
 *
 * @pt:     live from now on, with the model's ops
 * @base, @npages: all memory that can hold tables
 */
void model_mmu_init(struct model_mmu *m, struct pgtable *pt, u64 base,
		    unsigned int npages);
void model_mmu_fini(struct model_mmu *m);

/* Take the tree as it is now: nothing stale, nothing pending. */
void model_mmu_adopt(struct model_mmu *m);

/* The CPU stands on [@va, @va + @size). */
void model_mmu_stand(struct model_mmu *m, u64 va, u64 size);

/* An operation has returned: NULL, or the first fault since the start. */
const char *model_mmu_settled(struct model_mmu *m);

/* The same, and every linked table compared with what the model knows. */
const char *model_mmu_check(struct model_mmu *m);

#endif /* _TEST_HOST_MODEL_MMU_H */
