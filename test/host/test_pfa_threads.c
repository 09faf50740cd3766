// SPDX-License-Identifier: GPL-2.0+
/*
 * Several threads and one PFA, under ThreadSanitizer: nothing but its lock keeps
 * them apart. Built by itself, with MMU_PFA_THREADS.
 */

#include <mmu_pfa/lock.h>
#include <mmu_pfa/pfa.h>

#include <pthread.h>
#include <stdlib.h>

#include "tap.h"

#define THREADS		4
#define ROUNDS		20000
#define HELD		16
#define RAM_SIZE	(16ull << 20)
#define RAM_PA		(3ull << 30)
#define ZONE_SIZE	(1ull << 20)	/* that the source has, once */

/** struct worker - one thread: what it holds, and what went wrong */
struct worker {
	struct pfa *pfa;
	unsigned int number;
	u64 random;
	u64 pa[HELD];
	const char *wrong;
};

static u32 random_below(struct worker *w, u32 n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random >> 16) % n;
}

static u64 *virt(struct worker *w, u64 pa)
{
	return (u64 *)(uintptr_t)(pa + w->pfa->virt_offset);
}

static void take(struct worker *w, unsigned int i)
{
	char tag[8];
	struct pfa_request req = {
		.size = (1 + random_below(w, 5)) * FRAME_SIZE,
		.owner = PFA_OWNER_USER,
		.tag = tag,
	};

	snprintf(tag, sizeof(tag), "t%u", w->number);
	if (pfa_alloc(w->pfa, &req, &w->pa[i]))
		w->wrong = "allocation failed";
	else
		*virt(w, w->pa[i]) = w->pa[i] + w->number;
}

static void give(struct worker *w, unsigned int i)
{
	if (*virt(w, w->pa[i]) != w->pa[i] + w->number)
		w->wrong = "somebody else wrote to it";
	if (pfa_free(w->pfa, w->pa[i], PFA_OWNER_USER, NULL))
		w->wrong = "free refused";
	w->pa[i] = 0;
}

/* Those who look, and the way of table pages. */
static void look(struct worker *w)
{
	struct page_allocator *tables = pfa_page_allocator(w->pfa);
	struct pfa_request req = { .owner = PFA_OWNER_USER };
	struct pfa_tag_stats tag;
	struct pfa_report report;
	struct pfa_block block;
	struct pfa_stats stats;
	page_ref pages[3];

	pfa_find(w->pfa, RAM_PA + random_below(w, RAM_SIZE), &block);
	pfa_next(w->pfa, RAM_PA, &block);
	pfa_walk(w->pfa, RAM_PA + random_below(w, RAM_SIZE), &block);
	for (unsigned int i = 0; pfa_tag_stats(w->pfa, i, &tag); i++) {
		if (tag.name[0] && tag.name[0] != 't')
			w->wrong = "a tag that nobody used";
	}
	if (!random_below(w, 8) && !pfa_grow(w->pfa, ZONE_SIZE))
		pfa_trim(w->pfa);
	if (!pfa_reserve(w->pfa, RAM_PA, FRAME_SIZE, &req, NULL) &&
	    pfa_free(w->pfa, RAM_PA, PFA_OWNER_USER, NULL))
		w->wrong = "free of what was reserved refused";
	if (pfa_stats(w->pfa, &stats) || !stats.size)
		w->wrong = "no statistics";
	if (!random_below(w, 8) && pfa_check(w->pfa, &report))
		w->wrong = report.violated;
	if (tables->alloc(tables, 3, pages)) {
		w->wrong = "no table pages";
		return;
	}
	if (!tables->live(tables, page_ref_pa(pages[1])))
		w->wrong = "a table page without a live word";
	tables->free(tables, 3, pages);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (int round = 0; round < ROUNDS && !w->wrong; round++) {
		unsigned int i = random_below(w, HELD);

		if (!random_below(w, 50))
			look(w);
		else if (w->pa[i])
			give(w, i);
		else
			take(w, i);
	}
	for (unsigned int i = 0; i < HELD; i++) {
		if (w->pa[i])
			give(w, i);
	}
	return NULL;
}

/* The last megabyte of the RAM, for one at a time; the PFA's lock is held. */
static int source_take(void *ctx, u64 size, u64 align, u64 *pa)
{
	bool *taken = ctx;

	(void)size;
	(void)align;
	if (*taken)
		return -ENOMEM;
	*taken = true;
	*pa = RAM_PA + RAM_SIZE;
	return 0;
}

static void source_give(void *ctx, u64 pa, u64 size)
{
	(void)pa;
	(void)size;
	*(bool *)ctx = false;
}

/* Proves: PFA-032 */
HOST_TEST(pfa_is_safe_for_several_threads)
{
	u8 *ram = aligned_alloc(4096, RAM_SIZE + ZONE_SIZE);
	bool taken = false;
	struct pfa_source source = { source_take, source_give, &taken };
	struct worker workers[THREADS] = { 0 };
	pthread_t threads[THREADS];
	struct pfa_report report;
	struct pfa pfa;

	pfa_init(&pfa, (s64)((uintptr_t)ram - RAM_PA), &source);
	EXPECT_EQ(pfa_add_zone(&pfa, RAM_PA, RAM_SIZE), 0);
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].pfa = &pfa;
		workers[i].number = i;
		workers[i].random = i + 1;
		EXPECT_EQ(pthread_create(&threads[i], NULL, work, &workers[i]),
			  0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < THREADS; i++) {
		if (workers[i].wrong)
			tap_fail(__FILE__, __LINE__, workers[i].wrong);
	}
	pfa_trim(&pfa);
	EXPECT(!taken);
	EXPECT_EQ(pfa_check(&pfa, &report), 0);
	EXPECT_EQ(pfa.used, 0);
	free(ram);
}

/* Proves: PFA-022 */
HOST_TEST(pfa_lock_turns_away_its_holder_only)
{
	struct pfa_request req = { .size = 1, .owner = PFA_OWNER_USER };
	struct pfa pfa;
	u64 pa;

	pfa_init(&pfa, 0, NULL);
	EXPECT(pfa_lock_take(&pfa.lock));
	EXPECT_EQ(pfa_alloc(&pfa, &req, &pa), -EDEADLK);
	pfa_lock_drop(&pfa.lock);
	EXPECT_EQ(pfa_alloc(&pfa, &req, &pa), -ENOMEM);
}
