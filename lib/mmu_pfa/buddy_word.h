/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What one word of 64 units says: pure functions of its bits. Orders are
 * relative to the unit here, 0 to WORD_ORDERS - 1; WORD_ORDERS is the order of
 * a whole word, which is one unit of the word above.
 */

#ifndef _MMU_PFA_BUDDY_WORD_H
#define _MMU_PFA_BUDDY_WORD_H

#include <mmu_pfa/buddy.h>

#define WORD_UNITS	64u
#define WORD_ORDERS	6u
#define WORD_ALL	(~0ull)

/* x is not 0 */
static inline unsigned int lowest_bit(u64 x)
{
	return __builtin_ctzll(x);
}

static inline unsigned int highest_bit(u64 x)
{
	return 63 - __builtin_clzll(x);
}

/* Not the builtin, which may want a library function or a vector register. */
static inline unsigned int count_bits(u64 x)
{
	x -= (x >> 1) & 0x5555555555555555ull;
	x = (x & 0x3333333333333333ull) + ((x >> 2) & 0x3333333333333333ull);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (x * 0x0101010101010101ull) >> 56;
}

static inline u64 unit_bit(unsigned int unit)
{
	return 1ull << unit;
}

/* Units [from, from + count) of a word; count is 1 to 64. */
static inline u64 units_mask(unsigned int from, unsigned int count)
{
	return WORD_ALL >> (WORD_UNITS - count) << from;
}

/* The units of the block of an order at a unit aligned to it. */
static inline u64 block_mask(unsigned int unit, unsigned int order)
{
	return units_mask(unit, 1u << order);
}

/* The units at which a block of an order may start. */
static inline u64 start_mask(unsigned int order)
{
	static const u64 masks[WORD_ORDERS + 1] = {
		WORD_ALL,
		0x5555555555555555ull,
		0x1111111111111111ull,
		0x0101010101010101ull,
		0x0001000100010001ull,
		0x0000000100000001ull,
		0x0000000000000001ull,
	};

	return masks[order];
}

static inline u64 word_free(const struct buddy_word *word)
{
	return word->free & ~word->used;
}

/* First units of blocks that are not free, and reserved or split units. */
static inline bool unit_is_head(const struct buddy_word *word,
				unsigned int unit)
{
	return (word->used & ~word->free) >> unit & 1;
}

static inline bool unit_is_split(const struct buddy_word *word,
				 unsigned int unit)
{
	return (word->used & word->free) >> unit & 1;
}

/* Units from a head to the next unit that something else starts at. */
static inline unsigned int used_units(const struct buddy_word *word,
				      unsigned int head)
{
	u64 next = (word->free | word->used) >> head >> 1;

	return lowest_bit(next | unit_bit(WORD_UNITS - 1 - head)) + 1;
}

/* The units that are allocated blocks of one unit each. */
static inline u64 single_units(const struct buddy_word *word)
{
	u64 starts = word->free | word->used;

	return word->used & ~word->free &
	       (starts >> 1 | unit_bit(WORD_UNITS - 1));
}

/*
 * The first units of the free blocks of exactly one order: aligned runs of
 * free units that are not half of a larger one.
 */
static inline u64 free_blocks(u64 free, unsigned int order)
{
	u64 pairs;

	for (unsigned int k = 0; k < order; k++)
		free &= free >> (1u << k);
	free &= start_mask(order);
	pairs = free & (free >> (1u << order)) & start_mask(order + 1);
	return free & ~(pairs | pairs << (1u << order));
}

/*
 * Bit k: there are free blocks of order k. None in a word that is all free,
 * since that is a unit of the word above.
 */
static inline u32 free_orders(u64 free)
{
	u32 orders = 0;

	if (!free || free == WORD_ALL)
		return 0;
	for (unsigned int k = 0; k < WORD_ORDERS; k++) {
		u64 pairs = free & (free >> (1u << k)) & start_mask(k + 1);

		if (free & ~(pairs | pairs << (1u << k)))
			orders |= 1u << k;
		free = pairs;
	}
	return orders;
}

/* The order of the largest aligned run of set bits around one of them. */
static inline unsigned int run_order(u64 bits, unsigned int unit)
{
	unsigned int order = 0;

	while (order < WORD_ORDERS) {
		unsigned int start = unit & ~((2u << order) - 1);
		u64 mask = block_mask(start, order + 1);

		if ((bits & mask) != mask)
			break;
		order++;
	}
	return order;
}

#endif /* _MMU_PFA_BUDDY_WORD_H */
