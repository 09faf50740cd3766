// SPDX-License-Identifier: GPL-2.0+
/*
 * The workloads by which the mapping engine is measured: see
 * <mmu_pfa/pgtable_bench.h>.
 */

#include <mmu_pfa/pgtable_bench.h>

#define MiB	(1ull << 20)
#define GiB	(1ull << 30)

static const struct vmsa_attr rw = { VMSA_WB, VMSA_ISH, VMSA_RW, false };
static const struct vmsa_attr ro = { VMSA_WB, VMSA_ISH, VMSA_RO, false };

/* The first error stays, and what it takes to be none. */
static void check(struct pgtable_bench *b, int err,
		  const struct pgtable_result *res)
{
	if (!err || b->err)
		return;
	b->err = err;
	b->res = *res;
}

static void map(struct pgtable_bench *b, u64 va, u64 pa, u64 size,
		unsigned int flags)
{
	struct pgtable_result res;

	check(b, pgtable_map(b->pt, va, pa, size, rw, flags, &res), &res);
}

static void unmap(struct pgtable_bench *b, u64 va, u64 size)
{
	struct pgtable_result res;

	check(b, pgtable_unmap(b->pt, va, size, 0, &res), &res);
}

static void protect(struct pgtable_bench *b, u64 va, u64 size)
{
	struct pgtable_result res;

	check(b, pgtable_protect(b->pt, va, size, ro, PGTABLE_NAMES_PERM, 0,
				 &res), &res);
}

static void map_4k(struct pgtable_bench *b)
{
	map(b, 8 * GiB, 16 * GiB + FRAME_SIZE, GiB, 0);
}

static void unmap_4k(struct pgtable_bench *b)
{
	unmap(b, 8 * GiB, GiB);
}

static void protect_4k(struct pgtable_bench *b)
{
	protect(b, 8 * GiB, GiB);
}

static void map_1g(struct pgtable_bench *b)
{
	map(b, 64 * GiB, 128 * GiB, 64 * GiB, 0);
}

static void map_2m(struct pgtable_bench *b)
{
	map(b, 64 * GiB, 128 * GiB, 64 * GiB, PGTABLE_MAX_2M);
}

static void a_gib(struct pgtable_bench *b)
{
	map(b, GiB, GiB, GiB, 0);
}

static void two_mib(struct pgtable_bench *b)
{
	map(b, GiB, GiB, 2 * MiB, 0);
}

static void split(struct pgtable_bench *b)
{
	protect(b, GiB + 300 * FRAME_SIZE, FRAME_SIZE);
}

static void pair(struct pgtable_bench *b)
{
	for (u32 i = 0; i < b->times; i++) {
		map(b, b->va[i], b->va[i] + FRAME_SIZE, FRAME_SIZE, 0);
		unmap(b, b->va[i], FRAME_SIZE);
	}
}

/* Half of the addresses in 1 GiB blocks, half in pages. */
static void blocks_and_pages(struct pgtable_bench *b)
{
	map(b, 0, 0, 64 * GiB, 0);
	map(b, 65 * GiB, FRAME_SIZE, GiB, 0);
	for (u32 i = 0; i < b->times; i++)
		b->va[i] = i & 1 ? 65 * GiB + b->va[i] % GiB :
				   b->va[i] % (64 * GiB);
}

static void translate(struct pgtable_bench *b)
{
	for (u32 i = 0; i < b->times; i++) {
		u64 pa = 0;

		pgtable_translate(b->pt, b->va[i], &pa);
		b->sum += pa;
	}
}

const struct pgtable_workload pgtable_workloads[PGTABLE_WORKLOADS] = {
	{ "map_4k", "page", NULL, map_4k, 262144 },
	{ "unmap_4k", "page", map_4k, unmap_4k, 262144 },
	{ "map_1g", "block", NULL, map_1g, 64 },
	{ "map_2m", "block", NULL, map_2m, 32768 },
	{ "split_1g", "split", a_gib, split, 1 },
	{ "split_2m", "split", two_mib, split, 1 },
	{ "pair", "pair", NULL, pair, 0 },
	{ "translate", "lookup", blocks_and_pages, translate, 0 },
	{ "protect_4k", "page", map_4k, protect_4k, 262144 },
};

void pgtable_bench_init(struct pgtable_bench *b)
{
	u64 random = 88172645463325252ull;

	b->err = 0;
	b->sum = 0;
	for (u32 i = 0; i < b->times; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		b->va[i] = random % (256 * GiB) & ~FRAME_MASK;
	}
}

void pgtable_bench_clear(struct pgtable_bench *b)
{
	struct pgtable_result res;

	check(b, pgtable_unmap(b->pt, 0, 256 * GiB, PGTABLE_SKIP_HOLES, &res),
	      &res);
}
