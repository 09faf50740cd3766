// SPDX-License-Identifier: GPL-2.0+
/*
 * The page registry and its static pool.
 */

#include <mmu_pfa/page_alloc.h>

#include "tap.h"

#define POOL_BASE	0x47ff0000ull
#define OTHER_BASE	0x80000000ull
#define OTHER_PAGES	40

/** struct other - a provider that counts its calls */
struct other {
	struct page_allocator allocator;
	u64 out;		/* bit i: page i is out */
	unsigned int allocs;
	unsigned int frees;
	u16 live[OTHER_PAGES];
};

static int other_alloc(struct page_allocator *self, unsigned int n,
		       page_ref *pages)
{
	struct other *other = (struct other *)self;

	other->allocs++;
	if (n > OTHER_PAGES - (unsigned int)__builtin_popcountll(other->out))
		return -ENOMEM;
	for (unsigned int i = 0; n; i++) {
		if (other->out >> i & 1)
			continue;
		other->out |= 1ull << i;
		other->live[i] = 0;
		*pages++ = OTHER_BASE + i * FRAME_SIZE;
		n--;
	}
	return 0;
}

static void other_free(struct page_allocator *self, unsigned int n,
		       const page_ref *pages)
{
	struct other *other = (struct other *)self;

	other->frees++;
	for (; n; n--, pages++)
		other->out &= ~(1ull << (page_ref_pa(*pages) - OTHER_BASE) /
				FRAME_SIZE);
}

static u16 *other_live(struct page_allocator *self, u64 pa)
{
	struct other *other = (struct other *)self;
	u64 i = (pa - OTHER_BASE) / FRAME_SIZE;

	return i < OTHER_PAGES && other->out >> i & 1 ? &other->live[i] : NULL;
}

static struct other other_make(void)
{
	struct other other = {
		.allocator = {
			.name = "other",
			.alloc = other_alloc,
			.free = other_free,
			.live = other_live,
		},
	};

	return other;
}

/* Proves: PAL-001 PAL-003 */
HOST_TEST(page_alloc_static_pool_serves_16_pages_before_registration)
{
	struct page_registry reg;
	page_ref pages[BOOT_POOL_PAGES];

	page_registry_init(&reg, POOL_BASE, false);
	EXPECT_EQ(page_registry_alloc(&reg, BOOT_POOL_PAGES, pages), 0);
	for (int i = 0; i < BOOT_POOL_PAGES; i++)
		EXPECT_EQ(pages[i], POOL_BASE + i * FRAME_SIZE);
	EXPECT_EQ(reg.pool_stats.requests, BOOT_POOL_PAGES);
	EXPECT_EQ(reg.pool_stats.now, BOOT_POOL_PAGES);
	EXPECT_EQ(reg.pool_stats.peak, BOOT_POOL_PAGES);
	EXPECT_EQ(reg.registered_stats.requests, 0);
	page_registry_free(&reg, BOOT_POOL_PAGES, pages);
	EXPECT_EQ(reg.pool_stats.returned, BOOT_POOL_PAGES);
	EXPECT_EQ(reg.pool_stats.now, 0);
	EXPECT_EQ(reg.pool_stats.peak, BOOT_POOL_PAGES);
}

/* Proves: PAL-004 */
HOST_TEST(page_alloc_pool_gives_all_or_nothing)
{
	struct page_registry reg;
	struct boot_pool before;
	page_ref pages[BOOT_POOL_PAGES + 1];

	page_registry_init(&reg, POOL_BASE, true);
	EXPECT_EQ(page_registry_alloc(&reg, 10, pages), 0);
	before = reg.pool;
	EXPECT_EQ(page_registry_alloc(&reg, 7, pages + 10), -ENOMEM);
	EXPECT(!memcmp(&before, &reg.pool, sizeof(before)));
	EXPECT_EQ(reg.pool_stats.refused, 7);
	EXPECT_EQ(reg.pool_stats.now, 10);
	EXPECT_EQ(page_registry_alloc(&reg, 6, pages + 10), 0);
	EXPECT_EQ(page_registry_alloc(&reg, 1, pages + 16), -ENOMEM);
	page_registry_free(&reg, 16, pages);
	EXPECT_EQ(page_registry_alloc(&reg, 17, pages), -ENOMEM);
}

/* Proves: PAL-005 */
HOST_TEST(page_alloc_pool_page_is_known_zero_only_when_it_was_said_to_be)
{
	struct page_registry reg;
	page_ref pages[3], hint;

	page_registry_init(&reg, POOL_BASE, true);
	EXPECT_EQ(page_registry_alloc(&reg, 3, pages), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT(page_ref_zero(pages[i]));
		EXPECT_EQ(page_ref_pa(pages[i]), POOL_BASE + i * FRAME_SIZE);
	}
	hint = page_ref_pa(pages[0]);
	page_registry_free(&reg, 1, &hint);
	hint = page_ref_pa(pages[1]) | PAGE_KNOWN_ZERO;
	page_registry_free(&reg, 1, &hint);
	EXPECT_EQ(page_registry_alloc(&reg, 2, pages), 0);
	EXPECT(!page_ref_zero(pages[0]));
	EXPECT(page_ref_zero(pages[1]));
	/* out again and back without a hint: no longer known */
	hint = page_ref_pa(pages[1]);
	page_registry_free(&reg, 1, &hint);
	EXPECT_EQ(page_registry_alloc(&reg, 1, pages), 0);
	EXPECT(!page_ref_zero(pages[0]));
}

/* Proves: PAL-002 PAL-006 */
HOST_TEST(page_alloc_registered_provider_serves_and_pages_find_their_way_back)
{
	struct other other = other_make();
	struct page_registry reg;
	page_ref pages[6];

	page_registry_init(&reg, POOL_BASE, false);
	EXPECT_EQ(page_registry_alloc(&reg, 2, pages), 0);
	EXPECT_EQ(set_page_allocator(&reg, &other.allocator), 0);
	EXPECT_EQ(page_registry_alloc(&reg, 3, pages + 2), 0);
	EXPECT_EQ(other.allocs, 1);
	EXPECT_EQ(other.out, 7);
	EXPECT_EQ(reg.registered_stats.now, 3);
	EXPECT_EQ(reg.pool_stats.now, 2);
	/* interleaved: each to where it came from, in as few calls as can be */
	pages[5] = pages[1];
	pages[1] = pages[4];
	pages[4] = pages[3];
	pages[3] = pages[2];
	pages[2] = pages[0];
	page_registry_free(&reg, 5, pages + 1);
	EXPECT_EQ(other.out, 0);
	EXPECT_EQ(other.frees, 2);
	EXPECT_EQ(reg.pool.used, 0);
	EXPECT_EQ(reg.pool_stats.returned, 2);
	EXPECT_EQ(reg.registered_stats.returned, 3);
	EXPECT_EQ(reg.registered_stats.peak, 3);
}

/* Proves: PAL-007 */
HOST_TEST(page_alloc_nothing_falls_back_to_the_pool)
{
	struct other other = other_make();
	struct page_registry reg;
	page_ref pages[OTHER_PAGES + 1];

	page_registry_init(&reg, POOL_BASE, false);
	EXPECT_EQ(set_page_allocator(&reg, &other.allocator), 0);
	EXPECT_EQ(page_registry_alloc(&reg, OTHER_PAGES + 1, pages), -ENOMEM);
	EXPECT_EQ(reg.registered_stats.refused, OTHER_PAGES + 1);
	EXPECT_EQ(reg.pool_stats.requests, 0);
	EXPECT_EQ(reg.pool.used, 0);
}

/* Proves: PAL-008 */
HOST_TEST(page_alloc_provider_with_pages_out_is_not_replaced)
{
	struct other other = other_make();
	struct other another = other_make();
	struct page_registry reg;
	page_ref page;

	page_registry_init(&reg, POOL_BASE, false);
	EXPECT_EQ(set_page_allocator(&reg, &other.allocator), 0);
	EXPECT_EQ(page_registry_alloc(&reg, 1, &page), 0);
	EXPECT_EQ(set_page_allocator(&reg, NULL), -EBUSY);
	EXPECT_EQ(set_page_allocator(&reg, &another.allocator), -EBUSY);
	EXPECT(reg.registered == &other.allocator);
	EXPECT_EQ(set_page_allocator(&reg, &other.allocator), 0);
	page_registry_free(&reg, 1, &page);
	EXPECT_EQ(set_page_allocator(&reg, &another.allocator), 0);
	EXPECT_EQ(set_page_allocator(&reg, NULL), 0);
	EXPECT_EQ(page_registry_alloc(&reg, 1, &page), 0);
	EXPECT_EQ(page, POOL_BASE);
}

/* Proves: PAL-009 */
HOST_TEST(page_alloc_live_word_is_there_while_the_page_is_out)
{
	struct other other = other_make();
	struct page_registry reg;
	page_ref page, registered;
	u16 *word;

	page_registry_init(&reg, POOL_BASE, false);
	EXPECT(!page_registry_live(&reg, POOL_BASE));
	EXPECT_EQ(page_registry_alloc(&reg, 1, &page), 0);
	word = page_registry_live(&reg, page);
	EXPECT(word && !*word);
	*word = 512;
	EXPECT(page_registry_live(&reg, page) == word);
	EXPECT(!page_registry_live(&reg, page + 8));
	EXPECT(!page_registry_live(&reg, page + FRAME_SIZE));
	EXPECT(!page_registry_live(&reg, OTHER_BASE));
	EXPECT_EQ(set_page_allocator(&reg, &other.allocator), 0);
	EXPECT(!page_registry_live(&reg, OTHER_BASE));
	EXPECT_EQ(page_registry_alloc(&reg, 1, &registered), 0);
	EXPECT(page_registry_live(&reg, OTHER_BASE) == &other.live[0]);
	page_registry_free(&reg, 1, &page);
	EXPECT(!page_registry_live(&reg, page));
	EXPECT_EQ(page_registry_alloc(&reg, 1, &registered), 0);
	page_registry_free(&reg, 1, &registered);
	page = OTHER_BASE;
	page_registry_free(&reg, 1, &page);
	EXPECT_EQ(set_page_allocator(&reg, NULL), 0);
	EXPECT_EQ(page_registry_alloc(&reg, 1, &page), 0);
	EXPECT_EQ(*page_registry_live(&reg, page), 0);
	EXPECT(!page_registry_live(&reg, POOL_BASE - FRAME_SIZE));
	EXPECT(!page_registry_live(&reg, POOL_BASE +
				   BOOT_POOL_PAGES * FRAME_SIZE));
	EXPECT(!reg.pool.allocator.live(&reg.pool.allocator,
					POOL_BASE - FRAME_SIZE));
	page_registry_free(&reg, 0, &page);
	EXPECT_EQ(reg.pool_stats.now, 1);
}
