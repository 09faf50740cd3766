/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the mapping engine asks of the machine: stores that a walker may see,
 * barriers and TLB maintenance. All are inlines chosen at compile time:
 *
 *	MMU_PFA_MODEL	the callbacks of struct pgtable_ops, where there are any
 *	U-Boot, arm64	the instructions
 *	otherwise	the stores alone
 *
 * and only for a tree that is live; in any other nothing can be cached.
 *
 * TLB maintenance is local, not broadcast, as in the rest of U-Boot: one CPU
 * runs, the others are held in firmware or spin with their MMU off. Stores to
 * tables are made visible to the inner shareable domain, which is how TCR says
 * that the walker reads.
 */

#ifndef _MMU_PFA_PGTABLE_HW_H
#define _MMU_PFA_PGTABLE_HW_H

#include <mmu_pfa/pgtable.h>

#if defined(__UBOOT__) && defined(__aarch64__) && !defined(CONFIG_SANDBOX) && \
	!defined(MMU_PFA_MODEL)
#define PGTABLE_INSN(live, insn) do {			\
	if (live)					\
		asm volatile(insn : : : "memory");	\
} while (0)
#define PGTABLE_INSN_ARG(live, insn, arg) do {			\
	if (live)						\
		asm volatile(insn : : "r" (arg) : "memory");	\
} while (0)
#else
#define PGTABLE_INSN(live, insn)	do { } while (0)
#define PGTABLE_INSN_ARG(live, insn, arg)	((void)(arg))
#endif

#ifdef MMU_PFA_MODEL
#define PGTABLE_MODEL(pt, call, ...) do {				\
	if ((pt)->live && (pt)->ops && (pt)->ops->call)			\
		(pt)->ops->call((pt)->ops->ctx, __VA_ARGS__);		\
} while (0)
#else
#define PGTABLE_MODEL(pt, call, ...)	do { } while (0)
#endif

/* Write an entry that the walker may read: one single-copy atomic store. */
static inline void hw_store(struct pgtable *pt, pte_t *entry, pte_t pte)
{
#ifdef MMU_PFA_MODEL
	if (pt->live && pt->ops && pt->ops->store) {
		pt->ops->store(pt->ops->ctx, (uintptr_t)entry - pt->virt_offset,
			       pte);
		return;
	}
#endif
	__atomic_store_n(entry, pte, __ATOMIC_RELAXED);
}

/* A page became a table, or stopped being one. */
static inline void hw_table(struct pgtable *pt, u64 pa, bool in_use)
{
	PGTABLE_MODEL(pt, table, pa, in_use);
}

/*
 * A walker that sees a later store sees the earlier ones too: put between
 * filling a table and linking it. The walk depends on the link by address, so
 * ordering is enough; see smp_wmb() in Linux' __pte_alloc().
 */
static inline void hw_order(struct pgtable *pt)
{
	PGTABLE_MODEL(pt, barrier, PGTABLE_DMB);
	PGTABLE_INSN(pt->live, "dmb ishst");
}

/* Every walk from here on sees the earlier stores. */
static inline void hw_complete(struct pgtable *pt)
{
	pt->count.dsb += pt->live;
	PGTABLE_MODEL(pt, barrier, PGTABLE_DSB);
	PGTABLE_INSN(pt->live, "dsb ishst");
}

/* The invalidations issued so far have taken effect. */
static inline void hw_invalidated(struct pgtable *pt)
{
	pt->count.dsb += pt->live;
	PGTABLE_MODEL(pt, barrier, PGTABLE_DSB);
	PGTABLE_INSN(pt->live, "dsb nsh");
}

/* Later instructions are fetched and translated anew. */
static inline void hw_sync(struct pgtable *pt)
{
	PGTABLE_MODEL(pt, barrier, PGTABLE_ISB);
	PGTABLE_INSN(pt->live, "isb");
}

/*
 * Invalidate whatever translates one address: the leaf, and unless @last_level
 * what is kept of the tables on the way. U-Boot's entries are global. At EL2
 * the same instruction serves with and without E2H; there it takes ASID 0.
 */
static inline void hw_tlbi_va(struct pgtable *pt, u64 va, u64 size,
			      bool last_level)
{
	pt->count.tlbi += pt->live;
	PGTABLE_MODEL(pt, tlbi, va, size, last_level);
	va >>= FRAME_SHIFT;
	switch (pt->regime) {
	case VMSA_EL1:
		if (last_level)
			PGTABLE_INSN_ARG(pt->live, "tlbi vaale1, %0", va);
		else
			PGTABLE_INSN_ARG(pt->live, "tlbi vaae1, %0", va);
		break;
	case VMSA_EL2:
	case VMSA_EL2_E2H:
		if (last_level)
			PGTABLE_INSN_ARG(pt->live, "tlbi vale2, %0", va);
		else
			PGTABLE_INSN_ARG(pt->live, "tlbi vae2, %0", va);
		break;
	default: /* VMSA_EL3 */
		if (last_level)
			PGTABLE_INSN_ARG(pt->live, "tlbi vale3, %0", va);
		else
			PGTABLE_INSN_ARG(pt->live, "tlbi vae3, %0", va);
		break;
	}
}

/*
 * The same for a range of whole pages, by one instruction of FEAT_TLBIRANGE.
 * They are spelled as SYS, since not every assembler knows their names: RVAAE1,
 * RVAALE1, RVAE2, RVALE2, RVAE3, RVALE3.
 */
static inline void hw_tlbi_range(struct pgtable *pt, u64 va, u64 pages,
				 bool last_level)
{
	u64 range = vmsa_tlbi_range(va, pages);

	pt->count.tlbi += pt->live;
	PGTABLE_MODEL(pt, tlbi_range, range, last_level);
	switch (pt->regime) {
	case VMSA_EL1:
		if (last_level)
			PGTABLE_INSN_ARG(pt->live, "sys #0, c8, c6, #7, %0",
					 range);
		else
			PGTABLE_INSN_ARG(pt->live, "sys #0, c8, c6, #3, %0",
					 range);
		break;
	case VMSA_EL2:
	case VMSA_EL2_E2H:
		if (last_level)
			PGTABLE_INSN_ARG(pt->live, "sys #4, c8, c6, #5, %0",
					 range);
		else
			PGTABLE_INSN_ARG(pt->live, "sys #4, c8, c6, #1, %0",
					 range);
		break;
	default: /* VMSA_EL3 */
		if (last_level)
			PGTABLE_INSN_ARG(pt->live, "sys #6, c8, c6, #5, %0",
					 range);
		else
			PGTABLE_INSN_ARG(pt->live, "sys #6, c8, c6, #1, %0",
					 range);
		break;
	}
}

/* Invalidate everything of the regime. */
static inline void hw_tlbi_all(struct pgtable *pt)
{
	pt->count.tlbi += pt->live;
	PGTABLE_MODEL(pt, tlbi, 0, 0, false);
	switch (pt->regime) {
	case VMSA_EL1:
		PGTABLE_INSN(pt->live, "tlbi vmalle1");
		break;
	case VMSA_EL2:
	case VMSA_EL2_E2H:
		PGTABLE_INSN(pt->live, "tlbi alle2");
		break;
	default: /* VMSA_EL3 */
		PGTABLE_INSN(pt->live, "tlbi alle3");
		break;
	}
}

#endif /* _MMU_PFA_PGTABLE_HW_H */
