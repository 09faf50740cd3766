// SPDX-License-Identifier: GPL-2.0+
/*
 * The reference: a second tree, which no CPU walks, that says what U-Boot's own
 * map is. It is a copy of the live tree, taken before the first change of ours.
 *
 * Its tables come from the heap, not from where those of the live tree come
 * from: they are no tables that anybody needs to see in the counts.
 */

#include <malloc.h>
#include <asm/global_data.h>
#include <linux/errno.h>
#include <linux/sizes.h>
#include <mmu_pfa/live.h>

#include "reference.h"

DECLARE_GLOBAL_DATA_PTR;

/* A page from the heap, and what the engine keeps beside it. */
struct heap_page {
	struct heap_page *next;
	void *page;
	u16 live;
};

/* Those that are tables, and those that are set aside for the next. */
static struct heap_page *used, *spare;

static struct heap_page *find_page(u64 pa)
{
	struct heap_page *page = used;

	while (page && (ulong)page->page != pa)
		page = page->next;
	return page;
}

static void push(struct heap_page **list, struct heap_page *page)
{
	page->next = *list;
	*list = page;
}

static struct heap_page *pop(struct heap_page **list)
{
	struct heap_page *page = *list;

	*list = page->next;
	return page;
}

static int add_spare(void)
{
	struct heap_page *page = malloc(sizeof(*page));

	if (!page)
		return -ENOMEM;
	page->page = memalign(SZ_4K, SZ_4K);
	if (!page->page) {
		free(page);
		return -ENOMEM;
	}
	push(&spare, page);
	return 0;
}

int reference_set_aside(unsigned int n)
{
	struct heap_page *page = spare;

	for (; page && n; page = page->next)
		n--;
	for (; n; n--) {
		if (add_spare())
			return -ENOMEM;
	}
	return 0;
}

static int heap_alloc(struct page_allocator *self, unsigned int n,
		      page_ref *refs)
{
	if (reference_set_aside(n))
		return -ENOMEM;
	for (; n; n--, refs++) {
		struct heap_page *page = pop(&spare);

		page->live = 0;
		push(&used, page);
		*refs = (ulong)page->page;
	}
	return 0;
}

static void heap_free(struct page_allocator *self, unsigned int n,
		      const page_ref *refs)
{
	for (; n; n--, refs++) {
		struct heap_page **link = &used, *page;

		while ((ulong)(*link)->page != page_ref_pa(*refs))
			link = &(*link)->next;
		page = pop(link);
		free(page->page);
		free(page);
	}
}

static u16 *heap_live(struct page_allocator *self, u64 pa)
{
	struct heap_page *page = find_page(pa);

	return page ? &page->live : NULL;
}

static struct page_allocator heap = {
	.name = "heap",
	.alloc = heap_alloc,
	.free = heap_free,
	.live = heap_live,
};

static struct page_registry registry;
static struct pgtable reference;

struct pgtable *live_reference(void)
{
	const struct pgtable *pt;

	/* Some boards ask before there is a .bss, or a .data to write to. */
	if (!(gd->flags & GD_FLG_RELOC) || !reference.root)
		return NULL;
	pt = live_pgtable();
	/* The exception level decides what attribute bits mean. */
	reference.regime = pt->regime;
	reference.pa_bits = pt->pa_bits;
	return &reference;
}

/*
 * U-Boot takes a table for each block that it splits from its own area, which is
 * filled from below: how far it was filled when that was last looked at.
 */
static ulong area_seen;

/* Tables that U-Boot has put into the live tree since then are its own map. */
static int adopt(struct pgtable *pt)
{
	struct pgtable_result res;

	if (gd->arch.tlb_fillptr == area_seen)
		return 0;
	if (pgtable_adopt(live_reference(), pt, &res))
		return -ENOMEM;
	area_seen = gd->arch.tlb_fillptr;
	return 0;
}

int live_take_reference(void)
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_result res;

	if (reference.root)
		return adopt(pt);
	/* Its static pool is never asked: something else is registered. */
	page_registry_init(&registry, live_pages()->pool.base, false);
	set_page_allocator(&registry, &heap);
	reference = (struct pgtable){
		.regime = pt->regime,
		.va_bits = pt->va_bits,
		.pa_bits = pt->pa_bits,
		.start_level = pt->start_level,
		.pages = &registry,
	};
	area_seen = gd->arch.tlb_fillptr;
	return pgtable_copy(&reference, pt, &res);
}
