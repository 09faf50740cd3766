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

/* u64 in one word of a level and its index masks. */
static inline size_t word_stride(unsigned int level)
{
	return 2 + orders_below(level);
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
	return (struct buddy_word *)(b->word[level] +
				     (n - b->origin[level]) * word_stride(level));
}

/* Which units of word n have a free block of an order below them. */
static inline u64 *index_at(const struct buddy *b, unsigned int level, u32 n,
			    unsigned int order)
{
	return b->word[level] + (n - b->origin[level]) * word_stride(level) +
	       2 + order;
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

static inline u32 last_word(const struct buddy *b, unsigned int level)
{
	return word_number(zone_end(b) - 1, level);
}

/* Whether the words of level 0 and 1 that cover this region are written. */
static inline bool region_touched(const struct buddy *b, u32 region)
{
	u32 r = region - b->origin[1];

	return b->touched[r / 64] >> r % 64 & 1;
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

#endif /* _MMU_PFA_BUDDY_TREE_H */
