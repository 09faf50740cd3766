// SPDX-License-Identifier: GPL-2.0+
/*
 * Ask the hardware whether it makes of the tables what they say.
 */

#include "pgtable_internal.h"

/* So often is asked whether to stop: in addresses. */
#define STOP_EVERY	64

/* Whether the hardware is of the same mind for the page of an address. */
static bool agrees(struct pgtable *pt, struct pgtable_inquiry *q, u64 va)
{
	u64 pa;

	if (pgtable_translate(pt, va, &pa))
		pa = PA_NONE;
	q->asked++;
	return q->probe(q->ctx, va, pa);
}

static bool stopped(const struct pgtable_inquiry *q)
{
	return q->asked % STOP_EVERY == 0 && q->stop && q->stop(q->ctx);
}

/* Ask about a region, up to the first address that is wrong: 0 or -EINTR. */
static int ask_region(struct pgtable *pt, struct pgtable_inquiry *q,
		      const struct pgtable_region *g)
{
	u64 n = pgtable_min(g->entries, PGTABLE_ASK_MAX);
	u64 step = g->size / n & ~FRAME_MASK, i;

	for (i = 0; i <= n; i++) {
		u64 at = i < n ? g->va + i * step : g->va + g->size - 1;

		if (stopped(q))
			return -EINTR;
		if (agrees(pt, q, at))
			continue;
		if (!q->wrong++)
			q->at = at;
		break;
	}
	return 0;
}

int pgtable_ask(struct pgtable *pt, struct pgtable_inquiry *q)
{
	u64 va = 0, end = 1ull << pt->va_bits;
	struct pgtable_region g;
	int err = 0;

	q->asked = 0;
	q->wrong = 0;
	for (; !err && pgtable_next_region(pt, va, end,
					   PGTABLE_HOLES | PGTABLE_BY_LEVEL, &g);
	     va = g.va + g.size)
		err = ask_region(pt, q, &g);
	return err;
}
