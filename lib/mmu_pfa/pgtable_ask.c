// SPDX-License-Identifier: GPL-2.0+
/*
 * Ask the hardware whether it makes of the tables what they say.
 */

#include "pgtable_internal.h"

/* Whether the hardware is of the same mind for the page of an address. */
static bool agrees(struct pgtable *pt, struct pgtable_inquiry *q, u64 va)
{
	u64 pa;

	if (pgtable_translate(pt, va, &pa))
		pa = PA_NONE;
	q->asked++;
	return q->probe(q->ctx, va, pa);
}

/* The first address asked about in a region that is wrong; its end if none is. */
static u64 first_wrong(struct pgtable *pt, struct pgtable_inquiry *q,
		       const struct pgtable_region *g)
{
	u64 n = pgtable_min(g->entries, PGTABLE_ASK_MAX);
	u64 step = g->size / n & ~FRAME_MASK, i;

	for (i = 0; i < n; i++) {
		if (!agrees(pt, q, g->va + i * step))
			return g->va + i * step;
	}
	return g->va + g->size - !agrees(pt, q, g->va + g->size - 1);
}

int pgtable_ask(struct pgtable *pt, struct pgtable_inquiry *q)
{
	u64 va = 0, end = 1ull << pt->va_bits;
	struct pgtable_region g;

	q->asked = 0;
	q->wrong = 0;
	for (; pgtable_next_region(pt, va, end,
				   PGTABLE_HOLES | PGTABLE_BY_LEVEL, &g);
	     va = g.va + g.size) {
		u64 at;

		if (q->stop && q->stop(q->ctx))
			return -EINTR;
		at = first_wrong(pt, q, &g);
		if (at != g.va + g.size && !q->wrong++)
			q->at = at;
	}
	return 0;
}
