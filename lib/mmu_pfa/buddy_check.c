// SPDX-License-Identifier: GPL-2.0+
/*
 * Every invariant of the buddy, verified against the words; the list is in
 * <mmu_pfa/buddy.h>.
 */

#include "buddy_tree.h"

/** struct check - a check under way */
struct check {
	const struct buddy *b;
	const char *violated;
	u32 frame;
	u32 free_frames;
	u32 orders;
	bool open_seen;
};

static void violation(struct check *c, const char *name, u32 frame)
{
	if (c->violated)
		return;
	c->violated = name;
	c->frame = frame;
}

static u32 unit_frame(unsigned int level, u32 n, unsigned int unit)
{
	return (n * WORD_UNITS + unit) << level_shift(level);
}

/* Whether a unit has no frame in the zone. */
static bool unit_outside(const struct buddy *b, unsigned int level, u32 n,
			 unsigned int unit)
{
	u64 start = (u64)(n * WORD_UNITS + unit) << level_shift(level);
	u64 end = start + (1ull << level_shift(level));

	return end <= b->first || start >= zone_end(b);
}

/* Whether a unit is cut by an end of the zone. */
static bool unit_partial(const struct buddy *b, unsigned int level, u32 n,
			 unsigned int unit)
{
	u64 start = (u64)(n * WORD_UNITS + unit) << level_shift(level);
	u64 end = start + (1ull << level_shift(level));

	return !unit_outside(b, level, n, unit) &&
	       (start < b->first || end > zone_end(b));
}

/* Units outside are heads of one unit; those cut are split. */
static void check_range(struct check *c, unsigned int level, u32 n,
			const struct buddy_word *word)
{
	for (unsigned int unit = 0; unit < WORD_UNITS; unit++) {
		if (unit_outside(c->b, level, n, unit) &&
		    (!unit_is_head(word, unit) || used_units(word, unit) != 1))
			violation(c, "range", unit_frame(level, n, unit));
		if (unit_partial(c->b, level, n, unit) &&
		    !unit_is_split(word, unit))
			violation(c, "range", unit_frame(level, n, unit));
	}
}

/*
 * Whether units may be one block: a power of two, aligned, not too large. Those
 * of a whole word are one unit of the word above.
 */
static bool may_be_block(unsigned int level, unsigned int unit,
			 unsigned int count)
{
	return !(count & (count - 1)) && !(unit & (count - 1)) &&
	       count < 1u << level_orders(level);
}

/* Each head starts an aligned power of two; further units follow heads only. */
static void check_partition(struct check *c, unsigned int level, u32 n,
			    const struct buddy_word *word)
{
	unsigned int unit = 0;

	while (unit < WORD_UNITS) {
		unsigned int count = used_units(word, unit);

		if (!unit_is_head(word, unit) && count > 1)
			violation(c, "partition",
				  unit_frame(level, n, unit + 1));
		if (!may_be_block(level, unit, count) ||
		    !((word->free | word->used) >> unit & 1))
			violation(c, "partition", unit_frame(level, n, unit));
		unit += count;
	}
}

/* How many orders of free blocks the index is to know of in word n. */
static unsigned int orders_known(const struct buddy *b, unsigned int level,
				 u32 n)
{
	const struct buddy_word *word = word_at(b, level, n);

	return word == b->open ? 0 : level_orders_in(level, word_free(word));
}

/*
 * Whether there is a free block of an order, or larger, in word n or below it,
 * that the index should know.
 */
static bool has_free_block(const struct buddy *b, unsigned int level, u32 n,
			   unsigned int order)
{
	if (level == level_of(order))
		return order - level_shift(level) < orders_known(b, level, n);
	if (level == REGION_LEVEL && order < WORD_ORDERS)
		return order < *peak_at(b, n);
	return *index_at(b, level, n, order);
}

/* One index mask of word n against the words below its units in @live. */
static void check_mask(struct check *c, unsigned int level, u32 n,
		       unsigned int order, u64 live)
{
	u64 expected = 0;

	for (; live; live &= live - 1) {
		unsigned int unit = lowest_bit(live);

		if (has_free_block(c->b, level - 1, n * WORD_UNITS + unit,
				   order))
			expected |= unit_bit(unit);
	}
	if (*index_at(c->b, level, n, order) != expected)
		violation(c, "index", unit_frame(level, n, 0));
}

/* The bins of a region against what its words have, those below @live. */
static void check_bins(struct check *c, u32 region, u64 live)
{
	struct buddy_bins expected = { { 0 } };
	u8 kinds = 0;

	for (unsigned int unit = 0; unit < WORD_UNITS; unit++) {
		u32 n = region * WORD_UNITS + unit;
		unsigned int offer = 0;

		if (live >> unit & 1)
			offer = orders_known(c->b, 0, n);
		if (n >= first_word(c->b, 0) && n <= last_word(c->b, 0) &&
		    *offer_at(c->b, n) != offer)
			violation(c, "index", n * WORD_UNITS);
		expected.bin[offer] |= unit_bit(unit);
		kinds |= 1u << offer;
	}
	for (unsigned int i = 0; i <= WORD_ORDERS; i++) {
		if (bins_at(c->b, region)->bin[i] != expected.bin[i])
			violation(c, "index", unit_frame(1, region, 0));
	}
	if (*kinds_at(c->b, region) != kinds)
		violation(c, "index", unit_frame(1, region, 0));
}

/* The peak of 64 regions against what there is of their bins. */
static void check_peak(struct check *c, u32 n)
{
	unsigned int peak = 0;

	for (unsigned int unit = 0; unit < WORD_UNITS; unit++) {
		u8 kinds = *kinds_at(c->b, n * WORD_UNITS + unit);

		if (kinds && highest_bit(kinds) > peak)
			peak = highest_bit(kinds);
	}
	if (*peak_at(c->b, n) != peak ||
	    c->b->peak != (c->b->top == REGION_LEVEL ? peak : 0))
		violation(c, "index", unit_frame(REGION_LEVEL, n, 0));
}

/* All that the index says of the words below the units of word n in @live. */
static void check_masks(struct check *c, unsigned int level, u32 n, u64 live)
{
	unsigned int order = level > REGION_LEVEL ? 0 : WORD_ORDERS;

	if (level == 1)
		check_bins(c, n, live);
	if (level < REGION_LEVEL || level > c->b->top)
		return;
	if (level == REGION_LEVEL)
		check_peak(c, n);
	for (; order < orders_below(level); order++)
		check_mask(c, level, n, order, live);
}

/* What is no region, or none of the zone, has no bins. */
static void check_no_regions(struct check *c)
{
	const struct buddy *b = c->b;
	u32 first = first_word(b, 1), last = last_word(b, 1);
	const u8 *kinds = (const u8 *)b->kinds;
	u32 bytes = (last_word(b, REGION_LEVEL) + 1) * REGION_BYTES;

	for (u32 i = 0; i < bytes; i++) {
		u32 region = i / REGION_BYTES * WORD_UNITS + i % REGION_BYTES;
		bool inside = i % REGION_BYTES < WORD_UNITS &&
			      region >= first && region <= last;

		if (!inside && kinds[i])
			violation(c, "index", b->first);
	}
}

/* A word below a unit that is not split, and all words below that. */
static void check_fresh(struct check *c, unsigned int level, u32 n)
{
	const struct buddy_word *word;

	if (n < first_word(c->b, level) || n > last_word(c->b, level))
		return;
	if (level < REGION_LEVEL &&
	    !region_written(c->b, level ? n : n / WORD_UNITS))
		return;
	word = word_at(c->b, level, n);
	if (word->free != WORD_ALL || word->used || word == c->b->open)
		violation(c, "fresh", unit_frame(level, n, 0));
	check_masks(c, level, n, 0);
	for (unsigned int unit = 0; level && unit < WORD_UNITS; unit++)
		check_fresh(c, level - 1, n * WORD_UNITS + unit);
}

static void check_word(struct check *c, unsigned int level, u32 n);

static void check_below(struct check *c, unsigned int level, u32 n)
{
	const struct buddy_word *word = word_at(c->b, level, n);

	for (unsigned int unit = 0; unit < WORD_UNITS; unit++) {
		u32 below = n * WORD_UNITS + unit;

		if (unit_is_split(word, unit))
			check_word(c, level - 1, below);
		else
			check_fresh(c, level - 1, below);
	}
}

/* What the words say by themselves. */
static void check_word(struct check *c, unsigned int level, u32 n)
{
	const struct buddy *b = c->b;
	const struct buddy_word *word = word_at(b, level, n);
	u64 free = word_free(word);

	/* what is split may not be in the metadata any more */
	if (c->violated)
		return;
	if (level == REGION_LEVEL - 1 && !region_written(b, n))
		violation(c, "fresh", unit_frame(level, n, 0));
	check_range(c, level, n, word);
	check_partition(c, level, n, word);
	if (free == WORD_ALL && level < b->levels && word != b->open)
		violation(c, "canonical", unit_frame(level, n, 0));
	c->open_seen |= word == b->open;
	c->free_frames += count_bits(free) << level_shift(level);
	if (level)
		check_below(c, level, n);
}

/* Whether the open word is the word of level 0 that it is said to be. */
static bool open_is_word(const struct buddy *b)
{
	u32 n = word_number(b->open_first, 0);

	return n >= first_word(b, 0) && n <= last_word(b, 0) &&
	       b->open_first == n * WORD_UNITS && b->open == word_at(b, 0, n);
}

/* What the index says of a word whose units are not free as a whole. */
static void check_index(struct check *c, unsigned int level, u32 n)
{
	const struct buddy_word *word = word_at(c->b, level, n);
	u64 split = word->free & word->used;

	for (unsigned int order = 0; order < level_orders(level); order++) {
		unsigned int whole = order + level_shift(level);

		if (has_free_block(c->b, level, n, whole))
			c->orders |= 1u << whole;
	}
	if (!level)
		return;
	for (u64 left = split; left; left &= left - 1)
		check_index(c, level - 1, n * WORD_UNITS + lowest_bit(left));
	check_masks(c, level, n, split);
}

/* The masks beyond the levels that have units; there is at most one word. */
static void check_top_index(struct check *c)
{
	unsigned int level = BUDDY_LEVELS;
	u32 n = first_word(c->b, level);
	u64 live = 0;

	if (c->b->top < level)
		return;
	for (u32 i = first_word(c->b, level - 1); i <= last_word(c->b, level - 1);
	     i++)
		live |= unit_bit(i % WORD_UNITS);
	for (unsigned int order = 0; order < orders_below(level); order++)
		check_mask(c, level, n, order, live);
}

/* Only where the words are sound: they lead to what is looked at. */
static void check_whole_index(struct check *c)
{
	const struct buddy *b = c->b;

	for (u32 n = first_word(b, b->levels); n <= last_word(b, b->levels); n++)
		check_index(c, b->levels, n);
	check_top_index(c);
	if (c->orders != b->orders)
		violation(c, "index", b->first);
}

const char *buddy_check(struct buddy *b, u32 *frame)
{
	struct check c = { .b = b };

	check_no_regions(&c);
	if (b->open && !open_is_word(b))
		violation(&c, "open", b->first);
	for (u32 n = first_word(b, b->levels); n <= last_word(b, b->levels); n++)
		check_word(&c, b->levels, n);
	if (b->open && !c.open_seen)
		violation(&c, "open", b->first);
	if (c.free_frames != b->free_frames)
		violation(&c, "count", b->first);
	if (!c.violated)
		check_whole_index(&c);
	if (frame && c.violated)
		*frame = c.frame;
	return c.violated;
}
