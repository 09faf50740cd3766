// SPDX-License-Identifier: GPL-2.0+
/*
 * Which ranges are watched, and their pages: see watch.h.
 */

#include "watch_internal.h"

struct watch *watch_find(struct watch_set *set, u64 id)
{
	if (id - 1 >= WATCH_MAX || !set->watch[id - 1].size)
		return NULL;
	return &set->watch[id - 1];
}

static bool has_page_in(const struct watch *w, u64 va, u64 size)
{
	return w->size && watch_overlap(watch_first_page(w),
					watch_pages_size(w), va, size);
}

unsigned int watch_in(const struct watch_set *set, u64 va, u64 size)
{
	for (unsigned int i = 0; i < WATCH_MAX; i++) {
		if (has_page_in(&set->watch[i], va, size))
			return i + 1;
	}
	return 0;
}

unsigned int watch_count_in(const struct watch_set *set, u64 va, u64 size)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < WATCH_MAX; i++)
		n += has_page_in(&set->watch[i], va, size);
	return n;
}

unsigned int watch_needs(const struct watch_set *set, u64 page)
{
	unsigned int needs = 0;

	for (unsigned int i = 0; i < WATCH_MAX; i++) {
		const struct watch *w = &set->watch[i];

		if (watch_active(w) && has_page_in(w, page, FRAME_SIZE))
			needs |= w->access;
	}
	return needs;
}

/* Whether a lent page allows all that it did, although watches need some of it. */
static bool is_blind(const struct watch_set *set, struct pgtable *pt, u64 page)
{
	const struct pgtable_step *leaf;
	struct pgtable_walk walk;
	pte_t pte;

	if (pgtable_walk(pt, page, &walk) == -ERANGE)
		return false;
	leaf = pgtable_last_step(&walk);
	pte = leaf->pte;
	return pte_lent(pte) &&
	       lend_pte(pt->regime, leaf->level, pte, 0) == pte &&
	       lend_pte(pt->regime, leaf->level, pte,
			watch_needs(set, page)) != pte;
}

u64 watch_blind_pages(const struct watch_set *set, struct pgtable *pt,
		      const struct watch *w)
{
	u64 page = watch_first_page(w), end = page + watch_pages_size(w);
	u64 n = 0;

	if (!watch_active(w))
		return 0;
	for (; page < end; page += FRAME_SIZE)
		n += is_blind(set, pt, page);
	return n;
}

/* Close and open the pages of a watch as the active ones need it. */
static void settle(struct watch_set *set, struct pgtable *pt,
		   const struct watch *w)
{
	u64 page = watch_first_page(w), end = page + watch_pages_size(w);

	set->exclusives = 0;
	for (; page < end; page += FRAME_SIZE)
		lend_take(pt, page, FRAME_SIZE, watch_needs(set, page));
}

int watch_add(struct watch_set *set, struct pgtable *pt, u64 va, u64 size,
	      unsigned int access, u64 limit, struct pgtable_result *res)
{
	struct watch new = { va, size, access, limit, 0 };
	struct watch *w = set->watch;
	int err;

	while (w->size) {
		if (++w == set->watch + WATCH_MAX)
			return -ENFILE;
	}
	memset(res, 0, sizeof(*res));
	if (!size || !access)
		return -EINVAL;
	if (va + size - 1 < va)
		return -ERANGE;
	err = lend_begin(&set->lend, pt, watch_first_page(&new),
			 watch_pages_size(&new), res);
	if (err)
		return err;
	*w = new;
	settle(set, pt, w);
	return w - set->watch + 1;
}

/* From @page on: up to where another watch has a page, or has none any more. */
static u64 next_change(const struct watch_set *set, u64 page, u64 end)
{
	bool watched = watch_in(set, page, FRAME_SIZE);

	do {
		page += FRAME_SIZE;
	} while (page < end && watch_in(set, page, FRAME_SIZE) == watched);
	return page;
}

void watch_del(struct watch_set *set, struct pgtable *pt, struct watch *w)
{
	struct watch old = *w;
	u64 page = watch_first_page(&old), to;
	u64 end = page + watch_pages_size(&old);

	*w = (struct watch){ 0 };
	for (; page < end; page = to) {
		to = next_change(set, page, end);
		if (!watch_in(set, page, FRAME_SIZE))
			lend_end(&set->lend, pt, page, to - page);
	}
	settle(set, pt, &old);
}

void watch_rearm(struct watch_set *set, struct pgtable *pt, struct watch *w)
{
	w->hits = 0;
	settle(set, pt, w);
}

void watch_forget(struct watch_set *set)
{
	memset(set->watch, 0, sizeof(set->watch));
	memset(&set->lend, 0, sizeof(set->lend));
	memset(&set->step, 0, sizeof(set->step));
	set->exclusives = 0;
}

const struct watch_hit *watch_hit(const struct watch_set *set, u64 i)
{
	if (i >= set->logged || set->logged - i > WATCH_LOG)
		return NULL;
	return &set->log[i % WATCH_ROOM];
}
