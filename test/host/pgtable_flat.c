// SPDX-License-Identifier: GPL-2.0+
/*
 * Operations on a tree and on an array: see pgtable_flat.h.
 */

#include "pgtable_flat.h"

#include <stdlib.h>

/* Where the CPU stands at first. */
#define STOOD_FROM	(1 * GiB + 300 * MiB)
#define STOOD_SIZE	(768 * KiB)

static u64 below(struct flat *r, u64 n)
{
	return r->choose(r) % n;
}

static bool one_in(struct flat *r, unsigned int n)
{
	return !below(r, n);
}

static void wrong(struct flat *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
}

/* What a page of a leaf means: attributes, validity and address. */
static u64 flat_of(pte_t pte, u64 pa)
{
	return (pte & ~(PTE_ADDR_MASK | PTE_CONT | 2)) | pa;
}

struct request {
	u64 va, pa, size;	/* va from the start of the window */
	unsigned int flags;
	struct vmsa_attr attr;
};

static const struct vmsa_attr attrs[] = {
	{ VMSA_WB, VMSA_ISH, VMSA_RW, false },
	{ VMSA_WB, VMSA_ISH, VMSA_RO, false },
	{ VMSA_WB, VMSA_ISH, VMSA_RO, true },
	{ VMSA_NC, VMSA_ISH, VMSA_RW, false },
	{ VMSA_DEV_NGNRE, VMSA_NSH, VMSA_RW, false },
	{ VMSA_WB, VMSA_ISH, VMSA_NONE, false },
};

static u64 random_size(struct flat *r)
{
	unsigned int dice = below(r, 1000);

	if (dice < 600)
		return (1 + below(r, 8)) * FRAME_SIZE;
	if (dice < 850)
		return (1 + below(r, 512)) * FRAME_SIZE;
	if (dice < 900)
		return (1 + below(r, 8)) * 2 * MiB;
	if (dice < 994)
		return (1 + below(r, 4096)) * FRAME_SIZE;
	if (dice < 997)
		return (1 + below(r, 2)) * GiB;
	return (1 + below(r, FLAT_PAGES / 2)) * FRAME_SIZE;
}

/*
 * Most of it near a 2 MiB or 1 GiB border, where things go wrong, or where the CPU
 * stands.
 */
static u64 random_va(struct flat *r, u64 size)
{
	u64 va;

	if (one_in(r, 6))
		va = r->stood & ~(16 * FRAME_SIZE - 1);
	else if (one_in(r, 3))
		va = below(r, 5) * GiB;
	else
		va = (below(r, 16) * 128 + below(r, 6)) * 2 * MiB;
	if (one_in(r, 2))
		va += below(r, 16) * FRAME_SIZE - 8 * FRAME_SIZE;
	if (one_in(r, 4))
		va -= size;
	if (va > 4 * GiB - size)
		va = below(r, (4 * GiB - size) / FRAME_SIZE + 1) * FRAME_SIZE;
	return va;
}

static u64 random_pa(struct flat *r, u64 va)
{
	switch (below(r, 4)) {
	case 0:
		return below(r, 1ull << 26) * FRAME_SIZE;
	case 1:
		return va + below(r, 64) * 2 * MiB;
	default:
		return va + below(r, 64) * GiB;
	}
}

static struct request random_request(struct flat *r)
{
	struct request q;

	q.size = random_size(r);
	q.va = random_va(r, q.size);
	q.pa = random_pa(r, q.va);
	q.attr = attrs[below(r, 6)];
	q.flags = 0;
	r->from = q.va;
	r->to = q.va + q.size;
	return q;
}

static bool stands_in(const struct flat *r, const struct request *q)
{
	return q->va < r->stood + r->stood_size && r->stood < q->va + q->size;
}

static void stand(struct flat *r, u64 va, u64 size)
{
	r->stood = va;
	r->stood_size = size;
	r->w.mmu.nstands = 0;
	model_mmu_stand(&r->w.mmu, r->base + va, size);
}

/* The CPU goes to another place, if that is mapped. */
static void move(struct flat *r)
{
	u64 size = (one_in(r, 2) ? 1 : 1 + below(r, 192)) * FRAME_SIZE;
	u64 va = random_va(r, size);

	for (u64 i = va / FRAME_SIZE; i < (va + size) / FRAME_SIZE; i++) {
		if (!(r->flat[i] & PTE_VALID))
			return;
	}
	stand(r, va, size);
	r->moved++;
}

/*
 * Begin with an operation that may be refused for what the CPU stands on: then it
 * must have changed nothing.
 */
static void begin(struct flat *r, const struct request *q)
{
	if (stands_in(r, q))
		world_save(&r->w);
}

/* Whether there is a contiguous run, whole in the range, that the CPU stands on. */
static bool run_stood_on(struct flat *r, const struct request *q)
{
	for (u64 va = r->stood; va < r->stood + r->stood_size;
	     va += FRAME_SIZE) {
		u64 run = 16 * vmsa_size(world_level(&r->w, r->base + va));
		u64 first = va & ~(run - 1);

		if (world_pte(&r->w, r->base + va) & PTE_CONT &&
		    first >= q->va && first + run <= q->va + q->size)
			return true;
	}
	return false;
}

/* Whether an operation was refused for such a run, before a conflict at @where. */
static bool kept_run(struct flat *r, const struct request *q, int err, u64 where)
{
	if (err != -EPERM || r->w.res.refusal != PGTABLE_REFUSED_CONT)
		return false;
	r->kept++;
	if (!run_stood_on(r, q))
		wrong(r, "a contiguous run was kept for no reason");
	if (r->w.res.va - r->base > where)
		wrong(r, "a conflict was not told first");
	return true;
}

/* The first page from @va on, in the range, that is (not) a hole; or its end. */
static u64 first_page(struct flat *r, const struct request *q, bool hole)
{
	u64 va;

	for (va = q->va; va < q->va + q->size; va += FRAME_SIZE) {
		if (!r->flat[va / FRAME_SIZE] == hole)
			break;
	}
	return va;
}

static unsigned int available(struct flat *r)
{
	struct world *w = &r->w;

	if (!w->reg.registered)
		return BOOT_POOL_PAGES - w->reg.pool_stats.now;
	if (w->limit <= w->nout)
		return 0;
	return w->limit - w->nout < w->nfree ? w->limit - w->nout : w->nfree;
}

/* What the operation returned, against what it should have. */
static bool returned_right(struct flat *r, const struct request *q, int err,
			   int conflict, u64 where, unsigned int could)
{
	bool conflicts = where != q->va + q->size, on = stands_in(r, q);

	if (err && on && !world_unchanged(&r->w))
		wrong(r, "what was refused has changed something");
	r->under += !err && on;
	if (kept_run(r, q, err, where))
		return false;
	if (conflicts) {
		r->refused++;
		if (err != conflict)
			wrong(r, "a conflict was not told");
		else if (r->w.res.va != r->base + where)
			wrong(r, "a conflict was told of another address");
	} else if (r->w.res.needed > could) {
		r->oom++;
		if (err != -ENOMEM)
			wrong(r, "did not run out of tables");
	} else if (err) {
		wrong(r, "an operation failed for no reason");
	}
	return !err;
}

static void do_map(struct flat *r)
{
	static const unsigned int limits[] = {
		0, 0, PGTABLE_MAX_2M, PGTABLE_MAX_4K
	};
	struct request q = random_request(r);
	unsigned int could = available(r);
	u64 where = q.va + q.size, i;
	pte_t attr;
	int err;

	q.flags = limits[below(r, 4)] | (one_in(r, 3) ? PGTABLE_REPLACE : 0);
	if ((q.flags & PGTABLE_REPLACE) && stands_in(r, &q) &&
	    q.attr.perm == VMSA_NONE)
		return;
	begin(r, &q);
	if (!(q.flags & PGTABLE_REPLACE))
		where = first_page(r, &q, false);
	err = pgtable_map(&r->w.pt, r->base + q.va, q.pa, q.size, q.attr,
			  q.flags, &r->w.res);
	if (!returned_right(r, &q, err, -EEXIST, where, could))
		return;
	attr = vmsa_encode(r->w.pt.regime, q.attr) |
	       (q.attr.perm != VMSA_NONE);
	for (i = 0; i < q.size; i += FRAME_SIZE)
		r->flat[(q.va + i) / FRAME_SIZE] = flat_of(attr, q.pa + i);
}

static void do_unmap(struct flat *r)
{
	struct request q = random_request(r);
	unsigned int could = available(r);
	u64 where = q.va + q.size;
	int err;

	if (stands_in(r, &q))
		return;
	if (one_in(r, 2))
		q.flags = PGTABLE_SKIP_HOLES;
	else
		where = first_page(r, &q, true);
	err = pgtable_unmap(&r->w.pt, r->base + q.va, q.size, q.flags,
			    &r->w.res);
	if (returned_right(r, &q, err, -ENOENT, where, could))
		memset(&r->flat[q.va / FRAME_SIZE], 0,
		       q.size / FRAME_SIZE * sizeof(*r->flat));
}

/* What a page becomes by a change, by the words of the contract. */
static u64 changed(struct flat *r, u64 page, struct vmsa_attr attr,
		   unsigned int named)
{
	struct vmsa_attr is = vmsa_decode(r->w.pt.regime, page | PTE_VALID);
	bool valid = page & PTE_VALID;

	if (!page)
		return 0;
	if (named & PGTABLE_NAMES_TYPE)
		is.type = attr.type;
	if (named & PGTABLE_NAMES_SHARE)
		is.share = attr.share;
	if (named & PGTABLE_NAMES_EXEC)
		is.exec = attr.exec;
	if (named & PGTABLE_NAMES_PERM) {
		valid = attr.perm != VMSA_NONE;
		is.perm = valid ? attr.perm : is.perm;
	}
	return vmsa_encode(r->w.pt.regime, is) | valid |
	       (page & PTE_ADDR_MASK);
}

/* The first page of the request that must not be changed so. */
static u64 first_refused(struct flat *r, const struct request *q,
			 unsigned int named)
{
	enum vmsa_regime regime = r->w.pt.regime;
	u64 va;

	for (va = q->va; va < q->va + q->size; va += FRAME_SIZE) {
		u64 is = r->flat[va / FRAME_SIZE];
		u64 to = changed(r, is, q->attr, named);

		if (is && ((vmsa_write_exec(regime, to) &&
			    !vmsa_write_exec(regime, is)) ||
			   (vmsa_device_exec(regime, to) &&
			    !vmsa_device_exec(regime, is))))
			break;
	}
	return va;
}

static void do_protect(struct flat *r)
{
	struct request q = random_request(r);
	unsigned int could = available(r), named = 1 + below(r, 15);
	unsigned int flags = one_in(r, 4) ? PGTABLE_MERGE_AFTER : 0;
	u64 hole, refused = q.va + q.size;
	int err;

	if (one_in(r, 2))
		named &= PGTABLE_NAMES_PERM | PGTABLE_NAMES_EXEC;
	if (!named || (named & PGTABLE_NAMES_PERM && stands_in(r, &q) &&
		       q.attr.perm == VMSA_NONE))
		return;
	begin(r, &q);
	if (one_in(r, 2))
		flags |= PGTABLE_ALLOW_WX;
	else
		refused = first_refused(r, &q, named);
	hole = first_page(r, &q, true);
	if (hole > refused || one_in(r, 2)) {
		flags |= PGTABLE_SKIP_HOLES;
		hole = q.va + q.size;
	}
	err = pgtable_protect(&r->w.pt, r->base + q.va, q.size, q.attr, named,
			      flags, &r->w.res);
	if (!returned_right(r, &q, err, hole < refused ? -ENOENT : -EPERM,
			    hole < refused ? hole : refused, could))
		return;
	r->protects++;
	for (u64 i = q.va / FRAME_SIZE; i < (q.va + q.size) / FRAME_SIZE; i++)
		r->flat[i] = changed(r, r->flat[i], q.attr, named);
}

static void do_split(struct flat *r)
{
	struct request q = random_request(r);
	unsigned int could = available(r);
	u64 where = first_page(r, &q, true);
	unsigned int flags = 0;
	int err;

	if (q.size > 64 * MiB)
		return;
	if (one_in(r, 2)) {
		flags = PGTABLE_SKIP_HOLES;
		where = q.va + q.size;
	}
	begin(r, &q);
	err = pgtable_split(&r->w.pt, r->base + q.va, q.size, flags, &r->w.res);
	returned_right(r, &q, err, -ENOENT, where, could);
}

static void do_merge(struct flat *r)
{
	struct request q = random_request(r);

	if (pgtable_merge(&r->w.pt, r->base + q.va, q.size,
			  one_in(r, 2) ? PGTABLE_MERGE_ALL : 0, &r->w.res))
		wrong(r, "could not merge");
}

static void compare_region(struct flat *r, const struct pgtable_region *g)
{
	u64 page = (g->va - r->base) / FRAME_SIZE;
	u64 expected = pte_hole(g->pte) ? 0 : flat_of(g->pte, g->pa);
	u64 step = pte_hole(g->pte) ? 0 : FRAME_SIZE;

	for (u64 i = 0; i < g->size / FRAME_SIZE; i++, expected += step) {
		if (r->flat[page + i] != expected) {
			wrong(r, "a page is not what it should be");
			return;
		}
	}
}

static void compare(struct flat *r, u64 from, u64 to)
{
	struct pgtable_region g;
	u64 va;

	for (va = r->base + from; va < r->base + to; va = g.va + g.size) {
		if (!pgtable_next_region(&r->w.pt, va, r->base + to,
					 PGTABLE_HOLES | PGTABLE_EACH_ENTRY,
					 &g) || g.va != va) {
			wrong(r, "regions have a gap");
			return;
		}
		compare_region(r, &g);
	}
}

/*
 * The GiB that the CPU stands on at first: one block, whatever was there. The table
 * for it may have gone, if the CPU stands elsewhere meanwhile.
 */
static void map_ground(struct flat *r)
{
	pte_t attr = vmsa_encode(r->w.pt.regime, world_rw) | PTE_VALID;
	unsigned int limit = r->w.limit;
	bool room;
	int err;

	r->w.limit = WORLD_PAGES;
	room = available(r) > 1;
	err = world_map(&r->w, r->base + 1 * GiB, 1 * GiB, 1 * GiB,
			PGTABLE_REPLACE);
	r->w.limit = limit;
	if (err == -ENOMEM && !room)
		return;
	if (err)
		wrong(r, "could not map what the CPU stands on");
	for (u64 i = 1 * GiB; i < 2 * GiB; i += FRAME_SIZE)
		r->flat[i / FRAME_SIZE] = flat_of(attr, i);
}

/* Make a range a hole. With the static pool there may be no table for that. */
static void clear(struct flat *r, u64 from, u64 to)
{
	int err = pgtable_unmap(&r->w.pt, r->base + from, to - from,
				PGTABLE_SKIP_HOLES, &r->w.res);

	if (!err)
		memset(r->flat + from / FRAME_SIZE, 0,
		       (to - from) / FRAME_SIZE * sizeof(*r->flat));
	else if (err != -ENOMEM || r->w.reg.registered)
		wrong(r, "could not unmap everything");
}

/* Give everything back, but for what the CPU stands on. */
static void clear_all(struct flat *r)
{
	u64 end = r->stood + r->stood_size;

	r->w.limit = WORLD_PAGES;
	if (r->stood)
		clear(r, 0, r->stood);
	if (end < 4 * GiB)
		clear(r, end, 4 * GiB);
}

void flat_check_order(struct flat *r)
{
	const char *disorder = world_check(&r->w);

	if (disorder)
		wrong(r, disorder);
}

void flat_check(struct flat *r)
{
	flat_check_order(r);
	compare(r, 0, 4 * GiB);
}

static u64 at_most(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* The range of the last operation and what is next to it. */
static void compare_around(struct flat *r)
{
	u64 margin = 16 * FRAME_SIZE;

	if (r->to - r->from > 64 * MiB)
		return;
	compare(r, r->from - at_most(r->from, margin),
		at_most(r->to + margin, 4 * GiB));
}

static void one_of_all(struct flat *r)
{
	switch (below(r, 12)) {
	case 0 ... 3:
		do_map(r);
		break;
	case 4 ... 6:
		do_unmap(r);
		break;
	case 7 ... 9:
		do_protect(r);
		break;
	case 10:
		do_split(r);
		break;
	default:
		do_merge(r);
		break;
	}
}

void flat_operation(struct flat *r)
{
	const char *fault;

	if (one_in(r, 64))
		r->w.limit = one_in(r, 3) ? r->w.nout + below(r, 4) :
					    WORLD_PAGES;
	one_of_all(r);
	r->done++;
	if (one_in(r, 16))
		move(r);
	fault = model_mmu_settled(&r->w.mmu);
	if (fault)
		wrong(r, fault);
	compare_around(r);
	if (r->done % 1000 == 0)
		flat_check(r);
	if (r->done % 8000 == 0)
		clear_all(r);
	if (r->done % 250 == 0)
		map_ground(r);
}

void flat_begin(struct flat *r, struct world_kind kind, u64 base)
{
	r->base = base;
	r->flat = calloc(FLAT_PAGES, sizeof(*r->flat));
	world_begin(&r->w, kind);
	stand(r, STOOD_FROM, STOOD_SIZE);
	map_ground(r);
}

void flat_end(struct flat *r)
{
	world_end(&r->w);
	free(r->flat);
}
