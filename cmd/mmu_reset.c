// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu reset: undo what the commands changed.
 */

#include <stdio.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

int do_mmu_reset(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable_result res;
	struct pgtable *pt;
	struct cli cli;
	int err;

	if (cli_parse(&cli, "mmu reset", argc, argv, NULL, 0, 0))
		return CMD_RET_USAGE;
	pt = mmu_editable(&cli);
	if (!pt)
		return CMD_RET_FAILURE;
	if (live_is_restored(&res)) {
		printf("nothing to undo\n");
		return 0;
	}
	err = live_restore(LIVE_RESET, &res);
	if (err)
		return mmu_failed(&cli, pt, err, &res);
	mmu_print_done("back to U-Boot's own map", "", &res);
	return 0;
}
