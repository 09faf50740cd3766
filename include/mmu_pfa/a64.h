/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * A64 instructions, as far as a watch needs them: what memory an instruction
 * accesses and with which registers, and how to execute it at another address
 * than its own. Portable; encodings are those of the Arm ARM (DDI 0487, C4.1).
 */

#ifndef _MMU_PFA_A64_H
#define _MMU_PFA_A64_H

#include <mmu_pfa/port.h>

/**
 * struct a64_regs - the registers of interrupted code
 *
 * @x:      x0 to x30
 * @sp:     its stack pointer
 * @pc:     the instruction
 * @pstate: as in SPSR_ELx
 */
struct a64_regs {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};

/**
 * struct a64_blocks - what instructions on memory by block work on, in bytes
 *
 * @line: the smallest line of a data cache, from CTR_EL0
 * @zero: what DC ZVA clears, from DCZID_EL0
 */
struct a64_blocks {
	u32 line;
	u32 zero;
};

/**
 * struct a64_access - what an instruction does to memory
 *
 * @addr:      the first byte
 * @size:      how many bytes
 * @read:      it reads them
 * @write:     it writes them; DC IVAC counts, which throws away what was written
 * @exclusive: it is one of a load-exclusive and store-exclusive pair
 * @n:         how many general registers hold what is moved; 0 if others do, or
 *	       none. For an instruction that reads and writes: what it read
 * @width:     bytes of each of them
 * @reg:       which
 */
struct a64_access {
	u64 addr;
	u32 size;
	bool read;
	bool write;
	bool exclusive;
	u8 n;
	u8 width;
	u8 reg[2];
};

/**
 * a64_access() - what memory an instruction accesses
 *
 * Known are all loads and stores of the general and the SIMD registers, single,
 * paired, exclusive, ordered and atomic (LSE), and cache maintenance by address,
 * where all but DC IVAC and DC ZVA neither read nor write.
 *
 * @regs: before it is executed
 * Return: whether it is one of these
 */
bool a64_access(u32 insn, const struct a64_regs *regs,
		struct a64_blocks blocks, struct a64_access *access);

/* Value @i of @access->n: before a store, or after a load. */
u64 a64_value(const struct a64_regs *regs, const struct a64_access *access,
	      unsigned int i);

/** enum a64_how - how an instruction is executed away from its place */
enum a64_how {
	A64_COPY,	/* as it is */
	A64_DONE,	/* it has been, on the registers */
	A64_REFUSED,	/* not at all */
};

/**
 * struct a64_kept - a register that was changed for A64_COPY
 *
 * @reg:   which; 31 if none was
 * @value: what it held; to be put back if the instruction is not executed
 */
struct a64_kept {
	u8 reg;
	u64 value;
};

/**
 * a64_displace() - execute an instruction that depends on its address
 *
 * Branches, ADR and ADRP are executed here. LDR (literal) becomes a load from
 * what its register then holds. Refused are loads of SIMD registers from
 * literals, exception returns, and branches with pointer authentication.
 *
 * @insn: the instruction; receives the one to be executed for it
 * @regs: of which @pc is the instruction's own address; changed
 * @kept: receives the register that was changed for A64_COPY
 */
enum a64_how a64_displace(u32 *insn, struct a64_regs *regs,
			  struct a64_kept *kept);

#endif /* _MMU_PFA_A64_H */
