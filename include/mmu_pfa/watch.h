/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Watching memory: who reads, writes or executes it. Portable: what is watched,
 * which access is meant, the log, and how an access that was noticed goes on.
 *
 * Pages with something watched are lent (lend.h), so that each access to them
 * faults. If a byte that is watched is accessed the way it is watched for, that
 * is a hit, and is logged; other bytes of the page only cost the fault. Then the
 * page is opened, the one instruction is executed out of line, in the slot, and
 * the page is closed:
 *
 *	fault at pc		log, open the page, slot = the instruction, BRK
 *	fault in the slot	another page of the same access: open it as well
 *	BRK after the slot	close the pages, go on at pc + 4
 *
 * Which pages are open follows from the watches that are active. So a watch that
 * has had its hits costs one more fault for each page, at most.
 */

#ifndef _MMU_PFA_WATCH_H
#define _MMU_PFA_WATCH_H

#include <mmu_pfa/a64.h>
#include <mmu_pfa/fault.h>
#include <mmu_pfa/lend.h>

#define WATCH_MAX	8	/* watches */
#define WATCH_LOG	128	/* hits that the log holds */

/* Room for them and those of an instruction that is not over: fetch and data. */
#define WATCH_ROOM	(WATCH_LOG + 2 * WATCH_MAX)

#define WATCH_OPEN	4	/* pages open for one instruction */

/* So often a load-exclusive may be hit before its page is opened for good. */
#define WATCH_EXCLUSIVES	16

/* What a watch is for, and what a hit was. */
#define WATCH_READ	LEND_READ
#define WATCH_WRITE	LEND_WRITE
#define WATCH_EXEC	LEND_EXEC

/**
 * struct watch - one range that is watched
 *
 * @va, @size: the range, any bytes; @size is 0 where there is no watch
 * @access:    WATCH_...
 * @limit:     it stops after so many hits; 0: it does not
 * @hits:      since it was set, or armed again
 */
struct watch {
	u64 va;
	u64 size;
	unsigned int access;
	u64 limit;
	u64 hits;
};

/**
 * struct watch_hit - one access
 *
 * @id:     of the watch
 * @access: WATCH_...; two of them for one that reads and writes
 * @addr:   the first byte accessed
 * @size:   bytes; 0 if not known
 * @pc:     the instruction
 * @lr:     its link register
 * @n:      values known
 * @width:  bytes of each
 * @value:  written, or read; for both, what was read
 */
struct watch_hit {
	u8 id;
	u8 access;
	u8 n;
	u8 width;
	u32 size;
	u64 addr;
	u64 pc;
	u64 lr;
	u64 value[2];
};

/** enum watch_blind - why a page was opened for good */
enum watch_blind {
	WATCH_BLIND_EXCLUSIVE,	/* an exclusive pair can't succeed in steps */
	WATCH_BLIND_INSN,	/* the instruction can't be displaced */
};

/**
 * struct watch_step - an instruction that is executed in the slot
 *
 * @on:    one is
 * @noted: the data that it accesses was looked at
 * @nopen: pages that are open for it
 * @open:  which
 * @pc:    its own address
 * @insn:  what is in the slot for it
 * @kept:  a register that was changed for it
 * @first: the hits of it begin here in the log
 */
struct watch_step {
	bool on;
	bool noted;
	unsigned int nopen;
	u64 open[WATCH_OPEN];
	u64 pc;
	u32 insn;
	struct a64_kept kept;
	u64 first;
};

/**
 * struct watch_ops - the machine
 *
 * @fetch: the instruction at an address where code runs, or has just been let
 * @put:   make the slot hold this instruction, ready to be executed
 */
struct watch_ops {
	u32 (*fetch)(u64 pc);
	void (*put)(u32 insn);
};

/**
 * struct watch_set - all watches of one tree
 *
 * Set by the owner before the first watch:
 * @ops:    see there
 * @slot:   address of the slot: two instructions, the second of them a BRK
 * @blocks: see there
 *
 * Set by the owner at any time:
 * @paused: what is accessed meanwhile is no hit; for who reads the log
 *
 * @watch:  by ID, from 1 on
 * @lend:   what was split
 * @step:   see there
 * @log:    hit number i is in log[i % WATCH_ROOM]
 * @logged: hits, from the start
 * @passed: accesses that faulted and were no hit
 * @page, @exclusives: the page that exclusives were hit in, and how often
 * @opened: how often a page was opened for good, from the start
 * @blind:  why it was the last time; at @blind_pc, that page
 */
struct watch_set {
	const struct watch_ops *ops;
	u64 slot;
	struct a64_blocks blocks;
	bool paused;
	struct watch watch[WATCH_MAX];
	struct lend lend;
	struct watch_step step;
	struct watch_hit log[WATCH_ROOM];
	u64 logged;
	u64 passed;
	u64 page;
	unsigned int exclusives;
	u64 opened;
	enum watch_blind blind;
	u64 blind_pc;
	u64 blind_page;
};

/* The watch with an ID, or NULL. */
struct watch *watch_find(struct watch_set *set, u64 id);

static inline bool watch_active(const struct watch *w)
{
	return w->size && (!w->limit || w->hits < w->limit);
}

/* The pages of a watch. */
static inline u64 watch_first_page(const struct watch *w)
{
	return w->va & ~FRAME_MASK;
}

static inline u64 watch_pages_size(const struct watch *w)
{
	return ((w->va + w->size + FRAME_MASK) & ~FRAME_MASK) -
	       watch_first_page(w);
}

/* The ID of a watch that has a page in common with a range; 0 if none has. */
unsigned int watch_in(const struct watch_set *set, u64 va, u64 size);

/* How many have. */
unsigned int watch_count_in(const struct watch_set *set, u64 va, u64 size);

/**
 * watch_add() - watch a range
 *
 * Nothing asks here whether the range may be watched. What handles a fault must
 * not be in its pages: the tables, the set, the code, its stack.
 *
 * @va, @size: any bytes, below 1 << va_bits
 * @access:    WATCH_..., at least one
 * @limit:     stop after so many hits; 0: do not
 * Return: the ID; -ENFILE there are WATCH_MAX; else as lend_begin(), with
 *	nothing changed
 */
int watch_add(struct watch_set *set, struct pgtable *pt, u64 va, u64 size,
	      unsigned int access, u64 limit, struct pgtable_result *res);

/* Stop one, and give back pages that no other watches. */
void watch_del(struct watch_set *set, struct pgtable *pt, struct watch *w);

/*
 * How many pages of a watch are open for good. They are closed when a watch that
 * has them is set, stopped or armed again.
 */
u64 watch_blind_pages(const struct watch_set *set, struct pgtable *pt,
		      const struct watch *w);

/* Hits count from 0 again, and its pages are closed. */
void watch_rearm(struct watch_set *set, struct pgtable *pt, struct watch *w);

/* The tree has been brought back by other means: there are no watches. */
void watch_forget(struct watch_set *set);

/* Hit number @i, from 0 on; NULL if it never was, or is not kept any more. */
const struct watch_hit *watch_hit(const struct watch_set *set, u64 i);

/**
 * watch_fault() - let what faulted go on, if it is for a watch
 *
 * Allocates and prints nothing.
 *
 * @regs: of the code that faulted; changed if it is to be resumed
 * Return: whether it is to be resumed
 */
bool watch_fault(struct watch_set *set, struct pgtable *pt,
		 struct a64_regs *regs, const struct fault *fault);

/**
 * watch_give_up() - a fault in the slot is a true one
 *
 * Close what is open, and make @regs what they were at the instruction. What it
 * did not come to read or write is no hit.
 */
void watch_give_up(struct watch_set *set, struct pgtable *pt,
		   struct a64_regs *regs);

#endif /* _MMU_PFA_WATCH_H */
