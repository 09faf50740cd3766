// SPDX-License-Identifier: GPL-2.0+
/*
 * A stream of bytes as operations on a zone: libFuzzer looks for one that breaks
 * an invariant, gives a frame to two, or is refused without a reason. Four bytes are one operation; the first
 * four choose the zone: 18 bits where it begins, so that it may lie across a border
 * of 1 GiB, and 14 bits how many frames it has.
 */

#include "fuzz.h"

#include <mmu_pfa/buddy.h>

#include <stdlib.h>

#define FRAMES_MAX	16384
#define RESERVED	99	/* in place of an order */

/** struct zone - the zone, and of each frame the order of its block + 1 */
struct zone {
	struct buddy b;
	u32 first;
	u32 frames;
	u8 *order;
};

static void must(bool what)
{
	if (!what)
		abort();
}

/* The frames become those of one block, and were nobody's. */
static void claim(struct zone *z, u32 frame, u32 count, unsigned int order)
{
	must(frame >= z->first && frame + count <= z->first + z->frames);
	for (u32 i = 0; i < count; i++) {
		must(!z->order[frame - z->first + i]);
		z->order[frame - z->first + i] = order + 1;
	}
}

/* Whether these frames are in the zone, and all of one kind: 0, or an order + 1. */
static bool all_are(const struct zone *z, u32 frame, u32 count, u8 kind)
{
	u32 at = frame - z->first;

	if (frame < z->first || at >= z->frames || count > z->frames - at)
		return false;
	for (u32 i = 0; i < count; i++) {
		if (z->order[at + i] != kind)
			return false;
	}
	return true;
}

/* Whether there is an aligned free run of an order. */
static bool has_run(const struct zone *z, unsigned int order)
{
	u32 count = 1u << order;
	u32 frame = (z->first + count - 1) & ~(count - 1);

	for (; frame < z->first + z->frames; frame += count) {
		if (all_are(z, frame, count, 0))
			return true;
	}
	return false;
}

/* The order of the block that begins at a frame; BUDDY_ORDERS if none does. */
static unsigned int block_order(const struct zone *z, u32 frame)
{
	unsigned int order;

	if (frame < z->first || frame - z->first >= z->frames ||
	    !z->order[frame - z->first])
		return BUDDY_ORDERS;
	order = z->order[frame - z->first] - 1;
	return order < BUDDY_ORDERS && !(frame & ((1u << order) - 1)) ?
	       order : BUDDY_ORDERS;
}

static u32 free_frames(const struct zone *z)
{
	u32 nfree = 0;

	for (u32 i = 0; i < z->frames; i++)
		nfree += !z->order[i];
	return nfree;
}

static void disown(struct zone *z, u32 frame, u32 count)
{
	memset(&z->order[frame - z->first], 0, count);
}

static void alloc(struct zone *z, unsigned int order)
{
	u32 frame;

	if (!buddy_alloc(&z->b, order, &frame))
		claim(z, frame, 1u << order, order);
	else
		must(order >= BUDDY_ORDERS || !has_run(z, order));
}

/* With room for one run, or for any. */
static void alloc_bulk(struct zone *z, u32 count, bool room_for_one)
{
	struct buddy_run runs[256];
	u32 n = room_for_one ? 1 : count;

	if (buddy_alloc_bulk(&z->b, count, runs, &n)) {
		must(room_for_one || free_frames(z) < count);
		return;
	}
	for (u32 i = 0; i < n; i++)
		claim(z, runs[i].frame, runs[i].count, 0);
}

static void one(struct zone *z, const u8 *in)
{
	u32 frame = z->first - 4 + (in[1] | in[2] << 8) % (z->frames + 8);
	unsigned int order = in[3] % (BUDDY_ORDERS + 1);
	unsigned int held = block_order(z, frame);
	struct buddy_run run = { frame, 1 + in[3] };
	bool may;

	switch (in[0] % 8) {
	case 0:
	case 1:
		alloc(z, order);
		break;
	case 2:
		may = held == order && held < BUDDY_ORDERS;
		must(may == !buddy_free(&z->b, frame, order));
		if (may)
			disown(z, frame, 1u << order);
		break;
	case 3:
		may = held < BUDDY_ORDERS;
		must(may == !buddy_free_any(&z->b, frame, &order));
		must(!may || order == held);
		if (may)
			disown(z, frame, 1u << order);
		break;
	case 4:
		alloc_bulk(z, run.count, in[1] & 1);
		break;
	case 5:
		may = all_are(z, frame, run.count, 1);
		must(may == !buddy_free_bulk(&z->b, 1, &run, NULL));
		if (may)
			disown(z, frame, run.count);
		break;
	case 6:
		may = all_are(z, frame, run.count, 0);
		must(may == !buddy_reserve(&z->b, frame, run.count, NULL));
		if (may)
			claim(z, frame, run.count, RESERVED);
		break;
	default:
		may = all_are(z, frame, run.count, RESERVED + 1);
		must(may == !buddy_release(&z->b, frame, run.count, NULL));
		if (may)
			disown(z, frame, run.count);
		break;
	}
}

static void sound(struct zone *z)
{
	must(!buddy_check(&z->b, NULL));
	must(free_frames(z) == buddy_free_frames(&z->b));
}

/* Every block, by address alone, and what is reserved. */
static void free_all(struct zone *z)
{
	u32 frame = z->first;

	while (frame < z->first + z->frames) {
		unsigned int order = block_order(z, frame);
		u32 count = 1;

		if (order < BUDDY_ORDERS) {
			must(!buddy_free_any(&z->b, frame, NULL));
			count = 1u << order;
		} else if (z->order[frame - z->first]) {
			must(!buddy_release(&z->b, frame, 1, NULL));
		}
		disown(z, frame, count);
		frame += count;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct zone z = { 0 };
	void *meta;

	if (size < 8)
		return 0;
	z.first = data[0] | data[1] << 8 | (data[3] >> 6) << 16;
	z.frames = 1 + (data[2] | data[3] << 8) % FRAMES_MAX;
	meta = aligned_alloc(64, buddy_meta_size(z.first, z.first + z.frames) /
			     64 * 64 + 64);
	z.order = calloc(z.frames, 1);
	must(!buddy_init(&z.b, meta, z.first, z.first + z.frames));
	for (size_t i = 4; i + 4 <= size; i += 4)
		one(&z, data + i);
	sound(&z);
	free_all(&z);
	sound(&z);
	free(z.order);
	free(meta);
	return 0;
}
