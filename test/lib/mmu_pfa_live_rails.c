// SPDX-License-Identifier: GPL-2.0+
/*
 * Each thing that U-Boot stands on, asked for by a byte of it.
 */

#include <malloc.h>
#include <stdio.h>
#include <asm/global_data.h>
#include <asm/system.h>
#include <linux/libfdt.h>
#include <mmu_pfa/live.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

DECLARE_GLOBAL_DATA_PTR;

static enum live_rail rail_of(const void *byte)
{
	return live_rail((ulong)byte, 1, NULL);
}

/* Proves: LIV-114 */
static int lib_test_mmu_pfa_rail_of_each(struct unit_test_state *uts)
{
	static int datum = 1;
	const char *fdt_end;
	u64 at;

	fdt_end = (const char *)gd->fdt_blob + fdt_totalsize(gd->fdt_blob);
	ut_asserteq(LIVE_RAIL_TEXT, rail_of(printf));
	ut_asserteq(LIVE_RAIL_HANDLER, rail_of(live_rail));
	ut_asserteq(LIVE_RAIL_RODATA, rail_of("a constant"));
	ut_asserteq(LIVE_RAIL_DATA, rail_of(&datum));
	ut_asserteq(LIVE_RAIL_HEAP, rail_of((void *)mem_malloc_start));
	ut_asserteq(LIVE_RAIL_HEAP, rail_of((void *)(mem_malloc_end - 1)));
	ut_asserteq(LIVE_RAIL_GD, rail_of((void *)gd));
	ut_asserteq(LIVE_RAIL_GD, rail_of((char *)(gd + 1) - 1));
	ut_asserteq(LIVE_RAIL_BD, rail_of(gd->bd));
	ut_asserteq(LIVE_RAIL_FDT, rail_of(gd->fdt_blob));
	ut_asserteq(LIVE_RAIL_FDT, rail_of(fdt_end - 1));
	ut_asserteq(LIVE_RAIL_STACK, rail_of(__builtin_frame_address(0)));
	ut_asserteq(LIVE_RAIL_POOL, rail_of((void *)live_pages()->pool.base));
	ut_asserteq(LIVE_RAIL_TABLES, rail_of((void *)gd->arch.tlb_addr));
	ut_asserteq(LIVE_RAIL_TABLES, rail_of((void *)gd->arch.tlb_emerg));
	ut_asserteq(LIVE_RAIL_NONE, live_rail(live_ram_start(), 1, &at));
	/* Of all that a range holds the strongest is told, and where it begins. */
	ut_asserteq(LIVE_RAIL_TABLES, live_rail(0, 1ull << 40, &at));
	ut_asserteq_64(gd->arch.tlb_addr, at);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_rail_of_each, 0);

/* Proves: LIV-114 */
static int lib_test_mmu_pfa_rail_words(struct unit_test_state *uts)
{
	for (unsigned int i = 0; i < LIVE_RAIL_COUNT; i++) {
		for (unsigned int j = 0; j < i; j++)
			ut_assert(strcmp(live_rail_name(i),
					 live_rail_name(j)));
	}
	ut_assert(live_rail_forcible(LIVE_RAIL_LMB));
	ut_assert(live_rail_forcible(LIVE_RAIL_TEXT));
	ut_assert(live_rail_forcible(LIVE_RAIL_RODATA));
	ut_assert(live_rail_forcible(LIVE_RAIL_DATA));
	for (unsigned int i = LIVE_RAIL_HEAP; i < LIVE_RAIL_COUNT; i++)
		ut_assert(!live_rail_forcible((enum live_rail)i));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_rail_words, 0);
