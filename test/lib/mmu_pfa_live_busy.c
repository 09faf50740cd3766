// SPDX-License-Identifier: GPL-2.0+
/*
 * What the prompt says to a call of the allocator from inside another one, as it
 * would come from a fault handler: the lock is held here by hand.
 */

#include <command.h>
#include <linux/errno.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/lock.h>
#include <mmu_pfa/pfa.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

/* Proves: CPFA-061 */
static int lib_test_mmu_pfa_busy(struct unit_test_state *uts)
{
	static const char *const commands[] = {
		"pfa info", "pfa alloc 1000", "pfa free -a", "pfa stat -j",
		"pfa trim", "pfa check", "pfa stop",
	};
	struct pfa_request req = { .size = 0x1000, .owner = PFA_OWNER_USER };
	struct pfa *pfa = system_pfa();
	int failed = 0;
	u64 pa = 1;
	int ret;

	if (!IS_ENABLED(CONFIG_CMD_PFA))
		return -EAGAIN;
	ut_assertnonnull(pfa);
	ut_assert(pfa_lock_take(&pfa->lock));
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		failed += run_command(commands[i], 0) == 1;
	ret = pfa_alloc(pfa, &req, &pa);
	pfa_lock_drop(&pfa->lock);
	ut_asserteq(ARRAY_SIZE(commands), failed);
	ut_asserteq(-EDEADLK, ret);
	ut_asserteq_64(1, pa);
	ut_asserteq(0, run_command("pfa check", 0));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_busy, 0);
