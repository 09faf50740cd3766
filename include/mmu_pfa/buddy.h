/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The buddy allocator of one zone: pure arithmetic over metadata that the
 * caller brings. It never touches a frame, so it can manage memory that is
 * device, unmapped or secure.
 *
 * The structure
 * -------------
 * A zone is a range of frames, each named by its distance from a base that is
 * aligned to the largest block (1 GiB), so that a block aligned in this
 * numbering is aligned in physical memory too. Its frames are the lowest of
 * four levels of units, 64 units to a word:
 *
 *	level	unit		a word covers	orders of blocks in it
 *	  0	  4 KiB frame	  256 KiB	 0 to 5
 *	  1	256 KiB		   16 MiB	 6 to 11
 *	  2	 16 MiB		    1 GiB	12 to 17
 *	  3	  1 GiB		   64 GiB	18
 *
 * A word is a pair of u64, and its bits say what each unit is:
 *
 *	free used
 *	  1   0   free
 *	  0   1   the first unit of an allocated block, or outside the zone
 *	  0   0   a further unit of that block
 *	  1   1   level 0: a reserved frame; above: a split unit, see the word
 *		  one level down that covers it
 *
 * Sixteen frames of a word: an order-0 block allocated at 1, an order-2 block
 * at 4, frame 10 reserved:
 *
 *	frame	0 1 2 3 4 5 6 7 8 9 a b c d e f
 *	free	1 0 1 1 0 0 0 0 1 1 1 1 1 1 1 1
 *	used	0 1 0 0 1 0 0 0 0 0 1 0 0 0 0 0
 *
 * Free blocks are not written down: they are the largest aligned runs of free
 * units, here 0 (order 0), 2 (1), 8 (1), b (0) and c (2), and a few shifts and
 * ands find all those of one order in a word. So a free merges by setting bits,
 * and what could be merged always is. An allocated block reaches from its first
 * unit to the next bit of (free | used), so its order is known from its address
 * and a wrong free is told from a right one. A word with nothing but free units
 * becomes one free unit in the word above, and is left exactly as a word is
 * made, all free, so that splitting the unit again has nothing to write.
 *
 * The index finds a free block of an order without a search. For words of level 0
 * it is the *offer* of each: how many orders there are of free blocks up to its
 * largest, so 0 if it has none and 6 if half of it is free. The 64 words of a
 * region (16 MiB) are sorted into seven *bins*, one u64 for each offer, with a
 * bit for each word, and a byte says which bins are not empty:
 *
 *	word of the region	0   1   2   3   4  ...
 *	offer			0   2   0   1   2	(a byte for each word)
 *	bin[0]			1   0   1   0   0	nothing to be had there
 *	bin[1]			0   0   0   1   0	single frames
 *	bin[2]			0   1   0   0   1	up to two frames
 *
 * So a word that comes to offer more, or less, moves from one bin to another,
 * which is two bits, whatever the orders are. The bytes of 64 regions are looked
 * through eight at a time; their *peak* is the largest offer among them all.
 *
 * For larger orders, and beyond 1 GiB for all, each word from level 2 up carries
 * one u64 for each order below it, its bit u telling whether under unit u there
 * is a word, of the level that blocks of this order are in, with a free block of
 * that order or larger. A fourth level of such masks serves zones beyond 64 GiB,
 * and one mask for the zone says for which orders there is any.
 *
 * A block is taken from the lowest region that will do, so that what lies above
 * stays whole; in there from the word that offers least but enough, the lowest
 * of these, so that large blocks stay whole where space is broken; and of that
 * word the lowest. Larger ones are taken below the lowest word, of the level above
 * that of their order, that will do: the smallest that holds it from the word whose
 * largest is smallest. On level 1 (256 KiB to 8 MiB) a free block of just that
 * order goes before, from the lowest word that has one. Of several such blocks in a
 * word it is the one with most split units around, among the 8 aligned ones (on
 * level 1: 2 MiB): where little else is free, little can become whole again.
 *
 * The words of level 0 and 1, and the bins, are written when their region is
 * first split, so that a new zone costs nothing per frame. From then on some bin of
 * it is not empty.
 *
 * Order 0 is served from one held word of level 0, the *open word*. It offers
 * nothing as long as it is open, so that taking and returning frames there is a
 * matter of its own bits alone. When it has no frame left that is true, and there
 * is nothing to do but to open the next one. When another request would fail
 * without it, or somebody looks, it is closed (folded): it comes to offer what it
 * has.
 *
 * Invariants (buddy_check() verifies each)
 *	partition  each unit of a word is in exactly one block, and each
 *		   allocated block is a power of two, aligned to its size
 *	canonical  no word below a split unit is all free (but the open one)
 *	index      each word is in the bin of its offer and in no other, and its
 *		   offer is what its bits say, the open word aside; an index bit
 *		   is set if and only if there is a free block of that order or
 *		   larger below it
 *	range      no unit outside the zone is free or split
 *	fresh      a word below a unit that is not split is all free, and offers
 *		   nothing; below a split unit each has been written
 *	open       the open word is one of level 0 that is below split units only
 *	count      the counter equals what the words say
 *
 * Frames are u32 indices from the zone's base. No function locks; the caller
 * does. Every loop is bounded by the number of orders, of levels or of the units
 * of a word (64), except where a function says so.
 */

#ifndef _MMU_PFA_BUDDY_H
#define _MMU_PFA_BUDDY_H

#include <mmu_pfa/port.h>

/* Two to this power units make a word; tests have words of 4 units, too. */
#ifndef BUDDY_UNIT_ORDERS
#define BUDDY_UNIT_ORDERS	6
#endif

#define BUDDY_MAX_ORDER		(3 * BUDDY_UNIT_ORDERS)
#define BUDDY_ORDERS		(BUDDY_MAX_ORDER + 1)
#define BUDDY_LEVELS		4	/* of units; the index has one more */
#define BUDDY_MAX_FRAMES	(1u << 5 * BUDDY_UNIT_ORDERS)

/**
 * enum buddy_status - what became of a request
 *
 * Every value but BUDDY_OK means: refused, and the state of every frame is what
 * it was. A refused free has not changed a bit; an allocation that found no
 * space may have folded the open word.
 */
enum buddy_status {
	BUDDY_OK,
	BUDDY_INVALID,		/* the request makes no sense: order, count, range */
	BUDDY_NO_SPACE,		/* no free block or run that fits */
	BUDDY_MISALIGNED,	/* the frame is not aligned to the order */
	BUDDY_FOREIGN,		/* outside the zone */
	BUDDY_NOT_ALLOCATED,	/* free already: a double free */
	BUDDY_WRONG_ORDER,	/* a block of another order starts here */
	BUDDY_INTERIOR,		/* inside an allocated block, not its start */
	BUDDY_RESERVED,		/* reserved */
	BUDDY_IN_USE,		/* wanted at an address that is not all free */
	BUDDY_REENTERED,	/* (PFA) called from inside another operation */
};

/** enum buddy_state - the state of the block that covers a frame */
enum buddy_state {
	BUDDY_STATE_FREE,
	BUDDY_STATE_USED,
	BUDDY_STATE_RESERVED,
	BUDDY_STATE_OUTSIDE,
};

/** struct buddy_block - aligned frames in one state: where, how large, what */
struct buddy_block {
	u32 frame;
	u8 order;
	enum buddy_state state;
};

/** struct buddy_run - consecutive frames */
struct buddy_run {
	u32 frame;
	u32 count;
};

/** struct buddy_word - 64 units: the two bits of each; see above */
struct buddy_word {
	u64 free;
	u64 used;
};

/**
 * struct buddy_bins - the 64 words of level 0 of a region, by what they offer
 *
 * @bin: bit u of the nth: the largest free block of word u has order n - 1, the
 *	 first: it has none; the last only makes it a power of two
 */
struct buddy_bins {
	u64 bin[BUDDY_UNIT_ORDERS + 2];
};

/**
 * struct buddy - the allocator of one zone
 *
 * It is here so that a caller can embed it; its fields belong to
 * lib/mmu_pfa/buddy.c alone.
 *
 * @open:        the open word, or NULL
 * @open_first:  the first frame of the open word
 * @first:       first frame of the zone
 * @frames:      frames in the zone
 * @free_frames: free ones
 * @orders:      bit k: the index holds a free block of order k or larger, in a
 *		 word of the same level
 * @top:         the level whose one word, or mask, covers the whole zone
 * @levels:      the highest level that has units here: its words are the roots
 * @peak:	 the peak of the regions if they are no more than 64, else 0
 * @word:        for each level the address that word 0 would have; from level 2
 *		 each is followed by its index masks
 * @bins:        the address that the bins of region 0 would have
 * @offers:      the address that the offer of word 0 of level 0 would have
 * @kinds:       the address of the byte of region 0: bit n if bin n is not empty;
 *		 none if its words of level 0 and 1 have not been written
 * @peaks:       the address of the largest offer of each 64 regions
 */
struct buddy {
	struct buddy_word *open;
	u32 open_first;
	u32 first;
	u32 frames;
	u32 free_frames;
	u32 orders;
	u8 top;
	u8 levels;
	u8 peak;
	uintptr_t word[BUDDY_LEVELS + 1];
	uintptr_t bins;
	uintptr_t offers;
	uintptr_t kinds;
	uintptr_t peaks;
};

/**
 * buddy_meta_size() - bytes of metadata that a zone needs
 *
 * @first: index of its first frame; less than 1 << BUDDY_MAX_ORDER
 * @end:   index after its last frame; at most BUDDY_MAX_FRAMES
 * Return: bytes, a multiple of 8; 0 if the range is empty or too large
 */
size_t buddy_meta_size(u32 first, u32 end);

/**
 * buddy_init() - a zone with every frame free
 *
 * Touches only the summaries and the top of the tree: under a millisecond for
 * 255 GiB, whatever @meta holds.
 *
 * @b:     to be initialised
 * @meta:  buddy_meta_size() bytes, 16-byte aligned, content arbitrary
 * @first: as for buddy_meta_size()
 * @end:   as for buddy_meta_size()
 * Return: BUDDY_OK or BUDDY_INVALID
 */
enum buddy_status buddy_init(struct buddy *b, void *meta, u32 first, u32 end);

/**
 * buddy_alloc() - a block of 1 << @order frames, aligned to its size
 *
 * Where the text above says, among the words of the level that blocks of this
 * order are in; if there is none, out of a larger block of a level above.
 *
 * Return: BUDDY_OK with *@frame set; BUDDY_NO_SPACE; BUDDY_INVALID
 */
enum buddy_status buddy_alloc(struct buddy *b, unsigned int order, u32 *frame);

/**
 * buddy_alloc_run() - exactly @count frames within [@lo, @hi)
 *
 * The run starts at a multiple of 1 << @align_order. It lies inside one free
 * block if there is one that holds it; what is left of that is free at once.
 * Else it is made up of free blocks that touch, which takes a pass over all
 * blocks. It is kept as the largest aligned blocks that tile it: the binary
 * digits of @count where the start is aligned to the first of them. A run of a
 * power of two that is aligned to its size is one block, as from buddy_alloc().
 *
 * Return: BUDDY_OK with *@frame set; BUDDY_NO_SPACE; BUDDY_INVALID
 */
enum buddy_status buddy_alloc_run(struct buddy *b, u32 count,
				  unsigned int align_order, u32 lo, u32 hi,
				  u32 *frame);

/**
 * buddy_largest_run() - the largest count for which buddy_alloc_run() succeeds
 *
 * Anywhere in the zone, aligned as is natural for the count: to the power of two
 * that is at least as large, 1 << BUDDY_MAX_ORDER at most. Every smaller count
 * succeeds too. A pass over all blocks.
 *
 * Return: frames, 0 if nothing is free
 */
u32 buddy_largest_run(struct buddy *b);

/**
 * buddy_alloc_at() - exactly these frames, which must all be free
 *
 * Kept as the largest aligned blocks that tile the range, as buddy_next_tile()
 * yields them.
 *
 * Return: BUDDY_OK; BUDDY_IN_USE or BUDDY_RESERVED if one is not free, with
 *	*@conflict (may be NULL) the first such frame; BUDDY_FOREIGN;
 *	BUDDY_INVALID
 */
enum buddy_status buddy_alloc_at(struct buddy *b, u32 frame, u32 count,
				 u32 *conflict);

/**
 * buddy_free() - give a block back
 *
 * Accepted if and only if (frame, order) is an allocated block.
 *
 * Return: BUDDY_OK; BUDDY_MISALIGNED, BUDDY_FOREIGN, BUDDY_NOT_ALLOCATED,
 *	BUDDY_WRONG_ORDER, BUDDY_INTERIOR, BUDDY_RESERVED, BUDDY_INVALID
 */
enum buddy_status buddy_free(struct buddy *b, u32 frame, unsigned int order);

/**
 * buddy_free_any() - give a block back by address alone
 *
 * Return: as buddy_free(), with *@order (may be NULL) set on BUDDY_OK
 */
enum buddy_status buddy_free_any(struct buddy *b, u32 frame,
				 unsigned int *order);

/**
 * buddy_alloc_bulk() - @count frames of order 0, as runs
 *
 * Each frame is an allocated block of order 0 of its own. All or nothing.
 *
 * @runs:  receives at most *@nruns runs
 * @nruns: in: room in @runs; out: runs used. A free zone is served in long
 *	   runs; room for @count runs is always enough
 * Return: BUDDY_OK; BUDDY_NO_SPACE if there are not enough frames or not
 *	enough room in @runs, nothing taken; BUDDY_INVALID
 */
enum buddy_status buddy_alloc_bulk(struct buddy *b, u32 count,
				   struct buddy_run *runs, u32 *nruns);

/**
 * buddy_free_bulk() - give runs of order-0 frames back
 *
 * All or nothing: every frame is checked before the first is freed.
 *
 * Return: BUDDY_OK; else as buddy_free() for the first bad frame, with
 *	*@bad (may be NULL) that frame
 */
enum buddy_status buddy_free_bulk(struct buddy *b, u32 nruns,
				  const struct buddy_run *runs, u32 *bad);

/**
 * buddy_reserve() - make free frames reserved: never given out
 * buddy_release() - make reserved frames free
 *
 * Return: BUDDY_OK; BUDDY_IN_USE (buddy_release(): BUDDY_NOT_ALLOCATED) if a
 *	frame is in another state, with *@conflict (may be NULL) the first such
 *	frame; BUDDY_FOREIGN; BUDDY_INVALID
 */
enum buddy_status buddy_reserve(struct buddy *b, u32 frame, u32 count,
				u32 *conflict);
enum buddy_status buddy_release(struct buddy *b, u32 frame, u32 count,
				u32 *conflict);

/**
 * buddy_find() - the node that covers a frame
 *
 * Return: the covering block; for frames of the open word as if it had been
 *	folded; BUDDY_STATE_OUTSIDE if the frame is not in the zone
 */
struct buddy_block buddy_find(struct buddy *b, u32 frame);

/**
 * buddy_next_tile() - the largest aligned block that starts a range
 *
 * @frame: first frame
 * @count: frames in the range, >= 1
 * Return: its order: the largest k with @frame a multiple of 1 << k and
 *	1 << k <= @count, at most BUDDY_MAX_ORDER
 */
unsigned int buddy_next_tile(u32 frame, u32 count);

/**
 * struct buddy_stats - the state in numbers, as if the open word were folded
 *
 * @frames:   frames in the zone
 * @free:     free frames
 * @reserved: reserved frames
 * @nfree:    free blocks of each order
 * @nused:    allocated blocks of each order
 */
struct buddy_stats {
	u32 frames;
	u32 free;
	u32 reserved;
	u32 nfree[BUDDY_ORDERS];
	u32 nused[BUDDY_ORDERS];
};

/* Fold the open word and fill @stats. */
void buddy_stats(struct buddy *b, struct buddy_stats *stats);

/**
 * buddy_fragmentation() - how much of what is free is in blocks too small
 *
 * @stats: as buddy_stats() has filled them
 * @order: of the smallest that is not; beyond the largest, all are too small
 * Return: percent of the free frames, rounded down; 0 if nothing is free
 */
unsigned int buddy_fragmentation(const struct buddy_stats *stats,
				 unsigned int order);

/* Free frames, in constant time. */
u32 buddy_free_frames(const struct buddy *b);

/**
 * buddy_largest() - the largest run that buddy_alloc() would give
 *
 * Return: its order, or -1 if nothing is free
 */
int buddy_largest(struct buddy *b);

/**
 * buddy_check() - verify every invariant; a pass over the whole tree
 *
 * @frame: (may be NULL) receives where the first violation was found
 * Return: NULL if all hold, else the name of the violated invariant
 */
const char *buddy_check(struct buddy *b, u32 *frame);

#endif /* _MMU_PFA_BUDDY_H */
