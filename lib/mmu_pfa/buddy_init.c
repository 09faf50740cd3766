// SPDX-License-Identifier: GPL-2.0+
/*
 * Setting up a zone: where its words lie, and its frames joining it.
 */

#include "buddy_tree.h"

static bool range_ok(u32 first, u32 end)
{
	return first < end && first < 1u << BUDDY_MAX_ORDER &&
	       end <= BUDDY_MAX_FRAMES;
}

/* The lowest level with index masks of which one word covers the zone. */
static unsigned int top_level(u32 first, u32 end)
{
	unsigned int level = REGION_LEVEL;

	while (word_number(first, level) != word_number(end - 1, level))
		level++;
	return level;
}

/* The level above has the unit that the zone may be as a whole. */
static unsigned int root_level(unsigned int top)
{
	return top + 1 < BUDDY_LEVELS ? top + 1 : BUDDY_LEVELS - 1;
}

static unsigned int highest_level(unsigned int top)
{
	return top > root_level(top) ? top : root_level(top);
}

static size_t words_size(u32 first, u32 end, unsigned int level)
{
	u32 count = word_number(end - 1, level) - word_number(first, level) + 1;

	return count * word_bytes(level);
}

static size_t bins_size(u32 first, u32 end)
{
	u32 count = word_number(end - 1, 1) - word_number(first, 1) + 1;

	return count * sizeof(struct buddy_bins);
}

/* A byte for each word of level 0, up to a whole u64. */
static size_t offers_size(u32 first, u32 end)
{
	u32 count = word_number(end - 1, 0) - word_number(first, 0) + 1;

	return (count + 7) / 8 * 8;
}

static size_t kinds_size(u32 end)
{
	return (word_number(end - 1, REGION_LEVEL) + 1) * REGION_BYTES;
}

static size_t peaks_size(u32 end)
{
	return (word_number(end - 1, REGION_LEVEL) + 8) / 8 * 8;
}

size_t buddy_meta_size(u32 first, u32 end)
{
	size_t size;

	if (!range_ok(first, end))
		return 0;
	size = bins_size(first, end) + offers_size(first, end) +
	       kinds_size(end) + peaks_size(end);
	for (unsigned int l = 0; l <= highest_level(top_level(first, end)); l++)
		size += words_size(first, end, l);
	return size;
}

static void set_words(struct buddy *b, unsigned int level,
		      struct buddy_word value)
{
	for (u32 n = first_word(b, level); n <= last_word(b, level); n++) {
		*word_at(b, level, n) = value;
		memset(index_at(b, level, n, 0), 0,
		       orders_below(level) * sizeof(u64));
	}
}

/*
 * A block that was outside the zone joins it. The words on the way to it are
 * outside until something in them joins.
 */
static void join(struct buddy *b, u32 frame, unsigned int order)
{
	const struct buddy_word outside = { .used = WORD_ALL };
	unsigned int target = level_of(order);
	unsigned int small = order - level_shift(target);
	unsigned int unit = unit_in_word(frame, target);
	u32 n = word_number(frame, target);
	struct buddy_word *word = word_at(b, target, n);

	for (unsigned int level = b->levels; level > target; level--) {
		u32 above = word_number(frame, level);

		if (unit_is_split(word_at(b, level, above),
				  unit_in_word(frame, level)))
			continue;
		buddy_split_unit(b, level, above, unit_in_word(frame, level));
		*word_at(b, level - 1, word_number(frame, level - 1)) = outside;
	}
	word->free |= block_mask(unit, small);
	word->used &= ~block_mask(unit, small);
	/* never a whole word: that would have been a tile of its own */
	buddy_units_freed(b, target, n, unit);
	b->free_frames += 1u << order;
}

/* Lay out in @meta the words of each level, and what follows them. */
static void lay_out(struct buddy *b, void *meta)
{
	u32 end = zone_end(b);
	uintptr_t next = (uintptr_t)meta;

	for (unsigned int l = 0; l <= highest_level(b->top); l++) {
		b->word[l] = next - first_word(b, l) * word_bytes(l);
		next += words_size(b->first, end, l);
	}
	b->bins = next - first_word(b, 1) * sizeof(struct buddy_bins);
	next += bins_size(b->first, end);
	b->offers = next - first_word(b, 0);
	next += offers_size(b->first, end);
	b->kinds = next;
	next += kinds_size(end);
	b->peaks = next;
	memset((void *)b->kinds, 0, kinds_size(end) + peaks_size(end));
}

enum buddy_status buddy_init(struct buddy *b, void *meta, u32 first, u32 end)
{
	const struct buddy_word outside = { .used = WORD_ALL };
	const struct buddy_word fresh = { .free = WORD_ALL };

	if (!range_ok(first, end))
		return BUDDY_INVALID;
	memset(b, 0, sizeof(*b));
	b->first = first;
	b->frames = end - first;
	b->top = top_level(first, end);
	b->levels = root_level(b->top);
	lay_out(b, meta);
	for (unsigned int l = REGION_LEVEL; l <= highest_level(b->top); l++)
		set_words(b, l, l < b->levels ? fresh : outside);
	while (first < end) {
		unsigned int order = buddy_next_tile(first, end - first);

		join(b, first, order);
		first += 1u << order;
	}
	return BUDDY_OK;
}
