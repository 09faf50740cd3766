// SPDX-License-Identifier: GPL-2.0+
/*
 * What there is: allocations, blocks, statistics.
 */

#include "pfa_internal.h"

void pfa_find_nothing(u64 pa, struct pfa_block *block)
{
	memset(block, 0, sizeof(*block));
	block->tag = "";
	block->pa = pa;
}

bool pfa_find_locked(struct pfa *pfa, u64 pa, struct pfa_block *block)
{
	struct pfa_zone *zone = pfa_zone_at(pfa, pa);
	const struct pfa_record *record;

	if (!zone) {
		pfa_find_nothing(pa, block);
		return false;
	}
	record = pfa_zone_find(zone, zone_frame(zone, pa), block);
	if (record && record->tag)
		block->tag = pfa->tags[record->tag].name;
	return true;
}

bool pfa_busy(struct pfa *pfa)
{
	if (!lock(pfa))
		return true;
	unlock(pfa);
	return false;
}

bool pfa_find(struct pfa *pfa, u64 pa, struct pfa_block *block)
{
	bool found;

	if (!lock(pfa)) {
		pfa_find_nothing(pa, block);
		return false;
	}
	found = pfa_find_locked(pfa, pa, block);
	unlock(pfa);
	return found;
}

static bool next_locked(struct pfa *pfa, u64 from, struct pfa_block *block)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		struct zone_range range = pfa_zone_clip(zone, from, 0);
		const struct pfa_record *record;

		if (range.lo >= range.hi)
			continue;
		record = pfa_zone_next(zone, range.lo, block);
		if (!record)
			continue;
		if (record->tag)
			block->tag = pfa->tags[record->tag].name;
		return true;
	}
	return false;
}

bool pfa_next(struct pfa *pfa, u64 from, struct pfa_block *block)
{
	bool found;

	if (!lock(pfa))
		return false;
	found = next_locked(pfa, from, block);
	unlock(pfa);
	return found;
}

/* The first address at or after @from that a zone holds, or PA_NONE. */
static u64 next_managed(const struct pfa *pfa, u64 from)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (zone_holds(zone, from))
			return from;
		if (zone->pa > from)
			return zone->pa;
	}
	return PA_NONE;
}

bool pfa_walk(struct pfa *pfa, u64 from, struct pfa_block *block)
{
	bool found;

	if (!lock(pfa))
		return false;
	from = next_managed(pfa, from);
	found = from != PA_NONE;
	if (found)
		pfa_find_locked(pfa, from, block);
	unlock(pfa);
	return found;
}

static void add_zone_stats(struct pfa_zone *zone, struct pfa_stats *stats)
{
	u64 largest = pfa_zone_largest(zone) * FRAME_SIZE;

	stats->zones++;
	stats->size += zone->size;
	stats->meta += pfa_zone_meta(zone);
	stats->free += (u64)buddy_free_frames(&zone->buddy) << FRAME_SHIFT;
	if (largest > stats->largest)
		stats->largest = largest;
}

int pfa_stats(struct pfa *pfa, struct pfa_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	if (!lock(pfa))
		return -EDEADLK;
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next)
		add_zone_stats(zone, stats);
	stats->used = pfa->used << FRAME_SHIFT;
	stats->peak = pfa->peak << FRAME_SHIFT;
	stats->allocs = pfa->allocs;
	stats->frees = pfa->frees;
	stats->refused = pfa->refused;
	stats->failed = pfa->failed;
	for (int i = 0; i <= PFA_OWNER_BAD; i++)
		stats->by_owner[i] = pfa->by_owner[i] << FRAME_SHIFT;
	unlock(pfa);
	return 0;
}

bool pfa_zone_stats(struct pfa *pfa, unsigned int i,
		    struct pfa_zone_stats *stats)
{
	struct pfa_zone *zone = pfa->zones;

	if (!lock(pfa))
		return false;
	for (; zone && i; i--)
		zone = zone->next;
	if (zone) {
		stats->pa = zone->pa;
		stats->size = zone->size;
		stats->meta = pfa_zone_meta(zone);
		stats->peak = (u64)zone->peak << FRAME_SHIFT;
		stats->largest = pfa_zone_largest(zone) * FRAME_SIZE;
		stats->from_source = zone->from_source;
		buddy_stats(&zone->buddy, &stats->buddy);
	}
	unlock(pfa);
	return zone;
}
