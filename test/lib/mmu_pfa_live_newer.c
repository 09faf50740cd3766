// SPDX-License-Identifier: GPL-2.0+
/*
 * Calls that newer releases of U-Boot have, made as a driver makes them, on the
 * live tables. Older ones leave all of this out, and test_mmu_pfa_calls.py says
 * so.
 */

#include <cpu_func.h>
#include <malloc.h>
#include <asm/global_data.h>
#include <asm/system.h>
#include <linux/errno.h>
#include <linux/libfdt.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#include "../../lib/mmu_pfa/arm64/compat.h"
#include "mmu_pfa_live_calls.h"

DECLARE_GLOBAL_DATA_PTR;

#if UBOOT_RELEASE >= 202507

/* What a page is, as U-Boot writes it into a descriptor. */
#define PLAIN	(PTE_VALID | (u64)VMSA_WB << PTE_ATTR_IDX_SHIFT)
#define READ_ONLY	(PLAIN | PTE_AP_RO)

static ulong place(unsigned int n)
{
	return area() + 112 * SZ_1M + n * SZ_2M;
}

static struct vmsa_attr attr_at(ulong addr)
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_walk walk;

	pgtable_walk(pt, addr, &walk);
	return vmsa_decode(pt->regime, pgtable_last_step(&walk)->pte);
}

/* Asked of the hardware. */
static bool writable(ulong addr)
{
	return catch_write(addr, 4, PATTERN(9));
}

static bool is_mapped(ulong addr)
{
	u64 par;

	return live_at(addr, &par) &&
	       (par & GENMASK_ULL(47, 12)) == (addr & ~FRAME_MASK);
}

/*
 * Part of a block, in one change for all of its pages
 *
 * Proves: LIV-050 LIV-053
 */
static int lib_test_mmu_pfa_call_nobreak_block(struct unit_test_state *uts)
{
	ulong start = place(0);

	*word(start + SZ_4K) = PATTERN(1);
	mmu_change_region_attr_nobreak(start + SZ_4K, SZ_8K, READ_ONLY);
	ut_assert(writable(start));
	ut_assert(!writable(start + SZ_4K) && !writable(start + SZ_8K));
	ut_assert(writable(start + SZ_4K + SZ_8K));
	ut_asserteq(PATTERN(1), *word(start + SZ_4K));
	ut_assert(back_to_own_map());
	mmu_change_region_attr_nobreak(start + SZ_4K, SZ_8K, PLAIN);
	ut_assert(writable(start + SZ_4K) && writable(start + SZ_8K));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_nobreak_block, 0);

/*
 * U-Boot's own code changes ignored bits of a table descriptor where the range
 * is a table already, or drops all that it maps.
 *
 * Proves: LIV-050 LIV-053
 */
static int lib_test_mmu_pfa_call_nobreak_split(struct unit_test_state *uts)
{
	ulong start = place(1);

	mmu_change_region_attr_nobreak(start + SZ_4K, SZ_4K, READ_ONLY);
	ut_asserteq(3, level_at(start));
	mmu_change_region_attr_nobreak(start, SZ_2M, READ_ONLY);
	ut_assert(!writable(start) && !writable(start + SZ_2M - SZ_4K));
	ut_assert(writable(start + SZ_2M) && writable(start - SZ_4K));
	mmu_change_region_attr_nobreak(start, SZ_2M, 0);
	ut_assert(!is_mapped(start) && !is_mapped(start + SZ_2M - 1));
	mmu_change_region_attr_nobreak(start, SZ_2M, PLAIN);
	ut_assert(is_mapped(start + SZ_4K) && writable(start + SZ_4K));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_nobreak_split, 0);

/*
 * U-Boot's own code reads through NULL, or panics, where nothing is mapped.
 *
 * Proves: LIV-051 LIV-053
 */
static int lib_test_mmu_pfa_call_nobreak_unmapped(struct unit_test_state *uts)
{
	ulong start = place(2);
	u64 par;

	mmu_change_region_attr_nobreak(0x4020001000, SZ_8K, PLAIN);
	ut_assert(!live_at(0x4020001000, &par));
	/* Taken away twice, in pieces, it comes back with its address */
	*word(start + SZ_8K) = PATTERN(2);
	mmu_change_region_attr_nobreak(start + SZ_8K, SZ_4K, 0);
	mmu_change_region_attr_nobreak(start, SZ_16K, 0);
	ut_assert(!is_mapped(start) && !is_mapped(start + SZ_8K));
	ut_assert(is_mapped(start + SZ_16K));
	mmu_change_region_attr_nobreak(start, SZ_16K, PLAIN);
	ut_assert(is_mapped(start + SZ_8K));
	ut_asserteq(PATTERN(2), *word(start + SZ_8K));
	ut_assert(back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_nobreak_unmapped, 0);

/*
 * U-Boot's own code never returns from a range that ends within a page.
 *
 * Proves: LIV-051
 */
static int lib_test_mmu_pfa_call_nobreak_unaligned(struct unit_test_state *uts)
{
	ulong start = place(3);

	mmu_change_region_attr_nobreak(start + 0x10, SZ_4K, READ_ONLY);
	ut_assert(!writable(start) && !writable(start + SZ_4K));
	ut_assert(writable(start + SZ_8K));
	mmu_change_region_attr_nobreak(start, 0, READ_ONLY);
	ut_assert(writable(start + SZ_8K));
	mmu_change_region_attr_nobreak(start, SZ_8K, PLAIN);
	ut_assert(writable(start) && back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_nobreak_unaligned, 0);

static bool is_prot(ulong addr, enum vmsa_perm perm, bool exec)
{
	struct vmsa_attr attr = attr_at(addr);

	return attr.perm == perm && attr.exec == exec &&
	       attr.type == VMSA_WB && writable(addr) == (perm == VMSA_RW);
}

/*
 * Each kind of memory, on a part of a block, on what is split, and on ranges that
 * are not whole pages
 *
 * Proves: LIV-050 LIV-051 LIV-053
 */
static int lib_test_mmu_pfa_call_pgprot_kinds(struct unit_test_state *uts)
{
	ulong start = place(4);

	ut_assertok(pgprot_set_attrs(start, SZ_4K, MMU_ATTR_RO));
	ut_assertok(pgprot_set_attrs(start + SZ_4K, SZ_4K, MMU_ATTR_RX));
	ut_assertok(pgprot_set_attrs(start + SZ_8K, SZ_4K, MMU_ATTR_RW));
	ut_assert(is_prot(start, VMSA_RO, false));
	ut_assert(is_prot(start + SZ_4K, VMSA_RO, true));
	ut_assert(is_prot(start + SZ_8K, VMSA_RW, false));
	/* As it was: writable and executable */
	ut_assert(is_prot(start + SZ_8K + SZ_4K, VMSA_RW, true));
	ut_assertok(pgprot_set_attrs(start, SZ_2M, MMU_ATTR_RX));
	ut_assert(is_prot(start, VMSA_RO, true));
	ut_assert(is_prot(start + SZ_2M - SZ_4K, VMSA_RO, true));
	ut_assertok(pgprot_set_attrs(start + 0x800, SZ_4K, MMU_ATTR_RW));
	ut_assert(is_prot(start, VMSA_RW, false));
	ut_assert(is_prot(start + SZ_4K, VMSA_RW, false));
	ut_assert(is_prot(start + SZ_8K, VMSA_RO, true));
	ut_asserteq(-EINVAL, pgprot_set_attrs(start, SZ_2M, 99));
	ut_assert(is_prot(start, VMSA_RW, false));
	ut_assert(back_to_own_map());
	mmu_change_region_attr(start, SZ_2M, PLAIN);
	ut_assert(is_prot(start, VMSA_RW, true));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_pgprot_kinds, 0);

/* Proves: LIV-051 LIV-054 */
static int lib_test_mmu_pfa_call_pgprot_unmapped(struct unit_test_state *uts)
{
	ulong start = place(5);
	struct pgtable_result res;
	u64 par;

	ut_assertok(pgprot_set_attrs(0x4020001000, SZ_8K, MMU_ATTR_RX));
	ut_assert(!live_at(0x4020001000, &par));
	/* A hole of ours in it stays, and gets what U-Boot asked for later. */
	ut_assertok(pgtable_unmap(live_pgtable(), start, SZ_4K, 0, &res));
	ut_assertok(pgprot_set_attrs(start, SZ_8K, MMU_ATTR_RO));
	ut_assert(!live_at(start, &par));
	ut_assert(is_prot(start + SZ_4K, VMSA_RO, false));
	ut_assertok(live_restore(LIVE_RESET, &res));
	ut_assert(is_prot(start, VMSA_RO, false));
	mmu_change_region_attr(start, SZ_8K, PLAIN);
	ut_assert(is_prot(start, VMSA_RW, true) && back_to_own_map());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_pgprot_unmapped, 0);

#endif

#if UBOOT_RELEASE >= 202601

static int add_reserved(void *fdt, int parent, const char *name, u64 start,
			u64 size, bool no_map)
{
	int node = fdt_add_subnode(fdt, parent, name);

	if (node < 0 || fdt_setprop_u64(fdt, node, "reg", start) ||
	    fdt_appendprop_u64(fdt, node, "reg", size))
		return -ENOSPC;
	return no_map ? fdt_setprop_empty(fdt, node, "no-map") : 0;
}

/* U-Boot's device tree with three nodes of reserved memory: in malloc(). */
static void *tree_with_reserved(ulong start)
{
	int size = fdt_totalsize(gd->fdt_blob) + SZ_4K;
	void *fdt = malloc(size);
	int node;

	if (!fdt || fdt_open_into(gd->fdt_blob, fdt, size))
		return NULL;
	node = fdt_path_offset(fdt, "/reserved-memory");
	if (node < 0)
		node = fdt_add_subnode(fdt, 0, "reserved-memory");
	if (fdt_setprop_u32(fdt, node, "#address-cells", 2) ||
	    fdt_setprop_u32(fdt, node, "#size-cells", 2) ||
	    add_reserved(fdt, node, "page", start, SZ_4K, true) ||
	    add_reserved(fdt, node, "mapped", start + SZ_8K, SZ_4K, false) ||
	    add_reserved(fdt, node, "within", start + SZ_16K + 8, SZ_4K, true))
		return NULL;
	return fdt;
}

/* Proves: LIV-050 LIV-051 LIV-053 */
static int lib_test_mmu_pfa_call_reserved_mem(struct unit_test_state *uts)
{
	const void *own = gd->fdt_blob;
	ulong start = place(6);
	void *fdt = tree_with_reserved(start);
	int page, again, mapped, within, nobody;

	ut_assertnonnull(fdt);
	gd->fdt_blob = fdt;
	page = mmu_unmap_reserved_mem("page", true);
	again = mmu_unmap_reserved_mem("page", false);
	mapped = mmu_unmap_reserved_mem("mapped", true);
	within = mmu_unmap_reserved_mem("within", true);
	nobody = mmu_unmap_reserved_mem("nobody", true);
	gd->fdt_blob = own;
	free(fdt);
	ut_asserteq(0, page);
	ut_asserteq(0, again);
	ut_asserteq(-EINVAL, mapped);
	ut_asserteq(0, within);
	ut_asserteq(-FDT_ERR_NOTFOUND, nobody);
	ut_assert(!is_mapped(start) && is_mapped(start + SZ_4K));
	ut_assert(is_mapped(start + SZ_8K));
	ut_assert(!is_mapped(start + SZ_16K));
	ut_assert(!is_mapped(start + SZ_16K + SZ_4K));
	ut_assert(is_mapped(start + SZ_16K + SZ_8K));
	ut_assert(back_to_own_map());
	mmu_change_region_attr(start, SZ_32K, PLAIN);
	ut_assert(is_mapped(start) && is_mapped(start + SZ_16K));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_call_reserved_mem, 0);

#endif
