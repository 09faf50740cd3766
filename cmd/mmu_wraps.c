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
#include <linux/errno.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_cmds.h"
#include "mmu_report.h"
#include "mmu_watch.h"
#include "mmu_wrap.h"

static int caught(void)
{
	const struct catch_record *record = catch_last();

	catch_foreign(false);
	/* What faulted may have been the report of hits, or their log. */
	live_watches()->paused = false;
	mmu_print_fault(record);
	mmu_set_fault_vars(record);
	return CMD_RET_FAILURE;
}

/* With a point that is there although commands are not caught, or another. */
static enum command_ret_t run_caught(bool always, int flag, int argc,
				     char *const argv[], int *repeatable,
				     ulong *ticks)
{
	struct catch_point point;
	enum command_ret_t ret;

	if (catch_begin_for(&point, !always))
		return caught();
	ret = __real_cmd_process(flag, argc, argv, repeatable, ticks);
	catch_end(&point);
	catch_foreign(false);
	return ret;
}

enum command_ret_t __wrap_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks)
{
	enum command_ret_t ret;

	if (catch_enabled())
		ret = run_caught(false, flag, argc, argv, repeatable, ticks);
	else
		ret = __real_cmd_process(flag, argc, argv, repeatable, ticks);
	live_take_back();
	mmu_watch_report();
	return ret;
}

/* From the first thread on there are stacks without a catch point. */
int __wrap_uthread_create(struct uthread *uthr, void (*fn)(void *), void *arg,
			  size_t stack_sz, unsigned int grp_id)
{
	if (!IS_ENABLED(CONFIG_UTHREAD))
		return -ENOSYS;
	catch_threads();
	return __real_uthread_create(uthr, fn, arg, stack_sz, grp_id);
}

int do_mmu_try(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	int repeatable = 0;

	if (argc < 2)
		return CMD_RET_USAGE;
	return run_caught(true, flag, argc - 1, argv + 1, &repeatable,
			  NULL);
}
