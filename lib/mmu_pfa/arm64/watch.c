// SPDX-License-Identifier: GPL-2.0+
/*
 * Watches on the live tables: what the portable part (watch.h) needs of the
 * machine.
 *
 * The slot is a page in .bss, which need not be executable. While there is a
 * watch it is mapped a second time, executable and read-only; it is written at
 * its own address and executed at the other one.
 */

#include <linux/errno.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "catch_frame.h"
#include "regs.h"

/* A BRK that says whose it is to who reads a trace. */
#define INSN_BRK_SLOT	0xd42aeae0u	/* brk #0x5757 */

/* Fields of CTR_EL0 and DCZID_EL0: log2 of 4-byte words */
#define CTR_DMINLINE(ctr)	((ctr) >> 16 & 0xf)
#define DCZID_BS(dczid)		((dczid) & 0xf)

static u32 slot_page[SZ_4K / sizeof(u32)] __aligned(SZ_4K);

static u32 fetch(u64 pc)
{
	return *(const u32 *)pc;
}

/* Most accesses of a loop are by the instruction that is there already. */
static void put(u32 insn);

static const struct watch_ops ops = { .fetch = fetch, .put = put };

static struct watch_set set = { .ops = &ops };

struct watch_set *live_watches(void)
{
	return &set;
}

static void put(u32 insn)
{
	if (slot_page[0] == insn)
		return;
	slot_page[0] = insn;
	asm volatile("dc cvau, %0\n"
		     "dsb ish\n"
		     "ic ivau, %1\n"
		     "dsb ish\n"
		     "isb" : : "r" (slot_page), "r" (set.slot) : "memory");
}

static bool resolve(struct catch_frame *frame, const struct fault *fault)
{
	BUILD_BUG_ON(offsetof(struct catch_frame, sp) !=
		     offsetof(struct a64_regs, sp));
	BUILD_BUG_ON(offsetof(struct catch_frame, elr) !=
		     offsetof(struct a64_regs, pc));
	BUILD_BUG_ON(offsetof(struct catch_frame, spsr) !=
		     offsetof(struct a64_regs, pstate));

	return set.slot && watch_fault(&set, live_pgtable(),
				       (struct a64_regs *)frame, fault);
}

static void give_up(struct catch_frame *frame)
{
	if (set.slot)
		watch_give_up(&set, live_pgtable(), (struct a64_regs *)frame);
}

static struct catch_resolver resolver = {
	.resolve = resolve,
	.give_up = give_up,
};

/* The tree has been brought back, and the mapping of the slot is gone too. */
static void forget(enum live_restore_why why)
{
	watch_forget(&set);
	set.slot = 0;
}

static struct live_restore_hook restore_hook = { .forget = forget };

static void set_up_once(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	set.blocks.line = 4u << CTR_DMINLINE(read_reg(ctr_el0));
	set.blocks.zero = 4u << DCZID_BS(read_reg(dczid_el0));
	slot_page[1] = INSN_BRK_SLOT;
	catch_add_resolver(&resolver);
	live_on_restore(&restore_hook);
}

/* As the page is at its own address, but for who may do what. */
static int map_slot(struct pgtable *pt, struct pgtable_result *res)
{
	struct pgtable_walk walk;
	pte_t bits;
	u64 va, pa;
	int err;

	if (set.slot)
		return 0;
	set_up_once();
	if (pgtable_walk(pt, (ulong)slot_page, &walk) ||
	    pgtable_translate(pt, (ulong)slot_page, &pa) ||
	    pgtable_find_hole(pt, live_ram_end(), SZ_4K, SZ_4K, 0, &va))
		return -ENOSPC;
	bits = vmsa_with_perm(pt->regime, pgtable_last_step(&walk)->pte,
			      VMSA_RO, true);
	err = pgtable_map_bits(pt, va, pa, SZ_4K, bits, 0, res);
	if (err)
		return err;
	set.slot = va;
	slot_page[0] = 0;
	return 0;
}

static bool any_watch(void)
{
	return watch_in(&set, 0, ~0ull);
}

static void unmap_slot_unless_used(struct pgtable *pt)
{
	struct pgtable_result res;

	if (!set.slot || any_watch())
		return;
	pgtable_unmap(pt, set.slot, SZ_4K, 0, &res);
	set.slot = 0;
}

int live_watch_add(u64 va, u64 size, unsigned int access, u64 limit,
		   struct pgtable_result *res)
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_result slot = { 0 };
	int ret = map_slot(pt, &slot);

	if (ret) {
		*res = slot;
		return ret;
	}
	ret = watch_add(&set, pt, va, size, access, limit, res);
	unmap_slot_unless_used(pt);
	for (unsigned int i = 0; i < PGTABLE_FOREIGN; i++)
		res->added[i] += slot.added[i];
	return ret;
}

void live_watch_del(struct watch *w)
{
	struct pgtable *pt = live_pgtable();

	watch_del(&set, pt, w);
	unmap_slot_unless_used(pt);
}

void live_watch_rearm(struct watch *w)
{
	watch_rearm(&set, live_pgtable(), w);
}

unsigned int live_watch_at(u64 va)
{
	return watch_in(&set, va & ~FRAME_MASK, FRAME_SIZE);
}

pte_t live_unwatched(u64 va, unsigned int level, pte_t pte)
{
	/* Those of guards are lent as well. */
	if (!pte_lent(pte) || !live_watch_at(va))
		return pte;
	return lend_pte(live_pgtable()->regime, level, pte, 0);
}

bool live_watch_slot(u64 va, u64 size)
{
	return set.slot && (set.slot - va < size || va - set.slot < SZ_4K);
}

bool live_watched(u64 va, u64 size, unsigned int *id)
{
	*id = watch_in(&set, va, size);
	return *id || live_watch_slot(va, size);
}
