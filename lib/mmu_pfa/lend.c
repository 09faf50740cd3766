// SPDX-License-Identifier: GPL-2.0+
/*
 * Pages lent: see lend.h.
 */

#include <mmu_pfa/lend.h>

#define PTE_LENT_MASK	(PTE_LENT | PTE_LENT_RO | PTE_LENT_NX)

/* The bit that forbids execution where U-Boot runs. */
static pte_t xn_bit(enum vmsa_regime regime)
{
	return vmsa_two_xn_bits(regime) ? PTE_PXN : PTE_XN;
}

/* Mark an entry, with what it allows. */
static pte_t lent(enum vmsa_regime regime, pte_t pte)
{
	return pte | PTE_LENT | (pte & PTE_AP_RO ? PTE_LENT_RO : 0) |
	       (pte & xn_bit(regime) ? PTE_LENT_NX : 0);
}

pte_t lend_pte(enum vmsa_regime regime, unsigned int level, pte_t pte,
	       unsigned int taken)
{
	pte_t xn = xn_bit(regime);
	pte_t to = pte & ~(PTE_TYPE_MASK | PTE_AP_RO | xn);

	if (taken & LEND_WRITE || pte & PTE_LENT_RO)
		to |= PTE_AP_RO;
	if (taken & LEND_EXEC || pte & PTE_LENT_NX)
		to |= xn;
	if (!(taken & LEND_READ))
		to |= vmsa_leaf_type(level);
	return to;
}

/* The entry that ends the walk for @va; its size. */
static u64 find(struct pgtable *pt, u64 va, struct pgtable_step *step)
{
	struct pgtable_walk walk;

	pgtable_walk(pt, va, &walk);
	*step = *pgtable_last_step(&walk);
	return vmsa_size(step->level);
}

/* From @va, an address that an entry of @size maps, to where the next begins. */
static u64 next(u64 va, u64 size)
{
	return (va | (size - 1)) + 1;
}

/* Note that what a leaf maps is about to be split; @first: the first such note. */
static int note(struct lend *lend, unsigned int first, u64 va,
		const struct pgtable_step *step)
{
	bool hint = step->pte & PTE_CONT;
	u64 size = vmsa_size(step->level) * (hint ? VMSA_CONT_ENTRIES : 1);
	u64 base = va & ~(size - 1);
	struct lend_split *s = &lend->split[lend->n];

	if (step->level == VMSA_LEAF_LEVEL && !hint)
		return 0;
	if (lend->n > first && s[-1].level == step->level && s[-1].hint == hint &&
	    base - s[-1].va <= s[-1].size) {
		s[-1].size = base + size - s[-1].va;
		return 0;
	}
	if (lend->n == LEND_SPLITS)
		return -ENOSPC;
	*s = (struct lend_split){ base, size, step->level, hint };
	lend->n++;
	return 0;
}

/* Look at all that is to be lent. */
static int plan(struct lend *lend, struct pgtable *pt, u64 va, u64 size,
		struct pgtable_result *res)
{
	unsigned int first = lend->n;
	struct pgtable_step step;
	u64 end = va + size;
	int err = 0;

	while (va < end && !err) {
		u64 entry = find(pt, va, &step);

		res->va = va;
		if (!pte_lent(step.pte)) {
			if (!pte_leaf(step.pte, step.level))
				return -ENOENT;
			err = note(lend, first, va, &step);
		}
		va = next(va, entry);
	}
	return err;
}

/* What an entry becomes; @taken where that says it. */
typedef pte_t become_fn(enum vmsa_regime regime, const struct pgtable_step *old,
			unsigned int taken);

static pte_t marked(enum vmsa_regime regime, const struct pgtable_step *old,
		    unsigned int taken)
{
	return pte_lent(old->pte) ? old->pte : lent(regime, old->pte);
}

static pte_t closed(enum vmsa_regime regime, const struct pgtable_step *old,
		    unsigned int taken)
{
	if (!pte_lent(old->pte))
		return old->pte;
	return lend_pte(regime, old->level, old->pte, taken);
}

static pte_t given_back(enum vmsa_regime regime, const struct pgtable_step *old,
			unsigned int taken)
{
	if (!pte_lent(old->pte))
		return old->pte;
	return lend_pte(regime, old->level, old->pte, 0) & ~PTE_LENT_MASK;
}

static void change(struct pgtable *pt, u64 va, u64 size, become_fn *become,
		   unsigned int taken)
{
	struct pgtable_step old;
	u64 end = va + size;

	while (va < end) {
		u64 entry = find(pt, va, &old);
		pte_t pte = become(pt->regime, &old, taken);

		if (pte != old.pte)
			pgtable_set_leaf(pt, va, &old, pte);
		va = next(va, entry);
	}
}

int lend_begin(struct lend *lend, struct pgtable *pt, u64 va, u64 size,
	       struct pgtable_result *res)
{
	u64 space = 1ull << pt->va_bits;
	unsigned int n = lend->n;
	int err;

	memset(res, 0, sizeof(*res));
	if (!size || ((va | size) & FRAME_MASK))
		return -EINVAL;
	if (size > space || va > space - size)
		return -ERANGE;
	err = plan(lend, pt, va, size, res);
	if (!err)
		err = pgtable_split(pt, va, size, PGTABLE_FOR_NOW, res);
	if (err)
		lend->n = n;
	else
		change(pt, va, size, marked, 0);
	return err;
}

void lend_take(struct pgtable *pt, u64 va, u64 size, unsigned int taken)
{
	change(pt, va, size, closed, taken);
}

/* Whether anything in a range is lent. */
static bool any_lent(struct pgtable *pt, u64 va, u64 size)
{
	struct pgtable_step step;
	u64 end = va + size;

	while (va < end) {
		u64 entry = find(pt, va, &step);

		if (pte_lent(step.pte))
			return true;
		va = next(va, entry);
	}
	return false;
}

/* Entries of the level that they were, at most. */
static void put_together(struct pgtable *pt, const struct lend_split *s)
{
	static const unsigned int limit[VMSA_LEVELS] = {
		[2] = PGTABLE_MAX_2M,
		[3] = PGTABLE_MAX_4K,
	};
	struct pgtable_result res;

	pgtable_merge(pt, s->va, s->size,
		      limit[s->level] | (s->hint ? 0 : PGTABLE_NO_HINT), &res);
}

void lend_end(struct lend *lend, struct pgtable *pt, u64 va, u64 size)
{
	unsigned int i = 0;

	change(pt, va, size, given_back, 0);
	while (i < lend->n) {
		struct lend_split *s = &lend->split[i];

		if (any_lent(pt, s->va, s->size)) {
			i++;
			continue;
		}
		put_together(pt, s);
		*s = lend->split[--lend->n];
	}
}
