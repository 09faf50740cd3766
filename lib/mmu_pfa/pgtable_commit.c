// SPDX-License-Identifier: GPL-2.0+
/*
 * Commit: bring a range to its target. All tables that it takes are at hand,
 * and nothing here can fail.
 *
 * A table that the walker can't see yet is built: plain stores, no zeroing of
 * what is about to be written, one pass, then one store links it. A table that
 * the walker can see is edited.
 */

#include "pgtable_internal.h"
#include "pgtable_hw.h"

pte_t *pgtable_take_table(struct pgtable_op *op, page_ref *page)
{
	pte_t *table = pgtable_at(op->pt, page_ref_pa(op->spare));
	u64 pa = page_ref_pa(op->spare);

	*page = op->spare;
	op->spare = table[0];
	table[0] = 0;
	op->res->added[pgtable_origin(op->pt, pa)]++;
	return table;
}

/* Eight at a time: most of what a large map costs is here. */
static void fill(pte_t *entry, unsigned int n, pte_t pte, u64 step)
{
	for (; n >= 8; n -= 8, entry += 8, pte += 8 * step) {
		entry[0] = pte;
		entry[1] = pte + step;
		entry[2] = pte + 2 * step;
		entry[3] = pte + 3 * step;
		entry[4] = pte + 4 * step;
		entry[5] = pte + 5 * step;
		entry[6] = pte + 6 * step;
		entry[7] = pte + 7 * step;
	}
	for (; n; n--, pte += step)
		*entry++ = pte;
}

/*
 * Entry @index of the table that replaces @block, a leaf or no-access entry of
 * the level above @level; every attribute is handed down. Type bits are those
 * of the level, and a run of one entry is not contiguous.
 */
static pte_t block_part(pte_t block, unsigned int level, unsigned int index)
{
	pte_t attr = block & ~(PTE_ADDR_MASK | PTE_TYPE_MASK | PTE_CONT);
	u64 pa = pte_leaf_pa(block, level - 1);

	if (pte_hole(block))
		return 0;
	if (pte_valid(block))
		attr |= vmsa_leaf_type(level);
	return attr | (pa + ((u64)index << vmsa_shift(level)));
}

/* Entries [@first, @end) keep the meaning that @block gave them. */
static void build_rest(pte_t *table, unsigned int level, unsigned int first,
		       unsigned int end, pte_t block)
{
	if (pte_hole(block))
		clear_words(table + first, end - first);
	else
		fill(table + first, end - first,
		     block_part(block, level, first), vmsa_size(level));
}

/*
 * How many of @n leaves, from the one that maps @va and is *@pte on, are alike in
 * having the contiguous hint or not; sets it in *@pte.
 */
static unsigned int hinted(unsigned int level, u64 va, unsigned int n,
			   pte_t *pte)
{
	u64 mask = VMSA_CONT_ENTRIES * vmsa_size(level) - 1;
	unsigned int head;

	if ((pte_addr(*pte) ^ va) & mask)
		return n;
	head = ((mask + 1 - (va & mask)) & mask) >> vmsa_shift(level);
	if (head || n < VMSA_CONT_ENTRIES)
		return head && head < n ? head : n;
	*pte |= PTE_CONT;
	return n & ~(VMSA_CONT_ENTRIES - 1);
}

void pgtable_build_leaves(pte_t *entry, unsigned int level, u64 va,
			  unsigned int n, pte_t pte, bool hint)
{
	u64 size = vmsa_size(level);

	while (n) {
		pte_t some_pte = pte;
		unsigned int some = hint ? hinted(level, va, n, &some_pte) : n;

		fill(entry, some, some_pte, size);
		entry += some;
		va += some * size;
		pte += some * size;
		n -= some;
	}
}

static pte_t build_table(struct pgtable_op *op, unsigned int level, pte_t block,
			 u64 va, u64 last);

/*
 * Whether the CPU stands on what is replaced. There no run gets the hint: it
 * could not be unfolded from a window of one entry.
 */
static bool op_stands(const struct pgtable_op *op, u64 va, u64 size)
{
	return op->flags & PGTABLE_REPLACE && pgtable_stood_on(op->pt, va, size);
}

/* Take the hint from what the CPU will stand on, in a table that nobody sees. */
static void build_unhinted(const struct pgtable_op *op, pte_t *entry,
			   unsigned int level, u64 va, unsigned int n)
{
	u64 size = vmsa_size(level);

	for (; n; n--, entry++, va += size) {
		if (*entry & PTE_CONT &&
		    op_stands(op, vmsa_cont_base(va, level),
			      VMSA_CONT_ENTRIES * size))
			*entry &= ~PTE_CONT;
	}
}

/* Make @n entries the target; returns how many of them are in use. */
static unsigned int build_run(struct pgtable_op *op, pte_t *entry,
			      unsigned int level, pte_t old, u64 va,
			      unsigned int n)
{
	op->res->leaves[level] += n;
	if (op->goal == PGTABLE_HOLE) {
		clear_words(entry, n);
		return 0;
	}
	pgtable_build_leaves(entry, level, va, n, op_target(op, level, va, old),
			     op_hint(op));
	if (op_hint(op) && op_stands(op, va, n * vmsa_size(level)))
		build_unhinted(op, entry, level, va, n);
	return n;
}

/* Build the entries for [@va, @last]; returns how many of them are in use. */
static unsigned int build_range(struct pgtable_op *op, pte_t *table,
				unsigned int level, pte_t block, u64 va,
				u64 last)
{
	unsigned int used = 0;

	while (va <= last) {
		unsigned int i = vmsa_index(va, level);
		unsigned int n = op_whole(op, level, va, last);
		u64 part = pgtable_min(last, vmsa_last(va, level));
		pte_t old = block_part(block, level, i);

		if (n) {
			used += build_run(op, table + i, level, old, va, n);
			part = va + ((u64)n << vmsa_shift(level)) - 1;
		} else {
			table[i] = build_table(op, level + 1, old, va, part);
			used++;
		}
		va = part + 1;
	}
	return used;
}

/*
 * Build aside the table that takes the place of @block, which is an entry of
 * the level above @level or a hole, with [@va, @last] of it become the target.
 */
static pte_t build_table(struct pgtable_op *op, unsigned int level, pte_t block,
			 u64 va, u64 last)
{
	unsigned int first = vmsa_index(va, level);
	unsigned int end = vmsa_index(last, level) + 1;
	unsigned int used = 0;
	page_ref page;
	pte_t *table = pgtable_take_table(op, &page);
	u64 pa = page_ref_pa(page);

	if (!pte_hole(block))
		used = VMSA_ENTRIES - (end - first);
	if (!pte_hole(block) || !page_ref_zero(page)) {
		build_rest(table, level, 0, first, block);
		build_rest(table, level, end, VMSA_ENTRIES, block);
	}
	used += build_range(op, table, level, block, va, last);
	*pgtable_live(op->pt, pa) = live_word(used) | op_mark(op, level);
	hw_table(op->pt, pa, true);
	return pte_make_table(pa);
}

/* The whole subtree below an entry goes, unvisited. */
static int drop_table(struct pgtable_op *op, pte_t *entry, unsigned int level,
		      u64 va)
{
	struct pgtable_run run = {
		.entry = entry,
		.n = 1,
		.level = level,
		.below = PGTABLE_LEAVES_BELOW,
		.va = va,
		.pte = op_target(op, level, va, 0),
	};

	return pgtable_edit_drop(op, &run);
}

/* The table below an entry has become empty. */
static int drop_empty(struct pgtable_op *op, pte_t *entry, unsigned int level,
		      u64 va)
{
	u64 table = pte_addr(*entry);
	struct pgtable_run run = {
		.entry = entry,
		.n = 1,
		.level = level,
		.below = PGTABLE_EMPTY_BELOW,
		.va = va,
	};
	int grown = pgtable_edit(op, &run);

	pgtable_gather_free(op, table | PAGE_KNOWN_ZERO, level + 1);
	return grown;
}

/*
 * A hole or a block that has to become a table. One that was broken as part of a
 * contiguous run is a block like any other; in the second pass what is broken links
 * the table that the first has built.
 */
static int add_table(struct pgtable_op *op, pte_t *entry, unsigned int level,
		     u64 va, u64 last)
{
	struct pgtable_run run = {
		.entry = entry,
		.n = 1,
		.level = level,
		.va = va,
	};
	pte_t old = *entry;

	if (pte_hole(old) && op->goal != PGTABLE_LEAF)
		return 0;
	if (pte_broken(old)) {
		run.pte = pte_make_table(pte_addr(old));
		if (op->making)
			return pgtable_edit(op, &run);
		old = pte_mended(old, level);
	}
	if (op_settled(op, level, old))
		return 0;
	if (pte_valid(old) &&
	    pgtable_left(op, vmsa_base(va, level), vmsa_size(level)))
		return 0;
	op->pt->count.split += !pte_hole(old);
	run.pte = build_table(op, level + 1, old, va, last);
	return pgtable_edit(op, &run);
}

static bool commit_table(struct pgtable_op *op, u64 pa, unsigned int level,
			 u64 va, u64 last);

/* One entry that is a table, or has to become one. */
static int commit_entry(struct pgtable_op *op, pte_t *entry, unsigned int level,
			u64 va, u64 last)
{
	u64 table = pte_addr(*entry);

	if (!pte_table(*entry, level)) {
		if (op->making && pgtable_is_cut(op->pt, *entry))
			return drop_table(op, entry, level, va);
		return add_table(op, entry, level, va, last);
	}
	if (op->goal != PGTABLE_CHANGED && level >= op->top &&
	    op_covers(level, va, last) && pgtable_ours(op->pt, table))
		return drop_table(op, entry, level, va);
	if (commit_table(op, table, level + 1, va, last))
		return drop_empty(op, entry, level, va);
	return 0;
}

/* How many entries, from the first on, are no tables, nor cut from one. */
static unsigned int plain_run(const struct pgtable_op *op, const pte_t *entry,
			      unsigned int level, unsigned int n)
{
	unsigned int i;

	if (level == VMSA_LEAF_LEVEL)
		return n;
	for (i = 0; i < n && !pte_table(entry[i], level); i++) {
		if (op->making && pgtable_is_cut(op->pt, entry[i]))
			break;
	}
	return i;
}

bool pgtable_grown(struct pgtable *pt, u64 pa, int grown, u16 mark)
{
	u16 *live;

	if ((!grown && !mark) || pa == pt->root)
		return false;
	live = pgtable_live(pt, pa);
	if (!live)
		return false;
	if (!(live_count(live) + grown))
		return true;
	*live = (*live + grown) | mark;
	return false;
}

/* The entries of @run, @n of them to be changed, that become alike. */
static void changed_run(const struct pgtable_op *op, struct pgtable_run *run,
			unsigned int n)
{
	pte_t old = *run->entry;

	if (pte_hole(old)) {
		run->n = pgtable_holes(run->entry, n);
		return;
	}
	run->n = n;
	if (!op->alike || run->level != VMSA_LEAF_LEVEL)
		run->n = pgtable_like(run->entry, n);
	run->flip = old ^ op_changed(op, run->level, old);
	run->pte = old;
}

/* The entries of @run, of @n leaves, that are alike in having the hint or not. */
static void hinted_run(const struct pgtable_op *op, struct pgtable_run *run,
		       unsigned int n)
{
	u64 size = vmsa_size(run->level);

	run->n = hinted(run->level, run->va, n, &run->pte);
	if (!(run->pte & PTE_CONT) || !op_stands(op, run->va, run->n * size))
		return;
	run->n = VMSA_CONT_ENTRIES;
	if (op_stands(op, run->va, run->n * size))
		run->pte &= ~PTE_CONT;
}

/* What comes next in a table: a run to be edited, or, with n = 0, one entry. */
static struct pgtable_run next_run(const struct pgtable_op *op, pte_t *table,
				   unsigned int level, u64 va, u64 last)
{
	struct pgtable_run run = {
		.entry = table + vmsa_index(va, level),
		.level = level,
		.va = va,
	};
	unsigned int n = op_whole(op, level, va, last);

	if (op->goal != PGTABLE_CHANGED) {
		n = plain_run(op, run.entry, level, n);
		run.pte = op_target(op, level, va, 0);
		run.step = op_step(op, level);
		run.n = n;
		if (op_hint(op))
			hinted_run(op, &run, n);
	} else if (n && !pte_table(*run.entry, level)) {
		changed_run(op, &run, n);
	}
	return run;
}

/* Bring [@va, @last] of a visible table to the target; whether it can go. */
static bool commit_table(struct pgtable_op *op, u64 pa, unsigned int level,
			 u64 va, u64 last)
{
	pte_t *table = pgtable_at(op->pt, pa);
	int grown = 0;

	while (va <= last) {
		struct pgtable_run run = next_run(op, table, level, va, last);
		u64 part = pgtable_min(last, vmsa_last(va, level));

		if (run.n) {
			part = va + ((u64)run.n << vmsa_shift(level)) - 1;
			if (run.flip || op->goal != PGTABLE_CHANGED)
				grown += pgtable_edit(op, &run);
		} else {
			grown += commit_entry(op, run.entry, level, va, part);
		}
		va = part + 1;
	}
	return pgtable_grown(op->pt, pa, grown, op_mark(op, level));
}

/* From the anchor down, and up again as far as tables have become empty. */
static void commit_range(struct pgtable_op *op)
{
	unsigned int level = op->anchor;
	bool empty = commit_table(op, op->path[level], level, op->va, op->last);

	/* A root never is. */
	while (empty) {
		pte_t *table = pgtable_at(op->pt, op->path[--level]);
		int grown = drop_empty(op, table + vmsa_index(op->va, level),
				       level, op->va);

		empty = pgtable_grown(op->pt, op->path[level], grown, 0);
	}
}

/* Pages of a run that is unfolded, in the range, if that is all to be done. */
static u64 unfolded_pages(const struct pgtable_op *op, unsigned int level,
			  u64 va)
{
	u64 base = vmsa_cont_base(va, level);
	u64 end = base + VMSA_CONT_ENTRIES * FRAME_SIZE;

	if (!(op->clear & PTE_CONT) || level != VMSA_LEAF_LEVEL)
		return 0;
	return (pgtable_min(op->last + 1, end) -
		(op->va > base ? op->va : base)) >> FRAME_SHIFT;
}

/*
 * Of the entries of a run that are @broken, the first one at @va, make those that
 * the range leaves out, and those that are as they shall be without the hint.
 */
static void keep_rest(struct pgtable_op *op, pte_t *entry, unsigned int level,
		      u64 va, unsigned int broken)
{
	u64 size = vmsa_size(level);

	for (; broken; broken >>= 1, entry++, va += size) {
		pte_t pte = pte_mended(*entry, level);

		if (broken & 1 && (va > op->last || va + size <= op->va ||
				   op_settled(op, level, pte)))
			pgtable_gather_make(op, entry, pte);
	}
}

/* The run that @va is in is cut by an end of the range. */
static void unfold(struct pgtable_op *op, u64 va)
{
	struct pgtable_walk walk;
	const struct pgtable_step *step;
	unsigned int broken;
	pte_t *entry;

	pgtable_walk(op->pt, va, &walk);
	step = pgtable_last_step(&walk);
	if (!(step->pte & PTE_CONT))	/* cut at both ends, and done */
		return;
	op->res->leaves[step->level] += unfolded_pages(op, step->level, va);
	entry = pgtable_at(op->pt, step->entry);
	broken = pgtable_unfold(op, entry, step->level, va);
	keep_rest(op, entry - step->index % VMSA_CONT_ENTRIES, step->level,
		  vmsa_cont_base(va, step->level), broken);
}

static void commit_pass(struct pgtable_op *op)
{
	if (op->cut_head && !op->making)
		unfold(op, op->va);
	if (op->cut_tail && !op->making)
		unfold(op, op->last);
	op->alike &= !op->making && !op->cut_head && !op->cut_tail;
	commit_range(op);
}

/*
 * What is merged has been changed already: it is not counted again. What was changed
 * in place is invalidated with what the merge breaks.
 */
static void commit_and_merge(struct pgtable_op *op)
{
	u64 leaves[VMSA_LEVELS];

	pgtable_run_passes(op, commit_pass, true);
	memcpy(leaves, op->res->leaves, sizeof(leaves));
	pgtable_merge_range(op);
	memcpy(op->res->leaves, leaves, sizeof(leaves));
}

void pgtable_commit(struct pgtable_op *op)
{
	pgtable_gather_init(&op->gather);
	if (op->flags & PGTABLE_MERGE_AFTER)
		commit_and_merge(op);
	else
		pgtable_passes(op, commit_pass);
}
