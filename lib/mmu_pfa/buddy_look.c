// SPDX-License-Identifier: GPL-2.0+
/*
 * Looking at a zone: as if the open word had been folded, so it is.
 */

#include "buddy_tree.h"

struct buddy_block buddy_find(struct buddy *b, u32 frame)
{
	if (!in_zone(b, frame)) {
		struct buddy_block outside = {
			.frame = frame,
			.state = BUDDY_STATE_OUTSIDE,
		};

		return outside;
	}
	buddy_fold(b);
	return buddy_block_at(b, frame);
}

u32 buddy_free_frames(const struct buddy *b)
{
	return b->free_frames;
}

int buddy_largest(struct buddy *b)
{
	buddy_fold(b);
	return b->orders ? (int)highest_bit(b->orders) : -1;
}

/* Count the blocks of one word, and of those below its split units. */
static void count_blocks(const struct buddy *b, unsigned int level, u32 n,
			 struct buddy_stats *stats)
{
	const struct buddy_word *word = word_at(b, level, n);
	unsigned int base = level_shift(level);
	u64 split = word->free & word->used;
	u64 heads = word->used & ~word->free;
	u64 runs = word_free(word);

	for (unsigned int k = 0; k < level_orders(level); k++) {
		u64 pairs = level_pairs(level, runs, k);

		stats->nfree[base + k] +=
			count_bits(unpaired_runs(runs, pairs, k));
		runs = pairs;
	}
	for (; heads; heads &= heads - 1) {
		unsigned int unit = lowest_bit(heads);

		if (in_zone(b, (n * WORD_UNITS + unit) << base))
			stats->nused[base +
				     lowest_bit(used_units(word, unit))]++;
	}
	if (!level) {
		stats->reserved += count_bits(split);
		return;
	}
	for (; split; split &= split - 1)
		count_blocks(b, level - 1,
			     n * WORD_UNITS + lowest_bit(split), stats);
}

void buddy_stats(struct buddy *b, struct buddy_stats *stats)
{
	buddy_fold(b);
	memset(stats, 0, sizeof(*stats));
	stats->frames = b->frames;
	stats->free = b->free_frames;
	for (u32 n = first_word(b, b->levels); n <= last_word(b, b->levels); n++)
		count_blocks(b, b->levels, n, stats);
}

unsigned int buddy_fragmentation(const struct buddy_stats *stats,
				 unsigned int order)
{
	u64 small = 0;

	for (unsigned int k = 0; k < order && k < BUDDY_ORDERS; k++)
		small += (u64)stats->nfree[k] << k;
	return stats->free ? small * 100 / stats->free : 0;
}
