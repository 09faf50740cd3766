// SPDX-License-Identifier: GPL-2.0+
/*
 * Changing what is mapped without mapping it anew: protect, split, merge; why
 * something is no larger block; and the self-test.
 */

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };

static const struct vmsa_attr ro = { VMSA_WB, VMSA_ISH, VMSA_RO, false };
static const struct vmsa_attr rw = { VMSA_WB, VMSA_ISH, VMSA_RW, false };
static const struct vmsa_attr none = { VMSA_WB, VMSA_ISH, VMSA_NONE, false };
static const struct vmsa_attr exec = { VMSA_WB, VMSA_ISH, VMSA_RW, true };
static const struct vmsa_attr nc = { VMSA_NC, VMSA_OSH, VMSA_RW, false };

static int protect(struct world *w, u64 va, u64 size, struct vmsa_attr attr,
		   unsigned int named, unsigned int flags)
{
	return pgtable_protect(&w->pt, va, size, attr, named, flags, &w->res);
}

static struct vmsa_attr attr_at(struct world *w, u64 va)
{
	return vmsa_decode(w->pt.regime, world_pte(w, va));
}

/* Proves: ENG-070 */
HOST_TEST(protect_changes_only_what_is_named)
{
	struct world w;
	pte_t odd;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, PGTABLE_MAX_4K), 0);
	odd = world_pte(&w, 4096);
	EXPECT_EQ(protect(&w, 4096, 8192, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(world_pte(&w, 4096), odd | PTE_AP_RO);
	EXPECT_EQ(w.res.leaves[3], 2);
	EXPECT_EQ(protect(&w, 4096, 4096, exec, PGTABLE_NAMES_EXEC, 0), 0);
	EXPECT_EQ(world_pte(&w, 4096),
		  (odd | PTE_AP_RO) & ~(PTE_PXN | PTE_XN));
	EXPECT_EQ(protect(&w, 8192, 4096, nc, PGTABLE_NAMES_TYPE, 0), 0);
	EXPECT_EQ(attr_at(&w, 8192).type, VMSA_NC);
	EXPECT_EQ(attr_at(&w, 8192).share, VMSA_ISH);
	EXPECT_EQ(attr_at(&w, 8192).perm, VMSA_RO);
	EXPECT_EQ(protect(&w, 8192, 4096, nc, PGTABLE_NAMES_SHARE, 0), 0);
	EXPECT_EQ(attr_at(&w, 8192).share, VMSA_OSH);
	EXPECT_EQ(attr_at(&w, 12288).perm, VMSA_RW);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-070 ENG-071 */
HOST_TEST(protect_of_a_part_splits_a_block_and_keeps_the_rest)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(protect(&w, 1 * GiB + 5 * MiB, 4096, ro, PGTABLE_NAMES_PERM,
			  0), 0);
	EXPECT_EQ(w.res.needed, 2);
	EXPECT_EQ(w.pt.count.split, 1);
	EXPECT_EQ(w.res.leaves[3], 1);
	EXPECT_EQ(attr_at(&w, 1 * GiB + 5 * MiB).perm, VMSA_RO);
	EXPECT_EQ(attr_at(&w, 1 * GiB + 5 * MiB + 4096).perm, VMSA_RW);
	EXPECT_EQ(world_level(&w, 1 * GiB), 2);
	EXPECT_EQ(protect(&w, 2 * GiB - 2 * MiB, 8192, rw, PGTABLE_NAMES_PERM,
			  0), 0);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_EQ(world_level(&w, 2 * GiB - 2 * MiB), 2);
	w.limit = w.nout;
	EXPECT_REFUSED(&w, protect(&w, 1 * GiB, 8192, ro, PGTABLE_NAMES_PERM,
				   0), -ENOMEM);
	EXPECT_EQ(w.res.needed, 1);
	world_end(&w);
}

/* Proves: ENG-072 */
HOST_TEST(no_access_comes_back_as_it_was)
{
	struct world w;
	pte_t was;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 64 * KiB, 0), 0);
	EXPECT_EQ(protect(&w, 0, 4096, exec, PGTABLE_NAMES_EXEC,
			  PGTABLE_ALLOW_WX), 0);
	was = world_pte(&w, 0);
	EXPECT_EQ(protect(&w, 0, 8192, none, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(world_pte(&w, 0), was & ~PTE_TYPE_MASK);
	EXPECT_EQ(world_pa(&w, 0), PA_NONE);
	EXPECT_EQ(protect(&w, 4096, 4096, ro, PGTABLE_NAMES_SHARE, 0), 0);
	EXPECT_EQ(world_pa(&w, 4096), PA_NONE);
	EXPECT_EQ(protect(&w, 0, 8192, rw, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(world_pte(&w, 0), was);
	EXPECT_EQ(world_pa(&w, 4096), 4096);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-073 */
HOST_TEST(protect_refuses_what_would_become_writable_and_executable)
{
	static const struct vmsa_attr dev = {
		VMSA_DEV_NGNRE, VMSA_NSH, VMSA_RO, false
	};
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(protect(&w, 0, 3 * MiB, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_REFUSED(&w, protect(&w, 0, 4 * MiB, exec, PGTABLE_NAMES_EXEC, 0),
		       -EPERM);
	EXPECT_EQ(w.res.va, 3 * MiB);
	EXPECT_EQ(w.res.refusal, PGTABLE_REFUSED_WX);
	EXPECT_EQ(protect(&w, 0, 2 * MiB, exec, PGTABLE_NAMES_EXEC, 0), 0);
	EXPECT_REFUSED(&w, protect(&w, 0, 4096, rw, PGTABLE_NAMES_PERM, 0),
		       -EPERM);
	EXPECT_EQ(w.res.va, 0);
	EXPECT_REFUSED(&w, protect(&w, 0, 4096, dev, PGTABLE_NAMES_TYPE, 0),
		       -EPERM);
	EXPECT_EQ(w.res.refusal, PGTABLE_REFUSED_DEVX);
	EXPECT_EQ(protect(&w, 0, 4096, dev, PGTABLE_NAMES_TYPE,
			  PGTABLE_ALLOW_WX), 0);
	EXPECT_EQ(protect(&w, 0, 4096, exec, PGTABLE_NAMES_SHARE, 0), 0);
	EXPECT_EQ(protect(&w, 0, 4096, nc, PGTABLE_NAMES_SHARE, 0), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-074 */
HOST_TEST(protect_and_split_refuse_holes_and_bad_arguments)
{
	static const struct vmsa_attr unknown = { .type = VMSA_TYPES };
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 64 * KiB, 0), 0);
	EXPECT_REFUSED(&w, protect(&w, 0, 128 * KiB, ro, PGTABLE_NAMES_PERM, 0),
		       -ENOENT);
	EXPECT_EQ(w.res.va, 64 * KiB);
	EXPECT_REFUSED(&w, protect(&w, 0, 4096, ro, 0, 0), -EINVAL);
	EXPECT_REFUSED(&w, protect(&w, 0, 4096, ro, 16, 0), -EINVAL);
	EXPECT_REFUSED(&w, protect(&w, 0, 4096, ro, 1, PGTABLE_REPLACE),
		       -EINVAL);
	EXPECT_REFUSED(&w, protect(&w, 1, 4096, ro, 1, 0), -EINVAL);
	EXPECT_REFUSED(&w, protect(&w, 1ull << 40, 4096, ro, 1, 0), -ERANGE);
	EXPECT_REFUSED(&w, protect(&w, 0, 4096, unknown, 1, 0),
		       -EINVAL);
	EXPECT_REFUSED(&w, pgtable_split(&w.pt, 0, 1 * MiB, 0, &w.res),
		       -ENOENT);
	EXPECT_REFUSED(&w, pgtable_split(&w.pt, 0, 4096, 1, &w.res), -EINVAL);
	EXPECT_REFUSED(&w, pgtable_split(&w.pt, 0, 0, 0, &w.res), -EINVAL);
	EXPECT_REFUSED(&w, pgtable_merge(&w.pt, 0, 4096, PGTABLE_REPLACE,
					 &w.res), -EINVAL);
	EXPECT_REFUSED(&w, pgtable_merge(&w.pt, 0, 1, 0, &w.res), -EINVAL);
	EXPECT_EQ(protect(&w, 0, 128 * KiB, ro, PGTABLE_NAMES_PERM,
			  PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w.res.leaves[3], 16);
	EXPECT_EQ(pgtable_split(&w.pt, 0, 4 * GiB, PGTABLE_SKIP_HOLES, &w.res),
		  0);
	EXPECT_EQ(w.res.leaves[3], 16);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-074 */
HOST_TEST(a_reserved_entry_is_not_changed)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	world_foreign(&w, 0)[3] = 3 * GiB | 0x702;
	world_adopt(&w);
	world_save(&w);
	EXPECT_EQ(protect(&w, 3 * GiB, 1 * GiB, ro, PGTABLE_NAMES_PERM, 0),
		  -EPERM);
	EXPECT_EQ(w.res.refusal, PGTABLE_REFUSED_RESERVED);
	EXPECT(world_unchanged(&w));
	world_end(&w);
}

/* Proves: ENG-056 ENG-070 */
HOST_TEST(protect_of_a_gib_of_pages_takes_one_tlbi_and_no_break)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 1 * GiB, 0), 0);
	model_mmu_stand(&w.mmu, 1 * MiB, 4096);
	w.pt.count = (struct pgtable_counters){ 0 };
	EXPECT_EQ(protect(&w, 0, 1 * GiB, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(w.res.leaves[3], 262144);
	EXPECT_EQ(w.pt.count.tlbi, 1);
	EXPECT_EQ(w.pt.count.dsb, 2);
	EXPECT_EQ(w.mmu.windows, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-050 ENG-070 */
HOST_TEST(protect_to_another_type_breaks_and_makes_all)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(protect(&w, 0, 3 * MiB, nc, PGTABLE_NAMES_TYPE, 0), 0);
	EXPECT_EQ(w.res.leaves[3], 768);
	EXPECT_EQ(attr_at(&w, 3 * MiB - 4096).type, VMSA_NC);
	EXPECT_EQ(attr_at(&w, 3 * MiB).type, VMSA_WB);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-075 ENG-077 */
HOST_TEST(what_was_split_on_purpose_is_merged_only_when_asked_for)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(pgtable_split(&w.pt, 1 * GiB + 4 * MiB, 4 * MiB, 0, &w.res),
		  0);
	EXPECT_EQ(w.res.leaves[3], 1024);
	EXPECT_EQ(world_level(&w, 1 * GiB + 6 * MiB), 3);
	EXPECT_EQ(world_level(&w, 1 * GiB + 8 * MiB), 2);
	EXPECT_EQ(pgtable_merge(&w.pt, 1 * GiB, 1 * GiB, 0, &w.res), 0);
	EXPECT_EQ(world_level(&w, 1 * GiB + 6 * MiB), 3);
	EXPECT(!(world_pte(&w, 1 * GiB + 6 * MiB) & PTE_CONT));
	EXPECT_EQ(pgtable_merge(&w.pt, 1 * GiB, 4096, PGTABLE_MERGE_ALL,
				&w.res), 0);
	EXPECT_EQ(world_level(&w, 1 * GiB), 1);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 3);
	EXPECT_EQ(w.pt.count.merge, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-075 */
HOST_TEST(a_table_that_is_there_is_noted_as_split_on_purpose)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, 0), 0);
	EXPECT_EQ(protect(&w, 0, 4096, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(pgtable_split(&w.pt, 0, 4096, 0, &w.res), 0);
	EXPECT_EQ(protect(&w, 0, 4096, rw, PGTABLE_NAMES_PERM,
			  PGTABLE_MERGE_AFTER), 0);
	EXPECT_EQ(world_level(&w, 0), 3);
	EXPECT_EQ(world_unmap(&w, 0, 2 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 1 * MiB, 1 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(pgtable_merge(&w.pt, 0, 4096, 0, &w.res), 0);
	EXPECT_EQ(world_level(&w, 0), 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-076 */
HOST_TEST(a_split_that_is_undone_merges_again)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	model_mmu_stand(&w.mmu, 1 * GiB + 300 * MiB, 4096);
	EXPECT_EQ(protect(&w, 1 * GiB + 5 * MiB, 4096, ro, PGTABLE_NAMES_PERM,
			  PGTABLE_MERGE_AFTER), 0);
	EXPECT_EQ(world_tables(&w), 3);
	EXPECT_EQ(protect(&w, 1 * GiB + 5 * MiB, 4096, rw, PGTABLE_NAMES_PERM,
			  PGTABLE_MERGE_AFTER), 0);
	EXPECT_EQ(world_tables(&w), 1);
	EXPECT_EQ(world_level(&w, 1 * GiB), 1);
	EXPECT_EQ(w.res.leaves[3], 1);
	EXPECT_EQ(w.res.leaves[1], 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 2);
	EXPECT_EQ(w.mmu.windows, 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-078 */
HOST_TEST(what_does_not_match_is_not_merged)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 2 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 2 * MiB, 2 * MiB, 2 * MiB - 4096, 0), 0);
	EXPECT_EQ(world_map(&w, 4 * MiB, 4 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 5 * MiB, 6 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 6 * MiB, 6 * MiB, 2 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(pgtable_merge(&w.pt, 0, 1 * GiB, 0, &w.res), 0);
	EXPECT_EQ(world_level(&w, 0), 3);
	EXPECT_EQ(world_level(&w, 2 * MiB), 3);
	EXPECT_EQ(world_level(&w, 4 * MiB), 3);
	EXPECT_EQ(world_level(&w, 6 * MiB), 3);
	EXPECT_EQ(w.pt.count.merge, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-079 */
HOST_TEST(maps_and_merges_give_the_contiguous_hint)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0x8000, 0x8000, 0x20000, 0), 0);
	EXPECT(!(world_pte(&w, 0x8000) & PTE_CONT));
	EXPECT(world_pte(&w, 0x10000) & PTE_CONT);
	EXPECT(!(world_pte(&w, 0x20000) & PTE_CONT));
	EXPECT_EQ(world_map(&w, 0x28000, 0x28000, 0x8000, 0), 0);
	EXPECT_EQ(pgtable_merge(&w.pt, 0x20000, 0x1000, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 16);
	EXPECT(world_pte(&w, 0x20000) & PTE_CONT);
	EXPECT_EQ(world_map(&w, 0x40000, 0x41000, 0x20000, 0), 0);
	EXPECT_EQ(world_map(&w, 0x60000, 0x60000, 0x10000, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(pgtable_merge(&w.pt, 0, 1 * MiB, PGTABLE_MERGE_ALL, &w.res),
		  0);
	EXPECT(!(world_pte(&w, 0x40000) & PTE_CONT));
	EXPECT(world_pte(&w, 0x60000) & PTE_CONT);
	EXPECT_EQ(world_map(&w, 64 * MiB, 64 * MiB, 32 * MiB, 0), 0);
	EXPECT(world_pte(&w, 64 * MiB) & PTE_CONT);
	EXPECT_EQ(protect(&w, 70 * MiB, 4096, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT(!(world_pte(&w, 64 * MiB) & PTE_CONT));
	EXPECT_EQ(w.res.leaves[3], 1);
	EXPECT_ORDER(&w);
	EXPECT_EQ(protect(&w, 70 * MiB, 4096, rw, PGTABLE_NAMES_PERM,
			  PGTABLE_MERGE_AFTER), 0);
	EXPECT(world_pte(&w, 64 * MiB) & PTE_CONT);
	EXPECT_EQ(pgtable_split(&w.pt, 0x10000, 0x1000, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 1);
	EXPECT(!(world_pte(&w, 0x1f000) & PTE_CONT));
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-079 */
HOST_TEST(a_contiguous_run_as_a_whole_keeps_its_hint)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x40000, 0), 0);
	EXPECT_EQ(protect(&w, 0, 0x10000, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT(world_pte(&w, 0) & PTE_CONT);
	EXPECT_ORDER(&w);
	EXPECT_EQ(protect(&w, 0, 0x30000, nc, PGTABLE_NAMES_TYPE, 0), 0);
	EXPECT(world_pte(&w, 0x2f000) & PTE_CONT);
	EXPECT_EQ(attr_at(&w, 0).type, VMSA_NC);
	EXPECT_ORDER(&w);
	EXPECT_EQ(protect(&w, 0, 0x10000, none, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(protect(&w, 0, 0x1000, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(world_pa(&w, 0), 0);
	EXPECT_ORDER(&w);
	model_mmu_stand(&w.mmu, 0x38000, 4096);
	EXPECT_EQ(protect(&w, 0x30000, 0x10000, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_REFUSED(&w, protect(&w, 0x30000, 0x10000, nc, PGTABLE_NAMES_TYPE,
				   0), -EPERM);
	EXPECT_EQ(w.res.refusal, PGTABLE_REFUSED_CONT);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Of two runs in a range that ends in both, the first is as it shall be already.
 * Proves: ENG-079 ENG-121
 */
HOST_TEST(a_contiguous_run_that_does_not_change_is_not_unfolded)
{
	struct world w;
	pte_t first[VMSA_CONT_ENTRIES];

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x20000, 0), 0);
	EXPECT_EQ(protect(&w, 0, 0x10000, ro, PGTABLE_NAMES_PERM, 0), 0);
	for (unsigned int i = 0; i < VMSA_CONT_ENTRIES; i++)
		first[i] = world_pte(&w, i * FRAME_SIZE);
	EXPECT(first[0] & PTE_CONT);
	model_mmu_stand(&w.mmu, 0x8000, 4096);
	EXPECT_EQ(protect(&w, 0x8000, 0x10000, ro, PGTABLE_NAMES_PERM, 0), 0);
	for (unsigned int i = 0; i < VMSA_CONT_ENTRIES; i++)
		EXPECT_EQ(world_pte(&w, i * FRAME_SIZE), first[i]);
	EXPECT_EQ(w.mmu.windows, 0);
	EXPECT(world_pte(&w, 0x17000) & PTE_AP_RO);
	EXPECT(!(world_pte(&w, 0x18000) & (PTE_AP_RO | PTE_CONT)));
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Three runs that change in place; what the range cuts of the last is not what
 * the CPU stands on.
 * Proves: ENG-121
 */
HOST_TEST(runs_of_one_range_are_told_apart)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x30000, 0), 0);
	model_mmu_stand(&w.mmu, 0x8000, 4096);
	EXPECT_EQ(protect(&w, 0, 0x28000, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(w.mmu.windows, 0);
	EXPECT(world_pte(&w, 0x8000) & PTE_CONT);
	EXPECT(!(world_pte(&w, 0x28000) & PTE_CONT));
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * The run that the beginning of the range cuts, and no other.
 * Proves: ENG-121
 */
HOST_TEST(a_run_that_ends_with_the_range_keeps_its_hint)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x30000, 0), 0);
	EXPECT_EQ(protect(&w, 0x8000, 0x28000, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT(!(world_pte(&w, 0x8000) & PTE_CONT));
	EXPECT(world_pte(&w, 0x10000) & PTE_CONT);
	EXPECT(world_pte(&w, 0x20000) & PTE_CONT);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Whatever can change in place can do so entry by entry of a contiguous run, as
 * AP[1] does in a map that replaces what U-Boot wrote: it leaves that bit, which
 * is RES1, clear at EL2 and EL3.
 * Proves: ENG-056 ENG-079
 */
HOST_TEST(a_contiguous_run_changes_in_place_by_every_bit_that_can)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL3, .va_bits = 39 });
	world_foreign(&w, 0)[0] = pte_make_table(world_foreign_pa(&w, 1));
	for (u64 i = 0; i < VMSA_CONT_ENTRIES; i++)
		world_foreign(&w, 1)[i] = (i * 2 * MiB) | 0x711 | PTE_CONT;
	world_adopt(&w);
	EXPECT_EQ(pgtable_map(&w.pt, 0, 0, 32 * MiB, ro, PGTABLE_REPLACE,
			      &w.res), 0);
	EXPECT_EQ(world_pte(&w, 0), 0x7d1 | PTE_CONT | PTE_XN);
	EXPECT_EQ(w.res.leaves[2], 16);
	EXPECT_EQ(w.pt.count.dsb, 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * None of the 16 becomes a table while another one is still a block of the run:
 * the run begins where the gather has something already.
 * Proves: ENG-038 ENG-079
 */
HOST_TEST(blocks_of_a_contiguous_run_become_tables_together)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 58 * MiB, 58 * MiB, 70 * MiB, 0), 0);
	EXPECT(!(world_pte(&w, 62 * MiB) & PTE_CONT));
	EXPECT(world_pte(&w, 64 * MiB) & PTE_CONT);
	EXPECT_EQ(pgtable_split(&w.pt, 58 * MiB, 70 * MiB, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 35 * 512);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* The table that maps @va. */
static pte_t *table_of(struct world *w, u64 va)
{
	struct pgtable_walk walk;

	pgtable_walk(&w->pt, va, &walk);
	return w->memory + ((pgtable_last_step(&walk)->entry & ~FRAME_MASK) -
			    WORLD_BASE) / sizeof(pte_t);
}

/*
 * A reserved encoding is not what was broken, though it has the same type, and
 * nothing in its table could be told from it: no hints there.
 * Proves: ENG-079 ENG-122
 */
HOST_TEST(a_merge_passes_reserved_entries_by)
{
	pte_t odd, bare = 5 * GiB | 2;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(world_unmap(&w, 100 * MiB, 2 * MiB, 0), 0);
	odd = (world_pte(&w, 70 * MiB) & ~PTE_TYPE_MASK) | 2;
	table_of(&w, 100 * MiB)[50] = bare;
	table_of(&w, 60 * MiB)[5] = odd;
	world_adopt(&w);
	EXPECT_EQ(pgtable_merge(&w.pt, 0, 1 * GiB, PGTABLE_MERGE_ALL, &w.res),
		  0);
	EXPECT_EQ(w.res.leaves[2], 510);
	EXPECT_EQ(w.res.leaves[3], 0);
	EXPECT_EQ(world_pte(&w, 100 * MiB), bare);
	EXPECT_EQ(world_pte(&w, 60 * MiB + 5 * 4096), odd);
	EXPECT_EQ(world_pa(&w, 60 * MiB), 60 * MiB);
	EXPECT_EQ(world_level(&w, 64 * MiB), 2);
	EXPECT(!(world_pte(&w, 64 * MiB) & PTE_CONT));
	world_end(&w);
}

/*
 * Nor is it made valid where a contiguous run with it is cut.
 * Proves: ENG-038 ENG-122
 */
HOST_TEST(what_is_invalid_in_a_contiguous_run_stays_so_when_it_is_cut)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x20000, 0), 0);
	table_of(&w, 0)[5] = (table_of(&w, 0)[5] & ~PTE_TYPE_MASK) | 2;
	table_of(&w, 0)[6] &= ~PTE_TYPE_MASK;
	world_adopt(&w);
	EXPECT_EQ(world_unmap(&w, 0, 0x1000, 0), 0);
	EXPECT_EQ(world_pa(&w, 0x4000), 0x4000);
	EXPECT(!(world_pte(&w, 0x4000) & PTE_CONT));
	EXPECT_EQ(world_pa(&w, 0x5000), PA_NONE);
	EXPECT_EQ(world_pte(&w, 0x5000) & PTE_TYPE_MASK, 2);
	EXPECT_EQ(world_pa(&w, 0x6000), PA_NONE);
	EXPECT_EQ(world_pte(&w, 0x6000) & PTE_TYPE_MASK, 0);
	world_end(&w);
	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x20000, 0), 0);
	EXPECT_EQ(protect(&w, 0x10000, 0x10000, none, PGTABLE_NAMES_PERM, 0), 0);
	model_mmu_stand(&w.mmu, 0x18000, 4096);
	EXPECT_EQ(protect(&w, 0x11000, 0x1000, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_ORDER(&w);
	EXPECT_EQ(world_pa(&w, 0x10000), PA_NONE);
	EXPECT_EQ(world_pa(&w, 0x11000), 0x11000);
	EXPECT_EQ(w.mmu.windows, 0);
	world_end(&w);
}

/*
 * Pages that lose the hint are counted if they are in the range: those of runs
 * that it cuts, too, and of one that it cuts on both sides.
 * Proves: ENG-075
 */
HOST_TEST(a_split_counts_the_pages_that_lose_their_hint)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 0x80000, 0), 0);
	EXPECT_EQ(pgtable_split(&w.pt, 0x5000, 0x3000, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 3);
	EXPECT_EQ(pgtable_split(&w.pt, 0x5000, 0x3000, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 0);
	EXPECT_EQ(pgtable_split(&w.pt, 0x18000, 0x2c000, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[3], 8 + 32 + 4);
	EXPECT_ORDER(&w);
	EXPECT_EQ(world_map(&w, 64 * MiB, 64 * MiB, 32 * MiB, 0), 0);
	EXPECT_EQ(pgtable_split(&w.pt, 70 * MiB, 0x2000, 0, &w.res), 0);
	EXPECT_EQ(w.res.leaves[2], 0);
	EXPECT_EQ(w.res.leaves[3], 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

static enum pgtable_why why(struct world *w, u64 va,
			    struct pgtable_larger *larger)
{
	pgtable_why_not_larger(&w->pt, va, larger);
	return larger->why;
}

/* Proves: ENG-080 */
HOST_TEST(why_a_mapping_is_no_larger_block)
{
	struct pgtable_larger l;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(why(&w, 1ull << 50, &l), PGTABLE_WHY_UNMAPPED);
	EXPECT_EQ(why(&w, 0, &l), PGTABLE_WHY_UNMAPPED);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	EXPECT_EQ(why(&w, 1 * GiB, &l), PGTABLE_WHY_LARGEST);
	EXPECT_EQ(world_map(&w, 0, 4096, 64 * KiB, 0), 0);
	EXPECT_EQ(why(&w, 0, &l), PGTABLE_WHY_ADDRESS);
	EXPECT_EQ(l.size, 2 * MiB);
	EXPECT_EQ(world_map(&w, 2 * MiB, 2 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(why(&w, 2 * MiB + 4096, &l), PGTABLE_WHY_HOLE);
	EXPECT(l.contiguous);
	EXPECT_EQ(l.va, 2 * MiB);
	EXPECT_EQ(l.at, 3 * MiB);
	EXPECT_EQ(world_map(&w, 3 * MiB, 6 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(why(&w, 2 * MiB, &l), PGTABLE_WHY_OUTPUT);
	EXPECT_EQ(l.at, 3 * MiB);
	EXPECT_EQ(world_map(&w, 3 * MiB, 3 * MiB, 1 * MiB, PGTABLE_REPLACE), 0);
	EXPECT_EQ(why(&w, 2 * MiB, &l), PGTABLE_WHY_NOTHING);
	EXPECT_EQ(protect(&w, 3 * MiB, 4096, ro, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(why(&w, 2 * MiB, &l), PGTABLE_WHY_ATTR);
	EXPECT_EQ(l.level, 3);
	EXPECT_EQ(l.pte, world_pte(&w, 3 * MiB));
	EXPECT_EQ(protect(&w, 3 * MiB, 4096, none, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(why(&w, 2 * MiB, &l), PGTABLE_WHY_ATTR);
	EXPECT_EQ(world_map(&w, 4 * MiB, 4 * MiB, 2 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(why(&w, 4 * MiB, &l), PGTABLE_WHY_PURPOSE);
	EXPECT_EQ(world_map(&w, 3 * GiB, 3 * GiB, 1 * GiB, PGTABLE_MAX_2M), 0);
	EXPECT_EQ(why(&w, 3 * GiB, &l), PGTABLE_WHY_PURPOSE);
	EXPECT_EQ(l.size, 1 * GiB);
	world_end(&w);
}

/* Proves: ENG-080 ENG-034 */
HOST_TEST(a_foreign_table_is_not_merged)
{
	struct pgtable_larger l;
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	world_foreign(&w, 0)[0] = pte_make_table(world_foreign_pa(&w, 1));
	for (u64 i = 0; i < 512; i++)
		world_foreign(&w, 1)[i] = (i * 2 * MiB) | 0x711;
	world_adopt(&w);
	EXPECT_EQ(why(&w, 5 * MiB, &l), PGTABLE_WHY_FOREIGN);
	EXPECT_EQ(pgtable_merge(&w.pt, 0, 1 * GiB, PGTABLE_MERGE_ALL, &w.res),
		  0);
	EXPECT_EQ(world_level(&w, 0), 2);
	EXPECT(!(world_pte(&w, 0) & PTE_CONT));
	EXPECT_ORDER(&w);
	world_end(&w);
}

static unsigned int probes;
static unsigned int lies_after;

static bool probe(void *ctx, u64 va, u64 pa)
{
	probes++;
	return world_pa(ctx, va) == pa && probes != lies_after;
}

static unsigned int stops;

/* When asked for the second time. */
static bool stop(void *ctx)
{
	(void)ctx;
	return ++stops == 2;
}

static struct pgtable_selftest selftest(struct world *w, u64 va)
{
	return (struct pgtable_selftest){
		.va = va, .size = 8 * MiB, .pa = 1 * GiB, .seed = 7,
		.ops = 300, .probe = probe, .ctx = w,
	};
}

/* Proves: ENG-081 */
HOST_TEST(the_self_test_passes_and_leaves_nothing)
{
	struct pgtable_selftest test;
	struct world w;

	world_begin(&w, el1);
	lies_after = 0;
	test = selftest(&w, 512 * GiB - 4 * MiB);
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), 0);
	EXPECT_EQ(test.done, 300);
	EXPECT(test.refused > 20);
	EXPECT(w.pt.count.merge > 0);
	EXPECT(probes > 100000);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	test.stop = stop;
	stops = 0;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EINTR);
	EXPECT_EQ(test.done, 8);
	test.stop = NULL;
	for (test.seed = 1; test.seed < 5; test.seed++) {
		for (w.limit = 2; w.limit < 8; w.limit++)
			EXPECT_EQ(pgtable_selftest(&w.pt, &test), 0);
	}
	world_end(&w);
}

/* Proves: ENG-081 */
HOST_TEST(the_self_test_refuses_a_range_that_is_not_private)
{
	struct pgtable_selftest test;
	struct world w;

	world_begin(&w, el1);
	test = selftest(&w, 0);
	EXPECT_EQ(world_map(&w, 5 * MiB, 0, 4096, 0), 0);
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EEXIST);
	test.size = 12 * MiB;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EINVAL);
	test.size = 0;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EINVAL);
	test = selftest(&w, (1ull << 40) - 4 * MiB);
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EINVAL);
	test.va += 1ull << 40;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EINVAL);
	test.va = 1;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EINVAL);
	world_end(&w);
}

/* Proves: ENG-081 */
HOST_TEST(the_self_test_finds_hardware_that_disagrees)
{
	struct pgtable_selftest test;
	struct world w;

	world_begin(&w, el1);
	probes = 0;
	lies_after = 5000;
	test = selftest(&w, 0);
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EIO);
	EXPECT(test.wrong);
	EXPECT_EQ(world_tables(&w), 0);
	world_end(&w);
}

#define NC_BITS		((pte_t)VMSA_NC << PTE_ATTR_IDX_SHIFT)
#define OPERATIONS	13

/* An operation of each kind that needs tables, where 2 GiB are mapped. */
static int needs_tables(struct world *w, unsigned int which)
{
	switch (which) {
	case 0:
		return world_map(w, 3 * GiB, 4096, 1 * GiB, 0);
	case 1:
		return world_map(w, 5 * MiB + 4096, 0, 1 * GiB, PGTABLE_REPLACE);
	case 2:
		return world_unmap(w, 5 * MiB + 4096, 1 * GiB, 0);
	case 3:
		return protect(w, 5 * MiB + 4096, 1 * GiB, ro,
			       PGTABLE_NAMES_PERM, 0);
	case 4:
		return protect(w, 5 * MiB, 4096, nc, PGTABLE_NAMES_TYPE,
			       PGTABLE_MERGE_AFTER);
	case 5:
		return pgtable_split(&w->pt, 6 * MiB, 100 * MiB, 0, &w->res);
	case 6:
		return pgtable_split(&w->pt, 1 * GiB - 4096, 8192,
				     PGTABLE_FOR_NOW, &w->res);
	case 7:	/* a branch for one page, */
		return world_map(w, 3 * GiB + 4096, 0, 4096, 0);
	case 8:	/* and for a run of them */
		return world_map(w, 3 * GiB + 4096, 0, 64 * KiB, 0);
	case 9:
		return world_map(w, 2 * GiB, 2 * GiB, 2 * GiB, PGTABLE_MAX_2M);
	case 10:
		return world_map(w, 2 * GiB, 2 * GiB, 4 * MiB, PGTABLE_MAX_4K);
	case 11:
		return pgtable_change_bits(&w->pt, 1 * GiB - 4096, 4 * MiB,
					   PTE_ATTR_IDX_MASK, NC_BITS, 0,
					   &w->res);
	default:
		return pgtable_map_bits(&w->pt, 1 * GiB - 4096, 4096, 4 * MiB,
					PTE_AF | NC_BITS, 0, &w->res);
	}
}

static void run_out(struct world *w, unsigned int which)
{
	unsigned int k, out;

	EXPECT_EQ(world_map(w, 0, 0, 2 * GiB, 0), 0);
	out = w->nout;
	for (k = 0, w->res.needed = 1; k < w->res.needed; k++) {
		w->limit = out + k;
		EXPECT_REFUSED(w, needs_tables(w, which), -ENOMEM);
		EXPECT_EQ(w->nout, out);
	}
	w->limit = out + k;
	EXPECT_EQ(needs_tables(w, which), 0);
	EXPECT_EQ(w->res.added[PGTABLE_REGISTERED], k);
	EXPECT(k > 0);
	EXPECT_ORDER(w);
	/* The way back takes none. */
	w->limit = w->nout;
	EXPECT_EQ(pgtable_merge(&w->pt, 0, 4 * GiB, PGTABLE_MERGE_ALL, &w->res),
		  0);
	EXPECT_EQ(world_unmap(w, 0, 4 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w->nout, 0);
	EXPECT_ORDER(w);
}

/*
 * Copies and restores are in test_pgtable_restore.c.
 * Proves: ENG-018 ENG-082
 */
HOST_TEST(out_of_tables_at_every_point_nothing_has_changed)
{
	static const struct world_kind kinds[] = {
		{ .regime = VMSA_EL1 },
		{ .regime = VMSA_EL2, .va_bits = 48, .tlbi_range = true },
		{ .regime = VMSA_EL2_E2H, .va_bits = 39 },
		{ .regime = VMSA_EL3, .va_bits = 32 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds) * OPERATIONS; i++) {
		struct world w;

		world_begin(&w, kinds[i / OPERATIONS]);
		run_out(&w, i % OPERATIONS);
		if (tap_failed())
			return;
		world_end(&w);
	}
}

/*
 * What peers were seen to do: choose a block by the alignment of the virtual
 * address alone.
 * Proves: ENG-011
 */
HOST_TEST(peers_mapped_the_wrong_address_by_a_block)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0x80000000, 0x90001000, 2 * MiB, 0), 0);
	EXPECT_EQ(world_pa(&w, 0x80000000), 0x90001000);
	EXPECT_EQ(world_pa(&w, 0x801ff000), 0x90200000);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Lose what is mapped by a table when permissions of all of it change.
 * Proves: ENG-070
 */
HOST_TEST(peers_lost_a_range_by_a_change_of_permissions)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0x80000000, 0x90001000, 2 * MiB, 0), 0);
	EXPECT_EQ(protect(&w, 0x80000000, 2 * MiB, ro, PGTABLE_NAMES_PERM, 0),
		  0);
	for (u64 i = 0; i < 2 * MiB; i += 4096) {
		EXPECT_EQ(world_pa(&w, 0x80000000 + i), 0x90001000 + i);
		EXPECT_EQ(attr_at(&w, 0x80000000 + i).perm, VMSA_RO);
	}
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Stay half mapped when a request fails half-way.
 * Proves: ENG-018
 */
HOST_TEST(peers_stayed_half_mapped)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0xb0000000, 0, 4096, 0), 0);
	w.limit = w.nout + 2;
	EXPECT_REFUSED(&w, world_map(&w, 0xc0001000, 0, 6 * MiB, 0), -ENOMEM);
	EXPECT_EQ(world_pa(&w, 0xc0001000), PA_NONE);
	world_end(&w);
}

/* The order in which a table went and its pages were invalidated. */
static struct {
	unsigned int tlbis, dsbs;
	bool freed_early;
	const struct pgtable_ops *model;
} order_of;

static void note_tlbi(void *ctx, u64 va, u64 size, bool last_level)
{
	order_of.tlbis++;
	order_of.model->tlbi(ctx, va, size, last_level);
}

static void note_barrier(void *ctx, enum pgtable_barrier barrier)
{
	if (order_of.tlbis && barrier == PGTABLE_DSB)
		order_of.dsbs++;
	order_of.model->barrier(ctx, barrier);
}

static void note_table(void *ctx, u64 pa, bool in_use)
{
	order_of.freed_early |= !in_use && !order_of.dsbs;
	order_of.model->table(ctx, pa, in_use);
}

/*
 * Free a table of 512 pages before the TLBI for it, and do that for the first
 * address only.
 * Proves: ENG-054
 */
HOST_TEST(peers_freed_a_table_before_it_was_invalidated)
{
	struct pgtable_ops ops;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	EXPECT_EQ(world_map(&w, 2 * MiB, 4096, 2 * MiB, 0), 0);
	order_of.model = &w.mmu.ops;
	ops = w.mmu.ops;
	ops.tlbi = note_tlbi;
	ops.barrier = note_barrier;
	ops.table = note_table;
	w.pt.ops = &ops;
	EXPECT_EQ(world_unmap(&w, 2 * MiB, 2 * MiB, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 1);
	EXPECT(order_of.tlbis && order_of.dsbs && !order_of.freed_early);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * U-Boot has split a block of ours with a table of its own, of any level.
 * Proves: ENG-034 ENG-036
 */
HOST_TEST(foreign_tables_go_out_of_use_with_a_subtree)
{
	struct pgtable_walk walk;
	struct world w;
	pte_t *l1;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * GiB, 0), 0);
	EXPECT_EQ(pgtable_walk(&w.pt, 1 * GiB, &walk), 0);
	l1 = (pte_t *)(uintptr_t)(walk.step[1].entry + w.pt.virt_offset);
	*l1 = pte_make_table(world_foreign_pa(&w, 1));
	world_foreign(&w, 1)[7] = pte_make_table(world_foreign_pa(&w, 2));
	world_foreign(&w, 1)[8] = 2 * MiB | 0x711;
	world_foreign(&w, 2)[9] = 4096 | 0x713;
	world_adopt(&w);
	EXPECT_EQ(world_unmap(&w, 0, 512 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 1);
	EXPECT_EQ(w.res.leaves[1], 1);
	EXPECT_EQ(w.res.leaves[2], 1);
	EXPECT_EQ(w.res.leaves[3], 1);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-080 */
HOST_TEST(no_access_is_a_difference_by_itself)
{
	struct pgtable_larger l;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 2 * MiB, 2 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 3 * MiB, 3 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(protect(&w, 3 * MiB, 4096, none, PGTABLE_NAMES_PERM, 0), 0);
	EXPECT_EQ(why(&w, 2 * MiB, &l), PGTABLE_WHY_ATTR);
	EXPECT_EQ(l.at, 3 * MiB);
	EXPECT_EQ(why(&w, 3 * MiB, &l), PGTABLE_WHY_ATTR);
	EXPECT(!l.contiguous);
	EXPECT_EQ(l.at, 2 * MiB);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* What goes wrong during a self-test, once, at the first probe. */
enum mischief {
	FORGET_ALL,	/* the test forgets what it has mapped */
	SPOIL_TREE,	/* a reserved encoding elsewhere in the tree */
	TAKE_PAGE,	/* a page of the registry goes */
	MAP_BEYOND,	/* a block reaches out of the range; no table is left */
};

struct mischief_of {
	struct world *w;
	struct pgtable_selftest *test;
	enum mischief what;
	unsigned int after;	/* operations */
	bool done;
};

static bool do_mischief(void *ctx, u64 va, u64 pa)
{
	struct mischief_of *m = ctx;
	page_ref page;

	if (m->done || m->test->done < m->after ||
	    va + FRAME_SIZE < m->test->va + m->test->size)
		return true;
	m->done = true;
	switch (m->what) {
	case FORGET_ALL:
		memset(m->test->map, 0, sizeof(m->test->map));
		break;
	case SPOIL_TREE:
		world_foreign(m->w, 0)[1] = 0x702;
		break;
	case TAKE_PAGE:
		page_registry_alloc(&m->w->reg, 1, &page);
		break;
	case MAP_BEYOND:
		world_unmap(m->w, m->test->va, m->test->size,
			    PGTABLE_SKIP_HOLES);
		world_map(m->w, m->test->va, 1 * GiB, 1 * GiB, 0);
		m->w->limit = m->w->nout;
		break;
	}
	return true;
}

/* What a self-test with a seed says when that goes wrong. */
static const char *said_of(struct world *w, enum mischief what, u64 seed)
{
	static struct pgtable_selftest test;
	struct mischief_of m = { w, &test, what, 8 + seed % 32, false };

	test = selftest(w, 0);
	test.seed = seed;
	test.probe = do_mischief;
	test.ctx = &m;
	return pgtable_selftest(&w->pt, &test) == -EIO ? test.wrong : "";
}

/* Proves: ENG-081 */
HOST_TEST(the_self_test_says_what_is_wrong)
{
	unsigned int fails = 0, allowed = 0, other = 0;
	struct world w;

	for (u64 seed = 1; seed <= 40; seed++) {
		const char *said;

		world_begin(&w, (struct world_kind){ VMSA_EL1, .quiet = true });
		said = said_of(&w, FORGET_ALL, seed);
		EXPECT(strlen(said) <= 23);
		fails += !strcmp(said, "an operation fails");
		allowed += !strcmp(said, "conflict not refused");
		other += !strcmp(said, "a page is wrong");
		world_end(&w);
	}
	EXPECT(fails && allowed && other);
	world_begin(&w, (struct world_kind){ VMSA_EL1, .quiet = true });
	EXPECT(!strcmp(said_of(&w, SPOIL_TREE, 1), "tables not in order"));
	world_foreign(&w, 0)[1] = 0;
	EXPECT(!strcmp(said_of(&w, TAKE_PAGE, 1), "tables are left over"));
	world_end(&w);
}

static struct mischief_of *stopped;

/* Stop after what makes it impossible to clean up. */
static bool stop_in_mischief(void *ctx)
{
	(void)ctx;
	return do_mischief(stopped, stopped->test->va + stopped->test->size -
			   FRAME_SIZE, 0);
}

/*
 * Without a probe only the tables are looked at.
 * Proves: ENG-081
 */
HOST_TEST(the_self_test_says_that_its_range_can_not_be_unmapped)
{
	static struct pgtable_selftest test;
	struct mischief_of m = { .test = &test, .what = MAP_BEYOND };
	struct world w;

	world_begin(&w, el1);
	test = selftest(&w, 0);
	test.probe = NULL;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), 0);
	EXPECT_EQ(test.done, 300);
	m.w = &w;
	stopped = &m;
	test.stop = stop_in_mischief;
	EXPECT_EQ(pgtable_selftest(&w.pt, &test), -EIO);
	EXPECT(!strcmp(test.wrong, "tables are left over"));
	EXPECT_EQ(world_pa(&w, 8 * MiB), 1 * GiB + 8 * MiB);
	world_end(&w);
}

/* Proves: ENG-072 */
HOST_TEST(no_access_with_nothing_but_an_address_is_changed_entry_by_entry)
{
	struct world w;
	pte_t *entry;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0x1000, 4 * 4096, 0), 0);
	entry = w.memory + (pte_addr(w.memory[0]) - WORLD_BASE) / 8;
	entry = w.memory + (pte_addr(entry[0]) - WORLD_BASE) / 8;
	entry = w.memory + (pte_addr(entry[0]) - WORLD_BASE) / 8;
	for (unsigned int i = 0; i < 4; i++)
		entry[i] = 0x5000 + i * 0x1000;
	world_adopt(&w);
	EXPECT_EQ(pgtable_protect(&w.pt, 0, 4 * 4096, world_rw,
				  PGTABLE_NAMES_PERM | PGTABLE_NAMES_EXEC, 0,
				  &w.res), 0);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT_EQ(world_pa(&w, i * 4096), 0x5000 + i * 0x1000);
	EXPECT_ORDER(&w);
	world_end(&w);
}
