// SPDX-License-Identifier: GPL-2.0+
/*
 * What memory an A64 instruction accesses: see a64.h. One function for each
 * group of the encoding table of loads and stores (Arm ARM C4.1.96).
 */

#include <mmu_pfa/a64.h>

#include "a64_bits.h"

/* Prefetch, in the place of a load of 64 bits that extends its sign. */
#define SIZE_64		3
#define OPC_PRFM	2

/* struct ldst - an instruction being taken apart */
struct ldst {
	u32 insn;
	const struct a64_regs *regs;
	struct a64_access *a;
};

static u64 base(const struct ldst *l)
{
	unsigned int n = a64_rn(l->insn);

	return n == A64_ZR ? l->regs->sp : l->regs->x[n];
}

/* A load or a store of one general register. */
static void single(struct ldst *l, bool load, unsigned int width)
{
	l->a->read = load;
	l->a->write = !load;
	l->a->n = 1;
	l->a->width = width;
	l->a->reg[0] = a64_rt(l->insn);
	l->a->size = width;
}

/* Of two. */
static void pair(struct ldst *l, bool load, unsigned int width)
{
	single(l, load, width);
	l->a->n = 2;
	l->a->reg[1] = a64_rt2(l->insn);
	l->a->size = 2 * width;
}

/* Of SIMD registers, whose values are not at hand. */
static void simd(struct ldst *l, bool load, unsigned int size)
{
	l->a->read = load;
	l->a->write = !load;
	l->a->size = size;
}

/* Reads and writes; what was read ends up in @rt. */
static void atomic(struct ldst *l, unsigned int width, unsigned int rt)
{
	single(l, true, width);
	l->a->write = true;
	l->a->reg[0] = rt;
}

/* CASP: two general registers from an even one on. */
static void atomic_pair(struct ldst *l, unsigned int width)
{
	pair(l, true, width);
	l->a->write = true;
	l->a->reg[0] = a64_rs(l->insn);
	l->a->reg[1] = a64_rs(l->insn) + 1;
}

/* STXR, LDXR, STXP, LDXP, STLR, LDAR, CAS, CASP and their kin. */
static bool exclusive_or_ordered(struct ldst *l)
{
	unsigned int size = a64_bits(l->insn, 31, 30);
	bool ordered = a64_bit(l->insn, 23), load = a64_bit(l->insn, 22);

	l->a->addr = base(l);
	if (!a64_bit(l->insn, 21)) {
		single(l, load, 1u << size);
		l->a->exclusive = !ordered;
	} else if (ordered) {
		atomic(l, 1u << size, a64_rs(l->insn));
	} else if (size < 2) {
		atomic_pair(l, 4u << size);
	} else {
		pair(l, load, 1u << size);
		l->a->exclusive = true;
	}
	return true;
}

static bool literal(struct ldst *l)
{
	unsigned int opc = a64_bits(l->insn, 31, 30);

	l->a->addr = l->regs->pc + 4 * a64_signed(l->insn, 23, 5);
	if (a64_bit(l->insn, 26))
		simd(l, true, 4u << opc);
	else if (opc < 3)
		single(l, true, opc == 1 ? 8 : 4);
	return true;
}

/* LDAPUR, STLUR */
static bool unscaled_ordered(struct ldst *l)
{
	l->a->addr = base(l) + a64_signed(l->insn, 20, 12);
	single(l, a64_bits(l->insn, 23, 22),
	       1u << a64_bits(l->insn, 31, 30));
	return true;
}

static bool paired(struct ldst *l)
{
	unsigned int opc = a64_bits(l->insn, 31, 30);
	bool load = a64_bit(l->insn, 22);
	bool post = a64_bits(l->insn, 24, 23) == 1;
	unsigned int width;

	if (a64_bit(l->insn, 26)) {
		width = 4u << opc;
		simd(l, load, 2 * width);
	} else {
		if (opc == 1 && !load)
			return false;	/* STGP, with a tag */
		width = opc == 2 ? 8 : 4;
		pair(l, load, width);
	}
	l->a->addr = base(l);
	if (!post)
		l->a->addr += (s64)width * a64_signed(l->insn, 21, 15);
	return true;
}

/* A register as offset: extended, and scaled or not. */
static u64 register_offset(const struct ldst *l, unsigned int scale)
{
	u64 value = a64_reg(l->regs, a64_rs(l->insn));
	unsigned int option = a64_bits(l->insn, 15, 13);

	if (!(option & 1))
		value = option & 4 ? (u64)(s64)(s32)value : (u32)value;
	return value << (a64_bit(l->insn, 12) ? scale : 0);
}

/* LDADD and the like, SWP; and LDAPR, which is no atomic. */
static bool memory_operation(struct ldst *l)
{
	unsigned int width = 1u << a64_bits(l->insn, 31, 30);
	unsigned int opc = a64_bits(l->insn, 14, 12);

	l->a->addr = base(l);
	if (a64_bit(l->insn, 26))
		return false;
	if (!a64_bit(l->insn, 15) || !opc)
		atomic(l, width, a64_rt(l->insn));
	else if (opc == 4)
		single(l, true, width);
	else
		return false;
	return true;
}

/* What one register is moved as; @scale: log2 of the bytes. */
static void moved(struct ldst *l, unsigned int *scale)
{
	unsigned int size = a64_bits(l->insn, 31, 30);
	unsigned int opc = a64_bits(l->insn, 23, 22);

	*scale = size;
	if (a64_bit(l->insn, 26)) {
		*scale += opc & 2 ? 4 : 0;
		simd(l, opc & 1, 1u << *scale);
	} else if (size != SIZE_64 || opc != OPC_PRFM) {
		single(l, opc, 1u << size);
	}
}

static bool one_register(struct ldst *l)
{
	unsigned int form = a64_bits(l->insn, 11, 10), scale;

	if (!a64_bit(l->insn, 24) && a64_bit(l->insn, 21) && form != 2)
		return form ? false : memory_operation(l);
	moved(l, &scale);
	l->a->addr = base(l);
	if (a64_bit(l->insn, 24))
		l->a->addr += (u64)a64_bits(l->insn, 21, 10) << scale;
	else if (a64_bit(l->insn, 21))
		l->a->addr += register_offset(l, scale);
	else if (form != 1)	/* not post-indexed */
		l->a->addr += a64_signed(l->insn, 20, 12);
	return true;
}

/* LD1 to LD4 and ST1 to ST4 of whole registers. */
static bool multiple_structures(struct ldst *l)
{
	static const u8 registers[16] = {
		[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2,
	};
	unsigned int n = registers[a64_bits(l->insn, 15, 12)];

	l->a->addr = base(l);
	simd(l, a64_bit(l->insn, 22), n * (a64_bit(l->insn, 30) ? 16 : 8));
	return n;
}

/* The same of one lane, or of one value to all lanes. */
static bool single_structure(struct ldst *l)
{
	unsigned int n = (a64_bit(l->insn, 13) << 1 | a64_bit(l->insn, 21)) + 1;
	unsigned int scale = a64_bits(l->insn, 15, 14);

	if (scale == 2)
		scale += a64_bit(l->insn, 10);
	else if (scale == 3)
		scale = a64_bits(l->insn, 11, 10);
	l->a->addr = base(l);
	simd(l, a64_bit(l->insn, 22), n << scale);
	return true;
}

static bool structures(struct ldst *l)
{
	return a64_bit(l->insn, 24) ? single_structure(l) :
				      multiple_structures(l);
}

/* op1, CRm and op2 of DC instructions by address, in their place */
#define DC_MASK		0x00070fe0u
#define DC_IVAC		0x00000620u
#define DC_ZVA		0x00030420u

static bool maintenance(struct ldst *l, struct a64_blocks blocks)
{
	u32 op = l->insn & DC_MASK;
	u64 block = op == DC_ZVA ? blocks.zero : blocks.line;

	if (a64_bits(l->insn, 15, 12) != 7)
		return false;
	l->a->addr = a64_reg(l->regs, a64_rt(l->insn)) & ~(block - 1);
	l->a->size = block;
	l->a->write = op == DC_IVAC || op == DC_ZVA;
	return true;
}

bool a64_access(u32 insn, const struct a64_regs *regs,
		struct a64_blocks blocks, struct a64_access *access)
{
	struct ldst l = { insn, regs, access };

	memset(access, 0, sizeof(*access));
	if ((insn & 0x3f000000) == 0x08000000)
		return exclusive_or_ordered(&l);
	if ((insn & 0x3b000000) == 0x18000000)
		return literal(&l);
	if ((insn & 0x3f200c00) == 0x19000000)
		return unscaled_ordered(&l);
	if ((insn & 0x3a000000) == 0x28000000)
		return paired(&l);
	if ((insn & 0x3a000000) == 0x38000000)
		return one_register(&l);
	if ((insn & 0xbe000000) == 0x0c000000)
		return structures(&l);
	if ((insn & 0xfff80000) == 0xd5080000)
		return maintenance(&l, blocks);
	return false;
}

u64 a64_value(const struct a64_regs *regs, const struct a64_access *access,
	      unsigned int i)
{
	u64 value = a64_reg(regs, access->reg[i]);

	return access->width == 8 ? value :
	       value & ((1ull << 8 * access->width) - 1);
}
