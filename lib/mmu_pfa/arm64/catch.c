// SPDX-License-Identifier: GPL-2.0+
/*
 * Catching faults: the decision, and the way back to the catch point.
 *
 * Nothing is unwound. The frame that the exception left is filled with the
 * registers of a catch point, and the return from the exception resumes there,
 * with the exception mask of that point. So it does not matter what the code
 * that faulted did to its registers, stack or mask.
 *
 * On the way to a catch point the handler decodes and copies registers: it walks
 * no table and prints nothing before the point is reached (catch_record.c), so
 * that a broken table costs no more than any other fault. Tables are read in the
 * handler where a resolver closes or opens pages of its own, for an undefined
 * instruction that may be a semihosting call, and for a stack that U-Boot's
 * report would use; it prints what nothing else will say.
 */

#include <asm/global_data.h>
#include <asm/sections.h>
#include <linux/compiler.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <semihosting.h>
#include <stdio.h>

#include "catch_frame.h"
#include "catch_record.h"
#include "compat.h"
#include "regs.h"

DECLARE_GLOBAL_DATA_PTR;

#define STACK_SIZE	SZ_8K

#define SPSR_SP_ELX	1
#define SPSR_EL_SHIFT	2

/* The first is the fault's own; U-Boot's report may fault three times more. */
#define REPORTS_MAX	4

/* Assembly reads it before there is a gd. */
struct global_data *mmu_pfa_catch_gd;

/* What SP_EL0 is; and for U-Boot's report where no stack is good. */
static u8 stack[STACK_SIZE] __aligned(16);
u8 mmu_pfa_report[REPORT_STACK_BYTES] __aligned(16);

static struct {
	struct catch_resolver *resolvers;
	struct catch_point *innermost;
	unsigned int reports;
	bool off;
	bool disarmed;
	bool foreign;
	bool foreign_too;
	ulong foreign_thread;
	ulong thread;
} state;

bool catch_enabled(void)
{
	return !state.off;
}

void catch_enable(bool on)
{
	state.off = !on;
}

void catch_disarm(bool disarmed)
{
	state.disarmed = disarmed;
}

void catch_foreign_begin(void)
{
	state.foreign = true;
	state.foreign_thread = state.thread;
}

bool catch_foreign_runs(void)
{
	return state.foreign && state.foreign_thread == state.thread;
}

bool catch_foreign_end(void)
{
	if (catch_foreign_runs())
		state.foreign = false;
	return !state.foreign;
}

bool catch_foreign_enabled(void)
{
	return state.foreign_too;
}

void catch_foreign_enable(bool on)
{
	state.foreign_too = on;
}

ulong catch_thread(void)
{
	return state.thread;
}

void catch_set_thread(ulong thread)
{
	if (state.thread != thread)
		state.thread = thread;
}

u64 catch_link_address(u64 pc)
{
	return pc - gd->reloc_off;
}

bool catch_in_uboot(u64 pc)
{
	return pc - gd->relocaddr < gd->mon_len;
}

/* The exception level may have changed since the last time. */
static void set_vectors(u64 vbar)
{
	switch (current_el()) {
	case 1:
		asm volatile("msr vbar_el1, %0; isb" : : "r" (vbar));
		break;
	case 2:
		asm volatile("msr vbar_el2, %0; isb" : : "r" (vbar));
		break;
	default:
		asm volatile("msr vbar_el3, %0; isb" : : "r" (vbar));
		break;
	}
}

static void install(void)
{
	mmu_pfa_catch_gd = (struct global_data *)gd;
	asm volatile("msr sp_el0, %0" : : "r" (stack + STACK_SIZE));
	/* Faults of the handler itself, counted by catch_vectors.S */
	asm volatile("msr tpidr_el0, xzr");
	set_vectors((ulong)mmu_pfa_vectors);
}

void catch_hand_over(void)
{
	set_vectors((ulong)vectors);
}

void catch_enter(struct catch_point *point, bool command)
{
	install();
	point->thread = state.thread;
	point->command = command;
	point->daif = read_reg(daif);
	point->flags = gd->flags;
	point->prev = state.innermost;
	/* The handler is to find a whole point, or none. */
	barrier();
	state.innermost = point;
}

/* With threads, points of several are in one list. */
void catch_end(struct catch_point *point)
{
	struct catch_point **link = &state.innermost;

	while (*link && *link != point)
		link = &(*link)->prev;
	if (*link)
		*link = point->prev;
}

void catch_add_resolver(struct catch_resolver *resolver)
{
	struct catch_resolver **last = &state.resolvers;

	while (*last)
		last = &(*last)->next;
	*last = resolver;
}

/* Whether somebody lets what faulted go on. */
static bool is_resolved(struct catch_frame *frame)
{
	struct fault fault = fault_decode(frame->esr, frame->far);
	struct catch_resolver *r;

	for (r = state.resolvers; r; r = r->next) {
		if (r->resolve(frame, &fault))
			return true;
	}
	for (r = state.resolvers; r; r = r->next) {
		if (r->give_up)
			r->give_up(frame);
	}
	return false;
}

/* Where to go on; what the stack pointer has become does not matter. */
static struct catch_point *find_point(void)
{
	struct catch_point *point = state.innermost;

	while (point && (point->thread != state.thread ||
			 (state.off && point->command)))
		point = point->prev;
	return point;
}

/* End a point, and those within it that were passed over: their code is gone. */
static void end_with_inner(struct catch_point *point)
{
	struct catch_point *inner = state.innermost;

	for (; inner != point; inner = inner->prev) {
		if (inner->thread == point->thread)
			catch_end(inner);
	}
	catch_end(point);
}

/*
 * Whether a fault of the handler itself is being reported: catch_vectors.S. A
 * program that `go` started may have left anything in the register.
 */
static bool is_nested(void)
{
	return (read_reg(tpidr_el0) ^ NESTED_MAGIC) - 1 <= NESTED_MAX;
}

/* Whether a fault may end in a catch point, or is for U-Boot to report. */
static bool is_ours(const struct catch_frame *frame)
{
	if (state.disarmed || state.reports || is_nested())
		return false;
	return !catch_foreign_runs() || state.foreign_too ||
	       catch_in_uboot(frame->elr);
}

/*
 * A semihosting call where nobody listens is an undefined instruction, which
 * U-Boot's handler makes a call that fails. A page that is watched can be
 * executed, one instruction at a time, and not be read.
 */
static bool is_semihosting_call(const struct catch_frame *frame)
{
	struct pgtable_walk walk;

	return CONFIG_IS_ENABLED(SEMIHOSTING_FALLBACK) &&
	       fault_decode(frame->esr, 0).kind == FAULT_UNDEF &&
	       !(frame->elr & 3) &&
	       !pgtable_walk(live_pgtable(), frame->elr, &walk) &&
	       *(u32 *)frame->elr == SMH_A64_HLT;
}

/* What faulted in a function that is called cyclically is not under way any more. */
static void end_cyclic(const struct catch_point *point)
{
	gd->flags &= ~GD_FLG_CYCLIC_RUNNING;
	gd->flags |= point->flags & GD_FLG_CYCLIC_RUNNING;
}

/* Make the return from the exception the second return of catch_save(). */
static void resume_at(struct catch_frame *frame,
		      const struct catch_point *point)
{
	for (unsigned int i = 0; i < 12; i++)
		frame->x[19 + i] = point->env[i];
	frame->x[0] = 1;
	frame->x[18] = (ulong)gd;
	frame->sp = point->env[CATCH_ENV_REGS - 1];
	frame->elr = frame->x[30];
	frame->spsr = point->daif | current_el() << SPSR_EL_SHIFT | SPSR_SP_ELX;
}

/* Whether U-Boot's report could push its registers at a stack pointer. */
static bool is_writable_stack(u64 sp)
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_walk walk;
	struct vmsa_attr attr;

	/* An address in the page that the first push goes to. */
	if (sp & 15 || pgtable_walk(pt, sp - 16, &walk))
		return false;
	attr = vmsa_decode(pt->regime, pgtable_last_step(&walk)->pte);
	return attr.perm == VMSA_RW && live_ram(sp - SZ_1K, SZ_1K) == SZ_1K;
}

/*
 * U-Boot's report ends with a reset, or with a hang. It may fault where it
 * shows the code around a wild program counter; it is not to do so for ever.
 */
static unsigned int leave_to_uboot(struct catch_frame *frame,
				   unsigned int verdict)
{
	if (++state.reports > REPORTS_MAX)
		panic("fault in the report of a fault\n");
	if (!is_writable_stack(frame->sp))
		frame->sp = (ulong)mmu_pfa_report + REPORT_STACK_BYTES;
	return verdict;
}

unsigned int catch_fault(struct catch_frame *frame)
{
	struct catch_point *point;

	if (is_resolved(frame))
		return CATCH_RESUME;
	if (is_semihosting_call(frame))
		return CATCH_CHAIN_SYNC;
	if (!is_ours(frame))
		return leave_to_uboot(frame, CATCH_CHAIN_SYNC);
	point = find_point();
	if (!point) {
		if (state.innermost && !state.off)
			printf("fault: not caught: no command runs in this thread\n");
		return leave_to_uboot(frame, CATCH_CHAIN_SYNC);
	}
	catch_note(frame, point);
	end_with_inner(point);
	end_cyclic(point);
	resume_at(frame, point);
	return CATCH_RESUME;
}

/*
 * An asynchronous error may have hit any access, or have been pending since
 * before U-Boot: what is in memory is not known, so nothing can be resumed. It
 * is only called by its name.
 */
unsigned int catch_serror(struct catch_frame *frame)
{
	if (!state.reports)
		printf("fault: serror   esr %llx\n"
		       "  asynchronous: which access it was is not known; not survivable\n",
		       frame->esr);
	return leave_to_uboot(frame, CATCH_CHAIN_SERROR);
}
