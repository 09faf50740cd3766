// SPDX-License-Identifier: GPL-2.0+
/*
 * Allocating and freeing one block: the short ways, for blocks that one word
 * holds. <mmu_pfa/buddy.h> explains the structure, buddy_tree.h where it lies.
 */

#include "buddy_tree.h"

unsigned int buddy_next_tile(u32 frame, u32 count)
{
	unsigned int order = highest_bit(count);

	if (order > BUDDY_MAX_ORDER)
		order = BUDDY_MAX_ORDER;
	if (frame && lowest_bit(frame) < order)
		order = lowest_bit(frame);
	return order;
}

/*
 * Words of level 0: as buddy_index_raise() and buddy_index_lower(), which take
 * their time. Of the masks of one word the larger orders are subsets of the
 * smaller ones. So the masks that were empty before, or are empty now, come
 * last, and are left to the functions for the level above: they say the same of
 * @orders, a mask, for word n of level 1. All of them are called last, so that
 * nothing is to be kept across them, and return BUDDY_OK.
 */
static noinline enum buddy_status raise_above(struct buddy *b, u32 n,
					      unsigned int from,
					      unsigned int to)
{
	u64 *masks = index_at(b, 2, n / WORD_UNITS, 0);

	if (unlikely(b->top != 2))
		return buddy_index_filled(b, n, from, to);
	b->orders |= (1u << to) - (1u << from);
	for (; from < to; from++)
		masks[from] |= unit_bit(n % WORD_UNITS);
	return BUDDY_OK;
}

static noinline enum buddy_status lower_above(struct buddy *b, u32 n,
					      unsigned int from,
					      unsigned int to)
{
	u64 *masks = index_at(b, 2, n / WORD_UNITS, 0);

	if (unlikely(b->top != 2))
		return buddy_index_emptied(b, n, from, to);
	for (; from < to; from++) {
		masks[from] &= ~unit_bit(n % WORD_UNITS);
		if (!masks[from])
			b->orders &= ~(1u << from);
	}
	return BUDDY_OK;
}

static noinline enum buddy_status index_raise(struct buddy *b, u32 n,
					      unsigned int orders)
{
	u64 *masks = index_at(b, 1, n / WORD_UNITS, 0);
	u64 bit = unit_bit(n % WORD_UNITS);
	unsigned int filled = orders;

	for (; filled && !masks[filled - 1]; filled--)
		masks[filled - 1] = bit;
	for (unsigned int i = filled; i && !(masks[i - 1] & bit); i--)
		masks[i - 1] |= bit;
	if (filled == orders)
		return BUDDY_OK;
	return raise_above(b, n / WORD_UNITS, filled, orders);
}

static noinline enum buddy_status index_lower(struct buddy *b, u32 n,
					      unsigned int orders)
{
	u64 *masks = index_at(b, 1, n / WORD_UNITS, 0);
	u64 bit = unit_bit(n % WORD_UNITS);
	unsigned int from;

	for (; orders < WORD_ORDERS && masks[orders] & bit; orders++) {
		if (masks[orders] == bit)
			break;
		masks[orders] ^= bit;
	}
	from = orders;
	for (; orders < WORD_ORDERS && masks[orders] == bit; orders++)
		masks[orders] = 0;
	if (from == orders)
		return BUDDY_OK;
	return lower_above(b, n / WORD_UNITS, from, orders);
}

/*
 * Allocate the lowest block of an order in word n, which has one. What the
 * index says of that word is true.
 */
static __always_inline enum buddy_status
alloc_in_word(struct buddy *b, unsigned int level, u32 n, unsigned int order,
	      u32 *frame)
{
	struct buddy_word *word = word_at(b, level, n);
	unsigned int small = order - level_shift(level);
	u64 free = word_free(word);
	unsigned int unit = lowest_bit(free_runs(free, small));
	u64 units = block_mask(unit, small);

	word->free &= ~units;
	word->used |= unit_bit(unit);
	b->free_frames -= 1u << order;
	*frame = (n * WORD_UNITS + unit) << level_shift(level);
	if (!level)
		return index_lower(b, n, orders_in(free & ~units));
	return buddy_index_lower(b, level, n,
				 level_orders_in(level, free & ~units));
}

/*
 * The smallest order from @order up that the index has blocks of, or none: it
 * is @order itself, or the smallest of a level above.
 */
static __always_inline unsigned int smallest_found(const struct buddy *b,
						   unsigned int order)
{
	u32 orders = b->orders >> order;

	return orders ? order + lowest_bit(orders) : BUDDY_ORDERS;
}

/* The lowest free unit of a level, which has one. */
static u32 lowest_unit(const struct buddy *b, unsigned int level)
{
	u32 n = index_lowest(b, level, level_shift(level));
	u32 unit = n * WORD_UNITS + lowest_bit(word_free(word_at(b, level, n)));

	return unit << level_shift(level);
}

/* Of an order whose blocks are not in the words of level 0, or not any more. */
static noinline enum buddy_status
alloc_large(struct buddy *b, unsigned int order, u32 *frame)
{
	unsigned int found, level;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	found = smallest_found(b, order);
	if (found == BUDDY_ORDERS || found < WORD_ORDERS) {
		if (!b->open)
			return BUDDY_NO_SPACE;
		/* what the index says of the open word is not so any more */
		buddy_fold(b);
		return buddy_alloc_block(b, order, frame);
	}
	level = level_of(found);
	if (found == order)
		return alloc_in_word(b, level, index_lowest(b, level, order),
				     order, frame);
	*frame = lowest_unit(b, level);
	buddy_claim_block(b, *frame, order, level);
	return BUDDY_OK;
}

enum buddy_status buddy_alloc_block(struct buddy *b, unsigned int order,
				    u32 *frame)
{
	u32 n;

	if (unlikely(order >= WORD_ORDERS || !(b->orders >> order & 1)))
		return alloc_large(b, order, frame);
	n = index_lowest(b, 0, order);
	if (unlikely(word_at(b, 0, n) == b->open))
		return alloc_large(b, order, frame);
	return alloc_in_word(b, 0, n, order, frame);
}

/* The open word */

/* Open a word with nothing but free frames, out of a larger block. */
static void open_fresh_word(struct buddy *b)
{
	unsigned int level = level_of(smallest_found(b, 0));
	u32 frame = lowest_unit(b, level);

	buddy_claim_path(b, frame, level, 0);
	b->open = word_at(b, 0, word_number(frame, 0));
	b->open_first = frame;
}

static __always_inline void open_word(struct buddy *b, u32 n)
{
	b->open = word_at(b, 0, n);
	b->open_first = n * WORD_UNITS;
}

/* The word that was open is used up: the index forgets what it said of it. */
bool buddy_open_word(struct buddy *b)
{
	buddy_fold(b);
	if (!b->orders)
		return false;
	if (b->orders & 1)
		open_word(b, index_lowest(b, 0, 0));
	else
		open_fresh_word(b);
	return true;
}

/* Take the lowest of the frames of a word that are free. */
static __always_inline void take_lowest(struct buddy *b,
					struct buddy_word *word, u64 free,
					u32 *frame)
{
	u64 lowest = free & -free;

	word->free ^= lowest;
	word->used |= lowest;
	b->free_frames--;
	*frame = b->open_first + lowest_bit(free);
}

/* Take a frame of the open word; false if it has none. */
static __always_inline bool open_take(struct buddy *b, u32 *frame)
{
	struct buddy_word *word = b->open;
	u64 free;

	if (unlikely(!word))
		return false;
	free = word_free(word);
	if (unlikely(!free))
		return false;
	take_lowest(b, word, free, frame);
	return true;
}

/* Take a frame of the zone back, if it is a block of order 0 of the open word. */
static __always_inline bool open_give(struct buddy *b, u32 frame)
{
	struct buddy_word *word = b->open;
	u32 unit = frame - b->open_first;

	if (unit >= WORD_UNITS || !word || !in_zone(b, frame) ||
	    !(single_units(word) >> unit & 1))
		return false;
	word->free |= unit_bit(unit);
	word->used ^= unit_bit(unit);
	b->free_frames++;
	return true;
}

/* The open word is used up, or there is none. */
static noinline enum buddy_status alloc_next_frame(struct buddy *b, u32 *frame)
{
	struct buddy_word *word;
	u32 n;

	if (likely(b->open))
		index_lower(b, b->open_first / WORD_UNITS, 0);
	if (unlikely(!(b->orders & 1))) {
		b->open = NULL;
		if (!b->orders)
			return BUDDY_NO_SPACE;
		open_fresh_word(b);
		open_take(b, frame);
		return BUDDY_OK;
	}
	n = index_lowest(b, 0, 0);
	word = word_at(b, 0, n);
	open_word(b, n);
	take_lowest(b, word, word_free(word), frame);
	return BUDDY_OK;
}

enum buddy_status buddy_alloc(struct buddy *b, unsigned int order, u32 *frame)
{
	if (order)
		return buddy_alloc_block(b, order, frame);
	if (likely(open_take(b, frame)))
		return BUDDY_OK;
	return alloc_next_frame(b, frame);
}

/* Why (frame, order) is not an allocated block; the frame is in the zone. */
noinline enum buddy_status buddy_why_not_used(const struct buddy *b, u32 frame,
				     unsigned int order)
{
	struct buddy_block block;

	if (frame & ((1u << order) - 1))
		return BUDDY_MISALIGNED;
	block = buddy_block_at(b, frame);
	switch (block.state) {
	case BUDDY_STATE_FREE:
		return BUDDY_NOT_ALLOCATED;
	case BUDDY_STATE_RESERVED:
		return BUDDY_RESERVED;
	default:
		if (block.frame != frame)
			return BUDDY_INTERIOR;
		return block.order == order ? BUDDY_OK : BUDDY_WRONG_ORDER;
	}
}

/* Whether a frame has a word of this level, and it has ever been written. */
static inline bool word_exists(const struct buddy *b, unsigned int level,
			       u32 frame)
{
	return level < REGION_LEVEL ?
	       region_touched(b, word_number(frame, 1)) : level <= b->levels;
}

/* The units of an allocated block become free. */
static __always_inline enum buddy_status
free_units(struct buddy *b, unsigned int level, u32 n, unsigned int unit,
	   unsigned int small)
{
	struct buddy_word *word = word_at(b, level, n);
	unsigned int order;
	u64 free;

	word->free |= block_mask(unit, small);
	word->used ^= unit_bit(unit);
	free = word_free(word);
	b->free_frames += 1u << (level_shift(level) + small);
	if (unlikely(word == b->open))
		return BUDDY_OK;
	order = merged_order(level, free, unit, small);
	if (unlikely(order == WORD_ORDERS))
		return buddy_word_changed(b, level, n);
	if (!level)
		return index_raise(b, n, order + 1);
	return buddy_index_raise(b, level, n, order + 1);
}

/* A stale word, below a unit that is not split, has no heads. */
static __always_inline enum buddy_status
free_in_word(struct buddy *b, unsigned int level, u32 frame, unsigned int order)
{
	unsigned int unit = unit_in_word(frame, level);
	unsigned int small = order - level_shift(level);
	u32 n = word_number(frame, level);

	if (unlikely(!word_exists(b, level, frame) ||
		     !block_is_used(word_at(b, level, n), unit, small)))
		return buddy_why_not_used(b, frame, order);
	return free_units(b, level, n, unit, small);
}

/* Of an order whose blocks are not in the words of level 0. */
static noinline enum buddy_status
free_large(struct buddy *b, u32 frame, unsigned int order)
{
	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	if (!in_zone(b, frame))
		return BUDDY_FOREIGN;
	if (frame & ((1u << order) - 1))
		return BUDDY_MISALIGNED;
	return free_in_word(b, level_of(order), frame, order);
}

/* All that does not go back to the open word; apart, to keep that way short. */
static noinline enum buddy_status
free_other(struct buddy *b, u32 frame, unsigned int order)
{
	if (unlikely(order >= WORD_ORDERS))
		return free_large(b, frame, order);
	if (unlikely(!in_zone(b, frame)))
		return BUDDY_FOREIGN;
	return free_in_word(b, 0, frame, order);
}

enum buddy_status buddy_free(struct buddy *b, u32 frame, unsigned int order)
{
	if (!order && open_give(b, frame))
		return BUDDY_OK;
	return free_other(b, frame, order);
}

enum buddy_status buddy_free_any(struct buddy *b, u32 frame,
				 unsigned int *order)
{
	unsigned int level, unit, small;
	const struct buddy_word *word;

	if (!in_zone(b, frame))
		return BUDDY_FOREIGN;
	if (open_give(b, frame)) {
		if (order)
			*order = 0;
		return BUDDY_OK;
	}
	level = covering_level(b, frame);
	unit = unit_in_word(frame, level);
	word = word_at(b, level, word_number(frame, level));
	if (frame & ((1u << level_shift(level)) - 1) ||
	    !unit_is_head(word, unit))
		return buddy_why_not_used(b, frame, 0);
	small = lowest_bit(used_units(word, unit));
	free_units(b, level, word_number(frame, level), unit, small);
	if (order)
		*order = small + level_shift(level);
	return BUDDY_OK;
}
