// SPDX-License-Identifier: GPL-2.0+
/*
 * U-Boot's own LMB and memalign, for the workloads of <mmu_pfa/bench.h>. Their
 * metadata is their own; what they get to write to here is next to nothing.
 */

#include <sys/mman.h>

#include "peers.h"
#include "linked.h"

static size_t no_size(u32 frames)
{
	return 16;
}

static void lmb_begin(void *meta, u32 frames)
{
	peer_lmb_init(frames);
}

static int lmb_take(void *meta, unsigned int order, u32 *frame)
{
	return peer_lmb_alloc(order, frame);
}

static int lmb_give(void *meta, u32 frame, unsigned int order)
{
	return peer_lmb_free(frame, order);
}

const struct bench_allocator bench_lmb = {
	.name = "lmb",
	.meta_size = no_size,
	.init = lmb_begin,
	.alloc = lmb_take,
	.free = lmb_give,
};

static u8 *arena;

/* A header in front of each aligned block: three times the room is enough. */
static void memalign_begin(void *meta, u32 frames)
{
	size_t size = 3 * frames * FRAME_SIZE;

	arena = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	mem_malloc_init((uintptr_t)arena, size);
}

static int memalign_take(void *meta, unsigned int order, u32 *frame)
{
	size_t size = FRAME_SIZE << order;
	u8 *mem = dlmemalign(size, size);

	*frame = (mem - arena) / FRAME_SIZE;
	return mem ? 0 : -ENOMEM;
}

static int memalign_give(void *meta, u32 frame, unsigned int order)
{
	dlfree(arena + frame * FRAME_SIZE);
	return 0;
}

const struct bench_allocator bench_memalign = {
	.name = "memalign",
	.meta_size = no_size,
	.init = memalign_begin,
	.alloc = memalign_take,
	.free = memalign_give,
};
