// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu bench: what the mapping engine costs here, in instructions.
 */

#include <console.h>
#include <cyclic.h>
#include <malloc.h>
#include <stdio.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/pgtable_bench.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

#define TIMES	1000

/* "pair  1000 pairs  1234.5 insn  1 tlbi  2 dsb"; no insn where none count. */
static void print_row(const struct pgtable_workload *w, u32 count, u64 insn,
		      const struct pgtable_counters *done, bool have_insn)
{
	printf("%-12s %8u %7s%s", w->name, count, w->per, count == 1 ? " " : "s");
	if (have_insn)
		printf(" %6llu.%02llu insn", insn / count,
		       insn * 100 / count % 100);
	printf(" %6llu tlbi %6llu dsb\n", done->tlbi, done->dsb);
}

static int run_one(struct pgtable_bench *b, const struct pgtable_workload *w,
		   bool have_insn)
{
	struct pgtable_counters *count = &b->pt->count;
	u64 insn;

	pgtable_bench_init(b);
	if (w->before)
		w->before(b);
	*count = (struct pgtable_counters){ 0 };
	insn = live_insn_count();
	w->run(b);
	insn = live_insn_count() - insn;
	if (!b->err)
		print_row(w, w->count ?: b->times, insn, count, have_insn);
	pgtable_bench_clear(b);
	return b->err;
}

/*
 * On a tree of its own, with tables from the allocator in force. It counts as
 * live, so that it takes the barriers and invalidations of a live one; no
 * address that U-Boot uses is in question.
 */
static int run_all(const struct cli *cli, struct pgtable_bench *b)
{
	bool have_insn = live_insn_start();
	int ret = 0;

	if (!have_insn)
		printf("no instruction counter (QEMU counts with -icount shift=0)\n");
	for (size_t i = 0; i < ARRAY_SIZE(pgtable_workloads) && !ret; i++) {
		schedule();
		if (ctrlc())
			ret = cli_error(cli, "interrupted");
		else if (run_one(b, &pgtable_workloads[i], have_insn))
			ret = mmu_failed(cli, b->pt, b->err, &b->res);
	}
	live_insn_stop();
	return ret;
}

static int with_root(const struct cli *cli, const struct pgtable *live)
{
	struct pgtable pt = *live;
	struct pgtable_bench b = { .pt = &pt, .times = TIMES };
	page_ref root;
	int ret;

	b.va = calloc(TIMES, sizeof(*b.va));
	if (!b.va)
		return cli_error(cli, "no heap for %zu bytes",
				 TIMES * sizeof(*b.va));
	if (page_registry_alloc(pt.pages, 1, &root)) {
		free(b.va);
		return cli_error(cli, "no page for a root table");
	}
	pt.root = page_ref_pa(root);
	pt.va_bits = 48;
	pt.pa_bits = 48;
	pt.start_level = pgtable_start_level(pt.va_bits);
	pt.ops = NULL;
	memset((void *)(uintptr_t)(pt.root + pt.virt_offset), 0, FRAME_SIZE);
	ret = run_all(cli, &b);
	page_registry_free(pt.pages, 1, &pt.root);
	free(b.va);
	return ret;
}

int do_mmu_bench(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable *pt;
	struct cli cli;

	if (cli_parse(&cli, "mmu bench", argc, argv, NULL, 0, 0))
		return CMD_RET_USAGE;
	pt = mmu_editable(&cli);
	if (!pt)
		return CMD_RET_FAILURE;
	return with_root(&cli, pt);
}
