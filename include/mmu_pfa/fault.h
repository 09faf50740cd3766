/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What a synchronous exception means: from the syndrome to words. Portable; the
 * encodings are those of ESR_ELx (Arm ARM DDI 0487, D24.2), the same at each
 * exception level.
 */

#ifndef _MMU_PFA_FAULT_H
#define _MMU_PFA_FAULT_H

#include <mmu_pfa/vmsa.h>

/** enum fault_kind - why an instruction could not go on */
enum fault_kind {
	FAULT_NONE,
	FAULT_UNMAPPED,		/* no translation */
	FAULT_NO_ACCESS,	/* an entry that `none` took the access from */
	FAULT_ADDR_SIZE,	/* an address beyond what tables may hold */
	FAULT_ACCESS_FLAG,	/* the entry's access flag is clear */
	FAULT_PERM,		/* the entry forbids this access */
	FAULT_BUS,		/* mapped, but nothing answered */
	FAULT_BUS_ON_WALK,	/* nothing answered where a table should be */
	FAULT_ALIGN,		/* data not aligned as the access demands */
	FAULT_PC_ALIGN,
	FAULT_SP_ALIGN,
	FAULT_UNDEF,		/* no instruction, or not here */
	FAULT_BREAK,		/* a BRK instruction */
	FAULT_TLB_CONFLICT,	/* two translations in the TLB */
	FAULT_SERROR,		/* asynchronous: nobody knows which access */
	FAULT_OTHER,
	FAULT_KINDS,
};

/** enum fault_access - what the instruction tried */
enum fault_access {
	FAULT_READ,
	FAULT_WRITE,
	FAULT_EXEC,
};

/**
 * struct fault - an exception, decoded
 *
 * @kind:      why
 * @access:    what was tried; FAULT_EXEC where @kind is about instructions
 * @has_addr:  @addr is the address that faulted
 * @has_level: @level is that of the entry that ended the walk
 * @level:     see there
 * @addr:      virtual address
 * @esr:       the syndrome
 */
struct fault {
	enum fault_kind kind;
	enum fault_access access;
	bool has_addr;
	bool has_level;
	u8 level;
	u64 addr;
	u64 esr;
};

/**
 * fault_decode() - what a syndrome says
 *
 * FAR_ELx holds an address only for aborts and PC alignment faults, and not
 * even for all of those; elsewhere it is left over from an earlier one.
 */
struct fault fault_decode(u64 esr, u64 far);

/* The kind as it is printed and stored: "unmapped", "write-perm", "bus"... */
const char *fault_name(const struct fault *fault);

/* "read", "write" or "exec". */
const char *fault_access_name(enum fault_access access);

/** enum fault_hint - what is usually behind a fault, or would help */
enum fault_hint {
	FAULT_HINT_NONE,
	FAULT_HINT_NULL,	/* a NULL pointer */
	FAULT_HINT_STACK,	/* the stack is too small, or recursion */
	FAULT_HINT_BEYOND,	/* no table can map the address */
	FAULT_HINT_RAIL,	/* U-Boot's own, and so on purpose */
	FAULT_HINT_KEPT,	/* memory that is not to be written */
	FAULT_HINT_MAP,		/* map the page */
	FAULT_HINT_ALLOW,	/* change what the page allows */
	FAULT_HINT_BUS,		/* mapped, but nothing is there */
	FAULT_HINT_ALIGN,	/* a device wants it aligned */
	FAULT_HINT_TABLES,	/* the tables are broken */
};

/**
 * struct fault_place - what surrounds a fault
 *
 * @sp:	     the stack pointer
 * @stack_bottom: the lowest address that the stack may use
 * @va_bits: size of virtual addresses
 * @pa_bits: size of physical addresses
 * @ram:     the physical page of the same address is RAM
 * @rail:    the page is not to be changed: U-Boot stands on it
 * @kept:    the physical memory is not to be mapped writable: what the page maps,
 *	     or would
 * @has_leaf: a leaf ends the walk, or what `none` left of one: @attr is its
 */
struct fault_place {
	u64 sp;
	u64 stack_bottom;
	u8 va_bits;
	u8 pa_bits;
	bool ram;
	bool rail;
	bool kept;
	bool has_leaf;
	struct vmsa_attr attr;
};

/**
 * fault_hint() - the most likely reason, or the remedy
 *
 * @attrs: for FAULT_HINT_MAP and FAULT_HINT_ALLOW receives the attribute word
 *	   for `mmu map` or `mmu protect`
 */
enum fault_hint fault_hint(const struct fault *fault,
			   const struct fault_place *place, const char **attrs);

#endif /* _MMU_PFA_FAULT_H */
