/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Pages lent: access is taken from pages for a while, to be noticed when it is
 * tried, and everything is given back as it was.
 *
 * A lent page is an entry that is marked, and remembers in bits that the CPU
 * ignores what it allowed before. So who handles a fault needs the entry alone
 * to know that it is lent, to open it and to close it again, and no merge takes
 * it for one of its neighbours.
 *
 * Lending splits what is larger than a page. Which blocks and contiguous runs
 * that were is kept, and they are put together again when nothing of them is
 * lent any more; what somebody else made small meanwhile stays so.
 *
 *	lend_begin()	split and mark; may fail, and then nothing has changed
 *	lend_take()	take access, or give some back
 *	lend_end()	give all back, unmark, merge
 */

#ifndef _MMU_PFA_LEND_H
#define _MMU_PFA_LEND_H

#include <mmu_pfa/pgtable.h>

/* Marks of a lent entry: that it is, and that it was read-only, or not executable. */
#define PTE_LENT	(1ull << 55)
#define PTE_LENT_RO	(1ull << 56)
#define PTE_LENT_NX	(1ull << 57)

/* What can be taken. Without LEND_READ there is no access at all. */
#define LEND_READ	(1u << 0)
#define LEND_WRITE	(1u << 1)
#define LEND_EXEC	(1u << 2)

#define LEND_SPLITS	32

/**
 * struct lend_split - neighbours that were split for lending
 *
 * @va, @size: all of the blocks, or contiguous runs
 * @level:     their level
 * @hint:      they had the contiguous hint
 */
struct lend_split {
	u64 va;
	u64 size;
	u8 level;
	bool hint;
};

/**
 * struct lend - what has been split in one tree
 *
 * All zero at first, or to forget everything.
 *
 * @split: see there
 * @n:     how many of them
 */
struct lend {
	struct lend_split split[LEND_SPLITS];
	unsigned int n;
};

static inline bool pte_lent(pte_t pte)
{
	return pte & PTE_LENT;
}

/* What a lent entry becomes when @taken is taken of what it allowed. */
pte_t lend_pte(enum vmsa_regime regime, unsigned int level, pte_t pte,
	       unsigned int taken);

/**
 * lend_begin() - make a range of pages lent, with nothing taken yet
 *
 * @va, @size: whole pages; some may be lent already
 * Return: 0;
 *	-EINVAL, -ERANGE, -ENOMEM as pgtable_split();
 *	-ENOENT @res->va is not mapped, or without access and not lent;
 *	-EPERM  as pgtable_split();
 *	-ENOSPC LEND_SPLITS are in use
 */
int lend_begin(struct lend *lend, struct pgtable *pt, u64 va, u64 size,
	       struct pgtable_result *res);

/**
 * lend_take() - take access from lent pages, or give some back
 *
 * What of the range is not lent is passed over. May be called where a fault is
 * handled.
 *
 * @taken: LEND_...; all other access is what it was
 */
void lend_take(struct pgtable *pt, u64 va, u64 size, unsigned int taken);

/**
 * lend_end() - give everything back in a range, and merge what was split
 *
 * What of the range is not lent is passed over.
 */
void lend_end(struct lend *lend, struct pgtable *pt, u64 va, u64 size);

#endif /* _MMU_PFA_LEND_H */
