// SPDX-License-Identifier: GPL-2.0+
/*
 * The tree of words: how blocks leave and join the free state anywhere in it,
 * with the index following. The ways that are taken most are inlines in
 * buddy_tree.h and functions in buddy.c.
 */

#include "buddy_tree.h"

/* The words of a region that offer an order. */
static u64 words_offering(const struct buddy *b, u32 region, unsigned int order)
{
	const struct buddy_bins *bins = bins_at(b, region);
	u64 words = 0;

	for (unsigned int offer = order + 1; offer <= WORD_ORDERS; offer++)
		words |= bins->bin[offer];
	return words;
}

/* The regions below word n of level 2 that offer an order. */
static u64 regions_offering(const struct buddy *b, u32 n, unsigned int order)
{
	u64 regions = 0;

	for (unsigned int unit = 0; unit < WORD_UNITS; unit++) {
		if (*kinds_at(b, n * WORD_UNITS + unit) >> order >> 1)
			regions |= unit_bit(unit);
	}
	return regions;
}

/*
 * Where to look in word n of a level for a run of an order of the target level:
 * the runs themselves there, the index above it.
 */
static u64 index_candidates(const struct buddy *b, unsigned int level, u32 n,
			    unsigned int order)
{
	unsigned int target = level_of(order);
	u64 free;

	if (n > last_word(b, level))
		return 0;
	if (level < REGION_LEVEL &&
	    !region_written(b, level ? n : n / WORD_UNITS))
		return 0;
	if (level > target && !target && level <= REGION_LEVEL)
		return level < REGION_LEVEL ? words_offering(b, n, order) :
					      regions_offering(b, n, order);
	if (level > target)
		return *index_at(b, level, n, order);
	free = word_free(word_at(b, level, n));
	/* such a word is below a unit that is not split */
	if (free == WORD_ALL && level < b->levels)
		return 0;
	return free_runs(free, order - level_shift(level));
}

/* Up through the levels until there is one further on, and down to it. */
bool buddy_index_next(const struct buddy *b, unsigned int order, u32 from,
		      u32 *frame)
{
	unsigned int target = level_of(order);
	unsigned int highest = b->top > target ? b->top : target;
	unsigned int level = target;
	u32 unit = from >> level_shift(level);

	for (;;) {
		u64 found = index_candidates(b, level, unit / WORD_UNITS,
					     order) &
			    WORD_ALL << unit % WORD_UNITS;

		if (found) {
			unit = unit / WORD_UNITS * WORD_UNITS +
			       lowest_bit(found);
			if (level == target)
				break;
			unit *= WORD_UNITS;
			level--;
		} else if (level < highest) {
			unit = unit / WORD_UNITS + 1;
			level++;
		} else {
			return false;
		}
	}
	*frame = unit << level_shift(target);
	return true;
}

/* A region is about to be split for the first time: write its words. */
static void region_write(struct buddy *b, u32 region)
{
	const struct buddy_word fresh = { .free = WORD_ALL };
	const struct buddy_bins all_in_first = { { WORD_ALL } };
	u32 n = region * WORD_UNITS;
	u32 end = n + WORD_UNITS;

	if (region_written(b, region))
		return;
	*word_at(b, 1, region) = fresh;
	*bins_at(b, region) = all_in_first;
	*kinds_at(b, region) = 1;
	if (n < first_word(b, 0))
		n = first_word(b, 0);
	if (end > last_word(b, 0) + 1)
		end = last_word(b, 0) + 1;
	memset(offer_at(b, n), 0, end - n);
	for (; n < end; n++)
		*word_at(b, 0, n) = fresh;
}

void buddy_split_unit(struct buddy *b, unsigned int level, u32 n,
		      unsigned int unit)
{
	struct buddy_word *word = word_at(b, level, n);

	word->free |= unit_bit(unit);
	word->used |= unit_bit(unit);
	if (level == REGION_LEVEL)
		region_write(b, n * WORD_UNITS + unit);
}

/* Word n of a level now has a free block of this order or larger. */
static void index_add(struct buddy *b, unsigned int level, u32 n,
		      unsigned int order)
{
	while (level < b->top) {
		u64 *mask = index_at(b, ++level, n / WORD_UNITS, order);
		u64 old = *mask;

		*mask = old | unit_bit(n % WORD_UNITS);
		if (old)
			return;
		n /= WORD_UNITS;
	}
	b->orders |= 1u << order;
}

/* Word n of a level no longer has one. */
static void index_remove(struct buddy *b, unsigned int level, u32 n,
			 unsigned int order)
{
	while (level < b->top) {
		u64 *mask = index_at(b, ++level, n / WORD_UNITS, order);

		*mask &= ~unit_bit(n % WORD_UNITS);
		if (*mask)
			return;
		n /= WORD_UNITS;
	}
	b->orders &= ~(1u << order);
}

static void peak_set(struct buddy *b, u32 n, unsigned int peak)
{
	*peak_at(b, n) = peak;
	if (b->top == REGION_LEVEL)
		b->peak = peak;
}

enum buddy_status buddy_peak_rises(struct buddy *b, u32 n, unsigned int offer)
{
	unsigned int order = *peak_at(b, n);

	if (offer <= order)
		return BUDDY_OK;
	peak_set(b, n, offer);
	for (; order < offer; order++)
		index_add(b, REGION_LEVEL, n, order);
	return BUDDY_OK;
}

/* What the regions below word n of level 2 offer, as the bits of a byte. */
static u8 kinds_below(const struct buddy *b, u32 n)
{
	const u64 *kinds = (const u64 *)kinds_at(b, n * WORD_UNITS);
	u64 all = 0;

	for (unsigned int i = 0; i < REGION_BYTES / 8; i++)
		all |= kinds[i];
	all |= all >> 32;
	all |= all >> 16;
	return all | all >> 8;
}

enum buddy_status buddy_peak_falls(struct buddy *b, u32 n, unsigned int offer)
{
	unsigned int peak;

	if (offer < *peak_at(b, n))
		return BUDDY_OK;
	peak = highest_bit(kinds_below(b, n));
	peak_set(b, n, peak);
	while (offer > peak)
		index_remove(b, REGION_LEVEL, n, --offer);
	return BUDDY_OK;
}

enum buddy_status buddy_index_raise(struct buddy *b, unsigned int level, u32 n,
				    unsigned int orders)
{
	unsigned int base = level_shift(level);

	while (orders-- && !index_has(b, level, n, base + orders))
		index_add(b, level, n, base + orders);
	return BUDDY_OK;
}

enum buddy_status buddy_index_lower(struct buddy *b, unsigned int level, u32 n,
				    unsigned int orders)
{
	unsigned int base = level_shift(level);

	for (; orders < level_orders(level) &&
	     index_has(b, level, n, base + orders); orders++)
		index_remove(b, level, n, base + orders);
	return BUDDY_OK;
}

/* Word n of level 0 comes to offer so many orders. */
static void offer(struct buddy *b, u32 n, unsigned int orders)
{
	unsigned int now = *offer_at(b, n);

	if (now < orders)
		offer_more(b, n, now, orders);
	else if (now > orders)
		offer_less(b, n, now, orders);
}

/* The index comes to say of word n what its free units are, short of all. */
static void index_follow(struct buddy *b, unsigned int level, u32 n, u64 free)
{
	unsigned int orders = level_orders_in(level, free);
	unsigned int largest = level_shift(level) + orders - 1;

	if (!level)
		offer(b, n, orders);
	else if (orders && !index_has(b, level, n, largest))
		buddy_index_raise(b, level, n, orders);
	else
		buddy_index_lower(b, level, n, orders);
}

enum buddy_status buddy_word_changed(struct buddy *b, unsigned int level,
				     u32 n)
{
	u64 free = word_free(word_at(b, level, n));

	if (free == WORD_ALL) {
		index_follow(b, level, n, 0);
		buddy_give_word(b, level, n);
	} else {
		index_follow(b, level, n, free);
	}
	return BUDDY_OK;
}

void buddy_claim_path(struct buddy *b, u32 frame, unsigned int level,
		      unsigned int target)
{
	for (; level > target; level--) {
		u32 n = word_number(frame, level);

		buddy_split_unit(b, level, n, unit_in_word(frame, level));
		index_follow(b, level, n, word_free(word_at(b, level, n)));
	}
}

void buddy_claim_block(struct buddy *b, u32 frame, unsigned int order,
		       unsigned int level)
{
	unsigned int target = level_of(order);
	u32 n = word_number(frame, target);
	struct buddy_word *word = word_at(b, target, n);
	unsigned int unit = unit_in_word(frame, target);

	buddy_claim_path(b, frame, level, target);
	word->free &= ~block_mask(unit, order - level_shift(target));
	word->used |= unit_bit(unit);
	index_follow(b, target, n, word_free(word));
	b->free_frames -= 1u << order;
}

void buddy_claim_range(struct buddy *b, u32 frame, u32 count)
{
	while (count) {
		unsigned int order = buddy_next_tile(frame, count);

		buddy_claim_block(b, frame, order, covering_level(b, frame));
		frame += 1u << order;
		count -= 1u << order;
	}
}

void buddy_units_freed(struct buddy *b, unsigned int level, u32 n,
		       unsigned int unit)
{
	u64 free = word_free(word_at(b, level, n));
	unsigned int order = merged_order(level, free, unit);

	if (order == WORD_ORDERS) {
		index_follow(b, level, n, 0);
		buddy_give_word(b, level, n);
	} else if (level) {
		buddy_index_raise(b, level, n, order + 1);
	} else if (order >= *offer_at(b, n)) {
		offer(b, n, order + 1);
	}
}

void buddy_give_word(struct buddy *b, unsigned int level, u32 n)
{
	unsigned int order = WORD_ORDERS;

	while (order == WORD_ORDERS) {
		unsigned int unit = n % WORD_UNITS;
		struct buddy_word *word;

		level++;
		n /= WORD_UNITS;
		word = word_at(b, level, n);
		word->used &= ~unit_bit(unit);
		order = merged_order(level, word_free(word), unit);
		if (order == WORD_ORDERS)
			index_follow(b, level, n, 0);
	}
	buddy_index_raise(b, level, n, order + 1);
}

void buddy_fold(struct buddy *b)
{
	if (!b->open)
		return;
	b->open = NULL;
	buddy_word_changed(b, 0, word_number(b->open_first, 0));
}

static enum buddy_state unit_state(const struct buddy_word *word,
				   unsigned int unit)
{
	if (unit_is_split(word, unit))
		return BUDDY_STATE_RESERVED;
	return word->free >> unit & 1 ? BUDDY_STATE_FREE : BUDDY_STATE_USED;
}

struct buddy_block buddy_block_at(const struct buddy *b, u32 frame)
{
	unsigned int level = covering_level(b, frame);
	u32 n = word_number(frame, level);
	const struct buddy_word *word = word_at(b, level, n);
	unsigned int unit = unit_in_word(frame, level);
	struct buddy_block block = { .state = unit_state(word, unit) };
	unsigned int order;

	switch (block.state) {
	case BUDDY_STATE_USED:
		unit = highest_bit((word->free | word->used) &
				   units_mask(0, unit + 1));
		order = lowest_bit(used_units(word, unit));
		break;
	case BUDDY_STATE_RESERVED:
		order = run_order(word->free & word->used, unit);
		break;
	default:
		order = merged_order(level, word_free(word), unit);
		break;
	}
	block.frame = (n * WORD_UNITS + (unit & ~((1u << order) - 1))) <<
		      level_shift(level);
	block.order = order + level_shift(level);
	return block;
}
