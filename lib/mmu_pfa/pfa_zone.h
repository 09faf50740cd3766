/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * One zone of the PFA: its layout, and its frames together with the records of
 * whose they are. What is common to all zones (tags, statistics, the lock) is
 * in pfa_internal.h.
 *
 *	pa                                                pa + size
 *	| frames for everybody ...  | zone, buddy, groups |
 *	                            ^ meta_frame
 *
 * The record of a tile lies in the record frame of its group of 512 frames.
 * Record frames are ordinary frames of the zone, taken when the first record of
 * a group is wanted and given back with the last. One that has become empty is
 * kept at hand, so that a pair of alloc and free does not clear a page; it goes
 * back as soon as somebody looks or needs it, so that nobody sees it.
 */

#ifndef _MMU_PFA_PFA_ZONE_H
#define _MMU_PFA_PFA_ZONE_H

#include <mmu_pfa/pfa.h>

/** struct zone_range - frames of a zone: [lo, hi) */
struct zone_range {
	u32 lo;
	u32 hi;
};

static inline u32 zone_frame(const struct pfa_zone *zone, u64 pa)
{
	return (pa - zone->base) >> FRAME_SHIFT;
}

static inline u64 zone_pa(const struct pfa_zone *zone, u32 frame)
{
	return zone->base + ((u64)frame << FRAME_SHIFT);
}

static inline bool zone_holds(const struct pfa_zone *zone, u64 pa)
{
	return pa - zone->pa < zone->size;
}

/* Frames that a zone of this many frames needs for itself, at most. */
u32 pfa_zone_overhead(u32 frames);

/**
 * pfa_zone_create() - make a zone of a range of RAM, inside its own last frames
 *
 * Return: 0 with *@zone; -EINVAL misaligned, empty or wrapping; -ERANGE too
 *	large; -ENOSPC too small for its own metadata and one frame
 */
int pfa_zone_create(u64 pa, u64 size, s64 virt_offset, struct pfa_zone **zone);

/* The frames of a zone within [@lo, @hi), @hi 0 for no bound; may be empty. */
struct zone_range pfa_zone_clip(const struct pfa_zone *zone, u64 lo, u64 hi);

/**
 * pfa_zone_alloc() - frames, with records like @record
 *
 * Return: 0 with *@frame; -ENOMEM no such run, or no frame for its records
 */
int pfa_zone_alloc(struct pfa_zone *zone, u32 count, unsigned int align_order,
		   struct zone_range range, const struct pfa_record *record,
		   u32 *frame);

/**
 * pfa_zone_reserve() - exactly these frames of the zone, with records like @record
 *
 * Return: 0; -EBUSY with *@conflict the first that is not free; -ENOMEM no
 *	frame for records
 */
int pfa_zone_reserve(struct pfa_zone *zone, u32 frame, u32 count,
		     const struct pfa_record *record, u32 *conflict);

/**
 * pfa_zone_offline() - free frames of the zone out of service
 * pfa_zone_online() - and back
 *
 * Return: 0; -EBUSY with *@conflict a frame that is not free (not out of
 *	service)
 */
int pfa_zone_offline(struct pfa_zone *zone, u32 frame, u32 count,
		     u32 *conflict);
int pfa_zone_online(struct pfa_zone *zone, u32 frame, u32 count, u32 *conflict);

/* The short way for one frame from anywhere in the zone, and for its return. */
int pfa_zone_alloc_frame(struct pfa_zone *zone, const struct pfa_record *record,
			 u32 *frame);
void pfa_zone_free_frame(struct pfa_zone *zone, u32 frame);

/* Free the allocation whose first tile starts at @frame; return its frames. */
u32 pfa_zone_free(struct pfa_zone *zone, u32 frame);

/* The record of the tile that starts at @frame, or NULL. */
struct pfa_record *pfa_zone_record(const struct pfa_zone *zone, u32 frame);

/**
 * pfa_zone_find() - what covers a frame of the zone
 *
 * @block: receives all but the tag
 * Return: the record of an allocation's first tile, or NULL for what has none
 */
const struct pfa_record *pfa_zone_find(struct pfa_zone *zone, u32 frame,
				       struct pfa_block *block);

/**
 * pfa_zone_next() - the first allocation that starts at or after a frame
 *
 * A pass over the blocks in between.
 *
 * Return: its record, with all of *@block but the tag; or NULL
 */
const struct pfa_record *pfa_zone_next(struct pfa_zone *zone, u32 frame,
				       struct pfa_block *block);

/* The frames of the largest request that would succeed. */
u32 pfa_zone_largest(struct pfa_zone *zone);

/* Bytes of metadata and records. */
u64 pfa_zone_meta(struct pfa_zone *zone);

/**
 * pfa_zone_check() - every invariant of the zone by itself
 *
 * Its buddy, its records and its own sums.
 *
 * @report: receives what is violated and where; @allocs is added to
 * Return: whether all hold
 */
bool pfa_zone_check(struct pfa_zone *zone, struct pfa_report *report);

/* Put the spare record frame back, so that nobody sees it. */
void pfa_zone_settle(struct pfa_zone *zone);

/*
 * The alignment of a request that names none, as an order: that of its size
 * rounded up to a power of two, as far as blocks go.
 */
static inline unsigned int pfa_natural_order(u32 count)
{
	unsigned int order = count > 1 ? 32 - __builtin_clz(count - 1) : 0;

	return order < BUDDY_MAX_ORDER ? order : BUDDY_MAX_ORDER;
}

/* The records of a group: those of 512 frames. */
#define GROUP_SHIFT	9
#define GROUP_FRAMES	(1u << GROUP_SHIFT)

static inline struct pfa_group *zone_group(const struct pfa_zone *zone,
					   u32 frame)
{
	return &zone->groups[(frame >> GROUP_SHIFT) -
			     (zone->buddy.first >> GROUP_SHIFT)];
}

#endif /* _MMU_PFA_PFA_ZONE_H */
