// SPDX-License-Identifier: GPL-2.0+
/*
 * The workloads that are measured, on a tree that the model of the MMU watches:
 * what they cost in TLBI and DSB, and that they leave nothing.
 */

#include <mmu_pfa/pgtable_bench.h>

#include "pgtable_world.h"

#define TIMES	200

static const struct {
	const char *name;
	u64 tlbi;
	u64 dsb;
} published[] = {
	{ "map_4k", 0, 1 }, { "unmap_4k", 1, 2 }, { "map_1g", 0, 1 },
	{ "map_2m", 0, 1 }, { "split_1g", 1, 3 }, { "split_2m", 1, 3 },
	{ "pair", TIMES, 3 * TIMES }, { "translate", 0, 0 },
	{ "protect_4k", 1, 2 },
};

static void begin(struct world *w, struct pgtable_bench *b)
{
	static u64 va[TIMES];

	world_begin(w, (struct world_kind){ .regime = VMSA_EL1 });
	*b = (struct pgtable_bench){ .pt = &w->pt, .va = va, .times = TIMES };
	pgtable_bench_init(b);
}

/* Proves: ENG-111 */
HOST_TEST(workloads_take_the_tlbi_and_dsb_that_are_published)
{
	struct pgtable_bench b;
	struct world w;

	EXPECT_EQ(ARRAY_SIZE(published), PGTABLE_WORKLOADS);
	for (unsigned int i = 0; i < PGTABLE_WORKLOADS; i++) {
		const struct pgtable_workload *work = &pgtable_workloads[i];

		begin(&w, &b);
		EXPECT(!strcmp(work->name, published[i].name));
		if (work->before)
			work->before(&b);
		w.pt.count = (struct pgtable_counters){ 0 };
		work->run(&b);
		EXPECT_EQ(b.err, 0);
		EXPECT_EQ(w.pt.count.tlbi, published[i].tlbi);
		EXPECT_EQ(w.pt.count.dsb, published[i].dsb);
		EXPECT_ORDER(&w);
		pgtable_bench_clear(&b);
		EXPECT_EQ(world_tables(&w), 0);
		EXPECT_ORDER(&w);
		world_end(&w);
	}
}

/* Proves: ENG-111 */
HOST_TEST(pairs_leave_no_table)
{
	struct pgtable_bench b;
	struct world w;

	begin(&w, &b);
	pgtable_workloads[6].run(&b);
	EXPECT_EQ(w.reg.registered_stats.requests, 3 * TIMES);
	EXPECT_EQ(w.reg.registered_stats.peak, 3);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-111 */
HOST_TEST(a_workload_without_tables_keeps_its_first_error)
{
	struct pgtable_bench b;
	struct world w;

	begin(&w, &b);
	w.limit = 2;
	pgtable_workloads[6].run(&b);
	EXPECT_EQ(b.err, -ENOMEM);
	pgtable_bench_clear(&b);
	EXPECT_EQ(b.err, -ENOMEM);
	EXPECT_EQ(b.res.needed, 3);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}
