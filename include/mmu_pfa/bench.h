/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the allocator costs: workloads that run the same on a host and on the
 * board. They work on frame numbers, with all metadata in scratch memory, so
 * that no frame is touched and the PFA in use is left alone.
 *
 * Whoever runs them brings a way to measure: counters that are read before and
 * after (instructions by the PMU, time), or marks at which a tool starts and
 * stops (callgrind).
 */

#ifndef _MMU_PFA_BENCH_H
#define _MMU_PFA_BENCH_H

#include <mmu_pfa/buddy.h>

/**
 * struct bench_allocator - who is measured
 *
 * @name:       short
 * @meta_size:  bytes of metadata for so many frames, a multiple of 16
 * @init:       a zone of frames 0 to @frames - 1 in that memory, all free
 * @alloc:      a block of an order: 0 with *@frame
 * @free:       and back: 0
 * @alloc_bulk: @count frames as runs, as buddy_alloc_bulk(); may be NULL
 * @free_bulk:  and back
 */
struct bench_allocator {
	const char *name;
	size_t (*meta_size)(u32 frames);
	void (*init)(void *meta, u32 frames);
	int (*alloc)(void *meta, unsigned int order, u32 *frame);
	int (*free)(void *meta, u32 frame, unsigned int order);
	int (*alloc_bulk)(void *meta, u32 count, struct buddy_run *runs,
			  u32 *nruns);
	int (*free_bulk)(void *meta, u32 nruns, const struct buddy_run *runs);
};

/* The buddy; a stack of frame numbers; nobody at all, which is the loop alone */
extern const struct bench_allocator bench_buddy;
extern const struct bench_allocator bench_stack;
extern const struct bench_allocator bench_nobody;

/**
 * struct bench_env - what a workload runs in
 *
 * @allocator: who is measured
 * @frames:    frames of the zone
 * @scratch:   16-byte aligned memory, bench_scratch_size() bytes
 * @insn:      instructions executed so far; may be NULL
 * @ns:        nanoseconds so far; may be NULL
 * @begin:     (may be NULL) called right before what is measured
 * @end:       (may be NULL) called right after it
 * @ctx:       handed to all of them
 * @seed:      of the random numbers
 * @mixed_ops: operations of a mixed workload after filling: a million, or less
 *	       where time is short
 */
struct bench_env {
	const struct bench_allocator *allocator;
	u32 frames;
	void *scratch;
	u64 (*insn)(void *ctx);
	u64 (*ns)(void *ctx);
	void (*begin)(void *ctx, const char *name);
	void (*end)(void *ctx, const char *name);
	void *ctx;
	u64 seed;
	u32 mixed_ops;
};

/**
 * struct bench_row - what a workload took
 *
 * @name:       of the workload
 * @per:        what is counted: "pair", "frame" or "op"
 * @count:      how many of those
 * @insn:       instructions of all of them, the loop around included
 * @ns:         nanoseconds of all of them
 * @whole:      what is around the calls is measured too: it is no loop to be taken
 *		off
 * @free2m_pct: afterwards: free memory that is in free blocks of 2 MiB, in
 *		1/100 percent; buddy only, else 0
 */
struct bench_row {
	const char *name;
	const char *per;
	u32 count;
	u64 insn;
	u64 ns;
	bool whole;
	u32 free2m_pct;
};

/* Bytes of scratch memory that the workloads need. */
size_t bench_scratch_size(const struct bench_allocator *allocator, u32 frames);

/**
 * bench_run() - run workload number @i
 *
 *	0 hot		a million pairs of alloc and free of order 0, new zone
 *	1 fill		allocate every frame
 *	2 free_random	free all of them in random order
 *	3 mixed50	random alloc and free, order k with probability
 *			2^-(k+1) up to 9, holding 50% of the zone
 *	4 mixed95	the same, holding 95%
 *	5 bulk		512 frames at a time as runs, all of the zone, and back
 *	6 bulk_array	512 frames at a time as an array of addresses, and back
 *
 * Return: 0; -ENOENT there is no such workload; -EOPNOTSUPP not for this allocator;
 *	-EIO it refused what was valid
 */
int bench_run(const struct bench_env *env, unsigned int i,
	      struct bench_row *row);

#endif /* _MMU_PFA_BENCH_H */
