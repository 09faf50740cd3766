// SPDX-License-Identifier: GPL-2.0+
/*
 * A stream of bytes as operations on a tree, on a flat model of it and under the
 * model of the MMU: libFuzzer looks for one that any of them objects to. The
 * first byte chooses the kind of tree; of the rest two bytes are one number.
 */

#include "fuzz.h"
#include "pgtable_flat.h"

#include <stdlib.h>

static const struct {
	struct world_kind kind;
	u64 base;
} trees[] = {
	{ { VMSA_EL1, .va_bits = 40 }, 510 * GiB },
	{ { VMSA_EL2, .va_bits = 48, .tlbi_range = true }, 2 * GiB },
	{ { VMSA_EL3, .va_bits = 39 }, 0 },
	{ { VMSA_EL2_E2H, .va_bits = 32, .tlbi_range = true }, 0 },
	{ { VMSA_EL1, .va_bits = 36, .pool = true }, 60 * GiB },
};

struct run {
	struct flat flat;
	const u8 *in;
	size_t left;
};

static u64 next(struct flat *flat)
{
	struct run *r = (struct run *)flat;
	u64 n;

	if (r->left < 2) {
		r->left = 0;
		return 0;
	}
	n = r->in[0] | r->in[1] << 8;
	r->in += 2;
	r->left -= 2;
	return n;
}

int LLVMFuzzerTestOneInput(const u8 *in, size_t size)
{
	struct run run = { .flat.choose = next, .in = in + 1, .left = size - 1 };
	struct flat *r = &run.flat;
	size_t which;

	if (!size)
		return 0;
	which = in[0] % ARRAY_SIZE(trees);
	flat_begin(r, trees[which].kind, trees[which].base);
	while (run.left && !r->wrong)
		flat_operation(r);
	flat_check_order(r);
	if (r->wrong) {
		fprintf(stderr, "%s, operation %u, va 0x%llx\n", r->wrong,
			r->done, r->w.mmu.fault_va);
		abort();
	}
	flat_end(r);
	return 0;
}
