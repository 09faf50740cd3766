// SPDX-License-Identifier: GPL-2.0+
/*
 * Single frames in bulk, as runs: whole words where the zone is free, else the
 * open word, as many of its frames as are wanted at a time.
 */

#include "buddy_tree.h"

/* The largest block whose words lie below units of one word. */
#define BULK_MAX_ORDER	(2 * WORD_ORDERS - 1)

/** struct run_list - the runs of a bulk request so far */
struct run_list {
	struct buddy_run *runs;
	u32 room;
	u32 count;
};

static bool continues_last_run(const struct run_list *list, u32 frame)
{
	const struct buddy_run *last;

	if (!list->count)
		return false;
	last = &list->runs[list->count - 1];
	return last->frame + last->count == frame;
}

static void add_run(struct run_list *list, u32 frame, u32 count)
{
	struct buddy_run run = { .frame = frame, .count = count };

	if (continues_last_run(list, frame))
		list->runs[list->count - 1].count += count;
	else
		list->runs[list->count++] = run;
}

/* Whether the runs of these units of a word fit into the list. */
static bool runs_fit(const struct run_list *list, u32 first, u64 units)
{
	u32 more = count_bits(units & ~(units << 1));

	more -= continues_last_run(list, first + lowest_bit(units));
	return more <= list->room - list->count;
}

static void add_units(struct run_list *list, u32 first, u64 units)
{
	while (units) {
		unsigned int unit = lowest_bit(units);
		u64 rest = units + unit_bit(unit);	/* carries past the run */
		unsigned int end = rest ? lowest_bit(rest) : WORD_UNITS;

		add_run(list, first + unit, end - unit);
		units &= rest;
	}
}

/* The order of block to take for so many frames; 0: from the open word. */
static unsigned int bulk_order(const struct buddy *b, u32 count)
{
	unsigned int order = highest_bit(count);

	if (!(b->orders >> WORD_ORDERS))
		return 0;
	if (order > highest_bit(b->orders))
		order = highest_bit(b->orders);
	if (order > BULK_MAX_ORDER)
		order = BULK_MAX_ORDER;
	return order < WORD_ORDERS ? 0 : order;
}

/* A block of whole words; each of its frames becomes a block of its own. */
static u32 bulk_take_block(struct buddy *b, unsigned int order,
			   struct run_list *list)
{
	const struct buddy_word all_used = { .used = WORD_ALL };
	u32 count = 1u << order;
	u32 words = count / WORD_UNITS;
	struct buddy_word *above;
	u32 frame, n;
	u64 units;

	buddy_alloc_block(b, order, &frame);
	if (list->count == list->room && !continues_last_run(list, frame)) {
		buddy_free(b, frame, order);
		return 0;
	}
	n = word_number(frame, 0);
	above = word_at(b, 1, n / WORD_UNITS);
	units = units_mask(n % WORD_UNITS, words);
	above->free |= units;
	above->used |= units;
	for (u32 i = 0; i < words; i++)
		*word_at(b, 0, n + i) = all_used;
	add_run(list, frame, count);
	return count;
}

static u64 lowest_units(u64 units, u32 count)
{
	u64 rest = units;

	for (; rest && count; count--)
		rest &= rest - 1;
	return units & ~rest;
}

/* At most @count frames of the open word, or of a newly opened one. */
static u32 bulk_take_units(struct buddy *b, u32 count, struct run_list *list)
{
	u64 units;

	if (!b->open || !word_free(b->open))
		buddy_open_word(b);
	units = lowest_units(word_free(b->open), count);
	if (!runs_fit(list, b->open_first, units))
		return 0;
	b->open->free &= ~units;
	b->open->used |= units;
	b->free_frames -= count_bits(units);
	add_units(list, b->open_first, units);
	return count_bits(units);
}

/* A pass over the request: one block or one word at a time. */
enum buddy_status buddy_alloc_bulk(struct buddy *b, u32 count,
				   struct buddy_run *runs, u32 *nruns)
{
	struct run_list list = { .runs = runs, .room = *nruns };

	if (!count)
		return BUDDY_INVALID;
	if (count > b->free_frames)
		return BUDDY_NO_SPACE;
	while (count) {
		unsigned int order = bulk_order(b, count);
		u32 taken = order ? bulk_take_block(b, order, &list) :
				    bulk_take_units(b, count, &list);

		if (!taken) {
			buddy_free_bulk(b, list.count, runs, NULL);
			return BUDDY_NO_SPACE;
		}
		count -= taken;
	}
	*nruns = list.count;
	return BUDDY_OK;
}

/*
 * Mark the frames of a run that are allocated blocks of order 0, up to the
 * first that is not, which is returned. The mark is that of a reserved frame:
 * it leaves the index alone, and a frame that is named twice is found.
 */
static u32 bulk_mark(struct buddy *b, u32 frame, u32 end)
{
	for (; frame < end; frame = next_word(frame)) {
		struct buddy_word *word = word_at(b, 0, word_number(frame, 0));
		u64 units = buddy_range_mask(frame, end);
		u64 bad = units;

		if (region_written(b, word_number(frame, 1)))
			bad = units & ~single_units(word);
		if (bad) {
			units &= unit_bit(lowest_bit(bad)) - 1;
			if (units)
				word->free |= units;
			return (frame & ~(WORD_UNITS - 1)) + lowest_bit(bad);
		}
		word->free |= units;
	}
	return end;
}

static void bulk_unmark(struct buddy *b, u32 frame, u32 end)
{
	for (; frame < end; frame = next_word(frame))
		word_at(b, 0, word_number(frame, 0))->free &=
			~buddy_range_mask(frame, end);
}

static enum buddy_status bulk_mark_run(struct buddy *b, struct buddy_run run,
				       u32 *bad)
{
	enum buddy_status status = buddy_range_valid(b, run.frame, run.count);
	u32 end = run.frame + run.count;

	*bad = run.frame;
	if (status == BUDDY_INVALID || !in_zone(b, run.frame))
		return status;
	if (status)
		end = zone_end(b);
	*bad = bulk_mark(b, run.frame, end);
	if (*bad != end)
		return BUDDY_NOT_ALLOCATED;
	return status;
}

/* Take the marks off again, and say what was wrong with the frame @at. */
static enum buddy_status bulk_refuse(struct buddy *b, u32 nruns,
				     const struct buddy_run *runs, u32 at,
				     enum buddy_status status, u32 *bad)
{
	for (u32 i = 0; i + 1 < nruns; i++)
		bulk_unmark(b, runs[i].frame, runs[i].frame + runs[i].count);
	bulk_unmark(b, runs[nruns - 1].frame, at);
	if (bad)
		*bad = at;
	if (status != BUDDY_NOT_ALLOCATED)
		return status;
	status = buddy_why_not_used(b, at, 0);
	/* nothing wrong with it by itself: an earlier run names it too */
	return status ? status : BUDDY_NOT_ALLOCATED;
}

/* The opposite of bulk_take_block(), of frames that are marked. */
static void bulk_give_block(struct buddy *b, u32 frame, unsigned int order)
{
	const struct buddy_word fresh = { .free = WORD_ALL };
	u32 n = word_number(frame, 0);
	u32 words = 1u << (order - WORD_ORDERS);
	u32 above = n / WORD_UNITS;
	unsigned int unit = n % WORD_UNITS;

	if (b->open && b->open_first - frame < 1u << order)
		b->open = NULL;		/* it has no free frames */
	for (u32 i = 0; i < words; i++)
		*word_at(b, 0, n + i) = fresh;
	word_at(b, 1, above)->used &= ~units_mask(unit, words);
	b->free_frames += 1u << order;
	buddy_units_freed(b, 1, above, unit);
}

static void bulk_give_run(struct buddy *b, u32 frame, u32 end)
{
	while (frame < end) {
		unsigned int order = buddy_next_tile(frame, end - frame);

		if (order > BULK_MAX_ORDER)
			order = BULK_MAX_ORDER;
		if (order >= WORD_ORDERS) {
			bulk_give_block(b, frame, order);
			frame += 1u << order;
		} else {
			buddy_release_units(b, frame,
					    buddy_range_mask(frame, end));
			frame = next_word(frame);
		}
	}
}

/* Two passes over the runs, a word at a time: mark, then free. */
enum buddy_status buddy_free_bulk(struct buddy *b, u32 nruns,
				  const struct buddy_run *runs, u32 *bad)
{
	enum buddy_status status = BUDDY_OK;
	u32 marked = 0;
	u32 at = 0;

	while (marked < nruns && !status) {
		status = bulk_mark_run(b, runs[marked], &at);
		marked++;
	}
	if (status)
		return bulk_refuse(b, marked, runs, at, status, bad);
	for (u32 i = 0; i < nruns; i++)
		bulk_give_run(b, runs[i].frame, runs[i].frame + runs[i].count);
	return BUDDY_OK;
}
