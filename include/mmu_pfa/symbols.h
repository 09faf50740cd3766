/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Names of functions by address: a table that link-symbols makes from the image
 * that it links, and links into it.
 *
 *	u64	address of the first function, as linked
 *	u32	n, the number of functions
 *	u32	end of the last one minus the address of the first
 *	u32[n]	their addresses minus that of the first, ascending
 *	u32[]	where the names of every 64th begin, from the first name
 *	char[]	the names, each with a NUL
 *
 * in the CPU's byte order.
 */

#ifndef _MMU_PFA_SYMBOLS_H
#define _MMU_PFA_SYMBOLS_H

#include <mmu_pfa/port.h>

/* Names between two entries of the index. */
#define SYMBOLS_STRIDE	64

/* struct symbols - the beginning of a table */
struct symbols {
	u64 base;
	u32 count;
	u32 end;
	u32 words[];
};

/* That of the image; empty while it is linked for the first time. */
extern const struct symbols mmu_pfa_symbols;

/**
 * symbols_find() - the function that an address is in
 *
 * What lies between two functions counts as the first one's.
 *
 * @address: as linked
 * @offset:  receives how far into it
 * Return: its name, or NULL before the first one and after the last
 */
const char *symbols_find(const struct symbols *table, u64 address,
			 u64 *offset);

#endif /* _MMU_PFA_SYMBOLS_H */
