// SPDX-License-Identifier: GPL-2.0+
/*
 * A world for tests of the mapping engine: see pgtable_world.h.
 */

#include "pgtable_world.h"

#include <stdlib.h>

#define FIRST_FREE	(WORLD_FOREIGN + BOOT_POOL_PAGES)

/* An earlier user's last words: a valid page or block, or a table. */
#define LEFTOVER	0x0000123456789f03ull

static struct world *to_world(struct page_allocator *self)
{
	return (struct world *)((char *)self - offsetof(struct world, provider));
}

static unsigned int page_index(u64 pa)
{
	return (pa - WORLD_BASE) >> FRAME_SHIFT;
}

static pte_t *page_at(struct world *w, u64 pa)
{
	return w->memory + page_index(pa) * VMSA_ENTRIES;
}

static bool all_zero(const pte_t *page)
{
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++) {
		if (page[i])
			return false;
	}
	return true;
}

static void soil(pte_t *page)
{
	for (unsigned int i = 0; i < VMSA_ENTRIES; i++)
		page[i] = LEFTOVER;
}

static void breach(struct world *w, const char *what)
{
	if (!w->breach)
		w->breach = what;
}

static int provider_alloc(struct page_allocator *self, unsigned int n,
			  page_ref *pages)
{
	struct world *w = to_world(self);

	if (w->nout + n > w->limit || n > w->nfree)
		return -ENOMEM;
	w->nout += n;
	for (; n; n--, pages++) {
		unsigned int i;

		*pages = w->free[--w->nfree];
		i = page_index(page_ref_pa(*pages));
		w->out[i] = true;
		w->live[i] = 0;
	}
	return 0;
}

static void provider_free(struct page_allocator *self, unsigned int n,
			  const page_ref *pages)
{
	struct world *w = to_world(self);

	for (; n; n--, pages++) {
		unsigned int i = page_index(page_ref_pa(*pages));

		if (i >= WORLD_PAGES || !w->out[i]) {
			breach(w, "gave back a page that is not out");
			continue;
		}
		if (!page_ref_zero(*pages))
			soil(page_at(w, page_ref_pa(*pages)));
		else if (!all_zero(page_at(w, page_ref_pa(*pages))))
			breach(w, "gave back a page as zero that is not");
		w->out[i] = false;
		w->free[w->nfree++] = *pages;
		w->nout--;
	}
}

static u16 *provider_live(struct page_allocator *self, u64 pa)
{
	struct world *w = to_world(self);
	unsigned int i = page_index(pa);

	return i < WORLD_PAGES && w->out[i] ? &w->live[i] : NULL;
}

static void world_provider(struct world *w)
{
	w->provider = (struct page_allocator){
		.name = "world",
		.alloc = provider_alloc,
		.free = provider_free,
		.live = provider_live,
	};
	for (unsigned int i = FIRST_FREE; i < WORLD_PAGES; i++) {
		page_ref page = WORLD_BASE + i * FRAME_SIZE;

		soil(page_at(w, page));
		w->free[w->nfree++] = page;
	}
	w->limit = WORLD_PAGES;
}

void world_begin(struct world *w, struct world_kind kind)
{
	memset(w, 0, sizeof(*w));
	w->memory = aligned_alloc(FRAME_SIZE, WORLD_PAGES * FRAME_SIZE);
	memset(w->memory, 0, FIRST_FREE * FRAME_SIZE);
	w->live = calloc(WORLD_PAGES, sizeof(*w->live));
	w->out = calloc(WORLD_PAGES, sizeof(*w->out));
	w->free = calloc(WORLD_PAGES, sizeof(*w->free));
	world_provider(w);
	page_registry_init(&w->reg, WORLD_BASE + WORLD_FOREIGN * FRAME_SIZE,
			   true);
	if (!kind.pool)
		set_page_allocator(&w->reg, &w->provider);
	w->pt = (struct pgtable){
		.root = WORLD_BASE,
		.virt_offset = (uintptr_t)w->memory - WORLD_BASE,
		.regime = kind.regime,
		.va_bits = kind.va_bits ? kind.va_bits : 40,
		.pa_bits = 40,
		.tlbi_range = kind.tlbi_range,
		.pages = &w->reg,
	};
	w->pt.start_level = pgtable_start_level(w->pt.va_bits);
	w->quiet = kind.quiet;
	if (!w->quiet)
		model_mmu_init(&w->mmu, &w->pt, WORLD_BASE, WORLD_PAGES);
}

void world_end(struct world *w)
{
	if (!w->quiet)
		model_mmu_fini(&w->mmu);
	free(w->memory);
	free(w->saved);
	free(w->saved_live);
	free(w->live);
	free(w->out);
	free(w->free);
}

void world_adopt(struct world *w)
{
	if (!w->quiet)
		model_mmu_adopt(&w->mmu);
}

#define NOT_OUT		0xffff

static u64 nth_page(unsigned int i)
{
	return WORLD_BASE + i * FRAME_SIZE;
}

static u16 live_or_not(struct world *w, unsigned int i)
{
	const u16 *live = page_registry_live(&w->reg, nth_page(i));

	return live ? *live : NOT_OUT;
}

/* Whether a page was a table when the world was saved. */
static bool saved_table(const struct world *w, unsigned int i)
{
	return i < WORLD_FOREIGN || w->saved_live[i] != NOT_OUT;
}

void world_save(struct world *w)
{
	if (!w->saved) {
		w->saved = malloc(WORLD_PAGES * FRAME_SIZE);
		w->saved_live = malloc(WORLD_PAGES * sizeof(*w->saved_live));
	}
	for (unsigned int i = 0; i < WORLD_PAGES; i++) {
		w->saved_live[i] = live_or_not(w, i);
		if (saved_table(w, i))
			memcpy(w->saved + i * VMSA_ENTRIES,
			       page_at(w, nth_page(i)), FRAME_SIZE);
	}
}

bool world_unchanged(struct world *w)
{
	for (unsigned int i = 0; i < WORLD_PAGES; i++) {
		if (w->saved_live[i] != live_or_not(w, i))
			return false;
		if (saved_table(w, i) &&
		    memcmp(w->saved + i * VMSA_ENTRIES,
			   page_at(w, nth_page(i)), FRAME_SIZE))
			return false;
	}
	return true;
}

static const char *check_free_pages(struct world *w)
{
	for (unsigned int i = 0; i < w->nfree; i++) {
		if (page_ref_zero(w->free[i]) &&
		    !all_zero(page_at(w, page_ref_pa(w->free[i]))))
			return "a free page that should be zero is not";
	}
	return NULL;
}

static const char *check_tables(struct world *w)
{
	struct pgtable_tables tables;
	struct pgtable_result res;

	if (pgtable_verify(&w->pt, &res))
		return "pgtable_verify() fails";
	pgtable_count_tables(&w->pt, &tables);
	if (tables.by_origin[PGTABLE_STATIC] != w->reg.pool_stats.now ||
	    tables.by_origin[PGTABLE_REGISTERED] != w->reg.registered_stats.now)
		return "pages are out that are no tables";
	return NULL;
}

const char *world_check(struct world *w)
{
	const char *wrong = w->breach;

	if (!wrong && !w->quiet)
		wrong = model_mmu_check(&w->mmu);
	if (!wrong)
		wrong = check_tables(w);
	if (!wrong)
		wrong = check_free_pages(w);
	return wrong;
}

unsigned int world_tables(struct world *w)
{
	return w->reg.pool_stats.now + w->reg.registered_stats.now;
}

pte_t *world_foreign(struct world *w, unsigned int i)
{
	return page_at(w, nth_page(i));
}

u64 world_foreign_pa(struct world *w, unsigned int i)
{
	(void)w;
	return nth_page(i);
}

static struct pgtable_step last_step(struct world *w, u64 va)
{
	struct pgtable_walk walk;

	pgtable_walk(&w->pt, va, &walk);
	return *pgtable_last_step(&walk);
}

pte_t world_pte(struct world *w, u64 va)
{
	return last_step(w, va).pte;
}

unsigned int world_level(struct world *w, u64 va)
{
	return last_step(w, va).level;
}

u64 world_pa(struct world *w, u64 va)
{
	u64 pa;

	return pgtable_translate(&w->pt, va, &pa) ? PA_NONE : pa;
}
