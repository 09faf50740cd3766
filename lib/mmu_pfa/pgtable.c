// SPDX-License-Identifier: GPL-2.0+
/*
 * The operations: validate a request, say what its range shall become, and let
 * it be planned, reserved for and committed.
 */

#include "pgtable_internal.h"

#define MAP_FLAGS	(PGTABLE_MAX_2M | PGTABLE_MAX_4K | PGTABLE_ALLOW_WX | \
			 PGTABLE_REPLACE)

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
static bool write_or_device_exec(struct vmsa_attr attr)
{
	return attr.exec &&
	       (attr.perm != VMSA_RO || vmsa_type_is_device(attr.type));
}

static int map_validate(struct pgtable *pt, u64 va, u64 pa, u64 size,
			struct vmsa_attr attr, unsigned int flags)
{
	if (!size || ((va | pa | size) & FRAME_MASK))
		return -EINVAL;
	if (!attr_known(attr) || (flags & ~MAP_FLAGS))
		return -EINVAL;
	if (beyond(va, size, pt->va_bits) || beyond(pa, size, pt->pa_bits))
		return -ERANGE;
	if (write_or_device_exec(attr) && !(flags & PGTABLE_ALLOW_WX))
		return -EPERM;
	return 0;
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

static void op_init(struct pgtable_op *op, struct pgtable *pt, u64 va, u64 size,
		    struct pgtable_result *res)
{
	op->pt = pt;
	op->res = res;
	op->va = va;
	op->last = va + size - 1;
	op->attr = 0;
	op->offset = 0;
	op->access = false;
	op->top = 0;
	op->holes = false;
	op->occupied = false;
	op->again = false;
	op->needed = 0;
}

static int op_run(struct pgtable_op *op)
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
	err = map_validate(pt, va, pa, size, attr, flags);
	if (err)
		return err;
	op_init(&op, pt, va, size, res);
	op.attr = vmsa_encode(pt->regime, attr);
	op.access = attr.perm != VMSA_NONE;
	op.offset = pa - va;
	op.top = top_level(va, pa, flags);
	op.holes = true;
	op.occupied = flags & PGTABLE_REPLACE;
	return op_run(&op);
}

int pgtable_unmap(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res)
{
	struct pgtable_op op;

	memset(res, 0, sizeof(*res));
	if (!size || ((va | size) & FRAME_MASK) || (flags & ~PGTABLE_SKIP_HOLES))
		return -EINVAL;
	if (beyond(va, size, pt->va_bits))
		return -ERANGE;
	op_init(&op, pt, va, size, res);
	op.holes = flags & PGTABLE_SKIP_HOLES;
	op.occupied = true;
	return op_run(&op);
}
