// SPDX-License-Identifier: GPL-2.0+
/*
 * One zone of the PFA; see pfa_zone.h.
 */

#include "pfa_zone.h"

#define ZONE_BASE_MASK	((FRAME_SIZE << BUDDY_MAX_ORDER) - 1)

/* Layout */

/** struct layout - where the parts of a zone's metadata lie, from its start */
struct layout {
	size_t buddy;
	size_t groups;
	size_t ngroups;
	u32 frames;
};

static size_t round_up_line(size_t size)
{
	return (size + 63) & ~(size_t)63;
}

/* For a valid range of frames. */
static struct layout layout_of(u32 first, u32 end)
{
	struct layout l;

	l.ngroups = ((end - 1) >> GROUP_SHIFT) - (first >> GROUP_SHIFT) + 1;
	l.buddy = round_up_line(sizeof(struct pfa_zone));
	l.groups = l.buddy + round_up_line(buddy_meta_size(first, end));
	l.frames = (l.groups + l.ngroups * sizeof(struct pfa_group) +
		    FRAME_SIZE - 1) >> FRAME_SHIFT;
	return l;
}

/* Where the zone starts changes it by less than a frame; and a record frame. */
u32 pfa_zone_overhead(u32 frames)
{
	return layout_of(0, frames).frames + 2;
}

static void *zone_virt(const struct pfa_zone *zone, u32 frame)
{
	return (void *)(uintptr_t)(zone_pa(zone, frame) + zone->virt_offset);
}

int pfa_zone_create(u64 pa, u64 size, s64 virt_offset, struct pfa_zone **result)
{
	u64 base = pa & ~ZONE_BASE_MASK;
	struct pfa_zone *zone;
	struct layout layout;
	u32 first, end;
	u8 *meta;

	if ((pa | size) & FRAME_MASK || !size || pa + size <= pa)
		return -EINVAL;
	if (size > (u64)BUDDY_MAX_FRAMES << FRAME_SHIFT ||
	    (pa - base + size) >> FRAME_SHIFT > BUDDY_MAX_FRAMES)
		return -ERANGE;
	first = (pa - base) >> FRAME_SHIFT;
	end = (pa - base + size) >> FRAME_SHIFT;
	layout = layout_of(first, end);
	if (end - first < layout.frames + 2)
		return -ENOSPC;
	meta = (u8 *)(uintptr_t)(pa + size - layout.frames * FRAME_SIZE +
				 virt_offset);
	zone = (struct pfa_zone *)meta;
	memset(zone, 0, sizeof(*zone));
	zone->pa = pa;
	zone->size = size;
	zone->base = base;
	zone->virt_offset = virt_offset;
	zone->groups = (struct pfa_group *)(meta + layout.groups);
	memset(zone->groups, 0, layout.ngroups * sizeof(struct pfa_group));
	zone->meta_frame = end - layout.frames;
	buddy_init(&zone->buddy, meta + layout.buddy, first, end);
	buddy_reserve(&zone->buddy, zone->meta_frame, layout.frames, NULL);
	*result = zone;
	return 0;
}

struct zone_range pfa_zone_clip(const struct pfa_zone *zone, u64 lo, u64 hi)
{
	struct zone_range range = {
		.lo = zone_frame(zone, zone->pa),
		.hi = zone_frame(zone, zone->pa + zone->size - 1) + 1,
	};

	if (lo > zone->pa + zone->size - 1 || (hi && hi <= zone->pa)) {
		range.hi = range.lo;
		return range;
	}
	if (lo > zone->pa)
		range.lo = zone_frame(zone, lo - 1) + 1;
	if (hi && hi - 1 < zone->pa + zone->size - 1)
		range.hi = zone_frame(zone, hi);
	return range;
}

/* Records */

struct pfa_record *pfa_zone_record(const struct pfa_zone *zone, u32 frame)
{
	const struct pfa_group *group = zone_group(zone, frame);
	struct pfa_record *records;

	if (!group->count)
		return NULL;
	records = zone_virt(zone, group->frame);
	records += frame & (GROUP_FRAMES - 1);
	return records->owner ? records : NULL;
}

/* An all-zero frame for the records of a group. */
static bool record_frame_take(struct pfa_zone *zone, u32 *frame)
{
	if (zone->has_spare) {
		*frame = zone->spare;
		zone->has_spare = false;
		return true;
	}
	if (buddy_alloc(&zone->buddy, 0, frame))
		return false;
	memset(zone_virt(zone, *frame), 0, FRAME_SIZE);
	zone->record_frames++;
	return true;
}

static void record_frame_give(struct pfa_zone *zone, u32 frame)
{
	if (!zone->has_spare) {
		zone->spare = frame;
		zone->has_spare = true;
		return;
	}
	buddy_free(&zone->buddy, frame, 0);
	zone->record_frames--;
}

/* Let go of the spare record frame; somebody looks, or needs the frame. */
void pfa_zone_settle(struct pfa_zone *zone)
{
	if (!zone->has_spare)
		return;
	zone->has_spare = false;
	buddy_free(&zone->buddy, zone->spare, 0);
	zone->record_frames--;
}

static bool record_add(struct pfa_zone *zone, u32 frame,
		       const struct pfa_record *record)
{
	struct pfa_group *group = zone_group(zone, frame);
	struct pfa_record *records;

	if (!group->count && !record_frame_take(zone, &group->frame))
		return false;
	group->count++;
	records = zone_virt(zone, group->frame);
	records[frame & (GROUP_FRAMES - 1)] = *record;
	return true;
}

static void record_remove(struct pfa_zone *zone, u32 frame)
{
	struct pfa_group *group = zone_group(zone, frame);
	struct pfa_record *records = zone_virt(zone, group->frame);

	memset(&records[frame & (GROUP_FRAMES - 1)], 0, sizeof(*records));
	if (!--group->count)
		record_frame_give(zone, group->frame);
}

/* Runs and their records */

/* Free the tiles of a run, and the records of those before @recorded. */
static void run_undo(struct pfa_zone *zone, u32 frame, u32 count, u32 recorded)
{
	while (count) {
		unsigned int order = buddy_next_tile(frame, count);

		if (frame < recorded)
			record_remove(zone, frame);
		buddy_free(&zone->buddy, frame, order);
		frame += 1u << order;
		count -= 1u << order;
	}
}

static void account_used(struct pfa_zone *zone, u32 count)
{
	zone->used += count;
	if (zone->used > zone->peak)
		zone->peak = zone->used;
}

/* Record the tiles of a run that the buddy has just given, or give it back. */
static int run_record(struct pfa_zone *zone, u32 frame, u32 count,
		      const struct pfa_record *like)
{
	struct pfa_record record = *like;
	u32 end = frame + count;
	u32 tile = frame;

	while (tile < end) {
		u32 next = tile + (1u << buddy_next_tile(tile, end - tile));

		record.more = next < end;
		record.continued = tile != frame;
		if (!record_add(zone, tile, &record)) {
			run_undo(zone, frame, count, tile);
			return -ENOMEM;
		}
		tile = next;
	}
	account_used(zone, count);
	return 0;
}

static bool whole_zone(const struct pfa_zone *zone, struct zone_range range)
{
	return range.hi - range.lo == zone->buddy.frames;
}

static enum buddy_status run_alloc(struct pfa_zone *zone, u32 count,
				   unsigned int align_order,
				   struct zone_range range, u32 *frame)
{
	if (count == 1u << align_order && whole_zone(zone, range))
		return buddy_alloc(&zone->buddy, align_order, frame);
	return buddy_alloc_run(&zone->buddy, count, align_order, range.lo,
			       range.hi, frame);
}

int pfa_zone_alloc(struct pfa_zone *zone, u32 count, unsigned int align_order,
		   struct zone_range range, const struct pfa_record *record,
		   u32 *frame)
{
	if (run_alloc(zone, count, align_order, range, frame)) {
		if (!zone->has_spare)
			return -ENOMEM;
		pfa_zone_settle(zone);
		if (run_alloc(zone, count, align_order, range, frame))
			return -ENOMEM;
	}
	return run_record(zone, *frame, count, record);
}

int pfa_zone_reserve(struct pfa_zone *zone, u32 frame, u32 count,
		     const struct pfa_record *record, u32 *conflict)
{
	pfa_zone_settle(zone);
	if (buddy_alloc_at(&zone->buddy, frame, count, conflict))
		return -EBUSY;
	return run_record(zone, frame, count, record);
}

int pfa_zone_offline(struct pfa_zone *zone, u32 frame, u32 count,
		     u32 *conflict)
{
	pfa_zone_settle(zone);
	if (buddy_reserve(&zone->buddy, frame, count, conflict))
		return -EBUSY;
	zone->bad += count;
	return 0;
}

int pfa_zone_online(struct pfa_zone *zone, u32 frame, u32 count, u32 *conflict)
{
	/* the metadata is reserved too, and stays so */
	if (frame + count > zone->meta_frame) {
		*conflict = frame > zone->meta_frame ? frame : zone->meta_frame;
		return -EBUSY;
	}
	if (buddy_release(&zone->buddy, frame, count, conflict))
		return -EBUSY;
	zone->bad -= count;
	return 0;
}

int pfa_zone_alloc_frame(struct pfa_zone *zone, const struct pfa_record *record,
			 u32 *frame)
{
	if (buddy_alloc(&zone->buddy, 0, frame)) {
		pfa_zone_settle(zone);
		if (buddy_alloc(&zone->buddy, 0, frame))
			return -ENOMEM;
	}
	if (!record_add(zone, *frame, record)) {
		buddy_free(&zone->buddy, *frame, 0);
		return -ENOMEM;
	}
	account_used(zone, 1);
	return 0;
}

void pfa_zone_free_frame(struct pfa_zone *zone, u32 frame)
{
	record_remove(zone, frame);
	buddy_free(&zone->buddy, frame, 0);
	zone->used--;
}

u32 pfa_zone_free(struct pfa_zone *zone, u32 frame)
{
	u32 first = frame;
	bool more;

	do {
		unsigned int order = 0;

		more = pfa_zone_record(zone, frame)->more;
		record_remove(zone, frame);
		buddy_free_any(&zone->buddy, frame, &order);
		frame += 1u << order;
	} while (more);
	zone->used -= frame - first;
	return frame - first;
}

/* Looking */

/* From any tile of an allocation to all of it. */
static const struct pfa_record *find_whole(struct pfa_zone *zone, u32 frame,
					   struct pfa_block *block)
{
	struct buddy_block tile = buddy_find(&zone->buddy, frame);
	const struct pfa_record *record, *last;
	u32 end;

	while (pfa_zone_record(zone, tile.frame)->continued)
		tile = buddy_find(&zone->buddy, tile.frame - 1);
	record = pfa_zone_record(zone, tile.frame);
	block->pa = zone_pa(zone, tile.frame);
	block->order = tile.order;
	block->owner = record->owner;
	block->caller = record->caller;
	block->word = record->word;
	end = tile.frame + (1u << tile.order);
	for (last = record; last->more; last = pfa_zone_record(zone, tile.frame)) {
		tile = buddy_find(&zone->buddy, end);
		end = tile.frame + (1u << tile.order);
	}
	block->size = zone_pa(zone, end) - block->pa;
	return record;
}

/*
 * Reserved frames: out of service, or metadata. The buddy doesn't tell them
 * apart, so one of its blocks may be both.
 */
static void find_reserved(struct pfa_zone *zone, u32 frame,
			  struct buddy_block found, struct pfa_block *block)
{
	u32 start = found.frame;
	u32 end = found.frame + (1u << found.order);

	block->owner = PFA_OWNER_BAD;
	if (frame >= zone->meta_frame) {
		block->owner = PFA_OWNER_META;
		start = zone->meta_frame;
		end = zone->buddy.first + zone->buddy.frames;
	} else if (end > zone->meta_frame) {
		end = zone->meta_frame;
	}
	block->pa = zone_pa(zone, start);
	block->size = zone_pa(zone, end) - block->pa;
	block->order = buddy_next_tile(start, end - start);
}

const struct pfa_record *pfa_zone_find(struct pfa_zone *zone, u32 frame,
				       struct pfa_block *block)
{
	struct buddy_block found;

	pfa_zone_settle(zone);
	found = buddy_find(&zone->buddy, frame);
	memset(block, 0, sizeof(*block));
	block->tag = "";
	block->state = found.state;
	if (found.state == BUDDY_STATE_USED && pfa_zone_record(zone, found.frame))
		return find_whole(zone, found.frame, block);
	block->pa = zone_pa(zone, found.frame);
	block->size = FRAME_SIZE << found.order;
	block->order = found.order;
	if (found.state == BUDDY_STATE_USED)
		block->owner = PFA_OWNER_META;	/* a record frame */
	else if (found.state == BUDDY_STATE_RESERVED)
		find_reserved(zone, frame, found, block);
	return NULL;
}

const struct pfa_record *pfa_zone_next(struct pfa_zone *zone, u32 frame,
				       struct pfa_block *block)
{
	pfa_zone_settle(zone);
	while (frame < zone->meta_frame) {
		struct buddy_block found = buddy_find(&zone->buddy, frame);
		const struct pfa_record *record = NULL;

		if (found.frame == frame && found.state == BUDDY_STATE_USED)
			record = pfa_zone_record(zone, frame);
		if (record && !record->continued)
			return pfa_zone_find(zone, frame, block);
		frame = found.frame + (1u << found.order);
	}
	return NULL;
}

/* Whether so many frames can be had and recorded: by doing it. */
static bool zone_can_alloc(struct pfa_zone *zone, u32 count)
{
	const struct pfa_record record = { .owner = PFA_OWNER_USER };
	u32 peak = zone->peak;
	u32 frame;

	if (pfa_zone_alloc(zone, count, pfa_natural_order(count),
			   pfa_zone_clip(zone, 0, 0), &record, &frame))
		return false;
	pfa_zone_free(zone, frame);
	pfa_zone_settle(zone);
	zone->peak = peak;
	return true;
}

/* Each try leaves a frame more for records, of which few are wanted. */
u32 pfa_zone_largest(struct pfa_zone *zone)
{
	u32 count;

	pfa_zone_settle(zone);
	count = buddy_largest_run(&zone->buddy);
	while (count && !zone_can_alloc(zone, count))
		count--;
	return count;
}

u64 pfa_zone_meta(struct pfa_zone *zone)
{
	pfa_zone_settle(zone);
	return zone->pa + zone->size - zone_pa(zone, zone->meta_frame) +
	       zone->record_frames * FRAME_SIZE;
}
