// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa check, test, bench, fail: is the allocator right, and what does it cost?
 */

#include <console.h>
#include <cyclic.h>
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <mmu_pfa/bench.h>

#include "pfa_cmds.h"

#define TEST_ITERATIONS	0x1000
#define TEST_SEED	1

/* The zone that is measured: 1 GiB, of frame numbers only. */
#define BENCH_FRAMES	(SZ_1G / SZ_4K)
#define BENCH_MIXED_OPS	100000

static int check(const struct cli *cli, struct pfa *pfa)
{
	struct pfa_report report;

	schedule();
	if (pfa_check(pfa, &report))
		return cli_error(cli, "%s is violated at %llx", report.violated,
				 report.pa);
	printf("ok: %u zone%s, %llu frames, %llu allocation%s\n", report.zones,
	       report.zones == 1 ? "" : "s", report.frames, report.allocs,
	       report.allocs == 1 ? "" : "s");
	return 0;
}

int do_pfa_check(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pfa *pfa;
	struct cli cli;

	if (cli_parse(&cli, "pfa check", argc, argv, NULL, 0, 0))
		return CMD_RET_USAGE;
	pfa = pfa_needed(&cli);
	return pfa ? check(&cli, pfa) : CMD_RET_FAILURE;
}

/** struct progress - a test under way, and when it was last told of */
struct progress {
	const struct pfa_selftest *test;
	ulong told;
};

/* Asked by the test now and then: a line a second, and whether to stop. */
static bool interrupted(void *ctx)
{
	struct progress *progress = ctx;

	if (cli_pace(&progress->told))
		printf("%u of %u operations\n", progress->test->done,
		       progress->test->iterations);
	return ctrlc();
}

int do_pfa_test(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pfa_selftest test = { .stop = interrupted };
	struct progress progress = { .test = &test };
	u64 iterations = TEST_ITERATIONS, seed = TEST_SEED;
	const char *wrong;
	struct pfa *pfa;
	struct cli cli;

	if (cli_parse(&cli, "pfa test", argc, argv, NULL, 0, 2))
		return CMD_RET_USAGE;
	if (cli.argc > 0 && (!text_parse_hex(cli.argv[0], &iterations) ||
			     !iterations || iterations > U32_MAX))
		return cli_error(&cli, "bad count \"%.24s\": 1 to ffffffff",
				 cli.argv[0]);
	if (cli.argc > 1 && !text_parse_hex(cli.argv[1], &seed))
		return cli_error(&cli, "bad seed \"%.24s\": not a hex number",
				 cli.argv[1]);
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	test.iterations = iterations;
	test.seed = seed;
	test.ctx = &progress;
	progress.told = get_timer(0);
	wrong = pfa_selftest(pfa, &test);
	if (wrong) {
		printf("operation %u of seed %llx:\n", test.done, seed);
		return cli_error(&cli, "%s at %llx", wrong, test.pa);
	}
	if (test.done < iterations)
		return cli_error(&cli, "interrupted after %u operations",
				 test.done);
	if (!test.allocs)
		return cli_error(&cli, "no memory to test with; see pfa grow");
	printf("%u operations of seed %llx: ok\n", test.done, seed);
	printf("%u allocated, %u freed, %u duly refused\n", test.allocs,
	       test.frees, test.wrong);
	return 0;
}

static u64 bench_insn(void *ctx)
{
	return live_insn_count();
}

static u64 bench_ns(void *ctx)
{
	return timer_get_us() * 1000;
}

/* "hot  1000000 pairs  56.0 insn  12 ns"; no instructions where none count. */
static void print_row(const struct bench_row *row, bool have_insn)
{
	printf("%-12s %8u %ss ", row->name, row->count, row->per);
	if (have_insn)
		printf("%6llu.%llu insn ", row->insn / row->count,
		       row->insn * 10 / row->count % 10);
	printf("%6llu ns\n", row->ns / row->count);
}

/* Instructions of the loop of a workload, around an allocator that does nothing. */
static u64 loop_insn(const struct bench_env *env, unsigned int workload)
{
	struct bench_env loop = *env;
	struct bench_row row;

	loop.allocator = &bench_nobody;
	return bench_run(&loop, workload, &row) ? 0 : row.insn;
}

static int run_bench(const struct cli *cli, struct bench_env *env,
		     bool have_insn)
{
	struct bench_row row;
	int ret;

	for (unsigned int i = 0; ; i++) {
		schedule();
		if (ctrlc())
			return cli_error(cli, "interrupted");
		ret = bench_run(env, i, &row);
		if (ret == -ENOENT)
			return 0;
		if (ret)
			return cli_error(cli, "workload %u: error %d", i, ret);
		if (have_insn && !row.whole)
			row.insn -= loop_insn(env, i);
		print_row(&row, have_insn);
	}
}

/* Instructions of the operation done last, with those of reading the counter. */
static void worst_of(u64 *worst, u64 start)
{
	u64 insn = live_insn_count() - start;

	if (insn > *worst)
		*worst = insn;
}

/*
 * The operations that take longest: down from the largest block to each order
 * and back, on a zone of which nothing has been used, with and without the open
 * word in the way.
 */
static void run_worst(void *scratch, u64 *alloc, u64 *free)
{
	const struct bench_allocator *a = &bench_buddy;
	u32 frame, other;

	for (unsigned int i = 0; i < 2 * BUDDY_ORDERS; i++) {
		unsigned int order = i / 2;
		u64 start;

		a->init(scratch, BENCH_FRAMES);
		if (i % 2)
			a->alloc(scratch, 0, &other);
		start = live_insn_count();
		if (a->alloc(scratch, order, &frame))
			continue;
		worst_of(alloc, start);
		if (i % 2)
			a->free(scratch, other, 0);
		start = live_insn_count();
		a->free(scratch, frame, order);
		worst_of(free, start);
	}
}

static void print_worst(void *scratch)
{
	u64 alloc = 0, free = 0;

	run_worst(scratch, &alloc, &free);
	printf("%-12s %8u op      %6llu.0 insn\n", "worst_alloc", 1, alloc);
	printf("%-12s %8u op      %6llu.0 insn\n", "worst_free", 1, free);
}

int do_pfa_bench(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct bench_env env = {
		.allocator = &bench_buddy,
		.frames = BENCH_FRAMES,
		.insn = bench_insn,
		.ns = bench_ns,
		.seed = 1,
		.mixed_ops = BENCH_MIXED_OPS,
	};
	bool have_insn;
	struct cli cli;
	int ret;

	if (cli_parse(&cli, "pfa bench", argc, argv, NULL, 0, 0))
		return CMD_RET_USAGE;
	env.scratch = memalign(16, bench_scratch_size(env.allocator,
						      env.frames));
	if (!env.scratch)
		return cli_error(&cli, "no heap for %zu bytes of scratch memory",
				 bench_scratch_size(env.allocator,
						    env.frames));
	have_insn = live_insn_start();
	if (!have_insn)
		printf("no instruction counter (QEMU counts with -icount shift=0)\n");
	ret = run_bench(&cli, &env, have_insn);
	if (!ret && have_insn)
		print_worst(env.scratch);
	live_insn_stop();
	free(env.scratch);
	return ret;
}

int do_pfa_fail(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pfa *pfa;
	struct cli cli;
	u64 n = 0;

	if (cli_parse(&cli, "pfa fail", argc, argv, NULL, 1, 1))
		return CMD_RET_USAGE;
	if (strcmp(cli.argv[0], "off") &&
	    (!text_parse_hex(cli.argv[0], &n) || !n || n > U32_MAX))
		return cli_error(&cli, "bad count \"%.24s\": 1 to ffffffff, or off",
				 cli.argv[0]);
	if (!IS_ENABLED(CONFIG_PFA_FAIL))
		return cli_error(&cli, "not built in: CONFIG_PFA_FAIL");
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	pfa_set_fault(pfa, n);
	return 0;
}
