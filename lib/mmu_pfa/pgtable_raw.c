// SPDX-License-Identifier: GPL-2.0+
/*
 * Operations in bits that somebody else has encoded: U-Boot's drivers name
 * attributes as descriptor bits, and what they ask for is to be exactly that.
 */

#include "pgtable_internal.h"

#define BITS_OF_OTHERS	(~(PTE_ADDR_MASK | PTE_TYPE_MASK | PTE_CONT))

#define ONLY	(PGTABLE_ONLY_PLAN | PGTABLE_ONLY_TRY)

static int run_or_plan(struct pgtable_op *op, unsigned int flags)
{
	int err;

	if (!(flags & ONLY))
		return pgtable_op_run(op);
	err = pgtable_plan(op);
	if (!err && flags & PGTABLE_ONLY_TRY) {
		err = pgtable_reserve(op);
		pgtable_release(op);
	}
	return err;
}

int pgtable_change_bits(struct pgtable *pt, u64 va, u64 size, pte_t clear,
			pte_t set, unsigned int flags,
			struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (flags & ~ONLY || set & ~clear ||
	    clear & ~(BITS_OF_OTHERS | PTE_VALID))
		err = -EINVAL;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_CHANGED;
	if (clear & PTE_VALID)
		op.access = set & PTE_VALID ? PGTABLE_GIVE : PGTABLE_TAKE;
	op.clear = clear & ~PTE_VALID;
	op.set = set & ~PTE_VALID;
	op.flags = PGTABLE_SKIP_HOLES | PGTABLE_ALLOW_WX;
	return run_or_plan(&op, flags);
}

int pgtable_map_bits(struct pgtable *pt, u64 va, u64 pa, u64 size, pte_t bits,
		     unsigned int flags, struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (flags & ~ONLY || pa & FRAME_MASK ||
	    bits & ~BITS_OF_OTHERS)
		err = -EINVAL;
	else if (!err && range_beyond(pa, size, pt->pa_bits))
		err = -ERANGE;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_LEAF;
	op.access = PGTABLE_GIVE;
	op.set = bits;
	op.offset = pa - va;
	op.top = pgtable_top_level(va, pa, 0);
	op.flags = PGTABLE_SKIP_HOLES | PGTABLE_REPLACE | PGTABLE_NO_HINT;
	return run_or_plan(&op, flags);
}
