/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The workloads by which the mapping engine is measured:
 *
 *	map_4k, unmap_4k, protect_4k	a GiB of pages that fit no block
 *	map_1g, map_2m			64 GiB in blocks
 *	split_1g, split_2m		one page inside a block gets protected
 *	pair				map one page anywhere in 256 GiB, unmap it
 *	translate			addresses in blocks and in pages
 *
 * What counts, and how tables are provided, is up to who runs them.
 */

#ifndef _MMU_PFA_PGTABLE_BENCH_H
#define _MMU_PFA_PGTABLE_BENCH_H

#include <mmu_pfa/pgtable.h>

/**
 * struct pgtable_bench - a tree to measure on
 *
 * @pt:    empty, of 40 bits or more; its tables can be some 600
 * @va:    room for addresses
 * @times: how many: so often pair and translate do it
 * @res:   of the first operation that failed
 * @err:   the first error
 * @sum:   so that translations are wanted
 */
struct pgtable_bench {
	struct pgtable *pt;
	u64 *va;
	u32 times;
	struct pgtable_result res;
	int err;
	u64 sum;
};

/**
 * struct pgtable_workload - one of them
 *
 * @name:   see above
 * @per:    what a figure is for: "page", "block", in the singular...
 * @before: (may be NULL) to be done first, and not measured
 * @run:    to be measured
 * @count:  what the measure is divided by; 0: pgtable_bench::times
 */
struct pgtable_workload {
	const char *name;
	const char *per;
	void (*before)(struct pgtable_bench *b);
	void (*run)(struct pgtable_bench *b);
	u32 count;
};

#define PGTABLE_WORKLOADS	9
extern const struct pgtable_workload pgtable_workloads[PGTABLE_WORKLOADS];

/* Fill in the addresses, the same each time. */
void pgtable_bench_init(struct pgtable_bench *b);

/* Empty the tree again. */
void pgtable_bench_clear(struct pgtable_bench *b);

#endif /* _MMU_PFA_PGTABLE_BENCH_H */
