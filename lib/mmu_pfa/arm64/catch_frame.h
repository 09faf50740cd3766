/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the entry of an exception leaves on the stack; shared with assembly.
 */

#ifndef _MMU_PFA_CATCH_FRAME_H
#define _MMU_PFA_CATCH_FRAME_H

#define FRAME_SP	0xf8
#define FRAME_ELR	0x100
#define FRAME_SPSR	0x108
#define FRAME_ESR	0x110
#define FRAME_FAR	0x118
#define FRAME_BYTES	0x120

/* For U-Boot's report of a fault that left no usable stack. */
#define REPORT_STACK_BYTES	0x2000

/* How often U-Boot may report that the handler has faulted. */
#define NESTED_MAX	3

/*
 * What that is counted in is this, exclusive-or the count; anything else is 0.
 * A pattern that is an immediate operand.
 */
#define NESTED_MAGIC	0x1818181818181818

/* What a handler decides */
#define CATCH_CHAIN_SYNC	0	/* U-Boot's vector for the same */
#define CATCH_RESUME		1	/* what the frame says */
#define CATCH_CHAIN_SERROR	2

#ifndef __ASSEMBLY__

#include <mmu_pfa/fault.h>

/* catch_vectors.S: the table, not a function to be called. */
void mmu_pfa_vectors(void);

/* U-Boot's own (exceptions.S): a table as well. */
void vectors(void);

/* The state that was interrupted; what is changed in it is resumed. */
struct catch_frame {
	u64 x[31];
	u64 sp;
	u64 elr;
	u64 spsr;
	u64 esr;
	u64 far;
};

/**
 * struct catch_resolver - somebody who lets code go on that has faulted
 *
 * Both are called in the exception, on its private stack, with exceptions
 * masked, for every fault in U-Boot or in what it has started. They may change
 * the frame and the tables; they must not print, allocate or fault.
 *
 * @resolve: whether the fault is settled and the frame is to be resumed
 * @give_up: (may be NULL) nobody has settled the fault: make the frame tell what
 *	     it would without this resolver, if it had changed that
 * @next:    the one asked after this one
 */
struct catch_resolver {
	bool (*resolve)(struct catch_frame *frame, const struct fault *fault);
	void (*give_up)(struct catch_frame *frame);
	struct catch_resolver *next;
};

/* Ask @resolver from now on, after those that are asked already. Once each. */
void catch_add_resolver(struct catch_resolver *resolver);

/* What is to be done with the frame: CATCH_... */
unsigned int catch_fault(struct catch_frame *frame);
unsigned int catch_serror(struct catch_frame *frame);

#endif

#endif /* _MMU_PFA_CATCH_FRAME_H */
