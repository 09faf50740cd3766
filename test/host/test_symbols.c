// SPDX-License-Identifier: GPL-2.0+
/*
 * Looking up functions by address, in a table made as link-symbols makes it.
 */

#include <mmu_pfa/symbols.h>

#include "tap.h"

#include <stdlib.h>

#define BASE	0x7f000000ull
#define COUNT	200u

/* Of the last function, which is not known by the next one. */
#define LAST_SIZE	40u

/* Function i is "f<i>" with i letters more, and begins at 16 * i * i. */
static struct symbols *make_table(u32 count)
{
	u32 entries = (count + SYMBOLS_STRIDE - 1) / SYMBOLS_STRIDE;
	struct symbols *table = calloc(1, 1 << 20);
	char *names = (char *)(table->words + count + entries), *name = names;

	table->base = BASE;
	table->count = count;
	table->end = 16 * (count - 1) * (count - 1) + LAST_SIZE;
	for (u32 i = 0; i < count; i++) {
		table->words[i] = 16 * i * i;
		if (!(i % SYMBOLS_STRIDE))
			table->words[count + i / SYMBOLS_STRIDE] = name - names;
		name += sprintf(name, "f%u%.*s", i, (int)i % 30,
				"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") + 1;
	}
	return table;
}

static bool found(const struct symbols *table, u64 address, u32 n, u64 offset)
{
	u64 got = ~0ull;
	const char *name = symbols_find(table, address, &got);

	return name && name[0] == 'f' && atoi(name + 1) == (int)n &&
	       strlen(name) == snprintf(NULL, 0, "f%u", n) + n % 30 &&
	       got == offset;
}

/* Proves: FLT-036 */
HOST_TEST(symbols_each_function_by_its_first_and_last_byte)
{
	struct symbols *table = make_table(COUNT);

	for (u32 i = 0; i < COUNT; i++) {
		u64 start = BASE + 16 * i * i;

		EXPECT(found(table, start, i, 0));
		EXPECT(found(table, start + 7, i, 7));
		if (i + 1 < COUNT)
			EXPECT(found(table, BASE + 16 * (i + 1) * (i + 1) - 1, i,
				     16 * (2 * i + 1) - 1));
	}
	free(table);
}

/* Proves: FLT-036 */
HOST_TEST(symbols_nothing_outside_of_the_functions)
{
	struct symbols *table = make_table(COUNT), empty = { 0 };
	u64 last = BASE + 16 * (COUNT - 1) * (COUNT - 1), offset;

	EXPECT(!symbols_find(table, BASE - 1, &offset));
	EXPECT(!symbols_find(table, 0, &offset));
	EXPECT(found(table, last + LAST_SIZE - 1, COUNT - 1, LAST_SIZE - 1));
	EXPECT(!symbols_find(table, last + LAST_SIZE, &offset));
	EXPECT(!symbols_find(table, BASE + (1ull << 32), &offset));
	EXPECT(!symbols_find(table, ~0ull, &offset));
	EXPECT(!symbols_find(&empty, 0x1234, &offset));
	free(table);
	table = make_table(1);
	EXPECT(found(table, BASE, 0, 0));
	free(table);
}
