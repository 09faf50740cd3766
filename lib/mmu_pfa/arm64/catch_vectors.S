/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Exception vectors in front of U-Boot's own.
 *
 * Only a synchronous exception or an SError from our own level and stack is
 * looked at; every other slot branches to the slot of U-Boot at the same offset,
 * with nothing touched. U-Boot runs on SP_ELx and never uses SP_EL0, so that is the private
 * stack: selecting it needs no scratch register, and works with any stack
 * pointer. A fault inside the handler arrives in another slot, that for SP_EL0.
 */

#include <config.h>
#include <asm/macro.h>
#include <linux/linkage.h>

#include "catch_frame.h"

.macro	chain	offset
	.align	7
	b	vectors + \offset
.endm

	.text
	.align	11
ENTRY(mmu_pfa_vectors)
	.align	7			/* sync, SP_EL0: our handler faulted */
	b	fault_in_handler
	chain	0x080
	chain	0x100
	chain	0x180
	.align	7			/* sync, SP_ELx */
	b	fault_in_uboot
	chain	0x280
	chain	0x300
	.align	7			/* SError, SP_ELx */
	b	serror_in_uboot
	chain	0x400
	chain	0x480
	chain	0x500
	chain	0x580
	chain	0x600
	chain	0x680
	chain	0x700
	chain	0x780
ENDPROC(mmu_pfa_vectors)

/* Onto the private stack, with the function to call in x1 */
.macro	enter	function
	msr	spsel, #0
	sub	sp, sp, #FRAME_BYTES
	stp	x0, x1, [sp, #0x00]
	adrp	x1, \function
	add	x1, x1, #:lo12:\function
.endm

serror_in_uboot:
	enter	catch_serror
	b	save_frame
fault_in_uboot:
	enter	catch_fault
save_frame:
	stp	x2, x3, [sp, #0x10]
	stp	x4, x5, [sp, #0x20]
	stp	x6, x7, [sp, #0x30]
	stp	x8, x9, [sp, #0x40]
	stp	x10, x11, [sp, #0x50]
	stp	x12, x13, [sp, #0x60]
	stp	x14, x15, [sp, #0x70]
	stp	x16, x17, [sp, #0x80]
	stp	x18, x19, [sp, #0x90]
	stp	x20, x21, [sp, #0xa0]
	stp	x22, x23, [sp, #0xb0]
	stp	x24, x25, [sp, #0xc0]
	stp	x26, x27, [sp, #0xd0]
	stp	x28, x29, [sp, #0xe0]
	str	x30, [sp, #0xf0]
	msr	spsel, #1
	mov	x5, sp
	msr	spsel, #0
	switch_el x6, 3f, 2f, 1f
3:	mrs	x7, elr_el3
	mrs	x8, spsr_el3
	mrs	x9, esr_el3
	mrs	x10, far_el3
	b	0f
2:	mrs	x7, elr_el2
	mrs	x8, spsr_el2
	mrs	x9, esr_el2
	mrs	x10, far_el2
	b	0f
1:	mrs	x7, elr_el1
	mrs	x8, spsr_el1
	mrs	x9, esr_el1
	mrs	x10, far_el1
0:	str	x5, [sp, #FRAME_SP]
	stp	x7, x8, [sp, #FRAME_ELR]
	stp	x9, x10, [sp, #FRAME_ESR]

	/* x18 is gd, but only while U-Boot's own code runs */
	adrp	x18, mmu_pfa_catch_gd
	ldr	x18, [x18, #:lo12:mmu_pfa_catch_gd]
	mov	x0, sp
	blr	x1

	/* Back to what the frame says, by eret or through U-Boot's vectors */
	mov	x7, x0
	ldr	x5, [sp, #FRAME_SP]
	ldp	x1, x2, [sp, #FRAME_ELR]
	switch_el x6, 3f, 2f, 1f
3:	msr	elr_el3, x1
	msr	spsr_el3, x2
	b	0f
2:	msr	elr_el2, x1
	msr	spsr_el2, x2
	b	0f
1:	msr	elr_el1, x1
	msr	spsr_el1, x2
0:	msr	spsel, #1
	mov	sp, x5
	msr	spsel, #0
	/* The flags carry the answer past the registers; eret restores them */
	cmp	w7, #CATCH_RESUME
	ldp	x0, x1, [sp, #0x00]
	ldp	x2, x3, [sp, #0x10]
	ldp	x4, x5, [sp, #0x20]
	ldp	x6, x7, [sp, #0x30]
	ldp	x8, x9, [sp, #0x40]
	ldp	x10, x11, [sp, #0x50]
	ldp	x12, x13, [sp, #0x60]
	ldp	x14, x15, [sp, #0x70]
	ldp	x16, x17, [sp, #0x80]
	ldp	x18, x19, [sp, #0x90]
	ldp	x20, x21, [sp, #0xa0]
	ldp	x22, x23, [sp, #0xb0]
	ldp	x24, x25, [sp, #0xc0]
	ldp	x26, x27, [sp, #0xd0]
	ldp	x28, x29, [sp, #0xe0]
	ldr	x30, [sp, #0xf0]
	add	sp, sp, #FRAME_BYTES
	b.ne	1f
	eret
1:	msr	spsel, #1
	b.hi	2f
	b	vectors + 0x200
2:	b	vectors + 0x380

/*
 * U-Boot's report for a fault of ours, on a stack that is known to be good. The
 * thread registers are unused in U-Boot, and these two accessible everywhere:
 * one is scratch, the other counts, whatever a program has left there. A report
 * that leads here again and again is given up for U-Boot's reset, and a reset
 * that leads here as well for standing still: without any use of memory.
 */
fault_in_handler:
	msr	tpidr_el1, x0
	mrs	x0, tpidr_el0
	eor	x0, x0, #NESTED_MAGIC
	cmp	x0, #NESTED_MAX + 2
	csel	x0, x0, xzr, ls
	add	x0, x0, #1
	eor	x0, x0, #NESTED_MAGIC
	msr	tpidr_el0, x0
	eor	x0, x0, #NESTED_MAGIC
	cmp	x0, #NESTED_MAX + 1
	b.hi	2f
	msr	spsel, #1
	adrp	x0, mmu_pfa_report
	add	x0, x0, #:lo12:mmu_pfa_report
	add	x0, x0, #REPORT_STACK_BYTES
	mov	sp, x0
	b.eq	1f
	mrs	x0, tpidr_el1
	b	vectors + 0x200
1:	adrp	x18, mmu_pfa_catch_gd
	ldr	x18, [x18, #:lo12:mmu_pfa_catch_gd]
	bl	reset_cpu
2:	wfi
	b	2b

/* As U-Boot's setjmp(), without depending on which header declares it. */
ENTRY(catch_save)
	stp	x19, x20, [x0, #0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	mov	x2, sp
	str	x2, [x0, #96]
	mov	x0, #0
	ret
ENDPROC(catch_save)
