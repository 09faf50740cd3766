// SPDX-License-Identifier: GPL-2.0+
/*
 * See watched_check.h. Compiled with -fsanitize=thread, to have a call before
 * each access, and with -finstrument-functions, to have one where violation() is
 * entered; linked without either's library.
 */

#define buddy_check instrumented_buddy_check
#include "../../../lib/mmu_pfa/buddy_check.c"
#undef buddy_check

#include <setjmp.h>

#include "watched_check.h"

#define UNWATCHED	__attribute__((no_sanitize("thread"), \
				       no_instrument_function))

void (*watched_read)(const void *at);

static jmp_buf out;

/* Names and types are the compiler's; it declares them by itself. */
#define READ(name)							\
	UNWATCHED void name(void *at)					\
	{								\
		watched_read(at);					\
	}

#define NOT_A_READ(name)						\
	UNWATCHED void name(void *at)					\
	{								\
	}

READ(__tsan_read1)
READ(__tsan_read2)
READ(__tsan_read4)
READ(__tsan_read8)
NOT_A_READ(__tsan_write1)
NOT_A_READ(__tsan_write2)
NOT_A_READ(__tsan_write4)
NOT_A_READ(__tsan_write8)
NOT_A_READ(__tsan_func_entry)
NOT_A_READ(__tsan_func_exit)

UNWATCHED void __tsan_write_range(void *at, long size)
{
}

UNWATCHED void __tsan_init(void)
{
}

UNWATCHED void __cyg_profile_func_enter(void *function, void *from)
{
	if (function == (void *)violation)
		longjmp(out, 1);
}

UNWATCHED void __cyg_profile_func_exit(void *function, void *from)
{
}

UNWATCHED bool watched_check(struct buddy *b)
{
	u32 frame;

	return !setjmp(out) && !instrumented_buddy_check(b, &frame);
}
