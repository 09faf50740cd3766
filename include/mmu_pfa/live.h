/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The edge of the extension in a running U-Boot on arm64: the one live address
 * space, the one system PFA, and what U-Boot itself stands on. All global
 * state of the extension is behind these functions.
 */

#ifndef _MMU_PFA_LIVE_H
#define _MMU_PFA_LIVE_H

#include <mmu_pfa/pfa.h>
#include <mmu_pfa/pgtable.h>

/**
 * live_pgtable() - the tree that U-Boot runs on, described as it is now
 *
 * Exception level, root, sizes and features are read from the CPU at each call:
 * U-Boot may have moved from EL3 to EL2 since the last one.
 */
struct pgtable *live_pgtable(void);

/**
 * live_editable() - whether the live tree may be changed now
 *
 * Return: NULL if so, else the reason in words
 */
const char *live_editable(void);

/* Where tables of the live tree come from. */
struct page_registry *live_pages(void);

/* struct live_regs - the system registers of the translation in force */
struct live_regs {
	unsigned int el;
	bool e2h;
	u64 sctlr;
	u64 ttbr;
	u64 tcr;
	u64 mair;
	unsigned int parange_bits;	/* what the CPU can address */
};

void live_regs(struct live_regs *regs);

/**
 * live_at() - ask the hardware to translate an address for a read
 *
 * Return: whether it translates; *@par is PAR_EL1
 */
bool live_at(u64 va, u64 *par);

/**
 * live_find_alias() - a mapping of physical memory other than the identity one
 *
 * @pa, @size: the memory
 * @va:        receives the first virtual address that maps some of it
 * Return: whether there is one
 */
bool live_find_alias(u64 pa, u64 size, u64 *va);

/* The type byte of a MAIR slot in words: "dev-nGnRnE", "wb", "?"... */
const char *live_mair_name(u64 mair, unsigned int slot);

/**
 * enum live_rail - what U-Boot stands on, weakest first
 *
 * Those from LIVE_RAIL_VECTORS on can't be overridden by -f.
 */
enum live_rail {
	LIVE_RAIL_NONE,
	LIVE_RAIL_IMAGE,
	LIVE_RAIL_HEAP,
	LIVE_RAIL_GD,
	LIVE_RAIL_FDT,
	LIVE_RAIL_CONSOLE,
	LIVE_RAIL_VECTORS,
	LIVE_RAIL_STACK,
	LIVE_RAIL_POOL,
	LIVE_RAIL_PFA,
	LIVE_RAIL_TABLES,
	LIVE_RAIL_COUNT,
};

/**
 * live_rail() - whether a range of identity addresses holds what U-Boot needs
 *
 * @start, @size: the range
 * @at:	   (may be NULL) receives the first address of the overlap
 * Return: the strongest rail that it touches
 */
enum live_rail live_rail(u64 start, u64 size, u64 *at);

/* What a rail protects, in words: "U-Boot's stack". */
const char *live_rail_name(enum live_rail rail);

/* Whether -f may override it. */
static inline bool live_rail_forcible(enum live_rail rail)
{
	return rail < LIVE_RAIL_VECTORS;
}

/**
 * live_ram() - how much of a physical range is RAM
 *
 * Return: bytes of [@pa, @pa + @size) that are DRAM
 */
u64 live_ram(u64 pa, u64 size);

/* The first address above all RAM. */
u64 live_ram_end(void);

/**
 * live_who() - whose a physical range is, in a few words
 *
 * From U-Boot's own knowledge: DRAM banks and device-tree nodes.
 *
 * @buf: receives the words, cut to @len
 */
void live_who(u64 pa, u64 size, char *buf, size_t len);

/**
 * live_clean_inval() - write a range back to memory and drop it from the caches
 *
 * @va: mapped, or nothing happens where it is not (the lines are found by VA)
 */
void live_clean_inval(u64 va, u64 size);

/* struct lmb_source: LMB as the memory source of the PFA (lmb.c) */
extern const struct pfa_source lmb_source;

/* Bytes of RAM that LMB has neither given out nor reserved. */
u64 lmb_free_bytes(void);

#define SYSTEM_PFA_MIN	(4ull << 20)
#define SYSTEM_PFA_MAX	(64ull << 20)

/* The system PFA; NULL while it is not started. */
struct pfa *system_pfa(void);

/* How much `pfa start` takes without a size: 1/16 of LMB's free memory. */
u64 system_pfa_default_size(void);

/**
 * system_pfa_start() - take memory from LMB and register as page allocator
 *
 * @size: bytes, a multiple of 4 KiB
 * Return: 0; -EALREADY; -ENOMEM LMB has no such run; else as pfa_add_zone()
 */
int system_pfa_start(u64 size);

/**
 * system_pfa_stop() - give everything back and return to the static pool
 *
 * Return: 0; -ENODEV not started; -EBUSY frames are out
 */
int system_pfa_stop(void);

#endif /* _MMU_PFA_LIVE_H */
