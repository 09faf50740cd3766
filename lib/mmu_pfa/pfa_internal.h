/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the files of the PFA share: the lock, injected failures, accounts and
 * tags.
 *
 *	pfa.c		requests, and what is given back
 *	pfa_tag.c	tags
 *	pfa_grow.c	zones that come and go
 *	pfa_look.c	what there is: blocks, statistics
 *	pfa_table.c	the provider of table pages
 *	pfa_check.c	invariants
 *	pfa_selftest.c	a test of all that on the board
 *	pfa_zone.c	one zone
 *
 * Functions named *_locked, and all of this header, expect the lock to be held.
 */

#ifndef _MMU_PFA_PFA_INTERNAL_H
#define _MMU_PFA_PFA_INTERNAL_H

#include <mmu_pfa/lock.h>

#include "pfa_zone.h"

static inline bool lock(struct pfa *pfa)
{
	return pfa_lock_take(&pfa->lock);
}

static inline void unlock(struct pfa *pfa)
{
	pfa_lock_drop(&pfa->lock);
}

/* Whether the allocation that is about to be made is the one to fail. */
static inline bool fault_now(struct pfa *pfa)
{
	if (!IS_ENABLED(CONFIG_PFA_FAIL) || likely(!pfa->fault) || --pfa->fault)
		return false;
	pfa->injected = true;
	return true;
}

static inline void account_alloc(struct pfa *pfa, enum pfa_owner owner,
				 u32 frames, u32 operations)
{
	pfa->by_owner[owner] += frames;
	pfa->used += frames;
	if (pfa->used > pfa->peak)
		pfa->peak = pfa->used;
	pfa->allocs += operations;
}

static inline void account_free(struct pfa *pfa, enum pfa_owner owner,
				u32 frames)
{
	pfa->by_owner[owner] -= frames;
	pfa->used -= frames;
	pfa->frees++;
}

/* pfa_grow.c: the zone that holds an address, or NULL; becomes the hint. */
struct pfa_zone *pfa_zone_search(struct pfa *pfa, u64 pa);

/* The same, mostly without a search. */
static inline struct pfa_zone *pfa_zone_at(struct pfa *pfa, u64 pa)
{
	struct pfa_zone *zone = pfa->hint;

	return likely(zone && zone_holds(zone, pa)) ? zone :
						      pfa_zone_search(pfa, pa);
}

/** struct marks - what a request of several parts changes for good */
struct marks {
	u64 peak;
	u64 allocs;
	u64 frees;
};

static inline struct marks marks_save(struct pfa *pfa)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next)
		zone->peak_before = zone->peak;
	return (struct marks){ pfa->peak, pfa->allocs, pfa->frees };
}

/* Once the parts that succeeded have been given back. */
static inline void marks_restore(struct pfa *pfa, const struct marks *marks)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next)
		zone->peak = zone->peak_before;
	pfa->peak = marks->peak;
	pfa->allocs = marks->allocs;
	pfa->frees = marks->frees;
}

/* The number of a tag, in use or not; PFA_TAGS + 1 if all are in use. */
unsigned int pfa_tag_number(const struct pfa *pfa, const char *name);
void pfa_tag_use(struct pfa *pfa, unsigned int number, const char *name,
		 u32 frames);
void pfa_tag_drop(struct pfa *pfa, unsigned int number, u32 frames);

/** struct pfa_plan - a request, in frames, once it has been found valid */
struct pfa_plan {
	u32 count;
	unsigned int align_order;
	unsigned int tag;
	struct pfa_record record;
};

/* pfa.c: the part of a plan that says how many frames, and where. */
int pfa_plan_frames(const struct pfa_request *req, struct pfa_plan *plan);

/* pfa_look.c: what is at an address. Whether a zone holds it. */
bool pfa_find_locked(struct pfa *pfa, u64 pa, struct pfa_block *block);
void pfa_find_nothing(u64 pa, struct pfa_block *block);

/* pfa_table.c: make the PFA a provider of table pages. */
void pfa_table_init(struct pfa *pfa);

#endif /* _MMU_PFA_PFA_INTERNAL_H */
