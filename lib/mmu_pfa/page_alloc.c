// SPDX-License-Identifier: GPL-2.0+
/*
 * The page registry and the static boot pool; see <mmu_pfa/page_alloc.h>.
 */

#include <mmu_pfa/page_alloc.h>

static struct boot_pool *to_pool(struct page_allocator *self)
{
	return (struct boot_pool *)((char *)self -
				    offsetof(struct boot_pool, allocator));
}

/* @pa: or a page_ref; the hint does not matter. */
static inline bool pool_holds(const struct boot_pool *pool, u64 pa)
{
	return pa - pool->base < BOOT_POOL_PAGES * FRAME_SIZE;
}

static unsigned int pool_index(const struct boot_pool *pool, u64 pa)
{
	return (pa - pool->base) >> FRAME_SHIFT;
}

static unsigned int pool_available(const struct boot_pool *pool)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < BOOT_POOL_PAGES; i++)
		n += !(pool->used & 1u << i);
	return n;
}

static page_ref pool_take(struct boot_pool *pool, unsigned int i)
{
	page_ref ref = pool->base + i * FRAME_SIZE;

	if (pool->zero & 1u << i)
		ref |= PAGE_KNOWN_ZERO;
	pool->used |= 1u << i;
	pool->zero &= ~(1u << i);
	pool->live[i] = 0;
	return ref;
}

static int pool_alloc(struct page_allocator *self, unsigned int n,
		      page_ref *pages)
{
	struct boot_pool *pool = to_pool(self);

	if (pool_available(pool) < n)
		return -ENOMEM;
	for (unsigned int i = 0; n; i++) {
		if (pool->used & 1u << i)
			continue;
		*pages++ = pool_take(pool, i);
		n--;
	}
	return 0;
}

static void pool_free(struct page_allocator *self, unsigned int n,
		      const page_ref *pages)
{
	struct boot_pool *pool = to_pool(self);

	for (; n; n--, pages++) {
		unsigned int i = pool_index(pool, page_ref_pa(*pages));

		pool->used &= ~(1u << i);
		if (page_ref_zero(*pages))
			pool->zero |= 1u << i;
	}
}

static u16 *pool_live(struct page_allocator *self, u64 pa)
{
	struct boot_pool *pool = to_pool(self);
	unsigned int i;

	if (!pool_holds(pool, pa) || pa & FRAME_MASK)
		return NULL;
	i = pool_index(pool, pa);
	return pool->used & 1u << i ? &pool->live[i] : NULL;
}

void page_registry_init(struct page_registry *reg, u64 base, bool zero)
{
	memset(reg, 0, sizeof(*reg));
	reg->pool.allocator.name = "static";
	reg->pool.allocator.alloc = pool_alloc;
	reg->pool.allocator.free = pool_free;
	reg->pool.allocator.live = pool_live;
	reg->pool.base = base;
	if (zero)
		reg->pool.zero = (1u << BOOT_POOL_PAGES) - 1;
}

int set_page_allocator(struct page_registry *reg,
		       struct page_allocator *allocator)
{
	if (allocator == reg->registered)
		return 0;
	if (reg->registered_stats.now)
		return -EBUSY;
	reg->registered = allocator;
	return 0;
}

static void count_given(struct page_stats *stats, unsigned int n)
{
	stats->requests += n;
	stats->now += n;
	if (stats->now > stats->peak)
		stats->peak = stats->now;
}

static void count_returned(struct page_stats *stats, unsigned int n)
{
	stats->returned += n;
	stats->now -= n;
}

int page_registry_alloc(struct page_registry *reg, unsigned int n,
			page_ref *pages)
{
	struct page_allocator *from = &reg->pool.allocator;
	struct page_stats *stats = &reg->pool_stats;
	int ret;

	if (reg->registered) {
		from = reg->registered;
		stats = &reg->registered_stats;
	}
	ret = from->alloc(from, n, pages);
	if (ret)
		stats->refused += n;
	else
		count_given(stats, n);
	return ret;
}

/* How many at the start of the list are on the same side as the first. */
static unsigned int same_side(const struct boot_pool *pool, unsigned int n,
			      const page_ref *pages)
{
	bool first = pool_holds(pool, pages[0]);
	unsigned int i = 1;

	while (i < n && pool_holds(pool, pages[i]) == first)
		i++;
	return i;
}

/* Some of them are the pool's; how many. */
static noinline unsigned int free_mixed(struct page_registry *reg,
					unsigned int n, const page_ref *pages)
{
	unsigned int pool = 0, some;

	for (; n; n -= some, pages += some) {
		some = same_side(&reg->pool, n, pages);
		if (pool_holds(&reg->pool, pages[0])) {
			pool_free(&reg->pool.allocator, some, pages);
			count_returned(&reg->pool_stats, some);
			pool += some;
		} else {
			page_registry_free_registered(reg, some, pages);
		}
	}
	return pool;
}

unsigned int page_registry_free(struct page_registry *reg, unsigned int n,
				const page_ref *pages)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (unlikely(pool_holds(&reg->pool, pages[i])))
			return free_mixed(reg, n, pages);
	}
	if (n)
		page_registry_free_registered(reg, n, pages);
	return 0;
}

u16 *page_registry_live(struct page_registry *reg, u64 pa)
{
	if (pool_holds(&reg->pool, pa))
		return pool_live(&reg->pool.allocator, pa);
	return reg->registered ? reg->registered->live(reg->registered, pa) :
				 NULL;
}
