// SPDX-License-Identifier: GPL-2.0+
/*
 * The page-frame allocator on zones in malloced memory, which stands at made-up
 * physical addresses.
 */

#include <mmu_pfa/lock.h>

#include <stdlib.h>

#include "tap.h"

#define KIB		1024ull
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)

/* Where the RAM seems to be: inside a gigabyte, at no aligned place. */
#define RAM_PA		(5 * GIB + 300 * MIB + 7 * FRAME_SIZE)
#define RAM_SIZE	(32 * MIB)
#define DIRTY		0xa5

/** struct world - RAM, a memory source that hands it out, and a PFA */
struct world {
	struct pfa pfa;
	u8 *ram;
	u64 next;		/* what the source hands out next */
	unsigned int taken;
	unsigned int given;
	u64 refuse;		/* the source refuses sizes from here on */
	u64 skew;		/* so far behind an aligned address it gives */
	int nested;		/* what a call from inside the source returned */
};

static int source_take(void *ctx, u64 size, u64 align, u64 *pa)
{
	const struct pfa_request req = {
		.size = FRAME_SIZE,
		.owner = PFA_OWNER_USER,
	};
	struct world *w = ctx;
	u64 start = (w->next + align - 1) / align * align;
	u64 nested;

	w->nested = pfa_alloc(&w->pfa, &req, &nested);
	if (size >= w->refuse || start + size > RAM_PA + RAM_SIZE)
		return -ENOMEM;
	w->next = start + w->skew + size;
	w->taken++;
	*pa = start + w->skew;
	return 0;
}

static void source_give(void *ctx, u64 pa, u64 size)
{
	struct world *w = ctx;

	memset(w->ram + (pa - RAM_PA), DIRTY, size);
	w->given++;
}

static struct world *world_make(u64 zone_size)
{
	struct world *w = calloc(1, sizeof(*w));
	struct pfa_source source = {
		.take = source_take,
		.give = source_give,
		.ctx = w,
	};

	w->ram = aligned_alloc(4096, RAM_SIZE);
	memset(w->ram, DIRTY, RAM_SIZE);
	w->next = RAM_PA;
	w->refuse = ~0ull;
	pfa_init(&w->pfa, (s64)((uintptr_t)w->ram - RAM_PA), &source);
	if (zone_size && pfa_add_zone(&w->pfa, RAM_PA, zone_size))
		abort();
	w->next += zone_size;
	return w;
}

static void world_drop(struct world *w)
{
	free(w->ram);
	free(w);
}

/* Another world instead of one that has been spoilt. */
static struct world *world_renew(struct world *w)
{
	world_drop(w);
	return world_make(8 * MIB);
}

static u32 zone_frame_of(const struct world *w, u64 pa)
{
	return (pa - w->pfa.zones->base) / FRAME_SIZE;
}

static u8 *world_virt(struct world *w, u64 pa)
{
	return w->ram + (pa - RAM_PA);
}

static struct pfa_request user(u64 size, const char *tag)
{
	struct pfa_request req = {
		.size = size,
		.owner = PFA_OWNER_USER,
		.tag = tag,
	};

	return req;
}

/* Every invariant, and the statistics add up. */
static bool pfa_sound(struct pfa *pfa)
{
	struct pfa_report report;
	struct pfa_stats stats;
	u64 sum = 0;

	if (pfa_check(pfa, &report)) {
		tap_fail(__FILE__, __LINE__, report.violated);
		return false;
	}
	if (pfa_stats(pfa, &stats))
		return false;
	for (int i = 0; i < PFA_OWNER_BAD; i++)
		sum += stats.by_owner[i];
	return sum == stats.used &&
	       stats.free + stats.used + stats.meta +
	       stats.by_owner[PFA_OWNER_BAD] == stats.size;
}

/** struct numbers - the part of the statistics that an undone change leaves */
struct numbers {
	u64 free;
	u64 used;
	u64 meta;
	u64 largest;
	u64 by_owner[PFA_OWNER_BAD + 1];
};

/* The peaks of all and of each zone, and the operations done. */
struct for_good {
	u64 peak;
	u64 allocs;
	u64 frees;
	u64 zone_peak[4];
};

static struct for_good for_good_of(struct pfa *pfa)
{
	struct for_good g = { 0 };
	struct pfa_zone_stats zone;
	struct pfa_stats stats;

	pfa_stats(pfa, &stats);
	g.peak = stats.peak;
	g.allocs = stats.allocs;
	g.frees = stats.frees;
	for (unsigned int i = 0; i < 4 && pfa_zone_stats(pfa, i, &zone); i++)
		g.zone_peak[i] = zone.peak;
	return g;
}

static bool for_good_equal(struct for_good a, struct for_good b)
{
	return !memcmp(&a, &b, sizeof(a));
}

static struct numbers numbers_of(struct pfa *pfa)
{
	struct numbers n = { 0 };
	struct pfa_stats stats;

	pfa_stats(pfa, &stats);
	n.free = stats.free;
	n.used = stats.used;
	n.meta = stats.meta;
	n.largest = stats.largest;
	memcpy(n.by_owner, stats.by_owner, sizeof(n.by_owner));
	return n;
}

static bool numbers_equal(struct numbers a, struct numbers b)
{
	return !memcmp(&a, &b, sizeof(a));
}

/* The first record frame of the first zone. */
static u64 record_frame(struct pfa *pfa)
{
	struct pfa_block block = { .pa = pfa->zones->pa };

	do
		pfa_find(pfa, block.pa + block.size, &block);
	while (block.owner != PFA_OWNER_META);
	return block.pa;
}

/* A mark in the first and last bytes of an allocation. */
static void mark(struct world *w, u64 pa, u64 size)
{
	memcpy(world_virt(w, pa), &pa, 8);
	memcpy(world_virt(w, pa + size - 8), &pa, 8);
}

static bool marked(struct world *w, u64 pa, u64 size)
{
	return !memcmp(world_virt(w, pa), &pa, 8) &&
	       !memcmp(world_virt(w, pa + size - 8), &pa, 8);
}

/* Allocating and freeing */

/* Proves: PFA-001 PFA-002 */
HOST_TEST(pfa_alloc_gives_naturally_aligned_frames_and_free_takes_them_back)
{
	struct world *w = world_make(16 * MIB);
	struct numbers before = numbers_of(&w->pfa);

	for (u64 size = FRAME_SIZE; size <= 4 * MIB; size *= 2) {
		struct pfa_request req = user(size, "boot");
		u64 pa = 0;

		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
		EXPECT_EQ(pa % size, 0);
		EXPECT(pa >= RAM_PA && pa + size <= RAM_PA + 16 * MIB);
		memset(world_virt(w, pa), 0, size);
		EXPECT_EQ(numbers_of(&w->pfa).used, size);
		EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL),
			  BUDDY_OK);
		EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	}
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-003 */
HOST_TEST(pfa_alloc_of_no_power_of_two_takes_exactly_its_frames)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(3 * MIB + 5 * FRAME_SIZE - 17, NULL);
	struct numbers before = numbers_of(&w->pfa);
	struct pfa_block block;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa % (4 * MIB), 0);
	EXPECT_EQ(numbers_of(&w->pfa).used, 3 * MIB + 5 * FRAME_SIZE);
	EXPECT(pfa_find(&w->pfa, pa + 2 * MIB + 4096 + 3, &block));
	EXPECT_EQ(block.pa, pa);
	EXPECT_EQ(block.size, 3 * MIB + 5 * FRAME_SIZE);
	EXPECT_EQ(block.order, 9);
	EXPECT(pfa_find(&w->pfa, pa + block.size, &block));
	EXPECT_EQ(block.state, BUDDY_STATE_FREE);
	EXPECT(pfa_next(&w->pfa, 0, &block));
	EXPECT_EQ(block.pa, pa);
	EXPECT(!pfa_next(&w->pfa, pa + 1, &block));
	EXPECT_EQ(pfa_free(&w->pfa, pa + 2 * MIB, PFA_OWNER_USER, &block),
		  BUDDY_INTERIOR);
	EXPECT_EQ(block.pa, pa);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	world_drop(w);
}

/* Two callers of their own. */
static noinline int ask_here(struct pfa *pfa, const struct pfa_request *req,
			     u64 *pa)
{
	int ret = pfa_alloc(pfa, req, pa);

	return ret ? ret : pfa_alloc_many(pfa, req, 1, pa + 1);
}

static noinline int ask_there(struct pfa *pfa, const struct pfa_request *req,
			      u64 *pa)
{
	int ret = pfa_reserve(pfa, *pa, FRAME_SIZE, req, NULL);

	return ret;
}

static bool is_in(u32 caller, const void *function, u64 offset)
{
	return caller - (u32)((uintptr_t)function - offset) < 1024;
}

/* Proves: PFA-042 */
HOST_TEST(pfa_alloc_knows_who_called_unless_the_request_says)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	u64 pa[3] = { 0, 0, RAM_PA + 9 * MIB };
	struct pfa_block block;

	pfa_set_link_offset(&w->pfa, 0x1000);
	EXPECT_EQ(ask_here(&w->pfa, &req, pa), 0);
	EXPECT_EQ(ask_there(&w->pfa, &req, pa + 2), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT(pfa_find(&w->pfa, pa[i], &block));
		EXPECT(is_in(block.caller, i < 2 ? ask_here : ask_there,
			     0x1000));
		EXPECT_EQ(pfa_free(&w->pfa, pa[i], PFA_OWNER_USER, NULL),
			  BUDDY_OK);
	}
	req.caller = PFA_CALLER_CONSOLE;
	EXPECT_EQ(ask_here(&w->pfa, &req, pa), 0);
	EXPECT_EQ(ask_there(&w->pfa, &req, pa + 2), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT(pfa_find(&w->pfa, pa[i], &block));
		EXPECT_EQ(block.caller, PFA_CALLER_CONSOLE);
	}
	world_drop(w);
}

/* Proves: PFA-004 */
HOST_TEST(pfa_alloc_honours_alignment_and_range)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(3 * FRAME_SIZE, NULL);
	u64 pa;

	req.align = 1 * MIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa % MIB, 0);
	req.align = 16;
	req.lo = RAM_PA + 5 * MIB + 1;
	req.hi = RAM_PA + 5 * MIB + 4 * FRAME_SIZE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa, RAM_PA + 5 * MIB + FRAME_SIZE);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	req.lo = RAM_PA + 16 * MIB;
	req.hi = 0;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	req.lo = 0;
	req.hi = RAM_PA;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	req.hi = RAM_PA + FRAME_SIZE - 1;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	/* across a border of zones: metadata below it, and two frames above */
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 16 * MIB, MIB), 0);
	req = user(FRAME_SIZE, NULL);
	req.lo = RAM_PA + 16 * MIB - FRAME_SIZE;
	req.hi = RAM_PA + 16 * MIB + 2 * FRAME_SIZE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa, RAM_PA + 16 * MIB);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa, RAM_PA + 16 * MIB + FRAME_SIZE);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	world_drop(w);
}

/* Proves: PFA-005 */
HOST_TEST(pfa_alloc_refuses_nonsense)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(0, NULL);
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req = user(FRAME_SIZE, NULL);
	req.align = 3 * FRAME_SIZE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req.align = 2 * GIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req.align = 0;
	req.lo = req.hi = RAM_PA + MIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req = user(FRAME_SIZE, "two words");
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req = user(FRAME_SIZE, NULL);
	req.owner = PFA_OWNER_TABLE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req.owner = PFA_OWNER_NONE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EINVAL);
	req = user(1 * GIB + 1, NULL);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	req = user(~0ull, NULL);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	EXPECT_EQ(numbers_of(&w->pfa).used, 0);
	EXPECT_EQ(w->pfa.failed, 9);
	world_drop(w);
}

/* Proves: PFA-006 */
HOST_TEST(pfa_reserve_takes_exactly_these_frames_or_names_the_conflict)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(0, "fb");
	struct numbers before;
	u64 conflict = 0;
	u64 at = RAM_PA + 3 * MIB;

	EXPECT_EQ(pfa_reserve(&w->pfa, at, 77 * FRAME_SIZE, &req, &conflict),
		  0);
	before = numbers_of(&w->pfa);
	EXPECT_EQ(before.used, 77 * FRAME_SIZE);
	EXPECT_EQ(pfa_reserve(&w->pfa, at - FRAME_SIZE, 2 * FRAME_SIZE, &req,
			      &conflict), -EBUSY);
	EXPECT_EQ(conflict, at);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA + 15 * MIB, MIB, &req, &conflict),
		  -EBUSY);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA + 15 * MIB, 2 * MIB, &req, NULL),
		  -ERANGE);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA - MIB, MIB, &req, NULL), -ERANGE);
	EXPECT_EQ(pfa_reserve(&w->pfa, at + 1, FRAME_SIZE, &req, NULL),
		  -EINVAL);
	EXPECT_EQ(pfa_reserve(&w->pfa, at, 0, &req, NULL), -EINVAL);
	req.tag = "two words";
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA, FRAME_SIZE, &req, NULL),
		  -EINVAL);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT_EQ(pfa_free(&w->pfa, at, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(numbers_of(&w->pfa).used, 0);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-007 PFA-008 */
HOST_TEST(pfa_free_tells_each_kind_of_wrong_apart_and_whose_it_is)
{
	struct world *w = world_make(16 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(64 * KIB, "mine");
	struct numbers before;
	struct pfa_block why;
	page_ref page;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(tables->alloc(tables, 1, &page), 0);
	before = numbers_of(&w->pfa);
	EXPECT_EQ(pfa_free(&w->pfa, RAM_PA - FRAME_SIZE, PFA_OWNER_USER, &why),
		  BUDDY_FOREIGN);
	EXPECT_EQ(pfa_free(&w->pfa, pa + 1, PFA_OWNER_USER, &why),
		  BUDDY_MISALIGNED);
	EXPECT_EQ(why.pa, pa);
	EXPECT_EQ(pfa_free(&w->pfa, pa + FRAME_SIZE, PFA_OWNER_USER, &why),
		  BUDDY_INTERIOR);
	EXPECT_EQ(why.pa, pa);
	EXPECT_EQ(why.size, 64 * KIB);
	EXPECT(!strcmp(why.tag, "mine"));
	EXPECT_EQ(pfa_free(&w->pfa, pa + MIB, PFA_OWNER_USER, &why),
		  BUDDY_NOT_ALLOCATED);
	EXPECT_EQ(why.state, BUDDY_STATE_FREE);
	EXPECT_EQ(pfa_free(&w->pfa, page, PFA_OWNER_USER, &why), BUDDY_IN_USE);
	EXPECT_EQ(why.owner, PFA_OWNER_TABLE);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_LAZY, &why), BUDDY_IN_USE);
	EXPECT_EQ(pfa_free(&w->pfa, RAM_PA + 16 * MIB - FRAME_SIZE,
			   PFA_OWNER_META, &why), BUDDY_RESERVED);
	EXPECT_EQ(why.owner, PFA_OWNER_META);
	EXPECT_EQ(pfa_free(&w->pfa, record_frame(&w->pfa), PFA_OWNER_META,
			   &why), BUDDY_IN_USE);
	EXPECT_EQ(why.owner, PFA_OWNER_META);
	EXPECT_EQ(why.size, FRAME_SIZE);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT_EQ(w->pfa.refused, 8);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL),
		  BUDDY_NOT_ALLOCATED);
	world_drop(w);
}

/*
 * Make it so that only 2 MiB are free, where a group without records is, and
 * @before frames in front of them; and that no record frame is spare.
 *
 * Return: where the 2 MiB are
 */
static u64 starve(struct pfa *pfa, u64 before)
{
	u64 group = (RAM_PA / (4 * MIB) + 2) * (4 * MIB);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	u64 pa;

	/* one allocation, with one record, covers two groups */
	if (pfa_reserve(pfa, group, 4 * MIB, &req, NULL))
		abort();
	while (!pfa_alloc(pfa, &req, &pa))
		;
	/* its record frame becomes the spare one, which is then wanted */
	if (pfa_free(pfa, group, PFA_OWNER_USER, NULL) ||
	    pfa_reserve(pfa, group, 2 * MIB - before * FRAME_SIZE, &req, NULL))
		abort();
	return group + 2 * MIB;
}

/* Proves: PFA-009 PFA-010 */
HOST_TEST(pfa_alloc_without_a_frame_for_the_record_changes_nothing)
{
	struct world *w = world_make(16 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	u64 at = starve(&w->pfa, 0);
	struct numbers before = numbers_of(&w->pfa);
	struct pfa_request req = user(2 * MIB, "t");
	page_ref pages[512];
	u64 pa;

	EXPECT_EQ(before.free, 2 * MIB);
	/* one of the 512 would hold the records of the others */
	EXPECT_EQ(before.largest, 2 * MIB - FRAME_SIZE);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	EXPECT_EQ(pfa_reserve(&w->pfa, at, 2 * MIB, &req, NULL), -ENOMEM);
	EXPECT_EQ(tables->alloc(tables, 512, pages), -ENOMEM);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT(pfa_sound(&w->pfa));
	req.size = 1 * MIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-009 */
HOST_TEST(pfa_run_that_can_be_recorded_only_in_part_is_undone)
{
	struct world *w = world_make(16 * MIB);
	u64 at = starve(&w->pfa, 7);
	struct numbers before = numbers_of(&w->pfa);
	struct pfa_request req = user(0, "t");
	struct pfa_block block;

	EXPECT_EQ(pfa_reserve(&w->pfa, at - 7 * FRAME_SIZE,
			      2 * MIB + 7 * FRAME_SIZE, &req, NULL), -ENOMEM);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT(pfa_sound(&w->pfa));
	EXPECT(pfa_find(&w->pfa, at - FRAME_SIZE, &block));
	EXPECT_EQ(block.state, BUDDY_STATE_FREE);
	for (u64 f = 1; f <= 7; f++)
		EXPECT_EQ(pfa_free(&w->pfa, at - f * FRAME_SIZE,
				   PFA_OWNER_USER, NULL), BUDDY_NOT_ALLOCATED);
	EXPECT_EQ(pfa_reserve(&w->pfa, at - 7 * FRAME_SIZE,
			      2 * MIB + 6 * FRAME_SIZE, &req, NULL), 0);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-002 PFA-009 */
HOST_TEST(pfa_frame_kept_for_records_is_there_for_whoever_needs_it)
{
	struct world *w = world_make(16 * MIB);
	u64 at = starve(&w->pfa, 1);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	u64 pa, other;

	/* takes the one frame for the record, and keeps it */
	EXPECT_EQ(pfa_reserve(&w->pfa, at, FRAME_SIZE, &req, NULL), 0);
	EXPECT_EQ(pfa_free(&w->pfa, at, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT(w->pfa.zones->has_spare);
	pa = at - FRAME_SIZE;
	EXPECT_EQ(pfa_reserve(&w->pfa, pa, FRAME_SIZE, &req, NULL), 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	/* the same for a request that names no address */
	EXPECT_EQ(pfa_reserve(&w->pfa, at, FRAME_SIZE, &req, NULL), 0);
	EXPECT_EQ(pfa_free(&w->pfa, at, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT(w->pfa.zones->has_spare);
	req.lo = pa;
	req.hi = at;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &other), 0);
	EXPECT_EQ(other, pa);
	EXPECT(!w->pfa.zones->has_spare);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &other), -ENOMEM);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-009 */
HOST_TEST(pfa_last_frame_of_all_is_not_given_without_a_record)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(2 * MIB - FRAME_SIZE, NULL);
	u64 at = starve(&w->pfa, 0);
	u64 pa;

	/* of the 512 frames one holds the records of the others */
	EXPECT_EQ(pfa_reserve(&w->pfa, at, 2 * MIB - FRAME_SIZE, &req, NULL),
		  0);
	EXPECT_EQ(numbers_of(&w->pfa).free, 0);
	EXPECT_EQ(numbers_of(&w->pfa).largest, 0);
	req.size = FRAME_SIZE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-009 PFA-010 */
HOST_TEST(pfa_largest_is_what_an_allocation_would_really_get)
{
	struct world *w = world_make(4 * MIB);
	struct pfa_request req;
	u64 pa, largest;

	for (int i = 0; i < 1000; i++) {
		largest = numbers_of(&w->pfa).largest;
		if (!largest)
			break;
		req = user(largest + FRAME_SIZE, NULL);
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
		req = user(largest, NULL);
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	}
	req = user(FRAME_SIZE, NULL);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-040 */
HOST_TEST(pfa_alloc_fails_only_if_no_run_is_free)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(0, "t");
	struct pfa_block block;
	struct numbers before;
	u64 at, pa;

	/* but for the record frame all is used; then three blocks come back */
	starve(&w->pfa, 0);
	before = numbers_of(&w->pfa);
	at = (RAM_PA / (2 * MIB) + 2) * 2 * MIB - 64 * FRAME_SIZE;
	for (u64 i = 0; i < 13; i++)
		EXPECT_EQ(pfa_free(&w->pfa, at + i * FRAME_SIZE,
				   PFA_OWNER_USER, NULL), BUDDY_OK);
	req.lo = at;
	req.hi = at + 16 * FRAME_SIZE;
	req.size = 14 * FRAME_SIZE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	req.size = 13 * FRAME_SIZE;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa, at);
	EXPECT(pfa_find(&w->pfa, at + 12 * FRAME_SIZE, &block));
	EXPECT_EQ(block.pa, at);
	EXPECT_EQ(block.size, 13 * FRAME_SIZE);
	EXPECT_EQ(numbers_of(&w->pfa).used, before.used);
	EXPECT(pfa_sound(&w->pfa));
	EXPECT_EQ(pfa_free(&w->pfa, at, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-011 */
HOST_TEST(pfa_does_not_touch_frames_that_it_has_given_or_not_taken)
{
	struct world *w = world_make(8 * MIB);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	struct numbers before = numbers_of(&w->pfa);
	u64 changed = 0, pa[700];

	for (int i = 0; i < 700; i++) {
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa[i]), 0);
		memset(world_virt(w, pa[i]), i, FRAME_SIZE);
	}
	for (int i = 0; i < 700; i++) {
		for (u64 n = 0; n < FRAME_SIZE; n++)
			changed += world_virt(w, pa[i])[n] != (u8)i;
		memset(world_virt(w, pa[i]), DIRTY, FRAME_SIZE);
		EXPECT_EQ(pfa_free(&w->pfa, pa[i], PFA_OWNER_USER, NULL),
			  BUDDY_OK);
	}
	EXPECT_EQ(changed, 0);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	/* the frames were of three groups; and one frame was tried out */
	for (u64 n = 0; n < 8 * MIB; n += FRAME_SIZE) {
		u8 dirty[FRAME_SIZE];

		memset(dirty, DIRTY, FRAME_SIZE);
		changed += !!memcmp(w->ram + n, dirty, FRAME_SIZE);
	}
	EXPECT_EQ(changed, before.meta / FRAME_SIZE + 4);
	world_drop(w);
}

/* Looking */

/* Proves: PFA-012 */
HOST_TEST(pfa_find_knows_every_kind_of_frame)
{
	struct world *w = world_make(16 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(20 * KIB, "tag15characters");
	struct pfa_block block;
	page_ref page;
	u64 pa;

	req.caller = 0x1234;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(tables->alloc(tables, 1, &page), 0);
	*tables->live(tables, page) = 77;
	EXPECT_EQ(buddy_reserve(&w->pfa.zones->buddy,
				(8 * MIB) / FRAME_SIZE + w->pfa.zones->buddy.first,
				1, NULL), BUDDY_OK);

	EXPECT(pfa_find(&w->pfa, pa + 5 * KIB, &block));
	EXPECT_EQ(block.pa, pa);
	EXPECT_EQ(block.size, 20 * KIB);
	EXPECT_EQ(block.state, BUDDY_STATE_USED);
	EXPECT_EQ(block.owner, PFA_OWNER_USER);
	EXPECT_EQ(block.caller, 0x1234);
	EXPECT(!strcmp(block.tag, "tag15characters"));
	EXPECT(pfa_find(&w->pfa, page + 9, &block));
	EXPECT_EQ(block.owner, PFA_OWNER_TABLE);
	EXPECT_EQ(block.word, 77);
	EXPECT(!strcmp(block.tag, ""));
	EXPECT(pfa_find(&w->pfa, RAM_PA + 12 * MIB, &block));
	EXPECT_EQ(block.state, BUDDY_STATE_FREE);
	EXPECT_EQ(block.owner, PFA_OWNER_NONE);
	EXPECT(pfa_find(&w->pfa, RAM_PA + 8 * MIB, &block));
	EXPECT_EQ(block.state, BUDDY_STATE_RESERVED);
	EXPECT_EQ(block.owner, PFA_OWNER_BAD);
	EXPECT(pfa_find(&w->pfa, RAM_PA + 16 * MIB - 1, &block));
	EXPECT_EQ(block.state, BUDDY_STATE_RESERVED);
	EXPECT_EQ(block.owner, PFA_OWNER_META);
	EXPECT_EQ(block.pa + block.size, RAM_PA + 16 * MIB);
	EXPECT(!pfa_find(&w->pfa, RAM_PA + 16 * MIB, &block));
	EXPECT(!pfa_find(&w->pfa, RAM_PA - 1, &block));
	EXPECT_EQ(block.pa, RAM_PA - 1);
	world_drop(w);
}

/* Proves: PFA-013 */
HOST_TEST(pfa_next_yields_allocations_in_address_order)
{
	struct world *w = world_make(8 * MIB);
	struct pfa_request req = user(0, "x");
	static const u64 at[] = { 101, 102, 200, 613, 1124 };
	struct pfa_block block;
	u64 from = 0;

	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 16 * MIB, 4 * MIB), 0);
	EXPECT(!pfa_next(&w->pfa, 0, &block));
	for (int i = 4; i >= 0; i--)
		EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA + at[i] * FRAME_SIZE,
				      (i ? 5 : 1) * FRAME_SIZE, &req, NULL), 0);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA + 17 * MIB, FRAME_SIZE, &req,
			      NULL), 0);
	for (int i = 0; i < 5; i++) {
		EXPECT(pfa_next(&w->pfa, from, &block));
		EXPECT_EQ(block.pa, RAM_PA + at[i] * FRAME_SIZE);
		EXPECT_EQ(block.size, (i ? 5 : 1) * FRAME_SIZE);
		EXPECT(!strcmp(block.tag, "x"));
		from = block.pa + block.size;
	}
	EXPECT(pfa_next(&w->pfa, from, &block));
	EXPECT_EQ(block.pa, RAM_PA + 17 * MIB);
	EXPECT(!pfa_next(&w->pfa, block.pa + 1, &block));
	EXPECT(!pfa_next(&w->pfa, ~0ull, &block));
	world_drop(w);
}

/* Proves: PFA-014 */
HOST_TEST(pfa_statistics_count_what_was_done)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_request req = user(MIB, NULL);
	struct pfa_zone_stats zone;
	struct pfa_stats stats;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL),
		  BUDDY_NOT_ALLOCATED);
	req.size = 64 * MIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	req.size = FRAME_SIZE;
	req.owner = PFA_OWNER_LAZY;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_stats(&w->pfa, &stats), 0);
	EXPECT_EQ(stats.zones, 1);
	EXPECT_EQ(stats.size, 16 * MIB);
	EXPECT_EQ(stats.used, FRAME_SIZE);
	EXPECT_EQ(stats.peak, MIB);
	EXPECT_EQ(stats.allocs, 2);
	EXPECT_EQ(stats.frees, 1);
	EXPECT_EQ(stats.refused, 1);
	EXPECT_EQ(stats.failed, 1);
	EXPECT_EQ(stats.by_owner[PFA_OWNER_LAZY], FRAME_SIZE);
	EXPECT_EQ(stats.by_owner[PFA_OWNER_USER], 0);
	EXPECT_EQ(stats.size, stats.free + stats.used + stats.meta);
	EXPECT(stats.meta < 16 * MIB / 100);
	EXPECT(pfa_zone_stats(&w->pfa, 0, &zone));
	EXPECT_EQ(zone.pa, RAM_PA);
	EXPECT_EQ(zone.size, 16 * MIB);
	EXPECT_EQ(zone.peak, MIB);
	EXPECT_EQ(zone.meta, stats.meta);
	EXPECT(!zone.from_source);
	EXPECT_EQ((u64)zone.buddy.free * FRAME_SIZE, stats.free);
	EXPECT(!pfa_zone_stats(&w->pfa, 1, &zone));
	world_drop(w);
}

/* Tags */

/* Proves: PFA-015 */
HOST_TEST(pfa_tag_is_1_to_15_letters_digits_and_four_signs)
{
	EXPECT(pfa_tag_valid("a"));
	EXPECT(pfa_tag_valid("fifteen-letters"));
	EXPECT(!pfa_tag_valid("sixteen--letters"));
	EXPECT(!pfa_tag_valid(""));
	EXPECT(!pfa_tag_valid("-"));
	EXPECT(pfa_tag_valid("--"));
	EXPECT(!pfa_tag_valid("a b"));
	EXPECT(!pfa_tag_valid("tab\t"));
	EXPECT(!pfa_tag_valid("\x7f"));
	EXPECT(!pfa_tag_valid("\xc3\xa4"));
	EXPECT(pfa_tag_valid("aZ09_.:-"));
	EXPECT(!pfa_tag_valid("\""));
	EXPECT(!pfa_tag_valid("a,b"));
	EXPECT(!pfa_tag_valid("a\\"));
}

/* Proves: PFA-016 */
HOST_TEST(pfa_64_tags_at_a_time_and_a_number_is_used_again)
{
	struct world *w = world_make(16 * MIB);
	struct pfa_tag_stats tag;
	struct pfa_request req = user(FRAME_SIZE, NULL);
	struct pfa_block block;
	u64 pa[PFA_TAGS], more;
	char name[16];

	for (int i = 0; i < PFA_TAGS; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		req.tag = name;
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa[i]), 0);
	}
	req.tag = "one-more";
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &more), -ENOSPC);
	req.tag = "t7";
	req.size = 12 * KIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &more), 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa[7], PFA_OWNER_USER, NULL), BUDDY_OK);
	req.tag = "one-more";
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa[7]), -ENOSPC);
	EXPECT(pfa_tag_stats(&w->pfa, 7, &tag));
	EXPECT(!strcmp(tag.name, "t7"));
	EXPECT_EQ(tag.allocs, 1);
	EXPECT_EQ(tag.bytes, 12 * KIB);
	EXPECT_EQ(pfa_free(&w->pfa, more, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa[7]), 0);
	EXPECT(pfa_find(&w->pfa, pa[7], &block));
	EXPECT(!strcmp(block.tag, "one-more"));
	EXPECT(pfa_find(&w->pfa, pa[8], &block));
	EXPECT(!strcmp(block.tag, "t8"));
	EXPECT(!pfa_tag_stats(&w->pfa, PFA_TAGS, &tag));
	req.tag = NULL;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &more), 0);
	EXPECT(pfa_tag_stats(&w->pfa, 0, &tag));
	EXPECT(!strcmp(tag.name, ""));
	EXPECT_EQ(tag.bytes, 12 * KIB);
	world_drop(w);
}

/* Zones */

/* Proves: PFA-017 */
HOST_TEST(pfa_add_zone_refuses_what_can_be_no_zone)
{
	struct world *w = world_make(16 * MIB);

	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB + 1, MIB), -EINVAL);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, MIB + 1), -EINVAL);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, 0), -EINVAL);
	EXPECT_EQ(pfa_add_zone(&w->pfa, -4096ull, 8192), -EINVAL);
	/* nothing is after its end */
	EXPECT_EQ(pfa_add_zone(&w->pfa, -16 * MIB, 16 * MIB), -EINVAL);
	EXPECT_EQ(pfa_add_zone(&w->pfa, 16 * 1024 * GIB, 4096 * GIB + FRAME_SIZE),
		  -ERANGE);
	EXPECT_EQ(pfa_add_zone(&w->pfa, 16 * 1024 * GIB + FRAME_SIZE,
			       4096 * GIB), -ERANGE);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 15 * MIB, 2 * MIB), -EEXIST);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA - MIB, 20 * MIB), -EEXIST);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, FRAME_SIZE),
		  -ENOSPC);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, 2 * FRAME_SIZE),
		  -ENOSPC);
	EXPECT_EQ(w->pfa.nzones, 1);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 16 * MIB, MIB), 0);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, 3 * FRAME_SIZE), 0);
	EXPECT_EQ(w->pfa.nzones, 3);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-017 */
HOST_TEST(pfa_smallest_zone_serves_its_one_frame)
{
	struct world *w = world_make(3 * FRAME_SIZE);
	struct pfa_request req = user(FRAME_SIZE, "t");
	u64 pa, other;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa, RAM_PA);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &other), -ENOMEM);
	EXPECT_EQ(numbers_of(&w->pfa).free, 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(numbers_of(&w->pfa).free, 2 * FRAME_SIZE);
	EXPECT_EQ(numbers_of(&w->pfa).largest, FRAME_SIZE);
	world_drop(w);
}

/* Proves: PFA-017 PFA-013 */
HOST_TEST(pfa_zones_may_come_in_any_order)
{
	struct world *w = world_make(0);
	struct pfa_zone_stats zone;

	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 4 * MIB, MIB), 0);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 8 * MIB, MIB), 0);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA, MIB), 0);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 3 * MIB, 2 * MIB), -EEXIST);
	for (unsigned int i = 0; i < 3; i++) {
		EXPECT(pfa_zone_stats(&w->pfa, i, &zone));
		EXPECT_EQ(zone.pa, RAM_PA + i * 4 * MIB);
	}
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-002 PFA-006 PFA-008 */
HOST_TEST(pfa_other_owners_reserve_and_free_without_a_tag)
{
	struct world *w = world_make(2 * MIB);
	struct pfa_request req = { .owner = PFA_OWNER_SNAP, .tag = "no" };
	u64 pa = RAM_PA + MIB;
	struct pfa_block block;

	EXPECT_EQ(pfa_reserve(&w->pfa, pa, 2 * FRAME_SIZE, &req, NULL), 0);
	EXPECT(pfa_find(&w->pfa, pa, &block));
	EXPECT_EQ(block.owner, PFA_OWNER_SNAP);
	EXPECT_EQ(block.tag[0], '\0');
	EXPECT_EQ(pfa_reserve(&w->pfa, pa, FRAME_SIZE, &req, NULL), -EBUSY);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_IN_USE);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_SNAP, NULL), BUDDY_OK);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-002 PFA-025 */
HOST_TEST(pfa_spare_record_frame_is_in_nobodys_way)
{
	struct world *w = world_make(2 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	page_ref page;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT(w->pfa.zones->has_spare);
	req.size = 8 * MIB;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	EXPECT(!w->pfa.zones->has_spare);
	world_drop(w);

	/* of two frames one is the spare, the other is reserved */
	w = world_make(3 * FRAME_SIZE);
	tables = pfa_page_allocator(&w->pfa);
	EXPECT_EQ(tables->alloc(tables, 1, &page), 0);
	tables->free(tables, 1, &page);
	EXPECT(w->pfa.zones->has_spare);
	EXPECT_EQ(buddy_reserve(&w->pfa.zones->buddy,
				zone_frame_of(w, page), 1, NULL), BUDDY_OK);
	EXPECT_EQ(tables->alloc(tables, 1, &page), -ENOMEM);
	EXPECT(!w->pfa.zones->has_spare);
	world_drop(w);
}

/* Proves: PFA-017 */
HOST_TEST(pfa_holds_64_zones_and_no_more)
{
	struct world *w = world_make(0);
	struct pfa_request req = user(MIB, NULL);
	u64 pa = RAM_PA;

	for (int i = 0; i < PFA_ZONES; i++, pa += 64 * KIB)
		EXPECT_EQ(pfa_add_zone(&w->pfa, pa, 64 * KIB), 0);
	EXPECT_EQ(pfa_add_zone(&w->pfa, pa, 64 * KIB), -ENOSPC);
	/* Nothing is taken for a zone that can't be */
	EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -ENOSPC);
	EXPECT_EQ(w->given, 0);
	world_drop(w);
}

/* Proves: PFA-018 PFA-019 */
HOST_TEST(pfa_grow_takes_from_the_source_and_trim_gives_empty_zones_back)
{
	struct world *w = world_make(MIB);
	struct pfa_request req = user(4 * MIB, NULL);
	struct pfa_zone_stats zone;
	u64 pa;

	EXPECT_EQ(pfa_grow(&w->pfa, MIB + 1), -EINVAL);
	EXPECT_EQ(pfa_grow(&w->pfa, 0), -EINVAL);
	EXPECT_EQ(pfa_grow(&w->pfa, 64 * MIB), -ENOMEM);
	EXPECT_EQ(pfa_grow(&w->pfa, FRAME_SIZE), -ENOSPC);
	EXPECT_EQ(w->given, 1);
	EXPECT_EQ(pfa_grow(&w->pfa, 10 * MIB), 0);
	EXPECT_EQ(pfa_grow(&w->pfa, 2 * MIB), 0);
	EXPECT(pfa_zone_stats(&w->pfa, 1, &zone));
	EXPECT(zone.from_source);
	EXPECT_EQ(zone.size, 10 * MIB);
	EXPECT_EQ(zone.pa % (2 * MIB), 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_trim(&w->pfa), 2 * MIB);
	EXPECT_EQ(pfa_trim(&w->pfa), 0);
	EXPECT_EQ(w->pfa.nzones, 2);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(pfa_trim(&w->pfa), 10 * MIB);
	EXPECT_EQ(w->given, 3);
	EXPECT_EQ(w->pfa.nzones, 1);
	EXPECT(!pfa_find(&w->pfa, pa, &(struct pfa_block){ 0 }));
	world_drop(w);
}

/* Proves: PFA-018 */
HOST_TEST(pfa_without_a_source_cannot_grow)
{
	struct pfa pfa;

	pfa_init(&pfa, 0, NULL);
	EXPECT_EQ(pfa_grow(&pfa, MIB), -ENOMEM);
	EXPECT_EQ(pfa_trim(&pfa), 0);
	EXPECT_EQ(pfa_fini(&pfa), 0);
}

/* Proves: PFA-020 */
HOST_TEST(pfa_alloc_never_grows)
{
	static const enum pfa_owner owners[] = {
		PFA_OWNER_USER, PFA_OWNER_LAZY, PFA_OWNER_SNAP,
	};
	struct world *w = world_make(MIB);
	u64 pa[2];

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		struct pfa_request req = user(4 * MIB, NULL);

		req.owner = owners[i];
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, pa), -ENOMEM);
		EXPECT_EQ(pfa_alloc_many(&w->pfa, &req, 2, pa), -ENOMEM);
	}
	EXPECT_EQ(w->taken, 0);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-041 */
HOST_TEST(pfa_zone_for_a_request_is_little_larger_or_a_chunk)
{
	struct world *w = world_make(MIB);
	struct pfa_request req = user(4 * MIB, NULL);
	struct pfa_zone_stats zone;
	u64 pa;

	EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 2 * MIB), 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT(pfa_zone_stats(&w->pfa, 1, &zone));
	EXPECT(zone.size > 4 * MIB && zone.size < 5 * MIB);
	/* a small request: a whole chunk, for the next ones too */
	req.size = 900 * KIB;
	req.align = 2 * MIB;
	EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 3 * MIB), 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pa % (2 * MIB), 0);
	EXPECT(pfa_zone_stats(&w->pfa, 2, &zone));
	EXPECT_EQ(zone.size, 3 * MIB);
	/* nothing left at the source */
	req.size = 24 * MIB;
	EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -ENOMEM);
	EXPECT_EQ(w->taken, 2);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-041 */
HOST_TEST(pfa_zone_for_a_request_is_large_enough_for_every_size)
{
	for (u64 size = FRAME_SIZE; size <= 8 * MIB; size += 151 * FRAME_SIZE) {
		struct world *w = world_make(0);
		struct pfa_request req = user(size, NULL);
		u64 pa;

		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, FRAME_SIZE), 0);
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
		EXPECT_EQ(w->taken, 1);
		world_drop(w);
	}
}

/* Proves: PFA-041 */
HOST_TEST(pfa_grows_for_requests_to_come)
{
	for (u32 n = 1; n <= 8; n++) {
		struct world *w = world_make(0);
		struct pfa_request req = user(300 * KIB, NULL);
		struct pfa_zone_stats zone;
		u64 pa;

		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, n, 0), 0);
		EXPECT(pfa_zone_stats(&w->pfa, 0, &zone));
		EXPECT(zone.size < n * 512 * KIB + 256 * KIB);
		for (u32 i = 0; i < n; i++)
			EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 3 * MIB), 0);
		EXPECT(pfa_zone_stats(&w->pfa, 1, &zone));
		EXPECT_EQ(zone.size, 3 * MIB);
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 0, 0), -EINVAL);
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 200, 0), -ENOMEM);
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1u << 30, 0), -ENOMEM);
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, ~0u, 0), -EINVAL);
		req.align = FRAME_SIZE << BUDDY_MAX_ORDER;
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, BUDDY_MAX_FRAMES, 0),
			  -ENOMEM);
		req.align = 0;
		/* the largest request, with what it takes beside itself */
		req.size = BUDDY_MAX_FRAMES * FRAME_SIZE;
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -ENOMEM);
		req.size = 0;
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -EINVAL);
		/* A source that gives what can be no zone gets it back */
		req.size = FRAME_SIZE;
		w->skew = 1;
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -ENOMEM);
		EXPECT_EQ(w->given + 2, w->taken);
		/* Nor is there a zone without a source */
		w->pfa.source.take = NULL;
		EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -ENOMEM);
		EXPECT_EQ(w->pfa.nzones, 2);
		EXPECT(pfa_sound(&w->pfa));
		world_drop(w);
	}
}

/* Whether all of so many requests fit into a new zone, which goes back. */
static bool grows_for(struct world *w, u64 frames, u64 align, u32 n)
{
	struct pfa_request req = user(frames * FRAME_SIZE, NULL);
	u64 pa[6];
	bool fit;

	req.align = align;
	fit = !pfa_grow_for(&w->pfa, &req, n, 0) &&
	      !pfa_alloc_many(&w->pfa, &req, n, pa);
	while (fit && n)
		pfa_free(&w->pfa, pa[--n], PFA_OWNER_USER, NULL);
	pfa_trim(&w->pfa);
	w->next = RAM_PA;
	return fit;
}

/* Best fit may put a request where the rest is too short for another. */
/* Proves: PFA-041 */
HOST_TEST(pfa_grows_for_requests_of_any_shape)
{
	static const u64 aligns[] = { 0, FRAME_SIZE, 64 * KIB, 2 * MIB };
	struct world *w = world_make(0);
	unsigned int misfits = 0;

	for (u64 frames = 1; frames < 512; frames += frames < 70 ? 5 : 61) {
		for (unsigned int i = 0; i < 4; i++) {
			for (u32 n = 1; n <= 6; n++)
				misfits += !grows_for(w, frames, aligns[i], n);
		}
	}
	EXPECT_EQ(misfits, 0);
	EXPECT_EQ(w->pfa.nzones, 0);
	world_drop(w);
}

/* Proves: PFA-021 */
HOST_TEST(pfa_fini_refuses_while_frames_are_out)
{
	struct world *w = world_make(MIB);
	struct pfa_request req = user(4 * MIB, NULL);
	u64 pa;

	EXPECT_EQ(pfa_grow(&w->pfa, 10 * MIB), 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_fini(&w->pfa), -EBUSY);
	EXPECT_EQ(w->pfa.nzones, 2);
	EXPECT_EQ(w->given, 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(pfa_fini(&w->pfa), 0);
	EXPECT_EQ(w->pfa.nzones, 0);
	EXPECT_EQ(w->given, 1);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	world_drop(w);
}

/* Several at a time */

/* Proves: PFA-060 */
HOST_TEST(pfa_alloc_many_gives_all_or_none_and_leaves_no_trace)
{
	struct world *w = world_make(MIB);
	struct pfa_request req = user(100 * KIB, "many");
	struct numbers before = numbers_of(&w->pfa);
	struct for_good marks;
	u64 pa[9];

	EXPECT_EQ(pfa_alloc_many(&w->pfa, &req, 3, pa), 0);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(pfa_free(&w->pfa, pa[i], PFA_OWNER_USER, NULL),
			  BUDDY_OK);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	marks = for_good_of(&w->pfa);
	EXPECT_EQ(pfa_alloc_many(&w->pfa, &req, 9, pa), -ENOMEM);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT(for_good_equal(marks, for_good_of(&w->pfa)));
	pfa_set_fault(&w->pfa, 3);
	EXPECT_EQ(pfa_alloc_many(&w->pfa, &req, 4, pa), -ENOMEM);
	EXPECT(pfa_was_injected(&w->pfa));
	EXPECT(for_good_equal(marks, for_good_of(&w->pfa)));
	EXPECT_EQ(w->pfa.failed, 2);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-061 */
HOST_TEST(pfa_ungrow_gives_only_the_newest_zone_back_and_only_empty)
{
	struct world *w = world_make(MIB);
	struct pfa_request req = user(2 * MIB, NULL);
	u64 pa;

	EXPECT_EQ(pfa_ungrow(&w->pfa), 0);
	EXPECT_EQ(pfa_grow(&w->pfa, MIB), 0);
	EXPECT_EQ(pfa_grow(&w->pfa, 4 * MIB), 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_ungrow(&w->pfa), 0);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT_EQ(pfa_ungrow(&w->pfa), 4 * MIB);
	EXPECT_EQ(w->pfa.nzones, 2);
	EXPECT_EQ(pfa_ungrow(&w->pfa), 0);
	EXPECT_EQ(pfa_trim(&w->pfa), MIB);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, MIB), 0);
	EXPECT_EQ(pfa_ungrow(&w->pfa), 0);
	EXPECT_EQ(w->pfa.nzones, 2);
	world_drop(w);
}

/* The lock */

/* Proves: PFA-022 */
HOST_TEST(pfa_call_from_inside_another_is_refused)
{
	struct world *w = world_make(MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	struct pfa_zone_stats zone;
	struct pfa_tag_stats tag;
	struct pfa_block block;
	struct pfa_stats stats;
	page_ref page;
	u64 pa;

	/* what the source met when it called back */
	EXPECT_EQ(pfa_grow(&w->pfa, 2 * MIB), 0);
	EXPECT_EQ(w->nested, -EDEADLK);

	EXPECT_EQ(tables->alloc(tables, 1, &page), 0);
	EXPECT(pfa_lock_take(&w->pfa.lock));
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -EDEADLK);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA, FRAME_SIZE, &req, &pa),
		  -EDEADLK);
	EXPECT_EQ(pfa_free(&w->pfa, RAM_PA, PFA_OWNER_USER, &block),
		  BUDDY_REENTERED);
	EXPECT(block.pa == RAM_PA && !block.size && !*block.tag);
	EXPECT_EQ(pfa_free(&w->pfa, RAM_PA, PFA_OWNER_USER, NULL),
		  BUDDY_REENTERED);
	memset(&block, DIRTY, sizeof(block));
	EXPECT(!pfa_find(&w->pfa, RAM_PA, &block));
	EXPECT(block.pa == RAM_PA && !block.size && !*block.tag);
	EXPECT(pfa_busy(&w->pfa));
	EXPECT(!pfa_tag_stats(&w->pfa, 0, &tag));
	EXPECT_EQ(pfa_alloc_many(&w->pfa, &req, 1, &pa), -EDEADLK);
	EXPECT_EQ(pfa_ungrow(&w->pfa), 0);
	EXPECT(!pfa_next(&w->pfa, 0, &block));
	EXPECT_EQ(pfa_stats(&w->pfa, &stats), -EDEADLK);
	EXPECT(!pfa_zone_stats(&w->pfa, 0, &zone));
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 20 * MIB, MIB), -EDEADLK);
	EXPECT_EQ(pfa_grow(&w->pfa, MIB), -EDEADLK);
	EXPECT_EQ(pfa_grow_for(&w->pfa, &req, 1, 0), -EDEADLK);
	EXPECT_EQ(pfa_trim(&w->pfa), 0);
	EXPECT_EQ(pfa_fini(&w->pfa), -EDEADLK);
	EXPECT_EQ(tables->alloc(tables, 1, &pa), -EDEADLK);
	tables->free(tables, 1, &page);
	EXPECT(tables->live(tables, page));
	pfa_lock_drop(&w->pfa.lock);
	EXPECT(!pfa_busy(&w->pfa));
	EXPECT(pfa_sound(&w->pfa));
	EXPECT_EQ(w->pfa.by_owner[PFA_OWNER_TABLE], 1);
	world_drop(w);
}

/* Table pages */

/* Proves: PFA-023 PFA-024 */
HOST_TEST(pfa_provides_table_pages_with_a_live_word_each)
{
	struct world *w = world_make(16 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	struct numbers before = numbers_of(&w->pfa);
	page_ref pages[600];
	u64 pa;

	EXPECT(!strcmp(tables->name, "pfa"));
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(tables->alloc(tables, 600, pages), 0);
	EXPECT_EQ(numbers_of(&w->pfa).by_owner[PFA_OWNER_TABLE],
		  600 * FRAME_SIZE);
	for (int i = 0; i < 600; i++) {
		u16 *word = tables->live(tables, pages[i]);

		EXPECT(!page_ref_zero(pages[i]) && !(pages[i] & FRAME_MASK));
		EXPECT(word && !*word);
		*word = i;
	}
	for (int i = 0; i < 600; i++)
		EXPECT_EQ(*tables->live(tables, pages[i]), i);
	EXPECT(!tables->live(tables, pa));
	EXPECT(!tables->live(tables, pages[0] + 8));
	EXPECT(!tables->live(tables, RAM_PA + 12 * MIB));
	EXPECT(!tables->live(tables, RAM_PA + 16 * MIB - FRAME_SIZE));
	EXPECT(!tables->live(tables, RAM_PA + 16 * MIB));
	tables->free(tables, 300, pages);
	EXPECT(!tables->live(tables, pages[0]));
	tables->free(tables, 300, pages + 300);
	EXPECT_EQ(pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL), BUDDY_OK);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT_EQ(tables->alloc(tables, 1, pages), 0);
	EXPECT_EQ(*tables->live(tables, pages[0]), 0);
	world_drop(w);
}

/* Proves: PFA-025 */
HOST_TEST(pfa_gives_all_table_pages_or_none_and_never_grows)
{
	struct world *w = world_make(64 * KIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct numbers before = numbers_of(&w->pfa);
	struct for_good before_marks;
	page_ref pages[20];

	before_marks = for_good_of(&w->pfa);
	EXPECT_EQ(tables->alloc(tables, 20, pages), -ENOMEM);
	EXPECT(for_good_equal(before_marks, for_good_of(&w->pfa)));
	EXPECT_EQ(w->taken, 0);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT_EQ(w->pfa.peak, 0);
	EXPECT_EQ(w->pfa.allocs, 0);
	EXPECT_EQ(w->pfa.failed, 1);
	/* two zones serve together what neither could alone */
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + MIB, 64 * KIB), 0);
	EXPECT_EQ(tables->alloc(tables, 20, pages), 0);
	tables->free(tables, 20, pages);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-025 */
HOST_TEST(pfa_table_page_without_a_record_goes_back)
{
	struct world *w = world_make(16 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	u64 at = starve(&w->pfa, 0);
	struct buddy *buddy = &w->pfa.zones->buddy;
	u32 frame = (at - w->pfa.zones->base) / FRAME_SIZE;
	page_ref page;

	/* one free frame, in a group without records */
	EXPECT_EQ(buddy_alloc_at(buddy, frame + 1, 511, NULL), BUDDY_OK);
	EXPECT_EQ(tables->alloc(tables, 1, &page), -ENOMEM);
	EXPECT_EQ(buddy_free_frames(buddy), 1);
	EXPECT_EQ(buddy_check(buddy, NULL), 0);
	world_drop(w);
}

/* Proves: PFA-026 */
HOST_TEST(pfa_frees_as_tables_only_what_is_a_table)
{
	struct world *w = world_make(MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	page_ref wrong[3] = { 0, RAM_PA + MIB / 2, 0x1000 };
	struct numbers before;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &wrong[0]), 0);
	before = numbers_of(&w->pfa);
	tables->free(tables, 3, wrong);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT_EQ(w->pfa.refused, 3);
	world_drop(w);
}

/* Proof and service */

static bool violates(struct pfa *pfa, const char *name, u64 pa)
{
	struct pfa_report report;

	if (pfa_check(pfa, &report) != -EUCLEAN) {
		tap_fail(__FILE__, __LINE__, name);
		return false;
	}
	if (strcmp(report.violated, name) || report.pa != pa) {
		printf("# %s at %llx, not %s at %llx\n", report.violated,
		       report.pa, name, pa);
		return false;
	}
	return true;
}

static struct pfa_record *record_of(struct world *w, u64 pa)
{
	u32 frame = (pa - w->pfa.zones->base) / FRAME_SIZE;
	struct pfa_group *group = w->pfa.zones->groups +
		(frame / 512 - w->pfa.zones->buddy.first / 512);
	u64 records = w->pfa.zones->base + group->frame * FRAME_SIZE;

	return (struct pfa_record *)world_virt(w, records) + frame % 512;
}

/* Proves: PFA-027 */
HOST_TEST(pfa_check_names_what_is_wrong_with_records)
{
	struct world *w = world_make(8 * MIB);
	struct pfa_request req = user(5 * FRAME_SIZE, "t");
	struct pfa_record *record, saved, *unused;
	struct pfa_report report;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_check(&w->pfa, &report), 0);
	EXPECT(!report.violated);
	EXPECT_EQ(report.zones, 1);
	EXPECT_EQ(report.frames, 8 * MIB / FRAME_SIZE);
	EXPECT_EQ(report.allocs, 1);

	record = record_of(w, pa);
	saved = *record;
	record->owner = PFA_OWNER_NONE;
	EXPECT(violates(&w->pfa, "record", pa));
	*record = saved;
	/* a single frame, which might have held records */
	record = record_of(w, pa + 4 * FRAME_SIZE);
	saved = *record;
	record->owner = PFA_OWNER_NONE;
	EXPECT(violates(&w->pfa, "record", pa + 4 * FRAME_SIZE));
	*record = saved;
	record = record_of(w, pa);
	saved = *record;
	/* a record of what is inside a block */
	unused = record_of(w, pa + FRAME_SIZE);
	unused->owner = PFA_OWNER_USER;
	EXPECT(violates(&w->pfa, "record", pa + FRAME_SIZE));
	memset(unused, 0, sizeof(*unused));
	record->owner = PFA_OWNER_BAD;
	EXPECT(violates(&w->pfa, "record", pa));
	*record = saved;
	record->tag = PFA_TAGS + 1;
	EXPECT(violates(&w->pfa, "record", pa));
	*record = saved;
	record->continued = 1;
	EXPECT(violates(&w->pfa, "chain", pa));
	*record = saved;
	record->more = 0;
	EXPECT(violates(&w->pfa, "chain", pa + 4 * FRAME_SIZE));
	*record = saved;
	record->caller = 1;
	EXPECT(violates(&w->pfa, "chain", pa + 4 * FRAME_SIZE));
	*record = saved;
	record_of(w, pa + 4 * FRAME_SIZE)->more = 1;
	EXPECT(violates(&w->pfa, "chain", pa + 5 * FRAME_SIZE));
	record_of(w, pa + 4 * FRAME_SIZE)->more = 0;
	unused = record_of(w, pa + 9 * FRAME_SIZE);
	unused->owner = PFA_OWNER_USER;
	EXPECT(violates(&w->pfa, "record", pa + 9 * FRAME_SIZE));
	memset(unused, 0, sizeof(*unused));
	EXPECT_EQ(pfa_check(&w->pfa, &report), 0);
	world_drop(w);
}

/* Proves: PFA-027 */
HOST_TEST(pfa_check_names_what_is_wrong_with_sums)
{
	struct world *w = world_make(8 * MIB);
	struct pfa_zone *zone = w->pfa.zones;
	struct pfa_request req = user(FRAME_SIZE, "t");
	u32 first = zone->buddy.first;
	u64 group_pa;
	u32 lost;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	zone->used++;
	zone->peak++;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	zone->used--;
	zone->peak--;
	zone->peak--;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	zone->peak++;
	zone->record_frames++;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	zone->record_frames--;
	zone->bad++;
	EXPECT(violates(&w->pfa, "reserved", zone->pa));
	zone->bad--;
	group_pa = zone->base + (u64)(first & ~511u) * FRAME_SIZE;
	zone->groups[0].count++;
	EXPECT(violates(&w->pfa, "group", group_pa));
	zone->groups[0].count--;
	/* a group that says it has records, in a frame that is another's */
	zone->groups[1].count = 1;
	zone->groups[1].frame = first;
	EXPECT(violates(&w->pfa, "group", zone->pa));
	/* two groups that share one, and a frame that nobody knows of */
	zone->groups[1].frame = zone->groups[0].frame;
	EXPECT(!buddy_alloc(&zone->buddy, 0, &lost));
	EXPECT(violates(&w->pfa, "record", zone->base + lost * FRAME_SIZE));
	zone->groups[1].count = 0;
	EXPECT(violates(&w->pfa, "record", zone->base + lost * FRAME_SIZE));
	EXPECT(!buddy_free(&zone->buddy, lost, 0));
	w->pfa.by_owner[PFA_OWNER_SNAP]++;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	w->pfa.by_owner[PFA_OWNER_SNAP]--;
	w->pfa.used++;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	w->pfa.used--;
	w->pfa.peak = 0;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	w->pfa.peak = 1;
	w->pfa.tags[1].refs++;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	w->pfa.tags[1].refs--;
	w->pfa.tags[1].frames++;
	EXPECT(violates(&w->pfa, "account", zone->pa));
	w->pfa.tags[1].frames--;
	zone->buddy.free_frames++;
	EXPECT(violates(&w->pfa, "count", zone->pa));
	zone->buddy.free_frames--;
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-027 */
HOST_TEST(pfa_check_names_what_is_wrong_with_zones)
{
	struct world *w = world_make(8 * MIB);
	struct pfa_zone *zone = w->pfa.zones;
	struct pfa_report report;

	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 8 * MIB, MIB), 0);
	w->pfa.nzones++;
	EXPECT(violates(&w->pfa, "zones", 0));
	w->pfa.nzones -= 2;
	EXPECT(violates(&w->pfa, "zones", RAM_PA + 8 * MIB));
	w->pfa.nzones++;
	zone->size += FRAME_SIZE;
	EXPECT(violates(&w->pfa, "zones", RAM_PA));
	zone->size -= FRAME_SIZE;
	zone->base += FRAME_SIZE;
	EXPECT(violates(&w->pfa, "zones", RAM_PA));
	zone->base -= FRAME_SIZE;
	zone->next->pa -= FRAME_SIZE;
	EXPECT(violates(&w->pfa, "zones", RAM_PA + 8 * MIB - FRAME_SIZE));
	zone->next->pa += FRAME_SIZE;
	EXPECT_EQ(buddy_release(&zone->buddy, zone->meta_frame, 1, NULL),
		  BUDDY_OK);
	EXPECT(violates(&w->pfa, "reserved", RAM_PA + (zone->meta_frame -
			zone->buddy.first) * FRAME_SIZE));
	EXPECT_EQ(buddy_reserve(&zone->buddy, zone->meta_frame, 1, NULL),
		  BUDDY_OK);
	EXPECT_EQ(pfa_check(&w->pfa, &report), 0);
	EXPECT(pfa_lock_take(&w->pfa.lock));
	EXPECT_EQ(pfa_check(&w->pfa, &report), -EDEADLK);
	pfa_lock_drop(&w->pfa.lock);
	world_drop(w);
	/* sums without a zone */
	w = world_make(0);
	EXPECT_EQ(pfa_check(&w->pfa, &report), 0);
	w->pfa.used++;
	EXPECT(violates(&w->pfa, "account", 0));
	world_drop(w);
}

/* Proves: PFA-028 */
HOST_TEST(pfa_walk_covers_each_zone_without_a_gap)
{
	struct world *w = world_make(3 * MIB);
	struct pfa_request req = user(7 * FRAME_SIZE, "t");
	struct pfa_block block;
	u64 bytes[PFA_OWNER_BAD + 1] = { 0 };
	u64 from = 0, expected = RAM_PA;
	u64 pa;

	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 5 * MIB, 2 * MIB), 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_offline(&w->pfa, RAM_PA + MIB, 3 * FRAME_SIZE, NULL), 0);
	for (; pfa_walk(&w->pfa, from, &block); from = block.pa + block.size) {
		EXPECT_EQ(block.pa, expected);
		bytes[block.owner] += block.size;
		expected = block.pa + block.size;
		if (expected == RAM_PA + 3 * MIB)
			expected = RAM_PA + 5 * MIB;
	}
	EXPECT_EQ(expected, RAM_PA + 7 * MIB);
	EXPECT_EQ(bytes[PFA_OWNER_USER], 7 * FRAME_SIZE);
	EXPECT_EQ(bytes[PFA_OWNER_BAD], 3 * FRAME_SIZE);
	EXPECT_EQ(bytes[PFA_OWNER_NONE], numbers_of(&w->pfa).free);
	EXPECT_EQ(bytes[PFA_OWNER_META], numbers_of(&w->pfa).meta);
	/* from inside a block: all of it */
	EXPECT(pfa_walk(&w->pfa, pa + FRAME_SIZE, &block));
	EXPECT_EQ(block.pa, pa);
	EXPECT(pfa_lock_take(&w->pfa.lock));
	EXPECT(!pfa_walk(&w->pfa, 0, &block));
	pfa_lock_drop(&w->pfa.lock);
	world_drop(w);
}

/* Proves: PFA-029 */
HOST_TEST(pfa_frames_out_of_service_are_not_given_out_until_they_are_back)
{
	struct world *w = world_make(0);
	struct pfa_request req = user(FRAME_SIZE, NULL);
	u64 bad = 0, at, pa;

	EXPECT_EQ(pfa_grow(&w->pfa, 2 * MIB), 0);
	at = w->pfa.zones->pa;
	EXPECT_EQ(pfa_offline(&w->pfa, at, MIB, &bad), 0);
	EXPECT(pfa_sound(&w->pfa));
	while (!pfa_alloc(&w->pfa, &req, &pa))
		EXPECT(pa >= at + MIB);
	EXPECT_EQ(pfa_offline(&w->pfa, at + MIB - FRAME_SIZE, 2 * FRAME_SIZE,
			      &bad), -EBUSY);
	EXPECT_EQ(bad, at + MIB - FRAME_SIZE);
	EXPECT_EQ(pfa_offline(&w->pfa, at + MIB, FRAME_SIZE, NULL), -EBUSY);
	EXPECT_EQ(pfa_online(&w->pfa, at + MIB - FRAME_SIZE, 2 * FRAME_SIZE,
			     &bad), -EBUSY);
	EXPECT_EQ(bad, at + MIB);
	EXPECT_EQ(pfa_online(&w->pfa, at, 2 * MIB, &bad), -EBUSY);
	EXPECT_EQ(pfa_online(&w->pfa, at + 2 * MIB - FRAME_SIZE, FRAME_SIZE,
			     &bad), -EBUSY);
	EXPECT_EQ(bad, at + 2 * MIB - FRAME_SIZE);
	EXPECT_EQ(pfa_offline(&w->pfa, at + 1, FRAME_SIZE, NULL), -EINVAL);
	EXPECT_EQ(pfa_online(&w->pfa, at, 0, NULL), -EINVAL);
	EXPECT_EQ(pfa_offline(&w->pfa, 0, FRAME_SIZE, NULL), -ERANGE);
	EXPECT_EQ(pfa_offline(&w->pfa, at, 3 * MIB, NULL), -ERANGE);
	for (pa = at + MIB; pa < at + 2 * MIB; pa += FRAME_SIZE)
		pfa_free(&w->pfa, pa, PFA_OWNER_USER, NULL);
	EXPECT(pfa_sound(&w->pfa));
	EXPECT_EQ(pfa_trim(&w->pfa), 0);
	EXPECT_EQ(pfa_online(&w->pfa, at, MIB, &bad), 0);
	EXPECT(pfa_sound(&w->pfa));
	EXPECT_EQ(pfa_trim(&w->pfa), 2 * MIB);
	EXPECT(pfa_lock_take(&w->pfa.lock));
	EXPECT_EQ(pfa_offline(&w->pfa, at, MIB, NULL), -EDEADLK);
	pfa_lock_drop(&w->pfa.lock);
	world_drop(w);
}

/* What covers each frame; the walk goes from block to block up to the end. */
static bool zone_is_tiled(struct world *w, u64 bad_from, u64 meta_from)
{
	u64 end = w->pfa.zones->pa + w->pfa.zones->size;
	struct pfa_block block, inside;

	for (u64 pa = RAM_PA; pa < end; pa = block.pa + block.size) {
		if (!pfa_walk(&w->pfa, pa, &block) || block.pa != pa ||
		    block.size < FRAME_SIZE << block.order)
			return false;
		if ((block.owner == PFA_OWNER_BAD) !=
		    (pa >= bad_from && pa < meta_from) ||
		    (block.owner == PFA_OWNER_META) != (pa >= meta_from))
			return false;
		pfa_find(&w->pfa, pa + block.size - 1, &inside);
		if (memcmp(&inside, &block, sizeof(block)))
			return false;
	}
	return !pfa_walk(&w->pfa, end, &block);
}

/* Proves: PFA-028 PFA-091 */
HOST_TEST(pfa_frames_out_of_service_end_where_the_metadata_begins)
{
	for (u32 more = 0; more < 64; more++) {
		struct world *w = world_make(MIB + more * FRAME_SIZE);
		u64 meta = RAM_PA + w->pfa.zones->size;
		struct pfa_block block;

		EXPECT(pfa_find(&w->pfa, meta - 1, &block));
		meta = block.pa;
		for (u32 n = 1; n <= 128; n++) {
			/* one by one: they become blocks by themselves */
			EXPECT_EQ(pfa_offline(&w->pfa, meta - n * FRAME_SIZE,
					      FRAME_SIZE, NULL), 0);
			EXPECT(zone_is_tiled(w, meta - n * FRAME_SIZE, meta));
		}
		EXPECT(pfa_sound(&w->pfa));
		EXPECT_EQ(pfa_online(&w->pfa, meta - 128 * FRAME_SIZE,
				     128 * FRAME_SIZE, NULL), 0);
		EXPECT(zone_is_tiled(w, meta, meta));
		EXPECT(pfa_sound(&w->pfa));
		world_drop(w);
	}
}

/* Proves: PFA-092 */
HOST_TEST(pfa_forgets_what_was_out_of_service_in_zones_it_lets_go_of)
{
	struct world *w = world_make(2 * MIB);
	struct pfa_stats stats;

	EXPECT_EQ(pfa_grow(&w->pfa, 2 * MIB), 0);
	for (struct pfa_zone *z = w->pfa.zones; z; z = z->next)
		EXPECT_EQ(pfa_offline(&w->pfa, z->pa, MIB, NULL), 0);
	EXPECT_EQ(pfa_fini(&w->pfa), 0);
	EXPECT_EQ(w->given, 1);
	EXPECT_EQ(pfa_stats(&w->pfa, &stats), 0);
	EXPECT_EQ(stats.by_owner[PFA_OWNER_BAD], 0);
	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA, 2 * MIB), 0);
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* Proves: PFA-030 */
HOST_TEST(pfa_nth_allocation_fails_once_where_told_to)
{
	struct world *w = world_make(4 * MIB);
	struct page_allocator *tables = pfa_page_allocator(&w->pfa);
	struct pfa_request req = user(FRAME_SIZE, "t");
	struct numbers before = numbers_of(&w->pfa);
	page_ref pages[8];
	u64 pa;

	for (unsigned int n = 1; n <= 8; n++) {
		pfa_set_fault(&w->pfa, n);
		EXPECT_EQ(tables->alloc(tables, 8, pages), -ENOMEM);
		EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	}
	EXPECT_EQ(tables->alloc(tables, 8, pages), 0);
	tables->free(tables, 8, pages);
	pfa_set_fault(&w->pfa, 2);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA + MIB, FRAME_SIZE, &req, NULL),
		  -ENOMEM);
	EXPECT_EQ(pfa_reserve(&w->pfa, RAM_PA + MIB, FRAME_SIZE, &req, NULL),
		  0);
	pfa_set_fault(&w->pfa, 1);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), -ENOMEM);
	EXPECT(pfa_was_injected(&w->pfa));
	pfa_set_fault(&w->pfa, 1);
	pfa_set_fault(&w->pfa, 0);
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	EXPECT(!pfa_was_injected(&w->pfa));
	EXPECT(pfa_sound(&w->pfa));
	world_drop(w);
}

/* The address of the first allocation; there is one. */
static u64 first_allocation(struct pfa *pfa)
{
	struct pfa_block block;

	pfa_next(pfa, 0, &block);
	return block.pa;
}

/* What the self-test is told: scribble once, or stop. */
struct meddler {
	struct world *w;
	u64 pa;
	unsigned int asked;
	bool (*act)(struct meddler *meddler);
};

static bool meddle(void *ctx)
{
	struct meddler *meddler = ctx;

	meddler->asked++;
	return meddler->act(meddler);
}

static bool meddle_never(struct meddler *meddler)
{
	(void)meddler;
	return false;
}

static bool meddle_stop(struct meddler *meddler)
{
	return meddler->asked == 3;
}

static bool meddle_scribble(struct meddler *meddler)
{
	struct pfa_block block;

	if (meddler->asked == 5 && pfa_next(&meddler->w->pfa, 0, &block)) {
		meddler->pa = block.pa + block.size - 8;
		*world_virt(meddler->w, meddler->pa) ^= 0x10;
	}
	return false;
}

static bool meddle_count(struct meddler *meddler)
{
	if (meddler->asked == 40)
		meddler->w->pfa.zones->used++;
	return false;
}

/* Nobody gets the lock any more. */
static bool meddle_lock(struct meddler *meddler)
{
	if (meddler->asked == 5)
		pfa_lock_take(&meddler->w->pfa.lock);
	return false;
}

/* Everything belongs to somebody else. */
static bool meddle_owner(struct meddler *meddler)
{
	struct pfa_block block = { 0 };
	u64 from = 0;

	while (meddler->asked == 5 &&
	       pfa_next(&meddler->w->pfa, from, &block)) {
		record_of(meddler->w, block.pa)->owner = PFA_OWNER_SNAP;
		from = block.pa + block.size;
	}
	return false;
}

/* There is no memory, this once. */
static bool meddle_fault(struct meddler *meddler)
{
	if (meddler->asked == 5)
		pfa_set_fault(&meddler->w->pfa, 1);
	return false;
}

/* All addresses are off by a frame. */
static bool meddle_base(struct meddler *meddler)
{
	if (meddler->asked == 1)
		meddler->w->pfa.zones->base += FRAME_SIZE;
	return false;
}

/* A sum is wrong, and that is the end. */
static bool meddle_last(struct meddler *meddler)
{
	meddler->w->pfa.peak = 0;
	return true;
}

static bool meddle_free(struct meddler *meddler)
{
	struct pfa_block block;

	if (meddler->asked == 5 && pfa_next(&meddler->w->pfa, 0, &block))
		pfa_free(&meddler->w->pfa, block.pa, PFA_OWNER_USER, NULL);
	return false;
}

/* Proves: PFA-027 */
HOST_TEST(pfa_check_finds_zones_in_disorder)
{
	struct world *w = world_make(MIB);
	struct pfa_zone *first = w->pfa.zones, *second;

	EXPECT_EQ(pfa_add_zone(&w->pfa, RAM_PA + 4 * MIB, MIB), 0);
	second = first->next;
	w->pfa.zones = second;
	second->next = first;
	first->next = NULL;
	EXPECT(violates(&w->pfa, "zones", first->pa));
	world_drop(w);
}

/* Proves: PFA-061 */
HOST_TEST(pfa_trim_forgets_the_newest_zone)
{
	struct world *w = world_make(MIB);

	EXPECT_EQ(pfa_grow(&w->pfa, 4 * MIB), 0);
	EXPECT_EQ(pfa_trim(&w->pfa), 4 * MIB);
	EXPECT(!w->pfa.newest);
	EXPECT_EQ(pfa_ungrow(&w->pfa), 0);
	EXPECT_EQ(w->given, 1);
	world_drop(w);
}

/* Proves: PFA-031 */
HOST_TEST(pfa_selftest_leaves_all_as_it_was)
{
	struct world *w = world_make(8 * MIB);
	struct meddler meddler = { .w = w, .act = meddle_never };
	struct pfa_selftest test = {
		.iterations = 20000, .seed = 5, .stop = meddle, .ctx = &meddler,
	};
	struct pfa_request req = user(33 * FRAME_SIZE, "mine");
	struct numbers before;
	u64 pa;

	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	mark(w, pa, req.size);
	before = numbers_of(&w->pfa);
	EXPECT_EQ(pfa_selftest(&w->pfa, &test), 0);
	EXPECT_EQ(test.done, 20000);
	EXPECT(test.allocs > 5000 && test.allocs == test.frees);
	EXPECT(test.wrong > 1000 && test.full > 100);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT_EQ(w->taken, 0);
	EXPECT(w->pfa.peak * FRAME_SIZE <= before.free / 2 + req.size);
	EXPECT(marked(w, pa, req.size));
	EXPECT(pfa_sound(&w->pfa));
	/* without anybody to ask; and ended early */
	test.stop = NULL;
	EXPECT_EQ(pfa_selftest(&w->pfa, &test), 0);
	test.stop = meddle;
	meddler.asked = 0;
	meddler.act = meddle_stop;
	EXPECT_EQ(pfa_selftest(&w->pfa, &test), 0);
	EXPECT_EQ(test.done, 128);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	EXPECT(pfa_lock_take(&w->pfa.lock));
	EXPECT(pfa_selftest(&w->pfa, &test));
	pfa_lock_drop(&w->pfa.lock);
	world_drop(w);
}

/* Proves: PFA-031 */
HOST_TEST(pfa_selftest_finds_a_scribble_a_wrong_sum_and_a_stolen_block)
{
	struct world *w = world_make(8 * MIB);
	struct meddler meddler = { .w = w, .act = meddle_scribble };
	struct pfa_selftest test = {
		.iterations = 20000, .seed = 1, .stop = meddle, .ctx = &meddler,
	};
	const char *what;

	what = pfa_selftest(&w->pfa, &test);
	EXPECT(what && strstr(what, "written"));
	EXPECT(test.done < 20000);
	EXPECT_EQ(test.pa, meddler.pa);
	EXPECT(pfa_sound(&w->pfa));
	EXPECT_EQ(w->pfa.used, 0);

	meddler.asked = 0;
	meddler.act = meddle_free;
	EXPECT(pfa_selftest(&w->pfa, &test));
	EXPECT_EQ(w->pfa.used, 0);

	meddler.asked = 0;
	meddler.act = meddle_count;
	what = pfa_selftest(&w->pfa, &test);
	EXPECT(what && strstr(what, "invariant"));
	/* long before the end */
	EXPECT_EQ(test.done, 4096);
	world_drop(w);
}

/* Proves: PFA-031 */
HOST_TEST(pfa_selftest_finds_an_allocator_that_refuses_or_goes_astray)
{
	struct world *w = world_make(8 * MIB);
	struct meddler meddler = { .w = w, .act = meddle_lock };
	struct pfa_selftest test = {
		.iterations = 1000, .stop = meddle, .ctx = &meddler,
	};
	struct pfa_request req = user(FRAME_SIZE, NULL);
	char tag[16];
	bool refused[4] = { false };
	const char *what;
	u64 pa;

	/* in the middle of whatever it does next */
	for (u64 seed = 0; seed < 40; seed++) {
		test.seed = seed;
		meddler.asked = 0;
		what = pfa_selftest(&w->pfa, &test);
		EXPECT(what);
		refused[0] |= !!strstr(what, "valid request");
		refused[1] |= !!strstr(what, "inside");
		refused[2] |= !!strstr(what, "valid free");
		EXPECT_EQ(w->pfa.lock.holder, 1);
		pfa_lock_drop(&w->pfa.lock);
		while (pfa_next(&w->pfa, 0, &(struct pfa_block){ 0 }))
			EXPECT_EQ(pfa_free(&w->pfa, first_allocation(&w->pfa),
					   PFA_OWNER_USER, NULL), BUDDY_OK);
	}
	EXPECT(refused[0] && refused[1] && refused[2]);

	meddler.act = meddle_owner;
	for (u64 seed = 0; seed < 40 && !refused[3]; seed++) {
		w = world_renew(w);
		meddler.w = w;
		test.seed = seed;
		meddler.asked = 0;
		what = pfa_selftest(&w->pfa, &test);
		refused[3] = what && strstr(what, "another owner");
	}
	EXPECT(refused[3]);
	w = world_renew(w);
	meddler.w = w;

	meddler.act = meddle_base;
	meddler.asked = 0;
	what = pfa_selftest(&w->pfa, &test);
	EXPECT(what && strstr(what, "misaligned"));
	w->pfa.zones->base -= FRAME_SIZE;
	world_drop(w);

	w = world_make(8 * MIB);
	meddler.w = w;
	meddler.act = meddle_last;
	EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	what = pfa_selftest(&w->pfa, &test);
	EXPECT(what && strstr(what, "invariant"));
	world_drop(w);

	/* what cannot be had is no fault */
	w = world_make(8 * MIB);
	meddler.w = w;
	meddler.act = meddle_fault;
	meddler.asked = 0;
	EXPECT(!pfa_selftest(&w->pfa, &test));
	EXPECT(test.full >= 1);
	EXPECT_EQ(w->pfa.failed, 1);
	world_drop(w);

	/* no tag is left for it: nothing to be had, but nothing wrong */
	w = world_make(8 * MIB);
	for (int i = 0; i < PFA_TAGS; i++) {
		snprintf(tag, sizeof(tag), "tag%02d", i);
		req.tag = tag;
		EXPECT_EQ(pfa_alloc(&w->pfa, &req, &pa), 0);
	}
	test.stop = NULL;
	EXPECT(!pfa_selftest(&w->pfa, &test));
	EXPECT_EQ(test.full, 1000);
	world_drop(w);
}

/* Random requests against a list */

#define LIVE_MAX	400

/** struct model - what is allocated, by the list */
struct model {
	struct pfa_block block[LIVE_MAX];
	char tag[LIVE_MAX][16];
	unsigned int n;
	u64 used;
};

static u64 random_state;

static u64 random_below(u64 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % n;
}

static bool model_overlaps(const struct model *m, u64 pa, u64 size)
{
	for (unsigned int i = 0; i < m->n; i++) {
		if (pa < m->block[i].pa + m->block[i].size &&
		    m->block[i].pa < pa + size)
			return true;
	}
	return false;
}

static void model_add(struct world *w, struct model *m, u64 pa, u64 size,
		      const char *tag)
{
	struct pfa_block *block = &m->block[m->n];

	size = (size + FRAME_MASK) & ~FRAME_MASK;
	EXPECT(!model_overlaps(m, pa, size));
	block->pa = pa;
	block->size = size;
	strcpy(m->tag[m->n++], tag);
	m->used += size;
	mark(w, pa, size);
}

static void random_alloc(struct world *w, struct model *m)
{
	char tag[16];
	struct pfa_request req = {
		.size = 1 + random_below(random_below(4) ? 9 : 200) * 3000,
		.owner = PFA_OWNER_USER,
		.tag = tag,
	};
	struct pfa_stats stats;
	u64 pa, conflict;
	int ret;

	snprintf(tag, sizeof(tag), "t%d", (int)random_below(10));
	if (!random_below(4))
		req.align = FRAME_SIZE << random_below(8);
	if (!random_below(4))
		req.lo = RAM_PA + random_below(8 * MIB);
	if (random_below(5)) {
		pfa_stats(&w->pfa, &stats);
		ret = pfa_alloc(&w->pfa, &req, &pa);
		if (!req.align && !req.lo)
			EXPECT_EQ(!ret, req.size <= stats.largest);
		EXPECT(!ret || ret == -ENOMEM);
		EXPECT(ret || !req.align || !(pa & (req.align - 1)));
		EXPECT(ret || pa >= req.lo);
	} else {
		pa = (RAM_PA + random_below(8 * MIB)) & ~FRAME_MASK;
		req.size = (req.size + FRAME_MASK) & ~FRAME_MASK;
		ret = pfa_reserve(&w->pfa, pa, req.size, &req, &conflict);
		EXPECT(!ret || ret == -EBUSY || ret == -ERANGE ||
		       ret == -ENOMEM);
	}
	if (!ret)
		model_add(w, m, pa, req.size, tag);
}

static void random_free(struct world *w, struct model *m)
{
	unsigned int i = random_below(m->n);
	struct pfa_block *block = &m->block[i];

	if (block->size > FRAME_SIZE && !random_below(4)) {
		u64 in = (block->pa + 1 + random_below(block->size - 1) +
			  FRAME_MASK) & ~FRAME_MASK;

		if (in < block->pa + block->size) {
			EXPECT_EQ(pfa_free(&w->pfa, in, PFA_OWNER_USER, NULL),
				  BUDDY_INTERIOR);
		}
	}
	EXPECT(marked(w, block->pa, block->size));
	EXPECT_EQ(pfa_free(&w->pfa, block->pa, PFA_OWNER_USER, NULL),
		  BUDDY_OK);
	EXPECT_EQ(pfa_free(&w->pfa, block->pa, PFA_OWNER_USER, NULL),
		  BUDDY_NOT_ALLOCATED);
	m->used -= block->size;
	m->block[i] = m->block[--m->n];
	memmove(m->tag[i], m->tag[m->n], sizeof(m->tag[i]));
}

/* Each allocation is found, whole, and there are no others. */
static void compare(struct world *w, const struct model *m)
{
	struct pfa_block block;
	unsigned int n = 0;
	u64 from = 0;

	for (unsigned int i = 0; i < m->n; i++) {
		u64 in = m->block[i].pa + random_below(m->block[i].size);

		EXPECT(pfa_find(&w->pfa, in, &block));
		EXPECT_EQ(block.pa, m->block[i].pa);
		EXPECT_EQ(block.size, m->block[i].size);
		EXPECT(!strcmp(block.tag, m->tag[i]));
	}
	for (; pfa_next(&w->pfa, from, &block); n++)
		from = block.pa + block.size;
	EXPECT_EQ(n, m->n);
	EXPECT_EQ(numbers_of(&w->pfa).used, m->used);
	EXPECT(pfa_sound(&w->pfa));
}

/* Proves: PFA-001 PFA-003 PFA-004 PFA-006 PFA-007 PFA-011 PFA-012 PFA-013 */
HOST_TEST(pfa_random_requests_agree_with_a_list)
{
	struct model *m = calloc(1, sizeof(*m));
	struct world *w = world_make(5 * MIB);
	struct numbers before;

	random_state = 12345;
	pfa_add_zone(&w->pfa, RAM_PA + 5 * MIB, 3 * MIB);
	before = numbers_of(&w->pfa);
	for (int i = 0; i < 20000 && !tap_failed(); i++) {
		/* fill and drain in turns */
		bool fill = random_below(10) < (i / 500 % 2 ? 3 : 7);

		if (fill && m->n < LIVE_MAX)
			random_alloc(w, m);
		else if (m->n)
			random_free(w, m);
		if (i % 97 == 0)
			compare(w, m);
	}
	while (m->n && !tap_failed())
		random_free(w, m);
	EXPECT(numbers_equal(before, numbers_of(&w->pfa)));
	free(m);
	world_drop(w);
}
