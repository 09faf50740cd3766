// SPDX-License-Identifier: GPL-2.0+
/*
 * Going back to what a copy of the tree says: from every state, bit by bit, with
 * the model MMU watching how.
 */

#include "pgtable_world.h"

#include <stdlib.h>

static const struct world_kind el1 = { .regime = VMSA_EL1 };

/* A tree, and in other memory the copy that is its reference. */
struct pair {
	struct world w;
	struct world ref;
};

static void pair_begin(struct pair *p, struct world_kind kind)
{
	world_begin(&p->w, kind);
	kind.quiet = true;
	world_begin(&p->ref, kind);
}

static int pair_copy(struct pair *p)
{
	return pgtable_copy(&p->ref.pt, &p->w.pt, &p->ref.res);
}

static void pair_end(struct pair *p)
{
	world_end(&p->w);
	world_end(&p->ref);
}

static int restore(struct pair *p)
{
	return pgtable_restore(&p->w.pt, &p->ref.pt, &p->w.res);
}

/* Entry by entry, by another way than pgtable_same(). */
static bool alike(struct pair *p)
{
	u64 end = 1ull << p->w.pt.va_bits, va = 0, other = 0;
	struct pgtable_region a, b;
	bool more;

	do {
		more = pgtable_next_region(&p->w.pt, va, end,
					   PGTABLE_EACH_ENTRY, &a);
		if (pgtable_next_region(&p->ref.pt, other, end,
					PGTABLE_EACH_ENTRY, &b) != more)
			return false;
		if (more && (a.va != b.va || a.pte != b.pte ||
			     a.level != b.level))
			return false;
		va = a.va + a.size;
		other = b.va + b.size;
	} while (more && va < end);
	return true;
}

#define EXPECT_RESTORED(p) do {						\
	struct pgtable_result same;					\
									\
	EXPECT(alike(p));						\
	EXPECT(pgtable_same(&(p)->w.pt, &(p)->ref.pt, &same));		\
	EXPECT_ORDER(&(p)->w);						\
} while (0)

/* Bits that no operation of ours would write: software's, NS, AP[1]. */
#define ODD_BITS	(5ull << 55 | PTE_NS | PTE_AP_EL0)

/*
 * As U-Boot leaves it: foreign tables, 2 MiB device blocks, RAM in 1 GiB blocks
 * that the CPU stands on, and one of them in pages of a foreign table.
 */
static void boot_map(struct pair *p)
{
	struct world *w = &p->w;
	pte_t attr = PTE_AF | VMSA_WB << PTE_ATTR_IDX_SHIFT | 3ull << 8;
	pte_t *l0 = world_foreign(w, 0), *l1 = world_foreign(w, 1);
	pte_t *l2 = world_foreign(w, 2), *l3 = world_foreign(w, 3);

	l0[0] = pte_make_table(world_foreign_pa(w, 1));
	l1[0] = pte_make_table(world_foreign_pa(w, 2));
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++)
		l2[i] = i * 2 * MiB | attr | ODD_BITS | PTE_TYPE_BLOCK;
	l2[7] = pte_make_table(world_foreign_pa(w, 3));
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++)
		l3[i] = (14 * MiB + i * 4 * KiB) | attr | PTE_TYPE_PAGE |
			(i & 1 ? PTE_AP_RO : PTE_XN | PTE_PXN);
	for (unsigned int i = 1; i < 4; i++)
		l1[i] = i * GiB | attr | PTE_TYPE_BLOCK;
	world_adopt(w);
	model_mmu_stand(&w->mmu, 1 * GiB + 8 * MiB, 64 * KiB);
}

/* Proves: LIV-030 */
HOST_TEST(a_copy_is_the_same_in_other_tables)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(p.ref.res.added[PGTABLE_REGISTERED], 4);
	EXPECT_RESTORED(&p);
	EXPECT(!pgtable_verify(&p.ref.pt, &p.ref.res));
	world_foreign(&p.w, 3)[5] ^= PTE_AP_RO;
	world_adopt(&p.w);
	EXPECT(!pgtable_same(&p.w.pt, &p.ref.pt, &p.w.res));
	EXPECT_EQ(p.w.res.va, 14 * MiB + 5 * 4 * KiB);
	EXPECT_EQ(p.w.res.level, 3);
	pair_end(&p);
}

/*
 * The hint was given to pages that the CPU stands on since.
 * Proves: LIV-034 ENG-121
 */
HOST_TEST(a_contiguous_run_that_the_cpu_stands_on_comes_back_by_one_window)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(world_unmap(&p.w, 14 * MiB, 128 * KiB, 0), 0);
	EXPECT_EQ(world_map(&p.w, 14 * MiB, 14 * MiB, 128 * KiB, 0), 0);
	EXPECT(world_pte(&p.w, 14 * MiB) & PTE_CONT);
	model_mmu_stand(&p.w.mmu, 14 * MiB + 64 * KiB, 4096);
	p.w.mmu.windows = 0;
	EXPECT_EQ(restore(&p), 0);
	EXPECT_RESTORED(&p);
	EXPECT(p.w.mmu.windows >= 1);
	pair_end(&p);
}

/* Proves: LIV-030 */
HOST_TEST(a_table_where_the_other_tree_has_a_block_is_a_difference)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(pgtable_split(&p.w.pt, 2 * GiB, 2 * MiB, 0, &p.w.res), 0);
	EXPECT(!pgtable_same(&p.w.pt, &p.ref.pt, &p.w.res));
	EXPECT_EQ(p.w.res.va, 2 * GiB);
	EXPECT_EQ(p.w.res.level, 1);
	EXPECT(!pgtable_same(&p.ref.pt, &p.w.pt, &p.w.res));
	EXPECT_EQ(p.w.res.va, 2 * GiB);
	pair_end(&p);
}

/*
 * What is kept of a root of ours means nothing, however often it is restored.
 * Proves: LIV-031
 */
HOST_TEST(a_copy_is_itself_restored)
{
	struct pair p;

	pair_begin(&p, (struct world_kind){ VMSA_EL1, .va_bits = 48 });
	EXPECT_EQ(world_map(&p.w, 0, 0, 1 * GiB, 0), 0);
	EXPECT_EQ(pair_copy(&p), 0);
	for (u64 i = 1; i < 4; i++) {
		EXPECT_EQ(world_map(&p.ref, i * 512 * GiB, 0, 1 * GiB, 0), 0);
		EXPECT_EQ(pgtable_restore(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
		EXPECT(pgtable_same(&p.ref.pt, &p.w.pt, &p.ref.res));
		EXPECT_EQ(pgtable_verify(&p.ref.pt, &p.ref.res), 0);
	}
	pair_end(&p);
}

static const struct world_kind each_regime[] = {
	{ .regime = VMSA_EL1 },
	{ .regime = VMSA_EL2, .va_bits = 48, .tlbi_range = true },
	{ .regime = VMSA_EL2_E2H, .va_bits = 44 },
	{ .regime = VMSA_EL3, .tlbi_range = true },
};

static void copy_runs_out(struct pair *p)
{
	boot_map(p);
	for (p->ref.limit = 0; p->ref.limit < 4; p->ref.limit++) {
		EXPECT_EQ(pair_copy(p), -ENOMEM);
		EXPECT_EQ(p->ref.res.needed, 4);
		EXPECT_EQ(p->ref.nout, 0);
		EXPECT_ORDER(&p->ref);
	}
	EXPECT_EQ(pair_copy(p), 0);
	EXPECT_EQ(p->ref.nout, 4);
	EXPECT_RESTORED(p);
}

/* Proves: LIV-030 ENG-082 */
HOST_TEST(a_copy_that_runs_out_of_tables_keeps_none)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(each_regime); i++) {
		struct pair p;

		pair_begin(&p, each_regime[i]);
		copy_runs_out(&p);
		if (tap_failed())
			return;
		pair_end(&p);
	}
}

/* Any number of entries that are restored are broken together. */
#define EXPECT_RESTORED_AT_ONCE(p) do {					\
	(p)->w.pt.count = (struct pgtable_counters){ 0 };		\
	EXPECT_EQ(restore(p), 0);					\
	EXPECT_EQ((p)->w.pt.count.tlbi, 1);				\
	EXPECT_RESTORED(p);						\
} while (0)

/* Proves: LIV-031 ENG-122 */
HOST_TEST(any_number_of_entries_comes_back_by_one_tlbi)
{
	static const struct vmsa_attr nc = { .type = VMSA_NC };
	pte_t bits = vmsa_encode(VMSA_EL1, world_rw);
	struct pair p;

	pair_begin(&p, el1);
	for (u64 va = 8 * GiB; va < 9 * GiB; va += 2 * MiB)
		EXPECT_EQ(pgtable_map_bits(&p.w.pt, va, va, 2 * MiB, bits, 0,
					   &p.w.res), 0);
	EXPECT_EQ(world_map(&p.w, 9 * GiB, 4096, 200 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(pgtable_split(&p.w.pt, 8 * GiB, 600 * MiB, 0, &p.w.res), 0);
	EXPECT_RESTORED_AT_ONCE(&p);
	EXPECT_EQ(p.w.pt.count.merge, 300);
	EXPECT_EQ(pgtable_protect(&p.w.pt, 8 * GiB, 1 * GiB + 64 * KiB, nc,
				  PGTABLE_NAMES_TYPE, 0, &p.w.res), 0);
	EXPECT_RESTORED_AT_ONCE(&p);
	/* Tables come back in the place of blocks */
	EXPECT_EQ(world_map(&p.w, 9 * GiB, 2 * GiB, 200 * MiB,
			    PGTABLE_REPLACE), 0);
	EXPECT_RESTORED_AT_ONCE(&p);
	EXPECT_EQ(p.w.pt.count.split, 100);
	/* Contiguous runs in the way */
	EXPECT_EQ(pgtable_merge(&p.w.pt, 8 * GiB, 2 * GiB, PGTABLE_MERGE_ALL |
				PGTABLE_MAX_2M, &p.w.res), 0);
	EXPECT(world_pte(&p.w, 8 * GiB) & PTE_CONT);
	EXPECT_RESTORED_AT_ONCE(&p);
	EXPECT_EQ(world_unmap(&p.w, 8 * GiB, 600 * MiB, 0), 0);
	EXPECT_EQ(world_map(&p.w, 8 * GiB, 4096, 600 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_RESTORED_AT_ONCE(&p);
	pair_end(&p);
}

/*
 * A block of another type, and a block where there was a table.
 * Proves: LIV-031 ENG-055 ENG-122
 */
HOST_TEST(what_the_cpu_stands_on_comes_back_when_all_else_has)
{
	static const struct vmsa_attr nc = { .type = VMSA_NC };
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pgtable_split(&p.w.pt, 2 * GiB, 1 * GiB, 0, &p.w.res), 0);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(pgtable_merge(&p.w.pt, 2 * GiB, 1 * GiB, PGTABLE_MERGE_ALL,
				&p.w.res), 0);
	model_mmu_stand(&p.w.mmu, 2 * GiB + 100 * MiB, 4096);
	EXPECT_EQ(pgtable_protect(&p.w.pt, 1 * GiB, 3 * GiB, nc,
				  PGTABLE_NAMES_TYPE, 0, &p.w.res), 0);
	EXPECT_RESTORED_AT_ONCE(&p);
	EXPECT_EQ(p.w.pt.count.window, 2);
	EXPECT_EQ(p.w.pt.count.split, 1);
	EXPECT_EQ(world_level(&p.w, 2 * GiB + 100 * MiB), 3);
	pair_end(&p);
}

/*
 * Somebody else's table may have nothing in it, and so has the copy of it.
 * Proves: LIV-031 ENG-017
 */
HOST_TEST(an_empty_table_is_copied_and_counted_as_empty)
{
	struct pair p;
	u32 tables;

	pair_begin(&p, el1);
	boot_map(&p);
	memset(world_foreign(&p.w, 3), 0, FRAME_SIZE);
	world_adopt(&p.w);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_RESTORED(&p);
	EXPECT_ORDER(&p.ref);
	tables = world_tables(&p.ref);
	/* It is neither taken for full ... */
	EXPECT_REFUSED(&p.ref, world_unmap(&p.ref, 0, 1 * GiB, 0), -ENOENT);
	EXPECT_EQ(p.ref.res.va, 14 * MiB);
	/* ... nor left behind when it becomes empty again ... */
	EXPECT_EQ(world_map(&p.ref, 14 * MiB, 0, 8192, 0), 0);
	EXPECT_EQ(world_map(&p.ref, 15 * MiB, 0, 4096, 0), 0);
	EXPECT_ORDER(&p.ref);
	EXPECT_EQ(world_unmap(&p.ref, 14 * MiB, 8192, 0), 0);
	EXPECT_EQ(world_unmap(&p.ref, 15 * MiB, 4096, 0), 0);
	EXPECT_EQ(world_tables(&p.ref), tables - 1);
	/* ... and empty is what it can be restored to, time and again. */
	for (unsigned int i = 0; i < 8; i++) {
		EXPECT_EQ(pgtable_restore(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
		EXPECT_RESTORED(&p);
		EXPECT_ORDER(&p.ref);
		EXPECT_EQ(world_map(&p.ref, 14 * MiB, 0, 8192 + i * 4096, 0), 0);
		EXPECT_ORDER(&p.ref);
	}
	/* It may also have had an entry when it was copied. */
	EXPECT_EQ(world_unmap(&p.ref, 14 * MiB, 2 * MiB, PGTABLE_SKIP_HOLES), 0);
	world_foreign(&p.w, 3)[5] = (14 * MiB + 5 * FRAME_SIZE) | 0x703;
	world_adopt(&p.w);
	EXPECT_EQ(pgtable_restore(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
	world_foreign(&p.w, 3)[5] = 0;
	world_adopt(&p.w);
	EXPECT_EQ(pgtable_restore(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
	EXPECT_ORDER(&p.ref);
	/* An unmap of all of it counts what was there. */
	EXPECT_EQ(pgtable_restore(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
	EXPECT_EQ(world_unmap(&p.ref, 0, 1 * GiB, PGTABLE_SKIP_HOLES), 0);
	EXPECT_EQ(p.ref.res.leaves[2], 511);
	EXPECT_EQ(p.ref.res.leaves[3], 0);
	EXPECT_ORDER(&p.ref);
	pair_end(&p);
}

/* Proves: LIV-031 */
HOST_TEST(what_is_restored_is_not_written)
{
	struct pair p;
	unsigned int stores;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	stores = p.w.mmu.stores;
	EXPECT_EQ(restore(&p), 0);
	EXPECT_EQ(p.w.mmu.stores, stores);
	EXPECT_EQ(p.w.pt.count.tlbi, 0);
	EXPECT_EQ(p.w.pt.count.window, 0);
	EXPECT_RESTORED(&p);
	pair_end(&p);
}

/* Proves: LIV-031 */
HOST_TEST(the_block_the_cpu_stands_on_comes_back_by_one_window)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(pgtable_protect(&p.w.pt, 1 * GiB + 4 * MiB, 8 * KiB, world_rx,
				  PGTABLE_NAMES_PERM, 0, &p.w.res), 0);
	EXPECT_EQ(pgtable_split(&p.w.pt, 1 * GiB + 8 * MiB, 4 * MiB, 0,
				&p.w.res), 0);
	EXPECT_EQ(world_unmap(&p.w, 1 * GiB + 512 * MiB, 6 * MiB, 0), 0);
	p.w.pt.count.window = 0;
	EXPECT_EQ(restore(&p), 0);
	EXPECT_EQ(p.w.pt.count.window, 1);
	EXPECT_EQ(p.w.res.removed[PGTABLE_REGISTERED], 4);
	EXPECT_EQ(world_tables(&p.w), 0);
	EXPECT_RESTORED(&p);
	pair_end(&p);
}

/* Proves: LIV-031 */
HOST_TEST(entries_of_foreign_tables_come_back_with_every_bit)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(world_unmap(&p.w, 2 * MiB, 4 * MiB, 0), 0);
	EXPECT_EQ(world_map(&p.w, 4 * MiB, 512 * GiB, 2 * MiB, 0), 0);
	EXPECT_EQ(pgtable_protect(&p.w.pt, 14 * MiB, 64 * KiB,
				  (struct vmsa_attr){ .type = VMSA_NC },
				  PGTABLE_NAMES_TYPE | PGTABLE_NAMES_PERM, 0,
				  &p.w.res), 0);
	EXPECT_EQ(world_map(&p.w, 6 * GiB, 6 * GiB, 4 * KiB, 0), 0);
	EXPECT_EQ(restore(&p), 0);
	EXPECT_EQ(world_tables(&p.w), 0);
	EXPECT_RESTORED(&p);
	pair_end(&p);
}

/* Proves: LIV-031 */
HOST_TEST(contiguous_runs_in_the_way_are_unfolded)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	/* The same blocks again get the hint; and so do pages. */
	EXPECT_EQ(world_unmap(&p.w, 32 * MiB, 32 * MiB, 0), 0);
	EXPECT_EQ(world_map(&p.w, 32 * MiB, 32 * MiB, 32 * MiB, 0), 0);
	EXPECT(world_pte(&p.w, 32 * MiB) & PTE_CONT);
	EXPECT_EQ(world_unmap(&p.w, 14 * MiB, 64 * KiB, 0), 0);
	EXPECT_EQ(world_map(&p.w, 14 * MiB, 14 * MiB, 64 * KiB, 0), 0);
	EXPECT(world_pte(&p.w, 14 * MiB) & PTE_CONT);
	EXPECT_EQ(restore(&p), 0);
	EXPECT_RESTORED(&p);
	pair_end(&p);
}

/*
 * A reference with tables that are not foreign: what a driver split after the
 * boot. The tree has lost them.
 */
static bool lose_tables(struct pair *p)
{
	struct vmsa_attr nc = { .type = VMSA_NC };

	boot_map(p);
	return !pgtable_protect(&p->w.pt, 2 * GiB + 4 * MiB, 3 * MiB, nc,
				PGTABLE_NAMES_TYPE, 0, &p->w.res) &&
	       !pgtable_protect(&p->w.pt, 3 * GiB, 8 * KiB, nc,
				PGTABLE_NAMES_TYPE, 0, &p->w.res) &&
	       !pair_copy(p) &&
	       !world_unmap(&p->w, 2 * GiB, 1 * GiB, 0) &&
	       !world_map(&p->w, 2 * GiB, 2 * GiB, 1 * GiB, 0) &&
	       !world_unmap(&p->w, 3 * GiB, 2 * MiB, 0);
}

/* Proves: LIV-032 */
HOST_TEST(tables_that_have_gone_come_back)
{
	struct pair p;

	pair_begin(&p, el1);
	EXPECT(lose_tables(&p));
	EXPECT_EQ(restore(&p), 0);
	EXPECT_EQ(p.w.res.needed, 3);
	EXPECT_EQ(p.w.res.added[PGTABLE_REGISTERED], 3);
	EXPECT_EQ(world_tables(&p.w), 4);
	EXPECT_RESTORED(&p);
	pair_end(&p);
}

/* Proves: LIV-032 ENG-082 */
HOST_TEST(out_of_tables_at_each_nothing_is_restored)
{
	struct pair p;
	unsigned int k, n = 3 * ARRAY_SIZE(each_regime);

	for (unsigned int i = 0; i < n; i++) {
		k = i % 3;
		pair_begin(&p, each_regime[i / 3]);
		EXPECT(lose_tables(&p));
		p.w.limit = p.w.nout + k;
		EXPECT_REFUSED(&p.w, restore(&p), -ENOMEM);
		EXPECT_EQ(p.w.res.needed, 3);
		p.w.limit = WORLD_PAGES;
		EXPECT_EQ(restore(&p), 0);
		EXPECT_RESTORED(&p);
		pair_end(&p);
	}
}

/* Proves: LIV-031 */
HOST_TEST(a_table_that_stays_is_no_longer_small_on_purpose)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pgtable_protect(&p.w.pt, 2 * GiB, 4 * KiB, world_rx,
				  PGTABLE_NAMES_PERM, 0, &p.w.res), 0);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(pgtable_split(&p.w.pt, 2 * GiB, 2 * MiB, 0, &p.w.res), 0);
	EXPECT_EQ(restore(&p), 0);
	EXPECT_RESTORED(&p);
	EXPECT_EQ(pgtable_protect(&p.w.pt, 2 * GiB, 4 * KiB, world_rw,
				  PGTABLE_NAMES_PERM, PGTABLE_MERGE_AFTER |
				  PGTABLE_ALLOW_WX, &p.w.res), 0);
	EXPECT_EQ(world_level(&p.w, 2 * GiB), 1);
	EXPECT_ORDER(&p.w);
	pair_end(&p);
}

/* Proves: LIV-033 */
HOST_TEST(a_foreign_table_that_the_reference_lacks_stays)
{
	struct pair p;
	pte_t *l2;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	l2 = world_foreign(&p.w, 4);
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++)
		l2[i] = (3 * GiB + i * 2 * MiB) | PTE_AF | PTE_TYPE_BLOCK;
	world_foreign(&p.w, 1)[3] = pte_make_table(world_foreign_pa(&p.w, 4));
	world_adopt(&p.w);
	EXPECT_EQ(world_unmap(&p.w, 1 * GiB + 512 * MiB, 2 * MiB, 0), 0);
	EXPECT_EQ(restore(&p), 0);
	EXPECT_EQ(world_level(&p.w, 3 * GiB), 2);
	EXPECT_EQ(world_level(&p.w, 1 * GiB + 512 * MiB), 1);
	EXPECT_ORDER(&p.w);
	pair_end(&p);
}

/*
 * Somebody splits the fourth GiB, and of that the first 2 MiB, with foreign tables,
 * maps something in the fifth, where nothing was, and splits a block below a table
 * of ours.
 */
static void split_past_us(struct pair *p)
{
	pte_t *l2 = world_foreign(&p->w, 4), *l3 = world_foreign(&p->w, 5);
	pte_t *below = world_foreign(&p->w, 6);
	pte_t *l1 = world_foreign(&p->w, 1);
	struct pgtable_walk walk;
	u64 entry;

	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		l2[i] = (3 * GiB + i * 2 * MiB) | PTE_AF | PTE_TYPE_BLOCK;
		l3[i] = (3 * GiB + i * 4 * KiB) | PTE_AF | PTE_TYPE_PAGE;
		below[i] = (2 * GiB + i * 4 * KiB) | PTE_AF | PTE_TYPE_PAGE;
	}
	l3[9] |= PTE_AP_RO;
	l2[0] = pte_make_table(world_foreign_pa(&p->w, 5));
	l1[3] = pte_make_table(world_foreign_pa(&p->w, 4));
	world_foreign(&p->w, 7)[1] = 4 * GiB | PTE_AF | PTE_TYPE_BLOCK;
	l1[4] = pte_make_table(world_foreign_pa(&p->w, 7));
	EXPECT_EQ(world_unmap(&p->w, 2 * GiB + 2 * MiB, 4 * KiB, 0), 0);
	pgtable_walk(&p->w.pt, 2 * GiB, &walk);
	entry = pgtable_last_step(&walk)->entry + p->w.pt.virt_offset;
	*(pte_t *)entry = pte_make_table(world_foreign_pa(&p->w, 6));
	world_adopt(&p->w);
}

/* Proves: LIV-115 */
HOST_TEST(foreign_tables_that_are_adopted_are_restored_to)
{
	struct pair p;

	pair_begin(&p, el1);
	boot_map(&p);
	EXPECT_EQ(pair_copy(&p), 0);
	EXPECT_EQ(pgtable_adopt(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
	EXPECT_EQ(p.ref.res.needed, 0);
	split_past_us(&p);
	EXPECT_EQ(pgtable_adopt(&p.ref.pt, &p.w.pt, &p.ref.res), 0);
	EXPECT_EQ(p.ref.res.added[PGTABLE_REGISTERED], 3);
	EXPECT(!pgtable_verify(&p.ref.pt, &p.ref.res));
	EXPECT_ORDER(&p.ref);
	EXPECT_EQ(world_unmap(&p.w, 3 * GiB + 4 * KiB, 64 * KiB, 0), 0);
	EXPECT_EQ(world_unmap(&p.w, 3 * GiB + 512 * MiB, 4 * KiB, 0), 0);
	EXPECT_EQ(restore(&p), 0);
	EXPECT_RESTORED(&p);
	EXPECT_EQ(world_level(&p.w, 3 * GiB), 3);
	EXPECT(world_pte(&p.w, 3 * GiB + 9 * 4 * KiB) & PTE_AP_RO);
	/* What hung below a table of ours went with it. */
	EXPECT_EQ(world_level(&p.w, 2 * GiB), 1);
	pair_end(&p);
}

static void adoption_runs_out(struct pair *p)
{
	boot_map(p);
	EXPECT_EQ(pair_copy(p), 0);
	split_past_us(p);
	for (unsigned int k = 0; k < 3; k++) {
		p->ref.limit = p->ref.nout + k;
		EXPECT_REFUSED(&p->ref, pgtable_adopt(&p->ref.pt, &p->w.pt,
						      &p->ref.res), -ENOMEM);
		EXPECT_EQ(p->ref.res.needed, 3);
	}
	p->ref.limit = p->ref.nout + 3;
	EXPECT_EQ(pgtable_adopt(&p->ref.pt, &p->w.pt, &p->ref.res), 0);
	EXPECT_ORDER(&p->ref);
}

/* Proves: LIV-115 ENG-082 */
HOST_TEST(out_of_tables_nothing_is_adopted)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(each_regime); i++) {
		struct pair p;

		pair_begin(&p, each_regime[i]);
		adoption_runs_out(&p);
		if (tap_failed())
			return;
		pair_end(&p);
	}
}

/* xorshift64* */
static u64 random_below(u64 *seed, u64 n)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * 0x2545f4914f6cdd1dull >> 16) % n;
}

/* Away from what the CPU stands on, but not from its block. */
static void random_edit(struct pair *p, u64 *seed)
{
	static const u64 sizes[] = {
		4 * KiB, 12 * KiB, 64 * KiB, 2 * MiB, 6 * MiB, 32 * MiB, 1 * GiB
	};
	u64 size = sizes[random_below(seed, 7)];
	u64 va = random_below(seed, 5 * GiB / size) * size;
	struct vmsa_attr attr = {
		.type = random_below(seed, VMSA_TYPES),
		.share = VMSA_ISH,
		.perm = random_below(seed, 3),
	};

	if (va < 1 * GiB + 16 * MiB && va + size > 1 * GiB)
		va = 1 * GiB + 16 * MiB;
	switch (random_below(seed, 6)) {
	case 0:
		world_unmap(&p->w, va, size, PGTABLE_SKIP_HOLES);
		break;
	case 1:
		pgtable_map(&p->w.pt, va, va + random_below(seed, 2) * 4 * GiB,
			    size, attr, PGTABLE_REPLACE |
			    (random_below(seed, 2) ? PGTABLE_MAX_4K : 0),
			    &p->w.res);
		break;
	case 2:
		world_map(&p->w, va, va, size, 0);
		break;
	case 3:
		pgtable_protect(&p->w.pt, va, size, attr,
				1 + random_below(seed, 15),
				PGTABLE_SKIP_HOLES | PGTABLE_ALLOW_WX,
				&p->w.res);
		break;
	case 4:
		pgtable_split(&p->w.pt, va, size, PGTABLE_SKIP_HOLES,
			      &p->w.res);
		break;
	default:
		pgtable_merge(&p->w.pt, va, size, PGTABLE_MERGE_ALL,
			      &p->w.res);
	}
}

static void random_sessions(struct world_kind kind, u64 seed)
{
	const char *factor = getenv("PGTABLE_RANDOM_FACTOR");
	unsigned int sessions = 60 * (factor ? atoi(factor) : 1);
	u64 needed = 0, windows;
	struct pair p;

	pair_begin(&p, kind);
	EXPECT(lose_tables(&p));
	windows = p.w.pt.count.window;
	for (unsigned int i = 0; i < sessions; i++) {
		for (u64 n = 1 + random_below(&seed, 40); n; n--)
			random_edit(&p, &seed);
		EXPECT_ORDER(&p.w);
		EXPECT_EQ(restore(&p), 0);
		needed += p.w.res.needed;
		EXPECT_RESTORED(&p);
		EXPECT_EQ(world_tables(&p.w), 4);
	}
	EXPECT(needed > sessions / 4);
	EXPECT(p.w.pt.count.window - windows > sessions);
	pair_end(&p);
}

/* Proves: LIV-034 */
HOST_TEST(random_sessions_are_undone_el1)
{
	random_sessions(el1, 0x1111);
}

/* Proves: LIV-034 */
HOST_TEST(random_sessions_are_undone_el2)
{
	random_sessions(each_regime[1], 0x2222);
}

/* Proves: LIV-034 */
HOST_TEST(random_sessions_are_undone_el2_e2h)
{
	random_sessions(each_regime[2], 0x4444);
}

/* Proves: LIV-034 */
HOST_TEST(random_sessions_are_undone_el3)
{
	random_sessions((struct world_kind){ .regime = VMSA_EL3 }, 0x3333);
}
