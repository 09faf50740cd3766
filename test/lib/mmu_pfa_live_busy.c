// SPDX-License-Identifier: GPL-2.0+
/*
 * What the prompt says to a call of the allocator from inside another one, as it
 * would come from a fault handler: the lock is held here by hand. And what it says
 * of frames that U-Boot's own code has asked for.
 */

#include <command.h>
#include <console.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <mmu_pfa/catch.h>
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

/* Who asked, in words: a function, by name where the image has names. */
static int check_listed(struct unit_test_state *uts)
{
	char line[128];

	ut_assertok(console_record_reset_enable());
	ut_assertok(run_command("pfa list -t ours", 0));
	ut_assert(console_record_readline(line, sizeof(line)) > 0);
	ut_assert(console_record_readline(line, sizeof(line)) > 0);
	if (IS_ENABLED(CONFIG_MMU_PFA_SYMBOLS))
		ut_assertnonnull(strstr(line, " lib_test_mmu_pfa_ca+"));
	else
		ut_assertnonnull(strstr(line, " link "));
	ut_assert(strlen(line) <= 80);
	return 0;
}

/*
 * U-Boot's own code asks for memory: the list names the function, or where it is.
 *
 * Proves: CPFA-083
 */
static int lib_test_mmu_pfa_caller(struct unit_test_state *uts)
{
	struct pfa_request req = {
		.size = 0x1000, .owner = PFA_OWNER_USER, .tag = "ours",
	};
	u64 link = catch_link_address((uintptr_t)lib_test_mmu_pfa_caller);
	struct pfa_block block;
	u64 pa;

	ut_assertnonnull(system_pfa());
	ut_assertok(system_pfa_alloc(&req, 1, &pa));
	ut_assert(pfa_find(system_pfa(), pa, &block));
	ut_assert(block.caller > link && block.caller < link + 0x1000);
	if (IS_ENABLED(CONFIG_CMD_PFA))
		ut_assertok(check_listed(uts));
	ut_asserteq(BUDDY_OK, pfa_free(system_pfa(), pa, PFA_OWNER_USER, NULL));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_caller, UTF_CONSOLE);
