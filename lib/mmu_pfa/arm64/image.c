// SPDX-License-Identifier: GPL-2.0+
/*
 * Where the constants are, between code and data. Newer linker scripts name that.
 * Older ones sort constants by alignment and then by name, so that two of ours,
 * aligned more and less than all others, are the first and the last. Were they
 * not, some would only be called by a wrong name.
 */

#include <asm/sections.h>
#include <linux/compiler.h>
#include <linux/sizes.h>

#include "compat.h"
#include "image.h"

#if UBOOT_RELEASE < 202507

static const char first_constant
	__section(".rodata.0000_mmu_pfa") __aligned(SZ_4K) = 1;
static const char last_constant __section(".rodata.zzzz_mmu_pfa_end") = 1;

u64 image_rodata_start(void)
{
	return (ulong)&first_constant;
}

u64 image_rodata_end(void)
{
	return (ulong)&last_constant + 1;
}

#else

u64 image_rodata_start(void)
{
	return (ulong)__start_rodata;
}

u64 image_rodata_end(void)
{
	return (ulong)__end_rodata;
}

#endif
