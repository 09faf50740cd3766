// SPDX-License-Identifier: GPL-2.0+
/*
 * The live address space: the tree at gd->arch.tlb_addr, edited in place.
 *
 * U-Boot reprograms TTBR, TCR and MAIR from that root whenever the caches are
 * switched on or the exception level changes, so the root stays where U-Boot
 * put it and everything else is read from the CPU each time.
 */

#include <asm/global_data.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <mmu_pfa/lend.h>
#include <mmu_pfa/live.h>

#include "reference.h"
#include "regs.h"
#include "window.h"

DECLARE_GLOBAL_DATA_PTR;

/* The static pool: part of .bss, so all zero until the first page is used. */
static u8 pool_pages[BOOT_POOL_PAGES][SZ_4K] __aligned(SZ_4K);

static struct page_registry registry;

/*
 * How far around the stack pointer the stack is in use while an entry is broken:
 * what the engine calls from here on lies below, frames of its callers above.
 */
#define STACK_REACH	SZ_8K

/*
 * U-Boot's own stack is one of the rails, but an application that calls U-Boot
 * may have one that nobody else knows of. It may go across the end of what an
 * entry maps, so that one byte of it is not enough to ask about. These are
 * addresses of TTBR0, far below 2^64: no sum wraps around.
 */
static bool near_sp(u64 va, u64 size)
{
	u64 sp = (ulong)__builtin_frame_address(0);

	return va < sp + STACK_REACH && sp < va + size + STACK_REACH;
}

static bool stood_on(void *ctx, u64 va, u64 size)
{
	return near_sp(va, size) || live_rail(va, size, NULL) != LIVE_RAIL_NONE;
}

static void replace(void *ctx, pte_t *entry, unsigned int n, pte_t flip)
{
	window_replace(ctx, entry, n, flip);
}

static struct pgtable live;

static const struct pgtable_ops ops = {
	.stood_on = stood_on,
	.replace = replace,
	.ctx = &live,
};

static struct pgtable live = {
	.ops = &ops,
};

struct page_registry *live_pages(void)
{
	if (!registry.pool.base)
		page_registry_init(&registry, (ulong)pool_pages, true);
	return &registry;
}

/* (I)PS and PARange use one encoding of address sizes. */
static unsigned int pa_range_bits(unsigned int code)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

	return bits[code & 7];
}

void live_regs(struct live_regs *regs)
{
	unsigned int el = current_el();

	regs->el = el;
	regs->e2h = el == 2 && (read_reg(hcr_el2) & HCR_E2H);
	regs->sctlr = read_reg_el(sctlr, el);
	regs->mmu = regs->sctlr & SCTLR_M;
	regs->dcache = regs->sctlr & SCTLR_C;
	regs->icache = regs->sctlr & SCTLR_I;
	regs->ttbr = read_reg_el(ttbr0, el);
	regs->tcr = read_reg_el(tcr, el);
	regs->mair = read_reg_el(mair, el);
	regs->parange_bits = pa_range_bits(read_reg(id_aa64mmfr0_el1) & 0xf);
}

bool live_on_emergency_tree(void)
{
	struct live_regs regs;

	live_regs(&regs);
	return regs.mmu && (regs.ttbr & PTE_ADDR_MASK) == gd->arch.tlb_emerg;
}

static enum vmsa_regime regime_of(const struct live_regs *regs)
{
	if (regs->el == 3)
		return VMSA_EL3;
	if (regs->el == 2)
		return regs->e2h ? VMSA_EL2_E2H : VMSA_EL2;
	return VMSA_EL1;
}

/* Where the TCR keeps the output address size depends on its format. */
static unsigned int tcr_pa_bits(const struct live_regs *regs)
{
	bool el1_format = vmsa_two_xn_bits(regime_of(regs));

	return pa_range_bits(regs->tcr >> (el1_format ? 32 : 16));
}

struct pgtable *live_pgtable(void)
{
	struct live_regs regs;

	live_regs(&regs);
	live.root = gd->arch.tlb_addr;
	live.regime = regime_of(&regs);
	live.va_bits = 64 - (regs.tcr & 0x3f);
	/* 48 bits is all that a descriptor of this granule holds without LPA2. */
	live.pa_bits = min3(tcr_pa_bits(&regs), regs.parange_bits, 48u);
	live.start_level = pgtable_start_level(live.va_bits);
	live.live = regs.mmu && (regs.ttbr & PTE_ADDR_MASK) == live.root;
	live.tlbi_range = (read_reg(id_aa64isar0_el1) >> ISAR0_TLB_SHIFT &
			   0xf) >= ISAR0_TLB_RANGE;
	live.pages = live_pages();
	return &live;
}

const char *live_in_force(void)
{
	struct live_regs regs;

	live_regs(&regs);
	if (!regs.mmu)
		return "the MMU is off (dcache on turns it on)";
	if ((regs.ttbr & PTE_ADDR_MASK) != gd->arch.tlb_addr)
		return "the MMU runs on a tree that is not U-Boot's";
	return NULL;
}

const char *live_editable(void)
{
	const char *reason = live_in_force();

	if (reason)
		return reason;
	if (!gd->arch.tlb_emerg)
		return "U-Boot has no emergency tree";
	if (live_take_reference())
		return "the heap has no room for a copy of U-Boot's map";
	return NULL;
}

struct live_windows live_windows(void)
{
	return window_count();
}

u64 live_window_par(void)
{
	return window_last_par();
}

bool live_at(u64 va, u64 *par)
{
	switch (current_el()) {
	case 1:
		asm volatile("at s1e1r, %0; isb" : : "r" (va) : "memory");
		break;
	case 2:
		asm volatile("at s1e2r, %0; isb" : : "r" (va) : "memory");
		break;
	default:
		asm volatile("at s1e3r, %0; isb" : : "r" (va) : "memory");
		break;
	}
	*par = read_reg(par_el1);
	return !(*par & PAR_FAILED);
}

bool live_at_agrees(u64 va, u64 pa, u64 *par)
{
	if (!live_at(va, par))
		return pa == PA_NONE;
	return pa != PA_NONE && par_pa(*par) == (pa & ~FRAME_MASK);
}

const char *live_mair_name(u64 mair, unsigned int slot)
{
	switch ((mair >> (8 * slot)) & 0xff) {
	case 0x00:
		return "dev-nGnRnE";
	case 0x04:
		return "dev-nGnRE";
	case 0x08:
		return "dev-nGRE";
	case 0x0c:
		return "dev-GRE";
	case 0x44:
		return "nc";
	case 0xbb:
		return "wt";
	case 0xff:
		return "wb";
	default:
		return "?";
	}
}

/* How much of a region lies in a physical range, as addresses of the region. */
static bool maps_some_of(const struct pgtable_region *region, u64 pa, u64 size,
			 u64 *va)
{
	if (region->pa >= pa + size || region->pa + region->size <= pa)
		return false;
	*va = region->va + (pa > region->pa ? pa - region->pa : 0);
	return true;
}

bool live_find_alias(u64 pa, u64 size, u64 *va)
{
	struct pgtable *pt = live_pgtable();
	u64 end = 1ull << pt->va_bits;
	struct pgtable_region region;

	for (u64 at = 0; pgtable_next_region(pt, at, end, 0, &region);
	     at = region.va + region.size) {
		if (region.pa != region.va &&
		    maps_some_of(&region, pa, size, va))
			return true;
	}
	return false;
}

bool live_find_mismatch(u64 pa, u64 size, struct vmsa_attr attr, u64 *va)
{
	struct pgtable *pt = live_pgtable();
	u64 end = 1ull << pt->va_bits;
	struct pgtable_region region;

	for (u64 at = 0; pgtable_next_region(pt, at, end, 0, &region);
	     at = region.va + region.size) {
		struct vmsa_attr other = vmsa_decode(pt->regime, region.pte);

		if (other.perm == VMSA_NONE || (other.type == attr.type &&
						other.share == attr.share) ||
		    !maps_some_of(&region, pa, size, va))
			continue;
		if (live_ram(max(region.pa, pa), FRAME_SIZE))
			return true;
	}
	return false;
}

static bool is_plain(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = vmsa_decode(pt->regime, region->pte);

	return region->pa == region->va && !pte_lent(region->pte) &&
	       attr.perm == VMSA_RW && attr.type == VMSA_WB;
}

bool live_next_plain_ram(u64 *start, u64 *end)
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_region region;
	u64 at = *start;
	u64 first = PA_NONE;

	for (; pgtable_next_region(pt, at, *end, 0, &region);
	     at = region.va + region.size) {
		bool plain = is_plain(pt, &region);

		if (first != PA_NONE && (!plain || region.va != at))
			break;
		if (plain && first == PA_NONE)
			first = region.va;
	}
	*start = first;
	*end = at;
	return first != PA_NONE;
}

bool live_is_plain_ram(u64 start, u64 size)
{
	u64 first = start;
	u64 end = start + size;

	return !size || (live_next_plain_ram(&first, &end) && first == start &&
			 end == start + size);
}
