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
 * Allocate a block of @order out of the lowest free one of order @found, both
 * of this level.
 */
static __always_inline u32 alloc_in_word(struct buddy *b, unsigned int level,
					 unsigned int order,
					 unsigned int found)
{
	unsigned int base = level_shift(level);
	u32 n = index_lowest(b, level, found);
	struct buddy_word *word = word_at(b, level, n);
	u64 blocks = level_free_blocks(level, word_free(word), found - base);
	unsigned int unit = lowest_bit(blocks);

	word->free &= ~block_mask(unit, order - base);
	word->used |= unit_bit(unit);
	b->free_frames -= 1u << order;
	if (!(blocks & (blocks - 1)))
		index_remove(b, level, n, found);
	while (found > order)
		index_add(b, level, n, --found);
	return (n * WORD_UNITS + unit) << base;
}

/* The lowest free block of an order that there is one of. */
static u32 lowest_block(const struct buddy *b, unsigned int order)
{
	unsigned int level = level_of(order);
	u32 n = index_lowest(b, level, order);
	u64 blocks = level_free_blocks(level, word_free(word_at(b, level, n)),
				       order - level_shift(level));

	return (n * WORD_UNITS + lowest_bit(blocks)) << level_shift(level);
}

/* The smallest order from @order up that there are free blocks of, or none. */
static inline unsigned int smallest_found(const struct buddy *b,
					  unsigned int order)
{
	u32 orders = b->orders >> order;

	return orders ? order + lowest_bit(orders) : BUDDY_ORDERS;
}

enum buddy_status buddy_alloc_block(struct buddy *b, unsigned int order,
				    u32 *frame)
{
	unsigned int found = smallest_found(b, order);
	unsigned int level;

	if (unlikely(found == BUDDY_ORDERS)) {
		buddy_fold(b);
		found = smallest_found(b, order);
		if (found == BUDDY_ORDERS)
			return BUDDY_NO_SPACE;
	}
	level = level_of(found);
	if (level == level_of(order)) {
		*frame = level ? alloc_in_word(b, level, order, found) :
				 alloc_in_word(b, 0, order, found);
		return BUDDY_OK;
	}
	*frame = lowest_block(b, found);
	buddy_claim_block(b, *frame, order, level, found - level_shift(level));
	return BUDDY_OK;
}

/* The open word */

/* Take a word out of the index. */
static void index_hide(struct buddy *b, u32 n)
{
	for (unsigned int order = 0; order < WORD_ORDERS; order++) {
		u64 *mask = index_at(b, 1, n / WORD_UNITS, order);

		if (*mask & unit_bit(n % WORD_UNITS))
			index_remove(b, 0, n, order);
	}
}

/* The one before is used up. */
bool buddy_open_word(struct buddy *b)
{
	unsigned int order = smallest_found(b, 0);
	u32 n;

	b->open = NULL;
	if (order == BUDDY_ORDERS)
		return false;
	if (order < WORD_ORDERS) {
		n = index_lowest(b, 0, order);
		index_hide(b, n);
	} else {
		unsigned int level = level_of(order);
		u32 frame = lowest_block(b, order);

		n = word_number(frame, 0);
		buddy_claim_path(b, frame, level, 0,
				 order - level_shift(level));
	}
	b->open = word_at(b, 0, n);
	b->open_first = n * WORD_UNITS;
	return true;
}

/* Take a frame of the open word; false if it has none. */
static inline bool open_take(struct buddy *b, u32 *frame)
{
	struct buddy_word *word = b->open;
	u64 free, lowest;

	if (unlikely(!word))
		return false;
	free = word_free(word);
	if (unlikely(!free))
		return false;
	lowest = free & -free;
	word->free ^= lowest;
	word->used |= lowest;
	b->free_frames--;
	*frame = b->open_first + lowest_bit(free);
	return true;
}

/* Take a frame of the zone back, if it is a block of order 0 of the open word. */
static inline bool open_give(struct buddy *b, u32 frame)
{
	struct buddy_word *word = b->open;
	u32 unit = frame - b->open_first;

	if (!word || unit >= WORD_UNITS ||
	    !(single_units(word) >> unit & 1))
		return false;
	word->free |= unit_bit(unit);
	word->used ^= unit_bit(unit);
	b->free_frames++;
	return true;
}

/* All that the open word can't serve; apart, to keep that way short. */
static noinline enum buddy_status
alloc_other(struct buddy *b, unsigned int order, u32 *frame)
{
	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	if (order)
		return buddy_alloc_block(b, order, frame);
	if (!buddy_open_word(b))
		return BUDDY_NO_SPACE;
	open_take(b, frame);
	return BUDDY_OK;
}

enum buddy_status buddy_alloc(struct buddy *b, unsigned int order, u32 *frame)
{
	if (!order && open_take(b, frame))
		return BUDDY_OK;
	return alloc_other(b, order, frame);
}

/* Why (frame, order) is not an allocated block; the frame is in the zone. */
enum buddy_status buddy_why_not_used(const struct buddy *b, u32 frame,
				     unsigned int order)
{
	struct buddy_block block = buddy_block_at(b, frame);

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

static __always_inline void free_units(struct buddy *b, unsigned int level,
				       u32 frame, unsigned int small)
{
	unsigned int unit = unit_in_word(frame, level);
	u32 n = word_number(frame, level);
	struct buddy_word *word = word_at(b, level, n);

	word->free |= block_mask(unit, small);
	word->used &= ~unit_bit(unit);
	b->free_frames += 1u << (level_shift(level) + small);
	if (word == b->open)
		return;
	if (merge_units(b, level, n, unit, small) == WORD_ORDERS)
		buddy_give_word(b, level, n);
}

/* A stale word, below a unit that is not split, has no heads. */
static __always_inline enum buddy_status
free_in_word(struct buddy *b, unsigned int level, u32 frame, unsigned int order)
{
	unsigned int unit = unit_in_word(frame, level);
	unsigned int small = order - level_shift(level);
	const struct buddy_word *word;

	if (unlikely(!word_exists(b, level, frame)))
		return buddy_why_not_used(b, frame, order);
	word = word_at(b, level, word_number(frame, level));
	if (unlikely(!unit_is_head(word, unit) ||
		     used_units(word, unit) != 1u << small))
		return buddy_why_not_used(b, frame, order);
	free_units(b, level, frame, small);
	return BUDDY_OK;
}

/* All that does not go back to the open word; apart, to keep that way short. */
static noinline enum buddy_status
free_other(struct buddy *b, u32 frame, unsigned int order)
{
	if (unlikely(order > BUDDY_MAX_ORDER))
		return BUDDY_INVALID;
	if (unlikely(!in_zone(b, frame)))
		return BUDDY_FOREIGN;
	if (unlikely(frame & ((1u << order) - 1)))
		return BUDDY_MISALIGNED;
	if (order < WORD_ORDERS)
		return free_in_word(b, 0, frame, order);
	return free_in_word(b, level_of(order), frame, order);
}

enum buddy_status buddy_free(struct buddy *b, u32 frame, unsigned int order)
{
	if (!order && in_zone(b, frame) && open_give(b, frame))
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
	free_units(b, level, frame, small);
	if (order)
		*order = small + level_shift(level);
	return BUDDY_OK;
}
