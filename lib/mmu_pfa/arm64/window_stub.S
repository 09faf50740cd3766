/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The break-before-make of entries that map this very code, run from an alias of
 * its page; see window.c.
 *
 * x0: alias of the first entry, x1: each becomes itself XOR this
 * x2: exception level, x3: an address, x4: how many entries
 * Returns PAR_EL1 for the address in x3 while they are broken.
 *
 * No stack, no literal, no symbol: between the break and the make only this
 * page and that of the entries have a translation that anybody needs. Exceptions
 * are masked, as the vectors have none either. It returns to the caller's own
 * address, which translates again by then.
 *
 * A broken entry keeps all but its lowest bit, so that it tells what to make.
 */

#include <linux/linkage.h>

	/* All of it within one page, whatever the linker does. */
	.balign	256
ENTRY(mmu_pfa_window_stub)
	mrs	x9, daif
	msr	daifset, #0xf
	mov	x5, x0
	mov	x6, x4
8:	ldr	x7, [x5]
	bic	x7, x7, #1
	str	x7, [x5], #8
	subs	x6, x6, #1
	b.ne	8b
	dsb	ishst
	cmp	x2, #2
	b.lo	1f
	b.eq	2f
	tlbi	alle3
	b	3f
2:	tlbi	alle2
	b	3f
1:	tlbi	vmalle1
3:	dsb	nsh
	isb
	b.lo	4f
	b.eq	5f
	at	s1e3r, x3
	b	6f
5:	at	s1e2r, x3
	b	6f
4:	at	s1e1r, x3
6:	isb
	mrs	x10, par_el1
	orr	x1, x1, #1
7:	ldr	x7, [x0]
	eor	x7, x7, x1
	str	x7, [x0], #8
	subs	x4, x4, #1
	b.ne	7b
	dsb	ishst
	isb
	msr	daif, x9
	mov	x0, x10
	ret
ENDPROC(mmu_pfa_window_stub)
