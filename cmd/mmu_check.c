// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu check, mmu test: is the map what it should be?
 */

#include <console.h>
#include <malloc.h>
#include <stdio.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

#define PAR_PA_MASK	0x000ffffffffff000ull

/* The range of `mmu test`: as much as its own bookkeeping is made for. */
#define TEST_SIZE	(4 * SZ_2M)
#define TEST_OPS	400

/* What a check of regions looks for: whether one is to be complained of. */
typedef bool (*region_check)(struct pgtable *pt,
			     const struct pgtable_region *region);

static bool is_wx(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = vmsa_decode(pt->regime, region->pte);

	return attr.perm == VMSA_RW && attr.exec;
}

static bool is_devx(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = vmsa_decode(pt->regime, region->pte);

	return attr.perm != VMSA_NONE && attr.exec &&
	       vmsa_type_is_device(attr.type);
}

static bool is_not_ram(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = vmsa_decode(pt->regime, region->pte);

	return attr.type == VMSA_WB &&
	       live_ram(region->pa, region->size) != region->size;
}

/* Whether the tables and the hardware say the same of an address. */
static bool hardware_agrees(struct pgtable *pt, u64 va)
{
	struct pgtable_walk walk;
	u64 par, pa;
	int err;

	err = pgtable_walk(pt, va, &walk);
	if (!live_at(va, &par))
		return err;
	if (err || pgtable_translate(pt, va, &pa))
		return false;
	return (par & PAR_PA_MASK) == (pa & PAR_PA_MASK);
}

/* At both ends: what lies between is the same descriptor or its like. */
static bool disagrees(struct pgtable *pt, const struct pgtable_region *region)
{
	return !hardware_agrees(pt, region->va) ||
	       !hardware_agrees(pt, region->va + region->size - 1);
}

/* One check over all regions; a line with the verdict. */
static int check_regions(struct pgtable *pt, const char *name,
			 const char *what, region_check check,
			 unsigned int flags)
{
	u64 end = 1ull << pt->va_bits;
	struct pgtable_region region;
	u64 first = 0, found = 0;

	for (u64 va = 0; pgtable_next_region(pt, va, end, flags, &region);
	     va = region.va + region.size) {
		if (ctrlc())
			return CMD_RET_FAILURE;
		if (!check(pt, &region))
			continue;
		if (!found++)
			first = region.va;
	}
	if (found)
		printf("%-7s %llu region%s %s, first at %llx\n", name, found,
		       found == 1 ? "" : "s", what, first);
	else
		printf("%-7s ok\n", name);
	return found ? CMD_RET_FAILURE : 0;
}

static int check_wx(struct pgtable *pt)
{
	return check_regions(pt, "wx", "writable and executable", is_wx, 0);
}

static int check_devx(struct pgtable *pt)
{
	return check_regions(pt, "devx", "executable device memory", is_devx,
			     0);
}

static int check_ram(struct pgtable *pt)
{
	return check_regions(pt, "ram", "write-back with no RAM behind",
			     is_not_ram, 0);
}

static int check_at(struct pgtable *pt)
{
	if (live_editable()) {
		printf("%-7s not asked: %s\n", "at", live_editable());
		return CMD_RET_FAILURE;
	}
	return check_regions(pt, "at", "where the hardware disagrees",
			     disagrees, PGTABLE_HOLES | PGTABLE_BY_LEVEL);
}

static int check_tables(struct pgtable *pt)
{
	struct pgtable_result res;

	if (!pgtable_verify(pt, &res)) {
		printf("%-7s ok\n", "tables");
		return 0;
	}
	printf("%-7s wrong at %llx: L%u descriptor %llx\n", "tables", res.va,
	       res.level, res.pte);
	return CMD_RET_FAILURE;
}

static const struct {
	const char *name;
	int (*run)(struct pgtable *pt);
} checks[] = {
	{ "wx", check_wx }, { "devx", check_devx }, { "ram", check_ram },
	{ "tables", check_tables }, { "at", check_at },
};

int do_mmu_check(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	const char *which = "all";
	bool known = false;
	struct cli cli;
	int ret = 0;

	if (cli_parse(&cli, "mmu check", argc, argv, NULL, 0, 1))
		return CMD_RET_USAGE;
	if (cli.argc)
		which = cli.argv[0];
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (strcmp(which, "all") && strcmp(which, checks[i].name))
			continue;
		known = true;
		ret |= checks[i].run(live_pgtable());
	}
	return known ? ret : CMD_RET_USAGE;
}

static bool probe(void *ctx, u64 va, u64 pa)
{
	u64 par;

	if (!live_at(va, &par))
		return pa == PA_NONE;
	return (par & PAR_PA_MASK) == (pa & PAR_PA_MASK);
}

static bool interrupted(void *ctx)
{
	return ctrlc();
}

/* Run on a hole above all RAM, mapped to where RAM begins; that is not used. */
static int run_test(const struct cli *cli, struct pgtable *pt,
		    struct pgtable_selftest *test)
{
	int ret;

	test->size = TEST_SIZE;
	test->pa = live_ram_start();
	test->ops = TEST_OPS;
	test->probe = probe;
	test->stop = interrupted;
	if (pgtable_find_hole(pt, live_ram_end(), test->size, SZ_2M, 0,
			      &test->va))
		return cli_error(cli, "no free range of %x", TEST_SIZE);
	ret = pgtable_selftest(pt, test);
	if (ret == -EIO)
		return cli_error(cli, "%s at %llx, operation %u of seed %llx",
				 test->wrong, test->at, test->done,
				 test->seed);
	if (ret)
		return cli_error(cli, "stopped after %u operations: error %d",
				 test->done, ret);
	printf("%u operations of seed %llx at %llx: ok, %u refused as they should be\n",
	       test->done, test->seed, test->va, test->refused);
	return 0;
}

int do_mmu_test(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable_selftest *test;
	struct pgtable *pt;
	struct cli cli;
	u64 seed = 1;
	int ret;

	if (cli_parse(&cli, "mmu test", argc, argv, NULL, 0, 1))
		return CMD_RET_USAGE;
	if (cli.argc && !text_parse_hex(cli.argv[0], &seed))
		return cli_error(&cli, "bad seed \"%s\": not a hex number",
				 cli.argv[0]);
	pt = mmu_editable(&cli);
	if (!pt)
		return CMD_RET_FAILURE;
	test = calloc(1, sizeof(*test));
	if (!test)
		return cli_error(&cli, "no heap for %zu bytes", sizeof(*test));
	test->seed = seed;
	ret = run_test(&cli, pt, test);
	free(test);
	return ret;
}
