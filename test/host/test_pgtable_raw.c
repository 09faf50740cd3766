// SPDX-License-Identifier: GPL-2.0+
/*
 * Operations in descriptor bits that somebody else has encoded.
 */

#include "pgtable_world.h"

static const struct world_kind el2 = { .regime = VMSA_EL2 };

#define NC_BITS		((pte_t)VMSA_NC << PTE_ATTR_IDX_SHIFT)
#define WB_BITS		((pte_t)VMSA_WB << PTE_ATTR_IDX_SHIFT)

static int change(struct world *w, u64 va, u64 size, pte_t clear, pte_t set)
{
	return pgtable_change_bits(&w->pt, va, size, clear, set, 0, &w->res);
}

/* Proves: LIV-050 LIV-051 */
HOST_TEST(bits_change_on_exactly_the_range_and_holes_stay)
{
	struct world w;

	world_begin(&w, el2);
	EXPECT_EQ(world_map(&w, 0, 0, 8 * MiB, 0), 0);
	EXPECT_EQ(world_unmap(&w, 2 * MiB + 64 * KiB, 4 * KiB, 0), 0);
	EXPECT_EQ(change(&w, 2 * MiB, 2 * MiB, PTE_ATTR_IDX_MASK, NC_BITS), 0);
	EXPECT_EQ(world_pte(&w, 2 * MiB) & PTE_ATTR_IDX_MASK, NC_BITS);
	EXPECT_EQ(world_pte(&w, 4 * MiB - 1) & PTE_ATTR_IDX_MASK, NC_BITS);
	EXPECT_EQ(world_pte(&w, 2 * MiB - 1) & PTE_ATTR_IDX_MASK, WB_BITS);
	EXPECT_EQ(world_pte(&w, 4 * MiB) & PTE_ATTR_IDX_MASK, WB_BITS);
	EXPECT_EQ(world_pte(&w, 2 * MiB + 64 * KiB), 0);
	EXPECT_EQ(world_pa(&w, 3 * MiB), 3 * MiB);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: LIV-053 */
HOST_TEST(the_valid_bit_is_the_access)
{
	pte_t clear = PTE_VALID | PTE_ATTR_IDX_MASK | PTE_XN, before;
	struct world w;

	world_begin(&w, el2);
	EXPECT_EQ(world_map(&w, 0, 4 * GiB, 4 * MiB, 0), 0);
	before = world_pte(&w, 8 * KiB);
	EXPECT_EQ(change(&w, 4 * KiB, 64 * KiB, clear, 0), 0);
	EXPECT_EQ(world_pte(&w, 8 * KiB) & (clear | PTE_TYPE_MASK), 0);
	EXPECT_EQ(world_pa(&w, 8 * KiB), PA_NONE);
	/* Again: what it remembers stays. */
	EXPECT_EQ(change(&w, 4 * KiB, 64 * KiB, clear, 0), 0);
	EXPECT_EQ(change(&w, 4 * KiB, 64 * KiB, clear,
			 before & clear), 0);
	EXPECT_EQ(world_pa(&w, 8 * KiB), 4 * GiB + 8 * KiB);
	EXPECT_EQ(world_pte(&w, 8 * KiB) & clear, before & clear);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: LIV-053 */
HOST_TEST(a_map_in_bits_has_those_bits_and_the_largest_blocks)
{
	pte_t bits = PTE_AF | WB_BITS | 3ull << PTE_SH_SHIFT;
	struct world w;

	world_begin(&w, el2);
	EXPECT_EQ(world_map(&w, 2 * MiB, 0, 4 * KiB, 0), 0);
	EXPECT_EQ(pgtable_map_bits(&w.pt, 0, 0, 1 * GiB + 2 * MiB + 4 * KiB,
				   bits, 0, &w.res), 0);
	EXPECT_EQ(world_pte(&w, 0), bits | PTE_TYPE_BLOCK);
	EXPECT_EQ(world_level(&w, 0), 1);
	EXPECT_EQ(world_pte(&w, 1 * GiB), bits | PTE_TYPE_BLOCK | 1 * GiB);
	EXPECT_EQ(world_pte(&w, 1 * GiB + 2 * MiB),
		  bits | PTE_TYPE_PAGE | (1 * GiB + 2 * MiB));
	EXPECT_EQ(pgtable_map_bits(&w.pt, 4 * GiB, 4 * KiB, 2 * MiB, bits, 0,
				   &w.res), 0);
	EXPECT_EQ(world_pa(&w, 4 * GiB + 2 * MiB - 1), 2 * MiB + 4 * KiB - 1);
	/* The contiguous hint is a bit that they did not ask for. */
	EXPECT_EQ(pgtable_map_bits(&w.pt, 6 * GiB, 0x10000, 64 * KiB, bits, 0,
				   &w.res), 0);
	EXPECT_EQ(world_pte(&w, 6 * GiB), bits | PTE_TYPE_PAGE | 0x10000);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: LIV-055 */
HOST_TEST(a_plan_tells_the_tables_and_changes_nothing)
{
	struct world w;

	world_begin(&w, el2);
	EXPECT_EQ(world_map(&w, 0, 0, 1 * GiB, 0), 0);
	EXPECT_REFUSED(&w, pgtable_change_bits(&w.pt, 4 * KiB, 4 * KiB,
					       PTE_ATTR_IDX_MASK, NC_BITS,
					       PGTABLE_ONLY_PLAN, &w.res), 0);
	EXPECT_EQ(w.res.needed, 2);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 8 * GiB, 0, 4 * KiB, PTE_AF,
					    PGTABLE_ONLY_PLAN, &w.res), 0);
	EXPECT_EQ(w.res.needed, 2);
	w.limit = w.nout + 2;
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 8 * GiB, 0, 4 * KiB, PTE_AF,
					    PGTABLE_ONLY_TRY, &w.res), 0);
	w.limit = w.nout + 1;
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 8 * GiB, 0, 4 * KiB, PTE_AF,
					    PGTABLE_ONLY_PLAN, &w.res), 0);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 8 * GiB, 0, 4 * KiB, PTE_AF,
					    PGTABLE_ONLY_TRY, &w.res), -ENOMEM);
	EXPECT_REFUSED(&w, change(&w, 4 * KiB, 4 * KiB, PTE_ATTR_IDX_MASK,
				  NC_BITS), -ENOMEM);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 8 * GiB, 0, 4 * KiB, PTE_AF,
					    0, &w.res), -ENOMEM);
	world_end(&w);
}

/* Proves: LIV-055 LIV-124 */
HOST_TEST(a_plan_and_a_try_tell_what_is_refused)
{
	const unsigned int only[] = { PGTABLE_ONLY_PLAN, PGTABLE_ONLY_TRY };
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL2, .va_bits = 39 });
	world_foreign(&w, 0)[3] = 3 * GiB | 0x702;
	world_adopt(&w);
	for (unsigned int i = 0; i < ARRAY_SIZE(only); i++) {
		world_save(&w);
		EXPECT_EQ(pgtable_change_bits(&w.pt, 3 * GiB, 4 * KiB,
					      PTE_ATTR_IDX_MASK, NC_BITS,
					      only[i], &w.res), -EPERM);
		EXPECT_EQ(w.res.refusal, PGTABLE_REFUSED_RESERVED);
		EXPECT(world_unchanged(&w));
	}
	world_end(&w);
}

/* Proves: LIV-055 */
HOST_TEST(bits_that_are_not_attributes_are_refused)
{
	static const pte_t bad[] = { 1ull << 12, PTE_CONT, 2 };
	struct world w;
	unsigned int i;

	world_begin(&w, el2);
	EXPECT_EQ(world_map(&w, 0, 0, 2 * MiB, 0), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_REFUSED(&w, change(&w, 0, 4 * KiB, bad[i], 0), -EINVAL);
		EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 0, 0, 4 * KiB,
						    bad[i], 0, &w.res),
			       -EINVAL);
	}
	EXPECT_REFUSED(&w, change(&w, 0, 4 * KiB, 0, PTE_XN), -EINVAL);
	EXPECT_REFUSED(&w, change(&w, 0, 0, PTE_XN, 0), -EINVAL);
	EXPECT_REFUSED(&w, change(&w, 1ull << 40, 4 * KiB, PTE_XN, 0), -ERANGE);
	EXPECT_REFUSED(&w, pgtable_change_bits(&w.pt, 0, 4 * KiB, 0, 0,
					       PGTABLE_REPLACE, &w.res),
		       -EINVAL);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 0, 0, 4 * KiB, 0,
					    PGTABLE_REPLACE, &w.res), -EINVAL);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 0, 8, 4 * KiB, 0, 0,
					    &w.res), -EINVAL);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 8, 0, 4 * KiB, 0, 0,
					    &w.res), -EINVAL);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 0, 1ull << 40, 4 * KiB, 0,
					    0, &w.res), -ERANGE);
	EXPECT_REFUSED(&w, pgtable_map_bits(&w.pt, 0, 0, 1ull << 41, 0, 0,
					    &w.res), -ERANGE);
	world_end(&w);
}

/* What the Arm ARM lets change while an entry is valid, bit by bit (D8.16.1). */
static bool may_change_in_place(unsigned int bit)
{
	switch (bit) {
	case 6:		/* AP[1] */
	case 7:		/* AP[2] */
	case 10:	/* AF */
	case 51:	/* DBM */
	case 53:	/* PXN */
	case 54:	/* XN, UXN */
	case 55 ... 58:	/* software's */
		return true;
	default:
		return false;
	}
}

static void flip_bit(struct world *w, u64 va, unsigned int bit)
{
	pte_t pte = world_pte(w, va), mask = 1ull << bit;
	u64 size = vmsa_size(world_level(w, va));

	w->mmu.stores = 0;
	EXPECT_EQ(change(w, va, size, mask, ~pte & mask), 0);
	EXPECT_EQ(world_pte(w, va), pte ^ mask);
	EXPECT_EQ(w->mmu.stores, may_change_in_place(bit) ? 1 : 2);
	EXPECT_ORDER(w);
}

/* Proves: ENG-050 ENG-056 */
HOST_TEST(each_bit_changes_in_place_or_by_a_break)
{
	static const u64 va[] = { 4 * KiB, 2 * MiB, 1 * GiB };
	struct world w;

	world_begin(&w, el2);
	EXPECT_EQ(world_map(&w, 4 * KiB, 4 * KiB, 4 * KiB, 0), 0);
	EXPECT_EQ(world_map(&w, 2 * MiB, 2 * MiB, 2 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 1 * GiB, 1 * GiB, 1 * GiB, 0), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(va); i++) {
		for (unsigned int bit = 2; bit < 64; bit++) {
			if ((PTE_ADDR_MASK | PTE_CONT) >> bit & 1)
				continue;
			flip_bit(&w, va[i], bit);
			flip_bit(&w, va[i], bit);
		}
	}
	world_end(&w);
}
