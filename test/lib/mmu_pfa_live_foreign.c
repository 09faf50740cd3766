// SPDX-License-Identifier: GPL-2.0+
/*
 * What U-Boot's own code does to the live tables past the linker, so that neither
 * the engine nor the reference knows of it: a block that it splits itself, with
 * a table from its own area. For the console tests, on a board just booted.
 */

#include <command.h>
#include <asm/system.h>
#include <cpu_func.h>
#include <linux/sizes.h>
#include <mmu_pfa/live.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#include "../../lib/mmu_pfa/arm64/wrap.h"
#include "mmu_pfa_live_calls.h"

static void split_by_uboot(ulong page)
{
	__real_mmu_set_region_dcache_behaviour(page, SZ_4K,
					       DCACHE_WRITETHROUGH);
}

static bool is_nc(ulong page)
{
	return level_at(page) == 3 && type_at(page) == ATTR_NC &&
	       type_at(page + SZ_4K) == ATTR_WB;
}

/*
 * Of a block that is U-Boot's: what it did becomes part of its own map with the
 * next command that changes something, and stays. One that only looks copies
 * nothing.
 *
 * Proves: LIV-112 LIV-117
 */
static int lib_test_mmu_pfa_foreign_split_norun(struct unit_test_state *uts)
{
	struct pgtable *pt = live_pgtable();
	ulong page = area() + SZ_8K;
	struct pgtable_result res;
	u64 par;

	*word(page) = PATTERN(1);
	split_by_uboot(page);
	ut_assert(is_nc(page) && !back_to_own_map());
	ut_assertok(run_command("mmu walk 40000000; mmu check at", 0));
	ut_assert(!back_to_own_map());
	ut_assertnull(live_editable());
	ut_assert(back_to_own_map());
	/* Beside it in the table, and in another that the same split made */
	ut_assertok(pgtable_unmap(pt, page - SZ_4K, SZ_4K, 0, &res));
	ut_assertok(pgtable_unmap(pt, area() + SZ_2M, SZ_4K, 0, &res));
	ut_assert(!live_at(page - SZ_4K, &par) && is_nc(page));
	ut_assertok(live_restore(LIVE_RESET, &res));
	ut_assert(is_nc(page) && back_to_own_map());
	ut_asserteq_64(ATTR_WB, type_at(page - SZ_4K));
	ut_asserteq_64(ATTR_WB, type_at(area() + SZ_2M));
	ut_asserteq(PATTERN(1), *word(page));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_foreign_split_norun, UTF_MANUAL);

/*
 * Of a block in a table of ours: it works until a reset, which knows no more than
 * U-Boot's map before.
 *
 * Proves: LIV-112
 */
static int lib_test_mmu_pfa_foreign_below_norun(struct unit_test_state *uts)
{
	struct pgtable *pt = live_pgtable();
	ulong page = area() + SZ_8K;
	struct pgtable_result res;
	u64 par;

	*word(page) = PATTERN(2);
	ut_assertok(pgtable_unmap(pt, area() + SZ_2M, SZ_4K, 0, &res));
	split_by_uboot(page);
	ut_assert(is_nc(page));
	ut_assertok(pgtable_unmap(pt, page - SZ_4K, SZ_4K, 0, &res));
	ut_assert(!live_at(page - SZ_4K, &par) && is_nc(page));
	ut_assertok(live_restore(LIVE_RESET, &res));
	ut_assert(back_to_own_map());
	ut_asserteq(1, level_at(page));
	ut_asserteq(PATTERN(2), *word(page));
	/* And again, after it. */
	split_by_uboot(page);
	ut_assert(is_nc(page));
	ut_asserteq(PATTERN(2), *word(page));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_foreign_below_norun, UTF_MANUAL);
