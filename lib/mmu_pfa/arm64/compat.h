/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What differs between the releases of U-Boot that the extension is built on.
 * LMB, which differs the most, has a file of its own: lmb.c.
 */

#ifndef _MMU_PFA_COMPAT_H
#define _MMU_PFA_COMPAT_H

#include <version.h>
#include <asm/global_data.h>

/* 202501 for v2025.01 */
#define UBOOT_RELEASE	(U_BOOT_VERSION_NUM * 100 + U_BOOT_VERSION_NUM_PATCH)

/* The banks of RAM: start and size of each */
#if UBOOT_RELEASE < 202610
#define UBOOT_DRAM	(gd->bd->bi_dram)
#else
#define UBOOT_DRAM	(gd->dram)
#endif

/* The bits that mmu_change_region_attr() changes: U-Boot's PMD_ATTRMASK */
#define UBOOT_ATTR_BASE	(PTE_PXN | PTE_XN | PTE_ATTR_IDX_MASK | PTE_VALID)
#if UBOOT_RELEASE < 202507
#define UBOOT_ATTR_MASK	UBOOT_ATTR_BASE
#else
#define UBOOT_ATTR_MASK	(UBOOT_ATTR_BASE | PTE_AP_RO)
#endif

#endif /* _MMU_PFA_COMPAT_H */
