// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu check, mmu test: is the map what it should be?
 */

#include <console.h>
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

/* The range of `mmu test`: as much as its own bookkeeping is made for. */
#define TEST_SIZE	(4 * SZ_2M)
#define TEST_OPS	400

/* What a check of regions looks for: whether one is to be complained of. */
typedef bool (*region_check)(struct pgtable *pt,
			     const struct pgtable_region *region);

static bool is_wx(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = mmu_region_attr(pt, region);

	return attr.perm == VMSA_RW && attr.exec;
}

static bool is_devx(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = mmu_region_attr(pt, region);

	return attr.perm != VMSA_NONE && attr.exec &&
	       vmsa_type_is_device(attr.type);
}

static bool is_not_ram(struct pgtable *pt, const struct pgtable_region *region)
{
	struct vmsa_attr attr = vmsa_decode(pt->regime, region->pte);

	return attr.type == VMSA_WB &&
	       live_ram(region->pa, region->size) != region->size;
}

/*
 * Where RAM is mapped with a memory type or shareability that it has not got
 * elsewhere; what differs, or NULL. Its own address is not told, as all of RAM is
 * one region there.
 */
static const char *mismatch(struct pgtable *pt,
			    const struct pgtable_region *region)
{
	struct vmsa_attr attr = vmsa_decode(pt->regime, region->pte);
	u64 other;

	if (region->pa == region->va || attr.perm == VMSA_NONE ||
	    !live_find_mismatch(region->pa, region->size, attr, &other))
		return NULL;
	return mmu_mismatch(pt, other, attr);
}

static bool is_mismatch(struct pgtable *pt, const struct pgtable_region *region)
{
	return mismatch(pt, region);
}

static bool is_type_mismatch(struct pgtable *pt,
			     const struct pgtable_region *region)
{
	const char *what = mismatch(pt, region);

	return what && !strcmp(what, MMU_OTHER_TYPE);
}

/* Whether the hardware agrees that an address goes to another, or nowhere. */
static bool probe(void *ctx, u64 va, u64 pa)
{
	u64 par;

	return live_at_agrees(va, pa, &par);
}

/**
 * struct pace - a check under way
 *
 * @name:  of the check
 * @unit:  what is counted, in the plural
 * @done:  how many
 * @quiet: nothing but the verdict is printed
 * @told:  when it was last told of
 */
struct pace {
	const char *name;
	const char *unit;
	u64 done;
	bool quiet;
	ulong told;
};

/* Whether to stop; and a line each second. */
static bool interrupted(void *ctx)
{
	struct pace *pace = ctx;

	if (cli_pace(&pace->told) && !pace->quiet)
		printf("%-7s %llu %s so far\n", pace->name, pace->done,
		       pace->unit);
	return ctrlc();
}

static bool interrupted_at_table(void *ctx)
{
	struct pace *pace = ctx;

	pace->done++;
	return interrupted(pace);
}

static bool probe_counted(void *ctx, u64 va, u64 pa)
{
	struct pace *pace = ctx;

	pace->done++;
	return probe(NULL, va, pa);
}

/**
 * struct verdict - what a check came to
 *
 * @what:  what was found, in words; NULL if all is well
 * @found: how many times
 * @at:    first at this address
 * @asked: about so many addresses, where that is how it is found out
 */
struct verdict {
	const char *what;
	u64 found;
	u64 at;
	u64 asked;
};

/* One check over all regions; false if it was interrupted. */
static bool check_regions(struct pgtable *pt, const char *what,
			  region_check check, struct pace *pace,
			  struct verdict *verdict)
{
	u64 end = 1ull << pt->va_bits;
	struct pgtable_region region;

	for (u64 va = 0; pgtable_next_region(pt, va, end, 0, &region);
	     va = region.va + region.size) {
		pace->done++;
		if (interrupted(pace))
			return false;
		if (!check(pt, &region))
			continue;
		verdict->what = what;
		if (!verdict->found++)
			verdict->at = region.va;
	}
	return true;
}

static bool check_wx(struct pgtable *pt, struct pace *pace,
		     struct verdict *verdict)
{
	return check_regions(pt, "writable and executable", is_wx, pace,
			     verdict);
}

static bool check_devx(struct pgtable *pt, struct pace *pace,
		       struct verdict *verdict)
{
	return check_regions(pt, "executable device memory", is_devx, pace,
			     verdict);
}

static bool check_ram(struct pgtable *pt, struct pace *pace,
		      struct verdict *verdict)
{
	return check_regions(pt, "write-back with no RAM behind", is_not_ram,
			     pace, verdict);
}

static bool check_types(struct pgtable *pt, struct pace *pace,
			struct verdict *verdict)
{
	struct verdict types = { 0 };

	if (!check_regions(pt, "with another memory type elsewhere",
			   is_mismatch, pace, verdict))
		return false;
	if (!verdict->found)
		return true;
	if (!check_regions(pt, verdict->what, is_type_mismatch, pace, &types))
		return false;
	if (!types.found)
		verdict->what = "with another shareability elsewhere";
	return true;
}

static bool check_at(struct pgtable *pt, struct pace *pace,
		     struct verdict *verdict)
{
	struct pgtable_inquiry q = {
		.probe = probe_counted, .stop = interrupted, .ctx = pace,
	};

	verdict->what = live_in_force();
	if (verdict->what)
		return true;
	if (pgtable_ask(pt, &q))
		return false;
	verdict->asked = q.asked;
	verdict->found = q.wrong;
	verdict->at = q.at;
	if (q.wrong)
		verdict->what = "where the hardware disagrees";
	return true;
}

static bool check_tables(struct pgtable *pt, struct pace *pace,
			 struct verdict *verdict)
{
	struct pgtable_result res;
	int err;

	err = pgtable_verify_until(pt, interrupted_at_table, pace, &res);
	if (err == -EINTR)
		return false;
	if (err) {
		verdict->what = "table not as accounted for, or wrong entry";
		verdict->found = 1;
		verdict->at = res.va;
	}
	return true;
}

static const struct check {
	const char *name;
	const char *unit;
	bool (*run)(struct pgtable *pt, struct pace *pace,
		    struct verdict *verdict);
} checks[] = {
	{ "wx", "regions", check_wx }, { "devx", "regions", check_devx },
	{ "ram", "regions", check_ram }, { "types", "regions", check_types },
	{ "tables", "tables", check_tables }, { "at", "addresses", check_at },
};

static void print_verdict(const struct check *check, const struct verdict *v)
{
	if (!v->what && v->asked)
		printf("%-7s ok, %llu addresses asked\n", check->name,
		       v->asked);
	else if (!v->what)
		printf("%-7s ok\n", check->name);
	else if (!v->found)
		printf("%-7s not asked: %s\n", check->name, v->what);
	else if (check->run == check_tables)
		printf("%-7s %s at %llx\n", check->name, v->what, v->at);
	else
		printf("%-7s %llu region%s %s, first at %llx\n", check->name,
		       v->found, v->found == 1 ? "" : "s", v->what, v->at);
}

static void print_verdict_json(struct jsonl *out, const struct check *check,
			       const struct verdict *v)
{
	if (!v->what && v->asked)
		jsonl_line(out, "{\"check\":\"%s\",\"ok\":true,\"asked\":%llu}",
			   check->name, v->asked);
	else if (!v->what)
		jsonl_line(out, "{\"check\":\"%s\",\"ok\":true}", check->name);
	else if (!v->found)
		jsonl_line(out, "{\"check\":\"%s\",\"ok\":false,\"why\":\"%s\"}",
			   check->name, v->what);
	else
		jsonl_line(out, "{\"check\":\"%s\",\"ok\":false,\"why\":\"%s\",\"n\":%llu,\"first\":\"0x%llx\"}",
			   check->name, v->what, v->found, v->at);
}

/* One check. @out: NULL, or for JSON Lines. 0, or CMD_RET_FAILURE after a line. */
static int run_check(const struct cli *cli, const struct check *check,
		     struct jsonl *out, bool *good)
{
	struct pace pace = {
		.name = check->name,
		.unit = check->unit,
		.quiet = out,
		.told = get_timer(0),
	};
	struct verdict verdict = { 0 };

	if (!check->run(live_pgtable(), &pace, &verdict))
		return cli_error(cli, "interrupted in the check of %s",
				 check->name);
	if (out)
		print_verdict_json(out, check, &verdict);
	else
		print_verdict(check, &verdict);
	*good &= !verdict.what;
	return 0;
}

int do_mmu_check(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false, known = false, good = true;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	struct jsonl out = { 0 };
	const char *which;
	struct cli cli;

	if (cli_parse(&cli, "mmu check", argc, argv, options, 0, 1))
		return CMD_RET_USAGE;
	which = cli.argc ? cli.argv[0] : "all";
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (strcmp(which, "all") && strcmp(which, checks[i].name))
			continue;
		known = true;
		if (run_check(&cli, &checks[i], json ? &out : NULL, &good))
			return CMD_RET_FAILURE;
	}
	if (!known)
		return CMD_RET_USAGE;
	if (json)
		jsonl_end(&out, "mmu.check");
	return good ? 0 : CMD_RET_FAILURE;
}

/** struct test_pace - a test under way, and when it was last told of */
struct test_pace {
	const struct pgtable_selftest *test;
	ulong told;
};

/* Asked by the test now and then: a line a second, and whether to stop. */
static bool test_interrupted(void *ctx)
{
	struct test_pace *pace = ctx;

	if (cli_pace(&pace->told))
		printf("%u of %u operations\n", pace->test->done,
		       pace->test->ops);
	return ctrlc();
}

/* Run on a hole above all RAM, mapped to where RAM begins; that is not used. */
static int run_test(const struct cli *cli, struct pgtable *pt,
		    struct pgtable_selftest *test)
{
	struct test_pace pace = { .test = test, .told = get_timer(0) };
	int ret;

	test->size = TEST_SIZE;
	test->pa = live_ram_start();
	test->ops = TEST_OPS;
	test->probe = probe;
	test->stop = test_interrupted;
	test->ctx = &pace;
	if (pgtable_find_hole(pt, live_ram_end(), test->size, SZ_2M, 0,
			      &test->va))
		return cli_error(cli, "no free range of %x", TEST_SIZE);
	ret = pgtable_selftest(pt, test);
	if (ret == -EIO)
		return cli_error(cli, "%s at %llx, op %u, seed %llx",
				 test->wrong, test->at, test->done,
				 test->seed);
	if (ret)	/* -EINTR: the range is a hole, and whole pages */
		return cli_error(cli, "interrupted after %u operations",
				 test->done);
	printf("%u operations of seed %llx at %llx: ok, %u duly refused\n",
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
		return cli_error(&cli, "bad seed \"%.24s\": not a hex number",
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
