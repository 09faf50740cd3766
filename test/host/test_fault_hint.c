// SPDX-License-Identifier: GPL-2.0+
/*
 * The hint of a report: for each kind of fault, in each kind of place.
 */

#include <mmu_pfa/fault.h>

#include "tap.h"

#include <string.h>

#define STACK_BOTTOM	0x7e000000ull
#define PAGE_RAM	0x48000000ull

static const struct fault_place nowhere = {
	.sp = STACK_BOTTOM + 0x100000,
	.stack_bottom = STACK_BOTTOM,
	.va_bits = 40,
	.pa_bits = 40,
};

static struct fault fault_at(enum fault_kind kind, enum fault_access access,
			     u64 addr)
{
	return (struct fault){ .kind = kind, .access = access, .has_addr = true,
			       .addr = addr };
}

static bool hints(struct fault fault, struct fault_place place,
		  enum fault_hint hint, const char *attrs)
{
	const char *got = "";

	return fault_hint(&fault, &place, &got) == hint && !strcmp(got, attrs);
}

/* Proves: FLT-021 */
HOST_TEST(hint_null_pointer_in_the_first_page_only)
{
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, 0), nowhere,
		     FAULT_HINT_NULL, ""));
	EXPECT(hints(fault_at(FAULT_NO_ACCESS, FAULT_WRITE, 0xfff), nowhere,
		     FAULT_HINT_NULL, ""));
	EXPECT(hints(fault_at(FAULT_PERM, FAULT_EXEC, 0), nowhere,
		     FAULT_HINT_NULL, ""));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, 0x1000), nowhere,
		     FAULT_HINT_MAP, "dev"));
	/* A device at address 0 that does not answer is no NULL pointer */
	EXPECT(hints(fault_at(FAULT_BUS, FAULT_READ, 0), nowhere,
		     FAULT_HINT_BUS, ""));
}

/* Proves: FLT-021 */
HOST_TEST(hint_stack_overflow_needs_the_stack_pointer_there)
{
	struct fault_place place = nowhere;
	struct fault fault = fault_at(FAULT_NO_ACCESS, FAULT_WRITE,
				      STACK_BOTTOM + 0xff0);

	place.ram = true;
	EXPECT(!hints(fault, place, FAULT_HINT_STACK, ""));
	/* A push from just above the guard */
	place.sp = STACK_BOTTOM + 0x1000;
	EXPECT(hints(fault, place, FAULT_HINT_STACK, ""));
	/* A large frame, whose pointer is below already */
	place.sp = STACK_BOTTOM - 0x8000;
	EXPECT(hints(fault, place, FAULT_HINT_STACK, ""));
	fault.addr = STACK_BOTTOM - 0x10;
	EXPECT(hints(fault, place, FAULT_HINT_STACK, ""));
	fault.kind = FAULT_UNMAPPED;
	EXPECT(hints(fault, place, FAULT_HINT_STACK, ""));
	/* Above the guard, far below it, a jump */
	fault.addr = STACK_BOTTOM + 0x1000;
	EXPECT(!hints(fault, place, FAULT_HINT_STACK, ""));
	fault.addr = STACK_BOTTOM - 0x20000;
	EXPECT(!hints(fault, place, FAULT_HINT_STACK, ""));
	fault = fault_at(FAULT_UNMAPPED, FAULT_EXEC, STACK_BOTTOM);
	EXPECT(!hints(fault, place, FAULT_HINT_STACK, ""));
	/* An access through SP itself after it went astray is none either */
	fault = fault_at(FAULT_UNMAPPED, FAULT_WRITE, 0x4020000000);
	place.sp = 0x4020000010;
	EXPECT(!hints(fault, place, FAULT_HINT_STACK, ""));
}

/* Proves: FLT-021 FLT-022 */
HOST_TEST(hint_map_where_a_mapping_is_missing)
{
	struct fault_place ram = nowhere, small = nowhere;

	ram.ram = true;
	small.pa_bits = 36;
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, PAGE_RAM), ram,
		     FAULT_HINT_MAP, "wb"));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_WRITE, 0x4020000000),
		     nowhere, FAULT_HINT_MAP, "dev"));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_EXEC, PAGE_RAM), ram,
		     FAULT_HINT_MAP, "ro,x"));
	/* Code in a device, or at an address that cannot be physical */
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_EXEC, 0x4020000000),
		     nowhere, FAULT_HINT_NONE, ""));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, 0x4020000000), small,
		     FAULT_HINT_NONE, ""));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, 1ull << 40), nowhere,
		     FAULT_HINT_BEYOND, ""));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, ~0ull), nowhere,
		     FAULT_HINT_BEYOND, ""));
}

/* Proves: FLT-021 FLT-022 */
HOST_TEST(hint_allow_never_makes_memory_writable_and_executable)
{
	struct fault_place place = nowhere;
	struct fault write = fault_at(FAULT_PERM, FAULT_WRITE, PAGE_RAM);
	struct fault exec = fault_at(FAULT_PERM, FAULT_EXEC, PAGE_RAM);

	EXPECT(hints(write, place, FAULT_HINT_NONE, ""));
	place.has_leaf = true;
	place.attr = (struct vmsa_attr){ .type = VMSA_WB, .perm = VMSA_RO };
	EXPECT(hints(write, place, FAULT_HINT_ALLOW, "rw"));
	EXPECT(hints(exec, place, FAULT_HINT_ALLOW, "ro,x"));
	place.attr.exec = true;
	EXPECT(hints(write, place, FAULT_HINT_ALLOW, "rw,nx"));
	place.attr.exec = false;
	place.attr.type = VMSA_DEV_NGNRE;
	EXPECT(hints(exec, place, FAULT_HINT_NONE, ""));
	place.rail = true;
	EXPECT(hints(write, place, FAULT_HINT_RAIL, ""));
	EXPECT(hints(exec, place, FAULT_HINT_RAIL, ""));
}

/* Proves: FLT-022 */
HOST_TEST(hint_never_asks_to_write_what_is_kept)
{
	static const enum fault_kind closed[] = { FAULT_PERM, FAULT_NO_ACCESS };
	struct fault_place place = nowhere;

	place.ram = true;
	place.kept = true;
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_READ, PAGE_RAM), place,
		     FAULT_HINT_MAP, "ro"));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_EXEC, PAGE_RAM), place,
		     FAULT_HINT_MAP, "ro,x"));
	EXPECT(hints(fault_at(FAULT_UNMAPPED, FAULT_WRITE, PAGE_RAM), place,
		     FAULT_HINT_KEPT, ""));
	place.has_leaf = true;
	place.attr = (struct vmsa_attr){ .type = VMSA_WB, .exec = true };
	for (unsigned int i = 0; i < ARRAY_SIZE(closed); i++) {
		EXPECT(hints(fault_at(closed[i], FAULT_READ, PAGE_RAM), place,
			     FAULT_HINT_ALLOW, "ro"));
		EXPECT(hints(fault_at(closed[i], FAULT_EXEC, PAGE_RAM), place,
			     FAULT_HINT_ALLOW, "ro,x"));
		EXPECT(hints(fault_at(closed[i], FAULT_WRITE, PAGE_RAM), place,
			     FAULT_HINT_KEPT, ""));
	}
	/* What is not to be changed at all comes first. */
	place.rail = true;
	EXPECT(hints(fault_at(FAULT_PERM, FAULT_WRITE, PAGE_RAM), place,
		     FAULT_HINT_RAIL, ""));
}

/* Proves: FLT-021 */
HOST_TEST(hint_for_what_no_mapping_helps)
{
	struct fault_place place = nowhere;
	struct fault align = fault_at(FAULT_ALIGN, FAULT_READ, 0x8000001);
	static const enum fault_kind broken[] = {
		FAULT_ADDR_SIZE, FAULT_ACCESS_FLAG, FAULT_BUS_ON_WALK,
		FAULT_TLB_CONFLICT,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(broken); i++)
		EXPECT(hints(fault_at(broken[i], FAULT_READ, PAGE_RAM), place,
			     FAULT_HINT_TABLES, ""));
	EXPECT(hints(align, place, FAULT_HINT_NONE, ""));
	place.has_leaf = true;
	place.attr.type = VMSA_WB;
	EXPECT(hints(align, place, FAULT_HINT_NONE, ""));
	place.attr.type = VMSA_DEV_NGNRNE;
	EXPECT(hints(align, place, FAULT_HINT_ALIGN, ""));
	EXPECT(hints((struct fault){ .kind = FAULT_UNDEF }, place,
		     FAULT_HINT_NONE, ""));
	EXPECT(hints((struct fault){ .kind = FAULT_BUS }, place, FAULT_HINT_BUS,
		     ""));
}
