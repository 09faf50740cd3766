// SPDX-License-Identifier: GPL-2.0+
/*
 * A child does the operations. It stops in front of each; its parent then lets it
 * do one instruction at a time, and counts them, until the operation is over.
 * Everything else the child does at full speed.
 */

#define _GNU_SOURCE

#include "worst.h"

#include <mmu_pfa/pfa.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIB_FRAMES	(1u << BUDDY_MAX_ORDER)
#define GIB		(1ull << 30)
#define REGION		(1u << 12)	/* frames: 16 MiB */
#define SMALL		(16ull << 20)	/* bytes: a zone to look through */

enum kind {
	NOTHING, ALLOC, FREE, FREE_ANY, FIND, LARGEST, ALLOC_AT, RESERVE, RELEASE,
	RUN, BULK_ALLOC, BULK_FREE, STATS, INIT, PFA_ALLOC, PFA_FREE, PFA_FIND,
	PFA_WALK, PFA_NEXT, PFA_RESERVE, PFA_OFFLINE, PFA_ONLINE, PFA_STATS,
	TABLE_ALLOC, TABLE_FREE, TABLE_LIVE, KINDS,
};

/* Operations, and what the long ones are counted by; NULL where none is long */
static const struct {
	const char *name;
	const char *unit;
} kinds[KINDS] = {
	[ALLOC] = { "alloc" },
	[FREE] = { "free" },
	[FREE_ANY] = { "free_any" },
	[FIND] = { "find" },
	[LARGEST] = { "largest" },
	[ALLOC_AT] = { "alloc_at" },
	[RESERVE] = { "reserve", "word" },
	[RELEASE] = { "release", "word" },
	[RUN] = { "run", "block" },
	[BULK_ALLOC] = { "bulk_alloc", "frame" },
	[BULK_FREE] = { "bulk_free", "frame" },
	[STATS] = { "stats", "word" },
	[INIT] = { "init", "gib" },
	[PFA_ALLOC] = { "pfa_alloc" },
	[PFA_FREE] = { "pfa_free" },
	[PFA_FIND] = { "pfa_find" },
	[PFA_WALK] = { "pfa_walk" },
	[PFA_NEXT] = { "pfa_next", "block" },
	[PFA_RESERVE] = { "pfa_reserve" },
	[PFA_OFFLINE] = { "pfa_offline", "word" },
	[PFA_ONLINE] = { "pfa_online", "word" },
	[PFA_STATS] = { "pfa_stats", "word" },
	[TABLE_ALLOC] = { "table_alloc", "page" },
	[TABLE_FREE] = { "table_free", "page" },
	[TABLE_LIVE] = { "table_live" },
};

/**
 * struct mark - what the child does just now, for its parent to see
 *
 * @kind:  which operation, NOTHING in between
 * @units: over how many units it passes; 0 where it does not
 */
static struct mark {
	enum kind kind;
	u32 units;
} *mark;

static void from_here(enum kind kind, u32 units)
{
	mark->units = units;
	mark->kind = kind;
	asm volatile("int3" : : : "memory");
}

static void to_here(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	mark->kind = NOTHING;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* The scenes are set up by hand: what was to be so is so. */
static void must(bool good)
{
	if (!good)
		_exit(1);
}

/* Each operation, measured */

static enum buddy_status take(struct buddy *b, unsigned int order, u32 *frame)
{
	enum buddy_status status;

	from_here(ALLOC, 0);
	status = buddy_alloc(b, order, frame);
	to_here();
	return status;
}

/* Back with the order or without it */
static enum buddy_status give(struct buddy *b, u32 frame, unsigned int order,
			      bool any)
{
	enum buddy_status status;

	from_here(any ? FREE_ANY : FREE, 0);
	status = any ? buddy_free_any(b, frame, NULL) :
		       buddy_free(b, frame, order);
	to_here();
	return status;
}

static struct buddy_block find(struct buddy *b, u32 frame)
{
	struct buddy_block block;

	from_here(FIND, 0);
	block = buddy_find(b, frame);
	to_here();
	return block;
}

static int largest(struct buddy *b)
{
	int order;

	from_here(LARGEST, 0);
	order = buddy_largest(b);
	to_here();
	return order;
}

static enum buddy_status take_at(struct buddy *b, u32 frame, u32 count)
{
	enum buddy_status status;

	from_here(ALLOC_AT, 0);
	status = buddy_alloc_at(b, frame, count, NULL);
	to_here();
	return status;
}

static enum buddy_status reserve(struct buddy *b, u32 frame, u32 count)
{
	enum buddy_status status;

	from_here(RESERVE, count / 64);
	status = buddy_reserve(b, frame, count, NULL);
	to_here();
	return status;
}

static enum buddy_status release(struct buddy *b, u32 frame, u32 count)
{
	enum buddy_status status;

	from_here(RELEASE, count / 64);
	status = buddy_release(b, frame, count, NULL);
	to_here();
	return status;
}

static enum buddy_status take_run(struct buddy *b, u32 count, unsigned int align,
				  u32 lo, u32 hi, u32 blocks)
{
	enum buddy_status status;
	u32 frame;

	from_here(RUN, blocks);
	status = buddy_alloc_run(b, count, align, lo, hi, &frame);
	to_here();
	return status;
}

static enum buddy_status take_bulk(struct buddy *b, u32 count,
				   struct buddy_run *runs, u32 *nruns)
{
	enum buddy_status status;

	from_here(BULK_ALLOC, count == 1 ? 0 : count);
	status = buddy_alloc_bulk(b, count, runs, nruns);
	to_here();
	return status;
}

static enum buddy_status give_bulk(struct buddy *b, u32 count, u32 nruns,
				   const struct buddy_run *runs)
{
	enum buddy_status status;

	from_here(BULK_FREE, count == 1 ? 0 : count);
	status = buddy_free_bulk(b, nruns, runs, NULL);
	to_here();
	return status;
}

static void *memory(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	must(mem != MAP_FAILED);
	return mem;
}

static void zone_make(struct buddy *b, u32 frames)
{
	void *meta = memory(buddy_meta_size(0, frames));

	must(!buddy_init(b, meta, 0, frames));
}

static void init_zone(u32 frames)
{
	void *meta = memory(buddy_meta_size(0, frames));
	struct buddy b;

	from_here(INIT, frames == GIB_FRAMES ? 0 : frames / GIB_FRAMES);
	must(!buddy_init(&b, meta, 0, frames));
	to_here();
}

/* Single blocks in a zone of 255 GiB */

/* Splitting from the top to the bottom, and merging all of it again. */
static void split_and_merge(struct buddy *b, bool any)
{
	u32 frame, other;

	for (unsigned int order = 0; order < BUDDY_ORDERS; order++) {
		must(!take(b, order, &frame));
		must(!give(b, frame, order, any));
		/* the open word, too, in the way of a larger block */
		must(!take(b, 0, &other));
		must(!take(b, order, &frame));
		find(b, frame);
		must(!give(b, other, 0, any));
		must(largest(b) >= 0);
		must(!give(b, frame, order, any));
	}
}

/* One hole in all of a block, which fills; refused with and without it. */
static void fill_holes(struct buddy *b, bool any)
{
	u32 base = 100 * GIB_FRAMES;

	for (unsigned int order = 1; order < BUDDY_ORDERS; order++) {
		u32 last = base + (1u << order) - 1;
		u32 middle = base + (1u << (order - 1));

		must(!take_at(b, base, 1u << order));
		must(give(b, last, 0, any));
		must(find(b, last).frame == base);
		must(!give(b, base, order, any));
		must(give(b, base, order, any));
		must(!take_at(b, middle, 1));
		must(find(b, base).state == BUDDY_STATE_FREE);
		if (any)
			must(!give(b, middle, 0, any));
		else
			must(!give_bulk(b, 1, 1, &(struct buddy_run){ middle, 1 }));
		/* each tile that there can be */
		must(!take_at(b, base + 1, (1u << order) - 1));
		must(!buddy_free_any(b, base + 1, NULL));
		for (unsigned int k = 1; k < order; k++)
			must(!buddy_free(b, base + (1u << k), k));
	}
	must(!take_at(b, base + 1, 2 * GIB_FRAMES - 2));
	for (u32 f = base + 1; f < base + 2 * GIB_FRAMES - 1; ) {
		unsigned int order;

		must(!buddy_free_any(b, f, &order));
		f += 1u << order;
	}
}

static void at_random(struct buddy *b, bool any)
{
	u32 live[400];
	u8 orders[400];
	u32 n = 0;

	for (int i = 0; i < 400; i++) {
		if (n < 400 && rand() % 2) {
			orders[n] = rand() % 4 ? rand() % 4 :
				    rand() % BUDDY_ORDERS;
			if (!take(b, orders[n], &live[n]))
				n++;
		} else if (n) {
			u32 j = rand() % n;

			must(!give(b, live[j], orders[j], any));
			live[j] = live[--n];
			orders[j] = orders[n];
		}
		if (!(i % 8))
			find(b, rand() % b->frames);
	}
	while (n--)
		must(!give(b, live[n], orders[n], any));
}

/*
 * Every word of level 1 of a GiB has a block of an order, and none of the order
 * before, which is what is looked for; of the block that is found 32 are as good.
 */
static void look_in_vain(struct buddy *b, unsigned int order)
{
	u32 base = 200 * GIB_FRAMES;
	u32 frame;

	must(!buddy_alloc_at(b, 0, base, NULL));
	must(!buddy_alloc_at(b, base + GIB_FRAMES, b->frames - base - GIB_FRAMES,
			     NULL));
	for (u32 at = 0; at < GIB_FRAMES; at += 2u << order)
		must(!buddy_alloc_at(b, base + at, 1u << order, NULL));
	for (unsigned int k = 0; k <= order; k++) {
		must(!take(b, k, &frame));
		must(!give(b, frame, k, false));
	}
	/* nothing is left but a frame, and that is in the open word */
	for (u32 at = 0; at < GIB_FRAMES; at += 2u << order)
		must(!buddy_alloc_at(b, base + at + (1u << order), 1u << order,
				     NULL));
	must(!buddy_free_any(b, base, NULL));
	must(!buddy_alloc(b, 0, &frame));
	for (unsigned int k = order + 1; k < BUDDY_ORDERS; k++)
		must(take(b, k, &frame) == BUDDY_NO_SPACE);
	must(!give(b, frame, 0, false));
}

/* A word is open that has become all free again, and nothing else is taken. */
static void open_whole_word(struct buddy *b)
{
	u32 frame;

	zone_make(b, 255 * GIB_FRAMES);
	must(!buddy_alloc(b, 0, &frame));
	must(!buddy_free(b, frame, 0));
}

/* Closing it merges all that there is, whoever comes first. */
static void close_whole_word(void)
{
	u32 far = 100 * GIB_FRAMES;
	struct buddy_run run;
	struct buddy b;
	u32 n = 1;

	open_whole_word(&b);
	must(find(&b, 0).order == BUDDY_MAX_ORDER);
	open_whole_word(&b);
	must(largest(&b) == BUDDY_MAX_ORDER);
	open_whole_word(&b);
	must(!take_at(&b, far + 1, GIB_FRAMES - 2));
	open_whole_word(&b);
	must(!reserve(&b, far + 77, 1));
	open_whole_word(&b);
	must(!buddy_reserve(&b, far + 77, 1, NULL));
	must(!buddy_alloc(&b, 0, &n) && !buddy_free(&b, n, 0));
	must(!release(&b, far + 77, 1));
	open_whole_word(&b);
	must(!take_run(&b, 3, 0, far + 1, ~0u, 0));
	open_whole_word(&b);
	n = 1;
	must(!take_bulk(&b, 1, &run, &n));
	must(!give_bulk(&b, 1, n, &run));
}

static void single_blocks(void)
{
	struct buddy b;

	init_zone(255 * GIB_FRAMES);
	init_zone(GIB_FRAMES);
	close_whole_word();
	zone_make(&b, 255 * GIB_FRAMES);
	for (int any = 0; any < 2; any++) {
		split_and_merge(&b, any);
		fill_holes(&b, any);
		at_random(&b, any);
	}
	for (unsigned int order = 6; order < 12; order++) {
		zone_make(&b, 255 * GIB_FRAMES);
		look_in_vain(&b, order);
	}
}

/* Ranges */

static void reserved_ranges(struct buddy *b)
{
	u32 base = 100 * GIB_FRAMES;

	/* all words of two regions, each with words to be written first */
	must(!reserve(b, base, 2 * REGION));
	must(reserve(b, base, 1) == BUDDY_IN_USE);
	must(!release(b, base, 2 * REGION));
	must(!reserve(b, base + 77, 1));
	must(!release(b, base + 77, 1));
	/* half a word in each step */
	must(!reserve(b, base + 32, REGION));
	must(!release(b, base + 32, REGION));
	/* an open word in it, which is closed first */
	must(!buddy_alloc_at(b, 0, base, NULL));
	for (int i = 0; i < 3; i++) {
		u32 frame;

		must(!buddy_alloc(b, 0, &frame));
		must(!reserve(b, base + 5000 * i + 999, 1));
		must(!release(b, base + 5000 * i + 999, 1));
	}
}

/* Every other frame of some regions is taken, and of the rest all. */
static void make_checkered(struct buddy *b, u32 frames, u32 step)
{
	zone_make(b, GIB_FRAMES);
	must(!buddy_alloc_at(b, 0, GIB_FRAMES, NULL));
	must(!buddy_free(b, 0, BUDDY_MAX_ORDER));
	for (u32 at = 0; at < frames; at += step)
		must(!buddy_alloc_at(b, at, step - 1, NULL));
	must(!buddy_alloc_at(b, frames, GIB_FRAMES - frames, NULL));
}

static void runs_of_blocks(void)
{
	u32 frames = REGION / 4;
	struct buddy_stats stats;
	struct buddy b;

	/* none is found, by the index or by the pass over all blocks */
	make_checkered(&b, frames, 2);
	must(take_run(&b, 1, 1, 0, frames, frames) == BUDDY_NO_SPACE);
	must(take_run(&b, 3, 0, 0, frames, frames) == BUDDY_NO_SPACE);
	must(take_run(&b, 3, 2, 0, frames, frames) == BUDDY_NO_SPACE);
	from_here(RUN, frames);
	must(buddy_largest_run(&b) == 1);
	to_here();
	from_here(STATS, frames / 64);
	buddy_stats(&b, &stats);
	to_here();
	must(stats.nfree[0] == frames / 2);
}

/* The run is in one block: in all of a zone, and within bounds. */
static void runs_in_a_block(struct buddy *b)
{
	u32 base = 100 * GIB_FRAMES;

	for (unsigned int order = 0; order < BUDDY_MAX_ORDER; order++) {
		u32 count = (1u << order) + (order ? 1 : 0);

		must(!take_run(b, count, 0, 0, ~0u, 0));
		must(!take_run(b, count, order, base + 1, ~0u, 0));
		must(!take_run(b, count, 0, base + 3 * GIB_FRAMES + 5, ~0u, 0));
	}
}

static void bulk_requests(void)
{
	static struct buddy_run runs[256];
	struct buddy b;
	u32 n = 1;

	zone_make(&b, 255 * GIB_FRAMES);
	must(!take_bulk(&b, 1, runs, &n));
	must(!give_bulk(&b, 1, n, runs));
	n = 1;
	must(!take_bulk(&b, 512, runs, &n));
	must(!give_bulk(&b, 512, n, runs));
	/* each frame a run and a word of its own */
	make_checkered(&b, 4 * REGION, 64);
	n = 1;
	must(!take_bulk(&b, 1, runs, &n));
	must(!give_bulk(&b, 1, n, runs));
	n = 256;
	must(!take_bulk(&b, 256, runs, &n) && n == 256);
	must(!give_bulk(&b, 256, n, runs));
	/* too many for the room that there is: all of them back */
	n = 255;
	must(take_bulk(&b, 256, runs, &n) == BUDDY_NO_SPACE);
}

static void ranges(void)
{
	struct buddy b;

	zone_make(&b, 255 * GIB_FRAMES);
	runs_in_a_block(&b);
	zone_make(&b, 255 * GIB_FRAMES);
	reserved_ranges(&b);
	runs_of_blocks();
	bulk_requests();
}

/* The whole allocator, on a zone of 1 GiB */

static int pfa_take(struct pfa *pfa, u64 size, const char *tag, u64 *pa)
{
	struct pfa_request req = {
		.size = size,
		.owner = PFA_OWNER_USER,
		.tag = tag,
	};
	int ret;

	from_here(PFA_ALLOC, 0);
	ret = pfa_alloc(pfa, &req, pa);
	to_here();
	return ret;
}

static enum buddy_status pfa_give(struct pfa *pfa, u64 pa)
{
	enum buddy_status status;

	from_here(PFA_FREE, 0);
	status = pfa_free(pfa, pa, PFA_OWNER_USER, NULL);
	to_here();
	return status;
}

static void pfa_look(struct pfa *pfa, u64 pa)
{
	struct pfa_block block;

	from_here(PFA_FIND, 0);
	must(pfa_find(pfa, pa, &block));
	to_here();
	from_here(PFA_WALK, 0);
	must(pfa_walk(pfa, pa, &block));
	to_here();
	from_here(PFA_NEXT, 0);
	must(pfa_next(pfa, block.pa, &block));
	to_here();
}

static int pfa_take_at(struct pfa *pfa, u64 pa, u64 size)
{
	struct pfa_request req = {
		.owner = PFA_OWNER_USER,
		.tag = "a-long-name-63",
	};
	u64 conflict;
	int ret;

	from_here(PFA_RESERVE, 0);
	ret = pfa_reserve(pfa, pa, size, &req, &conflict);
	to_here();
	return ret;
}

/* Out of service, and in again: one frame, or so many words. */
static void pfa_serve(struct pfa *pfa, u64 pa, u32 words)
{
	u64 size = (words ? 64 * words : 1) * FRAME_SIZE;
	u64 conflict;

	from_here(PFA_OFFLINE, words);
	must(!pfa_offline(pfa, pa, size, &conflict));
	to_here();
	from_here(PFA_ONLINE, words);
	must(!pfa_online(pfa, pa, size, &conflict));
	to_here();
}

/* All tags but one are in use; the last is compared with each. */
static void fill_tags(struct pfa *pfa)
{
	for (int i = 0; i < PFA_TAGS - 1; i++) {
		char tag[PFA_TAG_LEN + 1];
		u64 pa;

		snprintf(tag, sizeof(tag), "a-long-name-%d", i);
		must(!pfa_take(pfa, FRAME_SIZE, tag, &pa));
	}
}

static void pfa_sizes(struct pfa *pfa)
{
	for (unsigned int order = 0; order < BUDDY_MAX_ORDER; order += 4) {
		u64 size = FRAME_SIZE << order;
		u64 pa;

		must(!pfa_take(pfa, size, "a-long-name-63", &pa));
		pfa_look(pfa, pa);
		must(!pfa_give(pfa, pa));
		must(pfa_give(pfa, pa));
		/* as many tiles as there can be */
		if (order + 1 < BUDDY_MAX_ORDER) {
			size = 2 * size - FRAME_SIZE;
			must(!pfa_take(pfa, size, "a-long-name-63", &pa));
			pfa_look(pfa, pa + size - 1);
			must(!pfa_give(pfa, pa));
		}
	}
}

static void pfa_at_random(struct pfa *pfa)
{
	u64 live[200];
	u32 n = 0;

	for (int i = 0; i < 60; i++) {
		if (n < 200 && rand() % 2) {
			u64 size = FRAME_SIZE << rand() % 10;

			must(!pfa_take(pfa, size, NULL, &live[n]));
			pfa_look(pfa, live[n++]);
		} else if (n) {
			u32 j = rand() % n;

			must(!pfa_give(pfa, live[j]));
			live[j] = live[--n];
		}
	}
}

/* Exact addresses: as many tiles as there can be, and one that is taken. */
static void pfa_ranges(struct pfa *pfa)
{
	u64 free = 600ull << 20;
	struct pfa_block block;

	for (u64 size = FRAME_SIZE; size <= GIB / 4; size *= 2) {
		u64 pa = GIB + GIB / 4 + FRAME_SIZE;

		must(!pfa_take_at(pfa, pa, 2 * size - FRAME_SIZE));
		must(pfa_take_at(pfa, pa - FRAME_SIZE, size + FRAME_SIZE) ==
		     -EBUSY);
		pfa_look(pfa, pa);
		must(!pfa_give(pfa, pa));
	}
	pfa_serve(pfa, GIB + free, 0);
	pfa_serve(pfa, GIB + free + 32 * FRAME_SIZE, 1024);
	/* from a block on past all that are free */
	must(!pfa_take_at(pfa, GIB + free, FRAME_SIZE));
	for (u32 i = 0; i < 256; i++)
		must(!pfa_offline(pfa, GIB + free + (2 * i + 2) * FRAME_SIZE,
				  FRAME_SIZE, NULL));
	must(!pfa_take_at(pfa, GIB + free + 513 * FRAME_SIZE, FRAME_SIZE));
	from_here(PFA_NEXT, 512);
	must(pfa_next(pfa, GIB + free + FRAME_SIZE, &block));
	to_here();
	must(block.pa == GIB + free + 513 * FRAME_SIZE);
}

/* One page at a time, and many, each in a word of its own. */
static void pfa_pages(struct pfa *pfa)
{
	struct page_allocator *pages = pfa_page_allocator(pfa);
	page_ref page[16];

	for (u32 i = 0; i < 32; i++) {
		u32 n = i % 2 ? 16 : 1;

		from_here(TABLE_ALLOC, n == 1 ? 0 : n);
		must(!pages->alloc(pages, n, page));
		to_here();
		from_here(TABLE_LIVE, 0);
		must(pages->live(pages, page_ref_pa(*page)));
		to_here();
		from_here(TABLE_FREE, n == 1 ? 0 : n);
		pages->free(pages, n, page);
		to_here();
	}
}

/* Nothing is free but single frames, each in a word of its own. */
static void pfa_pages_apart(struct pfa *pfa)
{
	struct pfa_request req = {
		.size = FRAME_SIZE,
		.owner = PFA_OWNER_USER,
	};
	struct pfa_stats stats;
	u64 pa;

	while (!pfa_alloc(pfa, &req, &pa))
		;
	for (u64 at = GIB; at < GIB + SMALL; at += 64 * FRAME_SIZE)
		pfa_free(pfa, at, PFA_OWNER_USER, NULL);
	pfa_pages(pfa);
	from_here(PFA_STATS, SMALL / FRAME_SIZE / 64);
	must(!pfa_stats(pfa, &stats));
	to_here();
}

/* An allocator with one zone. */
static void pfa_make(struct pfa *pfa, u64 size)
{
	pfa_init(pfa, (s64)((uintptr_t)memory(size) - GIB), NULL);
	must(!pfa_add_zone(pfa, GIB, size));
}

static void whole_allocator(void)
{
	static struct pfa pfa;

	pfa_make(&pfa, GIB);
	pfa_pages(&pfa);
	fill_tags(&pfa);
	pfa_sizes(&pfa);
	pfa_ranges(&pfa);
	pfa_at_random(&pfa);
	pfa_make(&pfa, SMALL);
	pfa_pages_apart(&pfa);
}

static void child(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	srand(1);
	single_blocks();
	ranges();
	whole_allocator();
	_exit(0);
}

/* The instructions of the operation that the child has stopped in front of */
static u64 count_steps(pid_t pid, int *status)
{
	u64 count = 0;

	while (WIFSTOPPED(*status) && mark->kind) {
		ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
		waitpid(pid, status, 0);
		count++;
	}
	return count;
}

static void print_worst(const double *once, const double *each)
{
	for (int kind = 1; kind < KINDS; kind++) {
		if (once[kind])
			printf("%s %.0f\n", kinds[kind].name, once[kind]);
		if (each[kind])
			printf("%s_per_%s %.1f\n", kinds[kind].name,
			       kinds[kind].unit, each[kind]);
	}
}

int worst_run(void)
{
	double once[KINDS] = { 0 }, each[KINDS] = { 0 };
	int status;
	pid_t pid;

	mark = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (!pid)
		child();
	waitpid(pid, &status, 0);
	while (WIFSTOPPED(status)) {
		enum kind kind = mark->kind;
		u32 units = mark->units;
		double count = count_steps(pid, &status);
		double *worst = units ? &each[kind] : &once[kind];

		if (units)
			count /= units;
		if (count > *worst)
			*worst = count;
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		waitpid(pid, &status, 0);
	}
	print_worst(once, each);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}
