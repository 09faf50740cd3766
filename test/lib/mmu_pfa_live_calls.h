/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the tests of U-Boot's own calls ask the live tables and the hardware.
 */

#ifndef _MMU_PFA_LIVE_CALLS_H
#define _MMU_PFA_LIVE_CALLS_H

#include <linux/sizes.h>
#include <mmu_pfa/live.h>

/* Of newer releases; in <asm/armv8/mmu.h>, which has other things by our names. */
int mmu_unmap_reserved_mem(const char *name, bool check_nomap);

/* What a MAIR slot of U-Boot's says, as PAR_EL1 repeats it. */
#define PAR_ATTR(par)	((par) >> 56)
#define ATTR_NC		0x44
#define ATTR_WB		0xff

#define PATTERN(n)	(0x5a5a0000u + (n))

/* RAM that nobody uses: above the load addresses, below all that is U-Boot's. */
static inline ulong area(void)
{
	return live_ram_start() + 80 * SZ_1M;
}

static inline u64 type_at(ulong addr)
{
	u64 par;

	return live_at(addr, &par) ? PAR_ATTR(par) : 0;
}

static inline unsigned int level_at(ulong addr)
{
	struct pgtable_walk walk;

	pgtable_walk(live_pgtable(), addr, &walk);
	return pgtable_last_step(&walk)->level;
}

static inline u32 *word(ulong addr)
{
	return (u32 *)addr;
}

static inline bool back_to_own_map(void)
{
	struct pgtable_result res;

	return live_is_restored(&res);
}

#endif /* _MMU_PFA_LIVE_CALLS_H */
