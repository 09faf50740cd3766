// SPDX-License-Identifier: GPL-2.0+
/*
 * Names of functions by address: see symbols.h.
 */

#include <mmu_pfa/symbols.h>

/* How many functions begin at or below an offset. */
static u32 count_below(const struct symbols *table, u64 offset)
{
	u32 low = 0, high = table->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (table->words[middle] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *name_of(const struct symbols *table, u32 n)
{
	const u32 *index = table->words + table->count;
	u32 entries = (table->count + SYMBOLS_STRIDE - 1) / SYMBOLS_STRIDE;
	const char *name = (const char *)(index + entries);

	name += index[n / SYMBOLS_STRIDE];
	for (n %= SYMBOLS_STRIDE; n; n--)
		name += strlen(name) + 1;
	return name;
}

const char *symbols_find(const struct symbols *table, u64 address, u64 *offset)
{
	u64 from_base = address - table->base;
	u32 n;

	if (address < table->base || from_base >= table->end)
		return NULL;
	n = count_below(table, from_base);
	*offset = from_base - table->words[n - 1];
	return name_of(table, n - 1);
}
