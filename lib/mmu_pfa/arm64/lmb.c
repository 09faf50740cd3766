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
#include <linux/errno.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>

#include "compat.h"
#include "rails.h"

#if UBOOT_RELEASE < 202504

#define AVAILABLE	free_mem

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

/* The highest range of this kind in [@start, @end), or 0. */
static u64 highest(u64 start, u64 end, u64 size, u64 align)
{
	u64 pa;

	if (end - start < size)
		return 0;
	pa = ALIGN_DOWN(end - size, align);
	return pa >= start ? pa : 0;
}

/*
 * The same, but only where it is mapped as RAM: somebody may have unmapped some
 * of it, or mapped something else there.
 */
static u64 highest_plain(const struct lmb_gap *gap, u64 size, u64 align)
{
	u64 best = 0;
	u64 start = gap->start;
	u64 end = gap->end;

	while (live_next_plain_ram(&start, &end)) {
		u64 pa = highest(start, end, size, align);

		if (pa)
			best = pa;
		start = end;
		end = gap->end;
	}
	return best;
}

/*
 * By our own look at the lists: LMB would pick the highest range, usable or not,
 * and it complains on the console when it has none.
 */
static int take(void *ctx, u64 size, u64 align, u64 *pa)
{
	struct lmb_gap gap = { 0 };
	bool room = false;

	*pa = 0;
	while (next_gap(gap.end, &gap)) {
		u64 plain;

		if (!highest(gap.start, gap.end, size, align))
			continue;
		room = true;
		plain = highest_plain(&gap, size, align);
		if (plain)
			*pa = plain;
	}
	if (!*pa)
		return room ? -EFAULT : -ENOMEM;
	return lmb_take_range(*pa, size) ? 0 : -ENOMEM;
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

u64 lmb_largest_free(void)
{
	struct lmb_gap gap = { 0 };
	u64 largest = 0;

	while (next_gap(gap.end, &gap)) {
		u64 start = gap.start;
		u64 end = gap.end;

		while (live_next_plain_ram(&start, &end)) {
			largest = max(largest, end - start);
			start = end;
			end = gap.end;
		}
	}
	return largest;
}
