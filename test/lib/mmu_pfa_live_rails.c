// SPDX-License-Identifier: GPL-2.0+
/*
 * Each thing that U-Boot stands on, asked for by a byte of it, and the stack of an
 * application.
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

#include "mmu_pfa_live_calls.h"

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

/* What the owner of the live tree says when it is asked on another stack. */
static bool stood_on_from(ulong stack, u64 va, u64 size)
{
	const struct pgtable_ops *ops = live_pgtable()->ops;
	ulong said;

	asm volatile("mov x19, sp\n"
		     "mov sp, %[stack]\n"
		     "mov x0, %[ctx]\n"
		     "mov x1, %[va]\n"
		     "mov x2, %[size]\n"
		     "blr %[function]\n"
		     "mov sp, x19\n"
		     "mov %[said], x0\n"
		     : [said] "=&r" (said)
		     : [stack] "r" (stack), [ctx] "r" (ops->ctx), [va] "r" (va),
		       [size] "r" (size), [function] "r" (ops->stood_on)
		     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",
		       "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
		       "x17", "x19", "x30", "memory", "cc");
	return said & 1;
}

/*
 * In RAM that is nobody's: pages that the stack reaches into from either side,
 * and those that are too far away.
 *
 * Proves: LIV-116
 */
static int lib_test_mmu_pfa_foreign_stack(struct unit_test_state *uts)
{
	ulong stack = area();

	for (long page = -4; page < 4; page++) {
		u64 va = stack + page * SZ_4K;

		ut_asserteq(LIVE_RAIL_NONE, live_rail(va, SZ_4K, NULL));
		/* The frame that asks takes some of the page below. */
		ut_asserteq(page >= -3 && page < 2,
			    stood_on_from(stack, va, SZ_4K));
	}
	ut_assert(stood_on_from(stack, stack, SZ_2M));
	ut_assert(stood_on_from(stack, stack - SZ_2M, SZ_2M));
	ut_assert(!stood_on_from(stack, stack + SZ_2M, SZ_2M));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_foreign_stack, 0);
