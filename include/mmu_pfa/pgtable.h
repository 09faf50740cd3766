/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The mapping engine: map, unmap, protect, split, merge and look at stage 1
 * translation tables with a 4 KiB granule, live ones included. Nothing here knows which tables are live
 * other than by struct pgtable, and nothing is global.
 *
 * Every change is made in three steps:
 *
 *	plan     validate, look for conflicts, count the tables that the whole
 *		 request needs; read-only
 *	reserve  take that many from the page registry; may fail, and then
 *		 gives back what it took
 *	commit   build new subtrees aside, publish each by one store, change
 *		 visible entries by pgtable_edit(): break all, synchronise once,
 *		 make all, free emptied tables after that; cannot fail
 *
 * so that an error always means: not a bit of any table has changed and no
 * page is kept.
 *
 * Visible entries. While a table hangs on a live root the walker may read it at
 * any time. What becomes of such an entry is decided in one function,
 * pgtable_edit() (pgtable_edit.c). It makes (invalid to valid) and
 * permission-only changes in place; a change of size, output address, memory
 * type, shareability or contiguous bit is made by break-before-make (Arm ARM
 * D8.16.1): break, TLBI, make. Such entries are stored there, and besides in
 * three places that decide nothing: by the flush of the gather, which makes
 * what was broken (pgtable_gather.c), by the two edits that are always the
 * same, a hole that comes to link a table and a link that becomes a hole
 * (pgtable_edit.h), and by ops->replace, for what the CPU stands on.
 *
 * Tables. A table page that the registry knows carries the number of entries in
 * use, its live count, in the word beside it, and is freed when the count
 * reaches 0 and the invalidation has completed; a root is not counted, and the copy
 * of an empty table is empty until it gets an entry. A page that the registry does
 * not know (U-Boot's own boot tables) is used as found, and never freed. Beside
 * the count stands whether the table is small on purpose: what pgtable_split()
 * made, or a map whose block size was limited.
 *
 * Functions return 0 or a negative errno, and describe a conflict in struct
 * pgtable_result.
 */

#ifndef _MMU_PFA_PGTABLE_H
#define _MMU_PFA_PGTABLE_H

#include <mmu_pfa/page_alloc.h>
#include <mmu_pfa/vmsa.h>

struct pgtable;

#ifdef MMU_PFA_MODEL
enum pgtable_barrier {
	PGTABLE_DMB,	/* later stores to tables are seen after earlier ones */
	PGTABLE_DSB,	/* earlier stores and invalidations are complete */
	PGTABLE_ISB,	/* what follows is fetched and translated anew */
};
#endif

/**
 * struct pgtable_ops - what only the owner of a live tree knows
 *
 * @stood_on: whether the CPU needs a valid translation of [@va, @va + @size)
 *	      while an entry that maps it is broken: code, stack, vectors, and
 *	      all that the engine itself touches between break and make: the
 *	      tables, struct pgtable, the registry and its provider's live words
 * @replace:  make each of the @n valid visible entries at @entry (a pointer that
 *	      can be used; all in one table) itself XOR @flip, which leaves it
 *	      valid, with break-before-make from where the CPU does not need it
 *	      (a *window*): none is made before all are broken. On return the
 *	      walker uses what they are now and nothing holds the old
 *	      translations. When it is called all earlier stores to tables are
 *	      complete and no stale translation is left, so any hole that it
 *	      finds is one. It may link tables of its own, which must be gone
 *	      again on return
 * @ctx:      handed to both
 *
 * In a model build (MMU_PFA_MODEL) the five below are called in the place of
 * the instructions. Each may be NULL:
 * @store:    write @pte to the visible entry at physical address @entry
 * @barrier:  a barrier instruction
 * @tlbi:     invalidate what translates @va, an entry of @size bytes or a part
 *	      of a larger one, leaves only if @last_level; or everything if
 *	      @size is 0
 * @tlbi_range: likewise, by range: @range is the instruction's operand
 * @table:    a page became a table (@in_use: it is filled, and not linked yet),
 *	      or stopped being one and goes back to its allocator
 */
struct pgtable_ops {
	bool (*stood_on)(void *ctx, u64 va, u64 size);
	void (*replace)(void *ctx, u64 *entry, unsigned int n, pte_t flip);
	void *ctx;
#ifdef MMU_PFA_MODEL
	void (*store)(void *ctx, u64 entry, pte_t pte);
	void (*barrier)(void *ctx, enum pgtable_barrier barrier);
	void (*tlbi)(void *ctx, u64 va, u64 size, bool last_level);
	void (*tlbi_range)(void *ctx, u64 range, bool last_level);
	void (*table)(void *ctx, u64 pa, bool in_use);
#endif
};

/**
 * struct pgtable_counters - what has been done to a tree
 *
 * @split:    blocks replaced by tables
 * @merge:    tables replaced by blocks
 * @tlbi:     TLBI instructions, those of ops->replace among them
 * @window:   entries replaced through ops->replace
 * @dsb:      DSB instructions, likewise
 */
struct pgtable_counters {
	u64 split;
	u64 merge;
	u64 tlbi;
	u64 window;
	u64 dsb;
};

/**
 * struct pgtable - one translation tree
 *
 * @root:        physical address of the root table
 * @virt_offset: virtual minus physical address of every table page
 * @regime:      whose translation it is
 * @va_bits:     64 - TxSZ: 32 to 48
 * @pa_bits:     the smaller of TCR's (I)PS and the CPU's PARange: 32 to 48
 * @start_level: level of the root: 0 for va_bits >= 40, else 1
 * @live:        the CPU walks it: changes need barriers and TLBI
 * @tlbi_range:  the CPU has FEAT_TLBIRANGE (ID_AA64ISAR0_EL1.TLB is 2)
 * @pages:       where tables come from
 * @ops:         may be NULL where nothing is stood on
 * @count:       counters
 */
struct pgtable {
	u64 root;
	s64 virt_offset;
	enum vmsa_regime regime;
	u8 va_bits;
	u8 pa_bits;
	u8 start_level;
	bool live;
	bool tlbi_range;
	struct page_registry *pages;
	const struct pgtable_ops *ops;
	struct pgtable_counters count;
};

/**
 * pgtable_start_level() - the root's level for a VA size
 */
static inline unsigned int pgtable_start_level(unsigned int va_bits)
{
	return va_bits > vmsa_shift(0) ? 0 : 1;
}

/** enum pgtable_origin - where a table page comes from */
enum pgtable_origin {
	PGTABLE_STATIC,		/* the static pool */
	PGTABLE_REGISTERED,	/* the registered allocator */
	PGTABLE_FOREIGN,	/* neither: boot tables; never added or removed */
	PGTABLE_ORIGINS,
};

/** enum pgtable_refusal - what -EPERM was for */
enum pgtable_refusal {
	PGTABLE_NOT_REFUSED,
	PGTABLE_REFUSED_WX,	/* would become writable and executable */
	PGTABLE_REFUSED_DEVX,	/* would become executable device memory */
	PGTABLE_REFUSED_RESERVED,	/* a reserved encoding */
	PGTABLE_REFUSED_CONT,	/* a contiguous run that the CPU stands on */
};

/**
 * struct pgtable_result - what an operation did, or what stopped it
 *
 * @va:       on error, the first virtual address in conflict
 * @pte:      on error, the descriptor found there (0: a hole)
 * @level:    on error, its level
 * @refusal:  enum pgtable_refusal: the reason of -EPERM
 * @needed:   tables that the request needed from the registry
 * @leaves:   leaves written or cleared, by level; for a map those that it made,
 *	      for an unmap those that went, subtrees included
 * @added:    table pages that joined the tree, by origin
 * @removed:  table pages that left it, by origin
 */
struct pgtable_result {
	u64 va;
	pte_t pte;
	u8 level;
	u8 refusal;
	u32 needed;
	u64 leaves[VMSA_LEVELS];
	u32 added[PGTABLE_FOREIGN];
	u32 removed[PGTABLE_FOREIGN];
};

/* Flags of pgtable_map(). */
#define PGTABLE_MAX_2M		(1u << 0)	/* no 1 GiB blocks */
#define PGTABLE_MAX_4K		(1u << 1)	/* pages only */
#define PGTABLE_ALLOW_WX	(1u << 2)	/* write+execute, device+execute */
#define PGTABLE_REPLACE		(1u << 3)	/* what is mapped there goes */

/**
 * pgtable_map() - map a range of hole
 *
 * With the largest blocks that @va, @pa and @size all allow, except that a
 * foreign table that is there, though empty, is used and not replaced.
 *
 * With PGTABLE_REPLACE the range need not be a hole. What differs from what is
 * there is changed: in place if only permissions differ, else by
 * break-before-make of each visible entry; blocks that reach outside the range
 * are split. Contiguous hints are given as in a hole, but not to a run that the
 * CPU stands on.
 *
 * @va, @pa, @size: multiples of 4 KiB
 * Return: 0;
 *	-EINVAL misaligned or empty;
 *	-ERANGE beyond va_bits or pa_bits, or wrapping;
 *	-EPERM  write+execute or device+execute without PGTABLE_ALLOW_WX; or, to
 *		replace, as pgtable_unmap(), and a contiguous run that the CPU
 *		stands on and that would be broken as a whole;
 *	-EEXIST something is mapped there: @res->va, pte, level say what;
 *	-ENOMEM no table page: @res->needed says how many were needed
 */
int pgtable_map(struct pgtable *pt, u64 va, u64 pa, u64 size,
		struct vmsa_attr attr, unsigned int flags,
		struct pgtable_result *res);

/* Flags of pgtable_unmap(). */
#define PGTABLE_SKIP_HOLES	(1u << 4)	/* holes in the range are fine */

/**
 * pgtable_unmap() - make a range a hole
 *
 * Every byte of the range must be mapped, if only by a no-access or reserved
 * entry. A block that reaches outside the range is split and its rest stays
 * mapped. Tables that become empty leave the tree and are given back at once.
 *
 * Nothing asks here whether the CPU stands on the range; the caller has to.
 *
 * Return: 0; -EINVAL, -ERANGE as pgtable_map();
 *	-ENOENT a hole: @res->va says where;
 *	-EPERM  the range cuts a reserved entry, which can't be split: @res->va,
 *		pte, level and refusal say which;
 *	-ENOMEM no table page for a split
 */
int pgtable_unmap(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res);

/* What pgtable_protect() is to change: which members of @attr are named. */
#define PGTABLE_NAMES_TYPE	(1u << 0)
#define PGTABLE_NAMES_SHARE	(1u << 1)
#define PGTABLE_NAMES_PERM	(1u << 2)
#define PGTABLE_NAMES_EXEC	(1u << 3)

/* Flags of pgtable_protect(), with PGTABLE_ALLOW_WX and PGTABLE_SKIP_HOLES. */
#define PGTABLE_MERGE_AFTER	(1u << 5)	/* as pgtable_merge() without flags */

/**
 * pgtable_protect() - change attributes of what is mapped
 *
 * Only the members of @attr that @named tells are changed. VMSA_NONE takes the
 * access away and leaves everything else in the descriptor; VMSA_RO and
 * VMSA_RW bring it back. Entries that are so already are not touched, and no
 * block is split for them; one that reaches outside the range is split.
 *
 * Permissions change in place, type and shareability by break-before-make.
 *
 * Write+execute and device+execute are refused for an entry that was not so
 * before; what a no-access entry remembers counts as what it was.
 *
 * @named: PGTABLE_NAMES_...
 * @flags: PGTABLE_ALLOW_WX, PGTABLE_SKIP_HOLES, PGTABLE_MERGE_AFTER: what an
 *	   earlier call split becomes a block again where this one makes it
 *	   uniform
 * Return: 0, with @res->leaves: entries that changed;
 *	-EINVAL, -ERANGE as pgtable_map(); -ENOENT, -ENOMEM as pgtable_unmap();
 *	-EPERM with @res->va and @res->refusal
 */
int pgtable_protect(struct pgtable *pt, u64 va, u64 size,
		    struct vmsa_attr attr, unsigned int named,
		    unsigned int flags, struct pgtable_result *res);

/* Flags of pgtable_split(), with PGTABLE_SKIP_HOLES. */
#define PGTABLE_FOR_NOW		(1u << 16)	/* not small on purpose */

/**
 * pgtable_split() - turn blocks into 4 KiB pages without contiguous hint
 *
 * What is mapped where does not change. Every table of pages that the range
 * touches is noted as small on purpose, and is not merged unless that is asked
 * for; not so with PGTABLE_FOR_NOW.
 *
 * @flags: PGTABLE_SKIP_HOLES, PGTABLE_FOR_NOW
 * Return: as pgtable_protect(); @res->leaves[3]: pages that were made or lost
 *	their hint, in the range
 */
int pgtable_split(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res);

/* Flags of pgtable_merge(), with PGTABLE_MAX_2M and PGTABLE_MAX_4K. */
#define PGTABLE_MERGE_ALL	(1u << 6)	/* also what is small on purpose */
#define PGTABLE_NO_HINT		(1u << 17)	/* no contiguous hints */

/**
 * pgtable_merge() - turn tables of 512 matching entries into blocks
 *
 * Every table of ours that the range touches, even in part, whose entries
 * follow on each other and have equal attributes, all bits compared, becomes
 * one block, if the physical address allows; up to 1 GiB, each by one
 * break-before-make. Of what can't, and of these blocks, groups of 16 that match
 * get the contiguous hint, unless the CPU stands on them or their table has an
 * entry of a reserved encoding.
 *
 * What is mapped where does not change. Holes are passed over.
 *
 * Return: 0, also if there was nothing to merge: @res->removed tells the tables
 *	that went, @res->leaves the entries that were written; -EINVAL; -ERANGE
 */
int pgtable_merge(struct pgtable *pt, u64 va, u64 size, unsigned int flags,
		  struct pgtable_result *res);

/* Flags of pgtable_change_bits() and pgtable_map_bits(). */
#define PGTABLE_ONLY_PLAN	(1u << 15)	/* @res->needed; nothing changes */
#define PGTABLE_ONLY_TRY	(1u << 18)	/* and whether tables are to be had */

/**
 * pgtable_change_bits() - change bits of leaves, as somebody else encodes them
 *
 * As pgtable_protect(), with PGTABLE_ALLOW_WX and PGTABLE_SKIP_HOLES.
 *
 * @clear: bits to be cleared
 * @set:   of these, bits to be set. PTE_VALID is the access: without it, but in
 *	   @clear, it is taken away; with it, it is given
 * @flags: PGTABLE_ONLY_PLAN or PGTABLE_ONLY_TRY
 * Return: as pgtable_protect(); -EINVAL also for bits of the address, or set but
 *	not cleared
 */
int pgtable_change_bits(struct pgtable *pt, u64 va, u64 size, pte_t clear,
			pte_t set, unsigned int flags,
			struct pgtable_result *res);

/**
 * pgtable_map_bits() - map a range, with bits as somebody else encodes them
 *
 * As pgtable_map() with PGTABLE_REPLACE and PGTABLE_ALLOW_WX; no leaf gets the
 * contiguous hint.
 *
 * @bits:  of each leaf, less type and address
 * @flags: PGTABLE_ONLY_PLAN or PGTABLE_ONLY_TRY
 * Return: as pgtable_map()
 */
int pgtable_map_bits(struct pgtable *pt, u64 va, u64 pa, u64 size, pte_t bits,
		     unsigned int flags, struct pgtable_result *res);

/**
 * pgtable_copy() - make a copy of a tree, in tables of its own
 *
 * @to:   not live; all but @to->root is set, and the sizes are those of @from
 * @from: the tree to be copied
 * Return: 0 with @to->root; -ENOMEM with nothing kept
 */
int pgtable_copy(struct pgtable *to, const struct pgtable *from,
		 struct pgtable_result *res);

/**
 * pgtable_adopt() - let the copy of a tree have foreign tables that are new there
 *
 * Each one in a table that both have: it and all below it is copied, so that it
 * comes back, and what changes in it from now on is undone by pgtable_restore().
 * One below a table that is ours in @from is left out.
 *
 * @to:   the copy; not live
 * @from: the tree
 * Return: 0; -ENOMEM with @res->needed: nothing changed
 */
int pgtable_adopt(struct pgtable *to, const struct pgtable *from,
		  struct pgtable_result *res);

/**
 * pgtable_restore() - bring a tree to what a copy of it says
 *
 * What was mapped goes, what was unmapped or changed comes back, each entry bit
 * by bit as in @ref, and tables where @ref has tables. Entries that are so
 * already are not written. A foreign table that @ref knows nothing of stays, with
 * what is below it. Nothing is small on purpose any more.
 *
 * @ref: with the sizes of @pt; not changed. It has no contiguous hints: U-Boot
 *	 writes none
 * Return: 0, with @res->added and @res->removed; -ENOMEM where @ref has a table
 *	that has gone from @pt, with @res->needed: nothing changed
 */
int pgtable_restore(struct pgtable *pt, const struct pgtable *ref,
		    struct pgtable_result *res);

/**
 * pgtable_same() - whether two trees are the same but for where tables are
 *
 * Return: if not, @res->va, pte and level say where @pt differs first
 */
bool pgtable_same(const struct pgtable *pt, const struct pgtable *ref,
		  struct pgtable_result *res);

/** enum pgtable_why - why an address is not mapped by a larger block */
enum pgtable_why {
	PGTABLE_WHY_UNMAPPED,	/* a hole or a reserved encoding */
	PGTABLE_WHY_LARGEST,	/* there is no larger one */
	PGTABLE_WHY_ADDRESS,	/* va and pa differ in the low bits */
	PGTABLE_WHY_HOLE,	/* a neighbour is not mapped */
	PGTABLE_WHY_OUTPUT,	/* a neighbour goes to another place */
	PGTABLE_WHY_ATTR,	/* a neighbour has other attributes */
	PGTABLE_WHY_PURPOSE,	/* none; but it is small on purpose */
	PGTABLE_WHY_FOREIGN,	/* none; but the table is not ours to free */
	PGTABLE_WHY_NOTHING,	/* none: pgtable_merge() would make it one */
};

/**
 * struct pgtable_larger - the next larger block, and what stands against it
 *
 * @why:   see there
 * @va:    where that block would begin
 * @size:  its size
 * @at:    for a neighbour: the first address that differs
 * @pte:   the descriptor there
 * @level: its level
 * @contiguous: the mapping has the contiguous hint
 */
struct pgtable_larger {
	enum pgtable_why why;
	u64 va;
	u64 size;
	u64 at;
	pte_t pte;
	u8 level;
	bool contiguous;
};

/* Why the entry that maps @va is not a block of the next larger size. */
void pgtable_why_not_larger(struct pgtable *pt, u64 va,
			    struct pgtable_larger *larger);

/**
 * struct pgtable_step - one level of a walk
 *
 * @level: the level
 * @index: index in the table
 * @entry: physical address of the descriptor
 * @pte:   the descriptor
 */
struct pgtable_step {
	u8 level;
	u16 index;
	u64 entry;
	pte_t pte;
};

/**
 * struct pgtable_walk - how a virtual address is translated
 *
 * @steps: number of levels looked at, the last of which ends the walk
 * @step:  each of them
 */
struct pgtable_walk {
	unsigned int steps;
	struct pgtable_step step[VMSA_LEVELS];
};

/**
 * pgtable_walk() - walk the tables for one address, as the CPU would
 *
 * Return: 0 if a valid leaf ends the walk; -ENOENT if anything else does;
 *	-ERANGE if @va is beyond va_bits (no steps)
 */
int pgtable_walk(struct pgtable *pt, u64 va, struct pgtable_walk *walk);

/* The step that ended a walk. */
static inline const struct pgtable_step *
pgtable_last_step(const struct pgtable_walk *walk)
{
	return &walk->step[walk->steps - 1];
}

/**
 * pgtable_set_leaf() - change who may access what one entry maps
 *
 * In place, one store with what it takes. Neither tables nor anything else of
 * the owner of the tree is asked for, so that it may be called where a fault is
 * handled.
 *
 * @va:   an address that the entry maps
 * @step: the last one of a walk for @va, made just now
 * @pte:  what the entry becomes: it may differ in bits that can change while it
 *	  is valid, and in being valid or no-access
 * Return: 0; -EPERM the change is another one, or one of a contiguous run
 */
int pgtable_set_leaf(struct pgtable *pt, u64 va,
		     const struct pgtable_step *step, pte_t pte);

/**
 * pgtable_translate() - physical address of a virtual one
 *
 * Return: 0 with *@pa; -ENOENT; -ERANGE
 */
int pgtable_translate(struct pgtable *pt, u64 va, u64 *pa);

/**
 * struct pgtable_region - consecutive entries that mean the same
 *
 * @va:    first address
 * @size:  bytes
 * @pa:    output address of the first byte; PA_NONE for a hole or a reserved
 *	   encoding
 * @pte:   the first descriptor; 0 for a hole
 * @level: the level of the first descriptor
 * @top_level: the lowest level among them: the largest entries
 * @last_level: the highest level among them: the smallest entries
 * @entries: how many descriptors
 */
struct pgtable_region {
	u64 va;
	u64 size;
	u64 pa;
	pte_t pte;
	u8 level;
	u8 top_level;
	u8 last_level;
	u64 entries;
};

/* Flags of pgtable_next_region(). */
#define PGTABLE_EACH_ENTRY	(1u << 0)	/* do not merge anything */
#define PGTABLE_BY_LEVEL	(1u << 1)	/* merge leaves only within a level */
#define PGTABLE_HOLES		(1u << 2)	/* yield holes too */

/**
 * pgtable_next_region() - iterate over what is mapped
 *
 * Merges neighbours whose output addresses follow on each other and whose
 * attribute bits are equal, contiguous hint aside. Holes of any level merge.
 * Reserved encodings never do.
 *
 * @va:     where to begin; go on from @region->va + @region->size
 * @end:    where to stop, at most 1 << va_bits; regions are cut to [@va, @end)
 * Return: whether there is a region
 */
bool pgtable_next_region(struct pgtable *pt, u64 va, u64 end,
			 unsigned int flags, struct pgtable_region *region);

/**
 * pgtable_find_hole() - a free range of virtual addresses
 *
 * @from:  lowest address wanted
 * @size:  bytes, a multiple of 4 KiB
 * @align: a power of two, at least 4 KiB
 * @offset: the address wanted is this far above a multiple of @align, so that
 *	   it can be congruent to a physical address; less than @align
 * Return: 0 with *@va; -ENOENT; -EINVAL
 */
int pgtable_find_hole(struct pgtable *pt, u64 from, u64 size, u64 align,
		      u64 offset, u64 *va);

/**
 * struct pgtable_tables - the tables of a tree
 *
 * @by_origin: number of table pages, by where they came from, root included
 */
struct pgtable_tables {
	u32 by_origin[PGTABLE_ORIGINS];
};

/* Count the tables of a tree. */
void pgtable_count_tables(struct pgtable *pt, struct pgtable_tables *tables);

/**
 * pgtable_verify_until() - the tree's own bookkeeping, checked entry by entry
 *
 * That each table's live count, where it has one, is the number of its entries
 * in use; that no table is reached twice; that no entry has a reserved encoding or
 * an output address beyond pa_bits. Nothing has changed on return.
 *
 * @stop: (may be NULL) whether to stop early: asked once a table
 * @ctx:  handed to it
 * Return: 0; -EINVAL with @res->va, pte, level saying where; -EINTR stopped
 */
int pgtable_verify_until(struct pgtable *pt, bool (*stop)(void *ctx), void *ctx,
			 struct pgtable_result *res);

/* The same to its end. */
static inline int pgtable_verify(struct pgtable *pt, struct pgtable_result *res)
{
	return pgtable_verify_until(pt, NULL, NULL, res);
}

/* So many entries of a region are asked about, evenly spread if it has more. */
#define PGTABLE_ASK_MAX		4096

/**
 * struct pgtable_inquiry - the tables, compared with the hardware
 *
 * Set by the caller:
 * @probe: asks the hardware: whether it agrees that @va goes to @pa (PA_NONE:
 *	   nowhere)
 * @stop:  (may be NULL) whether to stop early: asked every few addresses
 * @ctx:   handed to both
 *
 * Set by what asks:
 * @asked: addresses
 * @wrong: regions with one where it disagrees
 * @at:    the first one, if there are any
 */
struct pgtable_inquiry {
	bool (*probe)(void *ctx, u64 va, u64 pa);
	bool (*stop)(void *ctx);
	void *ctx;
	u64 asked;
	u64 wrong;
	u64 at;
};

/**
 * pgtable_ask() - walk in software, and have the hardware do it
 *
 * Of each run of entries of a level that mean the same, holes included: each entry,
 * up to PGTABLE_ASK_MAX, and the last byte.
 *
 * Return: 0; -EINTR stopped
 */
int pgtable_ask(struct pgtable *pt, struct pgtable_inquiry *q);

/**
 * struct pgtable_selftest - a random test on a private range of a tree
 *
 * Set by the caller:
 * @va, @size: the range: a hole, both multiples of 4 KiB; nothing outside of it
 *	       changes but for tables added and gone. Best is a few MiB, 2 MiB
 *	       aligned; at most PGTABLE_SELFTEST_PAGES pages
 * @pa:        physical memory of that size to map it to; not written by the
 *	       test itself
 * @seed:      of the random numbers
 * @ops:       how many operations
 * @probe:     (may be NULL) asks the hardware: whether it agrees that @va goes
 *	       to @pa (PA_NONE: nowhere)
 * @stop:      (may be NULL) whether to stop early
 * @ctx:       handed to both
 *
 * Set by the test:
 * @done:      operations
 * @refused:   of these, refused as they should
 * @wrong:     what went wrong, in 23 characters at most; NULL if nothing did
 * @at:        at which address
 * @map:       of the test's own: what each page shall be
 */
#define PGTABLE_SELFTEST_PAGES	2048

struct pgtable_selftest {
	u64 va;
	u64 size;
	u64 pa;
	u64 seed;
	u32 ops;
	bool (*probe)(void *ctx, u64 va, u64 pa);
	bool (*stop)(void *ctx);
	void *ctx;
	u32 done;
	u32 refused;
	const char *wrong;
	u64 at;
	u64 map[PGTABLE_SELFTEST_PAGES];
};

/**
 * pgtable_selftest() - map, unmap, protect, split and merge at random
 *
 * The range is a hole again on return, and every table has gone back.
 *
 * Return: 0; -EIO with @test->wrong; -EINVAL; -EEXIST the range is no hole;
 *	-EINTR stopped
 */
int pgtable_selftest(struct pgtable *pt, struct pgtable_selftest *test);

#endif /* _MMU_PFA_PGTABLE_H */
