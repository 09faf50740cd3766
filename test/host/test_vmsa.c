// SPDX-License-Identifier: GPL-2.0+
/*
 * Descriptors: attributes by intent, and what an entry is at a level.
 */

#include <mmu_pfa/vmsa.h>

#include "tap.h"

static const struct vmsa_attr rw = { VMSA_WB, VMSA_ISH, VMSA_RW, false };
static const struct vmsa_attr rx = { VMSA_WB, VMSA_ISH, VMSA_RO, true };

/* Proves: ENG-001 */
HOST_TEST(el1_and_e2h_have_two_execute_never_bits)
{
	EXPECT_EQ(vmsa_encode(VMSA_EL1, rw), 0x0060000000000710ull);
	EXPECT_EQ(vmsa_encode(VMSA_EL2_E2H, rw), 0x0060000000000710ull);
	EXPECT_EQ(vmsa_encode(VMSA_EL1, rx), 0x790);
	EXPECT(vmsa_executable(VMSA_EL1, PTE_XN));
	EXPECT(!vmsa_executable(VMSA_EL1, PTE_PXN));
}

/* Proves: ENG-001 */
HOST_TEST(el2_and_el3_have_one_and_ap1_set)
{
	EXPECT_EQ(vmsa_encode(VMSA_EL2, rw), 0x0040000000000750ull);
	EXPECT_EQ(vmsa_encode(VMSA_EL3, rw), 0x0040000000000750ull);
	EXPECT_EQ(vmsa_encode(VMSA_EL3, rx), 0x7d0);
	EXPECT(vmsa_executable(VMSA_EL2, PTE_PXN));
	EXPECT(!vmsa_executable(VMSA_EL2, PTE_XN));
}

static bool same(struct vmsa_attr a, struct vmsa_attr b)
{
	return a.type == b.type && a.share == b.share && a.perm == b.perm &&
	       a.exec == b.exec;
}

static const u8 shares[] = { VMSA_NSH, VMSA_OSH, VMSA_ISH };

/* Attribute set @i of all there are; perm NONE is not among them. */
static struct vmsa_attr attr_set(unsigned int i)
{
	return (struct vmsa_attr){
		.exec = i % 2,
		.perm = i / 2 % 2 ? VMSA_RW : VMSA_RO,
		.share = shares[i / 4 % 3],
		.type = i / 12,
	};
}

/* Proves: ENG-002 */
HOST_TEST(decoding_gives_back_what_was_encoded)
{
	for (int regime = VMSA_EL1; regime <= VMSA_EL3; regime++) {
		for (unsigned int i = 0; i < 12 * VMSA_TYPES; i++) {
			struct vmsa_attr attr = attr_set(i);
			pte_t pte = vmsa_encode(regime, attr) | PTE_TYPE_BLOCK;

			EXPECT(same(vmsa_decode(regime, pte), attr));
		}
	}
}

/* Proves: ENG-002 */
HOST_TEST(an_entry_without_type_bits_decodes_as_no_access)
{
	struct vmsa_attr none = vmsa_decode(VMSA_EL1,
					    vmsa_encode(VMSA_EL1, rx));

	EXPECT_EQ(none.perm, VMSA_NONE);
	EXPECT_EQ(none.type, VMSA_WB);
	EXPECT(none.exec);
}

/* Proves: ENG-120 */
HOST_TEST(another_mapping_of_a_page_differs_in_permissions_alone)
{
	static const enum vmsa_regime regimes[] = {
		VMSA_EL1, VMSA_EL2, VMSA_EL2_E2H, VMSA_EL3,
	};
	const pte_t memory = PTE_AF | PTE_NS | PTE_NG | 2ull << PTE_SH_SHIFT |
			     3ull << PTE_ATTR_IDX_SHIFT;

	for (size_t i = 0; i < ARRAY_SIZE(regimes); i++) {
		pte_t leaf = memory | PTE_PERM_MASK | PTE_SW_MASK | PTE_CONT |
			     0x40000000 | PTE_TYPE_BLOCK;
		pte_t rx = vmsa_with_perm(regimes[i], leaf, VMSA_RO, true);
		pte_t rw = vmsa_with_perm(regimes[i], leaf, VMSA_RW, false);

		EXPECT_EQ(rx & ~PTE_PERM_MASK, memory);
		EXPECT_EQ(rw & ~PTE_PERM_MASK, memory);
		EXPECT(vmsa_executable(regimes[i], rx));
		EXPECT(!vmsa_executable(regimes[i], rw));
		EXPECT(rx & PTE_AP_RO);
		EXPECT(!(rw & PTE_AP_RO));
		EXPECT_EQ(!(rx & PTE_AP_EL0), vmsa_two_xn_bits(regimes[i]));
	}
}

/* Proves: ENG-003 */
HOST_TEST(what_an_entry_is_depends_on_its_level)
{
	static const char expected[VMSA_LEVELS][4] = {
		{ 'r', 'r', 'r', 't' },		/* type bits 00 01 10 11 */
		{ 'n', 'l', 'r', 't' },
		{ 'n', 'l', 'r', 't' },
		{ 'n', 'r', 'r', 'l' },
	};

	for (unsigned int level = 0; level < VMSA_LEVELS; level++) {
		EXPECT(pte_hole(0));
		for (unsigned int type = 0; type < 4; type++) {
			pte_t pte = 0x40000700 | type;
			char is = pte_table(pte, level) ? 't' :
				  pte_leaf(pte, level) ? 'l' :
				  pte_no_access(pte, level) ? 'n' : 'r';
			int kinds = pte_table(pte, level) +
				    pte_leaf(pte, level) +
				    pte_no_access(pte, level) +
				    pte_reserved(pte, level) + pte_hole(pte);

			EXPECT_EQ(is, expected[level][type]);
			EXPECT_EQ(kinds, 1);
		}
	}
}

/* Proves: ENG-003 */
HOST_TEST(a_level_has_its_size_index_and_address_bits)
{
	u64 va = 0x0000123456789abcull;

	EXPECT_EQ(vmsa_size(1), 1ull << 30);
	EXPECT_EQ(vmsa_size(3), 4096);
	EXPECT_EQ(vmsa_index(va, 0), 0x24);
	EXPECT_EQ(vmsa_index(va, 3), 0x189);
	EXPECT_EQ(pte_leaf_pa(0x40010701, 1), 0x40000000);
	EXPECT_EQ(pte_leaf_pa(0x40011703, 3), 0x40011000);
	EXPECT_EQ(pte_addr(0x00601234567897ffull), 0x0000123456789000ull);
}

/* What an operand of TLBI by range is for, by the words of the Arm ARM. */
static u64 range_pages(u64 range)
{
	unsigned int num = range >> 39 & 31, scale = range >> 44 & 3;

	return (num + 1ull) << (5 * scale + 1);
}

/* Proves: ENG-090 */
HOST_TEST(a_tlbi_by_range_covers_its_pages_and_not_twice_as_many)
{
	const u64 va = 0xffff12345000ull;
	u64 pages;

	for (pages = 1; pages <= VMSA_TLBI_RANGE_MAX; pages += 1 + pages / 50) {
		u64 range = vmsa_tlbi_range(va, pages);

		EXPECT_EQ(range & 0x1fffffffff, va >> 12);
		EXPECT_EQ(range >> 37 & 3, 0);	/* TTL: any level */
		EXPECT_EQ(range >> 46, 1);	/* ASID 0, 4 KiB granule */
		EXPECT(range_pages(range) >= pages);
		EXPECT(range_pages(range) <= 2 * pages);
	}
	EXPECT_EQ(range_pages(vmsa_tlbi_range(va, VMSA_TLBI_RANGE_MAX)),
		  VMSA_TLBI_RANGE_MAX);
}
