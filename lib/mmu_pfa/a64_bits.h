/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Fields of an A64 instruction, and the registers that they name.
 */

#ifndef _MMU_PFA_A64_BITS_H
#define _MMU_PFA_A64_BITS_H

#include <mmu_pfa/a64.h>

#define A64_INSN_SIZE	4

#define A64_ZR	31	/* or the stack pointer, where that is the base */

/* Bits @last to @first. */
static inline u32 a64_bits(u32 insn, unsigned int last, unsigned int first)
{
	return insn >> first & (~0u >> (31 - (last - first)));
}

static inline bool a64_bit(u32 insn, unsigned int n)
{
	return insn >> n & 1;
}

/* The same, sign-extended. */
static inline s64 a64_signed(u32 insn, unsigned int last, unsigned int first)
{
	return (s64)((u64)insn << (63 - last)) >> (63 - last + first);
}

/* Rt, Rd */
static inline u8 a64_rt(u32 insn)
{
	return a64_bits(insn, 4, 0);
}

static inline u8 a64_rn(u32 insn)
{
	return a64_bits(insn, 9, 5);
}

static inline u8 a64_rt2(u32 insn)
{
	return a64_bits(insn, 14, 10);
}

/* Rs, Rm */
static inline u8 a64_rs(u32 insn)
{
	return a64_bits(insn, 20, 16);
}

/* What an instruction reads in register @n, where 31 is no stack pointer. */
static inline u64 a64_reg(const struct a64_regs *regs, unsigned int n)
{
	return n == A64_ZR ? 0 : regs->x[n];
}

#endif /* _MMU_PFA_A64_BITS_H */
