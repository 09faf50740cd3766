// SPDX-License-Identifier: GPL-2.0+
/*
 * The buddy allocator of one zone; <mmu_pfa/buddy.h> explains the structure.
 *
 * Three layers, each using only the one above it in this file:
 *
 *	index   which words have a free block of an order
 *	blocks  units leave and join the free state: claim_*(), give_units()
 *	calls   validate, choose, do
 */

#include "buddy_tree.h"

/* The index */

/* Word n of a level now has a free block of this order. */
static inline void index_add(struct buddy *b, unsigned int level, u32 n,
			     unsigned int order)
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
static inline void index_remove(struct buddy *b, unsigned int level, u32 n,
				unsigned int order)
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

/* The lowest free block of an order that there is one of. */
static u32 index_lowest(const struct buddy *b, unsigned int order)
{
	unsigned int target = level_of(order);
	unsigned int level = b->top > target ? b->top : target;
	u32 n = word_number(b->first, level);
	u64 blocks;

	for (; level > target; level--)
		n = n * WORD_UNITS + lowest_bit(*index_at(b, level, n, order));
	blocks = level_free_blocks(target, word_free(word_at(b, target, n)),
				   order - level_shift(target));
	return (n * WORD_UNITS + lowest_bit(blocks)) << level_shift(target);
}

/*
 * Where to look in word n of a level for a block of an order of the target
 * level: the blocks themselves there, the index above it.
 */
static u64 index_candidates(const struct buddy *b, unsigned int level, u32 n,
			    unsigned int order)
{
	unsigned int target = level_of(order);

	if (n > last_word(b, level))
		return 0;
	if (level > target)
		return *index_at(b, level, n, order);
	if (level < REGION_LEVEL &&
	    !region_touched(b, level ? n : n / WORD_UNITS))
		return 0;
	return level_free_blocks(level, word_free(word_at(b, level, n)),
				 order - level_shift(level));
}

/*
 * The first free block of an order at or after a frame; up through the levels
 * until there is one further on, and down to it.
 */
static bool index_next(const struct buddy *b, unsigned int order, u32 from,
		       u32 *frame)
{
	unsigned int target = level_of(order);
	unsigned int highest = b->top > target ? b->top : target;
	unsigned int level = target;
	u32 unit = from >> level_shift(level);

	for (;;) {
		u64 found = index_candidates(b, level, unit / WORD_UNITS,
					     order) &
			    WORD_ALL << unit % WORD_UNITS;

		if (found) {
			unit = unit / WORD_UNITS * WORD_UNITS +
			       lowest_bit(found);
			if (level == target)
				break;
			unit *= WORD_UNITS;
			level--;
		} else if (level < highest) {
			unit = unit / WORD_UNITS + 1;
			level++;
		} else {
			return false;
		}
	}
	*frame = unit << level_shift(target);
	return true;
}

/* Blocks */

/* A region is about to be split for the first time: write its words. */
static void region_touch(struct buddy *b, u32 region)
{
	const struct buddy_word fresh = { .free = WORD_ALL };
	u32 n = region * WORD_UNITS;
	u32 end = n + WORD_UNITS;
	u32 r = region - b->origin[1];

	if (region_touched(b, region))
		return;
	b->touched[r / 64] |= unit_bit(r % 64);
	*word_at(b, 1, region) = fresh;
	memset(index_at(b, 1, region, 0), 0, orders_below(1) * sizeof(u64));
	if (n < b->origin[0])
		n = b->origin[0];
	if (end > last_word(b, 0) + 1)
		end = last_word(b, 0) + 1;
	for (; n < end; n++)
		*word_at(b, 0, n) = fresh;
}

/* A free or allocated unit becomes a split one. */
static inline void unit_split(struct buddy *b, unsigned int level, u32 n,
			      unsigned int unit)
{
	struct buddy_word *word = word_at(b, level, n);

	word->free |= unit_bit(unit);
	word->used |= unit_bit(unit);
	if (level == REGION_LEVEL)
		region_touch(b, n * WORD_UNITS + unit);
}

/*
 * A block in word n has left the free state, out of a free block of a larger or
 * equal order. @free is what is left. Orders are relative to the unit.
 */
static inline void index_claimed(struct buddy *b, unsigned int level, u32 n,
				 u64 free, unsigned int order,
				 unsigned int out_of)
{
	unsigned int base = level_shift(level);

	/* a whole word was not in the index as such */
	if (out_of < WORD_ORDERS && !level_free_blocks(level, free, out_of))
		index_remove(b, level, n, base + out_of);
	while (out_of > order)
		index_add(b, level, n, base + --out_of);
}

/*
 * Split free blocks from one level down to another, until the word of the lower
 * one that covers @frame is below split units only. The covering block is of
 * relative order *@out_of, on both levels.
 */
static inline void claim_path(struct buddy *b, u32 frame, unsigned int level,
			      unsigned int target, unsigned int *out_of)
{
	for (; level > target; level--) {
		u32 n = word_number(frame, level);
		unsigned int unit = unit_in_word(frame, level);

		unit_split(b, level, n, unit);
		index_claimed(b, level, n, word_free(word_at(b, level, n)), 0,
			      *out_of);
		*out_of = WORD_ORDERS;
	}
}

/*
 * Allocate the block of @order at @frame out of a free one of relative order
 * @out_of in the words of @level.
 */
static inline void claim_block(struct buddy *b, u32 frame, unsigned int order,
			       unsigned int level, unsigned int out_of)
{
	unsigned int target = level_of(order);
	u32 n = word_number(frame, target);
	struct buddy_word *word = word_at(b, target, n);
	unsigned int unit = unit_in_word(frame, target);
	unsigned int small = order - level_shift(target);

	claim_path(b, frame, level, target, &out_of);
	word->free &= ~block_mask(unit, small);
	word->used |= unit_bit(unit);
	index_claimed(b, target, n, word_free(word), small, out_of);
	b->free_frames -= 1u << order;
}

/* The relative order of the free block around a free unit. */
static unsigned int free_order(unsigned int level, u64 free, unsigned int unit)
{
	return level < BUDDY_LEVELS - 1 ? run_order(free, unit) : 0;
}

/* As claim_path() from wherever the free block that covers @frame is. */
static unsigned int claim_path_to(struct buddy *b, u32 frame,
				  unsigned int target)
{
	unsigned int level = covering_level(b, frame);
	u64 free = word_free(word_at(b, level, word_number(frame, level)));
	unsigned int out_of = free_order(level, free,
					 unit_in_word(frame, level));

	claim_path(b, frame, level, target, &out_of);
	return out_of;
}

/* Allocate a block of which every frame is known to be free. */
static void claim_at(struct buddy *b, u32 frame, unsigned int order)
{
	unsigned int level = level_of(order);
	unsigned int out_of = claim_path_to(b, frame, level);

	claim_block(b, frame, order, level, out_of);
}

/*
 * Units have just become free: index what they make together with their
 * buddies, and if that is a whole word, go on with the unit above.
 */
static inline void give_units(struct buddy *b, unsigned int level, u32 n,
			      unsigned int unit, unsigned int order)
{
	struct buddy_word *word = word_at(b, level, n);

	for (;;) {
		unsigned int base = level_shift(level);
		u64 free = word_free(word);

		for (; order < mergeable_orders(level); order++) {
			u64 buddy = block_mask(unit ^ 1u << order, order);

			if ((free & buddy) != buddy)
				break;
			if (!free_blocks(free, order))
				index_remove(b, level, n, base + order);
			unit &= ~(1u << order);
		}
		if (order < WORD_ORDERS)
			break;
		level++;
		unit = n % WORD_UNITS;
		n /= WORD_UNITS;
		order = 0;
		word = word_at(b, level, n);
		word->used &= ~unit_bit(unit);
	}
	index_add(b, level, n, level_shift(level) + order);
}

/*
 * Any of the frames of word n of level 0 have become free or not free: make the
 * index and the unit above it follow.
 */
static void word_changed(struct buddy *b, u32 n, u64 before, u64 after)
{
	u32 old_orders = free_orders(before);
	u32 new_orders = free_orders(after);
	u32 gone = old_orders & ~new_orders;
	u32 come = new_orders & ~old_orders;
	u32 above = n / WORD_UNITS;
	unsigned int unit = n % WORD_UNITS;

	for (; gone; gone &= gone - 1)
		index_remove(b, 0, n, lowest_bit(gone));
	for (; come; come &= come - 1)
		index_add(b, 0, n, lowest_bit(come));
	if (after == WORD_ALL) {
		word_at(b, 1, above)->used &= ~unit_bit(unit);
		give_units(b, 1, above, unit, 0);
	}
}

/* The open word */

static void fold(struct buddy *b)
{
	struct buddy_word *word = b->open;

	if (!word)
		return;
	b->open = NULL;
	word_changed(b, word_number(b->open_first, 0), 0, word_free(word));
}

/* Open the word that holds the smallest free block; the old one is used up. */
static bool open_word(struct buddy *b)
{
	unsigned int order, level;
	u32 frame, n;

	b->open = NULL;
	if (!b->orders)
		return false;
	order = lowest_bit(b->orders);
	level = level_of(order);
	frame = index_lowest(b, order);
	n = word_number(frame, 0);
	if (level) {
		unsigned int out_of = order - level_shift(level);

		claim_path(b, frame, level, 0, &out_of);
	} else {
		word_changed(b, n, word_free(word_at(b, 0, n)), 0);
	}
	b->open = word_at(b, 0, n);
	b->open_first = n * WORD_UNITS;
	return true;
}

static inline u32 open_take(struct buddy *b, u64 free)
{
	unsigned int unit = lowest_bit(free);

	b->open->free &= ~unit_bit(unit);
	b->open->used |= unit_bit(unit);
	b->free_frames--;
	return b->open_first + unit;
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
	word->used &= ~unit_bit(unit);
	b->free_frames++;
	return true;
}

/* Setting up */

static bool range_ok(u32 first, u32 end)
{
	return first < end && first < 1u << BUDDY_MAX_ORDER &&
	       end <= BUDDY_MAX_FRAMES;
}

/* The lowest level, at least 1, of which one word or mask covers the zone. */
static unsigned int top_level(u32 first, u32 end)
{
	unsigned int level = 1;

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

	return count * word_stride(level) * sizeof(u64);
}

static size_t touched_size(u32 first, u32 end)
{
	u32 regions = word_number(end - 1, 1) - word_number(first, 1) + 1;

	return (regions + 63) / 64 * sizeof(u64);
}

size_t buddy_meta_size(u32 first, u32 end)
{
	size_t size;

	if (!range_ok(first, end))
		return 0;
	size = touched_size(first, end);
	for (unsigned int l = 0; l <= highest_level(top_level(first, end)); l++)
		size += words_size(first, end, l);
	return size;
}

static void set_words(struct buddy *b, unsigned int level,
		      struct buddy_word value)
{
	for (u32 n = b->origin[level]; n <= last_word(b, level); n++) {
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
		unit_split(b, level, above, unit_in_word(frame, level));
		*word_at(b, level - 1, word_number(frame, level - 1)) = outside;
	}
	word->free |= block_mask(unit, small);
	word->used &= ~block_mask(unit, small);
	give_units(b, target, n, unit, small);
	b->free_frames += 1u << order;
}

enum buddy_status buddy_init(struct buddy *b, void *meta, u32 first, u32 end)
{
	const struct buddy_word outside = { .used = WORD_ALL };
	const struct buddy_word fresh = { .free = WORD_ALL };
	u64 *next = meta;

	if (!range_ok(first, end))
		return BUDDY_INVALID;
	memset(b, 0, sizeof(*b));
	b->first = first;
	b->frames = end - first;
	b->top = top_level(first, end);
	b->levels = root_level(b->top);
	for (unsigned int l = 0; l <= highest_level(b->top); l++) {
		b->origin[l] = word_number(first, l);
		b->word[l] = next;
		next += words_size(first, end, l) / sizeof(u64);
		if (l >= REGION_LEVEL)
			set_words(b, l, l < b->levels ? fresh : outside);
	}
	b->touched = next;
	memset(b->touched, 0, touched_size(first, end));
	while (first < end) {
		unsigned int order = buddy_next_tile(first, end - first);

		join(b, first, order);
		first += 1u << order;
	}
	return BUDDY_OK;
}

unsigned int buddy_next_tile(u32 frame, u32 count)
{
	unsigned int order = highest_bit(count);

	if (order > BUDDY_MAX_ORDER)
		order = BUDDY_MAX_ORDER;
	if (frame && lowest_bit(frame) < order)
		order = lowest_bit(frame);
	return order;
}

/* Looking */

static enum buddy_state unit_state(const struct buddy_word *word,
				   unsigned int unit)
{
	if (unit_is_split(word, unit))
		return BUDDY_STATE_RESERVED;
	return word->free >> unit & 1 ? BUDDY_STATE_FREE : BUDDY_STATE_USED;
}

/* The block that covers a frame of the zone, the open word as it is. */
static struct buddy_block block_at(const struct buddy *b, u32 frame)
{
	unsigned int level = covering_level(b, frame);
	u32 n = word_number(frame, level);
	const struct buddy_word *word = word_at(b, level, n);
	unsigned int unit = unit_in_word(frame, level);
	struct buddy_block block = { .state = unit_state(word, unit) };
	unsigned int order;

	switch (block.state) {
	case BUDDY_STATE_USED:
		unit = highest_bit((word->free | word->used) &
				   units_mask(0, unit + 1));
		order = lowest_bit(used_units(word, unit));
		break;
	case BUDDY_STATE_RESERVED:
		order = run_order(word->free & word->used, unit);
		break;
	default:
		order = free_order(level, word_free(word), unit);
		break;
	}
	block.frame = (n * WORD_UNITS + (unit & ~((1u << order) - 1))) <<
		      level_shift(level);
	block.order = order + level_shift(level);
	return block;
}

struct buddy_block buddy_find(struct buddy *b, u32 frame)
{
	if (!in_zone(b, frame)) {
		struct buddy_block outside = {
			.frame = frame,
			.state = BUDDY_STATE_OUTSIDE,
		};

		return outside;
	}
	fold(b);
	return block_at(b, frame);
}

u32 buddy_free_frames(const struct buddy *b)
{
	return b->free_frames;
}

int buddy_largest(struct buddy *b)
{
	fold(b);
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

	for (unsigned int k = 0; k < level_orders(level); k++)
		stats->nfree[base + k] += count_bits(
			level_free_blocks(level, word_free(word), k));
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
	fold(b);
	memset(stats, 0, sizeof(*stats));
	stats->frames = b->frames;
	stats->free = b->free_frames;
	for (u32 n = b->origin[b->levels]; n <= last_word(b, b->levels); n++)
		count_blocks(b, b->levels, n, stats);
}

/* One block */

static enum buddy_status alloc_block(struct buddy *b, unsigned int order,
				     u32 *frame)
{
	u32 orders = b->orders >> order << order;
	unsigned int found, level;

	if (!orders) {
		fold(b);
		orders = b->orders >> order << order;
		if (!orders)
			return BUDDY_NO_SPACE;
	}
	found = lowest_bit(orders);
	level = level_of(found);
	*frame = index_lowest(b, found);
	claim_block(b, *frame, order, level, found - level_shift(level));
	return BUDDY_OK;
}

enum buddy_status buddy_alloc(struct buddy *b, unsigned int order, u32 *frame)
{
	u64 free;

	if (order)
		return order <= BUDDY_MAX_ORDER ? alloc_block(b, order, frame) :
						  BUDDY_INVALID;
	free = b->open ? word_free(b->open) : 0;
	if (unlikely(!free)) {
		if (!open_word(b))
			return BUDDY_NO_SPACE;
		free = word_free(b->open);
	}
	*frame = open_take(b, free);
	return BUDDY_OK;
}

/* Why (frame, order) is not an allocated block; the frame is in the zone. */
static enum buddy_status why_not_used(const struct buddy *b, u32 frame,
				      unsigned int order)
{
	struct buddy_block block = block_at(b, frame);

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

/* A stale word, below a unit that is not split, has no heads. */
static inline bool is_used_block(const struct buddy *b, unsigned int level,
				 u32 frame, unsigned int small)
{
	unsigned int unit = unit_in_word(frame, level);
	const struct buddy_word *word;

	if (unlikely(!word_exists(b, level, frame)))
		return false;
	word = word_at(b, level, word_number(frame, level));
	return unit_is_head(word, unit) && used_units(word, unit) == 1u << small;
}

static inline void free_block(struct buddy *b, unsigned int level, u32 frame,
			      unsigned int small)
{
	u32 n = word_number(frame, level);
	struct buddy_word *word = word_at(b, level, n);
	unsigned int unit = unit_in_word(frame, level);

	word->free |= block_mask(unit, small);
	word->used &= ~unit_bit(unit);
	b->free_frames += 1u << (level_shift(level) + small);
	if (word != b->open)
		give_units(b, level, n, unit, small);
}

enum buddy_status buddy_free(struct buddy *b, u32 frame, unsigned int order)
{
	unsigned int level, small;

	if (unlikely(order > BUDDY_MAX_ORDER))
		return BUDDY_INVALID;
	if (unlikely(!in_zone(b, frame)))
		return BUDDY_FOREIGN;
	if (!order && open_give(b, frame))
		return BUDDY_OK;
	if (unlikely(frame & ((1u << order) - 1)))
		return BUDDY_MISALIGNED;
	level = level_of(order);
	small = order - level_shift(level);
	if (unlikely(!is_used_block(b, level, frame, small)))
		return why_not_used(b, frame, order);
	free_block(b, level, frame, small);
	return BUDDY_OK;
}

enum buddy_status buddy_free_any(struct buddy *b, u32 frame,
				 unsigned int *order)
{
	unsigned int level, unit, small;
	const struct buddy_word *word;

	if (!in_zone(b, frame))
		return BUDDY_FOREIGN;
	level = covering_level(b, frame);
	unit = unit_in_word(frame, level);
	word = word_at(b, level, word_number(frame, level));
	if (frame & ((1u << level_shift(level)) - 1) ||
	    !unit_is_head(word, unit))
		return why_not_used(b, frame, 0);
	small = lowest_bit(used_units(word, unit));
	free_block(b, level, frame, small);
	if (order)
		*order = small + level_shift(level);
	return BUDDY_OK;
}

/* Ranges */

/* The first frame of a range whose block is in another state, or its end. */
static u32 range_in_state(const struct buddy *b, u32 frame, u32 end,
			  enum buddy_state state, enum buddy_state *found)
{
	while (frame < end) {
		struct buddy_block block = block_at(b, frame);

		if (block.state != state) {
			*found = block.state;
			return frame;
		}
		frame = block.frame + (1u << block.order);
	}
	return end;
}

static enum buddy_status range_valid(const struct buddy *b, u32 frame,
				     u32 count)
{
	if (!count)
		return BUDDY_INVALID;
	if (!in_zone(b, frame) || count > zone_end(b) - frame)
		return BUDDY_FOREIGN;
	return BUDDY_OK;
}

/* A valid range, all free? The open word is folded after this. */
static enum buddy_status range_free(struct buddy *b, u32 frame, u32 count,
				    u32 *conflict)
{
	enum buddy_status status = range_valid(b, frame, count);
	enum buddy_state state;
	u32 bad;

	if (status)
		return status;
	fold(b);
	bad = range_in_state(b, frame, frame + count, BUDDY_STATE_FREE, &state);
	if (bad == frame + count)
		return BUDDY_OK;
	if (conflict)
		*conflict = bad;
	return state == BUDDY_STATE_RESERVED ? BUDDY_RESERVED : BUDDY_IN_USE;
}

static void claim_range(struct buddy *b, u32 frame, u32 count)
{
	while (count) {
		unsigned int order = buddy_next_tile(frame, count);

		claim_at(b, frame, order);
		frame += 1u << order;
		count -= 1u << order;
	}
}

enum buddy_status buddy_alloc_at(struct buddy *b, u32 frame, u32 count,
				 u32 *conflict)
{
	enum buddy_status status = range_free(b, frame, count, conflict);

	if (!status)
		claim_range(b, frame, count);
	return status;
}

static u32 round_up(u32 frame, unsigned int order)
{
	u32 mask = (1u << order) - 1;

	return (frame + mask) & ~mask;
}

/*
 * The lowest run inside a free block of one order. Blocks at least as large as
 * the alignment are tried at most three times: one may be cut by @lo, one by
 * @hi. Smaller ones are tried wherever the alignment allows one to start.
 */
static bool find_run(const struct buddy *b, unsigned int order, u32 count,
		     unsigned int align_order, u32 lo, u32 hi, u32 *frame)
{
	unsigned int step = order > align_order ? order : align_order;
	u32 from = lo >> order << order;
	u32 block;

	while (from < hi && index_next(b, order, from, &block)) {
		u32 start = round_up(block > lo ? block : lo, align_order);
		u32 end = block + (1u << order);

		if (end > hi)
			end = hi;
		if (start < end && count <= end - start) {
			*frame = start;
			return true;
		}
		from = round_up(block + 1, step);
	}
	return false;
}

enum buddy_status buddy_alloc_run(struct buddy *b, u32 count,
				  unsigned int align_order, u32 lo, u32 hi,
				  u32 *frame)
{
	if (!count || align_order > BUDDY_MAX_ORDER || lo >= hi)
		return BUDDY_INVALID;
	if (lo < b->first)
		lo = b->first;
	if (hi > zone_end(b))
		hi = zone_end(b);
	fold(b);
	for (unsigned int order = 0; order < BUDDY_ORDERS; order++) {
		if (1u << order < count || !(b->orders >> order & 1))
			continue;
		if (find_run(b, order, count, align_order, lo, hi, frame)) {
			claim_range(b, *frame, count);
			return BUDDY_OK;
		}
	}
	return BUDDY_NO_SPACE;
}

/* Parts of a range that one word of level 0 covers */

/* The units of a range that the word of its first frame covers. */
static u64 range_mask(u32 frame, u32 end)
{
	u32 unit = unit_in_word(frame, 0);
	u32 count = end - frame;

	if (count > WORD_UNITS - unit)
		count = WORD_UNITS - unit;
	return units_mask(unit, count);
}

static u32 next_word(u32 frame)
{
	return round_up(frame + 1, WORD_ORDERS);
}

/* Free units of a word become reserved; the covering block is split first. */
static void reserve_units(struct buddy *b, u32 frame, u64 units)
{
	u32 n = word_number(frame, 0);
	struct buddy_word *word = word_at(b, 0, n);
	u64 before;

	claim_path_to(b, frame, 0);
	before = word_free(word);
	word->used |= units;
	word_changed(b, n, before, word_free(word));
	b->free_frames -= count_bits(units);
}

/* A pass over the range, a word at a time. */
enum buddy_status buddy_reserve(struct buddy *b, u32 frame, u32 count,
				u32 *conflict)
{
	enum buddy_status status = range_free(b, frame, count, conflict);
	u32 end = frame + count;

	if (status)
		return status == BUDDY_RESERVED ? BUDDY_IN_USE : status;
	for (; frame < end; frame = next_word(frame))
		reserve_units(b, frame, range_mask(frame, end));
	return BUDDY_OK;
}

/* Reserved units of a word become free. */
static void release_units(struct buddy *b, u32 frame, u64 units)
{
	u32 n = word_number(frame, 0);
	struct buddy_word *word = word_at(b, 0, n);
	u64 before = word_free(word);

	word->used &= ~units;
	if (word != b->open)
		word_changed(b, n, before, word_free(word));
	b->free_frames += count_bits(units);
}

/* A pass over the range, a word at a time. */
enum buddy_status buddy_release(struct buddy *b, u32 frame, u32 count,
				u32 *conflict)
{
	enum buddy_status status = range_valid(b, frame, count);
	u32 end = frame + count;
	enum buddy_state state;
	u32 bad;

	if (status)
		return status;
	fold(b);
	bad = range_in_state(b, frame, end, BUDDY_STATE_RESERVED, &state);
	if (bad != end) {
		if (conflict)
			*conflict = bad;
		return BUDDY_NOT_ALLOCATED;
	}
	for (; frame < end; frame = next_word(frame))
		release_units(b, frame, range_mask(frame, end));
	return BUDDY_OK;
}

/* Bulk */

/** struct run_list - the runs of a bulk request so far */
struct run_list {
	struct buddy_run *runs;
	u32 room;
	u32 count;
};

static bool continues_last_run(const struct run_list *list, u32 frame)
{
	const struct buddy_run *last;

	if (!list->count)
		return false;
	last = &list->runs[list->count - 1];
	return last->frame + last->count == frame;
}

static void add_run(struct run_list *list, u32 frame, u32 count)
{
	struct buddy_run run = { .frame = frame, .count = count };

	if (continues_last_run(list, frame))
		list->runs[list->count - 1].count += count;
	else
		list->runs[list->count++] = run;
}

/* Whether the runs of these units of a word fit into the list. */
static bool runs_fit(const struct run_list *list, u32 first, u64 units)
{
	u32 more = count_bits(units & ~(units << 1));

	more -= continues_last_run(list, first + lowest_bit(units));
	return more <= list->room - list->count;
}

static void add_units(struct run_list *list, u32 first, u64 units)
{
	while (units) {
		unsigned int unit = lowest_bit(units);
		u64 rest = units + unit_bit(unit);	/* carries past the run */
		unsigned int end = rest ? lowest_bit(rest) : WORD_UNITS;

		add_run(list, first + unit, end - unit);
		units &= rest;
	}
}

/* The order of block to take for so many frames; 0: from the open word. */
static unsigned int bulk_order(const struct buddy *b, u32 count)
{
	unsigned int order = highest_bit(count);

	if (!(b->orders >> WORD_ORDERS))
		return 0;
	if (order > highest_bit(b->orders))
		order = highest_bit(b->orders);
	if (order >= 2 * WORD_ORDERS)
		order = 2 * WORD_ORDERS - 1;
	return order < WORD_ORDERS ? 0 : order;
}

/* A block of whole words; each of its frames becomes a block of its own. */
static u32 bulk_take_block(struct buddy *b, unsigned int order,
			   struct run_list *list)
{
	const struct buddy_word all_used = { .used = WORD_ALL };
	u32 count = 1u << order;
	u32 words = count / WORD_UNITS;
	struct buddy_word *above;
	u32 frame, n;
	u64 units;

	if (list->count == list->room)
		return 0;
	alloc_block(b, order, &frame);
	n = word_number(frame, 0);
	above = word_at(b, 1, n / WORD_UNITS);
	units = units_mask(n % WORD_UNITS, words);
	above->free |= units;
	above->used |= units;
	for (u32 i = 0; i < words; i++)
		*word_at(b, 0, n + i) = all_used;
	add_run(list, frame, count);
	return count;
}

static u64 lowest_units(u64 units, u32 count)
{
	u64 rest = units;

	for (; rest && count; count--)
		rest &= rest - 1;
	return units & ~rest;
}

/* At most @count frames of the open word, or of a newly opened one. */
static u32 bulk_take_units(struct buddy *b, u32 count, struct run_list *list)
{
	u64 units;

	if (!b->open || !word_free(b->open))
		open_word(b);
	units = lowest_units(word_free(b->open), count);
	if (!runs_fit(list, b->open_first, units))
		return 0;
	b->open->free &= ~units;
	b->open->used |= units;
	b->free_frames -= count_bits(units);
	add_units(list, b->open_first, units);
	return count_bits(units);
}

/* A pass over the request: one block or one word at a time. */
enum buddy_status buddy_alloc_bulk(struct buddy *b, u32 count,
				   struct buddy_run *runs, u32 *nruns)
{
	struct run_list list = { .runs = runs, .room = *nruns };

	if (!count)
		return BUDDY_INVALID;
	if (count > b->free_frames)
		return BUDDY_NO_SPACE;
	while (count) {
		unsigned int order = bulk_order(b, count);
		u32 taken = order ? bulk_take_block(b, order, &list) :
				    bulk_take_units(b, count, &list);

		if (!taken) {
			buddy_free_bulk(b, list.count, runs, NULL);
			return BUDDY_NO_SPACE;
		}
		count -= taken;
	}
	*nruns = list.count;
	return BUDDY_OK;
}

/*
 * Mark the frames of a run that are allocated blocks of order 0, up to the
 * first that is not, which is returned. The mark is that of a reserved frame:
 * it leaves the index alone, and a frame that is named twice is found.
 */
static u32 bulk_mark(struct buddy *b, u32 frame, u32 end)
{
	for (; frame < end; frame = next_word(frame)) {
		struct buddy_word *word = word_at(b, 0, word_number(frame, 0));
		u64 units = range_mask(frame, end);
		u64 bad = units;

		if (region_touched(b, word_number(frame, 1)))
			bad = units & ~single_units(word);
		if (bad) {
			units &= unit_bit(lowest_bit(bad)) - 1;
			if (units)
				word->free |= units;
			return (frame & ~(WORD_UNITS - 1)) + lowest_bit(bad);
		}
		word->free |= units;
	}
	return end;
}

static void bulk_unmark(struct buddy *b, u32 frame, u32 end)
{
	for (; frame < end; frame = next_word(frame))
		word_at(b, 0, word_number(frame, 0))->free &=
			~range_mask(frame, end);
}

static enum buddy_status bulk_mark_run(struct buddy *b, struct buddy_run run,
				       u32 *bad)
{
	enum buddy_status status = range_valid(b, run.frame, run.count);
	u32 end = run.frame + run.count;

	*bad = run.frame;
	if (status == BUDDY_INVALID || !in_zone(b, run.frame))
		return status;
	if (status)
		end = zone_end(b);
	*bad = bulk_mark(b, run.frame, end);
	if (*bad != end)
		return BUDDY_NOT_ALLOCATED;
	return status;
}

/* Take the marks off again, and say what was wrong with the frame @at. */
static enum buddy_status bulk_refuse(struct buddy *b, u32 nruns,
				     const struct buddy_run *runs, u32 at,
				     enum buddy_status status, u32 *bad)
{
	for (u32 i = 0; i + 1 < nruns; i++)
		bulk_unmark(b, runs[i].frame, runs[i].frame + runs[i].count);
	bulk_unmark(b, runs[nruns - 1].frame, at);
	if (bad)
		*bad = at;
	if (status != BUDDY_NOT_ALLOCATED)
		return status;
	status = why_not_used(b, at, 0);
	/* nothing wrong with it by itself: an earlier run names it too */
	return status ? status : BUDDY_NOT_ALLOCATED;
}

/* Two passes over the runs, a word at a time: mark, then free. */
enum buddy_status buddy_free_bulk(struct buddy *b, u32 nruns,
				  const struct buddy_run *runs, u32 *bad)
{
	enum buddy_status status = BUDDY_OK;
	u32 marked = 0;
	u32 at = 0;

	while (marked < nruns && !status) {
		status = bulk_mark_run(b, runs[marked], &at);
		marked++;
	}
	if (status)
		return bulk_refuse(b, marked, runs, at, status, bad);
	for (u32 i = 0; i < nruns; i++) {
		u32 end = runs[i].frame + runs[i].count;

		for (u32 f = runs[i].frame; f < end; f = next_word(f))
			release_units(b, f, range_mask(f, end));
	}
	return BUDDY_OK;
}
