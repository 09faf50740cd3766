// SPDX-License-Identifier: GPL-2.0+
/*
 * The tree of words: how blocks leave and join the free state anywhere in it,
 * with the index following. The ways that are taken most are inlines in
 * buddy_tree.h and functions in buddy.c.
 */

#include "buddy_tree.h"

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
	if (level > target)
		return *index_at(b, level, n, order);
	if (level < REGION_LEVEL &&
	    !region_touched(b, level ? n : n / WORD_UNITS))
		return 0;
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
static void region_touch(struct buddy *b, u32 region)
{
	const struct buddy_word fresh = { .free = WORD_ALL };
	u32 n = region * WORD_UNITS;
	u32 end = n + WORD_UNITS;

	if (region_touched(b, region))
		return;
	*touched_at(b, region) |= unit_bit(region % 64);
	*word_at(b, 1, region) = fresh;
	memset(index_at(b, 1, region, 0), 0, orders_below(1) * sizeof(u64));
	if (n < first_word(b, 0))
		n = first_word(b, 0);
	if (end > last_word(b, 0) + 1)
		end = last_word(b, 0) + 1;
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
		region_touch(b, n * WORD_UNITS + unit);
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

enum buddy_status buddy_index_filled(struct buddy *b, u32 n, unsigned int from,
				     unsigned int to)
{
	for (; from < to; from++)
		index_add(b, 1, n, from);
	return BUDDY_OK;
}

enum buddy_status buddy_index_emptied(struct buddy *b, u32 n, unsigned int from,
				      unsigned int to)
{
	for (; from < to; from++)
		index_remove(b, 1, n, from);
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

/* The index comes to say of word n what its free units are, short of all. */
static void index_follow(struct buddy *b, unsigned int level, u32 n, u64 free)
{
	unsigned int orders = level_orders_in(level, free);

	buddy_index_lower(b, level, n, orders);
	buddy_index_raise(b, level, n, orders);
}

enum buddy_status buddy_word_changed(struct buddy *b, unsigned int level,
				     u32 n)
{
	u64 free = word_free(word_at(b, level, n));

	if (free == WORD_ALL && level < b->levels) {
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
		       unsigned int unit, unsigned int order)
{
	order = merged_order(level, word_free(word_at(b, level, n)), unit,
			     order);
	if (order < WORD_ORDERS) {
		buddy_index_raise(b, level, n, order + 1);
	} else {
		index_follow(b, level, n, 0);
		buddy_give_word(b, level, n);
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
		order = merged_order(level, word_free(word), unit, 0);
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

/* The relative order of the free block around a free unit. */
static unsigned int free_order(unsigned int level, u64 free, unsigned int unit)
{
	return level < BUDDY_LEVELS - 1 ? run_order(free, unit) : 0;
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
		order = free_order(level, word_free(word), unit);
		break;
	}
	block.frame = (n * WORD_UNITS + (unit & ~((1u << order) - 1))) <<
		      level_shift(level);
	block.order = order + level_shift(level);
	return block;
}
