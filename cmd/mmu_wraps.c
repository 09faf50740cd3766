// SPDX-License-Identifier: GPL-2.0+
/*
 * What makes a bad access cost a command and not the board: each command runs
 * within a catch point.
 *
 * The linker sends every call of cmd_process() here (lib/mmu_pfa/config.mk), so
 * a command that faults fails like any other: scripts go on, `if` takes the
 * other branch, and nested commands unwind to the innermost one.
 */

#include <command.h>
#include <stdio.h>
#include <time.h>
#include <asm/global_data.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "../lib/mmu_pfa/arm64/wrap.h"
#include "mmu_cmds.h"
#include "mmu_report.h"
#include "mmu_watch.h"

DECLARE_GLOBAL_DATA_PTR;

/* A report takes less of the stack. */
#define REPORT_ROOM	SZ_8K

/* Where the stack is that short, the report is rather made further up. */
static bool has_room(void)
{
	ulong bottom = gd->start_addr_sp - CONFIG_STACK_SIZE;

	return (ulong)__builtin_frame_address(0) - bottom > REPORT_ROOM;
}

/* What is read for it may be what is broken: then there is less to be read. */
static void tell(const struct catch_record *record)
{
	struct catch_point point;

	if (!has_room()) {
		mmu_print_fault(record);
		return;
	}
	if (catch_begin(&point)) {
		printf("fault: its report has faulted as well; mmu fault log\n");
		return;
	}
	mmu_print_fault(record);
	catch_end(&point);
}

/* As cmd_process() leaves what it returns for a command that has failed. */
static int caught(int *repeatable, ulong *ticks, ulong start)
{
	struct catch_record record = *catch_last();

	/* What faulted may have been the report of hits, or their log. */
	live_watches()->paused = false;
	tell(&record);
	if (catch_foreign_runs())
		live_abandon_application();
	mmu_set_fault_vars(&record);
	/* Enter would do it again. */
	*repeatable = 0;
	if (ticks)
		*ticks = get_timer(start);
	return CMD_RET_FAILURE;
}

/* With a point that is there although commands are not caught, or another. */
static enum command_ret_t run_caught(bool always, int flag, int argc,
				     char *const argv[], int *repeatable,
				     ulong *ticks)
{
	struct catch_point point;
	ulong start = ticks ? get_timer(0) : 0;
	enum command_ret_t ret;

	if (catch_begin_for(&point, !always))
		return caught(repeatable, ticks, start);
	ret = __real_cmd_process(flag, argc, argv, repeatable, ticks);
	catch_end(&point);
	return ret;
}

enum command_ret_t __wrap_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks)
{
	enum command_ret_t ret;

	catch_command();
	if (catch_enabled())
		ret = run_caught(false, flag, argc, argv, repeatable, ticks);
	else
		ret = __real_cmd_process(flag, argc, argv, repeatable, ticks);
	/* Also where an application was started with commands not caught. */
	if (catch_foreign_end())
		live_take_back();
	mmu_watch_report();
	return ret;
}

int do_mmu_try(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	int repeatable = 0;

	if (argc < 2)
		return CMD_RET_USAGE;
	return run_caught(true, flag, argc - 1, argv + 1, &repeatable,
			  NULL);
}
