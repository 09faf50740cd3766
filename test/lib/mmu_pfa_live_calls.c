// SPDX-License-Identifier: GPL-2.0+
/*
 * U-Boot's own calls that change its map, made as a driver makes them, on the
 * live tables. What they did is asked of the hardware.
 */

#include <asm/global_data.h>
#include <asm/system.h>
#include <cpu_func.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_guard.h>
#include <mmu_pfa/live_watch.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#include "../../lib/mmu_pfa/arm64/reference.h"
#include "mmu_pfa_live_calls.h"

DECLARE_GLOBAL_DATA_PTR;

/* Proves: LIV-050 LIV-054 */
static int lib_test_mmu_pfa_call_dcache_block(struct unit_test_state *uts)
{
	ulong start = area();

	*word(start) = PATTERN(1);
	mmu_set_region_dcache_behaviour(start, SZ_2M, DCACHE_OFF);
	ut_asserteq_64(0, type_at(start + SZ_2M - 4));
	ut_asserteq(2, level_at(start));
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_2M));
	mmu_set_region_dcache_behaviour(start, SZ_2M, DCACHE_WRITETHROUGH);
	ut_asserteq_64(ATTR_NC, type_at(start));
	ut_asserteq(PATTERN(1), *word(start));
	ut_assert(back_to_own_map());
	mmu_set_region_dcache_behaviour(start, SZ_2M, DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(start));
	ut_asserteq(PATTERN(1), *word(start));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_dcache_block, 0);

/*
 * U-Boot's own code changes ignored bits of a table descriptor where the range
 * is a table already.
 *
 * Proves: LIV-050
 */
static int lib_test_mmu_pfa_call_dcache_split(struct unit_test_state *uts)
{
	ulong start = area() + SZ_4M;

	mmu_set_region_dcache_behaviour(start + SZ_4K, SZ_4K,
					DCACHE_WRITETHROUGH);
	ut_asserteq(3, level_at(start));
	ut_asserteq_64(ATTR_WB, type_at(start));
	ut_asserteq_64(ATTR_NC, type_at(start + SZ_4K));
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_8K));
	mmu_set_region_dcache_behaviour(start, SZ_2M, DCACHE_WRITETHROUGH);
	ut_asserteq_64(ATTR_NC, type_at(start));
	ut_asserteq_64(ATTR_NC, type_at(start + SZ_2M - SZ_4K));
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_2M));
	mmu_set_region_dcache_behaviour(start, SZ_2M, DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_4K));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_dcache_split, 0);

/*
 * U-Boot's own code never returns from a range that ends within a page.
 *
 * Proves: LIV-051
 */
static int lib_test_mmu_pfa_call_dcache_unaligned(struct unit_test_state *uts)
{
	ulong start = area() + SZ_8M;

	mmu_set_region_dcache_behaviour(start + 0x10, SZ_4K,
					DCACHE_WRITETHROUGH);
	ut_asserteq_64(ATTR_NC, type_at(start));
	ut_asserteq_64(ATTR_NC, type_at(start + SZ_4K));
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_8K));
	mmu_set_region_dcache_behaviour(start + 0x10, 0, DCACHE_OFF);
	ut_asserteq_64(ATTR_NC, type_at(start));
	mmu_set_region_dcache_behaviour(start, SZ_8K, DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(start));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_dcache_unaligned, 0);

/*
 * U-Boot's own code panics, or reads through NULL, where nothing is mapped.
 *
 * Proves: LIV-051
 */
static int lib_test_mmu_pfa_call_dcache_unmapped(struct unit_test_state *uts)
{
	ulong start = area() + 12 * SZ_1M;
	struct pgtable_result res;
	u64 par;

	mmu_set_region_dcache_behaviour(0x4020001000, SZ_8K,
					DCACHE_WRITETHROUGH);
	ut_assert(!live_at(0x4020001000, &par));
	ut_assertok(pgtable_unmap(live_pgtable(), start, SZ_64K, 0, &res));
	mmu_set_region_dcache_behaviour(start - SZ_4K, SZ_64K + SZ_8K,
					DCACHE_WRITETHROUGH);
	ut_asserteq_64(ATTR_NC, type_at(start - SZ_4K));
	ut_assert(!live_at(start, &par));
	ut_asserteq_64(ATTR_NC, type_at(start + SZ_64K));
	/* It was U-Boot's own map that changed, the hole being ours. */
	ut_assertok(live_restore(LIVE_RESET, &res));
	ut_asserteq_64(ATTR_NC, type_at(start));
	mmu_set_region_dcache_behaviour(start - SZ_4K, SZ_64K + SZ_8K,
					DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(start));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_dcache_unmapped, 0);

#define MANY	48

/*
 * Each takes a table; U-Boot's own area has room for some ten.
 *
 * Proves: LIV-052
 */
static int lib_test_mmu_pfa_call_many_splits(struct unit_test_state *uts)
{
	const struct page_stats *stats = &live_pages()->registered_stats;
	u64 served = stats->requests;
	ulong start = area() + SZ_16M;
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		*word(start + i * SZ_2M + SZ_64K) = PATTERN(i);
		mmu_set_region_dcache_behaviour(start + i * SZ_2M + SZ_64K,
						SZ_4K, DCACHE_WRITETHROUGH);
	}
	ut_assert(stats->requests - served >= MANY);
	for (i = 0; i < MANY; i++) {
		ut_asserteq_64(ATTR_NC, type_at(start + i * SZ_2M + SZ_64K));
		ut_asserteq_64(ATTR_WB, type_at(start + i * SZ_2M));
		ut_asserteq(PATTERN(i), *word(start + i * SZ_2M + SZ_64K));
	}
	ut_assert(back_to_own_map());
	for (i = 0; i < MANY; i++)
		mmu_set_region_dcache_behaviour(start + i * SZ_2M + SZ_64K,
						SZ_4K, DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_64K));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_many_splits, 0);

/* An access, which a TLB entry that was forgotten would let pass. */
static bool can_be_read(ulong addr)
{
	u64 value;

	return catch_read(addr, 4, &value);
}

/* Device memory, as a board encodes it; bit 0: valid. */
#define DEVICE_BITS	(PTE_PXN | PTE_XN | PTE_VALID)

/*
 * U-Boot's own code loses a range that it finds split, and the address of one
 * that it takes away twice.
 *
 * Proves: LIV-053
 */
static int lib_test_mmu_pfa_call_change_attr(struct unit_test_state *uts)
{
	ulong start = area() + SZ_4M + SZ_2M;
	u64 wb = PTE_VALID | (u64)VMSA_WB << PTE_ATTR_IDX_SHIFT;
	u64 par;

	*word(start + SZ_8K) = PATTERN(2);
	/* A part of a block, all of a table, then a part of that */
	ut_assert(can_be_read(start + SZ_8K));
	mmu_change_region_attr(start + SZ_4K, SZ_8K, 0);
	ut_assert(!can_be_read(start + SZ_8K));
	ut_assert(!live_at(start + SZ_8K, &par));
	ut_assert(live_at(start, &par));
	ut_assert(live_at(start + SZ_4K + SZ_8K, &par));
	mmu_change_region_attr(start, SZ_2M, 0);
	mmu_change_region_attr(start, SZ_2M, 0);
	ut_assert(!live_at(start + SZ_2M - 1, &par));
	mmu_change_region_attr(start, SZ_2M, DEVICE_BITS);
	ut_asserteq_64(0, type_at(start + SZ_8K));
	mmu_change_region_attr(start, SZ_2M, wb);
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_8K));
	ut_assert(live_at(start + SZ_8K, &par));
	ut_asserteq_64(start + SZ_8K, par & GENMASK_ULL(47, 12));
	ut_asserteq(PATTERN(2), *word(start + SZ_8K));
	/* Not whole pages: all that the range touches */
	mmu_change_region_attr(start + SZ_4K - 1, 2, 0);
	ut_assert(!can_be_read(start));
	ut_assert(!can_be_read(start + SZ_4K));
	ut_assert(can_be_read(start + SZ_8K));
	mmu_change_region_attr(start + SZ_4K - 1, 2, wb);
	ut_assert(can_be_read(start) && can_be_read(start + SZ_4K));
	/* Nothing mapped, and beyond the address space: no panic */
	mmu_change_region_attr(0x4020001000, SZ_8K, wb);
	ut_assert(!live_at(0x4020001000, &par));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_change_attr, 0);

/* Whether U-Boot's emergency tree maps an address to itself */
static bool in_emergency_tree(ulong addr)
{
	struct pgtable tree = *live_reference();
	u64 pa;

	tree.root = gd->arch.tlb_emerg;
	return !pgtable_translate(&tree, addr, &pa) && pa == addr;
}

/* Proves: LIV-053 */
static int lib_test_mmu_pfa_call_map_region(struct unit_test_state *uts)
{
	ulong hole = 0x4030000000, start = area() + 14 * SZ_1M;
	struct pgtable_result res;
	u64 par;

	/* Not in pages, though it is not aligned to their next size */
	mmu_map_region(hole, SZ_2M + SZ_8K, true);
	ut_asserteq_64(ATTR_WB, type_at(hole));
	ut_asserteq(2, level_at(hole));
	ut_asserteq(3, level_at(hole + SZ_2M + SZ_4K));
	ut_assert(!live_at(hole + SZ_2M + SZ_8K, &par));
	ut_assert(in_emergency_tree(hole));
	ut_assert(in_emergency_tree(hole + SZ_2M + SZ_4K));
	ut_assert(!in_emergency_tree(hole + SZ_2M + SZ_8K));
	/* Not whole pages, and in this tree only */
	mmu_map_region(hole + SZ_4M + SZ_8K - 1, 2, false);
	ut_assert(!live_at(hole + SZ_4M, &par));
	ut_asserteq_64(ATTR_WB, type_at(hole + SZ_4M + SZ_4K));
	ut_asserteq_64(ATTR_WB, type_at(hole + SZ_4M + SZ_8K));
	ut_assert(!live_at(hole + SZ_4M + SZ_8K + SZ_4K, &par));
	ut_assert(!in_emergency_tree(hole + SZ_4M + SZ_4K));
	ut_assert(back_to_own_map());
	/* What is mapped so already stays as it is; a hole in it is filled. */
	ut_assertok(pgtable_unmap(live_pgtable(), start, SZ_4K, 0, &res));
	*word(start + SZ_4K) = PATTERN(3);
	mmu_map_region(start, SZ_8K, false);
	ut_asserteq_64(ATTR_WB, type_at(start));
	ut_asserteq(PATTERN(3), *word(start + SZ_4K));
	ut_assertok(live_restore(LIVE_RESET, &res));
	ut_asserteq_64(ATTR_WB, type_at(hole));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_map_region, 0);

/* Proves: LIV-122 */
static int lib_test_mmu_pfa_call_beyond(struct unit_test_state *uts)
{
	ulong start = area() + 14 * SZ_1M;
	static const ulong sizes[] = { 1ul << 47, ~0ul, ~0ul << 12 };

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		mmu_set_region_dcache_behaviour(start, sizes[i], DCACHE_OFF);
		mmu_set_region_dcache_behaviour(start + 1, sizes[i],
						DCACHE_OFF);
		mmu_change_region_attr(start + 1, sizes[i], 0);
		ut_asserteq_64(ATTR_WB, type_at(start));
	}
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_beyond, 0);

/*
 * The range that U-Boot's code, stack and tables are in
 *
 * Proves: LIV-050
 */
static int lib_test_mmu_pfa_call_own_block(struct unit_test_state *uts)
{
	ulong page = (ulong)area() & ~(SZ_1G - 1ul);

	page += SZ_4K;
	mmu_set_region_dcache_behaviour(page, SZ_4K, DCACHE_WRITETHROUGH);
	ut_asserteq_64(ATTR_NC, type_at(page));
	ut_assert(back_to_own_map());
	mmu_set_region_dcache_behaviour(page, SZ_4K, DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(page));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_own_block, 0);

static bool is_watched(ulong addr)
{
	return watch_in(live_watches(), addr, SZ_4K);
}

/*
 * What was lent is given back before a call, so that the live tree and the
 * reference stay one.
 *
 * Proves: LIV-100
 */
static int lib_test_mmu_pfa_call_on_watched(struct unit_test_state *uts)
{
	ulong start = area() + 78 * SZ_1M;
	u64 wb = PTE_VALID | (u64)VMSA_WB << PTE_ATTR_IDX_SHIFT;
	struct pgtable_result res;
	u64 par;

	*word(start) = PATTERN(4);
	ut_assert(live_watch_add(start, 4, WATCH_WRITE, 0, &res) > 0);
	ut_assert(live_watch_add(start + SZ_8K, 4, WATCH_READ, 0, &res) > 0);
	mmu_change_region_attr(start, SZ_4K, 0);
	ut_assert(!is_watched(start) && is_watched(start + SZ_8K));
	ut_assert(!live_at(start, &par));
	/* Nothing is left that would make it valid again */
	live_watch_del(watch_find(live_watches(),
				  watch_in(live_watches(), start + SZ_8K, 1)));
	ut_assert(!live_at(start, &par));
	ut_assert(back_to_own_map());
	mmu_change_region_attr(start, SZ_4K, wb);
	ut_asserteq_64(ATTR_WB, type_at(start));
	ut_asserteq(PATTERN(4), *word(start));
	ut_assert(live_watch_add(start, 4, WATCH_READ, 0, &res) > 0);
	mmu_map_region(start, SZ_4K, false);
	ut_assert(!is_watched(start));
	ut_asserteq_64(ATTR_WB, type_at(start));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_on_watched, 0);

/* Proves: LIV-100 */
static int lib_test_mmu_pfa_call_on_guarded(struct unit_test_state *uts)
{
	struct pgtable_result res;
	u64 va, size;

	ut_assertok(live_guard_on(LIVE_GUARD_STACK, &res));
	ut_assert(live_guard_range(LIVE_GUARD_STACK, &va, &size));
	ut_asserteq_64(0, type_at(va));
	mmu_set_region_dcache_behaviour(va, size, DCACHE_WRITETHROUGH);
	ut_assert(!live_guard_is_on(LIVE_GUARD_STACK));
	ut_asserteq_64(ATTR_NC, type_at(va));
	ut_assert(back_to_own_map());
	mmu_set_region_dcache_behaviour(va, size, DCACHE_WRITEBACK);
	ut_asserteq_64(ATTR_WB, type_at(va));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_on_guarded, 0);

/* A call that is made to fail, on a page that is lent and on a block beyond it. */
static bool call_fails_on(ulong page)
{
	ulong end = (page & ~(SZ_2M - 1ul)) + SZ_2M + SZ_4K;

	pfa_set_fault(system_pfa(), 1);
	mmu_set_region_dcache_behaviour(page, end - page, DCACHE_WRITETHROUGH);
	return type_at(end - SZ_4K) == ATTR_WB;
}

/* Proves: LIV-125 */
static int lib_test_mmu_pfa_call_fails_on_lent(struct unit_test_state *uts)
{
	ulong start = area() + 70 * SZ_1M;
	struct pgtable_result res;
	u64 va, size;

	if (!IS_ENABLED(CONFIG_PFA_FAIL))
		return -EAGAIN;
	ut_assert(live_watch_add(start, 4, WATCH_READ, 0, &res) > 0);
	ut_assert(call_fails_on(start));
	ut_assert(is_watched(start));
	live_watch_del(watch_find(live_watches(),
				  watch_in(live_watches(), start, 1)));
	ut_assert(back_to_own_map());
	ut_assertok(live_guard_on(LIVE_GUARD_STACK, &res));
	ut_assert(live_guard_range(LIVE_GUARD_STACK, &va, &size));
	ut_assert(call_fails_on(va));
	ut_assert(live_guard_is_on(LIVE_GUARD_STACK));
	ut_asserteq_64(0, type_at(va));
	live_guard_off(LIVE_GUARD_STACK);
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_fails_on_lent, 0);

static pte_t *entry_in(struct pgtable *pt, ulong va)
{
	struct pgtable_walk walk;

	pgtable_walk(pt, va, &walk);
	return (pte_t *)pgtable_last_step(&walk)->entry;
}

/* Of an entry that is invalid in both trees, type bits that are reserved. */
static void set_type(ulong va, pte_t type)
{
	pte_t *live = entry_in(live_pgtable(), va);
	pte_t *ref = entry_in(live_reference(), va);

	*live = (*live & ~(pte_t)PTE_TYPE_MASK) | type;
	*ref = (*ref & ~(pte_t)PTE_TYPE_MASK) | type;
	asm volatile("dsb ishst; isb" : : : "memory");
}

#define RESERVED	2
#define NO_PAGE		1	/* at level 3 */

/*
 * U-Boot's own code passes those that the range has whole, and panics at others.
 *
 * Proves: LIV-124
 */
static int lib_test_mmu_pfa_call_reserved_entry(struct unit_test_state *uts)
{
	ulong start = area() + 60 * SZ_1M, block = start + SZ_2M;
	u64 wb = PTE_VALID | (u64)VMSA_WB << PTE_ATTR_IDX_SHIFT;
	ulong page = start + SZ_64K, last = block + SZ_2M;
	struct pgtable *pt = live_pgtable();
	pte_t page_pte, block_pte;

	mmu_change_region_attr(page, SZ_8K, 0);
	mmu_change_region_attr(block, SZ_2M, 0);
	set_type(page, RESERVED);
	set_type(page + SZ_4K, NO_PAGE);
	set_type(block, RESERVED);
	page_pte = *entry_in(pt, page);
	block_pte = *entry_in(pt, block);
	mmu_set_region_dcache_behaviour(start, last + SZ_4K - start,
					DCACHE_WRITETHROUGH);
	ut_asserteq_64(ATTR_NC, type_at(start));
	ut_asserteq_64(ATTR_NC, type_at(page - SZ_4K));
	ut_asserteq_64(ATTR_NC, type_at(page + SZ_8K));
	ut_asserteq_64(ATTR_NC, type_at(block - SZ_4K));
	ut_asserteq_64(ATTR_NC, type_at(last));
	ut_asserteq_64(ATTR_WB, type_at(last + SZ_4K));
	ut_asserteq_64(page_pte, *entry_in(pt, page));
	ut_asserteq_64(block_pte, *entry_in(pt, block));
	ut_assert(back_to_own_map());
	/* A part of an entry, and nothing but a part of one */
	mmu_change_region_attr(block + SZ_1M, SZ_1M + SZ_4K, wb);
	mmu_change_region_attr(block + SZ_1M, SZ_4K, wb);
	ut_asserteq_64(ATTR_WB, type_at(last));
	ut_asserteq_64(block_pte, *entry_in(pt, block));
	/* One that is mapped over is none any more. */
	mmu_map_region(page, SZ_4K, false);
	ut_asserteq_64(ATTR_WB, type_at(page));
	mmu_map_region(block + SZ_4K, SZ_2M, false);
	ut_asserteq_64(block_pte, *entry_in(pt, block));
	ut_assert(back_to_own_map());
	set_type(page + SZ_4K, 0);
	set_type(block, 0);
	mmu_change_region_attr(start, last + SZ_4K - start, wb);
	ut_asserteq_64(ATTR_WB, type_at(page + SZ_4K));
	ut_asserteq_64(ATTR_WB, type_at(block));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_reserved_entry, 0);

/*
 * For the console tests: makes a page uncached that may be watched.
 *
 * Proves: LIV-100
 */
static int lib_test_mmu_pfa_call_end_watch(struct unit_test_state *uts)
{
	mmu_set_region_dcache_behaviour(area(), SZ_4K, DCACHE_WRITETHROUGH);
	ut_assert(!is_watched(area()));
	ut_asserteq_64(ATTR_NC, type_at(area()));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_end_watch, 0);

/*
 * For the console tests: leaves a page uncached, as drivers do.
 *
 * Proves: LIV-054
 */
static int lib_test_mmu_pfa_call_zz_leave_nc(struct unit_test_state *uts)
{
	struct pgtable_result res;
	ulong start = area();

	mmu_set_region_dcache_behaviour(start, SZ_4K, DCACHE_WRITETHROUGH);
	ut_assertok(pgtable_unmap(live_pgtable(), start, SZ_2M, 0, &res));
	ut_asserteq_64(0, type_at(start));
	ut_assertok(live_restore(LIVE_RESET, &res));
	ut_asserteq_64(ATTR_NC, type_at(start));
	ut_asserteq_64(ATTR_WB, type_at(start + SZ_4K));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_zz_leave_nc, 0);
