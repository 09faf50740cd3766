// SPDX-License-Identifier: GPL-2.0+
/*
 * The operations: validate a request, say what its range shall become, and let
 * it be planned, reserved for and committed.
 */

#include "pgtable_internal.h"

#define MAP_FLAGS	(PGTABLE_MAX_2M | PGTABLE_MAX_4K | PGTABLE_ALLOW_WX | \
			 PGTABLE_REPLACE)
#define PROTECT_FLAGS	(PGTABLE_ALLOW_WX | PGTABLE_SKIP_HOLES | \
			 PGTABLE_MERGE_AFTER)
#define MERGE_FLAGS	(PGTABLE_MERGE_ALL | PGTABLE_MAX_2M | \
			 PGTABLE_MAX_4K | PGTABLE_NO_HINT)
#define NAMES_ALL	(PGTABLE_NAMES_TYPE | PGTABLE_NAMES_SHARE | \
			 PGTABLE_NAMES_PERM | PGTABLE_NAMES_EXEC)

/* Whether [@start, @start + @size) is not all below 1 << @bits. */
static bool beyond(u64 start, u64 size, unsigned int bits)
{
	u64 end = 1ull << bits;

	return size > end || start > end - size;
}

static bool attr_known(struct vmsa_attr attr)
{
	return attr.type < VMSA_TYPES && attr.perm <= VMSA_RW &&
	       (attr.share == VMSA_NSH || attr.share == VMSA_OSH ||
		attr.share == VMSA_ISH);
}

/* No-access remembers that it may be written. */
static int map_validate(struct pgtable *pt, u64 va, u64 pa, u64 size,
			struct vmsa_attr attr, unsigned int flags,
			struct pgtable_result *res)
{
	if (!size || ((va | pa | size) & FRAME_MASK))
		return -EINVAL;
	if (!attr_known(attr) || (flags & ~MAP_FLAGS))
		return -EINVAL;
	if (beyond(va, size, pt->va_bits) || beyond(pa, size, pt->pa_bits))
		return -ERANGE;
	if (!attr.exec || (flags & PGTABLE_ALLOW_WX))
		return 0;
	if (attr.perm != VMSA_RO)
		res->refusal = PGTABLE_REFUSED_WX;
	else if (vmsa_type_is_device(attr.type))
		res->refusal = PGTABLE_REFUSED_DEVX;
	return res->refusal ? -EPERM : 0;
}

/*
 * The lowest level whose entries can map @va to @pa. The low bits of both have
 * to agree: an address alone says nothing about what block fits.
 */
static unsigned int top_level(u64 va, u64 pa, unsigned int flags)
{
	unsigned int level = 1;

	if (flags & PGTABLE_MAX_2M)
		level = 2;
	if (flags & PGTABLE_MAX_4K)
		level = VMSA_LEAF_LEVEL;
	while ((va ^ pa) & (vmsa_size(level) - 1))
		level++;
	return level;
}

void pgtable_op_init(struct pgtable_op *op, struct pgtable *pt, u64 va,
		     u64 size, struct pgtable_result *res)
{
	op->pt = pt;
	op->res = res;
	op->va = va;
	op->last = va + size - 1;
	op->goal = PGTABLE_HOLE;
	op->access = PGTABLE_KEEP;
	op->set = 0;
	op->clear = 0;
	op->offset = 0;
	op->top = 0;
	op->holes = false;
	op->occupied = false;
	op->allow_wx = false;
	op->purpose = false;
	op->hint = false;
	op->unfold = false;
	op->alike = true;
	op->again = false;
	op->first = 0;
	op->needed = 0;
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

int pgtable_map(struct pgtable *pt, u64 va, u64 pa, u64 size,
		struct vmsa_attr attr, unsigned int flags,
		struct pgtable_result *res)
{
	struct pgtable_op op;
	int err;

	memset(res, 0, sizeof(*res));
	err = map_validate(pt, va, pa, size, attr, flags, res);
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_LEAF;
	op.set = vmsa_encode(pt->regime, attr);
	op.access = attr.perm != VMSA_NONE ? PGTABLE_GIVE : PGTABLE_TAKE;
	op.offset = pa - va;
	op.top = top_level(va, pa, flags);
	op.holes = true;
	op.occupied = flags & PGTABLE_REPLACE;
	op.purpose = flags & (PGTABLE_MAX_2M | PGTABLE_MAX_4K);
	/* What is replaced need not be a hole, and changes entry by entry. */
	op.hint = attr.perm != VMSA_NONE &&
		  !(flags & (PGTABLE_MAX_4K | PGTABLE_REPLACE));
	return pgtable_op_run(&op);
}

int pgtable_check_range(const struct pgtable *pt, u64 va, u64 size)
{
	if (!size || ((va | size) & FRAME_MASK))
		return -EINVAL;
	return beyond(va, size, pt->va_bits) ? -ERANGE : 0;
}

int pgtable_unmap(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res)
{
	struct pgtable_op op;
	int err = pgtable_check_range(pt, va, size);

	memset(res, 0, sizeof(*res));
	if (flags & ~PGTABLE_SKIP_HOLES)
		err = -EINVAL;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.holes = flags & PGTABLE_SKIP_HOLES;
	op.occupied = true;
	return pgtable_op_run(&op);
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
	    !attr_known(attr))
		err = -EINVAL;
	if (err)
		return err;
	pgtable_op_init(&op, pt, va, size, res);
	op.goal = PGTABLE_CHANGED;
	change_bits(&op, attr, named);
	op.holes = flags & PGTABLE_SKIP_HOLES;
	op.occupied = true;
	op.allow_wx = flags & PGTABLE_ALLOW_WX;
	err = pgtable_op_run(&op);
	if (!err && (flags & PGTABLE_MERGE_AFTER)) {
		op.hint = true;
		pgtable_merge_range(&op, false);
	}
	return err;
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
	op.holes = flags & PGTABLE_SKIP_HOLES;
	op.occupied = true;
	op.allow_wx = true;
	op.purpose = !(flags & PGTABLE_FOR_NOW);
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
	op.top = top_level(0, 0, flags);
	op.hint = !(flags & PGTABLE_NO_HINT);
	pgtable_gather_init(&op.gather);
	pgtable_merge_range(&op, flags & PGTABLE_MERGE_ALL);
	return 0;
}
