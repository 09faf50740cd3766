// SPDX-License-Identifier: GPL-2.0+
/*
 * The end of a command, which may have been one that has handed over. The mmu
 * command brings a wrapper of its own, which does more: cmd/mmu_wraps.c.
 */

#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

#include "wrap.h"

enum command_ret_t __wrap_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks)
{
	enum command_ret_t ret;

	ret = __real_cmd_process(flag, argc, argv, repeatable, ticks);
	if (catch_foreign_end())
		live_take_back();
	return ret;
}
