/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The first and the last object of the extension, in the order in which the
 * Makefiles name them, mark where its code and its variables begin and end: the
 * linker keeps that order. What handles a fault is all in between.
 */

.macro	mark	where
	.section .text.mmu_pfa_\where, "ax", %progbits
	.globl	mmu_pfa_code_\where
mmu_pfa_code_\where:
	.section .data.mmu_pfa_\where, "aw", %progbits
	.globl	mmu_pfa_data_\where
mmu_pfa_data_\where:
	.section .bss.mmu_pfa_\where, "aw", %nobits
	.globl	mmu_pfa_bss_\where
mmu_pfa_bss_\where:
.endm
