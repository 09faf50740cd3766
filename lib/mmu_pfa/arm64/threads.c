// SPDX-License-Identifier: GPL-2.0+
/*
 * Which thread runs: releases with threads do not tell.
 *
 * U-Boot's threads change places only within uthread_schedule(), and within
 * uthread_mutex_lock(), which calls it; and a new one begins there, in a function
 * that is given to uthread_create(). The linker sends the calls of all three
 * here. Who calls one of the first two is who runs when it returns, whoever has
 * run in between; and a new thread tells its own number before anything else.
 */

#include <malloc.h>
#include <uthread.h>
#include <mmu_pfa/catch.h>

#include "wrap.h"

/* What a thread is to do. */
struct work {
	void (*fn)(void *arg);
	void *arg;
};

static void begin(void *arg)
{
	static ulong last = CATCH_MAIN_THREAD;
	struct work work = *(struct work *)arg;

	free(arg);
	catch_set_thread(++last);
	work.fn(work.arg);
}

int __wrap_uthread_create(struct uthread *uthr, void (*fn)(void *), void *arg,
			  size_t stack_sz, unsigned int grp_id)
{
	struct work *work = malloc(sizeof(*work));
	int ret;

	if (!work)
		return -1;
	*work = (struct work){ fn, arg };
	ret = __real_uthread_create(uthr, begin, work, stack_sz, grp_id);
	if (ret)
		free(work);
	return ret;
}

bool __wrap_uthread_schedule(void)
{
	ulong thread = catch_thread();
	bool ret = __real_uthread_schedule();

	catch_set_thread(thread);
	return ret;
}

int __wrap_uthread_mutex_lock(struct uthread_mutex *mutex)
{
	ulong thread = catch_thread();
	int ret = __real_uthread_mutex_lock(mutex);

	catch_set_thread(thread);
	return ret;
}
