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
 * The smallest order from @order up that the index has blocks of, or none: it
 * is @order itself, or the smallest of a level above.
 */
static __always_inline unsigned int smallest_found(const struct buddy *b,
						   unsigned int order)
{
	u32 orders = b->orders >> order;

	return orders ? order + lowest_bit(orders) : BUDDY_ORDERS;
}

/* Where in the free units of a word there are blocks of just this order. */
static u64 blocks_of_order(unsigned int level, u64 free, unsigned int order)
{
	u64 runs = free_runs(free, order);

	return unpaired_runs(runs, level_pairs(level, runs, order), order);
}

/*
 * Of these words of a level, below word @above of the next one, that have an order:
 * the lowest of those whose largest free block is smallest. Of the index masks
 * those of larger orders are subsets.
 */
static u32 word_having_least(const struct buddy *b, unsigned int level,
			     u32 above, unsigned int order, u64 words)
{
	unsigned int end = level_shift(level) + level_orders(level);
	u64 least = 0;

	while (!least && ++order < end)
		least = words & ~*index_at(b, level + 1, above, order);
	return above * WORD_UNITS + lowest_bit(least ? least : words);
}

/* The same of level 1, but before others the lowest that has just that order. */
static u32 word_of_best(const struct buddy *b, u32 above, unsigned int order,
			u64 words)
{
	for (u64 rest = words; rest; rest &= rest - 1) {
		u32 n = above * WORD_UNITS + lowest_bit(rest);

		if (blocks_of_order(1, word_free(word_at(b, 1, n)),
				    order - level_shift(1)))
			return n;
	}
	return word_having_least(b, 1, above, order, words);
}

/*
 * The word of a level, 1 and up, to take a block of an order from: of those below
 * the lowest word of the level above that has one.
 */
static u32 best_word(const struct buddy *b, unsigned int level,
		     unsigned int order)
{
	u32 above;
	u64 words;

	if (level >= b->top)
		return 0;
	above = index_lowest(b, level + 1, order);
	words = *index_at(b, level + 1, above, order);
	if (level == 1)
		return word_of_best(b, above, order, words);
	return word_having_least(b, level, above, order, words);
}

/*
 * Of these blocks of a word: the lowest of those that have most split units around,
 * in an aligned group of units.
 */
static unsigned int most_broken(const struct buddy_word *word, u64 blocks)
{
	unsigned int size = 1u << WORD_ORDERS / 2;
	unsigned int best = lowest_bit(blocks);
	unsigned int most = 0;

	if (!(blocks & (blocks - 1)))
		return best;
	while (blocks) {
		unsigned int unit = lowest_bit(blocks);
		u64 group = units_mask(unit & -size, size);
		unsigned int split = count_bits(word->free & word->used & group);

		if (split > most) {
			most = split;
			best = unit;
		}
		blocks &= ~group;
	}
	return best;
}

/* Where the smallest free block of a word is that holds an order. */
static unsigned int smallest_unit(unsigned int level,
				  const struct buddy_word *word,
				  unsigned int order)
{
	u64 blocks = 0;

	for (; !blocks; order++)
		blocks = blocks_of_order(level, word_free(word), order);
	return most_broken(word, blocks);
}

/* The first frame of the free block, in words of a level, that fits best. */
static u32 smallest_block(const struct buddy *b, unsigned int level,
			  unsigned int order)
{
	u32 n = best_word(b, level, order);
	unsigned int unit = smallest_unit(level, word_at(b, level, n),
					  order - level_shift(level));

	return (n * WORD_UNITS + unit) << level_shift(level);
}

/* Word n offered so many orders, and has these frames left. */
static noinline enum buddy_status left_in_word(struct buddy *b, u32 n,
					       unsigned int offered, u64 free)
{
	unsigned int orders = orders_in(free);

	if (orders == offered)
		return BUDDY_OK;
	return offer_less(b, n, offered, orders);
}

/* Of an order whose blocks are not in the words of level 0, or not any more. */
static noinline enum buddy_status
alloc_large(struct buddy *b, unsigned int order, u32 *frame)
{
	unsigned int found, level;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	found = smallest_found(b, order);
	if (found == BUDDY_ORDERS) {
		if (!b->open)
			return BUDDY_NO_SPACE;
		buddy_fold(b);
		return buddy_alloc_block(b, order, frame);
	}
	level = level_of(found);
	*frame = smallest_block(b, level, found);
	buddy_claim_block(b, *frame, order, level);
	return BUDDY_OK;
}

/* Take the lowest block of an order from a word that offers it. */
static __always_inline enum buddy_status
take_block(struct buddy *b, const struct order_shape *shape, u32 *frame, u32 n,
	   unsigned int offered)
{
	struct buddy_word *word = word_at(b, 0, n);
	u64 free = word_free(word);
	unsigned int unit;
	u64 units;

	unit = lowest_bit(free_ends(free, shape)) + 1 - shape->count;
	units = shape->units << unit;
	word->free ^= units;
	word->used |= unit_bit(unit);
	b->free_frames -= shape->count;
	*frame = n * WORD_UNITS + unit;
	return left_in_word(b, n, offered, free ^ units);
}

bool buddy_find_offer(const struct buddy *b, unsigned int order,
		      struct offer *offer)
{
	u32 region;

	if (!(b->orders >> order & 1))
		return false;
	region = index_lowest(b, REGION_LEVEL, order) * WORD_UNITS;
	return find_below(b, region, (const u64 *)kinds_at(b, region),
			  order_shape(order)->offers, offer);
}

/* The short way does not do. */
static noinline enum buddy_status
alloc_elsewhere(struct buddy *b, unsigned int order, u32 *frame)
{
	struct offer offer;

	if (!buddy_find_offer(b, order, &offer))
		return alloc_large(b, order, frame);
	return take_block(b, order_shape(order), frame, offer.n, offer.orders);
}

enum buddy_status buddy_alloc_block(struct buddy *b, unsigned int order,
				    u32 *frame)
{
	const struct order_shape *shape;
	struct offer offer;

	if (unlikely(order >= WORD_ORDERS))
		return alloc_large(b, order, frame);
	shape = order_shape(order);
	if (unlikely(!find_in_few(b, shape->offers, &offer)))
		return alloc_elsewhere(b, order, frame);
	return take_block(b, shape, frame, offer.n, offer.orders);
}

/* The open word */

static __always_inline void open_word(struct buddy *b, struct buddy_word *word,
				      u32 n)
{
	b->open = word;
	b->open_first = n * WORD_UNITS;
}

/* Open a word with nothing but free frames, out of a larger block. */
static void open_fresh_word(struct buddy *b)
{
	unsigned int found = smallest_found(b, 0);
	unsigned int level = level_of(found);
	u32 frame = smallest_block(b, level, found);
	u32 n = word_number(frame, 0);

	buddy_claim_path(b, frame, level, 0);
	open_word(b, word_at(b, 0, n), n);
}

void buddy_open_word(struct buddy *b)
{
	struct offer offer;

	buddy_fold(b);
	if (buddy_find_offer(b, 0, &offer)) {
		open_word(b, word_at(b, 0, offer.n), offer.n);
		offer_less(b, offer.n, offer.orders, 0);
	} else {
		open_fresh_word(b);
	}
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

/* A word is held open, and is not offered as long as it is. */
static noinline enum buddy_status offer_nothing(struct buddy *b, u32 n,
						unsigned int offered)
{
	return offer_less(b, n, offered, 0);
}

/* Hold another word open, which offers something, and take a frame of it. */
static __always_inline enum buddy_status take_offered(struct buddy *b,
						      struct offer offer,
						      u32 *frame)
{
	struct buddy_word *word = word_at(b, 0, offer.n);

	open_word(b, word, offer.n);
	take_lowest(b, word, word_free(word), frame);
	return offer_nothing(b, offer.n, offer.orders);
}

/* The same where the short way does not do. */
static noinline enum buddy_status alloc_frame_elsewhere(struct buddy *b,
							u32 *frame)
{
	struct offer offer;

	if (buddy_find_offer(b, 0, &offer))
		return take_offered(b, offer, frame);
	/* of what may be open nothing is left */
	b->open = NULL;
	if (!b->orders)
		return BUDDY_NO_SPACE;
	open_fresh_word(b);
	open_take(b, frame);
	return BUDDY_OK;
}

/* The open word is used up, which is what it has offered all along. */
static __always_inline enum buddy_status alloc_next_frame(struct buddy *b,
							  u32 *frame)
{
	struct offer offer;

	if (unlikely(!find_in_few(b, order_shape(0)->offers, &offer)))
		return alloc_frame_elsewhere(b, frame);
	return take_offered(b, offer, frame);
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
	       region_written(b, word_number(frame, 1)) : level <= b->levels;
}

/*
 * A block has become free. What its word has free now is it alone if the word had
 * nothing to offer, which is the rule where memory is full.
 */
static noinline enum buddy_status freed_in_word(struct buddy *b, u32 frame,
						unsigned int order, u64 free)
{
	u32 n = word_number(frame, 0);
	unsigned int offered = *offer_at(b, n);
	unsigned int orders = order + 1;

	if (offered)
		orders = run_order(free, unit_in_word(frame, 0)) + 1;
	if (orders <= offered)
		return BUDDY_OK;
	if (unlikely(orders > WORD_ORDERS))
		return buddy_word_changed(b, 0, n);
	return offer_more(b, n, offered, orders);
}

/* Give back a block of an order that one word of level 0 holds. */
static noinline enum buddy_status
free_small(struct buddy *b, u32 frame, unsigned int order)
{
	const struct order_shape *shape = order_shape(order);
	unsigned int unit = unit_in_word(frame, 0);
	struct buddy_word *word, now;

	if (unlikely(!in_zone(b, frame)))
		return BUDDY_FOREIGN;
	if (unlikely(!region_written(b, word_number(frame, 1))))
		return buddy_why_not_used(b, frame, order);
	word = word_at(b, 0, word_number(frame, 0));
	now = *word;
	/* a stale word, below a unit that is not split, is all free */
	if (unlikely(!block_is_used(now, unit, shape)))
		return buddy_why_not_used(b, frame, order);
	now.free |= shape->units << unit;
	now.used ^= unit_bit(unit);
	*word = now;
	b->free_frames += shape->count;
	if (unlikely(word == b->open))
		return BUDDY_OK;
	return freed_in_word(b, frame, order, word_free(&now));
}

/* The units of an allocated block above level 0 become free. */
static enum buddy_status free_units(struct buddy *b, unsigned int level, u32 n,
				    unsigned int unit, unsigned int small)
{
	struct buddy_word *word = word_at(b, level, n);

	word->free |= block_mask(unit, small);
	word->used ^= unit_bit(unit);
	b->free_frames += 1u << (level_shift(level) + small);
	buddy_units_freed(b, level, n, unit);
	return BUDDY_OK;
}

/* Of an order whose blocks are not in the words of level 0. */
static noinline enum buddy_status
free_large(struct buddy *b, u32 frame, unsigned int order)
{
	unsigned int level, unit, small;
	u32 n;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	if (!in_zone(b, frame))
		return BUDDY_FOREIGN;
	if (frame & ((1u << order) - 1))
		return BUDDY_MISALIGNED;
	level = level_of(order);
	n = word_number(frame, level);
	unit = unit_in_word(frame, level);
	small = order - level_shift(level);
	if (!word_exists(b, level, frame) ||
	    !block_is_used(*word_at(b, level, n), unit,
			   order_shape(small)))
		return buddy_why_not_used(b, frame, order);
	return free_units(b, level, n, unit, small);
}

enum buddy_status buddy_free(struct buddy *b, u32 frame, unsigned int order)
{
	if (!order && open_give(b, frame))
		return BUDDY_OK;
	if (unlikely(order >= WORD_ORDERS))
		return free_large(b, frame, order);
	return free_small(b, frame, order);
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
	if (order)
		*order = small + level_shift(level);
	if (!level)
		return free_small(b, frame, small);
	return free_units(b, level, word_number(frame, level), unit, small);
}
