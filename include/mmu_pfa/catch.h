/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Catching faults in a running U-Boot: a synchronous exception ends what ran
 * since the innermost catch point, which goes on as if it had returned.
 *
 *	struct catch_point point;
 *
 *	if (!catch_begin(&point)) {
 *		... may fault ...
 *		catch_end(&point);
 *	} else {
 *		... it did; see catch_last() ...
 *	}
 *
 * Exceptions arrive in vectors of our own, are handled on a stack of their own
 * (a wild or read-only stack pointer is survived), and those that are not ours
 * go on to U-Boot's vectors as if nobody had been there.
 */

#ifndef _MMU_PFA_CATCH_H
#define _MMU_PFA_CATCH_H

#include <mmu_pfa/fault.h>
#include <mmu_pfa/pgtable.h>

/* As much as U-Boot's jmp_buf holds: x19 to x30 and the stack pointer. */
#define CATCH_ENV_REGS	13

/**
 * struct catch_point - where to go on after a fault; lives on the stack
 *
 * @env:     registers, as setjmp() stores them
 * @daif:    the exception mask
 * @flags:   of gd; of them GD_FLG_CYCLIC_RUNNING is restored
 * @thread:  whose it is: catch_thread()
 * @command: a command runs within it: passed over while commands are not caught
 * @prev:    the catch point around this one
 */
struct catch_point {
	u64 env[CATCH_ENV_REGS];
	u64 daif;
	ulong flags;
	ulong thread;
	bool command;
	struct catch_point *prev;
};

/**
 * struct catch_record - one fault that was caught
 *
 * @fault:   what it was
 * @pc:      the instruction
 * @lr:      its link register
 * @sp:      its stack pointer
 * @walk:    the translation of @fault.addr; no steps where there is no address,
 *	     or the MMU was off, and none beyond a table that can't be read. A page
 *	     that is watched was open, and so it is here
 * @count:   which one it was since start, from 1
 * @command: the command under way, as catch_command() counts them
 * @guarded: a guarded access, which was prepared for it
 * @mmu_off: no address was translated
 * @watched: a watch had the page
 * @physical: @fault.addr is a physical address, which was seen through a window
 */
struct catch_record {
	struct fault fault;
	u64 pc;
	u64 lr;
	u64 sp;
	struct pgtable_walk walk;
	u64 count;
	u64 command;
	bool guarded;
	bool mmu_off;
	bool watched;
	bool physical;
};

/* How many records are kept; a power of 2. */
#define CATCH_LOG_SIZE	16

/*
 * Parts of catch_begin(); see catch.c. Any of them may run out of stack: then the
 * fault belongs to the point around this one, which is not linked before all of
 * it has been written.
 */
void catch_enter(struct catch_point *point, bool command);
int catch_save(u64 *env) __attribute__((returns_twice));
void catch_resumed(void);

/**
 * catch_begin() - catch faults from here on
 *
 * A macro, as the frame that calls catch_save() must still be there when it
 * returns a second time.
 *
 * Return: 0; and once more, not 0, after a fault, when @point has ended
 */
#define catch_begin(point)	catch_begin_for(point, false)

/* The same; with @command, catch_enable() decides about it. */
#define catch_begin_for(point, command)					\
	(catch_save((point)->env) ? (catch_resumed(), true) :		\
				    (catch_enter(point, command), false))

/* No longer catch; the point around this one is the innermost again. */
void catch_end(struct catch_point *point);

/*
 * Whether commands are caught; on at first. It holds at once, for commands that
 * run already too: a script that turns it off means what comes next in it.
 */
bool catch_enabled(void);
void catch_enable(bool on);

/* The last fault caught; NULL if none since the start, or catch_clear(). */
const struct catch_record *catch_last(void);

/* The @back-th before the last; NULL if there is none, or it is forgotten. */
const struct catch_record *catch_log(unsigned int back);

/* Forget all of them. */
void catch_clear(void);

/* How many were caught since the start. */
u64 catch_count(void);

/* Address in the image as linked, of a code address in the running one. */
u64 catch_link_address(u64 pc);

/* Whether a code address is in U-Boot itself. */
bool catch_in_uboot(u64 pc);

/*
 * While the exception level changes there is no point to go back to: what
 * faults then is for U-Boot's own report.
 */
void catch_disarm(bool disarmed);

/*
 * An application that U-Boot has started runs now. Its faults are its own,
 * unless catch_foreign_enable() says otherwise; those of U-Boot's code that it
 * calls are U-Boot's.
 */
void catch_foreign_begin(void);

/* Whether one does, started by the thread that runs. */
bool catch_foreign_runs(void);

bool catch_foreign_enabled(void);
void catch_foreign_enable(bool on);

/*
 * It is over if the thread that runs had started it. Return: whether none runs;
 * one that another thread has started does.
 */
bool catch_foreign_end(void);

/*
 * Which thread runs. Each has its own stack, and a fault goes to a catch point of
 * its own thread, or to U-Boot's report if there is none. May be called before
 * relocation, where nothing is to be written: the number does not change there.
 */
#define CATCH_MAIN_THREAD	0

ulong catch_thread(void);
void catch_set_thread(ulong thread);

/* A command begins: see catch_guarded(). */
void catch_command(void);

/*
 * The newest record is of a guarded access; see catch_read(). Those that follow
 * on each other within one command are kept as one.
 */
void catch_guarded(void);

/*
 * It was made through a window, for what is at the physical address @addr: so it
 * is told, without the walk, which is that of the window.
 */
void catch_seen_at(u64 addr);

/**
 * catch_read() - a guarded load: one access of exactly @width
 *
 * @va:    aligned to @width where the memory there is a device
 * @width: 1, 2, 4 or 8 bytes
 * @value: receives what was read
 * Return: whether it did not fault; if it did, catch_last() says how
 */
bool catch_read(u64 va, unsigned int width, u64 *value);

/* The same for a store. */
bool catch_write(u64 va, unsigned int width, u64 value);

/**
 * catch_walk() - walk the live tables, of which one may be nowhere
 *
 * Return: as pgtable_walk(); -EFAULT if a table can't be read, when the steps up
 *	   to there are in @walk. That is not recorded.
 */
int catch_walk(u64 va, struct pgtable_walk *walk);

/**
 * catch_hand_over() - give exceptions back to U-Boot's own vectors
 *
 * Until the next catch_begin().
 */
void catch_hand_over(void);

#endif /* _MMU_PFA_CATCH_H */
