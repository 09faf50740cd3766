/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The page-frame allocator: zones, owners, statistics, over buddy.h.
 *
 * A zone is a range of RAM with its struct pfa_zone and its buddy metadata
 * carved out of its own last frames, as reserved. Zones come from a memory
 * source (U-Boot's LMB on the board, malloc in tests) or from the caller, and
 * go back when they are empty.
 *
 * Each allocation has a record beside it, out of band, in record frames that
 * the zone holds for the purpose: whose it is (a tag), who asked, and a 16-bit
 * word that the page-table engine uses for table pages.
 *
 * Addresses are physical, in bytes. Functions lock; a call from inside another
 * (a fault handler) is detected and refused, with -EDEADLK, BUDDY_REENTERED or
 * false; pfa_ungrow() and pfa_trim() then give nothing back. Those that look at no
 * zone don't lock: pfa_init(), before which there is no lock, pfa_set_fault(),
 * pfa_was_injected(), pfa_set_link_offset(), pfa_request_from(), pfa_tag_valid()
 * and pfa_page_allocator(). Of the table pages' functions live() serves who holds
 * the lock, too.
 */

#ifndef _MMU_PFA_PFA_H
#define _MMU_PFA_PFA_H

#include <mmu_pfa/buddy.h>
#include <mmu_pfa/page_alloc.h>
#include <mmu_pfa/port.h>

#define PFA_TAG_LEN		15	/* characters, without the NUL */
#define PFA_TAGS		64	/* tags in use at a time */
#define PFA_ZONES		64

/** enum pfa_owner - whose a block is */
enum pfa_owner {
	PFA_OWNER_NONE,		/* free */
	PFA_OWNER_USER,		/* pfa_alloc() and pfa_reserve(), by tag */
	PFA_OWNER_TABLE,	/* translation tables */
	PFA_OWNER_LAZY,		/* frames of demand-zero regions */
	PFA_OWNER_SNAP,		/* frames of copy-on-write snapshots */
	PFA_OWNER_META,		/* the zone's own metadata and records */
	PFA_OWNER_BAD,		/* taken out of service */
};

/* Somebody who types asks: no function is at an odd address. */
#define PFA_CALLER_CONSOLE	1

/**
 * struct pfa_source - where zones come from
 *
 * @take:    @size bytes (a multiple of 4 KiB) aligned to @align (a power of two,
 *	     at least 4 KiB): 0 with *@pa; -ENOMEM there are none, or -EFAULT
 *	     there are, but none that can be accessed
 * @give:    back to the source; exactly what one take() gave
 * @ctx:     handed to both
 */
struct pfa_source {
	int (*take)(void *ctx, u64 size, u64 align, u64 *pa);
	void (*give)(void *ctx, u64 pa, u64 size);
	void *ctx;
};

/**
 * struct pfa_request - what is wanted; a zeroed one asks for nothing in
 *	particular
 *
 * @size:   bytes, rounded up to whole frames
 * @align:  bytes, a power of two up to 1 GiB, or 0 for the natural alignment:
 *	    that of the size rounded up to a power of two, at most 1 GiB
 * @lo:     lowest address allowed
 * @hi:     first address not allowed, or 0 for no bound
 * @owner:  PFA_OWNER_USER, _LAZY or _SNAP
 * @tag:    name for PFA_OWNER_USER, 1..PFA_TAG_LEN letters, digits and
 *	    _ . : - (not "-" itself), or NULL for none
 * @caller: who asks: a code address as linked, or PFA_CALLER_CONSOLE; if 0, it is
 *	    where pfa_alloc(), pfa_alloc_many() or pfa_reserve() was called
 */
struct pfa_request {
	u64 size;
	u64 align;
	u64 lo;
	u64 hi;
	enum pfa_owner owner;
	const char *tag;
	u32 caller;
};

/**
 * struct pfa_block - one allocation, or one free block, as seen from outside
 *
 * @pa:     its first byte
 * @size:   bytes
 * @order:  order of its first tile
 * @state:  free, used or reserved
 * @owner:  whose
 * @tag:    tag name, "" where it has none; the allocator's own copy, which stays
 *	    only until the next call that allocates or frees
 * @caller: as in struct pfa_request; 0 for table pages
 * @word:   the record's word
 */
struct pfa_block {
	u64 pa;
	u64 size;
	unsigned int order;
	enum buddy_state state;
	enum pfa_owner owner;
	const char *tag;
	u32 caller;
	u16 word;
};

/**
 * struct pfa_record - what is known of one tile of an allocation
 *
 * All zero where no tile starts.
 *
 * @owner:     enum pfa_owner
 * @more:      the allocation goes on after this tile
 * @continued: this is not its first tile
 * @tag:       number of its tag, 0 for none
 * @word:      the page-table engine's word
 * @caller:    as in struct pfa_request
 */
struct pfa_record {
	u8 owner : 4;
	u8 more : 1;
	u8 continued : 1;
	u8 tag;
	u16 word;
	u32 caller;
};

/**
 * struct pfa_group - the records of 512 frames: one record frame
 *
 * @frame: the frame that holds them; meaningless while @count is 0
 * @count: records in use
 */
struct pfa_group {
	u32 frame;
	u32 count;
};

/**
 * struct pfa_zone - one zone; lives in its own last frames
 *
 * The fields of this struct and of struct pfa belong to lib/mmu_pfa/pfa*.c.
 *
 * @next:          the zone at the next higher address
 * @pa, @size:     the whole of it
 * @base:          address of the buddy's frame 0
 * @virt_offset:   virtual minus physical address
 * @buddy:         its frames
 * @groups:        one for each 512 frames, from the group of its first frame
 * @meta_frame:    the first frame of this struct, the buddy's metadata and
 *		   @groups; reserved in the buddy, up to the zone's end
 * @spare:         an empty record frame kept at hand, all zero, if @has_spare
 * @has_spare:     whether one is held
 * @record_frames: record frames in use, the spare included
 * @used:          frames allocated, record frames not counted
 * @bad:           frames out of service
 * @peak:          the largest @used ever
 * @peak_before:   @peak when the request under way began
 * @from_source:   pfa_trim() may give it back
 */
struct pfa_zone {
	struct pfa_zone *next;
	u64 pa;
	u64 size;
	u64 base;
	s64 virt_offset;
	struct buddy buddy;
	struct pfa_group *groups;
	u32 meta_frame;
	u32 spare;
	bool has_spare;
	bool from_source;
	u32 record_frames;
	u32 used;
	u32 bad;
	u32 peak;
	u32 peak_before;
};

/** struct pfa_tag - a name, and the allocations and frames that bear it */
struct pfa_tag {
	char name[PFA_TAG_LEN + 1];
	u32 refs;
	u32 frames;
};

/**
 * struct pfa_lock - one operation at a time
 *
 * @holder: who holds it, 0 if nobody
 */
struct pfa_lock {
	uintptr_t holder;
};

/**
 * struct pfa - an allocator
 *
 * @tables:      itself as the provider of table pages
 * @lock:        taken by every function that looks at zones
 * @virt_offset: virtual minus physical address of all its memory
 * @link_offset: of a code address to that address as linked
 * @source:      where zones come from; its take is NULL if nowhere
 * @zones:       by address
 * @nzones:      how many
 * @hint:        the zone last looked up
 * @newest:      the zone last taken from the source, while it is there
 * @tags:        names by number; number 0 is for those without
 * @tag_hint:    the tag last used
 * @by_owner:    frames allocated, of each owner; those out of service
 * @used:        frames allocated, all owners but PFA_OWNER_META
 * @peak:        the largest @used ever
 * @allocs, @frees, @refused, @failed: as in struct pfa_stats
 * @fault:       allocations until the one that fails; 0 for none, see
 *		 pfa_set_fault()
 * @injected:    the last request failed by that
 */
struct pfa {
	struct page_allocator tables;
	struct pfa_lock lock;
	s64 virt_offset;
	u64 link_offset;
	struct pfa_source source;
	struct pfa_zone *zones;
	unsigned int nzones;
	struct pfa_zone *hint;
	struct pfa_zone *newest;
	struct pfa_tag tags[PFA_TAGS + 1];
	unsigned int tag_hint;
	u64 by_owner[PFA_OWNER_BAD + 1];
	u64 used;
	u64 peak;
	u64 allocs;
	u64 frees;
	u64 refused;
	u64 failed;
	unsigned int fault;
	bool injected;
};

/**
 * pfa_init() - an allocator without memory
 *
 * @pfa:         to be initialised
 * @virt_offset: virtual minus physical address of all memory it will manage
 * @source:      where pfa_grow() takes zones from; may be NULL
 */
void pfa_init(struct pfa *pfa, s64 virt_offset, const struct pfa_source *source);

/**
 * pfa_set_link_offset() - where the code runs
 *
 * @offset: the address of a function minus that as linked; 0 if nobody says
 */
void pfa_set_link_offset(struct pfa *pfa, u64 offset);

/**
 * pfa_request_from() - a request whose caller is known
 *
 * For who hands requests on: the function behind it asks, not itself.
 *
 * @back: where that was called, which is the caller if @req doesn't say
 * Return: the request with a caller
 */
struct pfa_request pfa_request_from(const struct pfa *pfa,
				    const struct pfa_request *req,
				    const void *back);

/**
 * pfa_add_zone() - manage a range of RAM that the caller owns
 *
 * Writes to metadata only, 4 KiB for each GiB and the top of the buddy's tree.
 *
 * @pa, @size: multiples of 4 KiB; the zone's metadata is carved out of its end
 * Return: 0; -EINVAL misaligned, empty or wrapping; -ERANGE too large for one
 *	zone; -EEXIST overlaps a zone; -ENOSPC too many zones, or too small to
 *	hold its own metadata and one frame; -EDEADLK. On error nothing has
 *	changed
 */
int pfa_add_zone(struct pfa *pfa, u64 pa, u64 size);

/**
 * pfa_grow() - take a zone of @size bytes from the source
 *
 * Return: 0; -EINVAL; -ENOMEM or -EFAULT from the source, or it has none; else
 *	as pfa_add_zone(), with what was taken given back
 */
int pfa_grow(struct pfa *pfa, u64 size);

/**
 * pfa_grow_for() - take a zone from the source in which requests fit
 *
 * @req:   its size and alignment; the rest is ignored
 * @n:     how many like it, at least 1
 * @chunk: least size of the zone in bytes
 * Return: 0; -EINVAL; -ENOMEM no zone is that large; else as pfa_grow()
 */
int pfa_grow_for(struct pfa *pfa, const struct pfa_request *req, u32 n,
		 u64 chunk);

/**
 * pfa_ungrow() - give the zone that was taken last back, if it is empty
 *
 * For who took it for a request that failed nevertheless.
 *
 * Return: bytes given back; 0 also where the lock is held
 */
u64 pfa_ungrow(struct pfa *pfa);

/**
 * pfa_trim() - give zones that came from the source and are empty back to it
 *
 * Not a zone with frames out of service: nobody is to load an image there.
 *
 * Return: bytes given back
 */
u64 pfa_trim(struct pfa *pfa);

/**
 * pfa_fini() - let go of every zone, frames out of service included
 *
 * Return: 0; -EBUSY if any frame is allocated (nothing changed); -EDEADLK
 */
int pfa_fini(struct pfa *pfa);

/**
 * pfa_alloc() - frames for a request
 *
 * A size that is no power of two gets exactly its frames, which may be those of
 * several free blocks that touch. It fails only if no zone has such a run, or for
 * want of frames for records; it takes no zone from the source, which can't be
 * asked where interrupts are masked (see pfa_grow_for()).
 *
 * Zones are tried in address order. In each, where no bounds are given, a power
 * of two with its natural alignment is looked up in the index: as many steps as
 * there are orders and levels. Any other size or alignment, or bounds, may take
 * a pass over all blocks of the zone, and so does a run across blocks. For each
 * tile of the size (one for each binary digit, and for each GiB) a record is
 * written, and with the first record of 2 MiB a page is cleared.
 *
 * Return: 0 with *@pa; -EINVAL (size 0, align no power of two or too large,
 *	empty range, owner, bad tag); -ENOMEM, also where there is no frame
 *	left for the record; -ENOSPC no room for another tag; -EDEADLK.
 *	On error nothing has changed
 */
int pfa_alloc(struct pfa *pfa, const struct pfa_request *req, u64 *pa);

/**
 * pfa_alloc_many() - so many allocations like this one, or none
 *
 * @n:  how many
 * @pa: receives their addresses; undefined after an error
 * Return: as pfa_alloc(). On error nothing has changed, peaks included
 */
int pfa_alloc_many(struct pfa *pfa, const struct pfa_request *req, u32 n,
		   u64 *pa);

/**
 * pfa_reserve() - exactly these frames
 *
 * @pa, @size: multiples of 4 KiB
 * @req:       owner, tag and caller; the rest is ignored
 * @conflict:  (may be NULL) receives the first address that is not free
 * Return: 0; -EINVAL; -ERANGE not in any one zone; -EBUSY not all free;
 *	-ENOMEM no frame for records; -ENOSPC; -EDEADLK
 */
int pfa_reserve(struct pfa *pfa, u64 pa, u64 size,
		const struct pfa_request *req, u64 *conflict);

/**
 * pfa_free() - give an allocation back by its first address
 *
 * @owner: the owner it must have, so that nobody frees what is not theirs
 * @why:   (may be NULL) on refusal receives what covers @pa, as pfa_find()
 * Return: BUDDY_OK; else nothing has changed:
 *	BUDDY_FOREIGN       no zone holds @pa
 *	BUDDY_MISALIGNED    no frame starts there
 *	BUDDY_NOT_ALLOCATED free already
 *	BUDDY_INTERIOR      inside an allocation
 *	BUDDY_RESERVED      metadata, or out of service
 *	BUDDY_IN_USE        the owner is another
 *	BUDDY_REENTERED
 */
enum buddy_status pfa_free(struct pfa *pfa, u64 pa, enum pfa_owner owner,
			   struct pfa_block *why);

/**
 * pfa_find() - what covers an address
 *
 * @block: the whole allocation, if the address is in one; the free block; the
 *	   zone's metadata or a record frame (PFA_OWNER_META); or frames out of
 *	   service (PFA_OWNER_BAD)
 * Return: whether a zone holds it; if not, or if the lock is held, @block is all
 *	zero but for @pa
 */
bool pfa_find(struct pfa *pfa, u64 pa, struct pfa_block *block);

/* Whether somebody holds the lock whom this call has interrupted. */
bool pfa_busy(struct pfa *pfa);

/**
 * pfa_next() - iterate over allocations in address order
 *
 * @from:  first address to look at; 0 to begin
 * @block: receives the first allocation that starts at or after @from
 * Return: whether there is one. Go on from @block->pa + @block->size
 */
bool pfa_next(struct pfa *pfa, u64 from, struct pfa_block *block);

/**
 * pfa_walk() - iterate over everything in address order
 *
 * Free blocks, whole allocations, metadata, record frames and frames out of
 * service follow on each other without a gap inside a zone.
 *
 * @from:  first address to look at; 0 to begin
 * @block: receives what covers @from, or the first block of the next zone; as
 *	   pfa_find()
 * Return: whether there is one. Go on from @block->pa + @block->size
 */
bool pfa_walk(struct pfa *pfa, u64 from, struct pfa_block *block);

/**
 * pfa_offline() - take free frames out of service: never given out
 * pfa_online() - the opposite
 *
 * @pa, @size: multiples of 4 KiB
 * @conflict:  (may be NULL) receives an address that is not free (pfa_online():
 *	       not out of service)
 * Return: 0; -EINVAL; -ERANGE not in any one zone; -EBUSY with *@conflict;
 *	-EDEADLK. On error nothing has changed
 */
int pfa_offline(struct pfa *pfa, u64 pa, u64 size, u64 *conflict);
int pfa_online(struct pfa *pfa, u64 pa, u64 size, u64 *conflict);

/**
 * struct pfa_report - what pfa_check() found
 *
 * @violated: name of the first invariant that does not hold, or NULL: those of
 *	      the buddy (partition, canonical, index, range, fresh, open,
 *	      count), and
 *	      zones    sorted, disjoint, each inside its limits
 *	      record   a block that is allocated has a record or holds records,
 *		       and nothing else has one
 *	      chain    the tiles of an allocation follow on each other and agree
 *	      group    each group counts its records
 *	      reserved the metadata is reserved, and so is nothing uncounted
 *	      account  frames of each owner, zone and tag add up
 * @pa:       where; the first address of the zone where it is a matter of sums
 * @zones:    zones looked at
 * @frames:   frames in them
 * @allocs:   allocations in them
 */
struct pfa_report {
	const char *violated;
	u64 pa;
	unsigned int zones;
	u64 frames;
	u64 allocs;
};

/**
 * pfa_check() - verify every invariant of buddy, records and accounts
 *
 * A pass over all metadata; changes nothing that counts.
 *
 * Return: 0; -EUCLEAN with @report->violated; -EDEADLK
 */
int pfa_check(struct pfa *pfa, struct pfa_report *report);

/**
 * pfa_set_fault() - fault injection: let the @n-th allocation from now fail
 *
 * Once, with -ENOMEM and nothing changed. What counts as an allocation is each
 * valid pfa_alloc() and pfa_reserve(), and each single table page. Where it is
 * not compiled in (CONFIG_PFA_FAIL) this does nothing.
 *
 * @n: 1 for the next one; 0 to call it off
 */
void pfa_set_fault(struct pfa *pfa, unsigned int n);

/* Whether the last request failed because it was told to. */
bool pfa_was_injected(const struct pfa *pfa);

/**
 * struct pfa_selftest - a random test of a live allocator, and its outcome
 *
 * @iterations: operations to do
 * @seed:       of the random numbers: equal seeds, equal operations
 * @stop:       (may be NULL) asked now and then; true ends the test early
 * @ctx:        handed to @stop
 * @done:       out: operations done
 * @allocs, @frees, @wrong, @full: out: of those, by kind; @wrong are frees that
 *		had to be refused, @full requests that there was no room for
 * @pa:         out: the address of what went wrong
 */
struct pfa_selftest {
	u32 iterations;
	u64 seed;
	bool (*stop)(void *ctx);
	void *ctx;
	u32 done;
	u32 allocs;
	u32 frees;
	u32 wrong;
	u32 full;
	u64 pa;
};

/**
 * pfa_selftest() - random operations on the allocator as it is
 *
 * Allocates and frees blocks of random sizes, fills each with a pattern of its
 * own and verifies it when it is freed, tries wrong frees, and runs pfa_check()
 * now and then and at the end. Uses at most half of what is free and gives
 * everything back: only counters and peak have changed afterwards.
 *
 * Return: NULL if all went well, else what went wrong, in words
 */
const char *pfa_selftest(struct pfa *pfa, struct pfa_selftest *test);

/**
 * struct pfa_zone_stats - one zone in numbers; sizes in bytes
 *
 * @pa, @size:  the zone, its metadata included
 * @buddy:      its blocks
 * @meta:       bytes of metadata and records inside the zone
 * @peak:       largest number of bytes ever allocated at once
 * @largest:    the largest request that would succeed in it
 * @from_source: whether pfa_trim() may give it back
 */
struct pfa_zone_stats {
	u64 pa;
	u64 size;
	struct buddy_stats buddy;
	u64 meta;
	u64 peak;
	u64 largest;
	bool from_source;
};

/**
 * struct pfa_stats - all zones together; sizes in bytes
 *
 * @zones:   zones in use
 * @size:    managed, metadata included
 * @free:    free
 * @used:    allocated, all owners, metadata not included
 * @meta:    metadata and records
 * @peak:    largest @used ever
 * @largest: the largest request that would succeed
 * @allocs, @frees: operations that succeeded
 * @refused: frees refused
 * @failed:  allocations that failed
 * @by_owner: bytes of each owner; of PFA_OWNER_BAD those out of service, which
 *	are in neither @free nor @used
 */
struct pfa_stats {
	unsigned int zones;
	u64 size;
	u64 free;
	u64 used;
	u64 meta;
	u64 peak;
	u64 largest;
	u64 allocs;
	u64 frees;
	u64 refused;
	u64 failed;
	u64 by_owner[PFA_OWNER_BAD + 1];
};

/* Return: 0; -EDEADLK with @stats all zero */
int pfa_stats(struct pfa *pfa, struct pfa_stats *stats);

/**
 * struct pfa_tag_stats - what bears a tag
 *
 * @name:   the tag, "" for allocations of PFA_OWNER_USER without one
 * @allocs: allocations
 * @bytes:  their bytes
 */
struct pfa_tag_stats {
	char name[PFA_TAG_LEN + 1];
	u32 allocs;
	u64 bytes;
};

/**
 * pfa_tag_stats() - the tag number @i of those in use
 *
 * Return: whether there is one
 */
bool pfa_tag_stats(struct pfa *pfa, unsigned int i,
		   struct pfa_tag_stats *stats);

/*
 * Whether a tag may be used: 1 to PFA_TAG_LEN letters, digits, _ . : or -. Not a
 * lone -, which is shown where there is none.
 */
bool pfa_tag_valid(const char *tag);

/**
 * pfa_zone_stats() - the zone number @i in address order
 *
 * Return: whether there is one
 */
bool pfa_zone_stats(struct pfa *pfa, unsigned int i,
		    struct pfa_zone_stats *stats);

/**
 * pfa_page_allocator() - the PFA as the provider of table pages
 *
 * Its pages are frames of PFA_OWNER_TABLE; the live word is their record's
 * word. Never grows: a table page may be wanted with interrupts masked. Its
 * alloc() may also return -EDEADLK; its free() leaves alone, and counts as
 * refused, what is no table page.
 */
struct page_allocator *pfa_page_allocator(struct pfa *pfa);

#endif /* _MMU_PFA_PFA_H */
