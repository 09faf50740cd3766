/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * U-Boot's own allocators as ones that are measured. Both are missing where the
 * tree's sources do not go with the shim: their addresses are NULL then.
 */

#ifndef _PEERS_H
#define _PEERS_H

#include <mmu_pfa/bench.h>

extern const struct bench_allocator bench_lmb __attribute((weak));
extern const struct bench_allocator bench_memalign __attribute((weak));

#endif /* _PEERS_H */
