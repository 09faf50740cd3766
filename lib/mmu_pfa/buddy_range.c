// SPDX-License-Identifier: GPL-2.0+
/*
 * Ranges: runs, frames at an address, reserved frames.
 */

#include "buddy_tree.h"

/* The first frame of a range whose block is in another state, or its end. */
static u32 range_in_state(const struct buddy *b, u32 frame, u32 end,
			  enum buddy_state state, enum buddy_state *found)
{
	while (frame < end) {
		struct buddy_block block = buddy_block_at(b, frame);

		if (block.state != state) {
			*found = block.state;
			return frame;
		}
		frame = block.frame + (1u << block.order);
	}
	return end;
}

enum buddy_status buddy_range_valid(const struct buddy *b, u32 frame,
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
	enum buddy_status status = buddy_range_valid(b, frame, count);
	enum buddy_state state;
	u32 bad;

	if (status)
		return status;
	buddy_fold(b);
	bad = range_in_state(b, frame, frame + count, BUDDY_STATE_FREE, &state);
	if (bad == frame + count)
		return BUDDY_OK;
	if (conflict)
		*conflict = bad;
	return state == BUDDY_STATE_RESERVED ? BUDDY_RESERVED : BUDDY_IN_USE;
}

enum buddy_status buddy_alloc_at(struct buddy *b, u32 frame, u32 count,
				 u32 *conflict)
{
	enum buddy_status status = range_free(b, frame, count, conflict);

	if (!status)
		buddy_claim_range(b, frame, count);
	return status;
}

static u32 larger(u32 a, u32 b)
{
	return a > b ? a : b;
}

static u32 round_up(u32 frame, unsigned int order)
{
	u32 mask = (1u << order) - 1;

	return (frame + mask) & ~mask;
}

/*
 * The lowest run inside an aligned free run of one order. Those at least as large as
 * the alignment are tried at most three times: one may be cut by @lo, one by
 * @hi. Smaller ones are tried wherever the alignment allows one to start.
 */
static bool find_run(const struct buddy *b, unsigned int order, u32 count,
		     unsigned int align_order, u32 lo, u32 hi, u32 *frame)
{
	unsigned int step = order > align_order ? order : align_order;
	u32 from = lo >> order << order;
	u32 block;

	while (from < hi && buddy_index_next(b, order, from, &block)) {
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

/*
 * The lowest run in one block, among those of the smallest order that has one.
 */
static bool find_in_block(const struct buddy *b, u32 count,
			  unsigned int align_order, u32 lo, u32 hi, u32 *frame)
{
	for (unsigned int order = 0; order < BUDDY_ORDERS; order++) {
		if (1u << order < count || !(b->orders >> order & 1))
			continue;
		if (find_run(b, order, count, align_order, lo, hi, frame))
			return true;
	}
	return false;
}

/* The lowest run of free blocks that touch: a pass over all blocks. */
static bool find_span(const struct buddy *b, u32 count,
		      unsigned int align_order, u32 lo, u32 hi, u32 *frame)
{
	u32 start = round_up(lo, align_order);
	u32 at = start;

	while (start < hi && count <= hi - start) {
		struct buddy_block block = buddy_block_at(b, at);

		at = block.frame + (1u << block.order);
		if (block.state != BUDDY_STATE_FREE) {
			start = round_up(at, align_order);
			at = start;
		} else if (at - start >= count) {
			*frame = start;
			return true;
		}
	}
	return false;
}

enum buddy_status buddy_alloc_run(struct buddy *b, u32 count,
				  unsigned int align_order, u32 lo, u32 hi,
				  u32 *frame)
{
	bool one_block = count == 1u << align_order;

	if (!count || align_order > BUDDY_MAX_ORDER || lo >= hi)
		return BUDDY_INVALID;
	if (lo < b->first)
		lo = b->first;
	if (hi > zone_end(b))
		hi = zone_end(b);
	if (lo >= hi)	/* and from here on no rounding leaves the 32 bits */
		return BUDDY_NO_SPACE;
	buddy_fold(b);
	if (!find_in_block(b, count, align_order, lo, hi, frame) &&
	    (one_block || !find_span(b, count, align_order, lo, hi, frame)))
		return BUDDY_NO_SPACE;
	buddy_claim_range(b, *frame, count);
	return BUDDY_OK;
}

/* Frames that a request may have of [start, end), aligned as it is by nature. */
static u32 natural_part(u32 start, u32 end)
{
	u32 best = 0;

	for (unsigned int order = 0; order <= BUDDY_MAX_ORDER; order++) {
		u32 from = round_up(start, order);
		u32 count = from < end ? end - from : 0;

		if (order < BUDDY_MAX_ORDER && count > 1u << order)
			count = 1u << order;
		if (count > best)
			best = count;
	}
	return best;
}

u32 buddy_largest_run(struct buddy *b)
{
	u32 at = b->first;
	u32 start = at;
	u32 best = 0;

	buddy_fold(b);
	while (at < zone_end(b)) {
		struct buddy_block block = buddy_block_at(b, at);

		at = block.frame + (1u << block.order);
		if (block.state != BUDDY_STATE_FREE)
			start = at;
		else if (at - start > best)
			best = larger(best, natural_part(start, at));
	}
	return best;
}

u64 buddy_range_mask(u32 frame, u32 end)
{
	u32 unit = unit_in_word(frame, 0);
	u32 count = end - frame;

	if (count > WORD_UNITS - unit)
		count = WORD_UNITS - unit;
	return units_mask(unit, count);
}

/* Free units of a word become reserved; the covering block is split first. */
static void reserve_units(struct buddy *b, u32 frame, u64 units)
{
	u32 n = word_number(frame, 0);
	struct buddy_word *word = word_at(b, 0, n);

	buddy_claim_path(b, frame, covering_level(b, frame), 0);
	word->used |= units;
	buddy_word_changed(b, 0, n);
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
		reserve_units(b, frame, buddy_range_mask(frame, end));
	return BUDDY_OK;
}

void buddy_release_units(struct buddy *b, u32 frame, u64 units)
{
	u32 n = word_number(frame, 0);
	struct buddy_word *word = word_at(b, 0, n);

	word->used &= ~units;
	if (word != b->open)
		buddy_word_changed(b, 0, n);
	b->free_frames += count_bits(units);
}

/* A pass over the range, a word at a time. */
enum buddy_status buddy_release(struct buddy *b, u32 frame, u32 count,
				u32 *conflict)
{
	enum buddy_status status = buddy_range_valid(b, frame, count);
	u32 end = frame + count;
	enum buddy_state state;
	u32 bad;

	if (status)
		return status;
	buddy_fold(b);
	bad = range_in_state(b, frame, end, BUDDY_STATE_RESERVED, &state);
	if (bad != end) {
		if (conflict)
			*conflict = bad;
		return BUDDY_NOT_ALLOCATED;
	}
	for (; frame < end; frame = next_word(frame))
		buddy_release_units(b, frame, buddy_range_mask(frame, end));
	return BUDDY_OK;
}
