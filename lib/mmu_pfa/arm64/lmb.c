// SPDX-License-Identifier: GPL-2.0+
/*
 * LMB as the memory source of the PFA. LMB's interface has three generations
 * since it became one persistent map; this is the only file that knows.
 *
 * Memory is taken top down, away from the load addresses, and with
 * LMB_NOOVERWRITE, so that a later load aimed at it is refused. The EFI memory
 * map is told (no LMB_NONOTIFY), so that nobody there takes it for free.
 */

#include <alist.h>
#include <lmb.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>

#include "compat.h"
#include "rails.h"

#if UBOOT_RELEASE < 202504

#define AVAILABLE	free_mem

static u64 lmb_take(u64 size, u64 align)
{
	return lmb_alloc_base_flags(size, align, LMB_ALLOC_ANYWHERE,
				    LMB_NOOVERWRITE);
}

static bool lmb_take_range(u64 pa, u64 size)
{
	return lmb_alloc_addr_flags(pa, size, LMB_NOOVERWRITE) == pa;
}

static void lmb_give(u64 pa, u64 size)
{
	lmb_free_flags(pa, size, LMB_NOOVERWRITE);
}

#elif UBOOT_RELEASE < 202510

#define AVAILABLE	available_mem

static u64 lmb_take(u64 size, u64 align)
{
	return lmb_alloc_base(size, align, LMB_ALLOC_ANYWHERE,
			      LMB_NOOVERWRITE);
}

static bool lmb_take_range(u64 pa, u64 size)
{
	return !lmb_alloc_addr(pa, size, LMB_NOOVERWRITE);
}

static void lmb_give(u64 pa, u64 size)
{
	lmb_free_flags(pa, size, LMB_NOOVERWRITE);
}

#else

#define AVAILABLE	available_mem

static u64 lmb_take(u64 size, u64 align)
{
	/* LMB may report success without an address when its list is full. */
	phys_addr_t pa = 0;

	if (lmb_alloc_mem(LMB_MEM_ALLOC_ANY, align, &pa, size, LMB_NOOVERWRITE))
		return 0;
	return pa;
}

static bool lmb_take_range(u64 pa, u64 size)
{
	phys_addr_t addr = pa;

	return !lmb_alloc_mem(LMB_MEM_ALLOC_ADDR, 0, &addr, size,
			      LMB_NOOVERWRITE);
}

static void lmb_give(u64 pa, u64 size)
{
	lmb_free(pa, size, LMB_NOOVERWRITE);
}

#endif

/**
 * struct lmb_gap - a run of RAM that LMB has neither given out nor reserved
 */
struct lmb_gap {
	u64 start;
	u64 end;
};

/* The first gap at or above @from. Both lists of LMB are sorted by address. */
static bool next_gap(u64 from, struct lmb_gap *gap)
{
	struct lmb *lmb = lmb_get();
	struct lmb_region *ram, *used;

	alist_for_each(ram, &lmb->AVAILABLE) {
		u64 start = max(from, (u64)ram->base);
		u64 end = (u64)ram->base + ram->size;

		alist_for_each(used, &lmb->used_mem) {
			u64 used_end = (u64)used->base + used->size;

			if (start >= end || used->base >= end)
				break;
			if (used_end <= start)
				continue;
			if (used->base > start) {
				end = used->base;
				break;
			}
			start = used_end;
		}
		if (start < end) {
			*gap = (struct lmb_gap){ start, end };
			return true;
		}
	}
	return false;
}

/* LMB complains on the console when it has no run; ask only if it has one. */
static bool lmb_has(u64 size, u64 align)
{
	struct lmb_gap gap = { 0 };

	while (next_gap(gap.end, &gap)) {
		u64 start = ALIGN(gap.start, align);

		if (start >= gap.start && start < gap.end &&
		    gap.end - start >= size)
			return true;
	}
	return false;
}

static int take(void *ctx, u64 size, u64 align, u64 *pa)
{
	if (!lmb_has(size, align))
		return -ENOMEM;
	*pa = lmb_take(size, align);
	if (!*pa || IS_ERR_VALUE(*pa))
		return -ENOMEM;
	/* Somebody has unmapped it, or mapped something else there. */
	if (!live_is_plain_ram(*pa, size)) {
		lmb_give(*pa, size);
		return -EFAULT;
	}
	return 0;
}

static void give(void *ctx, u64 pa, u64 size)
{
	lmb_give(pa, size);
}

const struct pfa_source lmb_source = {
	.take = take,
	.give = give,
};

/*
 * Asked of our own look at the lists first: 2025.01 does not notice an overlap
 * with a region behind one that the range only touches.
 */
int lmb_take_at(u64 pa, u64 size)
{
	struct lmb_gap gap;

	if (!next_gap(pa, &gap) || gap.start != pa || gap.end - pa < size ||
	    !lmb_take_range(pa, size))
		return -EBUSY;
	return 0;
}

bool lmb_reserved(u64 start, u64 size, u64 *at)
{
	struct lmb *lmb = lmb_get();
	struct lmb_region *used;

	alist_for_each(used, &lmb->used_mem) {
		u64 first = max(start, (u64)used->base);

		if (!(used->flags & LMB_NOOVERWRITE) ||
		    first - start >= size || first - used->base >= used->size)
			continue;
		*at = first;
		return true;
	}
	return false;
}

bool lmb_find_reserved(u64 pa, u64 *start, u64 *size)
{
	struct lmb *lmb = lmb_get();
	struct lmb_region *used;

	alist_for_each(used, &lmb->used_mem) {
		if (!(used->flags & LMB_NOOVERWRITE) ||
		    pa - used->base >= used->size)
			continue;
		*start = used->base;
		*size = used->size;
		return true;
	}
	return false;
}

u64 lmb_free_bytes(void)
{
	struct lmb_gap gap = { 0 };
	u64 bytes = 0;

	while (next_gap(gap.end, &gap))
		bytes += gap.end - gap.start;
	return bytes;
}
