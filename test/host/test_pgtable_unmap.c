// SPDX-License-Identifier: GPL-2.0+
/*
 * pgtable_unmap(): what goes, what stays, and that nothing is left behind.
 */

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };

/* Proves: ENG-030 ENG-031 */
HOST_TEST(unmapping_all_that_was_mapped_leaves_the_root_alone)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB - 12 * KiB, 3 * GiB - 12 * KiB,
			    2 * GiB + 6 * MiB + 24 * KiB, 0), 0);
	EXPECT(world_tables(&w) > 0);
	EXPECT_EQ(world_unmap(&w, 1 * GiB - 12 * KiB,
			      2 * GiB + 6 * MiB + 24 * KiB, 0), 0);
	EXPECT_EQ(w.res.leaves[1], 2);
	EXPECT_EQ(w.res.leaves[2], 3);
	EXPECT_EQ(w.res.leaves[3], 6);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_EQ(world_pte(&w, 0), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-031 */
HOST_TEST(a_table_goes_with_its_last_entry)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 8 * KiB, 0), 0);
	EXPECT_EQ(world_map(&w, 1 * GiB, 0, 4 * KiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 4 * KiB, 4 * KiB, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 0);
	EXPECT_EQ(world_unmap(&w, 0, 4 * KiB, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 2);
	EXPECT_EQ(world_tables(&w), 3);
	EXPECT_EQ(world_unmap(&w, 1 * GiB, 4 * KiB, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 3);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* What pages become empty entry by entry are known to be zero. */
static unsigned int known_zero(struct world *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->nfree; i++)
		n += page_ref_zero(w->free[i]);
	return n;
}

/* Proves: ENG-035 */
HOST_TEST(an_emptied_table_goes_back_as_known_zero)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(known_zero(&w), 0);
	EXPECT_EQ(world_map(&w, 0x5000, 0x5000, 4 * KiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 0x5000, 4 * KiB, 0), 0);
	EXPECT_EQ(known_zero(&w), 3);
	EXPECT_EQ(world_map(&w, 0x7000, 0x5000, 4 * KiB, 0), 0);
	EXPECT_EQ(world_pa(&w, 0x5000), PA_NONE);
	EXPECT_EQ(world_unmap(&w, 0x7000, 4 * KiB, 0), 0);
	EXPECT_EQ(known_zero(&w), 3);
	w.limit = 2;
	EXPECT_REFUSED(&w, world_map(&w, 0, 0, 4 * KiB, 0), -ENOMEM);
	EXPECT_EQ(known_zero(&w), 3);
	world_end(&w);
}

static void unmap_part(struct world *w, u64 from, u64 size)
{
	u64 va = 2 * GiB, pa = 5 * GiB, end = va + 1 * GiB;

	world_begin(w, el1);
	EXPECT_EQ(world_map(w, va, pa, 1 * GiB, 0), 0);
	EXPECT_EQ(world_unmap(w, va + from, size, 0), 0);
	EXPECT_EQ(world_pa(w, va + from), PA_NONE);
	EXPECT_EQ(world_pa(w, va + from + size - 1), PA_NONE);
	if (from)
		EXPECT_EQ(world_pa(w, va + from - 1), pa + from - 1);
	if (va + from + size < end)
		EXPECT_EQ(world_pa(w, va + from + size), pa + from + size);
	EXPECT_EQ(world_pa(w, va), from ? pa : PA_NONE);
	EXPECT_EQ(world_pa(w, end - 1),
		  va + from + size < end ? pa + 1 * GiB - 1 : PA_NONE);
	EXPECT_ORDER(w);
	EXPECT_EQ(world_unmap(w, 0, 1ull << 40, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(world_tables(w), 0);
	EXPECT_ORDER(w);
}

/* Proves: ENG-030 ENG-032 */
HOST_TEST(unmapping_a_part_of_a_block_keeps_the_rest)
{
	static const struct {
		u64 from, size;
	} part[] = {
		{ 0, 512 * MiB },
		{ 512 * MiB, 512 * MiB },
		{ 0, 4 * KiB },
		{ 1 * GiB - 4 * KiB, 4 * KiB },
		{ 300 * MiB, 4 * KiB },
		{ 3 * MiB, 100 * MiB },
		{ 2 * MiB - 4 * KiB, 8 * KiB },
		{ 4 * KiB, 1 * GiB - 8 * KiB },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(part); i++) {
		struct world w;

		unmap_part(&w, part[i].from, part[i].size);
		if (tap_failed())
			return;
		EXPECT_EQ(w.pt.count.split, 1);
		world_end(&w);
	}
}

/* Proves: ENG-030 */
HOST_TEST(unmapping_across_blocks_splits_both_ends)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * GiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 1 * GiB - 4096, 2 * GiB + 8192, 0), 0);
	EXPECT_EQ(w.res.needed, 4);
	EXPECT_EQ(w.res.leaves[1], 2);
	EXPECT_EQ(w.res.leaves[3], 2);
	EXPECT_EQ(w.pt.count.split, 2);
	EXPECT_EQ(world_pa(&w, 1 * GiB - 4097), 1 * GiB - 4097);
	EXPECT_EQ(world_pa(&w, 3 * GiB + 4096), 3 * GiB + 4096);
	EXPECT_EQ(world_pa(&w, 3 * GiB), PA_NONE);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-032 */
HOST_TEST(a_split_hands_all_attribute_bits_down)
{
	pte_t attr = PTE_SW_MASK | PTE_DBM | PTE_NG | PTE_NS | PTE_AF |
		     PTE_XN | PTE_AP_RO | (5ull << PTE_ATTR_IDX_SHIFT) |
		     ((pte_t)VMSA_OSH << PTE_SH_SHIFT) | (1ull << 59) |
		     (1ull << 50);
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	world_foreign(&w, 0)[3] = attr | 7 * GiB | PTE_TYPE_BLOCK | PTE_NT;
	world_adopt(&w);
	EXPECT_EQ(world_unmap(&w, 3 * GiB, 4 * KiB, 0), 0);
	EXPECT_EQ(world_pte(&w, 4 * GiB - 1),
		  attr | (8 * GiB - 2 * MiB) | PTE_TYPE_BLOCK);
	EXPECT_EQ(world_pte(&w, 3 * GiB + 4 * KiB),
		  attr | (7 * GiB + 4 * KiB) | PTE_TYPE_PAGE);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-032 */
HOST_TEST(other_entries_of_a_table_are_not_written)
{
	pte_t odd = PTE_SW_MASK | 0x40000f07;
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	world_foreign(&w, 0)[1] = odd & ~PTE_TYPE_MASK;
	world_foreign(&w, 0)[3] = odd & ~2ull;
	world_adopt(&w);
	EXPECT_EQ(world_map(&w, 2 * GiB, 2 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 2 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(world_pte(&w, 1 * GiB), odd & ~PTE_TYPE_MASK);
	EXPECT_EQ(world_pte(&w, 3 * GiB), odd & ~2ull);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-013 ENG-014 */
HOST_TEST(unmap_refuses_bad_ranges)
{
	struct world w;
	u64 end = 1ull << 40;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
	EXPECT_REFUSED(&w, world_unmap(&w, 0x800, 4096, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_unmap(&w, 0, 4097, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_unmap(&w, 0, 0, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_unmap(&w, 0, 4096, PGTABLE_REPLACE), -EINVAL);
	EXPECT_REFUSED(&w, world_unmap(&w, end, 4096, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_unmap(&w, 0, end + 4096, PGTABLE_SKIP_HOLES),
		       -ERANGE);
	EXPECT_REFUSED(&w, world_unmap(&w, -4096ull, 8192, PGTABLE_SKIP_HOLES),
		       -ERANGE);
	world_end(&w);
}

/* Proves: ENG-033 */
HOST_TEST(unmap_refuses_a_hole_and_names_its_address)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_REFUSED(&w, world_unmap(&w, 0x3000, 4096, 0), -ENOENT);
	EXPECT_EQ(w.res.va, 0x3000);
	EXPECT_EQ(w.res.level, 0);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB + 8 * KiB, 0), 0);
	EXPECT_REFUSED(&w, world_unmap(&w, 1 * MiB, 4 * MiB, 0), -ENOENT);
	EXPECT_EQ(w.res.va, 2 * MiB + 8 * KiB);
	EXPECT_EQ(w.res.level, 3);
	EXPECT_EQ(world_map(&w, 2 * MiB + 8 * KiB, 0, 2 * MiB - 8 * KiB, 0), 0);
	EXPECT_REFUSED(&w, world_unmap(&w, 1 * MiB, 4 * MiB, 0), -ENOENT);
	EXPECT_EQ(w.res.va, 4 * MiB);
	EXPECT_EQ(w.res.level, 2);
	world_end(&w);
}

/* Proves: ENG-033 */
HOST_TEST(unmap_finds_a_hole_deep_in_a_range_that_it_would_drop)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 1 * GiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 700 * MiB, 4096, 0), 0);
	EXPECT_REFUSED(&w, world_unmap(&w, 0, 1 * GiB, 0), -ENOENT);
	EXPECT_EQ(w.res.va, 700 * MiB);
	EXPECT_EQ(world_unmap(&w, 0, 1 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w.res.leaves[3], 512 * 512 - 1);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-033 */
HOST_TEST(skipping_holes_unmaps_what_there_is)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_unmap(&w, 0, 1ull << 40, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
	EXPECT_EQ(world_map(&w, 3 * GiB, 0, 6 * MiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 512 * MiB, 3 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w.res.leaves[2], 256 + 3);
	EXPECT_EQ(world_pa(&w, 512 * MiB - 1), 512 * MiB - 1);
	EXPECT_EQ(world_pa(&w, 512 * MiB), PA_NONE);
	EXPECT_EQ(world_tables(&w), 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-031 ENG-054 */
HOST_TEST(tables_of_a_subtree_that_goes_serve_the_next_map)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 8 * GiB, 0, 4 * KiB, 0), 0);
	EXPECT_EQ(world_map(&w, 0, 4096, 4 * MiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 0, 1 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(world_map(&w, 9 * GiB, 4096, 4 * MiB, 0), 0);
	EXPECT_ORDER(&w);
	EXPECT_EQ(world_tables(&w), 3 + 3);
	world_end(&w);
}

/* Proves: ENG-036 */
HOST_TEST(a_subtree_that_goes_is_counted)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 8 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 8 * MiB, 8 * MiB, 1016 * MiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 0, 1 * GiB, 0), 0);
	EXPECT_EQ(w.res.leaves[2], 508);
	EXPECT_EQ(w.res.leaves[3], 4 * 512);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 6);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-018 */
HOST_TEST(unmap_without_a_table_for_a_split_changes_nothing)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 3 * GiB, 0), 0);
	for (w.limit = 0; w.limit < w.nout + 4; w.limit++) {
		EXPECT_REFUSED(&w, world_unmap(&w, 4096, 2 * GiB, 0), -ENOMEM);
		EXPECT_EQ(w.res.needed, 4);
	}
	EXPECT_EQ(world_unmap(&w, 4096, 2 * GiB, 0), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Two foreign tables below the root, as U-Boot's own. */
static void begin_with_foreign_tables(struct world *w)
{
	world_begin(w, el1);
	world_foreign(w, 0)[0] = pte_make_table(world_foreign_pa(w, 1));
	world_foreign(w, 1)[0] = pte_make_table(world_foreign_pa(w, 2));
	for (int i = 0; i < 512; i++)
		world_foreign(w, 2)[i] = i * 2 * MiB | 0x701;
	world_foreign(w, 1)[1] = 1 * GiB | 0x701;
	world_adopt(w);
}

/* Proves: ENG-034 */
HOST_TEST(a_foreign_table_that_became_empty_stays_and_is_used_again)
{
	struct world w;

	begin_with_foreign_tables(&w);
	EXPECT_EQ(world_unmap(&w, 0, 2 * GiB, 0), 0);
	EXPECT_EQ(w.res.leaves[1], 1);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT(pte_table(world_foreign(&w, 1)[0], 1));
	EXPECT(pte_table(world_foreign(&w, 0)[0], 0));
	EXPECT_REFUSED(&w, world_unmap(&w, 0, 4096, 0), -ENOENT);
	EXPECT_EQ(world_map(&w, 4 * MiB, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-034 */
HOST_TEST(a_range_larger_than_a_foreign_table_empties_it)
{
	struct world w;

	begin_with_foreign_tables(&w);
	EXPECT_EQ(world_unmap(&w, 0, 1ull << 40, PGTABLE_SKIP_HOLES), 0);
	EXPECT(pte_table(world_foreign(&w, 1)[0], 1));
	EXPECT_EQ(world_foreign(&w, 2)[511], 0);
	EXPECT_EQ(world_foreign(&w, 1)[1], 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * U-Boot splits one of our blocks: its table hangs below one of ours.
 * Proves: ENG-034
 */
HOST_TEST(a_foreign_table_below_one_of_ours_goes_out_of_use_with_it)
{
	struct world w;
	struct pgtable_walk walk;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(pgtable_walk(&w.pt, 0, &walk), 0);
	for (int i = 0; i < 512; i++)
		world_foreign(&w, 3)[i] = i * 4096 | 0x703;
	*(u64 *)(uintptr_t)(walk.step[2].entry + w.pt.virt_offset) =
		pte_make_table(world_foreign_pa(&w, 3));
	world_adopt(&w);
	EXPECT_ORDER(&w);
	world_save(&w);
	EXPECT_EQ(world_unmap(&w, 0, 1 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w.res.leaves[2], 1);
	EXPECT_EQ(w.res.leaves[3], 512);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_EQ(world_foreign(&w, 3)[7], 7 * 4096 | 0x703);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-037 */
HOST_TEST(a_reserved_entry_goes_as_a_whole_or_not_at_all)
{
	pte_t odd = 3 * GiB | 0x702;
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	world_foreign(&w, 0)[3] = odd;
	world_adopt(&w);
	world_save(&w);
	EXPECT_EQ(world_unmap(&w, 3 * GiB + 4096, 4096, 0), -EPERM);
	EXPECT_EQ(w.res.va, 3 * GiB + 4096);
	EXPECT_EQ(w.res.pte, odd);
	EXPECT_EQ(w.res.level, 1);
	EXPECT_EQ(world_map(&w, 3 * GiB, 0, 4096, PGTABLE_REPLACE), -EPERM);
	EXPECT(world_unchanged(&w));
	EXPECT_EQ(world_unmap(&w, 3 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(world_pte(&w, 3 * GiB), 0);
	/* The hint is one of leaves; here it is any bit. */
	world_foreign(&w, 0)[3] = odd | PTE_CONT;
	world_adopt(&w);
	EXPECT_EQ(world_unmap(&w, 3 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(world_pte(&w, 3 * GiB), 0);
	world_foreign(&w, 0)[3] = odd;
	world_adopt(&w);
	EXPECT_EQ(world_map(&w, 3 * GiB, 0, 1 * GiB,
			    PGTABLE_REPLACE | PGTABLE_MAX_2M), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-038 */
HOST_TEST(a_contiguous_run_that_is_cut_is_unfolded)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB - 4096, 0), 0);
	EXPECT(world_pte(&w, 0x1ef000) & PTE_CONT);
	EXPECT(!(world_pte(&w, 0x1f0000) & PTE_CONT));
	EXPECT_EQ(world_unmap(&w, 0, 0xf000, 0), 0);
	EXPECT_EQ(w.res.leaves[3], 15);
	EXPECT(!(world_pte(&w, 0xf000) & PTE_CONT));
	EXPECT_EQ(world_pa(&w, 0xf000), 0xf000);
	EXPECT(world_pte(&w, 0x10000) & PTE_CONT);
	EXPECT_EQ(world_unmap(&w, 0x1f000, 0x12000, 0), 0);
	EXPECT(!(world_pte(&w, 0x1e000) & PTE_CONT));
	EXPECT(!(world_pte(&w, 0x31000) & PTE_CONT));
	EXPECT_EQ(world_unmap(&w, 0x40000, 0x20000, 0), 0);
	EXPECT_EQ(world_map(&w, 0x88000, 0x9000, 0x1000, PGTABLE_REPLACE), 0);
	EXPECT(!(world_pte(&w, 0x87000) & PTE_CONT));
	EXPECT(world_pte(&w, 0x90000) & PTE_CONT);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-121 */
HOST_TEST(a_contiguous_run_that_the_cpu_stands_on_is_unfolded_in_one_window)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * MiB, 0), 0);
	model_mmu_stand(&w.mmu, 0x28000, 4096);
	EXPECT_EQ(world_unmap(&w, 0x2f000, 4096, 0), 0);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT(!(world_pte(&w, 0x20000) & PTE_CONT));
	EXPECT_EQ(world_pa(&w, 0x2e000), 0x2e000);
	EXPECT_EQ(world_pa(&w, 0x2f000), PA_NONE);
	EXPECT(world_pte(&w, 0x30000) & PTE_CONT);
	EXPECT_ORDER(&w);
	EXPECT_EQ(world_unmap(&w, 0x30000, 4096, 0), 0);
	EXPECT_EQ(w.mmu.windows, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}
