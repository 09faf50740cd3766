// SPDX-License-Identifier: GPL-2.0+
/*
 * Pages lent: access is taken and given back exactly, on a tree that the model
 * MMU watches.
 */

#include <mmu_pfa/lend.h>

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };
static const struct world_kind el3 = { .regime = VMSA_EL3 };

static struct lend lend;

static void begin(struct world *w, struct world_kind kind)
{
	world_begin(w, kind);
	lend = (struct lend){ 0 };
}

static int lend_pages(struct world *w, u64 va, u64 size)
{
	return lend_begin(&lend, &w->pt, va, size, &w->res);
}

static int set_leaf(struct world *w, u64 va, pte_t pte)
{
	struct pgtable_walk walk;

	pgtable_walk(&w->pt, va, &walk);
	return pgtable_set_leaf(&w->pt, va, pgtable_last_step(&walk), pte);
}

/* Proves: CMMU-083 */
HOST_TEST(one_leaf_changes_its_access_in_place)
{
	struct world w;
	pte_t was;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 64 * KiB, PGTABLE_MAX_4K), 0);
	was = world_pte(&w, 4096);
	w.limit = w.nout;
	w.pt.count = (struct pgtable_counters){ 0 };
	EXPECT_EQ(set_leaf(&w, 4096, was | PTE_AP_RO), 0);
	EXPECT_EQ(world_pte(&w, 4096), was | PTE_AP_RO);
	EXPECT_EQ(w.pt.count.tlbi, 1);
	EXPECT_ORDER(&w);
	EXPECT_EQ(set_leaf(&w, 4096, was & ~PTE_TYPE_MASK), 0);
	EXPECT_EQ(world_pa(&w, 4096), PA_NONE);
	EXPECT_EQ(w.pt.count.tlbi, 2);
	EXPECT_ORDER(&w);
	EXPECT_EQ(set_leaf(&w, 4096, was), 0);
	EXPECT_EQ(w.pt.count.tlbi, 2);
	EXPECT_ORDER(&w);
	EXPECT_EQ(world_pte(&w, 4096), was);
	EXPECT_EQ(world_pte(&w, 8192), was + 4096);
	world_end(&w);
}

/* Proves: CMMU-083 */
HOST_TEST(one_leaf_is_not_changed_otherwise)
{
	struct world w;
	pte_t pte;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 64 * KiB, 0), 0);
	EXPECT_EQ(world_map(&w, 1 * MiB, 0, 8192, 0), 0);
	pte = world_pte(&w, 1 * MiB);
	EXPECT_REFUSED(&w, set_leaf(&w, 1 * MiB, pte + 4096), -EPERM);
	EXPECT_REFUSED(&w, set_leaf(&w, 1 * MiB, pte ^ PTE_SH_MASK), -EPERM);
	EXPECT_REFUSED(&w, set_leaf(&w, 1 * MiB, pte | PTE_CONT), -EPERM);
	EXPECT_REFUSED(&w, set_leaf(&w, 1 * MiB, 0), -EPERM);
	EXPECT_REFUSED(&w, set_leaf(&w, 1 * MiB, pte & ~2ull), -EPERM);
	EXPECT_REFUSED(&w, set_leaf(&w, 2 * MiB, pte), -EPERM);
	pte = world_pte(&w, 4096);
	EXPECT(pte & PTE_CONT);
	EXPECT_REFUSED(&w, set_leaf(&w, 4096, pte | PTE_AP_RO), -EPERM);
	world_end(&w);
}

/* Proves: CMMU-084 */
HOST_TEST(lent_pages_lose_what_is_taken_and_nothing_else)
{
	static const struct world_kind kinds[] = { el1, el3 };

	for (unsigned int i = 0; i < 2; i++) {
		pte_t xn = i ? PTE_XN : PTE_PXN, was, pte;
		struct world w;

		begin(&w, kinds[i]);
		EXPECT_EQ(pgtable_map(&w.pt, 0, 0, 1 * GiB, world_rx, 0,
				      &w.res), 0);
		was = (world_pte(&w, 4096) & ~PTE_TYPE_MASK) | PTE_TYPE_PAGE |
		      PTE_LENT | PTE_LENT_RO | 4096;
		EXPECT_EQ(lend_pages(&w, 4096, 8192), 0);
		EXPECT_EQ(world_pte(&w, 4096), was);
		EXPECT(!pte_lent(world_pte(&w, 0)));
		EXPECT(!pte_lent(world_pte(&w, 12288)));
		lend_take(&w.pt, 4096, 4096, LEND_EXEC);
		pte = world_pte(&w, 4096);
		EXPECT_EQ(pte, was | xn);
		EXPECT(!vmsa_executable(kinds[i].regime, pte));
		lend_take(&w.pt, 4096, 4096, LEND_READ);
		EXPECT_EQ(world_pte(&w, 4096), was & ~PTE_TYPE_MASK);
		lend_take(&w.pt, 4096, 4096, 0);
		EXPECT_EQ(world_pte(&w, 4096), was);
		lend_end(&lend, &w.pt, 0, 1 * GiB);
		EXPECT_EQ(world_level(&w, 4096), 1);
		EXPECT_EQ(lend.n, 0);
		EXPECT_ORDER(&w);
		world_end(&w);
	}
}

/* Proves: CMMU-084 */
HOST_TEST(writing_is_taken_from_what_may_be_written)
{
	struct world w;
	pte_t was;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 8192, 0), 0);
	was = world_pte(&w, 0);
	EXPECT_EQ(lend_pages(&w, 0, 4096), 0);
	EXPECT_EQ(world_pte(&w, 0), was | PTE_LENT | PTE_LENT_NX);
	lend_take(&w.pt, 0, 8192, LEND_WRITE);
	EXPECT_EQ(world_pte(&w, 0), was | PTE_LENT | PTE_LENT_NX | PTE_AP_RO);
	EXPECT_EQ(world_pte(&w, 4096), was + 4096);
	lend_end(&lend, &w.pt, 0, 4096);
	EXPECT_EQ(world_pte(&w, 0), was);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* What is mapped where with which entry, of the first pages. */
#define SEEN_PAGES	4096

struct seen {
	pte_t pte[SEEN_PAGES];
	u8 level[SEEN_PAGES];
};

static void see(struct world *w, struct seen *seen)
{
	for (u64 i = 0; i < SEEN_PAGES; i++) {
		seen->pte[i] = world_pte(w, i * 4096);
		seen->level[i] = world_level(w, i * 4096);
	}
}

/* A bit of everything: blocks, contiguous runs, pages, small on purpose. */
static void map_all_sorts(struct world *w)
{
	EXPECT_EQ(world_map(w, 0, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(world_map(w, 4 * MiB, 4 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(world_map(w, 5 * MiB, 5 * MiB, 1 * MiB, 0), 0);
	EXPECT_EQ(world_map(w, 6 * MiB, 6 * MiB, 2 * MiB, PGTABLE_MAX_4K), 0);
	EXPECT_EQ(world_map(w, 8 * MiB, 8 * MiB + 4096, 2 * MiB, 0), 0);
	EXPECT_EQ(pgtable_map(&w->pt, 10 * MiB, 10 * MiB, 2 * MiB, world_rx, 0,
			      &w->res), 0);
	EXPECT_EQ(world_map(w, 12 * MiB, 12 * MiB, 4 * MiB, PGTABLE_MAX_2M),
		  0);
}

static struct seen before, after;

/* Proves: CMMU-085 */
HOST_TEST(everything_is_as_it_was_when_nothing_is_lent_any_more)
{
	struct world w;

	begin(&w, el1);
	map_all_sorts(&w);
	if (tap_failed())
		return;
	see(&w, &before);
	for (u64 va = 0; va < 16 * MiB; va += 60 * KiB) {
		u64 size = va % (7 * 4096) + 4096;

		EXPECT_EQ(lend_pages(&w, va, size), 0);
		lend_take(&w.pt, va, size, LEND_READ);
		lend_end(&lend, &w.pt, va, size);
		EXPECT_EQ(lend.n, 0);
	}
	see(&w, &after);
	EXPECT(!memcmp(&before, &after, sizeof(before)));
	EXPECT_ORDER(&w);
	EXPECT_EQ(lend_pages(&w, 0, 16 * MiB), 0);
	EXPECT_EQ(lend.n, 3);
	lend_end(&lend, &w.pt, 0, 16 * MiB);
	see(&w, &after);
	EXPECT(!memcmp(&before, &after, sizeof(before)));
	EXPECT_ORDER(&w);
	world_end(&w);
}

static u64 random_state;

static u64 random_below(u64 n)
{
	random_state = random_state * 6364136223846793005ull + 1;
	return (random_state >> 33) % n;
}

/* Proves: CMMU-085 */
HOST_TEST(whatever_was_lent_at_the_same_time_all_is_as_it_was)
{
	struct world w;

	begin(&w, el1);
	map_all_sorts(&w);
	see(&w, &before);
	random_state = 6;
	for (unsigned int round = 0; round < 100; round++) {
		for (unsigned int i = 0; i < 12; i++) {
			u64 page = random_below(SEEN_PAGES - 8) * 4096;
			u64 size = (random_below(8) + 1) * 4096;

			if (random_below(3))
				EXPECT_EQ(lend_pages(&w, page, size), 0);
			if (random_below(2))
				lend_take(&w.pt, page, size, random_below(8));
			if (!random_below(3))
				lend_end(&lend, &w.pt, page, size);
			EXPECT_ORDER(&w);
		}
		lend_end(&lend, &w.pt, 0, 16 * MiB);
		EXPECT_EQ(lend.n, 0);
		see(&w, &after);
		EXPECT(!memcmp(&before, &after, sizeof(before)));
	}
	world_end(&w);
}

/* Proves: CMMU-085 */
HOST_TEST(blocks_without_contiguous_hint_get_none)
{
	struct world w;
	pte_t was;

	begin(&w, el1);
	for (u64 va = 0; va < 32 * MiB; va += 2 * MiB)
		EXPECT_EQ(world_map(&w, va, va, 2 * MiB, 0), 0);
	was = world_pte(&w, 2 * MiB);
	EXPECT(!(was & PTE_CONT));
	EXPECT_EQ(lend_pages(&w, 2 * MiB, 4096), 0);
	lend_end(&lend, &w.pt, 2 * MiB, 4096);
	EXPECT_EQ(world_pte(&w, 2 * MiB), was);
	EXPECT_EQ(pgtable_merge(&w.pt, 2 * MiB, 4096, 0, &w.res), 0);
	EXPECT_EQ(world_pte(&w, 2 * MiB), was | PTE_CONT);
	world_end(&w);
}

/* Proves: CMMU-085 */
HOST_TEST(blocks_become_no_larger_than_they_were)
{
	struct world w;
	pte_t was;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 512 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 512 * MiB, 512 * MiB, 512 * MiB, 0), 0);
	was = world_pte(&w, 2 * MiB);
	EXPECT_EQ(world_level(&w, 2 * MiB), 2);
	EXPECT_EQ(lend_pages(&w, 2 * MiB, 4096), 0);
	lend_end(&lend, &w.pt, 2 * MiB, 4096);
	EXPECT_EQ(world_level(&w, 2 * MiB), 2);
	EXPECT_EQ(world_pte(&w, 2 * MiB), was);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: CMMU-085 */
HOST_TEST(what_was_split_meanwhile_stays_split)
{
	struct world w;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(lend_pages(&w, 4096, 4096), 0);
	EXPECT_EQ(pgtable_split(&w.pt, 8192, 4096, 0, &w.res), 0);
	lend_end(&lend, &w.pt, 4096, 4096);
	EXPECT_EQ(lend.n, 0);
	EXPECT_EQ(world_level(&w, 4096), 3);
	EXPECT_EQ(world_level(&w, 2 * MiB), 2);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: CMMU-085 */
HOST_TEST(a_block_is_whole_again_only_when_nothing_of_it_is_lent)
{
	struct world w;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
	EXPECT_EQ(lend_pages(&w, 4096, 4096), 0);
	EXPECT_EQ(lend_pages(&w, 600 * MiB, 4096), 0);
	EXPECT_EQ(lend.n, 2);
	lend_end(&lend, &w.pt, 4096, 4096);
	EXPECT_EQ(lend.n, 2);
	EXPECT_EQ(world_level(&w, 4096), 3);
	lend_end(&lend, &w.pt, 600 * MiB, 4096);
	EXPECT_EQ(lend.n, 0);
	EXPECT_EQ(world_level(&w, 4096), 1);
	EXPECT_EQ(world_tables(&w), 1);
	world_end(&w);
}

/* Proves: CMMU-086 */
HOST_TEST(what_can_not_be_lent_is_refused_and_nothing_has_changed)
{
	struct world w;

	begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 8 * MiB, 0, 4096, 0), 0);
	EXPECT_REFUSED(&w, lend_pages(&w, 4 * MiB - 4096, 8192), -ENOENT);
	EXPECT_EQ(w.res.va, 4 * MiB);
	EXPECT_REFUSED(&w, lend_pages(&w, 1, 4096), -EINVAL);
	EXPECT_REFUSED(&w, lend_pages(&w, 0, 0), -EINVAL);
	EXPECT_REFUSED(&w, lend_pages(&w, 1ull << 40, 4096), -ERANGE);
	EXPECT_REFUSED(&w, lend_pages(&w, (1ull << 40) - 4096, 8192), -ERANGE);
	EXPECT_REFUSED(&w, lend_pages(&w, 4096, -4096ull), -ERANGE);
	EXPECT_EQ(set_leaf(&w, 8 * MiB, world_pte(&w, 8 * MiB) &
			   ~PTE_TYPE_MASK), 0);
	EXPECT_REFUSED(&w, lend_pages(&w, 8 * MiB, 4096), -ENOENT);
	w.limit = w.nout;
	EXPECT_REFUSED(&w, lend_pages(&w, 4096, 4096), -ENOMEM);
	EXPECT_EQ(w.res.needed, 1);
	EXPECT_EQ(lend.n, 0);
	world_end(&w);
}

/* Proves: CMMU-086 */
HOST_TEST(too_many_splits_are_refused)
{
	struct world w;
	u64 va = 0;

	begin(&w, el1);
	for (va = 0; va < 200 * MiB; va += 4 * MiB)
		EXPECT_EQ(world_map(&w, va, va, 2 * MiB, 0), 0);
	for (va = 0; lend.n < LEND_SPLITS; va += 4 * MiB)
		EXPECT_EQ(lend_pages(&w, va, 4096), 0);
	EXPECT_REFUSED(&w, lend_pages(&w, va, 4096), -ENOSPC);
	lend_end(&lend, &w.pt, 0, 4096);
	EXPECT_EQ(lend_pages(&w, va, 4096), 0);
	EXPECT_EQ(lend.n, LEND_SPLITS);
	world_end(&w);
}
