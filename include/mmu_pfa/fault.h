/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What a synchronous exception means: from the syndrome to words. Portable; the
 * encodings are those of ESR_ELx (Arm ARM DDI 0487, D24.2), the same at each
 * exception level.
 */

#ifndef _MMU_PFA_FAULT_H
#define _MMU_PFA_FAULT_H

#include <mmu_pfa/port.h>

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

#endif /* _MMU_PFA_FAULT_H */
