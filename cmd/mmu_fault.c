// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu fault, mmu try, and what makes a bad access cost a command and not the
 * board: each command runs within a catch point.
 *
 * The linker sends every call of cmd_process() here (lib/mmu_pfa/config.mk), so
 * a command that faults fails like any other: scripts go on, `if` takes the
 * other branch, and nested commands unwind to the innermost one.
 */

#include <cli_hush.h>
#include <command.h>
#include <malloc.h>
#include <stdio.h>
#include <vsprintf.h>
#include <asm/global_data.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"
#include "mmu_wrap.h"

DECLARE_GLOBAL_DATA_PTR;

/* Faults below this address are called what they nearly always are. */
#define NULL_PAGE_END	0x1000

/* Set a shell variable, which unlike the environment is never saved. */
static void set_shell_var(const char *name, const char *value)
{
	char text[40];

	snprintf(text, sizeof(text), "%s=%s", name, value);
	if (gd->flags & GD_FLG_HUSH_MODERN_PARSER)
		set_local_var_modern(strdup(text), 0);
	else
		set_local_var(text, 0);
}

static void set_shell_vars(const struct catch_record *record)
{
	char addr[17] = "", pc[17];

	if (record->fault.has_addr)
		snprintf(addr, sizeof(addr), "%llx", record->fault.addr);
	snprintf(pc, sizeof(pc), "%llx", record->pc);
	set_shell_var("fault_addr", addr);
	set_shell_var("fault_pc", pc);
	set_shell_var("fault_kind", fault_name(&record->fault));
}

static void clear_shell_vars(void)
{
	set_shell_var("fault_addr", "");
	set_shell_var("fault_pc", "");
	set_shell_var("fault_kind", "");
}

/* What happened: "fault: read unmapped L2 at 4020000000   esr 96000006". */
static void print_what(const struct fault *fault)
{
	printf("fault: ");
	if (fault->has_addr && fault->kind != FAULT_PERM)
		printf("%s ", fault_access_name(fault->access));
	printf("%s", fault_name(fault));
	if (fault->has_level)
		printf(" L%u", fault->level);
	if (fault->has_addr)
		printf(" at %llx", fault->addr);
	printf("   esr %llx\n", fault->esr);
}

static void print_code_address(const char *name, u64 pc)
{
	printf("  %s %llx", name, pc);
	if (catch_in_uboot(pc))
		printf(" (link %llx)", catch_link_address(pc));
}

/* "L0[000]->L1[100]->L2[100] = 0000000000000000" */
static void print_path(const struct pgtable_walk *walk)
{
	printf("  ");
	for (unsigned int i = 0; i < walk->steps; i++)
		printf("%sL%u[%03x]", i ? "->" : "", walk->step[i].level,
		       walk->step[i].index);
	printf(" = %016llx\n", pgtable_last_step(walk)->pte);
}

/* What usually is behind it, or would help. */
static void print_hint(const struct catch_record *record)
{
	const struct fault *fault = &record->fault;
	u64 page = fault->addr & ~FRAME_MASK;

	if (fault->has_addr && fault->addr < NULL_PAGE_END)
		printf("  hint: NULL pointer\n");
	else if (fault->kind == FAULT_UNMAPPED && record->walk.steps)
		printf("  hint: mmu map %llx %llx 1000 %s\n", page, page,
		       live_ram(page, FRAME_SIZE) ? "wb" : "dev");
	else if (fault->kind == FAULT_BUS)
		printf("  hint: mapped, but nothing answered there\n");
}

static void print_record(const struct catch_record *record)
{
	print_what(&record->fault);
	print_code_address("pc", record->pc);
	print_code_address(" lr", record->lr);
	printf("\n");
	if (record->fault.has_addr && record->walk.steps)
		print_path(&record->walk);
	print_hint(record);
}

static int caught(void)
{
	const struct catch_record *record = catch_last();

	catch_foreign(false);
	print_record(record);
	set_shell_vars(record);
	return CMD_RET_FAILURE;
}

static enum command_ret_t run_caught(int flag, int argc, char *const argv[],
				     int *repeatable, ulong *ticks)
{
	struct catch_point point;
	enum command_ret_t ret;

	if (catch_begin(&point))
		return caught();
	ret = __real_cmd_process(flag, argc, argv, repeatable, ticks);
	catch_end(&point);
	catch_foreign(false);
	return ret;
}

enum command_ret_t __wrap_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks)
{
	if (!catch_enabled())
		return __real_cmd_process(flag, argc, argv, repeatable, ticks);
	return run_caught(flag, argc, argv, repeatable, ticks);
}

/* Called once, right before the first instruction of an EFI application. */
void __wrap_switch_to_non_secure_mode(void)
{
	catch_disarm(true);
	__real_switch_to_non_secure_mode();
	catch_disarm(false);
	catch_foreign(true);
}

int do_mmu_try(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	int repeatable = 0;

	if (argc < 2)
		return CMD_RET_USAGE;
	return run_caught(flag, argc - 1, argv + 1, &repeatable, NULL);
}

static void print_record_json(const struct catch_record *record)
{
	struct jsonl out = { 0 };
	const struct fault *fault;
	char addr[24] = "null";

	if (record) {
		fault = &record->fault;
		if (fault->has_addr)
			snprintf(addr, sizeof(addr), "\"0x%llx\"", fault->addr);
		jsonl_line(&out, "{\"n\":\"0x%llx\",\"kind\":\"%s\",\"access\":\"%s\",\"addr\":%s,\"level\":%d,\"pc\":\"0x%llx\",\"lr\":\"0x%llx\",\"sp\":\"0x%llx\",\"esr\":\"0x%llx\"}",
			   record->count, fault_name(fault),
			   fault_access_name(fault->access), addr,
			   fault->has_level ? fault->level : -1, record->pc,
			   record->lr, record->sp, fault->esr);
	}
	jsonl_end(&out, "mmu.fault.last");
}

static int show_last(bool json)
{
	const struct catch_record *record = catch_last();

	if (json)
		print_record_json(record);
	else if (record)
		print_record(record);
	else
		printf("no fault\n");
	return 0;
}

int do_mmu_fault(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	const char *what;
	struct cli cli;

	if (cli_parse(&cli, "mmu fault", argc, argv, options, 0, 1))
		return CMD_RET_USAGE;
	if (!cli.argc) {
		printf("faults are %s, %llu so far\n", catch_enabled() ?
		       "caught" : "fatal", catch_count());
		return 0;
	}
	what = cli.argv[0];
	if (!strcmp(what, "last"))
		return show_last(json);
	if (!strcmp(what, "clear")) {
		catch_clear();
		clear_shell_vars();
		return 0;
	}
	if (strcmp(what, "on") && strcmp(what, "off"))
		return CMD_RET_USAGE;
	catch_enable(!strcmp(what, "on"));
	return 0;
}
