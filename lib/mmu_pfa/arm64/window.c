// SPDX-License-Identifier: GPL-2.0+
/*
 * Changing entries that the CPU stands on.
 *
 * The architecture wants a valid entry broken before it changes its size, and
 * during the break nothing that the CPU needs may depend on it. U-Boot's code,
 * stack and tables are often all mapped by the one entry to be changed.
 *
 * The alias window takes what is needed meanwhile out of the entry's reach. At
 * a free 1 GiB of virtual addresses two pages are mapped a second time:
 *
 *	alias + 0	the page of a stub that uses registers only	ro, x
 *	alias + 4K	the page of the entries				rw, nx
 *
 * The stub runs there, masks exceptions, breaks the entry or the 16 of a
 * contiguous run, invalidates the TLB, makes them, and returns to the caller's own
 * address. The MMU and the caches stay on, and nothing else is touched. Mapping
 * the alias is a change from invalid to valid, which needs no break; both pages
 * are mapped as they are at their own address but for who may do what, so no
 * attribute differs between the two, nor the physical address space at EL3.
 *
 * Where no 1 GiB is free the emergency tree serves: a complete identity map
 * that U-Boot makes at boot and never edits. The switch to it and back turns
 * the MMU off around the change of TTBR. (With the MMU on, a switch between
 * trees that map what the CPU stands on with different sizes would itself be a
 * change without a break, as U-Boot's entries are global.)
 */

#include <asm/global_data.h>
#include <asm/system.h>
#include <linux/sizes.h>

#include "../pgtable_edit.h"
#include "regs.h"
#include "window.h"

DECLARE_GLOBAL_DATA_PTR;

#define ALIAS_STUB	0
#define ALIAS_ENTRY	1

/* What the stub executes */
#define STUB_TLBI	1
#define STUB_DSB	3

/* Level 2 and level 3 of the alias; linked only while a window is open. */
static pte_t alias_l2[VMSA_ENTRIES] __aligned(SZ_4K);
static pte_t alias_l3[VMSA_ENTRIES] __aligned(SZ_4K);

/* What the hardware made of our own address in the last window. */
static u64 last_par;

static struct live_windows count;

struct live_windows window_count(void)
{
	return count;
}

u64 window_last_par(void)
{
	return last_par;
}

/* A free 1 GiB: the entry for it, and its address. */
struct alias {
	pte_t *slot;
	u64 va;
};

/* The last hole of a level 1 table; addresses that nobody's map begins with. */
static bool find_hole_in(u64 table, int entries, u64 base, struct alias *alias)
{
	pte_t *l1 = (pte_t *)table;

	for (int i = entries - 1; i >= 0; i--) {
		if (pte_hole(l1[i])) {
			alias->slot = &l1[i];
			alias->va = base + i * vmsa_size(1);
			return true;
		}
	}
	return false;
}

static bool find_alias(const struct pgtable *pt, struct alias *alias)
{
	const pte_t *l0 = (pte_t *)pt->root;
	/* The root may use fewer entries than a table has. */
	int n = 1 << (pt->va_bits - vmsa_shift(pt->start_level));

	if (pt->start_level == 1)
		return find_hole_in(pt->root, n, 0, alias);
	for (int i = 0; i < n; i++) {
		if (pte_table(l0[i], 0) &&
		    find_hole_in(pte_addr(l0[i]), VMSA_ENTRIES,
				 i * vmsa_size(0), alias))
			return true;
	}
	return false;
}

/* As at its own address, but for who may do what. */
static pte_t alias_page(struct pgtable *pt, u64 pa, enum vmsa_perm perm,
			bool exec)
{
	struct pgtable_walk walk;

	pgtable_walk(pt, pa, &walk);
	return vmsa_with_perm(pt->regime, pgtable_last_step(&walk)->pte, perm,
			      exec) | PTE_TYPE_PAGE | (pa & ~FRAME_MASK);
}

static void replace_from_alias(struct pgtable *pt,
			       const struct alias *alias, pte_t *entry,
			       unsigned int n, pte_t flip)
{
	u64 stub = (ulong)mmu_pfa_window_stub;
	typeof(mmu_pfa_window_stub) *stub_alias;

	alias_l3[ALIAS_STUB] = alias_page(pt, stub, VMSA_RO, true);
	alias_l3[ALIAS_ENTRY] = alias_page(pt, (ulong)entry, VMSA_RW, false);
	alias_l2[0] = pte_make_table((ulong)alias_l3);
	pgtable_edit_link(pt, alias->slot, pte_make_table((ulong)alias_l2));

	stub_alias = (void *)(alias->va + ALIAS_STUB * SZ_4K +
			      (stub & FRAME_MASK));
	last_par = stub_alias(alias->va + ALIAS_ENTRY * SZ_4K +
			      ((ulong)entry & FRAME_MASK), flip, current_el(),
			      stub, n);
	pt->count.tlbi += STUB_TLBI;
	pt->count.dsb += STUB_DSB;

	hw_store(pt, alias->slot, 0);
	hw_complete(pt);
	hw_tlbi_all(pt);
	hw_invalidated(pt);
	hw_sync(pt);
}

/* What U-Boot's switch itself invalidates is not counted. */
static void replace_from_emergency_tree(struct pgtable *pt, pte_t *entry,
					unsigned int n, pte_t flip)
{
	u64 daif = mask_daif();

	hw_complete(pt);
	__asm_switch_ttbr(gd->arch.tlb_emerg);
	do {
		hw_store(pt, entry, *entry ^ flip);
		entry++;
	} while (--n);
	hw_complete(pt);
	__asm_switch_ttbr(gd->arch.tlb_addr);
	restore_daif(daif);
}

void window_replace(struct pgtable *pt, pte_t *entry, unsigned int n, pte_t flip)
{
	struct alias alias;

	if (find_alias(pt, &alias)) {
		replace_from_alias(pt, &alias, entry, n, flip);
		count.alias++;
	} else {
		replace_from_emergency_tree(pt, entry, n, flip);
		count.emergency++;
	}
}
