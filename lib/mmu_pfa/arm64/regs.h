/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * System registers of the translation regime that U-Boot runs in, by
 * exception level. Nothing is remembered: the level can change.
 */

#ifndef _MMU_PFA_REGS_H
#define _MMU_PFA_REGS_H

#include <asm/system.h>

#define read_reg(name) ({						\
	u64 value;							\
									\
	asm volatile("mrs %0, " #name : "=r" (value));			\
	value;								\
})

/* A register that exists at each level: sctlr, ttbr0, tcr, mair, vbar. */
#define read_reg_el(name, el) ({					\
	unsigned int level = (el);					\
									\
	level == 1 ? read_reg(name##_el1) :				\
	level == 2 ? read_reg(name##_el2) : read_reg(name##_el3);	\
})

#define SCTLR_M		(1ull << 0)
#define SCTLR_C		(1ull << 2)
#define SCTLR_I		(1ull << 12)
#define HCR_E2H		(1ull << 34)
#define ISAR0_TLB_SHIFT	56		/* ID_AA64ISAR0_EL1.TLB */
#define ISAR0_TLB_RANGE	2
#define PAR_FAILED	(1ull << 0)
#define PAR_ADDR_MASK	0x000ffffffffff000ull

/* Interrupts (SError included) masked around an edit of what we stand on. */
static inline u64 mask_daif(void)
{
	u64 daif = read_reg(daif);

	asm volatile("msr daifset, #0xf" : : : "memory");
	return daif;
}

static inline void restore_daif(u64 daif)
{
	asm volatile("msr daif, %0" : : "r" (daif) : "memory");
}

#endif /* _MMU_PFA_REGS_H */
