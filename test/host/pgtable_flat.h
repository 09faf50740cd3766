/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Operations on a tree and on the most naive model of one: an array with an
 * entry for each page of a 4 GiB window. After each operation its range and what
 * is next to it are compared, from time to time everything; and the model MMU
 * watches. Which operations is up to a source of numbers: random ones, or what a
 * fuzzer comes up with.
 *
 * Now and then tables are short. The CPU stands on a little of the window, here and
 * there. Operations do not keep away from that, but for those that may not be asked
 * for there: what would take its mapping or the access to it.
 */

#ifndef _TEST_HOST_PGTABLE_FLAT_H
#define _TEST_HOST_PGTABLE_FLAT_H

#include "pgtable_world.h"

#define FLAT_PAGES	(4 * GiB / FRAME_SIZE)

/**
 * struct flat - a tree, and the array
 *
 * @w:      the tree's world
 * @choose: the source of numbers, set by the caller
 * @base:   of the window
 * @flat:   what each page shall be
 * @from, @to: what the last operation was about
 * @stood, @stood_size: what the CPU stands on, from the start of the window
 * @done, @refused, @oom, @protects: how many operations; of these, refused for a
 *	    conflict, out of tables, changes of attributes that were made
 * @moved, @under, @kept: how often the CPU moved; operations on what it stands on
 *	    that were made, and refused for a contiguous run
 * @wrong:  NULL, or the first thing that is
 */
struct flat {
	struct world w;
	u64 (*choose)(struct flat *r);
	u64 base;
	u64 *flat;
	u64 from, to;
	u64 stood, stood_size;
	unsigned int done, refused, oom, protects, moved, under, kept;
	const char *wrong;
};

void flat_begin(struct flat *r, struct world_kind kind, u64 base);
void flat_operation(struct flat *r);
/* Check tables, provider and model; and compare every page too. */
void flat_check_order(struct flat *r);
void flat_check(struct flat *r);
void flat_end(struct flat *r);

#endif /* _TEST_HOST_PGTABLE_FLAT_H */
