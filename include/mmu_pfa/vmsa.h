/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * VMSAv8-64 stage 1 descriptors with a 4 KiB granule (Arm ARM DDI 0487,
 * D8.3): the bits, the level-aware questions, and attributes by intent.
 *
 *	level  index bits  entry maps  leaf allowed
 *	  0      47:39      512 GiB    no
 *	  1      38:30        1 GiB    block
 *	  2      29:21        2 MiB    block
 *	  3      20:12        4 KiB    page
 *
 * The states of an entry here:
 *
 *	hole       the whole descriptor is 0
 *	no-access  bits[1:0] = 00 and something else set: a leaf whose access
 *		   was taken away with `none`; output address, type and
 *		   permissions are remembered. It occupies its range
 *	leaf       bits[1:0] = 01 at level 1 or 2 (block), 11 at level 3 (page)
 *	table      bits[1:0] = 11 at level 0 to 2
 *	reserved   bits[1:0] = 01 at level 0 or 3, or 10 anywhere: the
 *		   walker faults on it. Never written here; it occupies its range
 */

#ifndef _MMU_PFA_VMSA_H
#define _MMU_PFA_VMSA_H

#include <mmu_pfa/port.h>

typedef u64 pte_t;

#define VMSA_LEVELS		4
#define VMSA_LEAF_LEVEL		3
#define VMSA_ENTRIES		512
#define VMSA_CONT_ENTRIES	16

#define PTE_VALID		(1ull << 0)
#define PTE_NOT_BLOCK		(1ull << 1)	/* a table or page, if valid */
#define PTE_TYPE_MASK		(3ull << 0)
#define PTE_TYPE_BLOCK		(1ull << 0)
#define PTE_TYPE_TABLE		(3ull << 0)
#define PTE_TYPE_PAGE		(3ull << 0)
#define PTE_ATTR_IDX_SHIFT	2
#define PTE_ATTR_IDX_MASK	(7ull << 2)
#define PTE_NS			(1ull << 5)
#define PTE_AP_EL0		(1ull << 6)	/* AP[1]; RES1 in EL2 and EL3 */
#define PTE_AP_RO		(1ull << 7)	/* AP[2] */
#define PTE_SH_SHIFT		8
#define PTE_SH_MASK		(3ull << 8)
#define PTE_AF			(1ull << 10)
#define PTE_NG			(1ull << 11)
#define PTE_NT			(1ull << 16)
#define PTE_DBM			(1ull << 51)
#define PTE_CONT		(1ull << 52)
#define PTE_PXN			(1ull << 53)	/* RES0 where there is one XN */
#define PTE_XN			(1ull << 54)	/* UXN in EL1&0 and E2H */
#define PTE_SW_MASK		(0xfull << 55)
#define PTE_ADDR_MASK		0x0000fffffffff000ull

/** enum vmsa_regime - whose translation: decides AP[1] and execute-never bits */
enum vmsa_regime {
	VMSA_EL1,	/* EL1&0: PXN and UXN */
	VMSA_EL2,	/* EL2: one XN, AP[1] RES1 */
	VMSA_EL2_E2H,	/* EL2&0: as EL1&0 */
	VMSA_EL3,	/* EL3: as EL2 */
};

/** enum vmsa_type - memory types: the indices of U-Boot's MAIR */
enum vmsa_type {
	VMSA_DEV_NGNRNE,
	VMSA_DEV_NGNRE,
	VMSA_DEV_GRE,
	VMSA_NC,
	VMSA_WB,
	VMSA_TYPES,
};

/** enum vmsa_share - shareability, as encoded in SH[1:0] */
enum vmsa_share {
	VMSA_NSH = 0,
	VMSA_OSH = 2,
	VMSA_ISH = 3,
};

/** enum vmsa_perm - what U-Boot's own exception level may do */
enum vmsa_perm {
	VMSA_NONE,
	VMSA_RO,
	VMSA_RW,
};

/** struct vmsa_attr - the attributes of a mapping, by intent */
struct vmsa_attr {
	u8 type;	/* enum vmsa_type */
	u8 share;	/* enum vmsa_share */
	u8 perm;	/* enum vmsa_perm */
	bool exec;
};

static inline unsigned int vmsa_shift(unsigned int level)
{
	return FRAME_SHIFT + 9 * (VMSA_LEAF_LEVEL - level);
}

/* Bytes that one entry of a level maps. */
static inline u64 vmsa_size(unsigned int level)
{
	return 1ull << vmsa_shift(level);
}

static inline unsigned int vmsa_index(u64 va, unsigned int level)
{
	return (va >> vmsa_shift(level)) & (VMSA_ENTRIES - 1);
}

/*
 * The lowest level that has leaves and whose size divides all of @bits, the sum
 * by | or ^ of some multiples of 4 KiB.
 */
static inline unsigned int vmsa_fitting_level(u64 bits)
{
	return 1 + !!(bits & (vmsa_size(1) - 1)) + !!(bits & (vmsa_size(2) - 1));
}

static inline bool vmsa_level_has_leaves(unsigned int level)
{
	return level >= 1;
}

static inline bool pte_hole(pte_t pte)
{
	return !pte;
}

static inline bool pte_valid(pte_t pte)
{
	return pte & PTE_VALID;
}

static inline bool pte_table(pte_t pte, unsigned int level)
{
	return level < VMSA_LEAF_LEVEL &&
	       (pte & PTE_TYPE_MASK) == PTE_TYPE_TABLE;
}

/* The type bits of a leaf at this level. */
static inline pte_t vmsa_leaf_type(unsigned int level)
{
	return level == VMSA_LEAF_LEVEL ? PTE_TYPE_PAGE : PTE_TYPE_BLOCK;
}

static inline bool pte_leaf(pte_t pte, unsigned int level)
{
	return vmsa_level_has_leaves(level) &&
	       (pte & PTE_TYPE_MASK) == vmsa_leaf_type(level);
}

/* A leaf whose access was taken away; see the top of this file. */
static inline bool pte_no_access(pte_t pte, unsigned int level)
{
	return pte && vmsa_level_has_leaves(level) && !(pte & PTE_TYPE_MASK);
}

/* Whether an entry says where its addresses go, with access or without. */
static inline bool pte_mapping(pte_t pte, unsigned int level)
{
	return pte_leaf(pte, level) || pte_no_access(pte, level);
}

/* An encoding that the walker faults on and that nobody here writes. */
static inline bool pte_reserved(pte_t pte, unsigned int level)
{
	return pte && !pte_table(pte, level) && !pte_leaf(pte, level) &&
	       !pte_no_access(pte, level);
}

/* Output address of a leaf, or table address. */
static inline u64 pte_addr(pte_t pte)
{
	return pte & PTE_ADDR_MASK;
}

static inline u64 pte_leaf_pa(pte_t pte, unsigned int level)
{
	return pte & PTE_ADDR_MASK & ~(vmsa_size(level) - 1);
}

static inline pte_t pte_make_table(u64 pa)
{
	return pa | PTE_TYPE_TABLE;
}

static inline bool vmsa_two_xn_bits(enum vmsa_regime regime)
{
	return regime == VMSA_EL1 || regime == VMSA_EL2_E2H;
}

/* The bits that forbid execution at the regime's own exception level. */
static inline pte_t vmsa_xn_bits(enum vmsa_regime regime)
{
	return vmsa_two_xn_bits(regime) ? PTE_PXN | PTE_XN : PTE_XN;
}

static inline bool vmsa_type_is_device(unsigned int type)
{
	return type <= VMSA_DEV_GRE;
}

/**
 * vmsa_encode() - the descriptor bits of a leaf, less type bits and address
 *
 * For VMSA_NONE the permission bits are those of VMSA_RW; the caller leaves
 * the type bits out. AF is set and nG clear, as U-Boot does. In EL1&0 a page
 * that is not executable gets PXN and UXN, as U-Boot writes it; EL0 never runs.
 */
static inline pte_t vmsa_encode(enum vmsa_regime regime, struct vmsa_attr attr)
{
	pte_t pte = PTE_AF;

	pte |= (pte_t)attr.type << PTE_ATTR_IDX_SHIFT;
	pte |= (pte_t)attr.share << PTE_SH_SHIFT;
	if (!vmsa_two_xn_bits(regime))
		pte |= PTE_AP_EL0;
	if (attr.perm == VMSA_RO)
		pte |= PTE_AP_RO;
	if (!attr.exec)
		pte |= vmsa_xn_bits(regime);
	return pte;
}

/* Who may do what with a leaf. */
#define PTE_PERM_MASK		(PTE_AP_EL0 | PTE_AP_RO | PTE_DBM | PTE_PXN | \
				 PTE_XN)

/**
 * vmsa_with_perm() - the bits of a leaf for another mapping of the same memory
 *
 * All that says how the memory is accessed stays, so that the two agree: type,
 * shareability, security state. Type bits, address, the contiguous hint and
 * software's bits are left out.
 *
 * @pte:  a leaf of any level
 * @perm: VMSA_RW or VMSA_RO
 */
static inline pte_t vmsa_with_perm(enum vmsa_regime regime, pte_t pte,
				   enum vmsa_perm perm, bool exec)
{
	struct vmsa_attr attr = { .perm = perm, .exec = exec };

	pte &= ~(PTE_ADDR_MASK | PTE_TYPE_MASK | PTE_CONT | PTE_SW_MASK |
		 PTE_PERM_MASK);
	return pte | (vmsa_encode(regime, attr) & PTE_PERM_MASK);
}

/* Whether U-Boot's own exception level may execute from this leaf. */
static inline bool vmsa_executable(enum vmsa_regime regime, pte_t pte)
{
	return !(pte & (vmsa_two_xn_bits(regime) ? PTE_PXN : PTE_XN));
}

/* Whether permission bits, remembered ones too, allow to write and execute. */
static inline bool vmsa_write_exec(enum vmsa_regime regime, pte_t pte)
{
	return !(pte & PTE_AP_RO) && vmsa_executable(regime, pte);
}

/* Whether this is executable device memory. */
static inline bool vmsa_device_exec(enum vmsa_regime regime, pte_t pte)
{
	unsigned int type = (pte & PTE_ATTR_IDX_MASK) >> PTE_ATTR_IDX_SHIFT;

	return vmsa_type_is_device(type) && vmsa_executable(regime, pte);
}

/**
 * vmsa_decode() - attributes of a leaf or no-access entry, by intent
 *
 * A no-access entry says VMSA_NONE; what it remembers stays in the descriptor.
 */
static inline struct vmsa_attr vmsa_decode(enum vmsa_regime regime, pte_t pte)
{
	struct vmsa_attr attr = {
		.type = (pte & PTE_ATTR_IDX_MASK) >> PTE_ATTR_IDX_SHIFT,
		.share = (pte & PTE_SH_MASK) >> PTE_SH_SHIFT,
		.perm = pte & PTE_AP_RO ? VMSA_RO : VMSA_RW,
		.exec = vmsa_executable(regime, pte),
	};

	if (!pte_valid(pte))
		attr.perm = VMSA_NONE;
	return attr;
}

/* Pages that one TLB invalidation by range can be for. */
#define VMSA_TLBI_RANGE_MAX	(1ull << 21)

/**
 * vmsa_tlbi_range() - the operand of a TLB invalidation by range
 *
 * Of FEAT_TLBIRANGE, TLBI RVA*: from @va on (NUM + 1) << (5 * SCALE + 1) pages,
 * the least that is not less than @pages; at any level.
 *
 * @va:    a multiple of 4 KiB
 * @pages: 1 to VMSA_TLBI_RANGE_MAX
 */
static inline u64 vmsa_tlbi_range(u64 va, u64 pages)
{
	u64 base = (va >> FRAME_SHIFT) & ((1ull << 37) - 1);
	u64 tg = 1, scale = 0;

	while (pages > 32ull << (5 * scale + 1))
		scale++;
	return base | ((pages - 1) >> (5 * scale + 1)) << 39 | scale << 44 |
	       tg << 46;
}

#endif /* _MMU_PFA_VMSA_H */
