/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What is linked from a U-Boot tree, as the benchmark sees it. Types are those of
 * who includes it: the shim's or the benchmark's.
 */

#ifndef _PEERS_LINKED_H
#define _PEERS_LINKED_H

/* peer_lmb.c: blocks of 1 << @order frames, reserved in LMB */
void peer_lmb_init(u32 frames);
int peer_lmb_alloc(unsigned int order, u32 *frame);
int peer_lmb_free(u32 frame, unsigned int order);

/* common/dlmalloc.c */
void mem_malloc_init(unsigned long start, unsigned long size);
void *dlmemalign(size_t align, size_t size);
void dlfree(void *mem);

#endif /* _PEERS_LINKED_H */
