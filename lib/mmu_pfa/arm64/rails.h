/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Ranges of what U-Boot stands on, and names for what is in memory.
 */

#ifndef _MMU_PFA_RAILS_H
#define _MMU_PFA_RAILS_H

#include <linux/sizes.h>
#include <mmu_pfa/live.h>

struct range {
	u64 start;
	u64 size;
};

/* Where code and variables of the extension begin and end: ../mark.S */
extern char mmu_pfa_code_start[], mmu_pfa_code_end[];
extern char mmu_pfa_data_start[], mmu_pfa_data_end[];
extern char mmu_pfa_bss_start[], mmu_pfa_bss_end[];

/* What VBAR points to */
#define VECTORS_SIZE	SZ_2K

/* Whether two ranges have a byte in common; @at (may be NULL) receives the first. */
bool range_overlap(struct range a, struct range b, u64 *at);

/* The range that a rail protects; empty for what is many: handler, PFA and LMB. */
struct range rail_range(enum live_rail rail);

/* The same for what the handling of a fault needs. */
bool handler_needs(struct range range, u64 *at);

/**
 * who_is_in() - the name of the smallest thing that all of a range is in
 *
 * Parts of U-Boot, allocations of the PFA, what LMB keeps reserved, reserved
 * memory and devices of the device tree, windows of PCI.
 *
 * @buf: receives it, cut to @len
 * Return: whether there is one
 */
bool who_is_in(u64 pa, u64 size, char *buf, size_t len);

/* What LMB keeps from being overwritten around an address. */
bool lmb_find_reserved(u64 pa, u64 *start, u64 *size);

#endif /* _MMU_PFA_RAILS_H */
