// SPDX-License-Identifier: GPL-2.0+
/*
 * What the handling of a fault needs, and so do watches and the window: the code
 * and the variables of the extension, and the few functions of U-Boot that they
 * call there. Without one of them a fault could not even be reported, so that
 * nothing may unmap or protect them.
 *
 * Of the extension's constants only those of the watches are needed, and a fault
 * for the want of them ends in U-Boot's report.
 */

#include <asm/system.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "catch_frame.h"
#include "rails.h"

static struct range between(const char *start, const char *end)
{
	return (struct range){ (ulong)start, end - start };
}

/* None of those below is larger. */
static struct range function(const void *code)
{
	return (struct range){ (ulong)code, SZ_256 };
}

bool handler_needs(struct range range, u64 *at)
{
	const struct range needed[] = {
		between(mmu_pfa_code_start, mmu_pfa_code_end),
		between(mmu_pfa_data_start, mmu_pfa_data_end),
		between(mmu_pfa_bss_start, mmu_pfa_bss_end),
		{ (ulong)vectors, VECTORS_SIZE },
		function(memcpy), function(memmove), function(memset),
		function(__asm_switch_ttbr),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(needed); i++) {
		if (range_overlap(range, needed[i], at))
			return true;
	}
	return false;
}
