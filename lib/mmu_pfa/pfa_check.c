// SPDX-License-Identifier: GPL-2.0+
/*
 * Every invariant of the PFA: the buddy of each zone, the records against its
 * blocks, and the accounts against the records. The list is in
 * <mmu_pfa/pfa.h>, at struct pfa_report.
 */

#include "pfa_internal.h"

/**
 * struct zone_check - a zone under way
 *
 * @last:    the record of the tile before, if that goes on
 * @without: the sum of what mixed() makes of each frame that is used and has no
 *	     record. If it is that of the frames that hold records, they are the
 *	     same, and none has to be looked for among all groups
 */
struct zone_check {
	struct pfa_zone *zone;
	struct pfa_report *report;
	const struct pfa_record *last;
	u32 used;
	u32 reserved;
	u32 record_frames;
	u64 without;
};

static void violation(struct pfa_report *report, const char *name, u64 pa)
{
	if (report->violated)
		return;
	report->violated = name;
	report->pa = pa;
}

static void zone_violation(struct zone_check *c, const char *name, u32 frame)
{
	violation(c->report, name, zone_pa(c->zone, frame));
}

/* A number from which, and others like it, sums are made that tell sets apart. */
static u64 mixed(u32 frame)
{
	u64 n = (frame + 1) * 0x9e3779b97f4a7c15ull;

	return (n ^ n >> 32) * n;
}

static const struct pfa_group *last_group(const struct pfa_zone *zone)
{
	return zone_group(zone, zone->buddy.first + zone->buddy.frames - 1);
}

static u64 sum_holding(const struct pfa_zone *zone)
{
	const struct pfa_group *group = zone_group(zone, zone->buddy.first);
	u64 sum = 0;

	for (; group <= last_group(zone); group++) {
		if (group->count)
			sum += mixed(group->frame);
	}
	return sum;
}

/* Whether a frame holds the records of one of the groups: a pass over them. */
static bool holds_records(const struct pfa_zone *zone, u32 frame)
{
	const struct pfa_group *group = zone_group(zone, zone->buddy.first);

	for (; group <= last_group(zone); group++) {
		if (group->count && group->frame == frame)
			return true;
	}
	return false;
}

static bool same_allocation(const struct pfa_record *a,
			    const struct pfa_record *b)
{
	return a->owner == b->owner && a->tag == b->tag &&
	       a->caller == b->caller;
}

/* An allocated block: a tile of an allocation, or a record frame. */
static void check_used(struct zone_check *c, struct buddy_block block)
{
	const struct pfa_record *record = pfa_zone_record(c->zone, block.frame);

	if (!record) {
		if (block.order || c->last)
			zone_violation(c, "record", block.frame);
		c->record_frames++;
		c->without += mixed(block.frame);
		return;
	}
	if (record->owner > PFA_OWNER_SNAP || record->tag > PFA_TAGS)
		zone_violation(c, "record", block.frame);
	if (record->continued != !!c->last ||
	    (c->last && !same_allocation(c->last, record)))
		zone_violation(c, "chain", block.frame);
	c->last = record->more ? record : NULL;
	c->report->allocs += !record->continued;
	c->used += 1u << block.order;
}

static void check_block(struct zone_check *c, struct buddy_block block)
{
	if (block.state == BUDDY_STATE_USED) {
		check_used(c, block);
		return;
	}
	if (c->last)
		zone_violation(c, "chain", block.frame);
	c->last = NULL;
	if (block.state == BUDDY_STATE_RESERVED)
		c->reserved += 1u << block.order;
	else if (block.frame + (1u << block.order) > c->zone->meta_frame)
		zone_violation(c, "reserved", c->zone->meta_frame);
}

/* The records of a group are as many as it says, each where a block starts. */
static void check_group(struct zone_check *c, u32 first)
{
	struct pfa_zone *zone = c->zone;
	u32 count = 0;

	for (u32 frame = first; frame < first + GROUP_FRAMES; frame++) {
		struct buddy_block block;

		if (!pfa_zone_record(zone, frame))
			continue;
		count++;
		block = buddy_find(&zone->buddy, frame);
		if (block.state != BUDDY_STATE_USED || block.frame != frame)
			zone_violation(c, "record", frame);
	}
	if (count != zone_group(zone, first)->count)
		zone_violation(c, "group", first);
}

/* Name a frame that is used, has no record and holds none; or a group has none. */
static void find_lost_frame(struct zone_check *c)
{
	struct pfa_zone *zone = c->zone;
	u32 frame = zone->buddy.first;

	while (frame < zone->meta_frame) {
		struct buddy_block block = buddy_find(&zone->buddy, frame);

		if (block.state == BUDDY_STATE_USED &&
		    !pfa_zone_record(zone, frame) && !holds_records(zone, frame))
			zone_violation(c, "record", frame);
		frame = block.frame + (1u << block.order);
	}
	zone_violation(c, "group", zone->buddy.first);
}

/* Each block, and the frames that hold records by what they are used for. */
static void check_blocks(struct zone_check *c)
{
	const struct pfa_zone *zone = c->zone;
	u32 end = zone->buddy.first + zone->buddy.frames;
	u32 frame = zone->buddy.first;

	while (frame < end) {
		struct buddy_block block = buddy_find(&c->zone->buddy, frame);

		check_block(c, block);
		frame = block.frame + (1u << block.order);
	}
	if (c->without != sum_holding(zone))
		find_lost_frame(c);
}

/* The last block was metadata, so no tile is left to go on. */
static void check_sums(struct zone_check *c)
{
	const struct pfa_zone *zone = c->zone;
	u32 end = zone->buddy.first + zone->buddy.frames;

	if (c->reserved != end - zone->meta_frame + zone->bad)
		zone_violation(c, "reserved", zone->buddy.first);
	if (c->used != zone->used || c->record_frames != zone->record_frames ||
	    zone->used > zone->peak)
		zone_violation(c, "account", zone->buddy.first);
}

bool pfa_zone_check(struct pfa_zone *zone, struct pfa_report *report)
{
	struct zone_check c = { .zone = zone, .report = report };
	u32 end = zone->buddy.first + zone->buddy.frames;
	u32 frame = zone->buddy.first;
	const char *violated;

	pfa_zone_settle(zone);
	violated = buddy_check(&zone->buddy, &frame);
	if (violated) {
		zone_violation(&c, violated, frame);
		return false;
	}
	check_blocks(&c);
	frame = zone->buddy.first & ~(GROUP_FRAMES - 1);
	for (; frame < end; frame += GROUP_FRAMES) {
		if (zone_group(zone, frame)->count)
			check_group(&c, frame);
	}
	check_sums(&c);
	return !report->violated;
}

/** struct totals - what the records of all zones add up to */
struct totals {
	u64 by_owner[PFA_OWNER_BAD + 1];
	struct pfa_tag tags[PFA_TAGS + 1];
};

/* Each tile by itself: only the first of an allocation counts for its tag. */
static void add_records(struct pfa_zone *zone, struct totals *totals)
{
	u32 frame = zone->buddy.first;

	while (frame < zone->meta_frame) {
		struct buddy_block block = buddy_find(&zone->buddy, frame);
		const struct pfa_record *record = NULL;

		frame = block.frame + (1u << block.order);
		if (block.state == BUDDY_STATE_USED)
			record = pfa_zone_record(zone, block.frame);
		if (!record)
			continue;
		totals->by_owner[record->owner] += 1u << block.order;
		if (record->owner != PFA_OWNER_USER)
			continue;
		totals->tags[record->tag].refs += !record->continued;
		totals->tags[record->tag].frames += 1u << block.order;
	}
	totals->by_owner[PFA_OWNER_BAD] += zone->bad;
}

static bool totals_agree(const struct pfa *pfa, const struct totals *totals)
{
	u64 used = 0;

	for (int i = 0; i <= PFA_OWNER_BAD; i++) {
		if (totals->by_owner[i] != pfa->by_owner[i])
			return false;
		if (i != PFA_OWNER_BAD)
			used += pfa->by_owner[i];
	}
	for (int i = 0; i <= PFA_TAGS; i++) {
		if (totals->tags[i].refs != pfa->tags[i].refs ||
		    totals->tags[i].frames != pfa->tags[i].frames)
			return false;
	}
	return used == pfa->used && used <= pfa->peak;
}

static void check_zones(struct pfa *pfa, struct pfa_report *report)
{
	u64 end = 0;

	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if ((report->zones && zone->pa < end) ||
		    report->zones == pfa->nzones ||
		    zone_frame(zone, zone->pa) != zone->buddy.first ||
		    zone->size >> FRAME_SHIFT != zone->buddy.frames) {
			violation(report, "zones", zone->pa);
			return;
		}
		end = zone->pa + zone->size;
		report->zones++;
		report->frames += zone->buddy.frames;
	}
	if (report->zones != pfa->nzones)
		violation(report, "zones", 0);
}

static void check_locked(struct pfa *pfa, struct pfa_report *report)
{
	struct totals totals = { 0 };

	check_zones(pfa, report);
	if (report->violated)
		return;
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (!pfa_zone_check(zone, report))
			return;
		add_records(zone, &totals);
	}
	if (!totals_agree(pfa, &totals))
		violation(report, "account", pfa->zones ? pfa->zones->pa : 0);
}

int pfa_check(struct pfa *pfa, struct pfa_report *report)
{
	memset(report, 0, sizeof(*report));
	if (!lock(pfa))
		return -EDEADLK;
	check_locked(pfa, report);
	unlock(pfa);
	return report->violated ? -EUCLEAN : 0;
}
