// SPDX-License-Identifier: GPL-2.0+
/*
 * Operations in bits that somebody else has encoded: U-Boot's drivers name
 * attributes as descriptor bits, and what they ask for is to be exactly that.
 */

#include "pgtable_internal.h"

#define BITS_OF_OTHERS	(~(PTE_ADDR_MASK | PTE_TYPE_MASK | PTE_CONT))

static int run_or_plan(struct pgtable_op *op, unsigned int flags)
{
	return flags & PGTABLE_ONLY_PLAN ? pgtable_plan(op) :
					   pgtable_op_run(op);
}

int pgtable_change_bits(struct pgtable *pt, u64 va, u64 size, pte_t clear,
			pte_t set, unsigned int flags,
			struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (flags & ~PGTABLE_ONLY_PLAN || set & ~clear ||
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
	if (flags & ~PGTABLE_ONLY_PLAN || pa & FRAME_MASK ||
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
