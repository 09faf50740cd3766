// SPDX-License-Identifier: GPL-2.0+
/*
 * The buddy allocator against the most naive model there is: one byte a frame.
 */

#include <mmu_pfa/buddy.h>

#include <stdlib.h>

#include "tap.h"

/*
 * The zone under test: a guard beyond its metadata, all of it dirty at first. A
 * word that has not been written looks like 64 allocated frames.
 */

#define GUARD	64

static u8 dirt_at(size_t i)
{
	return i % sizeof(struct buddy_word) < sizeof(u64) ? 0 : 0xff;
}

struct zone {
	struct buddy b;
	u8 *meta;
	size_t size;
	u32 first;
	u32 end;
	u8 *model;	/* of each frame from first: enum model, or HEAD + order */
};

enum model {
	FREE,
	INTERIOR,
	RESERVED,
	HEAD,		/* + order */
};

static struct zone zone_make(u32 first, u32 end)
{
	struct zone z = {
		.size = buddy_meta_size(first, end),
		.first = first,
		.end = end,
	};

	z.meta = aligned_alloc(64, (z.size + GUARD + 63) / 64 * 64);
	for (size_t i = 0; i < z.size + GUARD; i++)
		z.meta[i] = dirt_at(i);
	z.model = calloc(end - first, 1);
	if (buddy_init(&z.b, z.meta, first, end))
		abort();
	return z;
}

static void zone_drop(struct zone *z)
{
	for (size_t i = z->size; i < z->size + GUARD; i++) {
		if (z->meta[i] != dirt_at(i)) {
			tap_fail(__FILE__, __LINE__, "metadata overrun");
			break;
		}
	}
	free(z->meta);
	free(z->model);
}

/* All the bits of a zone: to show that a refusal changed none. */
struct snapshot {
	struct buddy b;
	u8 *meta;
};

static struct snapshot snapshot_take(const struct zone *z)
{
	struct snapshot s = { .meta = malloc(z->size) };

	memcpy(&s.b, &z->b, sizeof(s.b));
	memcpy(s.meta, z->meta, z->size);
	return s;
}

static bool snapshot_equal(const struct zone *z, struct snapshot *s)
{
	bool equal = !memcmp(&s->b, &z->b, sizeof(s->b)) &&
		     !memcmp(s->meta, z->meta, z->size);

	free(s->meta);
	return equal;
}

/* Whether a call is refused as expected, with every bit as it was. */
#define REFUSED(z, call, status) ({					\
	struct snapshot tap_s = snapshot_take(z);				\
	enum buddy_status tap_status = (call);				\
	bool tap_same = snapshot_equal(z, &tap_s);			\
									\
	if (tap_status != (status))					\
		tap_fail_eq(__FILE__, __LINE__, #call, #status,		\
			    tap_status, status);			\
	if (!tap_same)							\
		tap_fail(__FILE__, __LINE__, #call " changed something");	\
	tap_status == (status) && tap_same;				\
})

static u64 random_state;

static void random_seed(u64 seed)
{
	random_state = seed * 0x9e3779b97f4a7c15ull + 1;
}

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 16) % n;
}

/* The model */

static u8 *model_at(const struct zone *z, u32 frame)
{
	return &z->model[frame - z->first];
}

static bool model_all(const struct zone *z, u64 frame, u64 count, u8 value)
{
	if (frame < z->first || frame + count > z->end)
		return false;
	for (u64 i = 0; i < count; i++) {
		if (*model_at(z, frame + i) != value)
			return false;
	}
	return true;
}

static void model_set(struct zone *z, u32 frame, u32 count, u8 value)
{
	memset(model_at(z, frame), value, count);
}

static void model_use(struct zone *z, u32 frame, unsigned int order)
{
	model_set(z, frame, 1u << order, INTERIOR);
	*model_at(z, frame) = HEAD + order;
}

static void model_use_range(struct zone *z, u32 frame, u32 count)
{
	while (count) {
		unsigned int order = 0;

		while (order < BUDDY_MAX_ORDER && !(frame >> order & 1) &&
		       2u << order <= count)
			order++;
		model_use(z, frame, order);
		frame += 1u << order;
		count -= 1u << order;
	}
}

static enum buddy_status model_free_status(const struct zone *z, u32 frame,
					   unsigned int order)
{
	u8 value;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	if (frame < z->first || frame >= z->end)
		return BUDDY_FOREIGN;
	if (frame % (1u << order))
		return BUDDY_MISALIGNED;
	value = *model_at(z, frame);
	if (value == FREE)
		return BUDDY_NOT_ALLOCATED;
	if (value == INTERIOR)
		return BUDDY_INTERIOR;
	if (value == RESERVED)
		return BUDDY_RESERVED;
	return value == HEAD + order ? BUDDY_OK : BUDDY_WRONG_ORDER;
}

/* Whether so many frames are free at a multiple of @align in [lo, hi). */
static bool model_has_run(const struct zone *z, u32 count, u32 align, u32 lo,
			  u32 hi)
{
	u64 start;

	if (lo < z->first)
		lo = z->first;
	if (hi > z->end)
		hi = z->end;
	start = lo;
	for (u64 f = lo; f < hi; f++) {
		if (*model_at(z, f) != FREE)
			start = f + 1;
		else if ((start + align - 1) / align * align + count <= f + 1)
			return true;
	}
	return false;
}

static bool model_agrees_block(const struct zone *z, struct buddy_block block)
{
	u64 size = 1ull << block.order;
	u64 parent = block.frame / (2 * size) * (2 * size);

	if (block.frame % size)
		return false;
	switch (block.state) {
	case BUDDY_STATE_FREE:
		return model_all(z, block.frame, size, FREE) &&
		       (block.order == BUDDY_MAX_ORDER ||
			!model_all(z, parent, 2 * size, FREE));
	case BUDDY_STATE_RESERVED:
		return model_all(z, block.frame, size, RESERVED);
	case BUDDY_STATE_USED:
		return *model_at(z, block.frame) == HEAD + block.order &&
		       (size == 1 ||
			model_all(z, block.frame + 1, size - 1, INTERIOR));
	default:
		return false;
	}
}

/* The whole state, block by block and in numbers, and every invariant. */
static bool model_agrees(struct zone *z)
{
	struct buddy_stats stats, sum = { .frames = z->end - z->first };
	const char *violated = buddy_check(&z->b, NULL);
	u32 frame = z->first;
	int largest = -1;

	if (violated) {
		tap_fail(__FILE__, __LINE__, violated);
		return false;
	}
	while (frame < z->end) {
		struct buddy_block block = buddy_find(&z->b, frame);
		u32 size = 1u << block.order;

		if (block.frame != frame || !model_agrees_block(z, block)) {
			tap_fail_eq(__FILE__, __LINE__, "block", "model",
				    block.frame, frame);
			return false;
		}
		if (block.state == BUDDY_STATE_FREE) {
			sum.free += size;
			sum.nfree[block.order]++;
			if (block.order > largest)
				largest = block.order;
		} else if (block.state == BUDDY_STATE_USED) {
			sum.nused[block.order]++;
		} else {
			sum.reserved += size;
		}
		frame += size;
	}
	buddy_stats(&z->b, &stats);
	violated = buddy_check(&z->b, NULL);
	return !violated && !memcmp(&stats, &sum, sizeof(sum)) &&
	       largest == buddy_largest(&z->b) &&
	       buddy_free_frames(&z->b) == sum.free;
}

/*
 * Zones whose ends are at awkward places: inside a word, a region, a gigabyte;
 * one frame; exactly one unit of each level.
 */
#define SHAPES	14

static const struct buddy_run shapes[SHAPES] = {
	{ 0, 1 }, { 63, 1 }, { 63, 2 }, { 0, 64 }, { 3, 58 }, { 5, 1000 },
	{ 0, 4096 }, { 4089, 16 }, { 4000, 9000 }, { 1, 65536 },
	{ 262143, 2 }, { 200000, 70000 }, { 0, 262144 }, { 262000, 300000 },
};

/* Sizes and setting up */

/* Proves: BUD-001 */
HOST_TEST(buddy_meta_size_is_at_most_051_bytes_a_frame)
{
	static const u32 gib[] = { 1, 2, 16, 64, 65, 255, 4096 };

	for (int i = 0; i < 7; i++) {
		u64 frames = (u64)gib[i] << BUDDY_MAX_ORDER;

		EXPECT(buddy_meta_size(0, frames) * 100 <= frames * 51);
		EXPECT(buddy_meta_size(0, frames) % 8 == 0);
	}
	/* 4 MiB: a quarter of a page; up to a gigabyte of base costs nothing */
	EXPECT(buddy_meta_size(0, 1024) <= 1024);
	EXPECT(buddy_meta_size((1u << BUDDY_MAX_ORDER) - 1024,
			       1u << BUDDY_MAX_ORDER) <= 1024);
}

/* Proves: BUD-002 */
HOST_TEST(buddy_refuses_a_zone_that_is_empty_or_too_large)
{
	struct buddy b;

	EXPECT_EQ(buddy_meta_size(5, 5), 0);
	EXPECT_EQ(buddy_meta_size(6, 5), 0);
	EXPECT_EQ(buddy_meta_size(0, BUDDY_MAX_FRAMES + 1), 0);
	EXPECT_EQ(buddy_meta_size(1u << BUDDY_MAX_ORDER, 1u << 20), 0);
	EXPECT_EQ(buddy_init(&b, NULL, 5, 5), BUDDY_INVALID);
	EXPECT_EQ(buddy_init(&b, NULL, 0, BUDDY_MAX_FRAMES + 1), BUDDY_INVALID);
	EXPECT_EQ(buddy_init(&b, NULL, 1u << BUDDY_MAX_ORDER, 1u << 20),
		  BUDDY_INVALID);
	EXPECT(buddy_meta_size((1u << BUDDY_MAX_ORDER) - 1, BUDDY_MAX_FRAMES));
}

/* Proves: BUD-003 */
HOST_TEST(buddy_new_zone_is_all_free_whatever_the_metadata_held)
{
	for (unsigned int i = 0; i < SHAPES; i++) {
		struct zone z = zone_make(shapes[i].frame,
					  shapes[i].frame + shapes[i].count);

		EXPECT(model_agrees(&z));
		zone_drop(&z);
	}
}

/* Proves: BUD-004 */
HOST_TEST(buddy_init_of_255_gib_leaves_its_metadata_alone)
{
	struct zone z = zone_make(77, 77 + 255 * (1u << BUDDY_MAX_ORDER));
	const u8 unlike = 0xa5;		/* what init writes nowhere */
	size_t touched = 0;

	memset(z.meta, unlike, z.size);
	EXPECT_EQ(buddy_init(&z.b, z.meta, z.first, z.end), BUDDY_OK);
	for (size_t i = 0; i < z.size; i++)
		touched += z.meta[i] != unlike;
	EXPECT(touched < 100 * 1024);
	EXPECT_EQ(buddy_check(&z.b, NULL), 0);
	EXPECT_EQ(buddy_free_frames(&z.b), z.end - z.first);
	zone_drop(&z);
}

/* Allocating */

/* Proves: BUD-005 BUD-006 */
HOST_TEST(buddy_alloc_of_every_order_is_aligned_and_merges_back)
{
	struct zone z = zone_make(262000, 262000 + 600000);

	for (unsigned int order = 0; order <= BUDDY_MAX_ORDER; order++) {
		u32 frame;

		EXPECT_EQ(buddy_alloc(&z.b, order, &frame), BUDDY_OK);
		EXPECT_EQ(frame % (1u << order), 0);
		EXPECT(model_all(&z, frame, 1u << order, FREE));
		model_use(&z, frame, order);
		EXPECT(model_agrees(&z));
		EXPECT_EQ(buddy_free(&z.b, frame, order), BUDDY_OK);
		model_set(&z, frame, 1u << order, FREE);
		EXPECT(model_agrees(&z));
	}
	zone_drop(&z);
}

/* Proves: BUD-007 */
HOST_TEST(buddy_alloc_takes_the_lowest_block_and_splits_large_ones_last)
{
	struct zone z = zone_make(0, 1024);
	u32 frame;

	/* free blocks: 16 (o2), 40 (o3), 48 (o2), 64 and up (o6, o7, ...) */
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 16, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 20, 20, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 52, 12, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc(&z.b, 2, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 16);
	EXPECT_EQ(buddy_alloc(&z.b, 1, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 40);
	EXPECT_EQ(buddy_alloc(&z.b, 2, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 44);
	EXPECT_EQ(buddy_alloc(&z.b, 3, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 64);
	EXPECT_EQ(buddy_alloc(&z.b, 2, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 48);
	EXPECT_EQ(buddy_alloc(&z.b, 7, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 128);
	EXPECT_EQ(buddy_alloc(&z.b, 1, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 42);
	/* whole words: the lowest again, in the word of blocks so large */
	EXPECT_EQ(buddy_alloc(&z.b, 6, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 256);
	zone_drop(&z);
}

/* Proves: BUD-040 */
HOST_TEST(buddy_alloc_takes_the_word_that_offers_least_in_the_lowest_region)
{
	struct zone z = zone_make(0, 3 * 4096);
	u32 frame;

	/* words with one free block: of order 4, 1, 3; the next region: 0 */
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 2 * 4096, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 0, 13), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 16, 64 + 50, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 132, 128 - 4, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 264, 8192 - 264 - 1, NULL), BUDDY_OK);

	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 130);
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 131);
	EXPECT_EQ(buddy_alloc(&z.b, 1, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 256);
	/* what is left there is of order 2 */
	EXPECT_EQ(buddy_alloc(&z.b, 3, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 0);
	EXPECT_EQ(buddy_alloc(&z.b, 2, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 260);
	/* a larger block below, though one that fits is above */
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 258);
	zone_drop(&z);
}

/* Proves: BUD-041 */
HOST_TEST(buddy_alloc_of_large_blocks_takes_the_smallest_that_holds_them)
{
	struct zone z = zone_make(0, 8 * 4096);
	u32 frame;

	/* regions with free blocks of orders 9 and 7; 8; 11; whole ones above */
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 3 * 4096, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 0, 13), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 8192, 12), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 512, 1024, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 1664, 4096 - 1664 + 256, NULL),
		  BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 4608, 8192 - 4608 + 2048, NULL),
		  BUDDY_OK);

	/* just of that order, then out of the region whose largest is smallest */
	EXPECT_EQ(buddy_alloc(&z.b, 7, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 1536);
	EXPECT_EQ(buddy_alloc(&z.b, 7, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 4352);
	EXPECT_EQ(buddy_alloc(&z.b, 8, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 0);
	EXPECT_EQ(buddy_alloc(&z.b, 7, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 4480);
	EXPECT_EQ(buddy_alloc(&z.b, 6, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 256);
	EXPECT_EQ(buddy_alloc(&z.b, 9, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 10240);
	EXPECT_EQ(buddy_alloc(&z.b, 12, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 3 * 4096);
	EXPECT(!buddy_check(&z.b, NULL));
	zone_drop(&z);
}

/* All of 2 MiB but the first 256 KiB, and a frame of each of the next @pieces. */
static void break_2m(struct zone *z, u32 base, u32 pieces)
{
	for (u32 unit = 1; unit < 8; unit++)
		EXPECT_EQ(buddy_alloc_at(&z->b, base + unit * 64,
					 unit <= pieces ? 63 : 64, NULL),
			  BUDDY_OK);
}

/* Proves: BUD-070 */
HOST_TEST(buddy_alloc_of_large_blocks_prefers_the_2_mib_that_is_most_in_pieces)
{
	static const u8 pieces[] = { 1, 4, 2, 4, 0, 0, 0, 3 };
	static const u32 expected[] = { 1, 3, 7, 2, 0, 4, 5, 6 };
	struct zone z = zone_make(0, 2 * 4096);
	u32 frame;

	for (u32 i = 0; i < 8; i++)
		break_2m(&z, i * 512, pieces[i]);
	for (u32 i = 0; i < 8; i++) {
		EXPECT_EQ(buddy_alloc(&z.b, 6, &frame), BUDDY_OK);
		EXPECT_EQ(frame, expected[i] * 512);
	}
	EXPECT(!buddy_check(&z.b, NULL));
	zone_drop(&z);
}

/* Proves: BUD-008 */
HOST_TEST(buddy_order_0_uses_up_one_word_before_it_opens_another)
{
	struct zone z = zone_make(0, 4096);
	u32 frame;

	for (u32 i = 0; i < 64; i++) {
		EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
		EXPECT_EQ(frame, i);
	}
	EXPECT_EQ(buddy_free(&z.b, 7, 0), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 40, 0), BUDDY_OK);
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 7);
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 40);
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 64);
	zone_drop(&z);
}

/* Proves: BUD-009 BUD-010 */
HOST_TEST(buddy_every_frame_can_be_had_and_then_no_more)
{
	for (unsigned int i = 0; i < SHAPES; i++) {
		struct zone z = zone_make(shapes[i].frame,
					  shapes[i].frame + shapes[i].count);
		u32 frame;

		for (u32 n = 0; n < shapes[i].count; n++) {
			EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
			EXPECT_EQ(*model_at(&z, frame), FREE);
			model_use(&z, frame, 0);
		}
		EXPECT_EQ(buddy_free_frames(&z.b), 0);
		EXPECT_EQ(buddy_largest(&z.b), -1);
		for (unsigned int order = 0; order < BUDDY_ORDERS; order++)
			EXPECT(REFUSED(&z, buddy_alloc(&z.b, order, &frame),
				       BUDDY_NO_SPACE));
		EXPECT(model_agrees(&z));
		for (u32 f = z.first; f < z.end; f++)
			EXPECT_EQ(buddy_free(&z.b, f, 0), BUDDY_OK);
		memset(z.model, FREE, shapes[i].count);
		EXPECT(model_agrees(&z));
		zone_drop(&z);
	}
}

/* Proves: BUD-011 */
HOST_TEST(buddy_open_word_is_folded_when_a_request_needs_it)
{
	struct zone z = zone_make(0, 64);
	u32 frame;

	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(buddy_alloc(&z.b, 5, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 32);
	EXPECT_EQ(buddy_free(&z.b, 32, 5), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 0, 0), BUDDY_OK);
	EXPECT_EQ(buddy_alloc(&z.b, 6, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 0);
	EXPECT_EQ(buddy_check(&z.b, NULL), 0);
	zone_drop(&z);
}

/* Proves: BUD-012 */
HOST_TEST(buddy_refuses_orders_and_ranges_that_make_no_sense)
{
	struct zone z = zone_make(0, 1000);
	struct buddy_run run = { 0, 0 };
	u32 n = 1;
	u32 frame;

	EXPECT(REFUSED(&z, buddy_alloc(&z.b, 19, &frame), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_alloc(&z.b, 40, &frame), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 0, 19), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 0, 64), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_alloc_run(&z.b, 0, 0, 0, ~0u, &frame),
		       BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_alloc_run(&z.b, 1, 19, 0, ~0u, &frame),
		       BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_alloc_run(&z.b, 1, 0, 8, 8, &frame),
		       BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_alloc_at(&z.b, 0, 0, NULL), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_reserve(&z.b, 0, 0, NULL), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_release(&z.b, 0, 0, NULL), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_alloc_bulk(&z.b, 0, &run, &n), BUDDY_INVALID));
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 1, &run, NULL),
		       BUDDY_INVALID));
	zone_drop(&z);
}

/* Freeing */

/* Proves: BUD-013 BUD-014 BUD-015 BUD-016 BUD-017 BUD-018 */
HOST_TEST(buddy_free_tells_each_kind_of_wrong_apart_and_changes_nothing)
{
	struct zone z = zone_make(100, 20000);

	EXPECT_EQ(buddy_alloc_at(&z.b, 128, 8, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 4096, 4096, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 512, 512, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_reserve(&z.b, 300, 3, NULL), BUDDY_OK);

	EXPECT(REFUSED(&z, buddy_free(&z.b, 99, 0), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 20000, 0), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_free(&z.b, ~0u, 0), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 130, 2), BUDDY_MISALIGNED));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 4097, 12), BUDDY_MISALIGNED));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 101, 0), BUDDY_NOT_ALLOCATED));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 16384, 11), BUDDY_NOT_ALLOCATED));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 128, 0), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 128, 4), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 128, 7), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 512, 3), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 512, 8), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 4096, 0), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 130, 1), BUDDY_INTERIOR));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 576, 6), BUDDY_INTERIOR));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 4097, 0), BUDDY_INTERIOR));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 301, 0), BUDDY_RESERVED));

	EXPECT_EQ(buddy_free(&z.b, 128, 3), BUDDY_OK);
	EXPECT(REFUSED(&z, buddy_free(&z.b, 128, 3), BUDDY_NOT_ALLOCATED));
	EXPECT_EQ(buddy_free(&z.b, 4096, 12), BUDDY_OK);
	EXPECT(REFUSED(&z, buddy_free(&z.b, 4096, 12), BUDDY_NOT_ALLOCATED));
	zone_drop(&z);
}

/* Proves: BUD-015 BUD-016 */
HOST_TEST(buddy_free_into_the_open_word_is_validated_too)
{
	struct zone z = zone_make(2, 1000);
	u32 frame;

	EXPECT_EQ(buddy_alloc_at(&z.b, 8, 4, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 2);
	EXPECT(REFUSED(&z, buddy_free(&z.b, 0, 0), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 1, 0), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 3, 0), BUDDY_NOT_ALLOCATED));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 8, 0), BUDDY_WRONG_ORDER));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 9, 0), BUDDY_INTERIOR));
	EXPECT_EQ(buddy_free(&z.b, 8, 2), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 2, 0), BUDDY_OK);
	EXPECT(REFUSED(&z, buddy_free(&z.b, 2, 0), BUDDY_NOT_ALLOCATED));
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-013 */
HOST_TEST(buddy_free_of_an_order_larger_than_the_zone_is_refused)
{
	struct zone z = zone_make(0, 10);

	EXPECT(REFUSED(&z, buddy_free(&z.b, 0, 18), BUDDY_NOT_ALLOCATED));
	EXPECT(REFUSED(&z, buddy_free(&z.b, 0, 12), BUDDY_NOT_ALLOCATED));
	zone_drop(&z);
}

/* Proves: BUD-019 */
HOST_TEST(buddy_free_any_knows_the_order)
{
	struct zone z = zone_make(0, 1u << 19);
	unsigned int order = 99;
	u32 frame;

	for (unsigned int k = 0; k <= BUDDY_MAX_ORDER; k++) {
		EXPECT_EQ(buddy_alloc(&z.b, k, &frame), BUDDY_OK);
		if (k) {
			EXPECT(REFUSED(&z, buddy_free_any(&z.b, frame + 1,
							  &order),
				       BUDDY_INTERIOR));
		}
		EXPECT_EQ(buddy_free_any(&z.b, frame, &order), BUDDY_OK);
		EXPECT_EQ(order, k);
		EXPECT(REFUSED(&z, buddy_free_any(&z.b, frame, NULL),
			       BUDDY_NOT_ALLOCATED));
	}
	EXPECT_EQ(buddy_reserve(&z.b, 9, 1, NULL), BUDDY_OK);
	EXPECT(REFUSED(&z, buddy_free_any(&z.b, 9, NULL), BUDDY_RESERVED));
	EXPECT(REFUSED(&z, buddy_free_any(&z.b, 1u << 19, NULL),
		       BUDDY_FOREIGN));
	zone_drop(&z);
}

/* Runs and ranges */

/* Proves: BUD-020 BUD-021 */
HOST_TEST(buddy_run_is_exact_and_its_tail_is_free_at_once)
{
	struct zone z = zone_make(0, 4096);
	u32 frame;

	EXPECT_EQ(buddy_alloc_run(&z.b, 13, 0, 0, ~0u, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 0);
	EXPECT_EQ(buddy_free_frames(&z.b), 4096 - 13);
	model_use(&z, 0, 3);
	model_use(&z, 8, 2);
	model_use(&z, 12, 0);
	EXPECT(model_agrees(&z));
	EXPECT_EQ(buddy_alloc_run(&z.b, 64, 6, 0, ~0u, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 64);
	model_use(&z, 64, 6);
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-022 */
HOST_TEST(buddy_run_stays_between_its_bounds)
{
	struct zone z = zone_make(0, 1u << 14);
	u32 frame;

	EXPECT_EQ(buddy_alloc_run(&z.b, 7, 0, 1001, 1008, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 1001);
	EXPECT_EQ(buddy_alloc_run(&z.b, 7, 0, 1001, 1008, &frame),
		  BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, 5, 3, 5001, 5014, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 5008);
	EXPECT_EQ(buddy_alloc_run(&z.b, 1, 0, 16000, ~0u, &frame), BUDDY_OK);
	EXPECT(frame >= 16000);
	EXPECT_EQ(buddy_alloc_run(&z.b, 1, 0, 1u << 14, ~0u, &frame),
		  BUDDY_NO_SPACE);
	/* beyond the zone, where rounding up to the alignment would wrap */
	EXPECT_EQ(buddy_alloc_run(&z.b, 1, 4, ~0u - 10, ~0u, &frame),
		  BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, 11001, 0, 0, ~0u, &frame),
		  BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, ~0u, 0, 0, ~0u, &frame),
		  BUDDY_NO_SPACE);
	zone_drop(&z);
}

/* Proves: BUD-060 */
HOST_TEST(buddy_run_is_made_of_blocks_that_touch_where_no_block_holds_it)
{
	struct zone z = zone_make(0, 64);
	u32 frame;

	/* free: 8 to 24, of two blocks, and 40 to 64, of two others */
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 8, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 24, 16, NULL), BUDDY_OK);
	model_use(&z, 0, 3);
	model_use(&z, 24, 3);
	model_use(&z, 32, 3);
	EXPECT_EQ(buddy_largest_run(&z.b), 16);
	EXPECT_EQ(buddy_alloc_run(&z.b, 17, 5, 0, ~0u, &frame), BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, 25, 3, 0, ~0u, &frame), BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, 23, 3, 0, 62, &frame), BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, 17, 0, 0, ~0u, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 40);
	model_use(&z, 40, 3);
	model_use(&z, 48, 3);
	model_use(&z, 56, 0);
	EXPECT(model_agrees(&z));
	/* aligned to 8, across the border of two blocks of 8 */
	EXPECT_EQ(buddy_alloc_run(&z.b, 12, 3, 5, 23, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 8);
	model_use(&z, 8, 3);
	model_use(&z, 16, 2);
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-061 */
HOST_TEST(buddy_largest_run_is_the_largest_that_its_alignment_allows)
{
	struct zone z = zone_make(0, 64);

	EXPECT_EQ(buddy_largest_run(&z.b), 64);
	/* 33 to 64: 31 frames would have to be at a multiple of 32 */
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 33, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_largest_run(&z.b), 16);
	EXPECT_EQ(buddy_alloc_at(&z.b, 33, 31, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_largest_run(&z.b), 0);
	zone_drop(&z);
	/* beyond the largest block there is no more to be aligned to */
	z = zone_make(0, (5u << BUDDY_MAX_ORDER) / 2);
	EXPECT_EQ(buddy_largest_run(&z.b), (5u << BUDDY_MAX_ORDER) / 2);
	zone_drop(&z);
}

/* Proves: BUD-023 */
HOST_TEST(buddy_run_finds_an_aligned_start_in_a_small_block)
{
	struct zone z = zone_make(0, 8192);
	u32 frame;

	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 8192, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_free(&z.b, 0, 13), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 1024, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 1025, 8192 - 1025, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_run(&z.b, 1, 11, 0, ~0u, &frame), BUDDY_NO_SPACE);
	EXPECT_EQ(buddy_alloc_run(&z.b, 1, 10, 0, ~0u, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 1024);
	zone_drop(&z);
}

/* Proves: BUD-024 BUD-025 */
HOST_TEST(buddy_alloc_at_takes_exactly_what_is_free_or_names_the_conflict)
{
	struct zone z = zone_make(50, 9000);
	u32 bad = 0;

	EXPECT_EQ(buddy_alloc_at(&z.b, 60, 4500, &bad), BUDDY_OK);
	model_use_range(&z, 60, 4500);
	EXPECT(model_agrees(&z));
	EXPECT_EQ(buddy_reserve(&z.b, 5000, 1, NULL), BUDDY_OK);
	model_set(&z, 5000, 1, RESERVED);

	EXPECT(REFUSED(&z, buddy_alloc_at(&z.b, 55, 10, &bad), BUDDY_IN_USE));
	EXPECT_EQ(bad, 60);
	EXPECT(REFUSED(&z, buddy_alloc_at(&z.b, 4990, 50, &bad),
		       BUDDY_RESERVED));
	EXPECT_EQ(bad, 5000);
	EXPECT(REFUSED(&z, buddy_alloc_at(&z.b, 40, 20, &bad), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_alloc_at(&z.b, 8999, 2, &bad), BUDDY_FOREIGN));
	EXPECT(REFUSED(&z, buddy_alloc_at(&z.b, 8999, ~0u, NULL),
		       BUDDY_FOREIGN));
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-026 BUD-027 */
HOST_TEST(buddy_reserved_frames_are_never_given_out_until_released)
{
	struct zone z = zone_make(10, 700);
	u32 bad = 0;
	u32 frame;

	EXPECT_EQ(buddy_reserve(&z.b, 30, 600, &bad), BUDDY_OK);
	model_set(&z, 30, 600, RESERVED);
	EXPECT(model_agrees(&z));
	for (u32 n = buddy_free_frames(&z.b); n; n--) {
		EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
		EXPECT(frame < 30 || frame >= 630);
		model_use(&z, frame, 0);
	}
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_NO_SPACE);
	EXPECT(REFUSED(&z, buddy_reserve(&z.b, 629, 2, &bad), BUDDY_IN_USE));
	EXPECT_EQ(bad, 629);
	EXPECT(REFUSED(&z, buddy_release(&z.b, 620, 11, &bad),
		       BUDDY_NOT_ALLOCATED));
	EXPECT_EQ(bad, 630);
	EXPECT(REFUSED(&z, buddy_release(&z.b, 690, 11, &bad), BUDDY_FOREIGN));
	EXPECT_EQ(buddy_release(&z.b, 64, 300, &bad), BUDDY_OK);
	model_set(&z, 64, 300, FREE);
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Bulk */

/* Proves: BUD-028 BUD-029 */
HOST_TEST(buddy_bulk_serves_long_runs_of_separate_frames)
{
	struct zone z = zone_make(0, 8192);
	struct buddy_run runs[8];
	u32 n = 1;	/* words that follow on each other make one run */

	EXPECT_EQ(buddy_alloc_bulk(&z.b, 3000, runs, &n), BUDDY_OK);
	EXPECT_EQ(n, 1);
	EXPECT_EQ(runs[0].frame, 0);
	EXPECT_EQ(runs[0].count, 3000);
	for (u32 f = 0; f < 3000; f++)
		model_use(&z, f, 0);
	EXPECT(model_agrees(&z));
	EXPECT_EQ(buddy_free(&z.b, 1234, 0), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 1234, 1, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_free_bulk(&z.b, n, runs, NULL), BUDDY_OK);
	memset(z.model, FREE, 8192);
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-028 BUD-029 */
HOST_TEST(buddy_bulk_of_whole_regions_merges_back)
{
	struct zone z = zone_make(0, 1u << 15);
	struct buddy_run runs[8];
	u32 n = 8;

	EXPECT_EQ(buddy_alloc_bulk(&z.b, 9000, runs, &n), BUDDY_OK);
	EXPECT_EQ(n, 1);
	model_set(&z, 0, 9000, HEAD);
	EXPECT(model_agrees(&z));
	runs[0].count = 5000;
	EXPECT_EQ(buddy_free_bulk(&z.b, 1, runs, NULL), BUDDY_OK);
	model_set(&z, 0, 5000, FREE);
	EXPECT(model_agrees(&z));
	runs[0].frame = 5000;
	runs[0].count = 4000;
	EXPECT_EQ(buddy_free_bulk(&z.b, 1, runs, NULL), BUDDY_OK);
	model_set(&z, 5000, 4000, FREE);
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-029 */
HOST_TEST(buddy_bulk_free_of_the_open_word_closes_it)
{
	struct zone z = zone_make(0, 4096);
	struct buddy_run run = { 0, 64 };
	u32 frame;

	for (u32 i = 0; i < 64; i++)
		EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_OK);
	EXPECT_EQ(buddy_free_bulk(&z.b, 1, &run, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_check(&z.b, NULL), 0);
	EXPECT_EQ(buddy_alloc(&z.b, 12, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 0);
	EXPECT(REFUSED(&z, buddy_free(&z.b, 0, 0), BUDDY_WRONG_ORDER));
	EXPECT_EQ(buddy_alloc(&z.b, 0, &frame), BUDDY_NO_SPACE);
	zone_drop(&z);
}

/* Every second frame used: no two free frames in a row. */
static void zone_comb(struct zone *z)
{
	for (u32 f = z->first; f < z->end; f += 2) {
		buddy_alloc_at(&z->b, f, 1, NULL);
		model_use(z, f, 0);
	}
}

/* Proves: BUD-030 */
HOST_TEST(buddy_bulk_without_room_or_frames_takes_nothing)
{
	struct zone z = zone_make(0, 600);
	struct buddy_run runs[300];
	u32 n = 299;

	zone_comb(&z);
	EXPECT_EQ(buddy_alloc_bulk(&z.b, 300, runs, &n), BUDDY_NO_SPACE);
	EXPECT(model_agrees(&z));
	n = 300;
	EXPECT_EQ(buddy_alloc_bulk(&z.b, 301, runs, &n), BUDDY_NO_SPACE);
	EXPECT(model_agrees(&z));
	EXPECT_EQ(buddy_alloc_bulk(&z.b, 300, runs, &n), BUDDY_OK);
	EXPECT_EQ(n, 300);
	EXPECT_EQ(buddy_free_frames(&z.b), 0);
	n = 0;
	EXPECT_EQ(buddy_free_bulk(&z.b, 300, runs, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_bulk(&z.b, 1, runs, &n), BUDDY_NO_SPACE);
	EXPECT(model_agrees(&z));
	zone_drop(&z);
}

/* Proves: BUD-031 */
HOST_TEST(buddy_bulk_free_is_all_or_nothing)
{
	struct zone z = zone_make(70, 9000);
	struct buddy_run runs[2] = { { 100, 400 }, { 600, 64 } };
	u32 bad = 0;

	for (u32 f = 100; f < 500; f++)
		EXPECT_EQ(buddy_alloc_at(&z.b, f, 1, NULL), BUDDY_OK);
	for (u32 f = 600; f < 664; f++)
		EXPECT_EQ(buddy_alloc_at(&z.b, f, 1, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 704, 4, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_reserve(&z.b, 710, 1, NULL), BUDDY_OK);

	runs[1].count = 65;
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_NOT_ALLOCATED));
	EXPECT_EQ(bad, 664);
	runs[1] = (struct buddy_run){ 704, 1 };
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_WRONG_ORDER));
	runs[1] = (struct buddy_run){ 705, 1 };
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_INTERIOR));
	runs[1] = (struct buddy_run){ 710, 1 };
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_RESERVED));
	runs[1] = (struct buddy_run){ 5000, 1 };
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_NOT_ALLOCATED));
	runs[1] = (struct buddy_run){ 499, 2 };
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_NOT_ALLOCATED));
	EXPECT_EQ(bad, 499);
	runs[1] = (struct buddy_run){ 60, 20 };
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_FOREIGN));
	EXPECT_EQ(bad, 60);
	runs[1] = (struct buddy_run){ 600, 1 };
	EXPECT_EQ(buddy_free_bulk(&z.b, 2, runs, NULL), BUDDY_OK);
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 2, runs, &bad),
		       BUDDY_NOT_ALLOCATED));
	EXPECT_EQ(bad, 100);
	zone_drop(&z);
}

/* Proves: BUD-031 */
HOST_TEST(buddy_bulk_free_that_runs_off_the_zone_is_foreign)
{
	struct zone z = zone_make(0, 100);
	struct buddy_run run = { 90, 20 };
	u32 bad = 0;

	for (u32 f = 90; f < 100; f++)
		EXPECT_EQ(buddy_alloc_at(&z.b, f, 1, NULL), BUDDY_OK);
	EXPECT(REFUSED(&z, buddy_free_bulk(&z.b, 1, &run, &bad),
		       BUDDY_FOREIGN));
	EXPECT_EQ(bad, 100);
	zone_drop(&z);
}

/* Looking */

/* Proves: BUD-032 */
HOST_TEST(buddy_next_tile_is_the_largest_aligned_block)
{
	EXPECT_EQ(buddy_next_tile(0, 1), 0);
	EXPECT_EQ(buddy_next_tile(0, 13), 3);
	EXPECT_EQ(buddy_next_tile(8, 5), 2);
	EXPECT_EQ(buddy_next_tile(12, 100), 2);
	EXPECT_EQ(buddy_next_tile(1, 100), 0);
	EXPECT_EQ(buddy_next_tile(0, 1u << 20), 18);
	EXPECT_EQ(buddy_next_tile(1u << 20, ~0u), 18);
}

/* Proves: BUD-033 */
HOST_TEST(buddy_find_says_outside_beyond_the_zone)
{
	struct zone z = zone_make(10, 20);

	EXPECT_EQ(buddy_find(&z.b, 9).state, BUDDY_STATE_OUTSIDE);
	EXPECT_EQ(buddy_find(&z.b, 20).state, BUDDY_STATE_OUTSIDE);
	EXPECT_EQ(buddy_find(&z.b, ~0u).state, BUDDY_STATE_OUTSIDE);
	EXPECT_EQ(buddy_find(&z.b, 13).state, BUDDY_STATE_FREE);
	EXPECT_EQ(buddy_find(&z.b, 13).frame, 12);
	EXPECT_EQ(buddy_find(&z.b, 13).order, 2);
	zone_drop(&z);
}

/* Word n of level 0 or 1: free, used. */
static u64 *word_of(const struct zone *z, unsigned int level, u32 n)
{
	return (u64 *)(z->b.word[level] + n * 16);
}

/* The bins of a region; bin k holds the words whose largest block is k - 1. */
static u64 *bins_of(const struct zone *z, u32 region)
{
	return ((struct buddy_bins *)z->b.bins)[region].bin;
}

static u8 *byte_of(uintptr_t bytes, u32 n)
{
	return (u8 *)(bytes + n);
}

/* Proves: BUD-076 */
HOST_TEST(buddy_fragmentation_is_the_share_of_small_free_blocks)
{
	struct zone z = zone_make(0, 2048);
	struct buddy_stats stats;

	buddy_stats(&z.b, &stats);
	EXPECT_EQ(buddy_fragmentation(&stats, 9), 0);
	EXPECT_EQ(buddy_fragmentation(&stats, 99), 100);
	/* free then: 256 and 128, of 512 and 1024 frames none, 512 */
	EXPECT_EQ(buddy_alloc_at(&z.b, 256, 128, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 512, 1024, NULL), BUDDY_OK);
	buddy_stats(&z.b, &stats);
	EXPECT_EQ(stats.free, 896);
	EXPECT_EQ(buddy_fragmentation(&stats, 7), 0);
	EXPECT_EQ(buddy_fragmentation(&stats, 8), 128 * 100 / 896);
	EXPECT_EQ(buddy_fragmentation(&stats, 9), 384 * 100 / 896);
	EXPECT_EQ(buddy_fragmentation(&stats, 10), 100);
	/* nothing free is not in pieces */
	EXPECT_EQ(buddy_alloc_at(&z.b, 0, 256, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 384, 128, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, 1536, 512, NULL), BUDDY_OK);
	buddy_stats(&z.b, &stats);
	EXPECT_EQ(buddy_fragmentation(&stats, 9), 0);
	zone_drop(&z);
}

/* Proves: BUD-034 */
HOST_TEST(buddy_check_names_the_invariant_and_the_place)
{
	struct zone z = zone_make(0, 8192);
	u32 where = 0;
	u8 kinds;

	EXPECT_EQ(buddy_alloc_at(&z.b, 4100, 4, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_check(&z.b, &where), 0);

	z.b.free_frames++;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "count"));
	z.b.free_frames--;
	z.b.orders ^= 1u << 3;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "index"));
	z.b.orders ^= 1u << 3;
	/* the word of frame 4096 is number 64 of level 0 */
	word_of(&z, 0, 64)[1] ^= 1u << 4;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "partition"));
	EXPECT_EQ(where, 4100);
	word_of(&z, 0, 64)[1] ^= 1u << 4;
	word_of(&z, 0, 65)[0] ^= 1u << 4;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "fresh"));
	word_of(&z, 0, 65)[0] ^= 1u << 4;
	/* its largest free block is of order 5 */
	bins_of(&z, 1)[6] ^= 1;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "index"));
	EXPECT_EQ(where, 4096);
	bins_of(&z, 1)[6] ^= 1;
	*byte_of(z.b.kinds, 1) ^= 1u << 3;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "index"));
	*byte_of(z.b.kinds, 1) ^= 1u << 3;
	/* as if nothing had ever been taken from that region */
	kinds = *byte_of(z.b.kinds, 1);
	*byte_of(z.b.kinds, 1) = 0;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "fresh"));
	*byte_of(z.b.kinds, 1) = kinds;
	*byte_of(z.b.offers, 64) = 5;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "index"));
	EXPECT_EQ(where, 4096);
	*byte_of(z.b.offers, 64) = 6;
	*byte_of(z.b.peaks, 0) = 5;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "index"));
	*byte_of(z.b.peaks, 0) = 6;
	EXPECT_EQ(buddy_check(&z.b, &where), 0);
	zone_drop(&z);

	/* the open word offers nothing, whatever it has */
	z = zone_make(0, 128);
	EXPECT_EQ(buddy_alloc(&z.b, 0, &where), BUDDY_OK);
	EXPECT_EQ(buddy_check(&z.b, &where), 0);
	z.b.open_first += 64;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "open"));
	z.b.open_first -= 64;
	z.b.open = (struct buddy_word *)word_of(&z, 1, 0);
	EXPECT(!strcmp(buddy_check(&z.b, &where), "open"));
	z.b.open = (struct buddy_word *)word_of(&z, 0, 0);
	*byte_of(z.b.offers, 0) = 6;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "index"));
	*byte_of(z.b.offers, 0) = 0;
	EXPECT_EQ(buddy_check(&z.b, &where), 0);
	/* a word that is nowhere */
	EXPECT_EQ(buddy_find(&z.b, 0).state, BUDDY_STATE_USED);
	EXPECT_EQ(z.b.open, NULL);
	z.b.open = (struct buddy_word *)(z.meta + z.size);
	EXPECT(!strcmp(buddy_check(&z.b, &where), "open"));
	zone_drop(&z);

	/* one of a region that nothing has been taken from */
	z = zone_make(0, 2 << 12);
	z.b.open = (struct buddy_word *)word_of(&z, 0, 64);
	z.b.open_first = 4096;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "open"));
	zone_drop(&z);

	z = zone_make(8, 64);
	word_of(&z, 0, 0)[0] |= 1;
	EXPECT(!strcmp(buddy_check(&z.b, &where), "range"));
	word_of(&z, 0, 0)[0] &= ~1ull;
	zone_drop(&z);

	z = zone_make(0, 128);
	word_of(&z, 1, 0)[1] |= 1;	/* split, with a word of free frames below */
	EXPECT(!strcmp(buddy_check(&z.b, &where), "canonical"));
	zone_drop(&z);
}

/* Random operations */

static void random_alloc(struct zone *z)
{
	unsigned int order = random_below(4) ? random_below(4) :
					       random_below(BUDDY_ORDERS + 1);
	u32 frame = 0;
	enum buddy_status status = buddy_alloc(&z->b, order, &frame);

	if (order > BUDDY_MAX_ORDER) {
		EXPECT_EQ(status, BUDDY_INVALID);
		return;
	}
	if (status) {
		EXPECT_EQ(status, BUDDY_NO_SPACE);
		EXPECT(!model_has_run(z, 1u << order, 1u << order, 0, ~0u));
		return;
	}
	EXPECT_EQ(frame % (1u << order), 0);
	EXPECT(model_all(z, frame, 1u << order, FREE));
	model_use(z, frame, order);
}

static u32 random_frame(const struct zone *z)
{
	if (!random_below(50))
		return z->first + (z->end - z->first) + random_below(70) - 35;
	return z->first + random_below(z->end - z->first);
}

/* A frame that is often the start of something allocated. */
static u32 random_head(const struct zone *z)
{
	u32 frame = random_frame(z);

	for (int i = 0; i < 40; i++) {
		if (frame >= z->first && frame < z->end &&
		    *model_at(z, frame) >= HEAD)
			break;
		frame++;
	}
	return frame;
}

static void random_free(struct zone *z)
{
	u32 frame = random_head(z);
	unsigned int order = random_below(BUDDY_ORDERS + 1);
	enum buddy_status expected;

	if (frame >= z->first && frame < z->end && random_below(20) &&
	    *model_at(z, frame) >= HEAD)
		order = *model_at(z, frame) - HEAD;
	expected = model_free_status(z, frame, order);
	if (expected && z->size < 8192) {
		EXPECT(REFUSED(z, buddy_free(&z->b, frame, order), expected));
		return;
	}
	EXPECT_EQ(buddy_free(&z->b, frame, order), expected);
	if (!expected)
		model_set(z, frame, 1u << order, FREE);
}

static void random_free_any(struct zone *z)
{
	u32 frame = random_head(z);
	enum buddy_status expected = model_free_status(z, frame, 0);
	unsigned int order = 0;
	enum buddy_status status = buddy_free_any(&z->b, frame, &order);

	if (expected == BUDDY_WRONG_ORDER)
		expected = BUDDY_OK;
	EXPECT_EQ(status, expected);
	if (status)
		return;
	EXPECT_EQ(*model_at(z, frame), HEAD + order);
	model_set(z, frame, 1u << order, FREE);
}

static void random_run(struct zone *z)
{
	u32 span = z->end - z->first;
	u32 count = 1 + random_below(random_below(4) ? 20 : span);
	unsigned int align = random_below(8);
	u32 lo = random_below(2) ? 0 : random_frame(z);
	u32 hi = random_below(2) ? ~0u : random_frame(z);
	u32 frame = 0;
	enum buddy_status status =
		buddy_alloc_run(&z->b, count, align, lo, hi, &frame);

	if (status) {
		EXPECT_EQ(status, lo < hi ? BUDDY_NO_SPACE : BUDDY_INVALID);
		EXPECT(!model_has_run(z, count, 1u << align, lo, hi));
		return;
	}
	EXPECT(frame >= lo && frame + count <= hi);
	EXPECT_EQ(frame % (1u << align), 0);
	EXPECT(model_all(z, frame, count, FREE));
	model_use_range(z, frame, count);
}

/* The first frame of a range in another state, or its end. */
static u32 model_first_not(const struct zone *z, u32 frame, u32 count, u8 value)
{
	u32 end = frame + count;

	while (frame < end && *model_at(z, frame) == value)
		frame++;
	return frame;
}

static void random_range(struct zone *z)
{
	u32 frame = random_frame(z);
	u32 count = 1 + random_below(random_below(8) ? 9 : 200);
	bool inside = frame >= z->first && frame < z->end &&
		      count <= z->end - frame;
	unsigned int what = random_below(3);
	u8 wanted = what == 2 ? RESERVED : FREE;
	u32 bad = 0, first_bad = 0;
	enum buddy_status status;

	if (what == 0)
		status = buddy_alloc_at(&z->b, frame, count, &bad);
	else if (what == 1)
		status = buddy_reserve(&z->b, frame, count, &bad);
	else
		status = buddy_release(&z->b, frame, count, &bad);
	if (!inside) {
		EXPECT_EQ(status, BUDDY_FOREIGN);
		return;
	}
	first_bad = model_first_not(z, frame, count, wanted);
	EXPECT_EQ(!status, first_bad == frame + count);
	if (status) {
		EXPECT_EQ(bad, first_bad);
		return;
	}
	if (what == 0)
		model_use_range(z, frame, count);
	else
		model_set(z, frame, count, what == 1 ? RESERVED : FREE);
}

static void random_bulk_alloc(struct zone *z)
{
	static struct buddy_run runs[4096];
	u32 count = 1 + random_below(random_below(4) ? 40 : 400);
	u32 n = random_below(4) ? count : random_below(10);
	u32 room = n;
	u32 taken = 0;
	enum buddy_status status = buddy_alloc_bulk(&z->b, count, runs, &n);

	if (status) {
		EXPECT_EQ(status, BUDDY_NO_SPACE);
		EXPECT(room < count || buddy_free_frames(&z->b) < count);
		return;
	}
	EXPECT(n <= room);
	for (u32 i = 0; i < n; i++) {
		EXPECT(model_all(z, runs[i].frame, runs[i].count, FREE));
		model_set(z, runs[i].frame, runs[i].count, HEAD);
		taken += runs[i].count;
	}
	EXPECT_EQ(taken, count);
}

/* What is wrong with freeing these frames of order 0, and with which first. */
static enum buddy_status model_bulk_status(const struct zone *z, u32 nruns,
					   const struct buddy_run *runs,
					   u32 *bad)
{
	for (u32 i = 0; i < nruns; i++) {
		for (*bad = runs[i].frame;
		     *bad < runs[i].frame + runs[i].count; ++*bad) {
			enum buddy_status status = model_free_status(z, *bad, 0);

			if (status)
				return status;
			for (u32 j = 0; j < i; j++) {
				if (*bad - runs[j].frame < runs[j].count)
					return BUDDY_NOT_ALLOCATED;
			}
		}
	}
	return BUDDY_OK;
}

static void random_bulk_free(struct zone *z)
{
	struct buddy_run runs[8];
	u32 n = 0;
	u32 bad = 0, expected_bad = 0;
	enum buddy_status status, expected;

	for (u32 i = 0; i < 8; i++) {
		u32 frame = random_head(z);
		u32 end;

		if (frame < z->first || frame >= z->end)
			continue;
		end = model_first_not(z, frame,
				      z->end - frame < 200 ? z->end - frame :
				      200, HEAD);
		if (end == frame || !random_below(20)) {
			if (random_below(10))
				continue;
			end++;
		}
		runs[n].frame = frame;
		runs[n++].count = end - frame;
	}
	expected = model_bulk_status(z, n, runs, &expected_bad);
	status = buddy_free_bulk(&z->b, n, runs, &bad);
	EXPECT_EQ(status, expected);
	if (status)
		EXPECT_EQ(bad, expected_bad);
	for (u32 i = 0; !status && i < n; i++)
		model_set(z, runs[i].frame, runs[i].count, FREE);
}

static void random_operation(struct zone *z)
{
	switch (random_below(16)) {
	case 0:
		random_run(z);
		break;
	case 1:
		random_range(z);
		break;
	case 2:
		random_bulk_alloc(z);
		break;
	case 3:
		random_bulk_free(z);
		break;
	case 4:
	case 5:
		random_free_any(z);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
		random_alloc(z);
		break;
	default:
		random_free(z);
		break;
	}
}

static bool random_operations(u32 first, u32 count, u32 operations, u32 seed)
{
	struct zone z = zone_make(first, first + count);
	u32 between = 16 + count;	/* so that comparing is not all it does */

	random_seed(seed);
	for (u32 i = 1; i <= operations && !tap_failed(); i++) {
		random_operation(&z);
		if (tap_failed() || ((i % between == 0 || i == operations) &&
				     !model_agrees(&z))) {
			printf("# zone %u+%u seed %u operation %u\n", first,
			       count, seed, i);
			tap_fail(__FILE__, __LINE__, "differs from the model");
		}
	}
	zone_drop(&z);
	return !tap_failed();
}

/*
 * Half a million operations; with BUDDY_RANDOM_FACTOR in the environment so many
 * times more.
 *
 * Proves: BUD-005 BUD-006 BUD-009 BUD-013 BUD-020 BUD-024 BUD-026 BUD-028
 * Proves: BUD-031 BUD-035
 */
HOST_TEST(buddy_random_operations_agree_with_the_model)
{
	const char *factor = getenv("BUDDY_RANDOM_FACTOR");
	u32 times = factor ? atoi(factor) : 1;

	for (unsigned int i = 0; i < SHAPES; i++) {
		u32 operations = shapes[i].count > 10000 ? 3000 : 25000;

		operations *= times;
		EXPECT(random_operations(shapes[i].frame, shapes[i].count,
					 operations, i + 1));
		EXPECT(random_operations(shapes[i].frame, shapes[i].count,
					 operations, i + 100));
	}
}

/* Proves: BUD-004 BUD-036 */
HOST_TEST(buddy_zone_of_255_gib_works_at_both_ends)
{
	u32 gib = 1u << BUDDY_MAX_ORDER;
	struct zone z = zone_make(gib - 3, 255 * gib + 5);
	u32 frame;

	EXPECT_EQ(buddy_largest(&z.b), BUDDY_MAX_ORDER);
	EXPECT_EQ(buddy_alloc_at(&z.b, 255 * gib - 1, 6, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_alloc_at(&z.b, gib - 3, 5, NULL), BUDDY_OK);
	EXPECT_EQ(buddy_check(&z.b, NULL), 0);
	EXPECT_EQ(buddy_alloc(&z.b, BUDDY_MAX_ORDER, &frame), BUDDY_OK);
	EXPECT_EQ(frame, 2 * gib);
	EXPECT_EQ(buddy_alloc_run(&z.b, 100, 0, 130 * gib - 50, 130 * gib + 150,
				  &frame), BUDDY_OK);
	EXPECT_EQ(frame, 130 * gib);
	EXPECT_EQ(buddy_check(&z.b, NULL), 0);
	for (u32 f = 255 * gib - 1; f < 255 * gib + 5; f++)
		EXPECT_EQ(buddy_free_any(&z.b, f, NULL) == BUDDY_OK,
			  f == 255 * gib - 1 || f == 255 * gib ||
			  f == 255 * gib + 4);
	for (u32 f = gib - 3; f < gib + 2; f++)
		buddy_free_any(&z.b, f, NULL);
	EXPECT_EQ(buddy_free(&z.b, 2 * gib, BUDDY_MAX_ORDER), BUDDY_OK);
	for (u32 f = 130 * gib; f < 130 * gib + 100; f++)
		buddy_free_any(&z.b, f, NULL);
	EXPECT_EQ(buddy_check(&z.b, NULL), 0);
	EXPECT_EQ(buddy_free_frames(&z.b), z.end - z.first);
	zone_drop(&z);
}
