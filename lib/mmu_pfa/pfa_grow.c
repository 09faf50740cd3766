// SPDX-License-Identifier: GPL-2.0+
/*
 * Zones that come and go: added, taken from the source and given back to it.
 */

#include "pfa_internal.h"

#define GROW_ALIGN	(512 * FRAME_SIZE)	/* so that 2 MiB blocks exist */
#define GROW_STEP	(16 * FRAME_SIZE)

struct pfa_zone *pfa_zone_search(struct pfa *pfa, u64 pa)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (zone_holds(zone, pa)) {
			pfa->hint = zone;
			return zone;
		}
	}
	return NULL;
}

static bool overlaps_zone(const struct pfa *pfa, u64 pa, u64 size)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (pa < zone->pa + zone->size && zone->pa < pa + size)
			return true;
	}
	return false;
}

static void zone_link(struct pfa *pfa, struct pfa_zone *zone)
{
	struct pfa_zone **link = &pfa->zones;

	while (*link && (*link)->pa < zone->pa)
		link = &(*link)->next;
	zone->next = *link;
	*link = zone;
	pfa->nzones++;
}

/* Take a zone off the list, and give it back if it came from the source. */
static u64 zone_unlink(struct pfa *pfa, struct pfa_zone **link)
{
	struct pfa_zone *zone = *link;
	u64 pa = zone->pa;
	u64 size = zone->size;

	*link = zone->next;
	pfa->nzones--;
	pfa->by_owner[PFA_OWNER_BAD] -= zone->bad;
	pfa->hint = NULL;
	if (pfa->newest == zone)
		pfa->newest = NULL;
	if (!zone->from_source)
		return 0;
	pfa->source.give(pfa->source.ctx, pa, size);
	return size;
}

static int add_zone_locked(struct pfa *pfa, u64 pa, u64 size, bool from_source)
{
	struct pfa_zone *zone;
	int ret;

	/* before pfa_zone_create() writes to it */
	if (pa + size > pa && overlaps_zone(pfa, pa, size))
		return -EEXIST;
	if (pfa->nzones == PFA_ZONES)
		return -ENOSPC;
	ret = pfa_zone_create(pa, size, pfa->virt_offset, &zone);
	if (ret)
		return ret;
	zone->from_source = from_source;
	if (from_source)
		pfa->newest = zone;
	zone_link(pfa, zone);
	return 0;
}

static int grow_locked(struct pfa *pfa, u64 size, u64 align)
{
	u64 pa;
	int ret;

	if (!pfa->source.take)
		return -ENOMEM;
	ret = pfa->source.take(pfa->source.ctx, size, align, &pa);
	if (ret)
		return ret;
	ret = add_zone_locked(pfa, pa, size, true);
	if (ret)
		pfa->source.give(pfa->source.ctx, pa, size);
	return ret;
}

int pfa_add_zone(struct pfa *pfa, u64 pa, u64 size)
{
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	ret = add_zone_locked(pfa, pa, size, false);
	unlock(pfa);
	return ret;
}

int pfa_grow(struct pfa *pfa, u64 size)
{
	int ret;

	if (!size || size & FRAME_MASK)
		return -EINVAL;
	if (!lock(pfa))
		return -EDEADLK;
	ret = grow_locked(pfa, size,
			  size < GROW_ALIGN ? FRAME_SIZE : GROW_ALIGN);
	unlock(pfa);
	return ret;
}

static bool may_give(const struct pfa_zone *zone)
{
	return zone->from_source && !zone->used && !zone->bad;
}

u64 pfa_ungrow(struct pfa *pfa)
{
	struct pfa_zone **link = &pfa->zones;
	u64 given = 0;

	if (!lock(pfa))
		return 0;
	if (pfa->newest && may_give(pfa->newest)) {
		while (*link != pfa->newest)
			link = &(*link)->next;
		given = zone_unlink(pfa, link);
	}
	unlock(pfa);
	return given;
}

u64 pfa_trim(struct pfa *pfa)
{
	struct pfa_zone **link = &pfa->zones;
	u64 given = 0;

	if (!lock(pfa))
		return 0;
	while (*link) {
		if (may_give(*link))
			given += zone_unlink(pfa, link);
		else
			link = &(*link)->next;
	}
	unlock(pfa);
	return given;
}

int pfa_fini(struct pfa *pfa)
{
	if (!lock(pfa))
		return -EDEADLK;
	if (pfa->used) {
		unlock(pfa);
		return -EBUSY;
	}
	while (pfa->zones)
		zone_unlink(pfa, &pfa->zones);
	unlock(pfa);
	return 0;
}

/*
 * Bytes of a zone for so many requests, each so far from the next, the last with
 * so many bytes, for its own metadata, and for a record frame for each tile that
 * may be in a group of its own; 0 if no zone is that large.
 */
static u64 size_for(u32 n, u64 stride, u64 last)
{
	u64 bytes, frames;

	/* so that no product wraps */
	if (n - 1 > BUDDY_MAX_FRAMES / (stride >> FRAME_SHIFT))
		return 0;
	bytes = (n - 1) * stride + last;
	frames = (bytes >> FRAME_SHIFT) + BUDDY_ORDERS +
		 n * stride / (GROUP_FRAMES * FRAME_SIZE);
	if (frames > BUDDY_MAX_FRAMES)
		return 0;
	frames += pfa_zone_overhead(frames + pfa_zone_overhead(frames));
	return (frames * FRAME_SIZE + GROW_STEP - 1) & ~(GROW_STEP - 1);
}

/*
 * Whether memory, as a zone, has room for so many requests: by doing it, as the
 * block that fits best may lie where the rest becomes too short for the others.
 * The zone is not to be used.
 */
static bool has_room_for(const struct pfa *pfa, u64 pa, u64 size,
			 const struct pfa_plan *plan, u32 n)
{
	const struct pfa_record record = { .owner = PFA_OWNER_USER };
	struct pfa_zone *zone;
	u32 frame;

	if (pfa_zone_create(pa, size, pfa->virt_offset, &zone))
		return false;
	for (; n; n--) {
		if (pfa_zone_alloc(zone, plan->count, plan->align_order,
				   pfa_zone_clip(zone, 0, 0), &record, &frame))
			return false;
	}
	return true;
}

/* As grow_locked(); -ENOMEM too if the requests don't fit. */
static int grow_with_room(struct pfa *pfa, u64 size, u64 align,
			  const struct pfa_plan *plan, u32 n)
{
	u64 pa;
	int ret;

	if (!pfa->source.take || !size)
		return -ENOMEM;
	/* before a trial that would be for nothing */
	if (pfa->nzones == PFA_ZONES)
		return -ENOSPC;
	ret = pfa->source.take(pfa->source.ctx, size, align, &pa);
	if (ret)
		return ret;
	/* made anew: it gives what it has just given in trial */
	ret = has_room_for(pfa, pa, size, plan, n) ?
	      add_zone_locked(pfa, pa, size, true) : -ENOMEM;
	if (ret)
		pfa->source.give(pfa->source.ctx, pa, size);
	return ret;
}

static u64 at_least(u64 size, u64 chunk)
{
	return !size || size >= chunk ? size : (chunk + FRAME_MASK) & ~FRAME_MASK;
}

/*
 * As close as the alignment lets the requests be, which is enough for most; or
 * so far apart that each has a block of its own, with one more where the zone's
 * ends cut one.
 */
static int grow_for_locked(struct pfa *pfa, const struct pfa_plan *plan, u32 n,
			   u64 chunk)
{
	u64 bytes = plan->count * FRAME_SIZE;
	u64 block = FRAME_SIZE << pfa_natural_order(plan->count);
	u64 align = FRAME_SIZE << plan->align_order;
	u64 zone_align = align < GROW_ALIGN ? GROW_ALIGN : align;
	u64 close = (bytes + align - 1) & ~(align - 1);
	u64 apart = close > block ? close : block;
	const u64 sizes[] = {
		size_for(n, close, bytes),
		size_for(n, apart, apart),
		size_for(n + 1, apart, apart),
	};
	int ret = -ENOMEM;

	for (int i = 0; i < 3 && ret == -ENOMEM; i++)
		ret = grow_with_room(pfa, at_least(sizes[i], chunk), zone_align,
				     plan, n);
	return ret;
}

int pfa_grow_for(struct pfa *pfa, const struct pfa_request *req, u32 n,
		 u64 chunk)
{
	struct pfa_plan plan;
	int ret = pfa_plan_frames(req, &plan);

	if (ret || !n || n > BUDDY_MAX_FRAMES)
		return ret ? ret : -EINVAL;
	if (!lock(pfa))
		return -EDEADLK;
	ret = grow_for_locked(pfa, &plan, n, chunk);
	unlock(pfa);
	return ret;
}
