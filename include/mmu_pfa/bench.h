/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the allocator costs: workloads that run the same on a host and on the
 * board. They work on a zone of 1 GiB of frame numbers whose metadata lies in
 * scratch memory, so that no frame is touched and the PFA in use is left alone.
 */

#ifndef _MMU_PFA_BENCH_H
#define _MMU_PFA_BENCH_H

#include <mmu_pfa/port.h>

/**
 * struct bench_env - what a workload runs in
 *
 * @scratch: 16-byte aligned memory, bench_scratch_size() bytes
 * @insn:    instructions executed so far; may be NULL
 * @ns:      nanoseconds so far; may be NULL
 * @begin:   (may be NULL) called right before what is measured
 * @end:     (may be NULL) called right after it
 * @ctx:     handed to all of them
 * @seed:    of the random numbers of the workload
 * @scale:   shift of the number of operations: 0 for the numbers of the host
 */
struct bench_env {
	void *scratch;
	u64 (*insn)(void *ctx);
	u64 (*ns)(void *ctx);
	void (*begin)(void *ctx, const char *name);
	void (*end)(void *ctx, const char *name);
	void *ctx;
	u64 seed;
	unsigned int scale;
};

/**
 * struct bench_row - what a workload took; 0 where it was not measured
 *
 * @name:       of the workload
 * @unit:       what one operation is
 * @operations: how many
 * @insn:       instructions of all of them
 * @ns:         nanoseconds of all of them
 */
struct bench_row {
	const char *name;
	const char *unit;
	u32 operations;
	u64 insn;
	u64 ns;
};

/* Bytes of scratch memory that the workloads need. */
size_t bench_scratch_size(void);

/**
 * bench_run() - run workload number @i
 *
 * Return: whether there is one
 */
bool bench_run(const struct bench_env *env, unsigned int i,
	       struct bench_row *row);

#endif /* _MMU_PFA_BENCH_H */
