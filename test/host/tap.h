/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * A minimal host test harness: each program test_*.c in this directory is
 * linked with tap.c and the portable core, runs every HOST_TEST() in it in the
 * order of the source, and prints TAP.
 *
 *	HOST_TEST(buddy_free_refuses_double_free)
 *	{
 *		EXPECT_EQ(buddy_free(&b, 4, 0), BUDDY_OK);
 *	}
 *
 * A failed EXPECT prints where and what, and ends that test.
 */

#ifndef _MMU_PFA_TAP_H
#define _MMU_PFA_TAP_H

#include <stdbool.h>
#include <stdio.h>

struct tap_test {
	const char *name;
	void (*run)(void);
	int line;
	struct tap_test *next;
};

void tap_register(struct tap_test *test);
void tap_fail(const char *file, int line, const char *what);
void tap_fail_eq(const char *file, int line, const char *a, const char *b,
		 unsigned long long va, unsigned long long vb);

#define HOST_TEST(test_name)						\
	static void test_name(void);					\
	__attribute__((constructor)) static void			\
	tap_register_##test_name(void)					\
	{								\
		static struct tap_test test = {				\
			.name = #test_name,				\
			.run = test_name,				\
			.line = __LINE__,				\
		};							\
									\
		tap_register(&test);					\
	}								\
	static void test_name(void)

#define EXPECT(cond) do {						\
	if (!(cond)) {							\
		tap_fail(__FILE__, __LINE__, #cond);			\
		return;							\
	}								\
} while (0)

#define EXPECT_EQ(a, b) do {						\
	unsigned long long tap_a = (unsigned long long)(a);		\
	unsigned long long tap_b = (unsigned long long)(b);		\
									\
	if (tap_a != tap_b) {						\
		tap_fail_eq(__FILE__, __LINE__, #a, #b, tap_a, tap_b);	\
		return;							\
	}								\
} while (0)

/* Whether the running test has failed; for helpers that EXPECT on its behalf. */
bool tap_failed(void);

#endif /* _MMU_PFA_TAP_H */
