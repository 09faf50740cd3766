// SPDX-License-Identifier: GPL-2.0+
/*
 * pgtable_map(): what is mapped how, what is refused, and what it costs.
 */

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };
static const struct world_kind el1_pool = { .regime = VMSA_EL1, .pool = true };

/* Proves: ENG-010 ENG-017 */
HOST_TEST(map_takes_the_largest_blocks_that_fit)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB - 2 * MiB - 4 * KiB,
			    5 * GiB - 2 * MiB - 4 * KiB,
			    1 * GiB + 4 * MiB + 12 * KiB, 0), 0);
	EXPECT_EQ(w.res.leaves[1], 1);
	EXPECT_EQ(w.res.leaves[2], 2);
	EXPECT_EQ(w.res.leaves[3], 3);
	EXPECT_EQ(w.res.needed, 5);
	EXPECT_EQ(w.res.added[PGTABLE_REGISTERED], 5);
	EXPECT_EQ(world_tables(&w), 5);
	EXPECT_EQ(world_level(&w, 1 * GiB), 1);
	EXPECT_EQ(world_level(&w, 1 * GiB - 1), 2);
	EXPECT_EQ(world_level(&w, 2 * GiB), 2);
	EXPECT_EQ(world_level(&w, 2 * GiB + 2 * MiB), 3);
	EXPECT_EQ(world_pa(&w, 1 * GiB - 2 * MiB - 1), 5 * GiB - 2 * MiB - 1);
	EXPECT_EQ(world_pa(&w, 2 * GiB + 2 * MiB + 8 * KiB), PA_NONE);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * Others chose a block from the virtual address alone.
 * Proves: ENG-011
 */
HOST_TEST(map_uses_no_block_where_the_physical_address_does_not_fit)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0x80000000, 0x90001000, 2 * MiB, 0), 0);
	EXPECT_EQ(w.res.leaves[3], 512);
	EXPECT_EQ(world_pa(&w, 0x80000000), 0x90001000);
	EXPECT_EQ(world_pa(&w, 0x801fffff), 0x90200fff);
	EXPECT_EQ(world_map(&w, 3 * GiB, 5 * GiB + 2 * MiB, 1 * GiB, 0), 0);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT_EQ(world_pa(&w, 4 * GiB - 1), 6 * GiB + 2 * MiB - 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-012 */
HOST_TEST(map_can_be_limited_to_smaller_sizes)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, PGTABLE_MAX_2M), 0);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT_EQ(world_map(&w, 2 * GiB, 2 * GiB, 2 * MiB,
			    PGTABLE_MAX_4K | PGTABLE_MAX_2M), 0);
	EXPECT_EQ(w.res.leaves[3], 512);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-013 */
HOST_TEST(map_refuses_misaligned_and_empty_ranges)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_REFUSED(&w, world_map(&w, 0x1001, 0x1000, 0x1000, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_map(&w, 0x1000, 0x1800, 0x1000, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_map(&w, 0x1000, 0x1000, 0x1001, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_map(&w, 0x1000, 0x1000, 0, 0), -EINVAL);
	EXPECT_REFUSED(&w, world_map(&w, 0x1000, 0x1000, 0x1000, 1u << 9),
		       -EINVAL);
	world_end(&w);
}

/* Proves: ENG-013 */
HOST_TEST(map_refuses_attributes_that_do_not_exist)
{
	static const struct vmsa_attr bad[] = {
		{ VMSA_TYPES, VMSA_ISH, VMSA_RW, false },
		{ VMSA_WB, 1, VMSA_RW, false },
		{ VMSA_WB, VMSA_ISH, VMSA_RW + 1, false },
	};
	struct world w;

	world_begin(&w, el1);
	for (int i = 0; i < 3; i++)
		EXPECT_REFUSED(&w, pgtable_map(&w.pt, 0, 0, 4096, bad[i], 0,
					       &w.res), -EINVAL);
	world_end(&w);
}

/* Proves: ENG-014 */
HOST_TEST(map_refuses_what_is_beyond_the_address_space_or_wraps)
{
	struct world w;
	u64 end = 1ull << 40;

	world_begin(&w, el1);
	EXPECT_REFUSED(&w, world_map(&w, end, 0, 4096, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, end - 4096, 0, 8192, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, 0, end - 4096, 8192, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, 0, end, 4096, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, 0, 0, end + 4096, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, -4096ull, 0, 8192, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, 8192, 0, -4096ull, 0), -ERANGE);
	EXPECT_REFUSED(&w, world_map(&w, 0, -4096ull, 4096, 0), -ERANGE);
	world_end(&w);
}

static void map_both_ends(struct world *w, unsigned int va_bits)
{
	u64 end = 1ull << va_bits;

	world_begin(w, (struct world_kind){ VMSA_EL1, .va_bits = va_bits });
	EXPECT_EQ(w->pt.start_level, va_bits > 39 ? 0 : 1);
	EXPECT_EQ(world_map(w, end - 4096, 0x1000, 4096, 0), 0);
	EXPECT_EQ(world_pa(w, end - 1), 0x1fff);
	EXPECT_EQ(world_map(w, 0, 0, 4096, 0), 0);
	EXPECT_EQ(world_pa(w, 0), 0);
	EXPECT_EQ(world_map(w, end, 0, 4096, 0), -ERANGE);
	EXPECT_EQ(world_pa(w, end), PA_NONE);
	EXPECT_ORDER(w);
	EXPECT_EQ(world_unmap(w, 0, end, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(world_tables(w), 0);
	EXPECT_ORDER(w);
}

/* Proves: ENG-014 */
HOST_TEST(map_reaches_the_first_and_last_page_of_every_address_space)
{
	struct world w;

	for (unsigned int va_bits = 32; va_bits <= 48; va_bits++) {
		map_both_ends(&w, va_bits);
		if (tap_failed())
			return;
		world_end(&w);
	}
}

/* Proves: ENG-014 */
HOST_TEST(map_fills_a_whole_address_space)
{
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 32 });
	EXPECT_EQ(world_map(&w, 0, 0, 4 * GiB, 0), 0);
	EXPECT_EQ(w.res.leaves[1], 4);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_EQ(world_unmap(&w, 0, 4 * GiB, 0), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-015 */
HOST_TEST(map_refuses_write_and_execute_unless_asked_for)
{
	static const struct vmsa_attr bad[] = {
		{ VMSA_WB, VMSA_ISH, VMSA_RW, true },
		{ VMSA_WB, VMSA_ISH, VMSA_NONE, true },
		{ VMSA_DEV_NGNRNE, VMSA_NSH, VMSA_RO, true },
		{ VMSA_DEV_GRE, VMSA_NSH, VMSA_RW, true },
	};
	struct world w;

	world_begin(&w, el1);
	for (int i = 0; i < 4; i++) {
		EXPECT_REFUSED(&w, pgtable_map(&w.pt, 0, 0, 4096, bad[i], 0,
					       &w.res), -EPERM);
		EXPECT_EQ(pgtable_map(&w.pt, i * 4096, 0, 4096, bad[i],
				      PGTABLE_ALLOW_WX, &w.res), 0);
	}
	EXPECT_EQ(pgtable_map(&w.pt, 4 * 4096, 0, 4096, world_rx, 0, &w.res),
		  0);
	world_end(&w);
}

/* Proves: ENG-001 */
HOST_TEST(map_writes_the_bits_of_the_regime)
{
	for (int regime = VMSA_EL1; regime <= VMSA_EL3; regime++) {
		struct world w;

		world_begin(&w, (struct world_kind){ .regime = regime });
		EXPECT_EQ(world_map(&w, 2 * MiB, 4 * MiB, 2 * MiB + 4096, 0),
			  0);
		EXPECT_EQ(world_pte(&w, 2 * MiB),
			  vmsa_encode(regime, world_rw) | 4 * MiB | 1);
		EXPECT_EQ(world_pte(&w, 4 * MiB),
			  vmsa_encode(regime, world_rw) | 6 * MiB | 3);
		world_end(&w);
	}
}

/* Proves: ENG-016 */
HOST_TEST(map_refuses_an_overlap_and_names_its_first_address)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 4 * MiB, 0, 2 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 8 * MiB + 12 * KiB, 0, 4 * KiB, 0), 0);
	EXPECT_REFUSED(&w, world_map(&w, 0, 0, 1 * GiB, 0), -EEXIST);
	EXPECT_EQ(w.res.va, 4 * MiB);
	EXPECT_EQ(w.res.level, 2);
	EXPECT_EQ(w.res.pte, world_pte(&w, 4 * MiB));
	EXPECT_REFUSED(&w, world_map(&w, 6 * MiB, 0, 64 * MiB, 0), -EEXIST);
	EXPECT_EQ(w.res.va, 8 * MiB + 12 * KiB);
	EXPECT_EQ(w.res.level, 3);
	EXPECT_REFUSED(&w, world_map(&w, 5 * MiB, 0, 4096, 0), -EEXIST);
	EXPECT_EQ(w.res.va, 5 * MiB);
	world_end(&w);
}

/* Proves: ENG-016 */
HOST_TEST(whatever_is_not_zero_occupies_its_range)
{
	struct world w;
	static const pte_t odd[] = {
		0x700,			/* no access */
		0x40000702,		/* reserved */
		PTE_SW_MASK,		/* software bits alone */
	};

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	for (int i = 0; i < 3; i++) {
		world_foreign(&w, 0)[1] = odd[i];
		world_adopt(&w);
		world_save(&w);
		EXPECT_EQ(world_map(&w, 2 * GiB - 4096, 0, 4096, 0), -EEXIST);
		EXPECT(world_unchanged(&w));
		EXPECT_EQ(w.res.va, 2 * GiB - 4096);
		EXPECT_EQ(w.res.pte, odd[i]);
		EXPECT_EQ(w.res.level, 1);
	}
	world_end(&w);
}

/* Proves: ENG-017 */
HOST_TEST(map_needs_exactly_the_tables_that_it_adds)
{
	static const struct {
		u64 va, size;
		unsigned int flags, needed;
	} t[] = {
		{ 0, 4 * KiB, 0, 3 },
		{ 2 * MiB - 4 * KiB, 8 * KiB, 0, 1 + 1 + 2 },
		{ 1 * GiB - 4 * KiB, 8 * KiB, 0, 1 + 2 + 2 },
		{ 512 * GiB - 4 * KiB, 8 * KiB, 0, 2 + 2 + 2 },
		{ 0, 2 * MiB, 0, 2 },
		{ 1 * MiB, 2 * MiB, 0, 1 + 1 + 2 },
		{ 0, 1 * GiB, 0, 1 },
		{ 0, 1 * GiB + 4 * KiB, 0, 3 },
		{ 0, 1 * GiB, PGTABLE_MAX_2M, 2 },
		{ 0, 1 * GiB, PGTABLE_MAX_4K, 2 + 512 },
		{ 4 * KiB, 1 * GiB, PGTABLE_MAX_4K, 1 + 2 + 513 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		struct world w;

		world_begin(&w, el1);
		EXPECT_EQ(world_map(&w, t[i].va, t[i].va, t[i].size,
				    t[i].flags), 0);
		EXPECT_EQ(w.res.needed, t[i].needed);
		EXPECT_EQ(world_tables(&w), t[i].needed);
		EXPECT_EQ(w.res.added[PGTABLE_REGISTERED], t[i].needed);
		EXPECT_ORDER(&w);
		world_end(&w);
	}
}

/* Proves: ENG-017 */
HOST_TEST(map_uses_tables_that_are_there)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	EXPECT_EQ(world_map(&w, 4096, 0, 4096, 0), 0);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_EQ(world_map(&w, 8192, 8192, 4 * MiB, 0), 0);
	EXPECT_EQ(w.res.needed, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-018 */
HOST_TEST(map_with_the_pool_used_up_changes_nothing)
{
	struct world w;

	world_begin(&w, el1_pool);
	EXPECT_REFUSED(&w, world_map(&w, 0, 4096, 32 * MiB, 0), -ENOMEM);
	EXPECT_EQ(w.res.needed, 18);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_EQ(world_map(&w, 0, 4096, 28 * MiB, 0), 0);
	EXPECT_EQ(w.res.added[PGTABLE_STATIC], 16);
	EXPECT_EQ(world_tables(&w), 16);
	EXPECT_REFUSED(&w, world_map(&w, 28 * MiB, 0, 4096, 0), -ENOMEM);
	EXPECT_EQ(w.res.needed, 1);
	EXPECT_EQ(world_unmap(&w, 0, 28 * MiB, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_STATIC], 16);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/*
 * More pages than one batch: what the first batches gave goes back too.
 * Proves: ENG-018
 */
HOST_TEST(map_gives_back_what_it_reserved_when_there_is_not_enough)
{
	struct world w;

	world_begin(&w, el1);
	for (w.limit = 0; w.limit < 130; w.limit += 13)
		EXPECT_REFUSED(&w, world_map(&w, 0, 4096, 256 * MiB, 0),
			       -ENOMEM);
	w.limit = 130;
	EXPECT_EQ(world_map(&w, 0, 4096, 256 * MiB, 0), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-019 */
HOST_TEST(a_no_access_mapping_occupies_its_range_and_does_not_translate)
{
	static const struct vmsa_attr none = {
		VMSA_WB, VMSA_ISH, VMSA_NONE, false,
	};
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(pgtable_map(&w.pt, 2 * MiB, 6 * MiB, 2 * MiB + 4096, none, 0,
			      &w.res), 0);
	EXPECT_EQ(w.res.leaves[2], 1);
	EXPECT_EQ(w.res.leaves[3], 1);
	EXPECT_EQ(world_pa(&w, 2 * MiB), PA_NONE);
	EXPECT(pte_no_access(world_pte(&w, 2 * MiB), 2));
	EXPECT_EQ(pte_leaf_pa(world_pte(&w, 4 * MiB), 3), 8 * MiB);
	EXPECT_REFUSED(&w, world_map(&w, 3 * MiB, 0, 4096, 0), -EEXIST);
	EXPECT_EQ(world_unmap(&w, 2 * MiB, 1 * MiB, 0), 0);
	EXPECT(pte_no_access(world_pte(&w, 3 * MiB), 3));
	EXPECT_EQ(pte_leaf_pa(world_pte(&w, 3 * MiB), 3), 7 * MiB);
	EXPECT_EQ(world_unmap(&w, 3 * MiB, 1 * MiB + 4096, 0), 0);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-021 */
HOST_TEST(replace_maps_over_whatever_is_there)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 6 * MiB, 4096, 2 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 1 * MiB, 64 * MiB + 4096, 6 * MiB,
			    PGTABLE_REPLACE), 0);
	EXPECT_EQ(world_pa(&w, 1 * MiB - 1), 1 * MiB - 1);
	EXPECT_EQ(world_pa(&w, 1 * MiB), 64 * MiB + 4096);
	EXPECT_EQ(world_pa(&w, 7 * MiB - 1), 70 * MiB + 4095);
	EXPECT_EQ(world_pa(&w, 7 * MiB), 7 * MiB - 6 * MiB + 4096);
	EXPECT_EQ(w.res.leaves[3], 1536);
	EXPECT_EQ(w.pt.count.split, 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-022 */
HOST_TEST(replace_puts_a_block_where_a_table_was)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 4096, 4 * MiB, 0), 0);
	EXPECT_EQ(world_tables(&w), 4);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, PGTABLE_REPLACE), 0);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 3);
	EXPECT_EQ(w.res.leaves[1], 1);
	EXPECT_EQ(w.res.leaves[3], 0);
	EXPECT_EQ(world_level(&w, 1 * GiB), 1);
	EXPECT_EQ(world_tables(&w), 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-022 */
HOST_TEST(replace_puts_pages_where_a_block_was)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 64 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 0, 0, 64 * MiB,
			    PGTABLE_REPLACE | PGTABLE_MAX_4K), 0);
	EXPECT_EQ(w.res.needed, 32);
	EXPECT_EQ(w.res.leaves[3], 32 * 512);
	EXPECT_EQ(world_level(&w, 63 * MiB), 3);
	EXPECT_EQ(world_pa(&w, 63 * MiB), 63 * MiB);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-021 */
HOST_TEST(replacing_by_the_same_writes_nothing)
{
	struct world w;
	unsigned int stores;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB + 8192, 0), 0);
	stores = w.mmu.stores;
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB + 8192, PGTABLE_REPLACE), 0);
	EXPECT_EQ(w.mmu.stores, stores);
	EXPECT_EQ(w.res.leaves[2], 0);
	EXPECT_EQ(w.pt.count.tlbi, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-018 ENG-021 */
HOST_TEST(replace_without_enough_tables_changes_nothing)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * GiB, 0), 0);
	w.limit = w.nout + 3;
	EXPECT_REFUSED(&w, world_map(&w, 1 * MiB, 0, 1 * GiB, PGTABLE_REPLACE),
		       -ENOMEM);
	EXPECT_EQ(w.res.needed, 2 + 512 + 1);
	world_end(&w);
}

/* Proves: ENG-034 */
HOST_TEST(a_foreign_table_is_filled_and_not_replaced_by_a_block)
{
	struct world w;
	pte_t *root, *l1;

	world_begin(&w, el1);
	root = world_foreign(&w, 0);
	l1 = world_foreign(&w, 1);
	root[0] = pte_make_table(world_foreign_pa(&w, 1));
	l1[1] = pte_make_table(world_foreign_pa(&w, 2));
	world_adopt(&w);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 2 * GiB, 0), 0);
	EXPECT_EQ(w.res.needed, 0);
	EXPECT_EQ(w.res.leaves[1], 1);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT_EQ(world_map(&w, 1 * GiB, 9 * GiB, 1 * GiB, PGTABLE_REPLACE), 0);
	EXPECT_EQ(w.res.leaves[2], 512);
	EXPECT(pte_table(l1[1], 1));
	EXPECT_EQ(world_pa(&w, 2 * GiB - 1), 10 * GiB - 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-061 */
HOST_TEST(tables_return_to_where_they_came_from)
{
	struct world w;

	world_begin(&w, el1_pool);
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	EXPECT_EQ(set_page_allocator(&w.reg, &w.provider), 0);
	EXPECT_EQ(world_map(&w, 2 * MiB, 0, 4096, 0), 0);
	EXPECT_EQ(w.reg.pool_stats.now, 3);
	EXPECT_EQ(w.reg.registered_stats.now, 1);
	EXPECT_EQ(world_unmap(&w, 0, 4096, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_STATIC], 1);
	EXPECT_EQ(world_unmap(&w, 2 * MiB, 4096, 0), 0);
	EXPECT_EQ(w.res.removed[PGTABLE_STATIC], 2);
	EXPECT_EQ(w.res.removed[PGTABLE_REGISTERED], 1);
	EXPECT_EQ(world_tables(&w), 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: ENG-062 */
HOST_TEST(trees_do_not_know_of_each_other)
{
	struct pgtable_result res;
	struct pgtable other;
	struct world w;
	page_ref root;
	u64 pa;

	world_begin(&w, el1);
	EXPECT_EQ(page_registry_alloc(&w.reg, 1, &root), 0);
	memset(w.memory + (page_ref_pa(root) - WORLD_BASE) / sizeof(pte_t), 0,
	       FRAME_SIZE);
	other = w.pt;
	other.root = page_ref_pa(root);
	other.live = false;
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	EXPECT_EQ(pgtable_map(&other, 0, 0x5000, 8192, world_rw, 0, &res), 0);
	EXPECT_EQ(pgtable_translate(&other, 0, &pa), 0);
	EXPECT_EQ(pa, 0x5000);
	EXPECT_EQ(world_pa(&w, 0), 0);
	EXPECT_EQ(pgtable_verify(&other, &res), 0);
	EXPECT_EQ(pgtable_unmap(&other, 0, 8192, 0, &res), 0);
	EXPECT(page_registry_live(&w.reg, other.root));
	EXPECT_EQ(pgtable_verify(&other, &res), 0);
	EXPECT_EQ(world_tables(&w), 3 + 1);
	page_registry_free(&w.reg, 1, &root);
	EXPECT_ORDER(&w);
	world_end(&w);
}
