// SPDX-License-Identifier: GPL-2.0+
/*
 * A stream of bytes as calls of the PFA: libFuzzer looks for one that breaks an
 * invariant, gives memory to two, is refused without a reason, or does not leave
 * all as it was when all is freed. Eight bytes are one call.
 */

#include "fuzz.h"

#include <mmu_pfa/pfa.h>

#include <stdlib.h>

#define RAM_PA		(3ull << 30)
#define RAM_FRAMES	1024
#define RAM_SIZE	(RAM_FRAMES * FRAME_SIZE)
#define ZONE_FRAMES	512
/* More than the frames that the records of one more request may take */
#define FOR_RECORDS	(4 * FRAME_SIZE)

static u8 ram[RAM_SIZE] __attribute((aligned(4096)));
static u8 owner[RAM_FRAMES];	/* of each frame: 0, or 1 + enum pfa_owner */
static u64 taken;

static void must(bool what)
{
	if (!what)
		abort();
}

static int source_take(void *ctx, u64 size, u64 align, u64 *pa)
{
	u64 start = (RAM_PA + ZONE_FRAMES * FRAME_SIZE + align - 1) & ~(align - 1);

	if (taken || start + size > RAM_PA + RAM_SIZE)
		return -ENOMEM;
	taken = size;
	*pa = start;
	return 0;
}

static void source_give(void *ctx, u64 pa, u64 size)
{
	must(taken == size);
	taken = 0;
}

/* The frames become those of one owner, and were nobody's. */
static void claim(u64 pa, u64 size, enum pfa_owner who)
{
	must(pa >= RAM_PA && pa + size <= RAM_PA + RAM_SIZE);
	for (u64 i = (pa - RAM_PA) / FRAME_SIZE; size; size -= FRAME_SIZE, i++) {
		must(!owner[i]);
		owner[i] = 1 + who;
	}
}

static void release(const struct pfa_block *block, enum pfa_owner who)
{
	u64 i = (block->pa - RAM_PA) / FRAME_SIZE;

	for (u64 n = block->size / FRAME_SIZE; n; n--, i++) {
		must(owner[i] == 1 + who);
		owner[i] = 0;
	}
}

static bool may_ask(const struct pfa_request *req)
{
	if (req->owner != PFA_OWNER_USER)
		return req->owner == PFA_OWNER_LAZY ||
		       req->owner == PFA_OWNER_SNAP;
	return !req->tag || pfa_tag_valid(req->tag);
}

static u64 round_up(u64 n, u64 to)
{
	return (n + to - 1) & ~(to - 1);
}

static u64 highest(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* Whether a zone has a run within the bounds, and frames for its records. */
static bool zone_has_run(struct pfa *pfa, const struct pfa_zone_stats *zone,
			 const struct pfa_request *req, u64 size, u64 align)
{
	u64 from = highest(zone->pa, req->lo);
	u64 at = zone->pa;
	struct pfa_block block;

	if (((u64)zone->buddy.free << FRAME_SHIFT) < size + FOR_RECORDS)
		return false;
	for (; at < zone->pa + zone->size; at = block.pa + block.size) {
		must(pfa_find(pfa, at, &block));
		if (block.state != BUDDY_STATE_FREE)
			from = highest(block.pa + block.size, req->lo);
		else if (round_up(from, align) + size <= block.pa + block.size &&
			 (!req->hi || round_up(from, align) + size <= req->hi))
			return true;
	}
	return false;
}

static bool has_run(struct pfa *pfa, const struct pfa_request *req)
{
	u64 size = round_up(req->size, FRAME_SIZE);
	u64 align = req->align;
	struct pfa_zone_stats zone;

	if (req->size > RAM_SIZE)
		return false;
	if (!align)
		for (align = FRAME_SIZE; align < size; )
			align *= 2;
	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++) {
		if (zone_has_run(pfa, &zone, req, size,
				 highest(align, FRAME_SIZE)))
			return true;
	}
	return false;
}

/* Whether just these frames are free, in one zone, with some for records. */
static bool range_is_free(struct pfa *pfa, u64 pa, u64 size)
{
	const struct pfa_request there = {
		.size = size, .align = FRAME_SIZE, .lo = pa, .hi = pa + size,
	};

	return !((pa | size) & FRAME_MASK) && has_run(pfa, &there);
}

static void reserve(struct pfa *pfa, const struct pfa_request *req, u64 pa)
{
	bool may = req->size && may_ask(req) && range_is_free(pfa, pa, req->size);

	if (!pfa_reserve(pfa, pa, req->size, req, NULL))
		claim(pa, req->size, req->owner);
	else
		must(!may || pfa_was_injected(pfa));
}

static void alloc(struct pfa *pfa, const struct pfa_request *req)
{
	u64 size = round_up(req->size, FRAME_SIZE);
	u64 pa;

	if (pfa_alloc(pfa, req, &pa)) {
		must(!req->size || !may_ask(req) || pfa_was_injected(pfa) ||
		     (req->hi && req->lo >= req->hi) || !has_run(pfa, req));
		return;
	}
	must(!(pa & ((req->align ? req->align : 1) - 1)));
	must(!req->lo || pa >= req->lo);
	must(!req->hi || pa + size <= req->hi);
	claim(pa, size, req->owner);
}

static void request(struct pfa *pfa, const u8 *in, bool exact)
{
	static const char *const tags[] = { NULL, "a", "b", "", "sixteenletters16" };
	struct pfa_request req = {
		.size = (in[1] | (in[2] & 3) << 8) * FRAME_SIZE - (in[2] >> 7),
		.align = in[3] & 16 ? 1ull << (8 + in[3] % 16) : 0,
		.lo = in[4] & 1 ? RAM_PA + in[5] * 4 * FRAME_SIZE : 0,
		.hi = in[4] & 2 ? RAM_PA + in[6] * 4 * FRAME_SIZE + in[4] / 4 : 0,
		.owner = in[7] % 8,
		.tag = tags[in[7] / 8 % 5],
		.caller = in[6],
	};
	u64 pa = RAM_PA + (in[5] | (in[6] & 3) << 8) * FRAME_SIZE +
		 (in[4] >> 7);

	if (exact)
		reserve(pfa, &req, pa);
	else
		alloc(pfa, &req);
}

static void give_back(struct pfa *pfa, const u8 *in)
{
	u64 pa = RAM_PA + (in[1] | (in[2] & 3) << 8) * FRAME_SIZE + in[3] / 250;
	enum pfa_owner who = in[4] % 8;
	struct pfa_block block, why;
	bool held = pfa_find(pfa, pa, &block);

	if (!pfa_free(pfa, pa, who, &why)) {
		must(held && block.pa == pa && block.owner == who);
		release(&block, who);
	} else {
		/* record frames have an owner, and are nobody's to free */
		must(!held || block.state != BUDDY_STATE_USED ||
		     block.pa != pa || block.owner != who ||
		     who == PFA_OWNER_META);
	}
}

static void tables(struct pfa *pfa, const u8 *in)
{
	struct page_allocator *pages = pfa_page_allocator(pfa);
	page_ref page[8];
	unsigned int n = in[1] % 8;

	if (pages->alloc(pages, n, page)) {
		const struct pfa_request all = { .size = n * FRAME_SIZE,
						 .align = FRAME_SIZE };

		must(pfa_was_injected(pfa) || !has_run(pfa, &all));
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		claim(page_ref_pa(page[i]), FRAME_SIZE, PFA_OWNER_TABLE);
		must(!*pages->live(pages, page_ref_pa(page[i])));
	}
	if (in[2] & 1)
		return;
	for (unsigned int i = 0; i < n; i++)
		owner[(page_ref_pa(page[i]) - RAM_PA) / FRAME_SIZE] = 0;
	pages->free(pages, n, page);
}

/* A zone for requests to come, which goes back at once, or stays. */
static void grow(struct pfa *pfa, const u8 *in)
{
	const struct pfa_request req = {
		.size = in[2] * FRAME_SIZE,
		.align = FRAME_SIZE << in[3] % 8,
	};

	if (!pfa_grow_for(pfa, &req, in[4] % 4, in[1] * FRAME_SIZE) && in[5] & 1)
		must(pfa_ungrow(pfa));
}

static void service(struct pfa *pfa, const u8 *in, bool online)
{
	u64 pa = RAM_PA + (in[1] | (in[2] & 3) << 8) * FRAME_SIZE;
	u64 size = in[3] * FRAME_SIZE;

	if (online)
		pfa_online(pfa, pa, size, NULL);
	else
		pfa_offline(pfa, pa, size, NULL);
}

static void one(struct pfa *pfa, const u8 *in)
{
	switch (in[0] % 10) {
	case 0:
	case 1:
		request(pfa, in, false);
		break;
	case 2:
		request(pfa, in, true);
		break;
	case 3:
	case 4:
		give_back(pfa, in);
		break;
	case 5:
		tables(pfa, in);
		break;
	case 6:
		service(pfa, in, in[4] & 1);
		break;
	case 7:
		grow(pfa, in);
		break;
	case 8:
		pfa_trim(pfa);
		break;
	default:
		pfa_set_fault(pfa, in[1] % 4);
		break;
	}
}

static void sound(struct pfa *pfa)
{
	struct pfa_report report;
	struct pfa_stats stats;
	u64 frames = 0;

	must(!pfa_check(pfa, &report));
	must(!pfa_stats(pfa, &stats));
	for (u32 i = 0; i < RAM_FRAMES; i++)
		frames += !!owner[i];
	must(stats.used == frames * FRAME_SIZE);
}

static void free_all(struct pfa *pfa)
{
	struct page_allocator *pages = pfa_page_allocator(pfa);
	struct pfa_block block;

	while (pfa_next(pfa, 0, &block)) {
		enum pfa_owner who = block.owner;
		page_ref page = block.pa;

		release(&block, who);
		if (who == PFA_OWNER_TABLE)
			pages->free(pages, 1, &page);
		else
			must(!pfa_free(pfa, block.pa, who, NULL));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const struct pfa_source source = { source_take, source_give, NULL };
	struct pfa pfa;

	memset(owner, 0, sizeof(owner));
	taken = 0;
	pfa_init(&pfa, (s64)((uintptr_t)ram - RAM_PA), &source);
	must(!pfa_add_zone(&pfa, RAM_PA, ZONE_FRAMES * FRAME_SIZE));
	for (size_t i = 0; i + 8 <= size; i += 8)
		one(&pfa, data + i);
	sound(&pfa);
	free_all(&pfa);
	sound(&pfa);
	must(!pfa_fini(&pfa));
	must(!taken);
	return 0;
}
