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
	return level < REGION_LEVEL ? sizeof(struct buddy_word) : 32u << level;
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

/*
 * Under which units of word n there is a word, of the level that blocks of this
 * order are in, with a free block of this order or larger; from level 2 up.
 */
static inline u64 *index_at(const struct buddy *b, unsigned int level, u32 n,
			    unsigned int order)
{
	u64 *masks = (u64 *)(b->word[level] + ((size_t)n << (level + 5))) + 2;

	return masks + order;
}

/* As paired_runs(), where the largest block does not merge any more. */
static __always_inline u64 level_pairs(unsigned int level, u64 runs,
				       unsigned int order)
{
	return level < BUDDY_LEVELS - 1 ? paired_runs(runs, order) : 0;
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

/* Bytes for the regions of one word of level 2: whole u64s */
#define REGION_BYTES	(WORD_UNITS < 8 ? 8u : WORD_UNITS)

/* Which bins of a region are not empty. */
static inline u8 *kinds_at(const struct buddy *b, u32 region)
{
	if (WORD_UNITS == REGION_BYTES)
		return (u8 *)(b->kinds + region);
	return (u8 *)(b->kinds + region / WORD_UNITS * REGION_BYTES +
		      region % WORD_UNITS);
}

/* Whether the words of level 0 and 1 that cover this region are written. */
static inline bool region_written(const struct buddy *b, u32 region)
{
	return *kinds_at(b, region);
}

/* The largest offer below word n of level 2. */
static inline u8 *peak_at(const struct buddy *b, u32 n)
{
	return (u8 *)(b->peaks + n);
}

static inline struct buddy_bins *bins_at(const struct buddy *b, u32 region)
{
	return (struct buddy_bins *)(b->bins + region * sizeof(struct buddy_bins));
}

/* What word n of level 0 offers: one more than the largest order, or 0. */
static inline u8 *offer_at(const struct buddy *b, u32 n)
{
	return (u8 *)(b->offers + n);
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

/*
 * Whether the index says of word n, of level 1 and up, that it has an order or
 * larger.
 */
static inline bool index_has(const struct buddy *b, unsigned int level, u32 n,
			     unsigned int order)
{
	if (level >= b->top)
		return b->orders >> order & 1;
	return *index_at(b, level + 1, n / WORD_UNITS, order) >>
	       n % WORD_UNITS & 1;
}

/* One step down to it. */
static __always_inline u32 index_down(const struct buddy *b, unsigned int level,
				      u32 n, unsigned int order)
{
	return n * WORD_UNITS + lowest_bit(*index_at(b, level, n, order));
}

/*
 * The lowest word of level 1 and up below which, or in which, the index masks say
 * there is a free block of an order or larger; there is one. From level 2 up the
 * zone begins in word 0.
 */
static __always_inline u32 index_lowest(const struct buddy *b,
					unsigned int level, unsigned int order)
{
	u32 n = 0;

	for (unsigned int from = b->top; from > level; from--)
		n = index_down(b, from, n, order);
	return n;
}

/**
 * struct offer - a word of level 0 that offers something
 *
 * @n:      the word
 * @orders: what it offers
 */
struct offer {
	u32 n;
	unsigned int orders;
};

/*
 * In the regions from one on, of the same 64, whose bytes these are: the lowest
 * that has one of these offers, and there the lowest of the words that offer least
 * of them. False if there is none.
 */
static __always_inline bool find_below(const struct buddy *b, u32 region,
				       const u64 *kinds, u64 offers,
				       struct offer *offer)
{
	u64 found;

	for (u64 i = 0; i < REGION_BYTES / 8; i++) {
		found = kinds[i] & offers;
		if (found) {
			/* a byte is a region, and its bits are offers */
			region += i * 8 + lowest_bit(found) / 8;
			offer->orders = lowest_bit(found) % 8;
			offer->n = region * WORD_UNITS +
				   lowest_bit(bins_at(b, region)->bin[offer->orders]);
			return true;
		}
	}
	return false;
}

/* The same in a zone of no more than 64 regions. */
static __always_inline bool find_in_few(const struct buddy *b, u64 offers,
					struct offer *offer)
{
	return likely(b->top == REGION_LEVEL) &&
	       find_below(b, 0, (const u64 *)b->kinds, offers, offer);
}

/*
 * The relative order of the free block around units that have just become
 * free, one of them at @unit.
 */
static __always_inline unsigned int merged_order(unsigned int level, u64 free,
						 unsigned int unit)
{
	return level < BUDDY_LEVELS - 1 ? run_order(free, unit) : 0;
}

/* The same for a level, where the largest block may not merge any more. */
static __always_inline unsigned int level_orders_in(unsigned int level,
						    u64 free)
{
	return level < BUDDY_LEVELS - 1 ? orders_in(free) : !!free;
}

/* buddy_tree.c */

/*
 * What the index says of word n, of level 1 and up, is how many orders of blocks
 * it has. These make it at least, and at most, so many, and return BUDDY_OK.
 */
enum buddy_status buddy_index_raise(struct buddy *b, unsigned int level, u32 n,
				    unsigned int orders);
enum buddy_status buddy_index_lower(struct buddy *b, unsigned int level, u32 n,
				    unsigned int orders);

/**
 * buddy_index_next() - the first free run of an order at or after a frame
 *
 * Aligned to its size, as a block of its own or part of a larger one in the
 * same word.
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

/* Units of word n, one of them this one, have become free. */
void buddy_units_freed(struct buddy *b, unsigned int level, u32 n,
		       unsigned int unit);

/*
 * Split free units from one level down to another, until the word of level
 * @target that covers @frame is below split units only. That one is not
 * indexed: the caller is about to take from it.
 */
void buddy_claim_path(struct buddy *b, u32 frame, unsigned int level,
		      unsigned int target);

/* Allocate a block out of a free one that is in a word of @level. */
void buddy_claim_block(struct buddy *b, u32 frame, unsigned int order,
		       unsigned int level);

/* Allocate the largest aligned blocks that tile a range that is all free. */
void buddy_claim_range(struct buddy *b, u32 frame, u32 count);

/*
 * Any of the units of word n have become free or not free: make the index and
 * the unit above it follow.
 */
enum buddy_status buddy_word_changed(struct buddy *b, unsigned int level,
				     u32 n);

/* Close the open word: index it as it is now. */
void buddy_fold(struct buddy *b);

/*
 * Below word n of level 2 something is offered that may be more than its peak, or
 * no more offered by a region, which may have been the last; BUDDY_OK.
 */
enum buddy_status buddy_peak_rises(struct buddy *b, u32 n, unsigned int offer);
enum buddy_status buddy_peak_falls(struct buddy *b, u32 n, unsigned int offer);

/*
 * Word n of level 0 comes to offer more, or less, than it did. Last of all that
 * is to be done, so that nothing is to be kept across the calls; BUDDY_OK.
 */
static __always_inline enum buddy_status
offer_more(struct buddy *b, u32 n, unsigned int from, unsigned int to)
{
	u32 region = n / WORD_UNITS;
	u64 *bin = bins_at(b, region)->bin;
	u64 bit = unit_bit(n % WORD_UNITS);
	u8 *kinds = kinds_at(b, region);

	*offer_at(b, n) = to;
	*kinds |= 1u << to;
	bin[to] |= bit;
	bin[from] ^= bit;
	if (unlikely(!bin[from]))
		*kinds ^= 1u << from;
	if (likely(to <= b->peak))
		return BUDDY_OK;
	return buddy_peak_rises(b, region / WORD_UNITS, to);
}

static __always_inline enum buddy_status
offer_less(struct buddy *b, u32 n, unsigned int from, unsigned int to)
{
	u32 region = n / WORD_UNITS;
	u64 *bin = bins_at(b, region)->bin;
	u64 bit = unit_bit(n % WORD_UNITS);
	u8 *kinds = kinds_at(b, region);

	*offer_at(b, n) = to;
	*kinds |= 1u << to;
	bin[to] |= bit;
	bin[from] ^= bit;
	if (likely(bin[from]))
		return BUDDY_OK;
	*kinds ^= 1u << from;
	if (likely(from < b->peak))
		return BUDDY_OK;
	return buddy_peak_falls(b, region / WORD_UNITS, from);
}

/* The block that covers a frame of the zone, the open word as it is. */
struct buddy_block buddy_block_at(const struct buddy *b, u32 frame);

/* buddy.c */

/* An offer of an order, short of a word, in all of the zone; false if none. */
bool buddy_find_offer(const struct buddy *b, unsigned int order,
		      struct offer *offer);

/* As buddy_alloc(), but never from the open word; @order is valid. */
enum buddy_status buddy_alloc_block(struct buddy *b, unsigned int order,
				    u32 *frame);

/*
 * Open another word, one with a free frame. There is one, and the word that is
 * open has none.
 */
void buddy_open_word(struct buddy *b);

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
