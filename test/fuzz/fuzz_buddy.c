// SPDX-License-Identifier: GPL-2.0+
/*
 * A stream of bytes as operations on a zone: libFuzzer looks for one that breaks
 * an invariant, or gives a frame to two. Four bytes are one operation; the first
 * four choose the zone: 18 bits where it begins, so that it may lie across a border
 * of 1 GiB, and 14 bits how many frames it has.
 */

#include "fuzz.h"

#include <mmu_pfa/buddy.h>

#include <stdlib.h>

#define FRAMES_MAX	16384

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

static void one(struct zone *z, const u8 *in)
{
	u32 frame = z->first - 4 + (in[1] | in[2] << 8) % (z->frames + 8);
	unsigned int order = in[3] % (BUDDY_ORDERS + 1);
	struct buddy_run run = { frame, 1 + in[3] };
	u32 n = 1;

	switch (in[0] % 8) {
	case 0:
	case 1:
		if (!buddy_alloc(&z->b, order, &frame))
			claim(z, frame, 1u << order, order);
		break;
	case 2:
		if (!buddy_free(&z->b, frame, order)) {
			must(z->order[frame - z->first] == order + 1);
			memset(&z->order[frame - z->first], 0, 1u << order);
		}
		break;
	case 3:
		if (!buddy_free_any(&z->b, frame, &order)) {
			must(z->order[frame - z->first] == order + 1);
			memset(&z->order[frame - z->first], 0, 1u << order);
		}
		break;
	case 4:
		if (!buddy_alloc_bulk(&z->b, 1 + in[3], &run, &n) && n)
			claim(z, run.frame, run.count, 0);
		break;
	case 5:
		if (!buddy_free_bulk(&z->b, 1, &run, NULL))
			memset(&z->order[frame - z->first], 0, run.count);
		break;
	case 6:
		if (!buddy_reserve(&z->b, frame, run.count, NULL))
			claim(z, frame, run.count, 99);
		break;
	default:
		if (!buddy_release(&z->b, frame, run.count, NULL))
			memset(&z->order[frame - z->first], 0, run.count);
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct zone z = { 0 };
	u32 nfree = 0;
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
	must(!buddy_check(&z.b, NULL));
	for (u32 i = 0; i < z.frames; i++)
		nfree += !z.order[i];
	must(nfree == buddy_free_frames(&z.b));
	free(z.order);
	free(meta);
	return 0;
}
