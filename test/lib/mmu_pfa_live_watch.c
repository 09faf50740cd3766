// SPDX-License-Identifier: GPL-2.0+
/*
 * Watches on the live tables of the board, seen from C: each access goes through
 * as if nobody watched, and what it costs.
 */

#include <malloc.h>
#include <linux/compiler.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

/* Instructions: what an access to a watched page costs at most; see mmu.rst. */
#define COST_MAX	5000

#define ACCESSES	16

/* A live watch needs the vectors, which the first command has installed. */
static int add(struct unit_test_state *uts, void *page, unsigned int access,
	       u64 limit)
{
	struct pgtable_result res;
	int id;

	if (live_editable())
		return -EAGAIN;
	id = live_watch_add((ulong)page, 16, access, limit, &res);
	ut_assert(id > 0);
	return id;
}

/* Instructions of ACCESSES stores to one word; 0 where the CPU counts none. */
static u64 cost_of_stores(u32 *word)
{
	u64 count = 0;

	if (live_insn_start()) {
		count = live_insn_count();
		for (unsigned int i = 0; i < ACCESSES; i++)
			WRITE_ONCE(*word, i);
		count = live_insn_count() - count;
	} else {
		for (unsigned int i = 0; i < ACCESSES; i++)
			WRITE_ONCE(*word, i);
	}
	live_insn_stop();
	return count;
}

/* Proves: FLT-086 */
static int lib_test_mmu_pfa_watch_cost(struct unit_test_state *uts)
{
	struct watch_set *set;
	u64 plain, hit, beside;
	u32 *page;
	int id;

	set = live_watches();
	page = memalign(SZ_4K, SZ_4K);
	ut_assertnonnull(page);
	plain = cost_of_stores(page);
	id = add(uts, page, WATCH_WRITE, 0);
	if (id < 0)
		return id;
	hit = cost_of_stores(page);
	beside = cost_of_stores(page + 100);
	ut_asserteq_64(ACCESSES, watch_find(set, id)->hits);
	live_watch_del(watch_find(set, id));
	/* Nobody is to be told. */
	set->logged -= ACCESSES;
	ut_asserteq(ACCESSES - 1, page[0]);
	ut_asserteq(ACCESSES - 1, page[100]);
	free(page);
	if (plain) {
		printf("watch: %llu instructions a hit, %llu beside\n",
		       (hit - plain) / ACCESSES, (beside - plain) / ACCESSES);
		ut_assert(hit - plain < ACCESSES * COST_MAX);
	}
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_watch_cost, 0);
