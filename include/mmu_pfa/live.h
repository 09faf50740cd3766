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
 * live_in_force() - whether the CPU translates by the live tree now
 *
 * Changes nothing and takes no memory: enough for what only looks.
 *
 * Return: NULL if so, else the reason in words
 */
const char *live_in_force(void);

/**
 * live_editable() - whether the live tree may be changed now
 *
 * If so, a copy of U-Boot's own map has been taken, for live_restore().
 *
 * Return: NULL if so, else the reason in words
 */
const char *live_editable(void);

/* Where tables of the live tree come from. */
struct page_registry *live_pages(void);

/** enum live_restore_why - why the live tree goes back to U-Boot's own map */
enum live_restore_why {
	LIVE_RESET,	/* `mmu reset`: the commands go on */
	LIVE_HANDOVER,	/* foreign code runs next */
};

/**
 * struct live_restore_hook - somebody who changed the map for a purpose of his
 *
 * @forget: the live tree is U-Boot's own map again: forget what was done to it,
 *	    and free what was kept for that. It must not fail, print, or change
 *	    the map. Called again where nothing was done since the last time
 * @next:   of the list; not to be touched
 */
struct live_restore_hook {
	void (*forget)(enum live_restore_why why);
	struct live_restore_hook *next;
};

/* Be called by each live_restore() from now on, after those before. */
void live_on_restore(struct live_restore_hook *hook);

/**
 * live_restore() - bring the live tree back to U-Boot's own map
 *
 * What U-Boot wrote at boot and what its drivers asked for since, each entry
 * bit by bit; see pgtable_restore(). Also with the MMU off. Then all hooks are
 * called. Catching faults goes on.
 *
 * Return: 0; -ENODEV there was no change yet; -ENOMEM as pgtable_restore():
 *	nothing changed, and no hook was called. Only LIVE_RESET asks LMB for
 *	memory
 */
int live_restore(enum live_restore_why why, struct pgtable_result *res);

/**
 * live_is_restored() - whether the live tree is as live_restore() leaves it
 *
 * Return: if not, @res->va, pte and level say where it differs first
 */
bool live_is_restored(struct pgtable_result *res);

/**
 * live_take_back() - after each command: has the machine been handed over?
 *
 * If so, the command came back from a boot that failed or from an application:
 * one line says so, and everything is as after the start. Without the tables for
 * that U-Boot stays on its emergency map, or with the MMU off on the commands' map,
 * a line says that, and it is tried again after each command.
 */
void live_take_back(void);

/**
 * live_abandon_application() - an EFI application was ended by a fault
 *
 * Its events are closed, so that nothing calls it any more, the watchdog that was
 * set for it is stopped, and EFI's task priority is that of an application
 * again, not that of what faulted. What it had allocated and opened stays.
 */
#ifdef CONFIG_EFI_LOADER
void live_abandon_application(void);
#else
static inline void live_abandon_application(void) { }
#endif

/* struct live_regs - the system registers of the translation in force */
struct live_regs {
	unsigned int el;
	bool e2h;
	bool mmu;
	bool dcache;
	bool icache;
	u64 sctlr;
	u64 ttbr;
	u64 tcr;
	u64 mair;
	unsigned int parange_bits;	/* what the CPU can address */
};

void live_regs(struct live_regs *regs);

/* Does the CPU translate by U-Boot's emergency tree? */
bool live_on_emergency_tree(void);

/**
 * struct live_windows - how often an entry that U-Boot stands on was changed
 *
 * @alias:     from an alias of the code, with MMU and caches on
 * @emergency: from U-Boot's emergency tree, where no 1 GiB was free for that
 */
struct live_windows {
	u64 alias;
	u64 emergency;
};

/* Since U-Boot started. */
struct live_windows live_windows(void);

/**
 * live_window_par() - what the hardware made of U-Boot's own address while the
 *	last entry that it stands on was broken
 *
 * Return: PAR_EL1: a translation fault, if that entry maps U-Boot's code; 0
 *	before the first
 */
u64 live_window_par(void);

/**
 * live_at() - ask the hardware to translate an address for a read
 *
 * Return: whether it translates; *@par is PAR_EL1
 */
bool live_at(u64 va, u64 *par);

/* Where PAR_EL1 says that a page goes that translates. */
static inline u64 par_pa(u64 par)
{
	return par & 0x000ffffffffff000ull;
}

/**
 * live_at_agrees() - whether the hardware translates an address as expected
 *
 * @pa: where it should go; PA_NONE: nowhere
 * @par: receives PAR_EL1
 */
bool live_at_agrees(u64 va, u64 pa, u64 *par);

/**
 * live_find_alias() - a mapping of physical memory other than the identity one
 *
 * @pa, @size: the memory
 * @va:        receives the first virtual address that maps some of it
 * Return: whether there is one
 */
bool live_find_alias(u64 pa, u64 size, u64 *va);

/**
 * live_insn_start() - count instructions from here on, by the PMU
 *
 * Return: whether this CPU counts them; QEMU does with -icount
 */
bool live_insn_start(void);
u64 live_insn_count(void);
void live_insn_stop(void);

/* The type byte of a MAIR slot in words: "dev-nGnRnE", "wb", "?"... */
const char *live_mair_name(u64 mair, unsigned int slot);

/** enum live_rail - what U-Boot stands on, weakest first */
enum live_rail {
	LIVE_RAIL_NONE,
	LIVE_RAIL_LMB,		/* reserved there, not to be overwritten */
	LIVE_RAIL_TEXT,
	LIVE_RAIL_RODATA,
	LIVE_RAIL_DATA,
	LIVE_RAIL_HEAP,
	LIVE_RAIL_GD,
	LIVE_RAIL_BD,
	LIVE_RAIL_FDT,
	LIVE_RAIL_CONSOLE,
	LIVE_RAIL_HANDLER,	/* of faults: code, variables, stacks, window */
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

/* Whether -f may unmap or replace it: text and data, and what LMB keeps. */
static inline bool live_rail_forcible(enum live_rail rail)
{
	return rail <= LIVE_RAIL_DATA;
}

/* Whether it may be mapped writable at another address, without -f. */
static inline bool live_rail_shared(enum live_rail rail)
{
	return rail == LIVE_RAIL_NONE || rail == LIVE_RAIL_CONSOLE;
}

/* Whether -f may map it writable at another address: all but tables. */
static inline bool live_rail_writable(enum live_rail rail)
{
	return rail < LIVE_RAIL_POOL;
}

/**
 * live_is_plain_ram() - whether a range is mapped as RAM is at boot
 *
 * Each byte at its own address, readable, writable and write-back, and of no
 * watch or guard, which may take the access again: the only memory that tables
 * and metadata may live in.
 */
bool live_is_plain_ram(u64 start, u64 size);

/**
 * live_next_plain_ram() - the first run of such memory in a range
 *
 * @start: in: where to look from; out: its first address
 * @end:   in: where to stop; out: its end
 * Return: whether there is one
 */
bool live_next_plain_ram(u64 *start, u64 *end);

/**
 * live_ram() - how much of a physical range is RAM
 *
 * Return: bytes of [@pa, @pa + @size) that are DRAM
 */
u64 live_ram(u64 pa, u64 size);

/* The first address of RAM, and the first one above all of it. */
u64 live_ram_start(void);
u64 live_ram_end(void);

/**
 * live_who() - whose a physical range is, in a few words
 *
 * From U-Boot's own knowledge: the smallest thing that all of the range is in
 * (parts of U-Boot, allocations of the PFA by their tags, what LMB reserves,
 * reserved memory, devices, windows of PCI); else whether it is RAM, or the
 * device-tree nodes that are in it.
 *
 * @buf: receives the words, cut to @len
 */
void live_who(u64 pa, u64 size, char *buf, size_t len);

/**
 * live_clean_ram() - write the RAM in a range back, and drop it from the caches
 *
 * Memory that is no RAM is left alone, and so are addresses without a readable
 * translation.
 *
 * @va: where it is mapped
 * @size: bytes
 */
void live_clean_ram(u64 va, u64 size);

/**
 * live_find_mismatch() - RAM that has another memory type elsewhere
 *
 * @pa, @size: physical range
 * @attr: the attributes that it is about to have
 * @va: receives the first address that maps some of it with another memory
 *	type or shareability
 * Return: whether there is one
 */
bool live_find_mismatch(u64 pa, u64 size, struct vmsa_attr attr, u64 *va);

/* struct lmb_source: LMB as the memory source of the PFA (lmb.c) */
extern const struct pfa_source lmb_source;

/* The first address in a range that LMB keeps from being overwritten. */
bool lmb_reserved(u64 start, u64 size, u64 *at);

/* Exactly this range from LMB: 0, or -EBUSY if not all of it is free there. */
int lmb_take_at(u64 pa, u64 size);

/* Bytes of RAM that LMB has neither given out nor reserved. */
u64 lmb_free_bytes(void);

/* Bytes of the largest run of it that is mapped as RAM, as a zone would be. */
u64 lmb_largest_free(void);

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

/**
 * system_pfa_add() - manage a range of RAM that LMB has free
 *
 * Return: 0; -EFAULT not all RAM; -EBUSY not free in LMB; else as
 *	pfa_add_zone()
 */
int system_pfa_add(u64 pa, u64 size);

/**
 * system_pfa_alloc() - pfa_alloc_many(), with a new zone from LMB if need be
 *
 * Who asks is its own caller, if the request doesn't say. There is no new zone for
 * a request with bounds, nor for one that was made to fail (pfa_set_fault()). If
 * it fails with that zone too, LMB gets it back.
 *
 * Return: as pfa_alloc_many()
 */
int system_pfa_alloc(const struct pfa_request *req, u32 n, u64 *pa);

/**
 * live_change_fn - an operation of the engine on the live tree
 *
 * Return: as the engine's: -ENOMEM, nothing changed, with @res->needed tables
 */
typedef int live_change_fn(struct pgtable *pt, const void *args,
			   struct pgtable_result *res);

/**
 * live_change() - do it, with a new zone from LMB for its tables if need be
 *
 * If it fails with that zone too, LMB gets it back. Only from a command, or from
 * U-Boot's own calls: tables are also wanted where LMB can't be asked.
 *
 * @args: for @change
 * Return: what @change did at last
 */
int live_change(live_change_fn *change, const void *args,
		struct pgtable_result *res);

/* Whether a change that is out of tables was made so (pfa_set_fault()). */
bool live_was_injected(void);

#endif /* _MMU_PFA_LIVE_H */
