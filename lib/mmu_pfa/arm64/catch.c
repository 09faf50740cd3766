// SPDX-License-Identifier: GPL-2.0+
/*
 * Catching faults: the decision, and the way back to the catch point.
 *
 * Nothing is unwound. The frame that the exception left is filled with the
 * registers of the innermost catch point, and the return from the exception
 * resumes there, with the exception mask of that point. So it does not matter
 * what the code that faulted did to its registers, stack or mask.
 */

#include <asm/global_data.h>
#include <asm/sections.h>
#include <linux/compiler.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

#include "catch_frame.h"
#include "regs.h"

DECLARE_GLOBAL_DATA_PTR;

#define STACK_SIZE	SZ_8K

#define SPSR_SP_ELX	1
#define SPSR_EL_SHIFT	2

/* Assembly reads it before there is a gd. */
struct global_data *mmu_pfa_catch_gd;

/* What SP_EL0 is; and for U-Boot's report where no stack is good. */
static u8 stack[STACK_SIZE] __aligned(16);
u8 mmu_pfa_report[REPORT_STACK_BYTES] __aligned(16);

static struct {
	struct catch_resolver *resolvers;
	struct catch_point *innermost;
	struct catch_record last;
	u64 count;
	bool off;
	bool disarmed;
	bool foreign;
} state;

bool catch_enabled(void)
{
	return !state.off;
}

void catch_enable(bool on)
{
	state.off = !on;
}

const struct catch_record *catch_last(void)
{
	return state.last.count ? &state.last : NULL;
}

void catch_clear(void)
{
	state.last.count = 0;
}

u64 catch_count(void)
{
	return state.count;
}

void catch_disarm(bool disarmed)
{
	state.disarmed = disarmed;
}

void catch_foreign(bool running)
{
	state.foreign = running;
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
static void install(void)
{
	u64 vbar = (ulong)mmu_pfa_vectors;

	mmu_pfa_catch_gd = (struct global_data *)gd;
	asm volatile("msr sp_el0, %0" : : "r" (stack + STACK_SIZE));
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

void catch_enter(struct catch_point *point)
{
	install();
	point->daif = read_reg(daif);
	point->prev = state.innermost;
	state.innermost = point;
}

void catch_end(struct catch_point *point)
{
	state.innermost = point->prev;
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

/* Whether a fault ends in a catch point, or is for U-Boot to report. */
static bool is_ours(const struct catch_frame *frame)
{
	if (!state.innermost || state.disarmed)
		return false;
	return !state.foreign || catch_in_uboot(frame->elr);
}

static void record(const struct catch_frame *frame)
{
	struct catch_record *last = &state.last;
	const struct pgtable_step *step;

	*last = (struct catch_record){
		.fault = fault_decode(frame->esr, frame->far),
		.pc = frame->elr,
		.lr = frame->x[30],
		.sp = frame->sp,
		.count = ++state.count,
	};
	if (!last->fault.has_addr)
		return;
	pgtable_walk(live_pgtable(), last->fault.addr, &last->walk);
	if (last->fault.kind != FAULT_UNMAPPED || !last->walk.steps)
		return;
	step = pgtable_last_step(&last->walk);
	if (pte_no_access(step->pte, step->level))
		last->fault.kind = FAULT_NO_ACCESS;
}

/* Make the return from the exception the second return of catch_save(). */
static void resume_at(struct catch_frame *frame,
		      const struct catch_point *point)
{
	for (unsigned int i = 0; i < 12; i++)
		frame->x[19 + i] = point->env[i];
	frame->x[0] = 1;
	frame->x[18] = (ulong)gd;
	frame->sp = point->env[12];
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

bool catch_fault(struct catch_frame *frame)
{
	struct catch_point *point = state.innermost;

	if (is_resolved(frame))
		return true;
	if (is_ours(frame)) {
		record(frame);
		state.innermost = point->prev;
		resume_at(frame, point);
		return true;
	}
	if (!is_writable_stack(frame->sp))
		frame->sp = (ulong)mmu_pfa_report + REPORT_STACK_BYTES;
	return false;
}
