// SPDX-License-Identifier: GPL-2.0+
/*
 * What the mapping engine costs: one workload for each run, counted under
 * callgrind, and the loop around it or a floor in its place.
 *
 *	bench_pgtable <workload> engine|pfa|floor|loop
 *
 * Tables come from a LIFO arena of pages, from physical address 0 on, that are
 * there but not zero, as an earlier user left them; it honours the zero hints. A floor is loops that
 * store the same descriptors by hand, and zero the tables first. "pfa" is the
 * engine with tables from the PFA, over the same memory.
 */

#include <mmu_pfa/pfa.h>
#include <mmu_pfa/pgtable_bench.h>

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#define PAGES	1200
#define ROOT	(PAGES * FRAME_SIZE)
#define POOL	(1ull << 47)
#define MiB	(1ull << 20)
#define GiB	(1ull << 30)
#define TIMES	100000
#define LOOKUPS	1000000

struct bench {
	struct pgtable pt;
	struct page_registry reg;
	struct page_allocator arena;
	struct pfa pfa;
	struct pgtable_bench bench;
	u64 *memory;
	u16 live[PAGES];
	page_ref stack[PAGES];
	page_ref *top;
	u64 va[LOOKUPS];
};

static struct bench b;

static const struct vmsa_attr rw = { VMSA_WB, VMSA_ISH, VMSA_RW, false };

static int arena_alloc(struct page_allocator *self, unsigned int n,
		       page_ref *pages)
{
	page_ref *top = b.top - n;

	if (top < b.stack)
		return -ENOMEM;
	b.top = top;
	for (size_t i = 0, end = n; i < end; i++) {
		pages[i] = top[i];
		b.live[top[i] >> FRAME_SHIFT] = 0;
	}
	return 0;
}

static void arena_free(struct page_allocator *self, unsigned int n,
		       const page_ref *pages)
{
	page_ref *top = b.top;

	b.top = top + n;
	for (size_t i = 0, end = n; i < end; i++)
		top[i] = pages[i];
}

static u16 *arena_live(struct page_allocator *self, u64 pa)
{
	u64 i = pa >> FRAME_SHIFT;

	return i < PAGES ? &b.live[i] : NULL;
}

/* The entries of the nth page of the arena. */
static u64 *page(unsigned int n)
{
	return b.memory + n * VMSA_ENTRIES;
}

static void must(int err)
{
	if (err)
		abort();
}

static void begin_arena(void)
{
	b.top = b.stack;
	for (unsigned int i = 0; i < PAGES; i++)
		*b.top++ = i * FRAME_SIZE;
	b.arena = (struct page_allocator){
		"arena", arena_alloc, arena_free, arena_live
	};
	must(set_page_allocator(&b.reg, &b.arena));
}

static void begin_pfa(void)
{
	pfa_init(&b.pfa, (uintptr_t)b.memory, NULL);
	must(pfa_add_zone(&b.pfa, 0, PAGES * FRAME_SIZE));
	must(set_page_allocator(&b.reg, pfa_page_allocator(&b.pfa)));
}

static void begin(const char *who, u32 times)
{
	b.memory = aligned_alloc(FRAME_SIZE, (PAGES + 1) * FRAME_SIZE);
	memset(b.memory, 0x5b, PAGES * FRAME_SIZE);
	memset(page(PAGES), 0, FRAME_SIZE);
	page_registry_init(&b.reg, POOL, true);
	if (strcmp(who, "pfa"))
		begin_arena();
	else
		begin_pfa();
	b.pt = (struct pgtable){
		.root = ROOT, .virt_offset = (s64)(uintptr_t)b.memory,
		.regime = VMSA_EL1, .va_bits = 48, .pa_bits = 48,
		.live = true, .pages = &b.reg,
	};
	b.bench = (struct pgtable_bench){
		.pt = &b.pt, .va = b.va, .times = times,
	};
	pgtable_bench_init(&b.bench);
}

/* A store that the compiler neither drops nor joins with others. */
static inline void put(u64 *entry, u64 pte)
{
	__atomic_store_n(entry, pte, __ATOMIC_RELAXED);
}

static noinline void store(u64 *entry, unsigned int n, u64 pte, u64 step)
{
	for (; n; n--, pte += step)
		put(entry++, pte);
}

static void floor_tables(unsigned int n, u64 step)
{
	for (unsigned int i = 0; i < n; i++) {
		memset(page(i + 2), 0, FRAME_SIZE);
		store(page(i + 2), VMSA_ENTRIES, i * step, step);
		page(1)[i] = i * FRAME_SIZE;
	}
}

/* The tables of a GiB: unlinked, and given back, unvisited. */
static noinline void floor_drop(void)
{
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		b.top[-(int)i] = page(1)[i];
		put(&page(1)[i], 0);
	}
}

static noinline u64 floor_translate(u64 va)
{
	u64 pte = b.pt.root | PTE_TYPE_TABLE;
	unsigned int shift = 39;

	for (;; shift -= 9) {
		pte = *(u64 *)(uintptr_t)((pte & PTE_ADDR_MASK) +
					  b.pt.virt_offset +
					  ((va >> shift) & 511) * 8);
		if (shift == 12 || (pte & PTE_TYPE_MASK) != PTE_TYPE_TABLE)
			return (pte & PTE_ADDR_MASK) + (va & ((1ull << shift) - 1));
	}
}

/*
 * Loops around nothing. It is called as the engine is: what it does not use is
 * handed over as well.
 */
#define NOTHING	__attribute__((noipa))

static NOTHING int map_nothing(struct pgtable *pt, u64 va, u64 pa, u64 size,
			       struct vmsa_attr attr, unsigned int flags,
			       struct pgtable_result *res)
{
	return 0;
}

static NOTHING int unmap_nothing(struct pgtable *pt, u64 va, u64 size,
				 unsigned int flags, struct pgtable_result *res)
{
	return 0;
}

static void pair_loop(void)
{
	for (unsigned int i = 0; i < b.bench.times; i++) {
		must(map_nothing(&b.pt, b.va[i], b.va[i] + FRAME_SIZE,
				 FRAME_SIZE, rw, 0, &b.bench.res));
		must(unmap_nothing(&b.pt, b.va[i], FRAME_SIZE, 0, &b.bench.res));
	}
}

static NOTHING int nothing(struct pgtable *pt, u64 va, u64 *pa)
{
	*pa = va;
	return 0;
}

static u64 sum;

static void translate_loop(void)
{
	for (unsigned int i = 0; i < b.bench.times; i++) {
		u64 pa = 0;

		nothing(&b.pt, b.va[i], &pa);
		sum += pa;
	}
}

static void translate_floor(void)
{
	for (unsigned int i = 0; i < b.bench.times; i++)
		sum += floor_translate(b.va[i]);
}

static void floor_map_4k(void)
{
	floor_tables(512, FRAME_SIZE);
}

static void floor_map_1g(void)
{
	memset(page(1), 0, FRAME_SIZE);
	store(page(1), 64, 0, GiB);
}

static void floor_map_2m(void)
{
	floor_tables(64, 2 * MiB);
}

static void floor_split_1g(void)
{
	store(page(1), VMSA_ENTRIES, 0, 2 * MiB);
	store(page(2), VMSA_ENTRIES, 0, FRAME_SIZE);
}

static void floor_split_2m(void)
{
	store(page(1), VMSA_ENTRIES, 0, FRAME_SIZE);
}

static void floor_protect_4k(void)
{
	for (unsigned int i = 0; i < 512 * VMSA_ENTRIES; i++)
		put(&page(2)[i], page(2)[i] | PTE_AP_RO);
}

/** struct floors - what a workload of the engine is compared with, if anything */
static const struct floors {
	const char *name;
	void (*floor)(void);
	void (*loop)(void);
} floors[] = {
	{ "map_4k", floor_map_4k, NULL },
	{ "unmap_4k", floor_drop, NULL },
	{ "map_1g", floor_map_1g, NULL },
	{ "map_2m", floor_map_2m, NULL },
	{ "split_1g", floor_split_1g, NULL },
	{ "split_2m", floor_split_2m, NULL },
	{ "pair", NULL, pair_loop },
	{ "translate", translate_floor, translate_loop },
	{ "protect_4k", floor_protect_4k, NULL },
};

static void run_floor(const char *name, bool loop)
{
	for (size_t i = 0; i < ARRAY_SIZE(floors); i++) {
		void (*what)(void) = loop ? floors[i].loop : floors[i].floor;

		if (strcmp(floors[i].name, name) || !what)
			continue;
		CALLGRIND_TOGGLE_COLLECT;
		what();
		CALLGRIND_TOGGLE_COLLECT;
	}
}

static void run(const struct pgtable_workload *w, const char *who)
{
	u64 tlbi, dsb;

	if (w->before)
		w->before(&b.bench);
	tlbi = b.pt.count.tlbi;
	dsb = b.pt.count.dsb;
	if (*who == 'f' || *who == 'l') {
		run_floor(w->name, *who == 'l');
	} else {
		CALLGRIND_TOGGLE_COLLECT;
		w->run(&b.bench);
		CALLGRIND_TOGGLE_COLLECT;
	}
	must(b.bench.err);
	printf("count %u\ntlbi %llu\ndsb %llu\ntables_left %u\n",
	       w->count ? w->count : b.bench.times, b.pt.count.tlbi - tlbi,
	       b.pt.count.dsb - dsb, b.reg.registered_stats.now);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < PGTABLE_WORKLOADS; i++) {
		if (argc == 3 && !strcmp(argv[1], pgtable_workloads[i].name)) {
			begin(argv[2], strcmp(argv[1], "translate") ?
			      TIMES : LOOKUPS);
			run(&pgtable_workloads[i], argv[2]);
			return 0;
		}
	}
	fprintf(stderr, "bench_pgtable <workload> engine|pfa|floor|loop\n");
	return 1;
}
