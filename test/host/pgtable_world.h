/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * A world for tests of the mapping engine: memory for tables at a physical
 * address of its own, and a tree in it.
 *
 *	page 0			the root, foreign
 *	1 .. FOREIGN-1		more foreign pages, for tests that link them
 *	then 16 pages		the static pool
 *	the rest		those of the provider
 *
 * The provider gives the page that it got back last (LIFO), each with what an
 * earlier user could have left: descriptors that look valid. It believes a
 * zero hint only after looking, and notes every breach of its contract in
 * @breach.
 */

#ifndef _TEST_HOST_PGTABLE_WORLD_H
#define _TEST_HOST_PGTABLE_WORLD_H

#include "model_mmu.h"
#include "tap.h"

#define WORLD_FOREIGN	8
#ifndef WORLD_PAGES
#define WORLD_PAGES	1024
#endif
#define WORLD_BASE	0x40000000ull

struct world {
	struct pgtable pt;
	struct page_registry reg;
	struct page_allocator provider;
	struct model_mmu mmu;
	struct pgtable_result res;	/* for tests to use */
	bool quiet;
	pte_t *memory;
	pte_t *saved;			/* memory, as world_save() found it */
	u16 *saved_live;		/* live counts, likewise; NOT_OUT: no table */
	u16 *live;
	bool *out;
	page_ref *free;
	unsigned int nfree;
	unsigned int limit;		/* so many pages may be out */
	unsigned int nout;
	const char *breach;
};

/* What a tree is like; a world begins as an empty one. */
struct world_kind {
	enum vmsa_regime regime;
	unsigned int va_bits;
	bool pool;	/* no provider is registered */
	bool quiet;	/* not live: no model */
	bool tlbi_range;
};

void world_begin(struct world *w, struct world_kind kind);
void world_end(struct world *w);

/* Tests write descriptors by hand: take them as they are now. */
void world_adopt(struct world *w);

void world_save(struct world *w);
/* Whether tables, live counts and who has which page are as at world_save(). */
bool world_unchanged(struct world *w);

/* NULL, or what is wrong with tree, provider or model. */
const char *world_check(struct world *w);

/* Tables that are not foreign. */
unsigned int world_tables(struct world *w);

/* A foreign page: as a table, and its physical address. */
pte_t *world_foreign(struct world *w, unsigned int i);
u64 world_foreign_pa(struct world *w, unsigned int i);

/* The descriptor that ends the walk for @va, and its level. */
pte_t world_pte(struct world *w, u64 va);
unsigned int world_level(struct world *w, u64 va);
/* Where @va goes to, or PA_NONE. */
u64 world_pa(struct world *w, u64 va);

static const struct vmsa_attr world_rw = { VMSA_WB, VMSA_ISH, VMSA_RW, false };
static const struct vmsa_attr world_rx = { VMSA_WB, VMSA_ISH, VMSA_RO, true };

static inline int world_map(struct world *w, u64 va, u64 pa, u64 size,
			    unsigned int flags)
{
	return pgtable_map(&w->pt, va, pa, size, world_rw, flags, &w->res);
}

static inline int world_unmap(struct world *w, u64 va, u64 size,
			      unsigned int flags)
{
	return pgtable_unmap(&w->pt, va, size, flags, &w->res);
}

/* End the test with what is wrong, if anything is. */
#define EXPECT_ORDER(w) do {						\
	const char *wrong = world_check(w);				\
									\
	if (wrong) {							\
		tap_fail(__FILE__, __LINE__, wrong);			\
		return;							\
	}								\
} while (0)

/* A request that fails with @err and leaves everything as it was. */
#define EXPECT_REFUSED(w, call, err) do {				\
	world_save(w);							\
	EXPECT_EQ(call, err);						\
	EXPECT(world_unchanged(w));					\
	EXPECT_ORDER(w);						\
} while (0)

#define ARRAY_SIZE(x)	(sizeof(x) / sizeof((x)[0]))

#define KiB	(1ull << 10)
#define MiB	(1ull << 20)
#define GiB	(1ull << 30)

#endif /* _TEST_HOST_PGTABLE_WORLD_H */
