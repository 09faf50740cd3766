// SPDX-License-Identifier: GPL-2.0+
/*
 * Merge: tables whose entries follow on each other and are alike become blocks
 * again, groups of 16 entries contiguous runs; and why something is no larger
 * block than it is.
 */

#include "pgtable_internal.h"

/**
 * struct match - what all entries below a table are compared with
 *
 * @pt:      the tree
 * @attr:    attributes of all, less type, address and contiguous hint
 * @offset:  output address minus virtual address of all
 * @valid:   leaves, not no-access
 * @ours:    every table seen is
 * @purpose: one of them is small on purpose
 * @at:      the first address that differs
 * @pte:     what is there
 * @level:   its level
 */
struct match {
	struct pgtable *pt;
	pte_t attr;
	u64 offset;
	bool valid;
	bool ours;
	bool purpose;
	u64 at;
	pte_t pte;
	u8 level;
};

static pte_t attr_of(pte_t pte)
{
	return pte & ~(PTE_ADDR_MASK | PTE_TYPE_MASK | PTE_CONT);
}

/* To be compared with what @pte, a leaf or no-access entry, says of @va. */
static void match_init(struct match *m, struct pgtable *pt, pte_t pte,
		       unsigned int level, u64 va)
{
	m->pt = pt;
	m->attr = attr_of(pte);
	m->offset = pte_leaf_pa(pte, level) - vmsa_base(va, level);
	m->valid = pte_valid(pte);
	m->ours = true;
	m->purpose = false;
}

/* The entry of a level for @va that says what all have to say. */
static pte_t match_pte(const struct match *m, unsigned int level, u64 va)
{
	return m->attr | (va + m->offset) |
	       (m->valid ? vmsa_leaf_type(level) : 0);
}

/* Whether all below the table, of a level and for @va on, says it. */
static bool match_table(struct match *m, u64 pa, unsigned int level, u64 va)
{
	const pte_t *table = pgtable_at(m->pt, pa);
	const u16 *live = page_registry_live(m->pt->pages, pa);
	unsigned int i;

	m->ours &= !!live;
	m->purpose |= live && *live & PGTABLE_LIVE_PURPOSE;
	for (i = 0; i < VMSA_ENTRIES; i++, va += vmsa_size(level)) {
		if (pte_table(table[i], level)) {
			if (!match_table(m, pte_addr(table[i]), level + 1, va))
				return false;
		} else if ((table[i] & ~PTE_CONT) != match_pte(m, level, va)) {
			m->at = va;
			m->pte = table[i];
			m->level = level;
			return false;
		}
	}
	return true;
}

/* The entry that ends the walk for @va, from an entry of a level on. */
static pte_t last_entry(struct pgtable *pt, pte_t pte, unsigned int *level,
			u64 va)
{
	while (pte_table(pte, *level)) {
		(*level)++;
		pte = pgtable_at(pt, pte_addr(pte))[vmsa_index(va, *level)];
	}
	return pte;
}

/* What the table entry of a level for @va can be merged to; 0: nothing. */
static pte_t merged(const struct pgtable_op *op, pte_t link, unsigned int level,
		    u64 va)
{
	bool purpose = op->flags & PGTABLE_MERGE_ALL;
	struct pgtable *pt = op->pt;
	unsigned int at = level;
	pte_t first = last_entry(pt, link, &at, va);
	struct match m;

	if (!vmsa_level_has_leaves(level) || level < op->top ||
	    !pte_mapping(first, at))
		return 0;
	match_init(&m, pt, first, at, va);
	if (m.offset & (vmsa_size(level) - 1) ||
	    !match_table(&m, pte_addr(link), level + 1, va))
		return 0;
	if (!m.ours || (m.purpose && !purpose))
		return 0;
	return match_pte(&m, level, va);
}

/* Put a block where a table is, if it can be. */
static bool merge_entry(struct pgtable_op *op, pte_t *entry, unsigned int level,
			u64 va)
{
	struct pgtable_run run = {
		.entry = entry,
		.n = 1,
		.level = level,
		.below = PGTABLE_LEAVES_BELOW,
		.va = va,
		.pte = merged(op, *entry, level, va),
	};

	if (!run.pte)
		return false;
	pgtable_edit_drop(op, &run);
	return true;
}

/*
 * What an entry of a level for @va will be, if it is broken: the block that its
 * table is merged to, or the leaf that it was.
 */
static pte_t becomes(struct pgtable *pt, pte_t pte, unsigned int level, u64 va)
{
	unsigned int at = level;
	struct match m;

	if (!pte_broken(pte))
		return pte;
	if (!pgtable_is_cut(pt, pte))
		return pte_mended(pte, level);
	pte = last_entry(pt, pte_make_table(pte_addr(pte)), &at, va);
	match_init(&m, pt, pte, at, va);
	return match_pte(&m, level, va);
}

/* Whether 16 entries could be one contiguous run, and are none. */
static bool foldable(struct pgtable_op *op, const pte_t *entry,
		     unsigned int level, u64 va)
{
	u64 size = vmsa_size(level), all = VMSA_CONT_ENTRIES * size;
	pte_t first = becomes(op->pt, *entry, level, va);
	unsigned int i;

	if (!pte_leaf(first, level) || first & PTE_CONT ||
	    pte_leaf_pa(first, level) & (all - 1))
		return false;
	for (i = 1; i < VMSA_CONT_ENTRIES; i++) {
		if (becomes(op->pt, entry[i], level, va + i * size) !=
		    first + i * size)
			return false;
	}
	return !pgtable_stood_on(op->pt, va, all);
}

/* Break those of 16 entries that are not yet: they get the hint. */
static void break_group(struct pgtable_op *op, struct pgtable_run run)
{
	unsigned int i;

	for (i = 0; i < VMSA_CONT_ENTRIES; i++) {
		if (!pte_broken(*run.entry))
			pgtable_break(op, &run);
		run.entry++;
		run.va += vmsa_size(run.level);
	}
}

/* Make those of 16 entries that are broken: all, if they get the hint. */
static void make_group(struct pgtable_op *op, struct pgtable_run run, pte_t hint)
{
	unsigned int i;

	for (i = 0; i < VMSA_CONT_ENTRIES; i++) {
		bool cut = pgtable_is_cut(op->pt, *run.entry);

		run.below = cut ? PGTABLE_LEAVES_BELOW : PGTABLE_NONE_BELOW;
		run.pte = becomes(op->pt, *run.entry, run.level, run.va) | hint;
		if (cut)
			pgtable_edit_drop(op, &run);
		else if (hint)
			pgtable_edit(op, &run);
		run.entry++;
		run.va += vmsa_size(run.level);
	}
}

/* Whether any of @n entries is of somebody else's encoding. */
static bool any_reserved(const struct pgtable *pt, const pte_t *entry,
			 unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && (!pte_broken(entry[i]) ||
			      pgtable_is_cut(pt, entry[i])); i++)
		;
	return i < n;
}

/*
 * Whether entries of a table may get the hint. In the second pass they get it where
 * the first has said so. What is broken could not be told from what has a reserved
 * encoding, so there is none in a table with one of these.
 */
static bool may_fold(const struct pgtable_op *op, const u16 *live,
		     const pte_t *entry, unsigned int n)
{
	if (!live || op->flags & PGTABLE_NO_HINT)
		return false;
	if (op->making)
		return *live & PGTABLE_LIVE_FOLD;
	return (!(*live & PGTABLE_LIVE_PURPOSE) ||
		op->flags & PGTABLE_MERGE_ALL) &&
	       !any_reserved(op->pt, entry, n);
}

/*
 * Give the contiguous hint to what can have it in a table of ours; in the second
 * pass, with what was merged, groups are made.
 */
static void fold_table(struct pgtable_op *op, u64 pa, unsigned int level,
		       u64 va, u64 last)
{
	u16 *live = page_registry_live(op->pt->pages, pa);
	u64 size = VMSA_CONT_ENTRIES * vmsa_size(level);
	struct pgtable_run run = {
		.entry = pgtable_at(op->pt, pa) +
			 vmsa_index(vmsa_cont_base(va, level), level),
		.n = 1,
		.level = level,
		.va = vmsa_cont_base(va, level),
	};
	u64 groups = (last - run.va) / size + 1;
	bool fold = may_fold(op, live, run.entry, groups * VMSA_CONT_ENTRIES);

	for (; groups; groups--) {
		bool hint = fold && foldable(op, run.entry, level, run.va);

		if (op->making) {
			make_group(op, run, hint ? PTE_CONT : 0);
		} else if (hint) {
			*live |= PGTABLE_LIVE_FOLD;
			break_group(op, run);
		}
		run.entry += VMSA_CONT_ENTRIES;
		run.va += size;
	}
	if (fold && op->making)
		*live &= ~PGTABLE_LIVE_FOLD;
}

static void merge_table(struct pgtable_op *op, u64 pa, unsigned int level,
			u64 va, u64 last)
{
	pte_t *table = pgtable_at(op->pt, pa);
	u64 from = va;

	while (va <= last) {
		pte_t *entry = table + vmsa_index(va, level);
		u64 part = pgtable_min(last, vmsa_last(va, level));

		if (pte_table(*entry, level) &&
		    !merge_entry(op, entry, level, vmsa_base(va, level)))
			merge_table(op, pte_addr(*entry), level + 1, va, part);
		va = part + 1;
	}
	if (vmsa_level_has_leaves(level))
		fold_table(op, pa, level, from, last);
}

static void merge_pass(struct pgtable_op *op)
{
	merge_table(op, op->pt->root, op->pt->start_level, op->va, op->last);
}

void pgtable_merge_range(struct pgtable_op *op)
{
	pgtable_passes(op, merge_pass);
}

static enum pgtable_why neighbour(const struct match *m)
{
	if (pte_hole(m->pte))
		return PGTABLE_WHY_HOLE;
	if (attr_of(m->pte) == m->attr && pte_valid(m->pte) == m->valid)
		return PGTABLE_WHY_OUTPUT;
	return PGTABLE_WHY_ATTR;
}

/* Why the table with the entry of @step is not a block. */
static enum pgtable_why why_table(struct pgtable *pt,
				  const struct pgtable_step *step, u64 va,
				  struct pgtable_larger *larger)
{
	u64 table = step->entry & ~FRAME_MASK;
	struct match m;

	match_init(&m, pt, step->pte, step->level, va);
	if (m.offset & (larger->size - 1))
		return PGTABLE_WHY_ADDRESS;
	if (!match_table(&m, table, step->level, larger->va)) {
		larger->at = m.at;
		larger->pte = m.pte;
		larger->level = m.level;
		return neighbour(&m);
	}
	if (!m.ours)
		return PGTABLE_WHY_FOREIGN;
	return m.purpose ? PGTABLE_WHY_PURPOSE : PGTABLE_WHY_NOTHING;
}

void pgtable_why_not_larger(struct pgtable *pt, u64 va,
			    struct pgtable_larger *larger)
{
	struct pgtable_walk walk;
	const struct pgtable_step *step;

	memset(larger, 0, sizeof(*larger));
	if (pgtable_walk(pt, va, &walk) == -ERANGE)
		return;
	step = pgtable_last_step(&walk);
	if (!pte_mapping(step->pte, step->level))
		return;
	larger->contiguous = pte_valid(step->pte) && step->pte & PTE_CONT;
	larger->why = PGTABLE_WHY_LARGEST;
	if (!vmsa_level_has_leaves(step->level - 1))
		return;
	larger->size = vmsa_size(step->level - 1);
	larger->va = vmsa_base(va, step->level - 1);
	larger->why = why_table(pt, step, va, larger);
}
