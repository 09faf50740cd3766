// SPDX-License-Identifier: GPL-2.0+
/*
 * Executing an A64 instruction away from its address: see a64.h.
 */

#include <mmu_pfa/a64.h>

#include "a64_bits.h"

#define LINK		30
#define PSTATE_BTYPE	(3ull << 10)

#define INSN_BR		0xd61f0000u
#define INSN_BLR	0xd63f0000u
#define INSN_RET	0xd65f0000u

/* LDR Wt, LDR Xt and LDRSW Xt from [Xn], by the opc of LDR (literal) */
static const u32 load_of[] = { 0xb9400000, 0xf9400000, 0xb9800000 };
#define OPC_PRFM	3

static void set_reg(struct a64_regs *regs, unsigned int n, u64 value)
{
	if (n != A64_ZR)
		regs->x[n] = value;
}

/* Whether a condition code holds. */
static bool holds(unsigned int cond, u64 pstate)
{
	bool n = pstate >> 31 & 1, z = pstate >> 30 & 1;
	bool c = pstate >> 29 & 1, v = pstate >> 28 & 1;
	bool truth[] = { z, c, n, v, c && !z, n == v, n == v && !z, true };

	/* The last two are both "always". */
	return truth[cond >> 1] ^ (cond & 1 && cond != 15);
}

static enum a64_how go_on(struct a64_regs *regs, u64 pc)
{
	regs->pc = pc;
	regs->pstate &= ~PSTATE_BTYPE;
	return A64_DONE;
}

/* To @words from here if @taken, else to the next instruction. */
static enum a64_how branch(struct a64_regs *regs, bool taken, s64 words)
{
	return go_on(regs, regs->pc + A64_INSN_SIZE * (taken ? words : 1));
}

/* B, BL */
static enum a64_how branch_always(u32 insn, struct a64_regs *regs)
{
	u64 pc = regs->pc;

	branch(regs, true, a64_signed(insn, 25, 0));
	if (a64_bit(insn, 31))
		regs->x[LINK] = pc + A64_INSN_SIZE;
	return A64_DONE;
}

/* CBZ, CBNZ */
static enum a64_how branch_on_zero(u32 insn, struct a64_regs *regs)
{
	u64 value = a64_reg(regs, a64_rt(insn));

	if (!a64_bit(insn, 31))
		value = (u32)value;
	return branch(regs, !value != a64_bit(insn, 24),
		      a64_signed(insn, 23, 5));
}

/* TBZ, TBNZ */
static enum a64_how branch_on_bit(u32 insn, struct a64_regs *regs)
{
	unsigned int n = a64_bit(insn, 31) << 5 | a64_bits(insn, 23, 19);
	bool bit = a64_reg(regs, a64_rt(insn)) >> n & 1;

	return branch(regs, bit == a64_bit(insn, 24),
		      a64_signed(insn, 18, 5));
}

/* BR, BLR, RET; with pointer authentication, and ERET, refused. */
static enum a64_how branch_to_register(u32 insn, struct a64_regs *regs)
{
	u64 to = a64_reg(regs, a64_rn(insn));

	switch (insn & 0xfffffc1f) {
	case INSN_BLR:
		regs->x[LINK] = regs->pc + A64_INSN_SIZE;
		/* fallthrough */
	case INSN_BR:
	case INSN_RET:
		return go_on(regs, to);
	default:
		return A64_REFUSED;
	}
}

/* ADR, ADRP */
static enum a64_how address(u32 insn, struct a64_regs *regs)
{
	u64 offset = a64_signed(insn, 23, 5) * 4 + a64_bits(insn, 30, 29);
	u64 to = regs->pc + offset;

	if (a64_bit(insn, 31))
		to = (regs->pc & ~FRAME_MASK) + (offset << FRAME_SHIFT);
	set_reg(regs, a64_rt(insn), to);
	return go_on(regs, regs->pc + A64_INSN_SIZE);
}

/* LDR (literal), LDRSW (literal), PRFM (literal) */
static enum a64_how literal(u32 *insn, struct a64_regs *regs,
			    struct a64_kept *kept)
{
	unsigned int opc = a64_bits(*insn, 31, 30), rt = a64_rt(*insn);
	u64 addr = regs->pc + A64_INSN_SIZE * a64_signed(*insn, 23, 5);

	if (a64_bit(*insn, 26))
		return A64_REFUSED;
	if (opc == OPC_PRFM)
		return go_on(regs, regs->pc + A64_INSN_SIZE);
	if (rt == A64_ZR)
		return A64_REFUSED;
	*kept = (struct a64_kept){ rt, regs->x[rt] };
	regs->x[rt] = addr;
	*insn = load_of[opc] | rt << 5 | rt;
	return A64_COPY;
}

enum a64_how a64_displace(u32 *insn, struct a64_regs *regs, struct a64_kept *kept)
{
	*kept = (struct a64_kept){ .reg = A64_ZR };
	if ((*insn & 0x7c000000) == 0x14000000)
		return branch_always(*insn, regs);
	if ((*insn & 0xff000000) == 0x54000000)
		return branch(regs, holds(a64_bits(*insn, 3, 0), regs->pstate),
			      a64_signed(*insn, 23, 5));
	if ((*insn & 0x7e000000) == 0x34000000)
		return branch_on_zero(*insn, regs);
	if ((*insn & 0x7e000000) == 0x36000000)
		return branch_on_bit(*insn, regs);
	if ((*insn & 0xfe000000) == 0xd6000000)
		return branch_to_register(*insn, regs);
	if ((*insn & 0x1f000000) == 0x10000000)
		return address(*insn, regs);
	if ((*insn & 0x3b000000) == 0x18000000)
		return literal(insn, regs, kept);
	return A64_COPY;
}
