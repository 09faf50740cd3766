// SPDX-License-Identifier: GPL-2.0+
/*
 * The workloads of <mmu_pfa/bench.h> on this machine; tools/bench runs this and
 * says what it came to.
 *
 *	bench time <workload> <allocator> <MiB> <seed> <operations>
 *	bench latency <workload> <allocator> <MiB> <seed> <operations>
 *	bench meta | init | add_zone | worst | tags | peers
 *	bench pair lock|table|user|tagged <pairs>
 *
 * Each prints lines of "key value". Under callgrind only what is measured is
 * counted.
 */

#define _GNU_SOURCE

#include <mmu_pfa/bench.h>
#include <mmu_pfa/lock.h>
#include <mmu_pfa/pfa.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <valgrind/callgrind.h>
#include <x86intrin.h>

#include "peers/peers.h"
#include "worst.h"

#define MIB_FRAMES	256u
#define GIB		(1ull << 30)

static u64 now_ns(void *ctx)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void count_from_here(void *ctx, const char *name)
{
	CALLGRIND_ZERO_STATS;
	CALLGRIND_TOGGLE_COLLECT;
}

static void count_to_here(void *ctx, const char *name)
{
	CALLGRIND_TOGGLE_COLLECT;
}

static void *memory(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		abort();
	return mem;
}

/* A bitmap of free frames, searched from where the last one was found. */

struct bitmap {
	u32 words;
	u32 at;
	u64 free[];
};

static size_t bitmap_size(u32 frames)
{
	return (sizeof(struct bitmap) + frames / 8 + 15) / 16 * 16;
}

static void bitmap_begin(void *meta, u32 frames)
{
	struct bitmap *map = meta;

	map->words = frames / 64;
	map->at = 0;
	memset(map->free, 0xff, frames / 8);
}

static int bitmap_take(void *meta, unsigned int order, u32 *frame)
{
	struct bitmap *map = meta;

	while (!map->free[map->at])
		map->at = map->at + 1 == map->words ? 0 : map->at + 1;
	*frame = map->at * 64 + __builtin_ctzll(map->free[map->at]);
	map->free[map->at] &= map->free[map->at] - 1;
	return 0;
}

static int bitmap_give(void *meta, u32 frame, unsigned int order)
{
	struct bitmap *map = meta;

	map->free[frame / 64] |= 1ull << frame % 64;
	return 0;
}

static const struct bench_allocator bench_bitmap = {
	.name = "bitmap",
	.meta_size = bitmap_size,
	.init = bitmap_begin,
	.alloc = bitmap_take,
	.free = bitmap_give,
};

static const struct bench_allocator *allocator_named(const char *name)
{
	const struct bench_allocator *all[] = {
		&bench_buddy, &bench_stack, &bench_bitmap, &bench_nobody,
		&bench_lmb, &bench_memalign,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i] && !strcmp(all[i]->name, name))
			return all[i];
	}
	abort();
}

static int print_peers(void)
{
	printf("lmb %d\nmemalign %d\n", !!&bench_lmb, !!&bench_memalign);
	return 0;
}

/* Time of each call, in cycles of the time stamp counter, as a histogram */

#define LATENCY_MAX	65536

static const struct bench_allocator *timed;
static u32 *latency;

static void latency_add(u64 cycles)
{
	latency[cycles < LATENCY_MAX ? cycles : LATENCY_MAX - 1]++;
}

/* What is filled before is not measured. */
static void latency_from_here(void *ctx, const char *name)
{
	memset(latency, 0, LATENCY_MAX * sizeof(*latency));
}

static size_t timed_size(u32 frames)
{
	return timed->meta_size(frames);
}

static void timed_begin(void *meta, u32 frames)
{
	timed->init(meta, frames);
}

static int timed_take(void *meta, unsigned int order, u32 *frame)
{
	u64 start = __rdtsc();
	int ret = timed->alloc(meta, order, frame);

	latency_add(__rdtsc() - start);
	return ret;
}

static int timed_give(void *meta, u32 frame, unsigned int order)
{
	u64 start = __rdtsc();
	int ret = timed->free(meta, frame, order);

	latency_add(__rdtsc() - start);
	return ret;
}

static const struct bench_allocator bench_timed = {
	.name = "timed",
	.meta_size = timed_size,
	.init = timed_begin,
	.alloc = timed_take,
	.free = timed_give,
};

static void print_latency(double ns_per_cycle)
{
	u64 total = 0, seen = 0;
	u32 cycles = 0;

	for (u32 i = 0; i < LATENCY_MAX; i++)
		total += latency[i];
	for (; cycles < LATENCY_MAX && seen * 1000 < total * 999; cycles++)
		seen += latency[cycles];
	printf("p999_ns %.1f\n", cycles * ns_per_cycle);
}

static int workload_named(const struct bench_env *env, const char *name,
			  struct bench_row *row)
{
	static const char *const names[] = {
		"hot", "fill", "free_random", "mixed50", "mixed95", "bulk",
		"bulk_array",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name))
			return bench_run(env, i, row);
	}
	return -ENOENT;
}

static int run_workload(char **argv, bool latencies)
{
	struct bench_env env = {
		.allocator = allocator_named(argv[1]),
		.frames = atoi(argv[2]) * MIB_FRAMES,
		.ns = now_ns,
		.begin = count_from_here,
		.end = count_to_here,
		.seed = atoi(argv[3]),
		.mixed_ops = atoi(argv[4]),
	};
	u64 ns = now_ns(NULL);
	u64 cycles = __rdtsc();
	struct bench_row row;

	if (latencies) {
		timed = env.allocator;
		latency = memory(LATENCY_MAX * sizeof(*latency));
		env.allocator = &bench_timed;
		env.begin = latency_from_here;
	}
	env.scratch = memory(bench_scratch_size(env.allocator, env.frames));
	if (workload_named(&env, argv[0], &row))
		return 1;
	printf("count %u\nns %llu\nfree2m_pct %.2f\n", row.count, row.ns,
	       row.free2m_pct / 100.0);
	if (latencies)
		print_latency((double)(now_ns(NULL) - ns) /
			      (__rdtsc() - cycles));
	return 0;
}

/* A zone of 255 GiB */

static int run_meta(void)
{
	u32 frames = 255u << BUDDY_MAX_ORDER;

	printf("bytes_per_frame %.4f\n",
	       (double)buddy_meta_size(0, frames) / frames);
	return 0;
}

/* Ten times, on memory that has been written before: no page faults. */
static int run_init(void)
{
	u32 frames = 255u << BUDDY_MAX_ORDER;
	size_t size = buddy_meta_size(0, frames);
	void *meta = memory(size);
	struct buddy b;
	u64 best = ~0ull;

	memset(meta, 0xa5, size);
	for (int i = 0; i < 10; i++) {
		u64 start = now_ns(NULL);

		buddy_init(&b, meta, 0, frames);
		start = now_ns(NULL) - start;
		if (start < best)
			best = start;
	}
	printf("us %.1f\n", best / 1000.0);
	return 0;
}

/*
 * A zone of 255 GiB, which need not be there: only its last frames are written to.
 * The first time, which also has the kernel bring in these pages, and the best of
 * ten that follow.
 */
static int run_add_zone(void)
{
	u64 size = 255 * GIB;
	u8 *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	u64 first = 0, best = ~0ull;
	struct pfa pfa;

	if (ram == MAP_FAILED)
		return 1;
	for (int i = 0; i <= 10; i++) {
		u64 start;

		pfa_init(&pfa, (s64)((uintptr_t)ram - GIB), NULL);
		start = now_ns(NULL);
		if (pfa_add_zone(&pfa, GIB, size))
			return 1;
		start = now_ns(NULL) - start;
		if (!i)
			first = start;
		else if (start < best)
			best = start;
	}
	printf("us %.1f\nfirst_us %.1f\n", best / 1000.0, first / 1000.0);
	return 0;
}

/* The whole allocator: lock, record, tag and statistics included */

static int run_pair(const char *what, u32 pairs)
{
	size_t size = 64 << 20;
	struct pfa_request req = {
		.size = FRAME_SIZE,
		.owner = PFA_OWNER_USER,
		.tag = strcmp(what, "tagged") ? NULL : "bench",
	};
	struct page_allocator *tables;
	bool lock = !strcmp(what, "lock");
	bool table = !strcmp(what, "table");
	struct pfa pfa;
	page_ref page;
	u64 pa = 0;

	pfa_init(&pfa, (s64)((uintptr_t)memory(size) - GIB), NULL);
	if (pfa_add_zone(&pfa, GIB, size))
		return 1;
	tables = pfa_page_allocator(&pfa);
	/* so that records are there, and the tag is not the first */
	pfa_alloc(&pfa, &req, &pa);
	count_from_here(NULL, "pair");
	for (u32 i = 0; i < pairs; i++) {
		if (lock) {
			if (!pfa_lock_take(&pfa.lock))
				return 1;
			pfa_lock_drop(&pfa.lock);
		} else if (table) {
			tables->alloc(tables, 1, &page);
			tables->free(tables, 1, &page);
		} else {
			pfa_alloc(&pfa, &req, &pa);
			pfa_free(&pfa, pa, PFA_OWNER_USER, NULL);
		}
	}
	count_to_here(NULL, "pair");
	return 0;
}

/* What is kept of each live allocation, where there is one of every frame. */
static int run_tags(void)
{
	struct pfa_request req = {
		.size = FRAME_SIZE,
		.owner = PFA_OWNER_USER,
		.tag = "bench",
	};
	struct pfa_stats before, after;
	size_t size = 64 << 20;
	struct pfa pfa;
	u64 count = 0;
	u64 pa;

	pfa_init(&pfa, (s64)((uintptr_t)memory(size) - GIB), NULL);
	if (pfa_add_zone(&pfa, GIB, size) || pfa_stats(&pfa, &before))
		return 1;
	while (!pfa_alloc(&pfa, &req, &pa))
		count++;
	if (!count || pfa_stats(&pfa, &after))
		return 1;
	printf("bytes %.3f\n", (double)(after.meta - before.meta) / count);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "time"))
		return run_workload(argv + 2, false);
	if (argc == 7 && !strcmp(argv[1], "latency"))
		return run_workload(argv + 2, true);
	if (argc == 2 && !strcmp(argv[1], "peers"))
		return print_peers();
	if (argc == 4 && !strcmp(argv[1], "pair"))
		return run_pair(argv[2], atoi(argv[3]));
	if (argc == 2 && !strcmp(argv[1], "meta"))
		return run_meta();
	if (argc == 2 && !strcmp(argv[1], "init"))
		return run_init();
	if (argc == 2 && !strcmp(argv[1], "add_zone"))
		return run_add_zone();
	if (argc == 2 && !strcmp(argv[1], "tags"))
		return run_tags();
	if (argc == 2 && !strcmp(argv[1], "worst"))
		return worst_run();
	fprintf(stderr, "bench: see the top of bench.c\n");
	return 2;
}
