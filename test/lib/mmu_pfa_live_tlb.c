// SPDX-License-Identifier: GPL-2.0+
/*
 * A forgotten TLB invalidation: each operation of the engine between two touches
 * of what it changes, in one step. Nothing is printed in between, as whatever
 * else runs may make room in the TLB. QEMU keeps a translation that was used
 * until it is told, so the second touch shows what was left.
 *
 * QEMU does not keep the memory type in effect, nor tables on the way: where an
 * operation alone would change nothing that can be seen, another that can be seen
 * is part of the same call, or follows.
 */

#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#define WORD_A	0xaaaa0001u
#define WORD_B	0xbbbb0002u

static const struct vmsa_attr rw = { VMSA_WB, VMSA_ISH, VMSA_RW, false };
static const struct vmsa_attr nc_ro = { VMSA_NC, VMSA_ISH, VMSA_RO, false };

/* Two places in RAM that nobody uses, 4 MiB each, and a hole for them. */
struct spot {
	struct pgtable *pt;
	struct pgtable_result res;
	u64 va;
	u64 a;
	u64 b;
};

static int setup(struct unit_test_state *uts, struct spot *s)
{
	s->pt = live_pgtable();
	s->a = live_ram_start() + 176 * SZ_1M;
	s->b = s->a + SZ_4M;
	ut_assertok(pgtable_find_hole(s->pt, live_ram_end(), SZ_4M, SZ_4M, 0,
				      &s->va));
	*(u32 *)s->a = WORD_A;
	*(u32 *)s->b = WORD_B;
	return 0;
}

static int map_at(struct spot *s, u64 va, u64 pa, unsigned int flags)
{
	return pgtable_map(s->pt, va, pa, SZ_4M, rw, flags, &s->res);
}

static int unmap(struct spot *s)
{
	return pgtable_unmap(s->pt, s->va, SZ_4M, PGTABLE_SKIP_HOLES, &s->res);
}

static int protect(struct spot *s, u64 va, u64 size, unsigned int named,
		   unsigned int flags)
{
	return pgtable_protect(s->pt, va, size, nc_ro, named, flags, &s->res);
}

/* What can be read and written at an address, as three bits. */
#define SEES_A	1
#define SEES_B	2
#define WRITES	4

static unsigned int touch(u64 va)
{
	unsigned int seen = 0;
	u64 value;

	if (catch_read(va, 4, &value))
		seen |= value == WORD_A ? SEES_A : value == WORD_B ? SEES_B : 0;
	else
		value = 0;
	if (catch_write(va, 4, value))
		seen |= WRITES;
	return seen;
}

/* Proves: LIV-060 */
static int lib_test_mmu_pfa_tlb_map_after_unmap(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, PGTABLE_MAX_4K));
	before = touch(s.va);
	ut_assertok(unmap(&s));
	ut_assertok(map_at(&s, s.va, s.b, PGTABLE_MAX_4K));
	after = touch(s.va);
	ut_assertok(unmap(&s));
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(SEES_B | WRITES, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_map_after_unmap, 0);

/* Proves: LIV-060 */
static int lib_test_mmu_pfa_tlb_replace(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, 0));
	before = touch(s.va);
	ut_assertok(map_at(&s, s.va, s.b, PGTABLE_REPLACE));
	after = touch(s.va);
	ut_assertok(unmap(&s));
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(SEES_B | WRITES, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_replace, 0);

/* Proves: LIV-060 */
static int lib_test_mmu_pfa_tlb_unmap(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, 0));
	before = touch(s.va);
	ut_assertok(unmap(&s));
	after = touch(s.va);
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(0, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_unmap, 0);

/* Proves: LIV-060 */
static int lib_test_mmu_pfa_tlb_protect(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, 0));
	before = touch(s.va);
	ut_assertok(protect(&s, s.va, SZ_4M, PGTABLE_NAMES_PERM, 0));
	after = touch(s.va);
	ut_assertok(unmap(&s));
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(SEES_A, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_protect, 0);

/*
 * A change of the type is a break-before-make; the permission that changes with
 * it can be seen.
 *
 * Proves: LIV-060
 */
static int lib_test_mmu_pfa_tlb_type(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, 0));
	before = touch(s.va);
	ut_assertok(protect(&s, s.va, SZ_4M, PGTABLE_NAMES_TYPE |
			    PGTABLE_NAMES_PERM, 0));
	after = touch(s.va);
	ut_assertok(unmap(&s));
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(SEES_A, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_type, 0);

/*
 * A block is split for one page of it, and the page changes.
 *
 * Proves: LIV-060
 */
static int lib_test_mmu_pfa_tlb_split(struct unit_test_state *uts)
{
	unsigned int before, after, next;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, 0));
	before = touch(s.va) & touch(s.va + SZ_4K);
	ut_assertok(protect(&s, s.va, SZ_4K, PGTABLE_NAMES_PERM, 0));
	after = touch(s.va);
	next = touch(s.va + SZ_4K);
	ut_assertok(unmap(&s));
	ut_asserteq(WRITES, before & WRITES);
	ut_asserteq(SEES_A, after);
	ut_asserteq(WRITES, next & WRITES);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_split, 0);

/*
 * Pages become a block, one of them being changed by the same call.
 *
 * Proves: LIV-060
 */
static int lib_test_mmu_pfa_tlb_merge(struct unit_test_state *uts)
{
	unsigned int before, after;
	u64 merges;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.a, 0));
	ut_assertok(protect(&s, s.va + SZ_4K, SZ_2M - SZ_4K,
			    PGTABLE_NAMES_PERM, 0));
	before = touch(s.va);
	merges = s.pt->count.merge;
	ut_assertok(protect(&s, s.va, SZ_4K, PGTABLE_NAMES_PERM,
			    PGTABLE_MERGE_AFTER));
	after = touch(s.va);
	merges = s.pt->count.merge - merges;
	ut_assertok(unmap(&s));
	ut_asserteq_64(1, merges);
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(SEES_A, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_merge, 0);

/*
 * In the block that U-Boot runs on: split from a window, and back by one.
 *
 * Proves: LIV-060 LIV-061
 */
static int lib_test_mmu_pfa_tlb_window(struct unit_test_state *uts)
{
	unsigned int before, after, back;
	struct pgtable_walk walk;
	u64 windows;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(live_restore(LIVE_RESET, &s.res));
	ut_assertok(pgtable_walk(s.pt, s.a, &walk));
	windows = s.pt->count.window;
	before = touch(s.a);
	ut_assertok(protect(&s, s.a, SZ_4K, PGTABLE_NAMES_PERM, 0));
	after = touch(s.a);
	ut_assertok(live_restore(LIVE_RESET, &s.res));
	back = touch(s.a);
	windows = s.pt->count.window - windows;
	ut_asserteq(SEES_A | WRITES, before);
	ut_asserteq(SEES_A, after);
	ut_asserteq(SEES_A | WRITES, back);
	/* Unless a driver has had the block split, or U-Boot is in another */
	ut_assert(windows == 2 || pgtable_last_step(&walk)->level != 1 ||
		  live_ram_end() - live_ram_start() > SZ_1G);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_window, 0);

/* Proves: LIV-060 */
static int lib_test_mmu_pfa_tlb_reset(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.va, s.b, 0));
	before = touch(s.va);
	ut_assertok(live_restore(LIVE_RESET, &s.res));
	after = touch(s.va);
	ut_asserteq(SEES_B | WRITES, before);
	ut_asserteq(0, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_reset, 0);

/*
 * Pages that were replaced, in the block that U-Boot runs on
 *
 * Proves: LIV-061
 */
static int lib_test_mmu_pfa_tlb_reset_window(struct unit_test_state *uts)
{
	unsigned int before, after;
	struct spot s;

	ut_assertok(setup(uts, &s));
	ut_assertok(map_at(&s, s.a, s.b, PGTABLE_REPLACE | PGTABLE_MAX_4K));
	before = touch(s.a);
	ut_assertok(live_restore(LIVE_RESET, &s.res));
	after = touch(s.a);
	ut_asserteq(SEES_B | WRITES, before);
	ut_asserteq(SEES_A | WRITES, after);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tlb_reset_window, 0);
