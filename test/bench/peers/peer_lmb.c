// SPDX-License-Identifier: GPL-2.0+
/*
 * U-Boot's LMB as one that is measured: each block is a reservation. It is the
 * LMB of 2025.01; later ones have another interface.
 */

#include <lmb.h>

#include "linked.h"

#define BASE	0x40000000ull

static struct bd_info bd;
static struct peers_gd the_gd = { .bd = &bd, .flags = GD_FLG_SKIP_RELOC };
struct peers_gd *gd = &the_gd;

/* Named by code that is not reached. */
char _start[1], __bss_start[1], __bss_end[1];

void peer_lmb_init(u32 frames)
{
	bd.bi_dram[0].start = BASE;
	bd.bi_dram[0].size = (u64)frames * 4096;
	gd->ram_top = BASE + (u64)frames * 4096;
	gd->start_addr_sp = ~0ull >> 8;		/* no stack in this memory */
	lmb_init();
}

int peer_lmb_alloc(unsigned int order, u32 *frame)
{
	u64 size = 4096ull << order;
	u64 pa = lmb_alloc(size, size);

	*frame = (pa - BASE) / 4096;
	return pa ? 0 : -ENOMEM;
}

int peer_lmb_free(u32 frame, unsigned int order)
{
	return lmb_free(BASE + frame * 4096ull, 4096ull << order) < 0;
}
