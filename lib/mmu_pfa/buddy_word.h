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
	return 63 ^ __builtin_clzll(x);
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

/**
 * struct order_shape - what blocks of an order, short of a word, look like in one
 *
 * @units:  of a block at unit 0
 * @starts: the first units of all such blocks
 * @ends:   the last units of all of them
 * @others: all but the last
 * @offers: of eight bytes, the bits of what offers such a block; see buddy_tree.h
 * @count:  of its units
 * @extent: its units and one more
 * @bounds: of these the first and the last
 */
struct order_shape {
	u64 units;
	u64 starts;
	u64 ends;
	u64 others;
	u64 offers;
	u32 count;
	u64 extent;
	u64 bounds;
} __aligned(64);

static inline const struct order_shape *order_shape(unsigned int order)
{
	static const struct order_shape shapes[6] = {
		{ 0x1, ~0ull, ~0ull, 0, 0x7e7e7e7e7e7e7e7e, 1, 0x3, 0x3 },
		{ 0x3, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa,
		  0x5555555555555555, 0x7c7c7c7c7c7c7c7c, 2, 0x7, 0x5 },
		{ 0xf, 0x1111111111111111, 0x8888888888888888,
		  0x7777777777777777, 0x7878787878787878, 4, 0x1f, 0x11 },
		{ 0xff, 0x0101010101010101, 0x8080808080808080,
		  0x7f7f7f7f7f7f7f7f, 0x7070707070707070, 8, 0x1ff, 0x101 },
		{ 0xffff, 0x0001000100010001, 0x8000800080008000,
		  0x7fff7fff7fff7fff, 0x6060606060606060, 16, 0x1ffff, 0x10001 },
		{ 0xffffffff, 0x0000000100000001, 0x8000000080000000,
		  0x7fffffff7fffffff, 0x4040404040404040, 32, 0x1ffffffff, 0x100000001 },
	};

	return &shapes[order];
}

/* The units of the block of an order, short of a word, at an aligned unit. */
static inline u64 block_mask(unsigned int unit, unsigned int order)
{
	return order_shape(order)->units << unit;
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

/* Units from one on, those before it after the last: one instruction. */
static inline u64 rotated(u64 units, unsigned int unit)
{
	return (units >> unit | units << (-unit & (WORD_UNITS - 1))) & WORD_ALL;
}

/*
 * Whether an allocated block of exactly these units starts at a unit: something
 * starts there and right behind it, and nothing between. Behind the last unit of
 * a word is its first, where something always starts.
 */
static __always_inline bool block_is_used(struct buddy_word word,
					  unsigned int unit,
					  const struct order_shape *shape)
{
	u64 starts = rotated(word.free | word.used, unit);

	return (starts & shape->extent) == shape->bounds &&
	       !(word.free >> unit & 1);
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

/*
 * The last units of the aligned runs of free units of an order. Added to all but
 * the last units of each aligned group, its first unit carries into the last if
 * all those are free. For any order the same few instructions, and no branch.
 */
static __always_inline u64 free_ends(u64 free, const struct order_shape *shape)
{
	return ((free & shape->others) + shape->starts) & free & shape->ends;
}

/* The first units of the aligned runs of free units of an order. */
static inline u64 free_runs(u64 free, unsigned int order)
{
	return free_ends(free, order_shape(order)) >> ((1u << order) - 1);
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

/*
 * The order of the largest aligned run of set bits around one of them. The
 * nearest bits that are not set, below and above, differ from it in a highest
 * bit; blocks smaller than that keep them out.
 */
static __always_inline unsigned int run_order(u64 bits, unsigned int unit)
{
	u64 others = ~bits & WORD_ALL;
	u64 lower = others & (unit_bit(unit) - 1);
	/* none: -1 and unit + WORD_UNITS, which differ beyond all units */
	unsigned int below = highest_bit(lower << 1 | 1) - 1;
	unsigned int above = unit + 1 +
		lowest_bit(others >> unit >> 1 | unit_bit(WORD_UNITS - 1));

	below ^= unit;
	above ^= unit;
	return highest_bit(below < above ? below : above);
}

#endif /* _MMU_PFA_BUDDY_WORD_H */
