// SPDX-License-Identifier: GPL-2.0+
/*
 * The operations but for map and unmap: validate a request, say what its range
 * shall become, and let it be planned, reserved for and committed.
 */

#include "pgtable_internal.h"

#define PROTECT_FLAGS	(PGTABLE_ALLOW_WX | PGTABLE_SKIP_HOLES | \
			 PGTABLE_MERGE_AFTER)
#define MERGE_FLAGS	(PGTABLE_MERGE_ALL | PGTABLE_MAX_2M | \
			 PGTABLE_MAX_4K | PGTABLE_NO_HINT)
#define NAMES_ALL	(PGTABLE_NAMES_TYPE | PGTABLE_NAMES_SHARE | \
			 PGTABLE_NAMES_PERM | PGTABLE_NAMES_EXEC)

void pgtable_op_init(struct pgtable_op *op, struct pgtable *pt, u64 va,
		     u64 size, struct pgtable_result *res)
{
	memset(op, 0, offsetof(struct pgtable_op, path));
	op->pt = pt;
	op->res = res;
	op->va = va;
	op->last = va + size - 1;
	op->access = PGTABLE_KEEP;
	op->alike = true;
}

int pgtable_op_run(struct pgtable_op *op)
{
	int err = pgtable_plan(op);

	if (!err)
		err = pgtable_reserve(op);
	if (!err)
		pgtable_commit(op);
	return err;
}

/* Which bits a change of attributes clears, and which it sets. */
static void change_bits(struct pgtable_op *op, struct vmsa_attr attr,
			unsigned int named)
{
	enum vmsa_regime regime = op->pt->regime;

	if (named & PGTABLE_NAMES_TYPE)
		op->clear |= PTE_ATTR_IDX_MASK;
	if (named & PGTABLE_NAMES_SHARE)
		op->clear |= PTE_SH_MASK;
	if (named & PGTABLE_NAMES_EXEC)
		op->clear |= vmsa_xn_bits(regime);
	if (named & PGTABLE_NAMES_PERM) {
		op->access = attr.perm == VMSA_NONE ? PGTABLE_TAKE :
						      PGTABLE_GIVE;
		if (attr.perm != VMSA_NONE)
			op->clear |= PTE_AP_RO;
	}
	op->set = vmsa_encode(regime, attr) & op->clear;
}

int pgtable_protect(struct pgtable *pt, u64 va, u64 size,
		    struct vmsa_attr attr, unsigned int named,
		    unsigned int flags, struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (!named || (named & ~NAMES_ALL) || (flags & ~PROTECT_FLAGS) ||
	    !vmsa_attr_known(attr))
		err = -EINVAL;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_CHANGED;
	change_bits(&op, attr, named);
	op.flags = flags;
	return pgtable_op_run(&op);
}

int pgtable_split(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (flags & ~(PGTABLE_SKIP_HOLES | PGTABLE_FOR_NOW))
		err = -EINVAL;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_CHANGED;
	op.clear = PTE_CONT;
	op.top = VMSA_LEAF_LEVEL;
	op.flags = flags | PGTABLE_ALLOW_WX |
		   (flags & PGTABLE_FOR_NOW ? 0 : PGTABLE_MAX_4K);
	return pgtable_op_run(&op);
}

int pgtable_merge(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (flags & ~MERGE_FLAGS)
		err = -EINVAL;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_CHANGED;
	op.top = pgtable_top_level(0, 0, flags);
	op.flags = flags;
	pgtable_gather_init(&op.gather);
	pgtable_merge_range(&op);
	return 0;
}
