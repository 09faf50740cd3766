/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What one word of 64 units says: pure functions of its bits. Orders are
 * relative to the unit here, 0 to WORD_ORDERS - 1; WORD_ORDERS is the order of
 * a whole word, which is one unit of the word above.
 */

#ifndef _MMU_PFA_BUDDY_WORD_H
#define _MMU_PFA_BUDDY_WORD_H

#include <mmu_pfa/buddy.h>

#define WORD_ORDERS	BUDDY_UNIT_ORDERS
#define WORD_UNITS	(1u << WORD_ORDERS)
#define WORD_ALL	(~0ull >> (64 - WORD_UNITS))

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

/* The units of the block of an order, short of a word, at an aligned unit. */
static inline u64 block_mask(unsigned int unit, unsigned int order)
{
	static const u64 masks[6] = {
		0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff,
	};

	return masks[order] << unit;
}

/* The units at which a block of an order may start. */
static inline u64 start_mask(unsigned int order)
{
	static const u64 masks[7] = {
		~0ull,
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

/* Whether an allocated block of exactly these units starts at a unit. */
static __always_inline bool block_is_used(const struct buddy_word *word,
					  unsigned int unit, unsigned int order)
{
	return unit_is_head(word, unit) &&
	       used_units(word, unit) == 1u << order;
}

/* The units that are allocated blocks of one unit each. */
static inline u64 single_units(const struct buddy_word *word)
{
	u64 starts = word->free | word->used;

	return word->used & ~word->free &
	       (starts >> 1 | unit_bit(WORD_UNITS - 1));
}

/* From the aligned runs of free units of an order to those of the next. */
static __always_inline u64 paired_runs(u64 runs, unsigned int order)
{
	return runs & (runs >> (1u << order)) & start_mask(order + 1);
}

/* All shifts are constants: this is on the way of each allocation. */
static __always_inline u64 free_starts(u64 free, unsigned int order)
{
	if (order == 0)
		return free;
	free &= free >> 1;
	if (order == 1)
		return free;
	free &= free >> 2;
	if (order == 2)
		return free;
	free &= free >> 4;
	if (order == 3)
		return free;
	free &= free >> 8;
	if (order == 4)
		return free;
	return free & (free >> 16);
}

/* The first units of the aligned runs of free units of an order. */
static __always_inline u64 free_runs(u64 free, unsigned int order)
{
	return free_starts(free, order) & start_mask(order);
}

/* How many orders of blocks there are in free units, from the smallest up. */
static __always_inline unsigned int orders_in(u64 free)
{
	if (!free)
		return 0;
	free = paired_runs(free, 0);
	if (!free)
		return 1;
	free = paired_runs(free, 1);
	if (!free)
		return 2;
	free = paired_runs(free, 2);
	if (!free)
		return 3;
	free = paired_runs(free, 3);
	if (!free)
		return 4;
	return paired_runs(free, 4) ? 6 : 5;
}

/* The runs of an order that are no half of a larger one: the free blocks. */
static inline u64 unpaired_runs(u64 runs, u64 pairs, unsigned int order)
{
	return runs & ~(pairs | pairs << (1u << order));
}

/* The order of the largest aligned run of set bits around one of them. */
static inline unsigned int run_order(u64 bits, unsigned int unit)
{
	unsigned int order = 0;

	while (order < WORD_ORDERS) {
		unsigned int start = unit & ~((2u << order) - 1);
		u64 mask = units_mask(start, 2u << order);

		if ((bits & mask) != mask)
			break;
		order++;
	}
	return order;
}

#endif /* _MMU_PFA_BUDDY_WORD_H */
