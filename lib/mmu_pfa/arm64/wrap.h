/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Functions of U-Boot that the linker sends to the edge of the extension
 * (lib/mmu_pfa/config.mk), and what they were.
 */

#ifndef _MMU_PFA_WRAP_H
#define _MMU_PFA_WRAP_H

/* handover.c */
void __real_switch_to_non_secure_mode(void);
void __wrap_switch_to_non_secure_mode(void);

#endif /* _MMU_PFA_WRAP_H */
