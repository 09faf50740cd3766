// SPDX-License-Identifier: GPL-2.0+
/*
 * The tree of words: how blocks leave and join the free state anywhere in it,
 * with the index following. The ways that are taken most are inlines in
 * buddy_tree.h and functions in buddy.c.
 */

#include "buddy_tree.h"

/*
 * Where to look in word n of a level for a block of an order of the target
 * level: the blocks themselves there, the index above it.
 */
static u64 index_candidates(const struct buddy *b, unsigned int level, u32 n,
			    unsigned int order)
{
	unsigned int target = level_of(order);

	if (n > last_word(b, level))
		return 0;
	if (level > target)
		return *index_at(b, level, n, order);
	if (level < REGION_LEVEL &&
	    !region_touched(b, level ? n : n / WORD_UNITS))
		return 0;
	return level_free_blocks(level, word_free(word_at(b, level, n)),
				 order - level_shift(level));
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

/*
 * A block in word n has left the free state, out of a free block of a larger or
 * equal order. @free is what is left. Orders are relative to the unit.
 */
static void index_claimed(struct buddy *b, unsigned int level, u32 n,
				 u64 free, unsigned int order,
				 unsigned int out_of)
{
	unsigned int base = level_shift(level);

	/* a whole word was not in the index as such */
	if (out_of < WORD_ORDERS && !level_free_blocks(level, free, out_of))
		index_remove(b, level, n, base + out_of);
	while (out_of > order)
		index_add(b, level, n, base + --out_of);
}

unsigned int buddy_claim_path(struct buddy *b, u32 frame, unsigned int level,
			      unsigned int target, unsigned int out_of)
{
	for (; level > target; level--) {
		u32 n = word_number(frame, level);

		buddy_split_unit(b, level, n, unit_in_word(frame, level));
		index_claimed(b, level, n, word_free(word_at(b, level, n)), 0,
			      out_of);
		out_of = WORD_ORDERS;
	}
	return out_of;
}

void buddy_claim_block(struct buddy *b, u32 frame, unsigned int order,
			       unsigned int level, unsigned int out_of)
{
	unsigned int target = level_of(order);
	u32 n = word_number(frame, target);
	struct buddy_word *word = word_at(b, target, n);
	unsigned int unit = unit_in_word(frame, target);
	unsigned int small = order - level_shift(target);

	out_of = buddy_claim_path(b, frame, level, target, out_of);
	word->free &= ~block_mask(unit, small);
	word->used |= unit_bit(unit);
	index_claimed(b, target, n, word_free(word), small, out_of);
	b->free_frames -= 1u << order;
}

/* The relative order of the free block around a free unit. */
static unsigned int free_order(unsigned int level, u64 free, unsigned int unit)
{
	return level < BUDDY_LEVELS - 1 ? run_order(free, unit) : 0;
}

unsigned int buddy_claim_path_to(struct buddy *b, u32 frame,
				 unsigned int target)
{
	unsigned int level = covering_level(b, frame);
	u64 free = word_free(word_at(b, level, word_number(frame, level)));
	unsigned int out_of = free_order(level, free,
					 unit_in_word(frame, level));

	return buddy_claim_path(b, frame, level, target, out_of);
}

void buddy_claim_range(struct buddy *b, u32 frame, u32 count)
{
	while (count) {
		unsigned int order = buddy_next_tile(frame, count);
		unsigned int level = level_of(order);
		unsigned int out_of = buddy_claim_path_to(b, frame, level);

		buddy_claim_block(b, frame, order, level, out_of);
		frame += 1u << order;
		count -= 1u << order;
	}
}

void buddy_give_word(struct buddy *b, unsigned int level, u32 n)
{
	unsigned int order = WORD_ORDERS;

	for (; order == WORD_ORDERS; level++, n /= WORD_UNITS) {
		unsigned int unit = n % WORD_UNITS;
		u32 above = n / WORD_UNITS;

		word_at(b, level + 1, above)->used &= ~unit_bit(unit);
		order = merge_units(b, level + 1, above, unit, 0);
	}
}

void buddy_word_changed(struct buddy *b, u32 n, u64 before, u64 after)
{
	u32 old_orders = free_orders(before);
	u32 new_orders = free_orders(after);
	u32 gone = old_orders & ~new_orders;
	u32 come = new_orders & ~old_orders;

	for (; gone; gone &= gone - 1)
		index_remove(b, 0, n, lowest_bit(gone));
	for (; come; come &= come - 1)
		index_add(b, 0, n, lowest_bit(come));
	if (after == WORD_ALL)
		buddy_give_word(b, 0, n);
}

void buddy_fold(struct buddy *b)
{
	struct buddy_word *word = b->open;

	if (!word)
		return;
	b->open = NULL;
	buddy_word_changed(b, word_number(b->open_first, 0), 0, word_free(word));
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
