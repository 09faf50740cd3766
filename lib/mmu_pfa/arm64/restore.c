// SPDX-License-Identifier: GPL-2.0+
/*
 * Back to U-Boot's own map: what `mmu reset` and the hand-over share.
 */

#include <asm/global_data.h>
#include <asm/system.h>
#include <linux/errno.h>
#include <mmu_pfa/live.h>

#include "reference.h"

DECLARE_GLOBAL_DATA_PTR;

static struct live_restore_hook *hooks;

void live_on_restore(struct live_restore_hook *hook)
{
	struct live_restore_hook **last = &hooks;

	while (*last)
		last = &(*last)->next;
	*last = hook;
}

/* Write back and drop what is not write-back in a range of U-Boot's own map. */
static void clean_where_not_wb(const struct pgtable *ref, u64 va, u64 end)
{
	struct pgtable_region region;

	for (; pgtable_next_region((struct pgtable *)ref, va, end, 0, &region);
	     va = region.va + region.size) {
		if (vmsa_decode(ref->regime, region.pte).type != VMSA_WB)
			live_clean_ram(region.va, region.size);
	}
}

/*
 * Memory whose type is about to change, or that has a second mapping of another
 * type: nothing of it may stay in the caches.
 */
static void settle_caches(struct pgtable *pt, const struct pgtable *ref)
{
	u64 end = 1ull << pt->va_bits, va = 0;
	struct pgtable_region region;

	for (; pgtable_next_region(pt, va, end, 0, &region);
	     va = region.va + region.size) {
		struct vmsa_attr attr = vmsa_decode(pt->regime, region.pte);

		if (attr.perm == VMSA_NONE)
			continue;
		if (attr.type != VMSA_WB)
			live_clean_ram(region.va, region.size);
		else
			clean_where_not_wb(ref, region.va,
					   region.va + region.size);
	}
}

/* After a hand-over that had to do with the emergency tree. */
static void leave_emergency_tree(void)
{
	if (live_on_emergency_tree())
		__asm_switch_ttbr(gd->arch.tlb_addr);
}

static int restore(struct pgtable *pt, const void *ref,
		   struct pgtable_result *res)
{
	return pgtable_restore(pt, ref, res);
}

int live_restore(enum live_restore_why why, struct pgtable_result *res)
{
	struct pgtable *pt = live_pgtable();
	const struct pgtable *ref = live_reference();
	struct live_restore_hook *hook;
	int err;

	if (!ref)
		return -ENODEV;
	settle_caches(pt, ref);
	err = why == LIVE_RESET ? live_change(restore, ref, res) :
				  restore(pt, ref, res);
	if (err)
		return err;
	asm volatile("dsb sy; isb" : : : "memory");
	leave_emergency_tree();
	for (hook = hooks; hook; hook = hook->next)
		hook->forget(why);
	return 0;
}

bool live_is_restored(struct pgtable_result *res)
{
	const struct pgtable *ref = live_reference();

	return !ref || pgtable_same(live_pgtable(), ref, res);
}
