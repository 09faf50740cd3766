// SPDX-License-Identifier: GPL-2.0+
/*
 * What is usually behind a fault: see fault_hint() in fault.h.
 */

#include <mmu_pfa/fault.h>

/* Faults below this address are called what they nearly always are. */
#define NULL_PAGE_END	FRAME_SIZE

/* A stack guard is the last page of the stack, or is right below it. */
#define GUARD_SIZE	FRAME_SIZE
/* Frames of functions are smaller than that. */
#define LARGE_FRAME	(64ull << 10)

/* Whether an access near the stack pointer went past the end of the stack. */
static bool is_stack_overflow(const struct fault *fault,
			      const struct fault_place *place)
{
	u64 end = place->stack_bottom + GUARD_SIZE;

	if (fault->access == FAULT_EXEC || !place->stack_bottom)
		return false;
	return fault->addr < end && end - fault->addr <= LARGE_FRAME &&
	       place->sp + LARGE_FRAME - fault->addr <= 2 * LARGE_FRAME;
}

static bool is_about_access(const struct fault *fault)
{
	return fault->kind == FAULT_UNMAPPED ||
	       fault->kind == FAULT_NO_ACCESS || fault->kind == FAULT_PERM;
}

/* What is kept may be looked at. */
static bool is_kept_from(const struct fault *fault,
			 const struct fault_place *place)
{
	return place->kept && fault->access == FAULT_WRITE;
}

/* An identity mapping, of RAM where there is any. */
static enum fault_hint hint_to_map(const struct fault *fault,
				   const struct fault_place *place,
				   const char **attrs)
{
	if (fault->addr >> place->va_bits)
		return FAULT_HINT_BEYOND;
	if (fault->addr >> place->pa_bits ||
	    (fault->access == FAULT_EXEC && !place->ram))
		return FAULT_HINT_NONE;
	if (is_kept_from(fault, place))
		return FAULT_HINT_KEPT;
	if (fault->access == FAULT_EXEC)
		*attrs = "ro,x";
	else if (place->kept)
		*attrs = "ro";
	else
		*attrs = place->ram ? "wb" : "dev";
	return FAULT_HINT_MAP;
}

/* The least that makes the access legal, and never writable and executable. */
static enum fault_hint hint_to_allow(const struct fault *fault,
				     const struct fault_place *place,
				     const char **attrs)
{
	if (place->rail)
		return FAULT_HINT_RAIL;
	if (!place->has_leaf)
		return FAULT_HINT_NONE;
	if (fault->access == FAULT_EXEC && vmsa_type_is_device(place->attr.type))
		return FAULT_HINT_NONE;
	if (is_kept_from(fault, place))
		return FAULT_HINT_KEPT;
	if (fault->access == FAULT_EXEC)
		*attrs = "ro,x";
	else if (place->kept)
		*attrs = "ro";
	else
		*attrs = place->attr.exec ? "rw,nx" : "rw";
	return FAULT_HINT_ALLOW;
}

enum fault_hint fault_hint(const struct fault *fault,
			   const struct fault_place *place, const char **attrs)
{
	if (fault->has_addr && is_about_access(fault)) {
		if (fault->addr < NULL_PAGE_END)
			return FAULT_HINT_NULL;
		if (is_stack_overflow(fault, place))
			return FAULT_HINT_STACK;
	}
	switch (fault->kind) {
	case FAULT_UNMAPPED:
		return hint_to_map(fault, place, attrs);
	case FAULT_NO_ACCESS:
	case FAULT_PERM:
		return hint_to_allow(fault, place, attrs);
	case FAULT_BUS:
		return FAULT_HINT_BUS;
	case FAULT_ALIGN:
		return place->has_leaf && vmsa_type_is_device(place->attr.type) ?
		       FAULT_HINT_ALIGN : FAULT_HINT_NONE;
	case FAULT_ADDR_SIZE:
	case FAULT_ACCESS_FLAG:
	case FAULT_BUS_ON_WALK:
	case FAULT_TLB_CONFLICT:
		return FAULT_HINT_TABLES;
	default:
		return FAULT_HINT_NONE;
	}
}
