// SPDX-License-Identifier: GPL-2.0+
/*
 * What a synchronous exception means: see fault.h.
 */

#include <mmu_pfa/fault.h>

#define ESR_EC(esr)		((esr) >> 26 & 0x3f)
#define EC_UNKNOWN		0x00
#define EC_ILLEGAL_STATE	0x0e
#define EC_SYSREG		0x18
#define EC_IABT_LOWER		0x20
#define EC_IABT			0x21
#define EC_PC_ALIGN		0x22
#define EC_DABT_LOWER		0x24
#define EC_DABT			0x25
#define EC_SP_ALIGN		0x26
#define EC_SERROR		0x2f
#define EC_BRK			0x3c

/* Of aborts */
#define ISS_FSC(esr)		((esr) & 0x3f)
#define ISS_WNR			(1ull << 6)
#define ISS_FNV			(1ull << 10)

/* Fault status codes with a level in the lowest bits */
#define FSC_ADDR_SIZE		0x00
#define FSC_TRANSLATION		0x04
#define FSC_ACCESS_FLAG		0x08
#define FSC_PERMISSION		0x0c
#define FSC_BUS_ON_WALK		0x14
#define FSC_PARITY_ON_WALK	0x1c
/* and without */
#define FSC_BUS			0x10
#define FSC_PARITY		0x18
#define FSC_ALIGN		0x21
#define FSC_TLB_CONFLICT	0x30

static enum fault_kind abort_kind(unsigned int fsc, bool *has_level)
{
	*has_level = true;
	switch (fsc & ~3u) {
	case FSC_ADDR_SIZE:
		return FAULT_ADDR_SIZE;
	case FSC_TRANSLATION:
		return FAULT_UNMAPPED;
	case FSC_ACCESS_FLAG:
		return FAULT_ACCESS_FLAG;
	case FSC_PERMISSION:
		return FAULT_PERM;
	case FSC_BUS_ON_WALK:
	case FSC_PARITY_ON_WALK:
		return FAULT_BUS_ON_WALK;
	}
	*has_level = false;
	switch (fsc) {
	case FSC_BUS:
	case FSC_PARITY:
		return FAULT_BUS;
	case FSC_ALIGN:
		return FAULT_ALIGN;
	case FSC_TLB_CONFLICT:
		return FAULT_TLB_CONFLICT;
	}
	return FAULT_OTHER;
}

static void decode_abort(struct fault *fault, bool exec, u64 far)
{
	unsigned int fsc = ISS_FSC(fault->esr);

	fault->kind = abort_kind(fsc, &fault->has_level);
	fault->level = fsc & 3;
	fault->access = exec ? FAULT_EXEC :
			fault->esr & ISS_WNR ? FAULT_WRITE : FAULT_READ;
	/* Only an external abort of the access itself may come without one. */
	fault->has_addr = fsc != FSC_BUS || !(fault->esr & ISS_FNV);
	if (fault->has_addr)
		fault->addr = far;
}

struct fault fault_decode(u64 esr, u64 far)
{
	struct fault fault = { .access = FAULT_EXEC, .esr = esr };

	switch (ESR_EC(esr)) {
	case EC_IABT:
	case EC_IABT_LOWER:
		decode_abort(&fault, true, far);
		break;
	case EC_DABT:
	case EC_DABT_LOWER:
		decode_abort(&fault, false, far);
		break;
	case EC_PC_ALIGN:
		fault.kind = FAULT_PC_ALIGN;
		fault.has_addr = true;
		fault.addr = far;
		break;
	case EC_SP_ALIGN:
		fault.kind = FAULT_SP_ALIGN;
		break;
	case EC_UNKNOWN:
	case EC_ILLEGAL_STATE:
	case EC_SYSREG:
		fault.kind = FAULT_UNDEF;
		break;
	case EC_BRK:
		fault.kind = FAULT_BREAK;
		break;
	case EC_SERROR:
		fault.kind = FAULT_SERROR;
		break;
	default:
		fault.kind = FAULT_OTHER;
		break;
	}
	return fault;
}

static const char *perm_name(enum fault_access access)
{
	switch (access) {
	case FAULT_READ:
		return "read-perm";
	case FAULT_WRITE:
		return "write-perm";
	default:
		return "exec-perm";
	}
}

const char *fault_name(const struct fault *fault)
{
	static const char *const names[FAULT_KINDS] = {
		[FAULT_NONE] = "none",
		[FAULT_UNMAPPED] = "unmapped",
		[FAULT_NO_ACCESS] = "no-access",
		[FAULT_ADDR_SIZE] = "addr-size",
		[FAULT_ACCESS_FLAG] = "access-flag",
		[FAULT_BUS] = "bus",
		[FAULT_BUS_ON_WALK] = "bus-on-walk",
		[FAULT_ALIGN] = "align",
		[FAULT_PC_ALIGN] = "pc-align",
		[FAULT_SP_ALIGN] = "sp-align",
		[FAULT_UNDEF] = "undef",
		[FAULT_BREAK] = "break",
		[FAULT_TLB_CONFLICT] = "tlb-conflict",
		[FAULT_SERROR] = "serror",
		[FAULT_OTHER] = "other",
	};

	if (fault->kind == FAULT_PERM)
		return perm_name(fault->access);
	return names[fault->kind];
}

const char *fault_access_name(enum fault_access access)
{
	static const char *const names[] = {
		[FAULT_READ] = "read",
		[FAULT_WRITE] = "write",
		[FAULT_EXEC] = "exec",
	};

	return names[access];
}
