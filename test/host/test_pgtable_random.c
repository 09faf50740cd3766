// SPDX-License-Identifier: GPL-2.0+
/*
 * Random operations on trees of each regime, and of each number of address bits
 * that starts at another level, or in a table of another size.
 */

#include "pgtable_flat.h"

#include <stdlib.h>

#define ROUNDS		25000

struct run {
	struct flat flat;
	u64 seed;
};

/* xorshift64* */
static u64 next(struct flat *flat)
{
	struct run *r = (struct run *)flat;

	r->seed ^= r->seed >> 12;
	r->seed ^= r->seed << 25;
	r->seed ^= r->seed >> 27;
	return r->seed * 0x2545f4914f6cdd1dull >> 16;
}

/* Whether all kinds of things have come about; less so from the static pool. */
static bool enough(const struct flat *r)
{
	const struct pgtable_counters *count = &r->w.pt.count;

	if (r->moved < 100 || r->under < 100)	/* where the CPU stands */
		return false;
	if (!r->w.reg.registered)
		return r->oom > 1000 && count->split > 10;
	return r->kept > 10 && r->refused > 100 && r->oom > 10 && r->protects > 1000 &&
	       count->merge > 10 && count->split > 100 && count->window > 100;
}

static void random_run(struct world_kind kind, u64 base, u64 seed)
{
	const char *factor = getenv("PGTABLE_RANDOM_FACTOR");
	unsigned int rounds = ROUNDS * (factor ? atoi(factor) : 1);
	struct run run = { .flat.choose = next, .seed = seed };
	struct flat *r = &run.flat;

	flat_begin(r, kind, base);
	while (!r->wrong && r->done < rounds)
		flat_operation(r);
	flat_check(r);
	if (r->wrong) {
		printf("# seed 0x%llx, operation %u, va 0x%llx\n", seed, r->done,
		       r->w.mmu.fault_va);
		tap_fail(__FILE__, __LINE__, r->wrong);
	} else {
		printf("# %u operations: %u conflicts, %u out of tables, %u protects, %llu splits, %llu merges\n",
		       r->done, r->refused, r->oom, r->protects,
		       r->w.pt.count.split, r->w.pt.count.merge);
		printf("# the CPU moved %u times; on what it stood on: %u made, %u refused, %llu windows\n",
		       r->moved, r->under, r->kept, r->w.pt.count.window);
		EXPECT(enough(r));
	}
	flat_end(r);
}

/* Proves: ENG-050 ENG-054 ENG-060 */
HOST_TEST(random_el1_40_bits)
{
	random_run((struct world_kind){ VMSA_EL1, .va_bits = 40 },
		   510 * GiB, 0x1111);
}

/* Proves: ENG-060 ENG-090 */
HOST_TEST(random_el2_48_bits)
{
	random_run((struct world_kind){ VMSA_EL2, .va_bits = 48,
					.tlbi_range = true },
		   (1ull << 48) - 4 * GiB, 0x2222);
}

/* Proves: ENG-060 */
HOST_TEST(random_el3_39_bits)
{
	random_run((struct world_kind){ VMSA_EL3, .va_bits = 39 }, 0, 0x3333);
}

/* Proves: ENG-060 ENG-090 */
HOST_TEST(random_el2_e2h_32_bits)
{
	random_run((struct world_kind){ VMSA_EL2_E2H, .va_bits = 32,
					.tlbi_range = true }, 0, 0x4444);
}

/* Proves: ENG-060 */
HOST_TEST(random_el1_36_bits)
{
	random_run((struct world_kind){ VMSA_EL1, .va_bits = 36 },
		   (1ull << 36) - 4 * GiB, 0x5555);
}

/* Proves: ENG-060 */
HOST_TEST(random_el2_42_bits)
{
	random_run((struct world_kind){ VMSA_EL2, .va_bits = 42 },
		   1022 * GiB, 0x6666);
}

/* Proves: ENG-060 ENG-090 */
HOST_TEST(random_el3_44_bits)
{
	random_run((struct world_kind){ VMSA_EL3, .va_bits = 44,
					.tlbi_range = true },
		   (1ull << 44) - 4 * GiB, 0x7777);
}

/* Proves: ENG-060 */
HOST_TEST(random_el2_e2h_47_bits)
{
	random_run((struct world_kind){ VMSA_EL2_E2H, .va_bits = 47 },
		   (1ull << 46) - 2 * GiB, 0x8888);
}

/* Proves: ENG-060 ENG-061 */
HOST_TEST(random_el1_33_bits_from_the_static_pool)
{
	random_run((struct world_kind){ VMSA_EL1, .va_bits = 33, .pool = true },
		   0, 0x9999);
}
