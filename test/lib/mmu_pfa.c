// SPDX-License-Identifier: GPL-2.0+
/*
 * Unit tests of the portable core as it is built into U-Boot: the same code
 * that the host tests run, with U-Boot's compiler flags, memcpy and heap. They
 * work on memory and trees of their own and leave the live ones alone.
 */

#include <malloc.h>
#include <linux/errno.h>
#include <linux/sizes.h>
#include <mmu_pfa/pfa.h>
#include <mmu_pfa/pgtable.h>
#include <mmu_pfa/text.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#define ARENA_SIZE	SZ_2M

/* A tree that no CPU walks, with its tables from a registry of its own. */
struct fixture {
	void *arena;
	void *pool;
	void *root;
	struct pfa pfa;
	struct page_registry reg;
	struct pgtable pt;
};

static int setup(struct unit_test_state *uts, struct fixture *fix)
{
	memset(fix, 0, sizeof(*fix));
	fix->arena = memalign(SZ_4K, ARENA_SIZE);
	fix->pool = memalign(SZ_4K, BOOT_POOL_PAGES * SZ_4K);
	fix->root = memalign(SZ_4K, SZ_4K);
	ut_assertnonnull(fix->arena);
	ut_assertnonnull(fix->pool);
	ut_assertnonnull(fix->root);
	memset(fix->root, 0, SZ_4K);
	pfa_init(&fix->pfa, 0, NULL);
	ut_assertok(pfa_add_zone(&fix->pfa, (ulong)fix->arena, ARENA_SIZE));
	page_registry_init(&fix->reg, (ulong)fix->pool, false);
	fix->pt = (struct pgtable){
		.root = (ulong)fix->root,
		.regime = VMSA_EL1,
		.va_bits = 40,
		.pa_bits = 40,
		.pages = &fix->reg,
	};
	return 0;
}

static void teardown(struct fixture *fix)
{
	free(fix->arena);
	free(fix->pool);
	free(fix->root);
}

static const struct vmsa_attr rw_wb = {
	.type = VMSA_WB,
	.share = VMSA_ISH,
	.perm = VMSA_RW,
};

/* Proves: PFA-001 PFA-002 */
static int lib_test_mmu_pfa_alloc_free(struct unit_test_state *uts)
{
	const struct pfa_request req = {
		.size = SZ_64K,
		.owner = PFA_OWNER_USER,
		.tag = "ut",
	};
	struct pfa_stats before, after;
	struct fixture fix;
	u64 pa;

	ut_assertok(setup(uts, &fix));
	pfa_stats(&fix.pfa, &before);
	ut_assertok(pfa_alloc(&fix.pfa, &req, &pa));
	ut_asserteq_64(0, pa & (SZ_64K - 1));
	ut_assert(pa >= (ulong)fix.arena);
	ut_assert(pa + SZ_64K <= (ulong)fix.arena + ARENA_SIZE);
	memset((void *)(ulong)pa, 0xa5, SZ_64K);
	ut_asserteq(BUDDY_OK, pfa_free(&fix.pfa, pa, PFA_OWNER_USER, NULL));
	ut_asserteq(BUDDY_NOT_ALLOCATED,
		    pfa_free(&fix.pfa, pa, PFA_OWNER_USER, NULL));
	pfa_stats(&fix.pfa, &after);
	ut_asserteq_64(before.used, after.used);
	teardown(&fix);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_alloc_free, 0);

/* Proves: PAL-001 ENG-001 */
static int lib_test_mmu_pfa_tables_from_static_pool(struct unit_test_state *uts)
{
	struct pgtable_result res;
	struct fixture fix;

	ut_assertok(setup(uts, &fix));
	ut_assertok(pgtable_map(&fix.pt, 0x5000000000, 0x48000000, SZ_4K, rw_wb,
				0, &res));
	ut_asserteq(3, res.added[PGTABLE_STATIC]);
	ut_asserteq(0, res.added[PGTABLE_REGISTERED]);
	ut_asserteq(3, fix.reg.pool_stats.now);
	ut_assertok(pgtable_unmap(&fix.pt, 0x5000000000, SZ_4K, 0, &res));
	ut_asserteq(3, res.removed[PGTABLE_STATIC]);
	ut_asserteq(0, fix.reg.pool_stats.now);
	teardown(&fix);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tables_from_static_pool, 0);

/* Proves: PAL-002 ENG-001 */
static int lib_test_mmu_pfa_tables_from_pfa(struct unit_test_state *uts)
{
	struct pgtable_result res;
	struct fixture fix;
	u64 pa;

	ut_assertok(setup(uts, &fix));
	ut_assertok(set_page_allocator(&fix.reg,
				       pfa_page_allocator(&fix.pfa)));
	ut_assertok(pgtable_map(&fix.pt, 0x5000000000, 0x48000000, SZ_2M, rw_wb,
				PGTABLE_MAX_4K, &res));
	ut_asserteq(3, res.added[PGTABLE_REGISTERED]);
	ut_asserteq(0, res.added[PGTABLE_STATIC]);
	ut_asserteq_64(512, res.leaves[3]);
	ut_assertok(pgtable_translate(&fix.pt, 0x50000ff123, &pa));
	ut_asserteq_64(0x480ff123, pa);
	ut_assertok(pgtable_unmap(&fix.pt, 0x5000000000, SZ_2M, 0, &res));
	ut_asserteq(3, res.removed[PGTABLE_REGISTERED]);
	ut_asserteq(0, fix.reg.registered_stats.now);
	ut_asserteq(-ENOENT, pgtable_translate(&fix.pt, 0x5000000000, &pa));
	teardown(&fix);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_tables_from_pfa, 0);

/* Proves: ENG-002 */
static int lib_test_mmu_pfa_largest_blocks(struct unit_test_state *uts)
{
	struct pgtable_result res;
	struct fixture fix;

	ut_assertok(setup(uts, &fix));
	/* 1G + 2M + 4K, all congruent */
	ut_assertok(pgtable_map(&fix.pt, 0x5000000000, 0x80000000,
				SZ_1G + SZ_2M + SZ_4K, rw_wb, 0, &res));
	ut_asserteq_64(1, res.leaves[1]);
	ut_asserteq_64(1, res.leaves[2]);
	ut_asserteq_64(1, res.leaves[3]);
	/* The physical address allows pages only. */
	ut_assertok(pgtable_map(&fix.pt, 0x6000000000, 0x90001000, SZ_2M, rw_wb,
				0, &res));
	ut_asserteq_64(0, res.leaves[2]);
	ut_asserteq_64(512, res.leaves[3]);
	teardown(&fix);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_largest_blocks, 0);

/* Proves: PAL-003 ENG-003 */
static int lib_test_mmu_pfa_out_of_tables(struct unit_test_state *uts)
{
	struct pgtable_result res;
	struct fixture fix;

	ut_assertok(setup(uts, &fix));
	/* Pages in 32 different 2M ranges: more tables than the pool has. */
	ut_asserteq(-ENOMEM,
		    pgtable_map(&fix.pt, 0x5000000000, 0x80001000, 32 * SZ_2M,
				rw_wb, 0, &res));
	ut_assert(res.needed > BOOT_POOL_PAGES);
	ut_asserteq(0, fix.reg.pool_stats.now);
	ut_asserteq(-ENOENT, pgtable_translate(&fix.pt, 0x5000000000,
					       &(u64){ 0 }));
	teardown(&fix);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_out_of_tables, 0);

/* Proves: CLI-001 CLI-002 */
static int lib_test_mmu_pfa_numbers(struct unit_test_state *uts)
{
	u64 value;

	ut_assert(text_parse_size("64M", &value));
	ut_asserteq_64(SZ_64M, value);
	ut_assert(!text_parse_size("12xz", &value));
	ut_assert(!text_parse_hex("10000000000000000", &value));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_numbers, 0);
