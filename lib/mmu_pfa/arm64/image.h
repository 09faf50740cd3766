/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Where the parts of U-Boot's image begin and end.
 */

#ifndef _MMU_PFA_IMAGE_H
#define _MMU_PFA_IMAGE_H

#include <mmu_pfa/port.h>

u64 image_rodata_start(void);
u64 image_rodata_end(void);

#endif /* _MMU_PFA_IMAGE_H */
