// SPDX-License-Identifier: GPL-2.0+
/*
 * A random test of a tree that is in use, on a range that nobody else uses.
 * What each page of the range shall be is kept in an array beside it, and
 * compared after each operation with what the tables say, and page by page with
 * what the hardware says where it can be asked.
 */

#include "pgtable_internal.h"

#define VERIFY_EVERY	64
#define STOP_EVERY	4

#define ATTRS		4

static const struct vmsa_attr attrs[ATTRS] = {
	{ VMSA_WB, VMSA_ISH, VMSA_RW, false },
	{ VMSA_WB, VMSA_ISH, VMSA_RO, false },
	{ VMSA_WB, VMSA_ISH, VMSA_RO, true },
	{ VMSA_WB, VMSA_ISH, VMSA_NONE, false },
};

/** struct run - a test under way; @va, @size: of the operation, from 0 */
struct run {
	struct pgtable *pt;
	struct pgtable_selftest *test;
	u64 random;
	u64 va;
	u64 size;
	struct vmsa_attr attr;
};

static u64 random_below(struct run *run, u64 n)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return (run->random >> 11) % n;
}

static void wrong(struct run *run, const char *what, u64 at)
{
	if (run->test->wrong)
		return;
	run->test->wrong = what;
	run->test->at = at;
}

/* Half of the time few pages, else any number. */
static void random_request(struct run *run)
{
	u64 pages = run->test->size / FRAME_SIZE;
	u64 some = pgtable_min(pages, 1 + random_below(run, 32));
	u64 n = random_below(run, 2) ? some : 1 + random_below(run, pages);

	run->size = n * FRAME_SIZE;
	run->va = random_below(run, pages - n + 1) * FRAME_SIZE;
	run->attr = attrs[random_below(run, ATTRS)];
}

static u64 *first_page(struct run *run)
{
	return &run->test->map[run->va / FRAME_SIZE];
}

/* Offset of the first page that is a hole, or is none; or the size. */
static u64 find_page(struct run *run, bool hole)
{
	const u64 *page = first_page(run);
	u64 at;

	for (at = 0; at < run->size; at += FRAME_SIZE) {
		if (!*page++ == hole)
			break;
	}
	return at;
}

/* Whether an operation was done; it had to be refused if @conflict is in it. */
static bool done(struct run *run, int err, int expected, u64 conflict)
{
	bool refuse = conflict < run->size;

	if (err == -ENOMEM)
		return false;
	if (refuse && err == expected)
		run->test->refused++;
	else if (refuse)
		wrong(run, "conflict not refused", run->va + conflict);
	else if (err)
		wrong(run, "an operation fails", run->va);
	return !err;
}

static u64 page_of(struct run *run, struct vmsa_attr attr, u64 pa)
{
	return vmsa_encode(run->pt->regime, attr) | pa |
	       (attr.perm != VMSA_NONE);
}

static void do_map(struct run *run)
{
	static const unsigned int limits[] = { 0, 0, PGTABLE_MAX_4K,
					       PGTABLE_REPLACE };
	unsigned int flags = limits[random_below(run, 4)];
	u64 conflict = run->size, i, *page = first_page(run);
	u64 pa = run->test->pa + run->va;
	struct pgtable_result res;
	int err;

	if (flags != PGTABLE_REPLACE)
		conflict = find_page(run, false);
	err = pgtable_map(run->pt, run->test->va + run->va, pa, run->size,
			  run->attr, flags, &res);
	if (!done(run, err, -EEXIST, conflict))
		return;
	for (i = 0; i < run->size; i += FRAME_SIZE)
		*page++ = page_of(run, run->attr, pa + i);
}

static void do_unmap(struct run *run)
{
	struct pgtable_result res;
	int err;

	err = pgtable_unmap(run->pt, run->test->va + run->va, run->size, 0,
			    &res);
	if (done(run, err, -ENOENT, find_page(run, true)))
		memset(first_page(run), 0,
		       run->size / FRAME_SIZE * sizeof(u64));
}

static u64 protected(struct run *run, u64 page)
{
	struct vmsa_attr attr = run->attr;

	if (attr.perm == VMSA_NONE && page & PTE_AP_RO)
		attr.perm = VMSA_RO;
	return page ? (page_of(run, attr, page & PTE_ADDR_MASK) & ~PTE_VALID) |
		      (run->attr.perm != VMSA_NONE) : 0;
}

static void do_protect(struct run *run)
{
	struct pgtable_result res;
	u64 i, *page = first_page(run);
	int err;

	err = pgtable_protect(run->pt, run->test->va + run->va, run->size,
			      run->attr, PGTABLE_NAMES_PERM | PGTABLE_NAMES_EXEC,
			      PGTABLE_SKIP_HOLES | PGTABLE_ALLOW_WX |
			      (random_below(run, 2) ? PGTABLE_MERGE_AFTER : 0),
			      &res);
	if (!done(run, err, 0, run->size))
		return;
	for (i = 0; i < run->size; i += FRAME_SIZE, page++)
		*page = protected(run, *page);
}

static void do_split_or_merge(struct run *run)
{
	u64 va = run->test->va + run->va;
	struct pgtable_result res;
	int err;

	if (random_below(run, 2))
		err = pgtable_split(run->pt, va, run->size, PGTABLE_SKIP_HOLES,
				    &res);
	else
		err = pgtable_merge(run->pt, va, run->size, PGTABLE_MERGE_ALL,
				    &res);
	done(run, err, 0, run->size);
}

static void one_operation(struct run *run)
{
	random_request(run);
	switch (random_below(run, 8)) {
	case 0:
	case 1:
	case 2:
		do_map(run);
		break;
	case 3:
	case 4:
		do_unmap(run);
		break;
	case 5:
	case 6:
		do_protect(run);
		break;
	default:
		do_split_or_merge(run);
		break;
	}
	run->test->done++;
}

/* Whether an entry says of a page what it should. */
static bool says(const struct pgtable_step *step, u64 page, u64 va)
{
	pte_t attr = step->pte & ~(PTE_ADDR_MASK | PTE_CONT | PTE_TYPE_MASK);

	if (!page)
		return pte_hole(step->pte);
	attr |= pte_valid(step->pte);
	return page == (attr | (pte_leaf_pa(step->pte, step->level) +
				(va & (vmsa_size(step->level) - 1))));
}

static void compare(struct run *run)
{
	struct pgtable_selftest *test = run->test;
	u64 at, *page = test->map;

	for (at = test->va; at < test->va + test->size; at += FRAME_SIZE) {
		u64 pa = *page & PTE_VALID ? *page & PTE_ADDR_MASK : PA_NONE;
		struct pgtable_walk walk;

		pgtable_walk(run->pt, at, &walk);
		if (!says(pgtable_last_step(&walk), *page++, at))
			wrong(run, "a page is wrong", at);
		else if (test->probe && !test->probe(test->ctx, at, pa))
			wrong(run, "the hardware disagrees", at);
	}
}

static void verify(struct run *run)
{
	struct pgtable_result res;

	if (pgtable_verify(run->pt, &res))
		wrong(run, "tables not in order", res.va);
}

static bool stopped(struct pgtable_selftest *test)
{
	return test->done % STOP_EVERY == 0 && test->stop &&
	       test->stop(test->ctx);
}

static u32 tables(struct pgtable *pt)
{
	return pt->pages->pool_stats.now + pt->pages->registered_stats.now;
}

static int validate(struct pgtable *pt, struct pgtable_selftest *test)
{
	struct pgtable_region region;
	u64 end = 1ull << pt->va_bits;

	if (!test->size || ((test->va | test->pa | test->size) & FRAME_MASK) ||
	    test->size > PGTABLE_SELFTEST_PAGES * FRAME_SIZE ||
	    test->va > end || test->size > end - test->va)
		return -EINVAL;
	return pgtable_next_region(pt, test->va, test->va + test->size, 0,
				   &region) ? -EEXIST : 0;
}

int pgtable_selftest(struct pgtable *pt, struct pgtable_selftest *test)
{
	struct run run = { .pt = pt, .test = test };
	u32 before = tables(pt);
	struct pgtable_result res;
	int err = validate(pt, test);

	if (err)
		return err;
	run.random = test->seed * 0x9e3779b97f4a7c15ull | 1;
	test->done = 0;
	test->refused = 0;
	test->wrong = NULL;
	memset(test->map, 0, sizeof(test->map));
	while (!err && !test->wrong && test->done < test->ops) {
		one_operation(&run);
		compare(&run);
		if (test->done % VERIFY_EVERY == 0)
			verify(&run);
		err = stopped(test) ? -EINTR : 0;
	}
	if (pgtable_unmap(pt, test->va, test->size, PGTABLE_SKIP_HOLES, &res) ||
	    tables(pt) != before)
		wrong(&run, "tables are left over", test->va);
	verify(&run);
	return test->wrong ? -EIO : err;
}
