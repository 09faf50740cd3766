// SPDX-License-Identifier: GPL-2.0+
/*
 * Faults where there are threads: each belongs to the thread that runs, whatever
 * its stack pointer has become. Older releases have no threads, and only the tests
 * that say themselves which thread it is.
 */

#include <command.h>
#include <mmu_pfa/catch.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#include "../../lib/mmu_pfa/arm64/compat.h"

/* QEMU virt: nothing translates it */
#define UNMAPPED	0x4020000000ull

/* Store to address @n of nowhere, through a stack pointer. */
static void fault_off_stack(unsigned int n)
{
	asm volatile("mov	sp, %0\n"
		     "str	xzr, [sp]\n" : : "r" (UNMAPPED + 16 * n));
	__builtin_unreachable();
}

static u64 fault_number(void)
{
	return (catch_last()->fault.addr - UNMAPPED) / 16;
}

/*
 * What runs is said to be another thread while the points of two are in one list
 *
 * Proves: FLT-160
 */
static int lib_test_mmu_pfa_thread_points(struct unit_test_state *uts)
{
	struct catch_point mine, others;
	ulong me = catch_thread();

	if (!catch_begin(&mine)) {
		catch_set_thread(me + 1);
		if (catch_begin(&others)) {
			ut_reportf("ended in the point of another thread");
			return CMD_RET_FAILURE;
		}
		catch_set_thread(me);
		fault_off_stack(1);
	}
	ut_asserteq_64(1, fault_number());
	/* The other one is still there, for its own thread */
	catch_set_thread(me + 1);
	catch_end(&others);
	catch_set_thread(me);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_thread_points, 0);

/*
 * A command of another thread than started it ends no application
 *
 * Proves: FLT-161
 */
static int lib_test_mmu_pfa_thread_foreign(struct unit_test_state *uts)
{
	ulong me = catch_thread();
	bool others, mine;

	catch_foreign_begin();
	catch_set_thread(me + 1);
	others = catch_foreign_end();
	catch_set_thread(me);
	mine = catch_foreign_end();
	ut_assert(!others);
	ut_assert(mine);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_thread_foreign, 0);

#if UBOOT_RELEASE >= 202507

#include <uthread.h>

/* What a thread has done, for the test to look at. */
static struct {
	unsigned int steps;
	int ret;
	struct uthread_mutex mutex;
} seen;

static void run_threads(void)
{
	while (uthread_schedule())
		;
}

static void run_bad_command(void *arg)
{
	seen.ret = run_command(arg, 0);
	seen.steps++;
}

/* Proves: FLT-160 */
static int lib_test_mmu_pfa_thread_command(struct unit_test_state *uts)
{
	u64 before = catch_count();

	if (!CONFIG_IS_ENABLED(UTHREAD))
		return -EAGAIN;
	seen.steps = 0;
	ut_assertok(uthread_create(NULL, run_bad_command, "md 4020000000 1", 0,
				   0));
	run_threads();
	ut_asserteq(1, seen.steps);
	ut_asserteq(1, seen.ret);
	ut_asserteq_64(1, catch_count() - before);
	/* And afterwards in the main thread, with no stack left */
	ut_asserteq(1, run_command("md 4020000010 1", 0));
	ut_asserteq_64(1, fault_number());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_thread_command, 0);

/* Within its point lets others run, and then faults with its stack lost. */
static void wait_and_fault(void *arg)
{
	struct catch_point point;

	if (!catch_begin(&point)) {
		seen.steps++;
		uthread_schedule();
		seen.steps++;
		fault_off_stack((ulong)arg);
	}
	if (fault_number() == (ulong)arg)
		seen.steps++;
	uthread_schedule();
	seen.steps++;
}

/* Two threads that are within points, while the main thread faults in its own. */
static int fault_among_others(struct unit_test_state *uts)
{
	struct catch_point point;

	seen.steps = 0;
	ut_assertok(uthread_create(NULL, wait_and_fault, (void *)2, 0, 0));
	ut_assertok(uthread_create(NULL, wait_and_fault, (void *)3, 0, 0));
	if (!catch_begin(&point)) {
		uthread_schedule();
		if (seen.steps == 2)
			fault_off_stack(1);
		catch_end(&point);
	}
	ut_asserteq_64(1, fault_number());
	ut_asserteq(2, seen.steps);
	run_threads();
	ut_asserteq(8, seen.steps);
	return 0;
}

/* Proves: FLT-160 */
static int lib_test_mmu_pfa_thread_wild_stack(struct unit_test_state *uts)
{
	u64 before = catch_count();

	if (!CONFIG_IS_ENABLED(UTHREAD))
		return -EAGAIN;
	ut_assertok(fault_among_others(uts));
	ut_asserteq_64(3, catch_count() - before);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_thread_wild_stack, 0);

/* Comes to run within the wait for a mutex, and faults after that. */
static void lock_and_fault(void *arg)
{
	struct catch_point point;

	if (!catch_begin(&point)) {
		uthread_mutex_lock(&seen.mutex);
		seen.steps++;
		fault_off_stack((ulong)arg);
	}
	uthread_mutex_unlock(&seen.mutex);
	if (fault_number() == (ulong)arg)
		seen.steps++;
}

/* Proves: FLT-160 */
static int lib_test_mmu_pfa_thread_mutex(struct unit_test_state *uts)
{
	struct catch_point point;

	if (!CONFIG_IS_ENABLED(UTHREAD))
		return -EAGAIN;
	seen.steps = 0;
	ut_assertok(uthread_mutex_lock(&seen.mutex));
	ut_assertok(uthread_create(NULL, lock_and_fault, (void *)2, 0, 0));
	ut_assertok(uthread_create(NULL, lock_and_fault, (void *)3, 0, 0));
	if (!catch_begin(&point)) {
		for (unsigned int i = 0; i < 10; i++)
			uthread_schedule();
		uthread_mutex_unlock(&seen.mutex);
		fault_off_stack(1);
	}
	ut_asserteq_64(1, fault_number());
	ut_asserteq(0, seen.steps);
	run_threads();
	ut_asserteq(4, seen.steps);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_thread_mutex, 0);

static void fault_without_point(void *arg)
{
	fault_off_stack(4);
}

/* Ends in U-Boot's report and a reset: test_mmu_pfa_fault.py */
static int lib_test_mmu_pfa_thread_alone_norun(struct unit_test_state *uts)
{
	if (!CONFIG_IS_ENABLED(UTHREAD))
		return -EAGAIN;
	ut_assertok(uthread_create(NULL, fault_without_point, NULL, 0, 0));
	run_threads();
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_thread_alone_norun, UTF_MANUAL);

#endif /* UBOOT_RELEASE */
