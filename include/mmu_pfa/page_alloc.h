/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Where translation tables come from.
 *
 * The mapping engine asks for table pages through one interface, struct
 * page_allocator, and knows nothing of who answers. A struct page_registry
 * holds the answer: the registered allocator (the PFA), or, while none is
 * registered, a static pool of BOOT_POOL_PAGES pages. Each page goes back to
 * where it came from, told apart by its address alone, and counters say which
 * path served what.
 *
 *      engine --> page_registry_alloc() --+-- registered? --> its alloc()
 *                                         `-- else ---------> boot pool
 *      engine --> page_registry_free()  --+-- in the pool? -> boot pool
 *                                         `-- else ---------> its free()
 *
 * Nothing falls back: when the registered allocator is out of pages the
 * request fails, and the pool stays what it is for.
 */

#ifndef _MMU_PFA_PAGE_ALLOC_H
#define _MMU_PFA_PAGE_ALLOC_H

#include <mmu_pfa/port.h>

/**
 * typedef page_ref - one table page as it changes hands
 *
 * The physical address of a 4 KiB page, 4 KiB aligned, with PAGE_KNOWN_ZERO
 * set in bit 0 where the giver knows that every byte of the page is zero.
 */
typedef u64 page_ref;

#define PAGE_KNOWN_ZERO		1ull

static inline u64 page_ref_pa(page_ref ref)
{
	return ref & ~FRAME_MASK;
}

static inline bool page_ref_zero(page_ref ref)
{
	return ref & PAGE_KNOWN_ZERO;
}

/**
 * struct page_allocator - who provides table pages
 *
 * @name:  short name for counters and messages ("pfa", "static")
 * @alloc: fill @pages with @n pages, or with none: 0, or -ENOMEM (-EDEADLK if
 *         called from inside itself) with nothing taken and @pages undefined. The
 *         live word of each page is 0 after it. A provider that can't tell content
 *         leaves PAGE_KNOWN_ZERO clear.
 * @free:  take back @n pages that alloc() gave, in any order and number. The
 *         caller no longer uses them and nothing can walk them. The zero hint
 *         of each is true: a provider may rely on it, or ignore it.
 * @live:  the 16-bit word kept beside a page that is out, where the engine
 *         keeps what it knows of the table; NULL where @pa is not a page
 *         that this provider gave and has not got back.
 *
 * All three must be callable with interrupts masked and must not print.
 */
struct page_allocator {
	const char *name;
	int (*alloc)(struct page_allocator *self, unsigned int n,
		     page_ref *pages);
	void (*free)(struct page_allocator *self, unsigned int n,
		     const page_ref *pages);
	u16 *(*live)(struct page_allocator *self, u64 pa);
};

#define BOOT_POOL_PAGES		16

/**
 * struct boot_pool - the static pool: table pages before there is an allocator
 *
 * @allocator: the pool as a page allocator
 * @base:      physical address of page 0, 4 KiB aligned
 * @used:      bit i: page i is out
 * @zero:      bit i: page i is not out and known to be all zeroes
 * @live:      the live word of each page
 */
struct boot_pool {
	struct page_allocator allocator;
	u64 base;
	u16 used;
	u16 zero;
	u16 live[BOOT_POOL_PAGES];
};

/**
 * struct page_stats - what one path has served
 *
 * @requests: pages asked of this path and given
 * @refused:  pages asked of this path and not given (-ENOMEM)
 * @returned: pages given back
 * @now:      pages out; requests - returned
 * @peak:     the largest @now ever
 */
struct page_stats {
	u64 requests;
	u64 refused;
	u64 returned;
	u32 now;
	u32 peak;
};

/**
 * struct page_registry - which allocator provides table pages now
 *
 * @pool:             the static pool, always there
 * @registered:       the allocator in force, or NULL for the pool
 * @pool_stats:       what the pool has served
 * @registered_stats: what registered allocators have served
 */
struct page_registry {
	struct boot_pool pool;
	struct page_allocator *registered;
	struct page_stats pool_stats;
	struct page_stats registered_stats;
};

/**
 * page_registry_init() - a registry with its static pool and nothing registered
 *
 * @reg:  to be initialised
 * @base: physical address of BOOT_POOL_PAGES contiguous pages, page aligned
 * @zero: whether all of them are known to be zero (.bss)
 */
void page_registry_init(struct page_registry *reg, u64 base, bool zero);

/**
 * set_page_allocator() - register who provides table pages from now on
 *
 * Pages that are out stay out and go back to where they came from.
 *
 * @reg:       the registry
 * @allocator: the new provider, or NULL to return to the static pool
 * Return: 0; -EBUSY if pages of the present provider are still out and it
 *	would be replaced or removed (nothing changed)
 */
int set_page_allocator(struct page_registry *reg,
		       struct page_allocator *allocator);

/**
 * page_registry_alloc() - take @n table pages from the provider in force
 *
 * @reg:   the registry
 * @n:     how many, >= 1
 * @pages: receives them
 * Return: 0; -ENOMEM with none taken and @pages undefined
 */
int page_registry_alloc(struct page_registry *reg, unsigned int n,
			page_ref *pages);

/**
 * page_registry_free() - give table pages back, each to where it came from
 *
 * @reg:   the registry
 * @n:     how many
 * @pages: pages that page_registry_alloc() gave, with true zero hints
 * Return: how many of them went to the static pool
 */
unsigned int page_registry_free(struct page_registry *reg, unsigned int n,
				const page_ref *pages);

/* The same for pages that are all the registered allocator's. */
static inline void page_registry_free_registered(struct page_registry *reg,
						 unsigned int n,
						 const page_ref *pages)
{
	reg->registered_stats.returned += n;
	reg->registered_stats.now -= n;
	reg->registered->free(reg->registered, n, pages);
}

/**
 * page_registry_live() - the live word of a table page
 *
 * @reg: the registry
 * @pa:  physical address of any page
 * Return: the word, or NULL if the page is neither the pool's nor the
 *	registered allocator's: a foreign table, which is never freed
 */
u16 *page_registry_live(struct page_registry *reg, u64 pa);

#endif /* _MMU_PFA_PAGE_ALLOC_H */
