// SPDX-License-Identifier: GPL-2.0+
/*
 * The decoder of syndromes, with values put together from the Arm ARM: QEMU
 * raises only some of them.
 */

#include <mmu_pfa/fault.h>

#include "tap.h"

#include <string.h>

#define ESR(ec, iss)	((u64)(ec) << 26 | 1ull << 25 | (iss))
#define IABT		0x21
#define DABT		0x25
#define WNR		(1u << 6)
#define FNV		(1u << 10)
#define FAR		0x4020000000ull

static bool is_abort(u64 esr, const char *name, enum fault_access access,
		     int level)
{
	struct fault fault = fault_decode(esr, FAR);

	return !strcmp(fault_name(&fault), name) && fault.access == access &&
	       fault.has_addr && fault.addr == FAR && fault.esr == esr &&
	       fault.has_level == (level >= 0) &&
	       (level < 0 || fault.level == level);
}

/* Proves: FLT-001 */
HOST_TEST(fault_translation_of_each_level_and_access)
{
	for (int level = 0; level < 4; level++) {
		EXPECT(is_abort(ESR(DABT, 0x04 + level), "unmapped", FAULT_READ,
				level));
		EXPECT(is_abort(ESR(DABT, WNR | (0x04 + level)), "unmapped",
				FAULT_WRITE, level));
		EXPECT(is_abort(ESR(IABT, 0x04 + level), "unmapped", FAULT_EXEC,
				level));
	}
}

/* Proves: FLT-001 */
HOST_TEST(fault_permission_is_named_by_the_access)
{
	EXPECT(is_abort(ESR(DABT, 0x0d), "read-perm", FAULT_READ, 1));
	EXPECT(is_abort(ESR(DABT, WNR | 0x0f), "write-perm", FAULT_WRITE, 3));
	EXPECT(is_abort(ESR(IABT, 0x0e), "exec-perm", FAULT_EXEC, 2));
}

/* Proves: FLT-001 */
HOST_TEST(fault_other_aborts)
{
	EXPECT(is_abort(ESR(DABT, 0x00), "addr-size", FAULT_READ, 0));
	EXPECT(is_abort(ESR(DABT, 0x0b), "access-flag", FAULT_READ, 3));
	EXPECT(is_abort(ESR(DABT, 0x10), "bus", FAULT_READ, -1));
	EXPECT(is_abort(ESR(DABT, 0x18), "bus", FAULT_READ, -1));
	EXPECT(is_abort(ESR(DABT, WNR | 0x10), "bus", FAULT_WRITE, -1));
	EXPECT(is_abort(ESR(IABT, 0x10), "bus", FAULT_EXEC, -1));
	EXPECT(is_abort(ESR(DABT, 0x15), "bus-on-walk", FAULT_READ, 1));
	EXPECT(is_abort(ESR(IABT, 0x1e), "bus-on-walk", FAULT_EXEC, 2));
	EXPECT(is_abort(ESR(DABT, 0x21), "align", FAULT_READ, -1));
	EXPECT(is_abort(ESR(DABT, 0x30), "tlb-conflict", FAULT_READ, -1));
	EXPECT(is_abort(ESR(DABT, 0x35), "other", FAULT_READ, -1));
	/* From a lower level, as an EFI application may run at */
	EXPECT(is_abort(ESR(0x24, 0x06), "unmapped", FAULT_READ, 2));
	EXPECT(is_abort(ESR(0x20, 0x06), "unmapped", FAULT_EXEC, 2));
}

static bool has_no_addr(u64 esr, const char *name)
{
	struct fault fault = fault_decode(esr, FAR);

	return !strcmp(fault_name(&fault), name) && !fault.has_addr &&
	       !fault.addr && !fault.has_level;
}

/* Proves: FLT-002 */
HOST_TEST(fault_address_only_where_there_is_one)
{
	EXPECT(has_no_addr(ESR(DABT, FNV | 0x10), "bus"));
	EXPECT(has_no_addr(ESR(0x00, 0), "undef"));
	EXPECT(has_no_addr(ESR(0x0e, 0), "undef"));
	EXPECT(has_no_addr(ESR(0x18, 0), "undef"));
	EXPECT(has_no_addr(ESR(0x26, 0), "sp-align"));
	EXPECT(has_no_addr(ESR(0x2f, 0), "serror"));
	EXPECT(has_no_addr(ESR(0x3c, 0xdead), "break"));
	EXPECT(has_no_addr(ESR(0x3f, 0), "other"));
	EXPECT(fault_decode(ESR(0x22, 0), FAR).has_addr);
	EXPECT_EQ(fault_decode(ESR(0x22, 0), FAR).kind, FAULT_PC_ALIGN);
}
