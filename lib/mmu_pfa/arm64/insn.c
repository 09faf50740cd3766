// SPDX-License-Identifier: GPL-2.0+
/*
 * Counting instructions with the PMU: event counter 0, INST_RETIRED.
 *
 * EL1 and EL2 count as they are once the filter lets them; EL3 counts nothing
 * unless MDCR_EL3.SPME says so, which is set around the measurement only.
 */

#include <asm/system.h>
#include <linux/bitops.h>
#include <mmu_pfa/live.h>

#include "regs.h"

#define PMCR_E			BIT(0)
#define PMCR_N(pmcr)		((pmcr) >> 11 & 0x1f)
#define EVENT_INST_RETIRED	0x08
#define PMEVTYPER_NSH		BIT(27)	/* EL2 too */
#define MDCR_EL3_SPME		BIT(17)
#define DFR0_PMUVER(dfr0)	((dfr0) >> 8 & 0xf)
#define PMUVER_IMPDEF		0xf

static u64 mdcr_el3;

static bool has_counter(void)
{
	unsigned int version = DFR0_PMUVER(read_reg(id_aa64dfr0_el1));

	return version && version != PMUVER_IMPDEF &&
	       PMCR_N(read_reg(pmcr_el0));
}

bool live_insn_start(void)
{
	u64 before;

	if (!has_counter())
		return false;
	if (current_el() == 3) {
		mdcr_el3 = read_reg(mdcr_el3);
		asm volatile("msr mdcr_el3, %0; isb" : :
			     "r" (mdcr_el3 | MDCR_EL3_SPME));
	}
	asm volatile("msr pmevtyper0_el0, %0" : :
		     "r" (PMEVTYPER_NSH | EVENT_INST_RETIRED));
	asm volatile("msr pmcntenset_el0, %0" : : "r" (1ull));
	asm volatile("msr pmcr_el0, %0; isb" : :
		     "r" (read_reg(pmcr_el0) | PMCR_E));
	before = live_insn_count();
	return live_insn_count() != before;
}

u64 live_insn_count(void)
{
	asm volatile("isb" : : : "memory");
	return read_reg(pmevcntr0_el0);
}

void live_insn_stop(void)
{
	if (!has_counter())
		return;
	asm volatile("msr pmcntenclr_el0, %0; isb" : : "r" (1ull));
	if (current_el() == 3)
		asm volatile("msr mdcr_el3, %0; isb" : : "r" (mdcr_el3));
}
