// SPDX-License-Identifier: GPL-2.0+
/*
 * A small zone, its model, and the operations: see small_zone.h.
 */

#include "small_zone.h"

#include "../tap.h"

#include <stdlib.h>

/* Orders tried beyond those of the zone: one that has words, one too large. */
#define BAD_ORDER	(BUDDY_MAX_ORDER + 1)

/* The model */

static bool all_are(const struct small_zone *z, u32 frame, u32 count, u8 what)
{
	if (frame < z->first || (u64)frame + count > z->end)
		return false;
	for (u32 i = 0; i < count; i++) {
		if (z->model[frame - z->first + i] != what)
			return false;
	}
	return true;
}

static void set_all(struct small_zone *z, u32 frame, u32 count, u8 what)
{
	memset(&z->model[frame - z->first], what, count);
}

static void set_block(struct small_zone *z, u32 frame, unsigned int order)
{
	set_all(z, frame, 1u << order, SMALL_INTERIOR);
	z->model[frame - z->first] = SMALL_HEAD + order;
}

static void set_tiles(struct small_zone *z, u32 frame, u32 count)
{
	while (count) {
		unsigned int order = buddy_next_tile(frame, count);

		set_block(z, frame, order);
		frame += 1u << order;
		count -= 1u << order;
	}
}

static u32 free_frames(const struct small_zone *z)
{
	u32 n = 0;

	for (u32 f = z->first; f < z->end; f++)
		n += all_are(z, f, 1, SMALL_FREE);
	return n;
}

/* Whether so many frames are free at a multiple of an alignment in [lo, hi). */
static bool run_is_free(const struct small_zone *z, u32 count, u32 align,
			u32 lo, u32 hi)
{
	for (u32 f = (lo + align - 1) / align * align; f + count <= hi;
	     f += align) {
		if (all_are(z, f, count, SMALL_FREE))
			return true;
	}
	return false;
}

/* What buddy_free() has to say. */
static enum buddy_status free_status(const struct small_zone *z, u32 frame,
				     unsigned int order)
{
	u8 what;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	if (frame < z->first || frame >= z->end)
		return BUDDY_FOREIGN;
	if (frame % (1u << order))
		return BUDDY_MISALIGNED;
	what = z->model[frame - z->first];
	if (what == SMALL_FREE)
		return BUDDY_NOT_ALLOCATED;
	if (what == SMALL_INTERIOR)
		return BUDDY_INTERIOR;
	if (what == SMALL_RESERVED)
		return BUDDY_RESERVED;
	return what == SMALL_HEAD + order ? BUDDY_OK : BUDDY_WRONG_ORDER;
}

/* The zone */

void small_zone_make(struct small_zone *z, u32 first, u32 frames)
{
	memset(z, 0, sizeof(*z));
	z->first = first;
	z->end = first + frames;
	z->size = offsetof(struct small_zone, meta) -
		  offsetof(struct small_zone, b) +
		  buddy_meta_size(first, z->end);
	if (frames > SMALL_FRAMES ||
	    buddy_meta_size(first, z->end) > sizeof(z->meta) ||
	    buddy_init(&z->b, z->meta, first, z->end))
		abort();
}

static bool derive(struct small_zone *z)
{
	struct buddy_block block;

	for (u32 f = z->first; f < z->end; f += 1u << block.order) {
		block = buddy_find(&z->b, f);
		if (block.frame != f || f + (1u << block.order) > z->end)
			return false;
		switch (block.state) {
		case BUDDY_STATE_FREE:
			set_all(z, f, 1u << block.order, SMALL_FREE);
			break;
		case BUDDY_STATE_RESERVED:
			set_all(z, f, 1u << block.order, SMALL_RESERVED);
			break;
		case BUDDY_STATE_USED:
			set_block(z, f, block.order);
			break;
		default:
			return false;
		}
	}
	return true;
}

bool small_zone_derive(struct small_zone *z)
{
	static struct small_state before;
	u8 model[SMALL_FRAMES];
	bool good;

	small_zone_save(z, &before);
	good = derive(z);
	memcpy(model, z->model, sizeof(model));
	small_zone_restore(z, &before);
	memcpy(z->model, model, sizeof(model));
	return good;
}

/* The statistics, against the blocks that buddy_find() tells. */
static bool stats_agree(struct small_zone *z)
{
	struct buddy_stats stats, own = { 0 };
	int largest = -1;

	own.frames = z->end - z->first;
	for (u32 f = z->first; f < z->end; ) {
		struct buddy_block block = buddy_find(&z->b, f);

		if (block.state == BUDDY_STATE_FREE)
			own.nfree[block.order]++;
		else if (block.state == BUDDY_STATE_USED)
			own.nused[block.order]++;
		else
			own.reserved += 1u << block.order;
		if (block.state == BUDDY_STATE_FREE && block.order > largest)
			largest = block.order;
		f += 1u << block.order;
	}
	own.free = free_frames(z);
	buddy_stats(&z->b, &stats);
	return !memcmp(&stats, &own, sizeof(own)) &&
	       buddy_largest(&z->b) == largest &&
	       buddy_free_frames(&z->b) == own.free;
}

/* The largest that is free as the model sees it, and nothing larger. */
static bool largest_run_agrees(struct small_zone *z)
{
	u32 best = 0, align = 1;

	for (u32 n = 1; n <= z->end - z->first; n++) {
		if (n > align)
			align *= 2;
		if (run_is_free(z, n, align, z->first, z->end))
			best = n;
	}
	return buddy_largest_run(&z->b) == best;
}

/* Free blocks are as large as they can be. */
static bool is_merged(const struct small_zone *z, struct buddy_block block)
{
	u32 buddy = block.frame ^ 1u << block.order;

	return block.state != BUDDY_STATE_FREE ||
	       block.order == BUDDY_MAX_ORDER ||
	       !all_are(z, buddy, 1u << block.order, SMALL_FREE);
}

static bool blocks_agree(struct small_zone *z)
{
	u8 model[SMALL_FRAMES];

	memcpy(model, z->model, sizeof(model));
	if (!derive(z) || memcmp(model, z->model, sizeof(model)))
		return false;
	for (u32 f = z->first; f < z->end; f++) {
		struct buddy_block block = buddy_find(&z->b, f);

		if (f - block.frame >= 1u << block.order ||
		    !is_merged(z, block))
			return false;
	}
	return true;
}

bool small_zone_agrees(struct small_zone *z)
{
	static struct small_state before;
	u32 frame = 0;
	const char *violated = buddy_check(&z->b, &frame);
	bool agree = false;

	small_zone_save(z, &before);
	if (!violated) {
		agree = blocks_agree(z) && stats_agree(z) &&
			largest_run_agrees(z);
		violated = buddy_check(&z->b, &frame);
	}
	small_zone_restore(z, &before);
	if (violated)
		printf("# %s is violated at %u\n", violated, frame);
	else if (!agree)
		printf("# the blocks are not those of the model\n");
	return agree && !violated;
}

bool small_zone_follows(struct small_zone *z)
{
	u8 model[SMALL_FRAMES];

	if (buddy_check(&z->b, NULL))
		return false;
	memcpy(model, z->model, sizeof(model));
	return small_zone_derive(z) && !memcmp(model, z->model, sizeof(model));
}

/* Operations */

static void try_alloc(struct small_zone *z, unsigned int order)
{
	enum buddy_status status;
	u32 frame = 0;

	status = buddy_alloc(&z->b, order, &frame);
	if (order > BUDDY_MAX_ORDER) {
		EXPECT_EQ(status, BUDDY_INVALID);
		return;
	}
	EXPECT_EQ(!status, run_is_free(z, 1u << order, 1u << order, z->first,
				       z->end));
	if (status) {
		EXPECT_EQ(status, BUDDY_NO_SPACE);
		return;
	}
	EXPECT(!(frame % (1u << order)));
	EXPECT(all_are(z, frame, 1u << order, SMALL_FREE));
	set_block(z, frame, order);
}

static void try_free(struct small_zone *z, u32 frame, unsigned int order)
{
	enum buddy_status expected = free_status(z, frame, order);
	static struct small_state before;

	small_zone_save(z, &before);
	EXPECT_EQ(buddy_free(&z->b, frame, order), expected);
	if (expected)
		EXPECT(small_zone_is(z, &before));
	else
		set_all(z, frame, 1u << order, SMALL_FREE);
}

static void try_free_any(struct small_zone *z, u32 frame)
{
	enum buddy_status expected = free_status(z, frame, 0);
	static struct small_state before;
	unsigned int order, told = 99;

	if (expected == BUDDY_WRONG_ORDER)
		expected = BUDDY_OK;
	small_zone_save(z, &before);
	EXPECT_EQ(buddy_free_any(&z->b, frame, frame % 2 ? &told : NULL),
		  expected);
	if (expected) {
		EXPECT(small_zone_is(z, &before));
		return;
	}
	order = z->model[frame - z->first] - SMALL_HEAD;
	EXPECT(told == (frame % 2 ? order : 99));
	set_all(z, frame, 1u << order, SMALL_FREE);
}

/* The first frame of a range that is something else; the range is inside. */
static u32 first_other(const struct small_zone *z, u32 frame, u8 what)
{
	while (all_are(z, frame, 1, what))
		frame++;
	return frame;
}

enum range_operation { RANGE_ALLOC, RANGE_RESERVE, RANGE_RELEASE };

static enum buddy_status do_range(struct small_zone *z, u32 frame, u32 count,
				  enum range_operation what, u32 *conflict)
{
	switch (what) {
	case RANGE_ALLOC:
		return buddy_alloc_at(&z->b, frame, count, conflict);
	case RANGE_RESERVE:
		return buddy_reserve(&z->b, frame, count, conflict);
	default:
		return buddy_release(&z->b, frame, count, conflict);
	}
}

/* What a range that is not as wanted is refused with; see buddy.h. */
static enum buddy_status range_refusal(const struct small_zone *z, u32 bad,
				       enum range_operation what)
{
	if (what == RANGE_RELEASE)
		return BUDDY_NOT_ALLOCATED;
	if (what == RANGE_ALLOC && all_are(z, bad, 1, SMALL_RESERVED))
		return BUDDY_RESERVED;
	return BUDDY_IN_USE;
}

static void try_range(struct small_zone *z, u32 frame, u32 count,
		      enum range_operation what)
{
	bool inside = frame >= z->first && (u64)frame + count <= z->end;
	u8 wanted = what == RANGE_RELEASE ? SMALL_RESERVED : SMALL_FREE;
	enum buddy_status status;
	u32 conflict = ~0u;

	/* whether or not anybody wants to know */
	status = do_range(z, frame, count, what, count % 2 ? &conflict : NULL);
	if (!count || !inside) {
		EXPECT_EQ(status, count ? BUDDY_FOREIGN : BUDDY_INVALID);
		return;
	}
	if (!all_are(z, frame, count, wanted)) {
		u32 bad = first_other(z, frame, wanted);

		EXPECT_EQ(conflict, count % 2 ? bad : ~0u);
		EXPECT_EQ(status, range_refusal(z, bad, what));
		return;
	}
	EXPECT_EQ(status, BUDDY_OK);
	if (what == RANGE_ALLOC)
		set_tiles(z, frame, count);
	else
		set_all(z, frame, count, what == RANGE_RESERVE ?
			SMALL_RESERVED : SMALL_FREE);
}

/* With room for @room runs; as many as frames are always enough. */
static void try_bulk(struct small_zone *z, u32 count, u32 room)
{
	struct buddy_run runs[SMALL_FRAMES + 2];
	enum buddy_status status;
	u32 n = room, given = 0;

	status = buddy_alloc_bulk(&z->b, count, runs, &n);
	if (!count) {
		EXPECT_EQ(status, BUDDY_INVALID);
		return;
	}
	if (status) {
		EXPECT_EQ(status, BUDDY_NO_SPACE);
		EXPECT(count > free_frames(z) || room < count);
		return;
	}
	EXPECT(n <= room);
	for (u32 i = 0; i < n; i++) {
		EXPECT(all_are(z, runs[i].frame, runs[i].count, SMALL_FREE));
		set_all(z, runs[i].frame, runs[i].count, SMALL_HEAD);
		given += runs[i].count;
	}
	EXPECT_EQ(given, count);
}

/* The second run may touch the first, leave a gap, or name a frame again. */
static void try_bulk_free(struct small_zone *z, u32 frame, u32 count, u32 second)
{
	struct buddy_run runs[] = { { frame, count }, { second, 1 } };
	bool twice = second - frame < count;
	static struct small_state before;
	bool good = all_are(z, frame, count, SMALL_HEAD) &&
		    all_are(z, second, 1, SMALL_HEAD) && !twice;

	small_zone_save(z, &before);
	EXPECT_EQ(!buddy_free_bulk(&z->b, 2, runs, NULL), good);
	if (!good) {
		EXPECT(small_zone_is(z, &before));
		return;
	}
	set_all(z, frame, count, SMALL_FREE);
	set_all(z, second, 1, SMALL_FREE);
}

static void try_bulk_free_one(struct small_zone *z, u32 frame, u32 count)
{
	struct buddy_run run = { frame, count };
	bool good = count && all_are(z, frame, count, SMALL_HEAD);
	static struct small_state before;

	small_zone_save(z, &before);
	EXPECT_EQ(!buddy_free_bulk(&z->b, 1, &run, NULL), good);
	if (good)
		set_all(z, frame, count, SMALL_FREE);
	else
		EXPECT(small_zone_is(z, &before));
}

static void try_run(struct small_zone *z, u32 count, unsigned int align,
		    u32 lo, u32 hi)
{
	enum buddy_status status;
	u32 frame = ~0u;

	status = buddy_alloc_run(&z->b, count, align, lo, hi, &frame);
	if (!count || lo >= hi) {
		EXPECT_EQ(status, BUDDY_INVALID);
		return;
	}
	if (lo < z->first)
		lo = z->first;
	if (hi > z->end)
		hi = z->end;
	EXPECT_EQ(!status, run_is_free(z, count, 1u << align, lo, hi));
	if (status) {
		EXPECT_EQ(status, BUDDY_NO_SPACE);
		return;
	}
	EXPECT(frame >= lo && frame + count <= hi);
	EXPECT(!(frame % (1u << align)));
	EXPECT(all_are(z, frame, count, SMALL_FREE));
	set_tiles(z, frame, count);
}

#define FREE_ORDERS	5
#define RANGE_KINDS	21	/* 7 counts, each as alloc, reserve, release */
#define BULK_COUNTS	6
#define ALIGNMENTS	3
#define SECOND_RUNS	3

static void frees(struct small_zone *z, u32 frame, u32 count, unsigned int i)
{
	try_free(z, frame, i < FREE_ORDERS ? i : BAD_ORDER);
}

static void ranges(struct small_zone *z, u32 frame, u32 count, unsigned int i)
{
	try_range(z, frame, i / 3, i % 3);
}

static void bulk_frees(struct small_zone *z, u32 frame, u32 count,
		       unsigned int i)
{
	try_bulk_free_one(z, frame, i);
}

static void double_frees(struct small_zone *z, u32 frame, u32 count,
			 unsigned int i)
{
	try_bulk_free(z, frame, 2, frame + i);
}

static void runs(struct small_zone *z, u32 frame, u32 count, unsigned int i)
{
	try_run(z, count, i, z->first, z->end);
}

static void inner_runs(struct small_zone *z, u32 frame, u32 count,
		       unsigned int i)
{
	try_run(z, count, i, z->first + 1, z->end - 1);
}

static void unbound_run(struct small_zone *z, u32 frame, u32 count,
			unsigned int i)
{
	try_run(z, count, 0, 0, ~0u);
}

static void free_any(struct small_zone *z, u32 frame, u32 count, unsigned int i)
{
	try_free_any(z, frame);
}

static void alloc(struct small_zone *z, u32 frame, u32 count, unsigned int i)
{
	try_alloc(z, count ? count - 1 : BAD_ORDER);
}

static void bulk(struct small_zone *z, u32 frame, u32 count, unsigned int i)
{
	try_bulk(z, count, i ? 1 : SMALL_FRAMES + 2);
}

/*
 * Kinds of operations, and how many there are of each. Each is done at every
 * place: a frame from one before the zone to one after it, a count from 0 to one
 * more than there are frames.
 */
static const struct {
	void (*try)(struct small_zone *z, u32 frame, u32 count, unsigned int i);
	unsigned int variants;
} kinds[] = {
	{ frees, FREE_ORDERS + 1 },
	{ ranges, RANGE_KINDS },
	{ bulk_frees, BULK_COUNTS },
	{ double_frees, SECOND_RUNS },
	{ runs, ALIGNMENTS },
	{ inner_runs, ALIGNMENTS - 1 },
	{ unbound_run, 1 },
	{ free_any, 1 },
	{ alloc, 1 },
	{ bulk, 2 },
};

bool small_zone_operation(struct small_zone *z, unsigned int op)
{
	u32 places = z->end - z->first + 2;
	unsigned int place = op % places;
	unsigned int i = op / places;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (i < kinds[k].variants) {
			kinds[k].try(z, z->first - 1 + place, place, i);
			return true;
		}
		i -= kinds[k].variants;
	}
	return false;
}
