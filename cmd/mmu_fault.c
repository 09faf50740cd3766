// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu fault: whether bad accesses are caught, and what is known of those that
 * were.
 */

#include <command.h>
#include <stdio.h>
#include <mmu_pfa/catch.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"
#include "mmu_report.h"

static int show_policy(void)
{
	printf("faults are %s%s, %llu so far\n",
	       catch_enabled() ? "caught" : "fatal",
	       catch_enabled() && catch_foreign_enabled() ?
	       ", in EFI applications too" : "", catch_count());
	return 0;
}

static int show_last(bool json)
{
	const struct catch_record *record = catch_last();
	struct jsonl out = { 0 };

	if (json) {
		if (record)
			mmu_print_fault_json(&out, record);
		jsonl_end(&out, "mmu.fault.last");
	} else if (record) {
		mmu_print_fault(record);
	} else {
		printf("no fault\n");
	}
	return 0;
}

/* Oldest first. */
static int show_log(bool json)
{
	struct jsonl out = { 0 };

	for (unsigned int i = CATCH_LOG_SIZE; i--;) {
		const struct catch_record *record = catch_log(i);

		if (record && json)
			mmu_print_fault_json(&out, record);
		else if (record)
			mmu_print_fault_line(record);
	}
	if (json)
		jsonl_end(&out, "mmu.fault.log");
	else if (!catch_last())
		printf("no fault\n");
	return 0;
}

static int set_policy(const char *policy)
{
	bool all = !strcmp(policy, "all"), on = all || !strcmp(policy, "on");

	if (!on && strcmp(policy, "off"))
		return CMD_RET_USAGE;
	catch_enable(on);
	catch_foreign_enable(all);
	return 0;
}

int do_mmu_fault(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	struct cli cli;

	if (cli_parse(&cli, "mmu fault", argc, argv, options, 0, 1))
		return CMD_RET_USAGE;
	if (cli.argc && !strcmp(cli.argv[0], "last"))
		return show_last(json);
	if (cli.argc && !strcmp(cli.argv[0], "log"))
		return show_log(json);
	if (json)
		return CMD_RET_USAGE;
	if (!cli.argc)
		return show_policy();
	if (strcmp(cli.argv[0], "clear"))
		return set_policy(cli.argv[0]);
	catch_clear();
	mmu_set_fault_vars(NULL);
	return 0;
}
