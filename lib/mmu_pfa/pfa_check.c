// SPDX-License-Identifier: GPL-2.0+
/*
 * Every invariant of the PFA: the buddy of each zone, the records against its
 * blocks, and the accounts against the records. The list is in
 * <mmu_pfa/pfa.h>, at struct pfa_report.
 */

#include "pfa_internal.h"

/** struct zone_check - a zone under way */
struct zone_check {
	struct pfa_zone *zone;
	struct pfa_report *report;
	const struct pfa_record *last;	/* of the tile before, if it goes on */
	u32 used;
	u32 reserved;
	u32 record_frames;
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

/* Whether a frame holds the records of one of the groups. */
static bool holds_records(const struct pfa_zone *zone, u32 frame)
{
	const struct pfa_group *group = zone_group(zone, zone->buddy.first);
	const struct pfa_group *last = zone_group(zone, zone->buddy.first +
						  zone->buddy.frames - 1);

	for (; group <= last; group++) {
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
		if (block.order || !holds_records(c->zone, block.frame))
			zone_violation(c, "record", block.frame);
		c->record_frames++;
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
	while (frame < end) {
		struct buddy_block block = buddy_find(&zone->buddy, frame);

		check_block(&c, block);
		frame = block.frame + (1u << block.order);
	}
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
