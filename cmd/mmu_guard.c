// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu guard: pages that nobody should touch, or write.
 */

#include <command.h>
#include <stdio.h>
#include <linux/errno.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_guard.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

static void print_guard(enum live_guard guard)
{
	u64 va, size;

	printf("%-5s  %-3s", live_guard_name(guard),
	       live_guard_is_on(guard) ? "on" : "off");
	if (live_guard_range(guard, &va, &size))
		printf("  %010llx-%010llx  %s", va, va + size,
		       guard == LIVE_GUARD_TEXT ? "read-only" : "no access");
	printf("\n");
}

static int show(void)
{
	for (unsigned int i = 0; i < LIVE_GUARDS; i++)
		print_guard(i);
	return 0;
}

static int on_failed(const struct cli *cli, struct pgtable *pt, int err,
		     enum live_guard guard, const struct pgtable_result *res)
{
	switch (err) {
	case -EALREADY:
		return cli_error(cli, "not needed: %s as it is",
				 guard == LIVE_GUARD_TEXT ? "read-only" :
				 "no access to its page");
	case -ENODEV:
		return cli_error(cli, "this board has no pages for it");
	case -ENOSPC:
		return cli_error(cli, "no room for what would be split");
	default:
		return mmu_failed(cli, pt, err, res);
	}
}

/* Somebody may need page 0, or watch it. */
static int check_on(const struct cli *cli, enum live_guard guard)
{
	u64 va, size;

	if (live_guard_is_on(guard) || !live_guard_range(guard, &va, &size))
		return 0;
	if (guard == LIVE_GUARD_NULL &&
	    mmu_check_rails(cli, va, size, false))
		return CMD_RET_FAILURE;
	return mmu_check_lent(cli, va, size);
}

static int guard_on(struct pgtable *pt, const void *guard,
		    struct pgtable_result *res)
{
	return live_guard_on(*(const enum live_guard *)guard, res);
}

static int turn_on(const struct cli *cli, enum live_guard guard)
{
	struct pgtable *pt = mmu_editable(cli);
	struct pgtable_result res = { 0 };
	int err;

	if (!pt || check_on(cli, guard))
		return CMD_RET_FAILURE;
	err = live_change(guard_on, &guard, &res);
	return err ? on_failed(cli, pt, err, guard, &res) : 0;
}

static int turn_off(const struct cli *cli, enum live_guard guard)
{
	if (!mmu_editable(cli))
		return CMD_RET_FAILURE;
	live_guard_off(guard);
	return 0;
}

static bool find_guard(const char *name, enum live_guard *guard)
{
	for (unsigned int i = 0; i < LIVE_GUARDS; i++) {
		*guard = i;
		if (!strcmp(name, live_guard_name(i)))
			return true;
	}
	return false;
}

int do_mmu_guard(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	enum live_guard guard;
	struct cli cli;

	if (cli_parse(&cli, "mmu guard", argc, argv, NULL, 0, 2))
		return CMD_RET_USAGE;
	if (!cli.argc)
		return show();
	if (!find_guard(cli.argv[0], &guard))
		return CMD_RET_USAGE;
	if (cli.argc == 1) {
		print_guard(guard);
		return 0;
	}
	if (!strcmp(cli.argv[1], "on"))
		return turn_on(&cli, guard);
	if (!strcmp(cli.argv[1], "off"))
		return turn_off(&cli, guard);
	return CMD_RET_USAGE;
}
