/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The break-before-make of an entry that maps this very code, run from an alias
 * of its page; see window.c.
 *
 * x0: alias of the entry, x1: what it becomes, x2: exception level
 * x3: out: PAR_EL1 for the address in x3 while the entry is broken
 *
 * No stack, no literal, no symbol: between the break and the make only this
 * page and that of the entry have a translation that anybody needs. Exceptions
 * are masked, as the vectors have none either. It returns to the caller's own
 * address, which translates again by then.
 */

#include <linux/linkage.h>

	/* All of it within one page, whatever the linker does. */
	.balign	256
ENTRY(mmu_pfa_window_stub)
	mrs	x9, daif
	msr	daifset, #0xf
	str	xzr, [x0]
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
	str	x1, [x0]
	dsb	ishst
	isb
	msr	daif, x9
	mov	x0, x10
	ret
ENDPROC(mmu_pfa_window_stub)
