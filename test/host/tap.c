// SPDX-License-Identifier: GPL-2.0+
/*
 * The host test harness: see tap.h.
 */

#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct tap_test *tests;
static int ntests;
static bool failed;

void tap_register(struct tap_test *test)
{
	struct tap_test **link = &tests;

	while (*link && (*link)->line < test->line)
		link = &(*link)->next;
	test->next = *link;
	*link = test;
	ntests++;
}

void tap_fail(const char *file, int line, const char *what)
{
	failed = true;
	printf("# %s:%d: %s\n", file, line, what);
}

void tap_fail_eq(const char *file, int line, const char *a, const char *b,
		 unsigned long long va, unsigned long long vb)
{
	failed = true;
	printf("# %s:%d: %s = 0x%llx, expected %s = 0x%llx\n", file, line, a,
	       va, b, vb);
}

bool tap_failed(void)
{
	return failed;
}

/* Arguments, if any, choose tests whose name contains one of them. */
static bool chosen(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strstr(name, argv[i]))
			return true;
	}
	return argc < 2;
}

int main(int argc, char **argv)
{
	int run = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct tap_test *test = tests; test; test = test->next) {
		if (!chosen(test->name, argc, argv))
			continue;
		failed = false;
		test->run();
		run++;
		bad += failed;
		printf("%sok %d - %s\n", failed ? "not " : "", run, test->name);
	}
	printf("1..%d\n", run);
	return !run || bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
