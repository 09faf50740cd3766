// SPDX-License-Identifier: GPL-2.0+
/*
 * Editing a tree that the CPU walks: what is invalidated how, in which order,
 * and from where. The rules themselves are the model MMU's.
 */

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };

static void forget_counters(struct world *w)
{
	w->pt.count = (struct pgtable_counters){ 0 };
}

/* Proves: ENG-053 */
HOST_TEST(mapping_into_a_hole_invalidates_nothing)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 1 * GiB, 0), 0);
	EXPECT_EQ(w.pt.count.tlbi, 0);
	EXPECT_EQ(w.pt.count.dsb, 1);
	EXPECT_ORDER(&w);
	EXPECT_EQ(w.mmu.stores, 1);
	world_end(&w);
}

/* Proves: ENG-051 */
HOST_TEST(unmapping_a_gib_of_pages_takes_one_tlbi_and_two_dsb)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 4096, 1 * GiB, 0), 0);
	forget_counters(&w);
	EXPECT_EQ(world_unmap(&w, 1 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(w.pt.count.tlbi, 1);
	EXPECT_EQ(w.pt.count.dsb, 2);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

struct tlbi_log {
	unsigned int n, last_level, all, range;
};

static struct tlbi_log tlbi_log;
static void (*model_tlbi_range)(void *ctx, u64 range, bool last_level);
static void (*model_tlbi)(void *ctx, u64 va, u64 size, bool last_level);

static void log_tlbi(void *ctx, u64 va, u64 size, bool last_level)
{
	tlbi_log.n++;
	tlbi_log.last_level += last_level;
	tlbi_log.all += !size;
	model_tlbi(ctx, va, size, last_level);
}

static void log_tlbi_range(void *ctx, u64 range, bool last_level)
{
	tlbi_log.range++;
	tlbi_log.last_level += last_level;
	model_tlbi_range(ctx, range, last_level);
}

static void log_tlbis(struct world *w)
{
	model_tlbi = w->mmu.ops.tlbi;
	w->mmu.ops.tlbi = log_tlbi;
	model_tlbi_range = w->mmu.ops.tlbi_range;
	w->mmu.ops.tlbi_range = log_tlbi_range;
	tlbi_log = (struct tlbi_log){ 0 };
}

/* Proves: ENG-052 */
HOST_TEST(few_leaves_are_invalidated_one_by_one_last_level_only)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 2 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 2 * MiB, 2 * MiB, 8 * MiB, 0), 0);
	log_tlbis(&w);
	EXPECT_EQ(world_unmap(&w, 4096, 32 * 4096, 0), 0);
	EXPECT_EQ(tlbi_log.n, 32);
	EXPECT_EQ(tlbi_log.last_level, 32);
	EXPECT_EQ(world_unmap(&w, 2 * MiB, 6 * MiB, 0), 0);
	EXPECT_EQ(tlbi_log.n, 35);
	EXPECT_EQ(tlbi_log.last_level, 35);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-052 */
HOST_TEST(many_leaves_are_invalidated_by_one_tlbi_of_everything)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 2 * MiB, 0), 0);
	log_tlbis(&w);
	EXPECT_EQ(world_unmap(&w, 4096, 33 * 4096, 0), 0);
	EXPECT_EQ(tlbi_log.n, 1);
	EXPECT_EQ(tlbi_log.all, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-090 */
HOST_TEST(a_cpu_with_tlbi_by_range_needs_one_for_many_entries)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .tlbi_range = true });
	EXPECT_EQ(world_map(&w, 0, 4096, 4 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 16 * GiB, 0), 0);
	log_tlbis(&w);
	EXPECT_EQ(world_unmap(&w, 4096, 4096, 0), 0);
	EXPECT_EQ(tlbi_log.n, 1);
	EXPECT_EQ(world_unmap(&w, 2 * 4096, 2 * 4096, 0), 0);
	EXPECT_EQ(world_unmap(&w, 4 * 4096, 333 * 4096, 0), 0);
	EXPECT_EQ(tlbi_log.range, 2);
	EXPECT_EQ(tlbi_log.last_level, 3);
	/* 8 GiB are as many as one instruction can be for. */
	EXPECT_EQ(world_unmap(&w, 1 * GiB, 8 * GiB, 0), 0);
	EXPECT_EQ(tlbi_log.range, 3);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 8 * GiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 1 * GiB, 9 * GiB, 0), 0);
	EXPECT_EQ(tlbi_log.all, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-090 */
HOST_TEST(a_branch_is_invalidated_by_range_with_its_walks)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL2, .tlbi_range = true });
	EXPECT_EQ(world_map(&w, 3 * GiB, 4096, 100 * 4096, 0), 0);
	log_tlbis(&w);
	EXPECT_EQ(world_unmap(&w, 3 * GiB, 100 * 4096, 0), 0);
	EXPECT_EQ(tlbi_log.range, 1);
	EXPECT_EQ(tlbi_log.n + tlbi_log.last_level, 0);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-052 */
HOST_TEST(a_table_that_goes_takes_the_walks_with_it)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0x5000, 0, 4096, 0), 0);
	log_tlbis(&w);
	EXPECT_EQ(world_unmap(&w, 0x5000, 4096, 0), 0);
	EXPECT_EQ(tlbi_log.n, 1);
	EXPECT_EQ(tlbi_log.all, 0);
	EXPECT_EQ(tlbi_log.last_level, 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 3);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-050 ENG-057 */
HOST_TEST(splitting_a_block_is_one_break_before_make)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 2 * MiB, 2 * MiB, 2 * MiB, 0), 0);
	forget_counters(&w);
	w.mmu.stores = 0;
	EXPECT_EQ(world_unmap(&w, 3 * MiB, 4096, 0), 0);
	EXPECT_EQ(w.mmu.stores, 2);
	EXPECT_EQ(w.pt.count.split, 1);
	EXPECT_EQ(w.pt.count.tlbi, 1);
	EXPECT_EQ(w.pt.count.dsb, 3);
	EXPECT_EQ(w.pt.count.window, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-054 */
HOST_TEST(more_subtrees_than_the_gather_holds_go_safely)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 48 });
	for (int i = 0; i < 200; i++)
		EXPECT_EQ(world_map(&w, i * GiB + 2 * MiB, 0, 2 * MiB, 0), 0);
	EXPECT_EQ(world_tables(&w), 201);
	EXPECT_EQ(world_unmap(&w, 4096, 250 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* The last operation, and what it took. */
#define EXPECT_ONE_GATHER(w) do {					\
	EXPECT_EQ((w)->pt.count.tlbi, 1);				\
	EXPECT((w)->pt.count.dsb <= 4);					\
	EXPECT_EQ((w)->pt.count.window, 0);				\
	EXPECT_ORDER(w);						\
	forget_counters(w);						\
} while (0)

static int merge_all(struct world *w, unsigned int flags)
{
	return pgtable_merge(&w->pt, 1 * GiB, 1 * GiB,
			     PGTABLE_MERGE_ALL | flags, &w->res);
}

/* Proves: ENG-051 ENG-122 */
HOST_TEST(any_number_of_merges_and_splits_takes_one_tlbi)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, PGTABLE_MAX_4K), 0);
	forget_counters(&w);
	EXPECT_EQ(merge_all(&w, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(w.res.leaves[3], 512 * 512);
	EXPECT_ONE_GATHER(&w);
	EXPECT_EQ(pgtable_split(&w.pt, 1 * GiB, 1 * GiB, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 512 * 512);
	EXPECT_ONE_GATHER(&w);
	/* With the hint at once: what is merged is not broken again for that */
	EXPECT_EQ(merge_all(&w, PGTABLE_MAX_2M), 0);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 512);
	EXPECT_EQ(w.pt.count.merge, 512);
	EXPECT(world_pte(&w, 2 * GiB - 4096) & PTE_CONT);
	EXPECT_ONE_GATHER(&w);
	EXPECT_EQ(pgtable_split(&w.pt, 1 * GiB, 1 * GiB, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 512 * 512);
	EXPECT_EQ(w.pt.count.split, 512);
	EXPECT_ONE_GATHER(&w);
	EXPECT_EQ(merge_all(&w, 0), 0);
	EXPECT_EQ(w.res.leaves[1], 1);
	EXPECT_ONE_GATHER(&w);
	EXPECT_EQ(pgtable_split(&w.pt, 1 * GiB, 1 * GiB, 0, &w.res), 0);
	EXPECT_ONE_GATHER(&w);
	world_end(&w);
}

/* Proves: ENG-051 ENG-122 */
HOST_TEST(a_change_in_place_and_the_merge_after_it_take_one_tlbi)
{
	static const struct vmsa_attr ro = { VMSA_WB, VMSA_ISH, VMSA_RO, false };
	static const unsigned int flags = PGTABLE_MERGE_AFTER;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB, 4096, ro,
				  PGTABLE_NAMES_PERM, flags, &w.res), 0);
	forget_counters(&w);
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB, 4096, world_rw,
				  PGTABLE_NAMES_PERM, flags, &w.res), 0);
	EXPECT_EQ(world_level(&w, 1 * GiB), 1);
	EXPECT_ONE_GATHER(&w);
	/* With nothing to merge */
	EXPECT_EQ(world_map(&w, 2 * GiB, 2 * GiB, 4096, 0), 0);
	forget_counters(&w);
	EXPECT_EQ(pgtable_protect(&w.pt, 2 * GiB, 4096, ro,
				  PGTABLE_NAMES_PERM, flags, &w.res), 0);
	EXPECT_ONE_GATHER(&w);
	world_end(&w);
}

/*
 * What was broken is made before it can be merged.
 * Proves: ENG-122
 */
HOST_TEST(a_change_of_type_and_the_merge_after_it_take_two_tlbi)
{
	static const struct vmsa_attr nc = { VMSA_NC, VMSA_ISH, VMSA_RW, false };
	static const unsigned int flags = PGTABLE_MERGE_AFTER;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB, 4096, nc,
				  PGTABLE_NAMES_TYPE, flags, &w.res), 0);
	forget_counters(&w);
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB, 4096, world_rw,
				  PGTABLE_NAMES_TYPE, flags, &w.res), 0);
	EXPECT_EQ(world_level(&w, 1 * GiB), 1);
	EXPECT_EQ(w.pt.count.tlbi, 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-051 ENG-122 */
HOST_TEST(any_number_of_replacements_takes_one_tlbi)
{
	static const struct vmsa_attr nc = { VMSA_NC, VMSA_ISH, VMSA_RW, false };
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, PGTABLE_MAX_2M), 0);
	forget_counters(&w);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB + 4096, 1 * GiB,
			    PGTABLE_REPLACE), 0);
	EXPECT_EQ(w.pt.count.split, 512);
	EXPECT_ONE_GATHER(&w);
	/* Runs that are cut at both ends, and whole ones in between */
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB + 4096, 512 * MiB, world_rx,
				  PGTABLE_NAMES_PERM, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 512 * 256);
	EXPECT_ONE_GATHER(&w);
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB + 8192, 512 * MiB, nc,
				  PGTABLE_NAMES_TYPE, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 512 * 256);
	EXPECT_ONE_GATHER(&w);
	/* By blocks, whose tables go */
	EXPECT_EQ(world_map(&w, 1 * GiB, 2 * GiB, 1 * GiB,
			    PGTABLE_REPLACE | PGTABLE_MAX_2M), 0);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT_EQ(world_tables(&w), 2);
	EXPECT_ONE_GATHER(&w);
	world_end(&w);
}

/*
 * The windows come when all else is done: that needs none of them to be flushed.
 * Proves: ENG-055 ENG-122
 */
HOST_TEST(windows_do_not_cut_an_operation_in_two)
{
	static const struct vmsa_attr nc = { VMSA_NC, VMSA_ISH, VMSA_RW, false };
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .tlbi_range = true });
	EXPECT_EQ(world_map(&w, 1 * GiB, 2 * MiB, 1 * GiB, 0), 0);
	model_mmu_stand(&w.mmu, 1 * GiB + 301 * MiB, 4096);
	model_mmu_stand(&w.mmu, 1 * GiB + 701 * MiB, 4096);
	forget_counters(&w);
	EXPECT_EQ(pgtable_split(&w.pt, 1 * GiB, 1 * GiB, 0, &w.res), 0);
	EXPECT_EQ(w.pt.count.window, 2);
	EXPECT_EQ(w.pt.count.tlbi, 1);
	EXPECT_EQ(w.pt.count.split, 512);
	EXPECT_ORDER(&w);
	EXPECT_EQ(merge_all(&w, 0), 0);
	EXPECT_EQ(w.pt.count.window, 4);
	EXPECT_EQ(w.pt.count.tlbi, 2);
	EXPECT_EQ(w.pt.count.merge, 512);
	EXPECT_EQ(world_tables(&w), 2);
	EXPECT_ORDER(&w);
	EXPECT_EQ(pgtable_protect(&w.pt, 1 * GiB, 1 * GiB, nc,
				  PGTABLE_NAMES_TYPE, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT_EQ(w.pt.count.window, 6);
	EXPECT_EQ(w.pt.count.tlbi, 3);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * More subtrees than are kept at hand, under two tables that become empty: these
 * are found to be so when their own have gone.
 * Proves: ENG-054 ENG-122
 */
HOST_TEST(tables_that_become_empty_by_the_second_pass_go_too)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 48 });
	for (unsigned int i = 0; i < 100; i++) {
		EXPECT_EQ(world_map(&w, (300 + i) * GiB, 4096, 8192, 0), 0);
		EXPECT_EQ(world_map(&w, (600 + i) * GiB, 2 * MiB, 2 * MiB, 0), 0);
	}
	forget_counters(&w);
	EXPECT_EQ(world_unmap(&w, 1 * GiB, 800 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w.res.leaves[3], 200);
	EXPECT_EQ(w.res.leaves[2], 100);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT(w.pt.count.tlbi <= 3);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-055 ENG-057 */
HOST_TEST(what_the_cpu_stands_on_is_split_from_a_window)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 2 * GiB, 0), 0);
	model_mmu_stand(&w.mmu, 1 * GiB + 100 * MiB, 1 * MiB);
	EXPECT_EQ(world_unmap(&w, 1 * GiB + 200 * MiB, 4 * MiB, 0), 0);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT_EQ(w.pt.count.window, 1);
	EXPECT_EQ(world_pa(&w, 1 * GiB + 100 * MiB), 1 * GiB + 100 * MiB);
	EXPECT_EQ(world_pa(&w, 1 * GiB + 200 * MiB), PA_NONE);
	EXPECT_EQ(world_unmap(&w, 2 * GiB + 8 * MiB, 4 * MiB, 0), 0);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Everything else in the range is changed in place around the window.
 * Proves: ENG-055
 */
HOST_TEST(replace_opens_a_window_for_no_more_than_it_has_to)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 16 * MiB, 0), 0);
	model_mmu_stand(&w.mmu, 5 * MiB, 4096);
	EXPECT_EQ(world_map(&w, 1 * MiB, 1 * GiB + 1 * MiB, 14 * MiB,
			    PGTABLE_REPLACE), 0);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT_EQ(world_pa(&w, 5 * MiB), 1 * GiB + 5 * MiB);
	EXPECT_EQ(world_pa(&w, 14 * MiB), 1 * GiB + 14 * MiB);
	EXPECT_EQ(world_pa(&w, 15 * MiB), 15 * MiB);
	EXPECT_EQ(w.res.leaves[2], 6);
	EXPECT_EQ(w.res.leaves[3], 512);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-055 */
HOST_TEST(a_table_below_what_the_cpu_stands_on_gives_way_to_a_block)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, PGTABLE_MAX_4K), 0);
	model_mmu_stand(&w.mmu, 1 * MiB, 4096);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, PGTABLE_REPLACE), 0);
	EXPECT_ORDER(&w);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT_EQ(world_level(&w, 0), 2);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 1);
	EXPECT_EQ(w.res.leaves[2], 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* How many of the 4 KiB entries from @va on have the contiguous hint. */
static unsigned int hints(struct world *w, u64 va, unsigned int n)
{
	unsigned int found = 0;

	for (; n; n--, va += 4096)
		found += !!(world_pte(w, va) & PTE_CONT);
	return found;
}

/* Proves: ENG-100 */
HOST_TEST(replace_gives_the_hint_that_a_hole_would_get)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(world_map(&w, 4096, 1 * GiB + 4096, 1 * MiB, PGTABLE_REPLACE),
		  0);
	EXPECT_EQ(hints(&w, 0, 512), 15 * 16);
	EXPECT_EQ(hints(&w, 64 * KiB, 15 * 16), 15 * 16);
	EXPECT_EQ(w.res.leaves[3], 256);
	EXPECT_ORDER(&w);
	/* Pages between holes, of which none may be made before these are broken */
	EXPECT_EQ(world_map(&w, 4 * MiB + 0x3000, 0, 4096, 0), 0);
	EXPECT_EQ(world_map(&w, 4 * MiB + 0x13000, 0, 4096, 0), 0);
	EXPECT_EQ(world_map(&w, 4 * MiB, 6 * MiB, 128 * KiB, PGTABLE_REPLACE),
		  0);
	EXPECT_EQ(hints(&w, 4 * MiB, 32), 32);
	EXPECT_EQ(w.res.leaves[3], 32);
	EXPECT_ORDER(&w);
	/* What is so already is not touched */
	EXPECT_EQ(world_map(&w, 4 * MiB, 6 * MiB, 192 * KiB, PGTABLE_REPLACE),
		  0);
	EXPECT_EQ(hints(&w, 4 * MiB, 48), 48);
	EXPECT_EQ(w.res.leaves[3], 16);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-100 */
HOST_TEST(a_run_that_the_cpu_stands_on_gets_no_hint)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, PGTABLE_MAX_4K), 0);
	model_mmu_stand(&w.mmu, 0x38000, 4096);
	EXPECT_EQ(world_map(&w, 0, 1 * GiB, 1 * MiB, PGTABLE_REPLACE), 0);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT_EQ(hints(&w, 0, 512), 15 * 16);
	EXPECT_EQ(hints(&w, 0x30000, 16), 0);
	EXPECT_ORDER(&w);
	/* Nor in a table that is built aside for it */
	EXPECT_EQ(world_map(&w, 4 * MiB, 4 * MiB, 2 * MiB, 0), 0);
	model_mmu_stand(&w.mmu, 4 * MiB + 0x38000, 4096);
	EXPECT_EQ(world_map(&w, 4 * MiB + 4096, 1 * GiB + 4096, 1 * MiB,
			    PGTABLE_REPLACE), 0);
	EXPECT_EQ(hints(&w, 4 * MiB, 512), 14 * 16);
	EXPECT_EQ(hints(&w, 4 * MiB + 0x30000, 16), 0);
	EXPECT_EQ(w.mmu.windows, 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-056 */
HOST_TEST(permissions_alone_change_in_place)
{
	static const struct vmsa_attr ro = { VMSA_WB, VMSA_ISH, VMSA_RO, false };
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, 0), 0);
	model_mmu_stand(&w.mmu, 1 * MiB, 4096);
	forget_counters(&w);
	w.mmu.stores = 0;
	EXPECT_EQ(pgtable_map(&w.pt, 0, 0, 4 * MiB, ro, PGTABLE_REPLACE,
			      &w.res), 0);
	EXPECT_EQ(w.mmu.stores, 2);
	EXPECT_EQ(w.res.leaves[2], 2);
	EXPECT_EQ(w.mmu.windows, 0);
	EXPECT_EQ(w.pt.count.dsb, 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-050 */
HOST_TEST(another_memory_type_takes_a_break)
{
	static const struct vmsa_attr nc = { VMSA_NC, VMSA_ISH, VMSA_RW, false };
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, PGTABLE_MAX_4K), 0);
	w.mmu.stores = 0;
	EXPECT_EQ(pgtable_map(&w.pt, 8192, 8192, 8192, nc, PGTABLE_REPLACE,
			      &w.res), 0);
	EXPECT_EQ(w.mmu.stores, 4);
	EXPECT_EQ(w.res.leaves[3], 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-058 */
HOST_TEST(a_tree_that_is_not_live_gets_no_maintenance)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .quiet = true });
	EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 4096, 4096, 0), 0);
	EXPECT_EQ(world_map(&w, 8192, 0, 4096, PGTABLE_REPLACE), 0);
	w.pt.tlbi_range = true;
	EXPECT_EQ(world_unmap(&w, 2 * MiB, 8 * MiB, 0), 0);
	EXPECT_EQ(w.pt.count.split, 1);
	EXPECT_EQ(w.pt.count.tlbi, 0);
	EXPECT_EQ(w.pt.count.dsb, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-058 */
HOST_TEST(a_live_tree_without_callbacks_is_edited_all_the_same)
{
	static const struct pgtable_ops none;
	struct world w;

	for (int some = 0; some < 2; some++) {
		world_begin(&w, (struct world_kind){ VMSA_EL1, .quiet = true });
		w.pt.live = true;
		w.pt.ops = some ? &none : NULL;
		EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
		EXPECT_EQ(world_unmap(&w, 4096, 4096, 0), 0);
		EXPECT_EQ(w.pt.count.tlbi, 1);
		EXPECT_EQ(world_unmap(&w, 2 * MiB, 100 * MiB, 0), 0);
		EXPECT_EQ(w.pt.count.tlbi, 2);
		w.pt.tlbi_range = true;
		EXPECT_EQ(world_unmap(&w, 102 * MiB, 100 * MiB, 0), 0);
		EXPECT_EQ(w.pt.count.tlbi, 3);
		EXPECT_EQ(world_pa(&w, 8192), 8192);
		EXPECT_ORDER(&w);
		world_end(&w);
	}
}

/* Proves: ENG-051 */
HOST_TEST(each_regime_is_edited_by_the_same_rules)
{
	for (int regime = VMSA_EL1; regime <= VMSA_EL3; regime++) {
		struct world w;

		world_begin(&w, (struct world_kind){ .regime = regime });
		EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
		EXPECT_EQ(world_unmap(&w, 4096, 4096, 0), 0);
		EXPECT_EQ(world_unmap(&w, 1 * MiB, 63 * MiB, 0), 0);
		EXPECT_EQ(world_pa(&w, 64 * MiB), 64 * MiB);
		EXPECT_ORDER(&w);
		world_end(&w);
	}
}
