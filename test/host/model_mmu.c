// SPDX-License-Identifier: GPL-2.0+
/*
 * The model MMU: see model_mmu.h.
 */

#include "model_mmu.h"

#include <stdlib.h>

static void fault(struct model_mmu *m, const char *what, u64 va)
{
	if (m->fault)
		return;
	m->fault = what;
	m->fault_va = va;
}

static pte_t *entries(struct model_mmu *m, u64 pa)
{
	return (pte_t *)(uintptr_t)(pa + m->pt->virt_offset);
}

static struct model_page *page_of(struct model_mmu *m, u64 pa)
{
	u64 i = (pa - m->base) >> FRAME_SHIFT;

	return i < m->npages ? &m->page[i] : NULL;
}

static bool overlaps(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Whether the walker makes anything of an entry. */
static bool usable(pte_t pte, unsigned int level)
{
	return pte_leaf(pte, level) || pte_table(pte, level);
}

static unsigned int table_entries(struct model_mmu *m, unsigned int level)
{
	return level == m->pt->start_level ?
	       1u << (m->pt->va_bits - vmsa_shift(level)) : VMSA_ENTRIES;
}

static void add_stale(struct model_mmu *m, u64 va, u64 size, u64 table)
{
	if (m->nstale == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->stale = realloc(m->stale, m->room * sizeof(*m->stale));
	}
	m->stale[m->nstale++] = (struct model_stale){
		.va = va, .size = size, .table = table,
	};
}

static bool stands_on(struct model_mmu *m, u64 va, u64 size)
{
	for (unsigned int i = 0; i < m->nstands; i++) {
		if (overlaps(m->stand[i].va, m->stand[i].size, va, size))
			return true;
	}
	return false;
}

/* What an entry meant goes away: all of it may still be held. */
static void retire(struct model_mmu *m, pte_t pte, unsigned int level, u64 va)
{
	u64 size = vmsa_size(level);
	struct model_page *page;

	if (pte_leaf(pte, level)) {
		add_stale(m, va, size, PA_NONE);
		if (!m->in_window && stands_on(m, va, size))
			fault(m, "broke what the CPU stands on", va);
		return;
	}
	if (!pte_table(pte, level))
		return;
	page = page_of(m, pte_addr(pte));
	add_stale(m, va, size, pte_addr(pte));
	page->linked = false;
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++)
		retire(m, page->seen[i], level + 1,
		       va + ((u64)i << vmsa_shift(level + 1)));
}

/* What may change while an entry is valid: who may do what, software's own. */
#define IN_PLACE	(PTE_AP_EL0 | PTE_AP_RO | PTE_AF | PTE_DBM | PTE_PXN | \
			 PTE_XN | PTE_SW_MASK)

static bool contiguous(pte_t pte, unsigned int level)
{
	return pte_leaf(pte, level) && (pte & PTE_CONT);
}

/*
 * Of 16 entries that can be one contiguous run either all have the hint, and
 * are one in everything else too, or none. While it is being changed they may
 * differ in what can change in place, and some may be invalid; but none may be a
 * table: what is cached of the others is for its addresses too.
 */
static void check_cont(struct model_mmu *m, struct model_page *page,
		       unsigned int i, bool settled)
{
	unsigned int first = i & ~(VMSA_CONT_ENTRIES - 1);
	pte_t in_place = settled ? 0 : IN_PLACE;
	pte_t want = page->seen[i] - (i - first) * vmsa_size(page->level);

	if (want & PTE_ADDR_MASK & (16 * vmsa_size(page->level) - 1))
		fault(m, "a contiguous run is not aligned", page->va);
	for (unsigned int j = first; j < first + VMSA_CONT_ENTRIES; j++,
	     want += vmsa_size(page->level)) {
		if (!settled && !usable(page->seen[j], page->level))
			continue;
		if ((page->seen[j] ^ want) & ~in_place)
			fault(m, "a contiguous run is none",
			      page->va + j * vmsa_size(page->level));
	}
}

static void check_all_cont(struct model_mmu *m, struct model_page *page)
{
	for (unsigned int i = 0; i < table_entries(m, page->level); i++) {
		if (contiguous(page->seen[i], page->level))
			check_cont(m, page, i, true);
	}
}

/* An entry has changed: it or another one of its 16 may have the hint. */
static void touch_cont(struct model_mmu *m, struct model_page *page,
		       unsigned int i, pte_t old)
{
	unsigned int first = i & ~(VMSA_CONT_ENTRIES - 1), j = first;

	while (j < first + 16 && !contiguous(page->seen[j], page->level))
		j++;
	if (j < first + 16)
		check_cont(m, page, j, false);
	if ((j < first + 16 || contiguous(old, page->level)) &&
	    m->ntouched < MODEL_TOUCHED)
		m->touched[m->ntouched++] = page;
}

static void link_table(struct model_mmu *m, u64 pa, unsigned int level, u64 va)
{
	struct model_page *page = page_of(m, pa);
	unsigned int n = table_entries(m, level);

	if (!page) {
		fault(m, "linked a table outside of memory", va);
		return;
	}
	if (page->linked)
		fault(m, "linked a table twice", va);
	if (page->filled == m->epoch)
		fault(m, "linked a table before its stores are ordered", va);
	page->linked = true;
	page->level = level;
	page->va = va;
	memcpy(page->seen, entries(m, pa), n * sizeof(pte_t));
	check_all_cont(m, page);
	for (unsigned int i = 0; i < n; i++) {
		if (pte_table(page->seen[i], level))
			link_table(m, pte_addr(page->seen[i]), level + 1,
				   va + ((u64)i << vmsa_shift(level)));
	}
}

static bool only_permissions(pte_t old, pte_t pte, unsigned int level)
{
	return pte_leaf(old, level) && pte_leaf(pte, level) &&
	       !((old ^ pte) & ~IN_PLACE);
}

/* An entry comes to mean something. */
static void revive(struct model_mmu *m, pte_t pte, unsigned int level, u64 va)
{
	for (unsigned int i = 0; i < m->nstale; i++) {
		if (overlaps(m->stale[i].va, m->stale[i].size, va,
			     vmsa_size(level)))
			fault(m, "made an entry before its invalidation", va);
	}
	if (pte_table(pte, level))
		link_table(m, pte_addr(pte), level + 1, va);
}

static void change(struct model_mmu *m, pte_t old, pte_t pte,
		   unsigned int level, u64 va)
{
	bool was = usable(old, level), is = usable(pte, level);

	if (was && is && !only_permissions(old, pte, level))
		fault(m, "changed a valid entry without a break", va);
	if (was && is && pte_leaf(old, level))
		add_stale(m, va, vmsa_size(level), PA_NONE);
	else if (was)
		retire(m, old, level, va);
	if (is && !was)
		revive(m, pte, level, va);
}

static void model_store(void *ctx, u64 entry, pte_t pte)
{
	struct model_mmu *m = ctx;
	struct model_page *page = page_of(m, entry);
	unsigned int i = (entry & FRAME_MASK) / sizeof(pte_t);
	pte_t old;
	u64 va;

	m->stores++;
	if (!page || !page->linked) {
		fault(m, "stored to a table that is not linked", entry);
		return;
	}
	va = page->va + ((u64)i << vmsa_shift(page->level));
	old = entries(m, entry & ~FRAME_MASK)[i];
	if (old != page->seen[i])
		fault(m, "a linked table was changed by a plain store", va);
	m->stored = true;
	m->unsynced = true;
	page->seen[i] = pte;
	entries(m, entry & ~FRAME_MASK)[i] = pte;
	if (old != pte) {
		change(m, old, pte, page->level, va);
		touch_cont(m, page, i, old);
	}
}

static void order(struct model_mmu *m)
{
	m->epoch++;
}

static void complete(struct model_mmu *m)
{
	unsigned int kept = 0;

	order(m);
	m->completed = m->epoch;
	m->stored = false;
	for (unsigned int i = 0; i < m->nstale; i++) {
		struct model_stale *s = &m->stale[i];

		if (s->state == STALE_INVALIDATED)
			continue;
		s->state = STALE_UNREACHABLE;
		m->stale[kept++] = *s;
	}
	m->nstale = kept;
}

static void model_barrier(void *ctx, enum pgtable_barrier barrier)
{
	struct model_mmu *m = ctx;

	switch (barrier) {
	case PGTABLE_DMB:
		order(m);
		break;
	case PGTABLE_DSB:
		complete(m);
		break;
	case PGTABLE_ISB:
		if (!m->stored)
			m->unsynced = false;
		break;
	}
}

static void invalidate(struct model_mmu *m, u64 va, u64 size, bool last_level)
{
	for (unsigned int i = 0; i < m->nstale; i++) {
		struct model_stale *s = &m->stale[i];

		if (s->state == STALE_UNREACHABLE &&
		    overlaps(s->va, s->size, va, size) &&
		    (s->table == PA_NONE || !last_level))
			s->state = STALE_INVALIDATED;
	}
}

/*
 * By address, an instruction hits what translates that one address, and counts
 * for nothing while the walker can still find the old entry.
 */
static void model_tlbi(void *ctx, u64 va, u64 size, bool last_level)
{
	if (size)
		invalidate(ctx, va, 1, last_level);
	else
		invalidate(ctx, 0, 1ull << 48, false);
}

/* By range: the operand as the Arm ARM has it, for TLBI RVAE1 and its like. */
static void model_tlbi_range(void *ctx, u64 range, bool last_level)
{
	u64 base = (range & 0x1fffffffff) << 12;
	unsigned int num = range >> 39 & 0x1f, scale = range >> 44 & 3;

	if (range >> 48 || (range >> 46 & 3) != 1 || (range >> 37 & 3))
		fault(ctx, "an operand of TLBI by range is none", base);
	invalidate(ctx, base, (num + 1ull) << (5 * scale + 1) << 12,
		   last_level);
}

static void model_table(void *ctx, u64 pa, bool in_use)
{
	struct model_mmu *m = ctx;
	struct model_page *page = page_of(m, pa);

	if (page->linked)
		fault(m, in_use ? "took a linked table as a new one" :
				  "gave back a table that is linked", pa);
	for (unsigned int i = 0; i < m->nstale; i++) {
		if (m->stale[i].table == pa)
			fault(m, "gave back a table that may be walked", pa);
	}
	page->filled = in_use ? m->epoch : 0;
}

static bool model_stood_on(void *ctx, u64 va, u64 size)
{
	return stands_on(ctx, va, size);
}

/* Whether any table was filled since the last DSB. */
static bool filling(const struct model_mmu *m)
{
	for (unsigned int i = 0; i < m->npages; i++) {
		if (m->page[i].filled >= m->completed)
			return true;
	}
	return false;
}

/* The window: break-before-make from elsewhere, all in one go. */
static void model_replace(void *ctx, u64 *entry, unsigned int n, pte_t flip)
{
	struct model_mmu *m = ctx;
	u64 pa = (uintptr_t)entry - m->pt->virt_offset;
	struct model_page *page = page_of(m, pa);
	pte_t pte[VMSA_CONT_ENTRIES];

	if (m->nstale || m->stored)
		fault(m, "opened a window with something pending", pa);
	if (filling(m))
		fault(m, "opened a window before a table is complete", pa);
	m->in_window = true;
	m->windows++;
	for (unsigned int i = 0; i < n; i++) {
		pte[i] = entry[i] ^ flip;
		if (!pte_valid(entry[i]) || !page || !page->linked)
			fault(m, "opened a window on what is not valid", pa);
		model_store(m, pa + i * sizeof(pte_t), 0);
	}
	model_barrier(m, PGTABLE_DSB);
	model_tlbi(m, 0, 0, false);
	model_barrier(m, PGTABLE_DSB);
	for (unsigned int i = 0; i < n; i++)
		model_store(m, pa + i * sizeof(pte_t), pte[i]);
	model_barrier(m, PGTABLE_DSB);
	model_barrier(m, PGTABLE_ISB);
	m->in_window = false;
}

void model_mmu_init(struct model_mmu *m, struct pgtable *pt, u64 base,
		    unsigned int npages)
{
	*m = (struct model_mmu){
		.pt = pt,
		.base = base,
		.npages = npages,
		.epoch = 1,
		.completed = 1,
		.page = calloc(npages, sizeof(*m->page)),
		.ops = {
			.stood_on = model_stood_on,
			.replace = model_replace,
			.store = model_store,
			.barrier = model_barrier,
			.tlbi = model_tlbi,
			.tlbi_range = model_tlbi_range,
			.table = model_table,
		},
	};
	m->ops.ctx = m;
	pt->ops = &m->ops;
	pt->live = true;
	model_mmu_adopt(m);
}

void model_mmu_fini(struct model_mmu *m)
{
	free(m->page);
	free(m->stale);
}

void model_mmu_adopt(struct model_mmu *m)
{
	memset(m->page, 0, m->npages * sizeof(*m->page));
	m->nstale = 0;
	m->ntouched = 0;
	m->stored = false;
	m->unsynced = false;
	link_table(m, m->pt->root, m->pt->start_level, 0);
}

void model_mmu_stand(struct model_mmu *m, u64 va, u64 size)
{
	m->stand[m->nstands++] = (struct model_range){ va, size };
}

const char *model_mmu_settled(struct model_mmu *m)
{
	while (m->ntouched) {
		struct model_page *page = m->touched[--m->ntouched];

		if (page->linked)
			check_all_cont(m, page);
	}
	if (m->nstale)
		fault(m, "returned with a stale translation", m->stale[0].va);
	if (m->stored)
		fault(m, "returned with stores that are not complete", 0);
	if (m->unsynced)
		fault(m, "returned without synchronising", 0);
	return m->fault;
}

const char *model_mmu_check(struct model_mmu *m)
{
	for (unsigned int i = 0; i < m->npages; i++) {
		struct model_page *page = &m->page[i];

		if (page->linked)
			check_all_cont(m, page);
		if (page->linked &&
		    memcmp(page->seen, entries(m, m->base + i * FRAME_SIZE),
			   table_entries(m, page->level) * sizeof(pte_t)))
			fault(m, "a linked table was changed by a plain store",
			      page->va);
	}
	return model_mmu_settled(m);
}
