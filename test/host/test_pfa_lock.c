// SPDX-License-Identifier: GPL-2.0+
/*
 * The lock as a handler of the same CPU sees it, compiled as for the board: with
 * all that the optimiser does, and without sanitizers, which keep it from that.
 */

#include <mmu_pfa/pfa.h>

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "tap.h"

static sigjmp_buf store_seen;

static void on_store(int signal)
{
	siglongjmp(store_seen, 1);
}

/*
 * In memory that can't be written to. The compiler sees that the lock is dropped
 * at once; a handler would not.
 *
 * Proves: PFA-090
 */
HOST_TEST(pfa_lock_is_taken_in_memory_where_a_handler_sees_it)
{
	struct sigaction act = { .sa_handler = on_store }, was;
	struct pfa *pfa = mmap(NULL, sizeof(*pfa), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static bool stored = true;	/* not lost by the jump */

	pfa_init(pfa, 0, NULL);
	EXPECT(!pfa_busy(pfa));
	EXPECT_EQ(mprotect(pfa, sizeof(*pfa), PROT_READ), 0);
	EXPECT_EQ(sigaction(SIGSEGV, &act, &was), 0);
	if (!sigsetjmp(store_seen, 1)) {
		pfa_busy(pfa);
		stored = false;
	}
	EXPECT_EQ(sigaction(SIGSEGV, &was, NULL), 0);
	EXPECT(stored);
	munmap(pfa, sizeof(*pfa));
}
