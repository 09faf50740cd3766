/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Where the words and the index masks of a zone lie. Words and units of a level
 * are numbered from the zone's base: word n of a level covers its units
 * [64 n, 64 n + 64), and unit u of level l covers frames [u << 6 l,
 * (u + 1) << 6 l).
 */

#ifndef _MMU_PFA_BUDDY_TREE_H
#define _MMU_PFA_BUDDY_TREE_H

#include "buddy_word.h"

#define REGION_LEVEL	2	/* a region is one unit of this level */

static inline unsigned int level_shift(unsigned int level)
{
	return WORD_ORDERS * level;
}

/* The level in whose words the blocks of an order are. */
static inline unsigned int level_of(unsigned int order)
{
	return order / WORD_ORDERS;
}

/* The number of orders below a level: index masks in each of its words. */
static inline unsigned int orders_below(unsigned int level)
{
	return level < BUDDY_LEVELS ? level_shift(level) : BUDDY_ORDERS;
}

/*
 * Bytes from one word of a level to the next: the word, its index masks, and
 * what makes it a power of two.
 */
static inline size_t word_bytes(unsigned int level)
{
	return level ? 32u << level : sizeof(struct buddy_word);
}

static inline u32 word_number(u32 frame, unsigned int level)
{
	return frame >> level_shift(level + 1);
}

static inline unsigned int unit_in_word(u32 frame, unsigned int level)
{
	return frame >> level_shift(level) & (WORD_UNITS - 1);
}

/* Orders, relative to the unit, of which two buddies of a level make one. */
static inline unsigned int mergeable_orders(unsigned int level)
{
	return level < BUDDY_LEVELS - 1 ? WORD_ORDERS : 0;
}

/* How many orders there are of blocks in the words of a level. */
static inline unsigned int level_orders(unsigned int level)
{
	return level < BUDDY_LEVELS - 1 ? WORD_ORDERS : 1;
}

static inline struct buddy_word *word_at(const struct buddy *b,
					 unsigned int level, u32 n)
{
	return (struct buddy_word *)(b->word[level] + n * word_bytes(level));
}

/* Which units of word n have a free block of an order below them; not level 0 */
static inline u64 *index_at(const struct buddy *b, unsigned int level, u32 n,
			    unsigned int order)
{
	u64 *masks = (u64 *)(b->word[level] + n * (size_t)(32u << level)) + 2;

	return masks + order;
}

/* As free_blocks(), where the largest block does not merge any more. */
static inline u64 level_free_blocks(unsigned int level, u64 free,
				    unsigned int order)
{
	return level < BUDDY_LEVELS - 1 ? free_blocks(free, order) : free;
}

static inline bool in_zone(const struct buddy *b, u32 frame)
{
	return frame - b->first < b->frames;
}

static inline u32 zone_end(const struct buddy *b)
{
	return b->first + b->frames;
}

static inline u32 first_word(const struct buddy *b, unsigned int level)
{
	return word_number(b->first, level);
}

static inline u32 last_word(const struct buddy *b, unsigned int level)
{
	return word_number(zone_end(b) - 1, level);
}

/* The bits of 64 regions, among them this one. */
static inline u64 *touched_at(const struct buddy *b, u32 region)
{
	return (u64 *)(b->touched + region / 64 * sizeof(u64));
}

/* Whether the words of level 0 and 1 that cover this region are written. */
static inline bool region_touched(const struct buddy *b, u32 region)
{
	return *touched_at(b, region) >> region % 64 & 1;
}

/*
 * The lowest level that has a word for this frame below split units only: the
 * level of the block that covers it.
 */
static inline unsigned int covering_level(const struct buddy *b, u32 frame)
{
	unsigned int level = b->levels;

	while (level && unit_is_split(word_at(b, level,
					      word_number(frame, level)),
				      unit_in_word(frame, level)))
		level--;
	return level;
}

/* Word n of a level now has a free block of this order. */
static __always_inline void index_add(struct buddy *b, unsigned int level,
				      u32 n, unsigned int order)
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

/* Word n of a level no longer has any. */
static __always_inline void index_remove(struct buddy *b, unsigned int level,
					 u32 n, unsigned int order)
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

/* The lowest word with a free block of an order that there is one of. */
static __always_inline u32 index_lowest(const struct buddy *b,
					unsigned int level, unsigned int order)
{
	unsigned int l = b->top > level ? b->top : level;
	u32 n = word_number(b->first, l);

	for (; l > level; l--)
		n = n * WORD_UNITS + lowest_bit(*index_at(b, l, n, order));
	return n;
}

/*
 * Units have just become free: index what they make together with their
 * buddies, short of a whole word. Orders are relative to the unit.
 *
 * Return: the order of what they make
 */
static __always_inline unsigned int
merge_units(struct buddy *b, unsigned int level, u32 n, unsigned int unit,
	    unsigned int order)
{
	u64 free = word_free(word_at(b, level, n));
	unsigned int base = level_shift(level);

	for (; order < mergeable_orders(level); order++) {
		u64 buddy = block_mask(unit ^ 1u << order, order);

		if ((free & buddy) != buddy)
			break;
		if (!free_blocks(free, order))
			index_remove(b, level, n, base + order);
		unit &= ~(1u << order);
	}
	if (order < WORD_ORDERS)
		index_add(b, level, n, base + order);
	return order;
}

/* buddy_tree.c */

/**
 * buddy_index_next() - the first free block of an order at or after a frame
 *
 * Return: whether there is one
 */
bool buddy_index_next(const struct buddy *b, unsigned int order, u32 from,
		      u32 *frame);

/* A free or allocated unit becomes a split one. */
void buddy_split_unit(struct buddy *b, unsigned int level, u32 n,
		      unsigned int unit);

/* A word all of whose units have become free becomes one free unit above. */
void buddy_give_word(struct buddy *b, unsigned int level, u32 n);

/**
 * buddy_claim_path() - split free blocks from one level down to another
 *
 * Until the word of level @target that covers @frame is below split units only.
 *
 * @out_of: relative order of the free block that covers the frame on @level
 * Return: the same for @target
 */
unsigned int buddy_claim_path(struct buddy *b, u32 frame, unsigned int level,
			      unsigned int target, unsigned int out_of);

/* The same from wherever the free block that covers @frame is. */
unsigned int buddy_claim_path_to(struct buddy *b, u32 frame,
				 unsigned int target);

/**
 * buddy_claim_block() - allocate a block out of a free one
 *
 * @level:  the level of the free block
 * @out_of: its relative order
 */
void buddy_claim_block(struct buddy *b, u32 frame, unsigned int order,
		       unsigned int level, unsigned int out_of);

/* Allocate the largest aligned blocks that tile a range that is all free. */
void buddy_claim_range(struct buddy *b, u32 frame, u32 count);

/*
 * Any of the frames of word n of level 0 have become free or not free: make the
 * index and the unit above it follow.
 */
void buddy_word_changed(struct buddy *b, u32 n, u64 before, u64 after);

/* Index the open word again. */
void buddy_fold(struct buddy *b);

/* The block that covers a frame of the zone, the open word as it is. */
struct buddy_block buddy_block_at(const struct buddy *b, u32 frame);

/* buddy.c */

/* As buddy_alloc(), but never from the open word; @order is valid. */
enum buddy_status buddy_alloc_block(struct buddy *b, unsigned int order,
				    u32 *frame);

/* Open the word with the smallest free block; false if nothing is free. */
bool buddy_open_word(struct buddy *b);

/* Why (frame, order) is no allocated block, if so; the frame is in the zone. */
enum buddy_status buddy_why_not_used(const struct buddy *b, u32 frame,
				     unsigned int order);

/* buddy_range.c */

/* BUDDY_OK, BUDDY_INVALID or BUDDY_FOREIGN */
enum buddy_status buddy_range_valid(const struct buddy *b, u32 frame,
				    u32 count);

/* The units of a range that the word of its first frame covers. */
u64 buddy_range_mask(u32 frame, u32 end);

/* Reserved units of the word of a frame become free. */
void buddy_release_units(struct buddy *b, u32 frame, u64 units);

static inline u32 next_word(u32 frame)
{
	return (frame | (WORD_UNITS - 1)) + 1;
}

#endif /* _MMU_PFA_BUDDY_TREE_H */
