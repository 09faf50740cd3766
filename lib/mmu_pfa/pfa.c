// SPDX-License-Identifier: GPL-2.0+
/*
 * The page-frame allocator over all its zones: requests, tags, statistics, and
 * the provider of table pages. See <mmu_pfa/pfa.h>; one zone is pfa_zone.c.
 *
 * Functions named *_locked expect the lock to be held.
 */

#include <mmu_pfa/lock.h>

#include "pfa_zone.h"

#define GROW_ALIGN	(512 * FRAME_SIZE)	/* so that 2 MiB blocks exist */
#define GROW_STEP	(16 * FRAME_SIZE)
#define MAX_BLOCK	(FRAME_SIZE << BUDDY_MAX_ORDER)

static bool lock(struct pfa *pfa)
{
	return pfa_lock_take(&pfa->lock);
}

static void unlock(struct pfa *pfa)
{
	pfa_lock_drop(&pfa->lock);
}

/* Fault injection */

void pfa_set_fault(struct pfa *pfa, unsigned int n)
{
	if (IS_ENABLED(CONFIG_PFA_FAIL))
		pfa->fault = n;
}

/* Whether the allocation that is about to be made is the one to fail. */
static bool fault_now(struct pfa *pfa)
{
	if (!IS_ENABLED(CONFIG_PFA_FAIL) || likely(!pfa->fault) || --pfa->fault)
		return false;
	pfa->injected = true;
	return true;
}

bool pfa_was_injected(const struct pfa *pfa)
{
	return pfa->injected;
}

/* Tags */

/* Of any character but the NUL. */
static bool tag_char_valid(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr("_.:-", c);
}

bool pfa_tag_valid(const char *tag)
{
	size_t len = 0;

	for (; tag[len]; len++) {
		if (!tag_char_valid(tag[len]) || len == PFA_TAG_LEN)
			return false;
	}
	return len;
}

/* The number of a tag, in use or not; PFA_TAGS + 1 if all are in use. */
static unsigned int tag_number(const struct pfa *pfa, const char *name)
{
	unsigned int unused = PFA_TAGS + 1;

	if (!name)
		return 0;
	/* mostly it is the one that was wanted before */
	if (pfa->tags[pfa->tag_hint].refs && pfa->tag_hint &&
	    !strcmp(pfa->tags[pfa->tag_hint].name, name))
		return pfa->tag_hint;
	for (unsigned int i = PFA_TAGS; i; i--) {
		if (!pfa->tags[i].refs)
			unused = i;
		else if (!strcmp(pfa->tags[i].name, name))
			return i;
	}
	return unused;
}

static void tag_use(struct pfa *pfa, unsigned int number, const char *name,
		    u32 frames)
{
	struct pfa_tag *tag = &pfa->tags[number];

	if (number && !tag->refs)
		memcpy(tag->name, name, strlen(name) + 1);
	pfa->tag_hint = number;
	tag->refs++;
	tag->frames += frames;
}

static void tag_drop(struct pfa *pfa, unsigned int number, u32 frames)
{
	pfa->tags[number].refs--;
	pfa->tags[number].frames -= frames;
}

static bool tag_stats_locked(struct pfa *pfa, unsigned int i,
			     struct pfa_tag_stats *stats)
{
	for (unsigned int number = 0; number <= PFA_TAGS; number++) {
		const struct pfa_tag *tag = &pfa->tags[number];

		if (!tag->refs || i--)
			continue;
		strcpy(stats->name, number ? tag->name : "-");
		stats->allocs = tag->refs;
		stats->bytes = (u64)tag->frames << FRAME_SHIFT;
		return true;
	}
	return false;
}

bool pfa_tag_stats(struct pfa *pfa, unsigned int i,
		   struct pfa_tag_stats *stats)
{
	bool found;

	if (!lock(pfa))
		return false;
	found = tag_stats_locked(pfa, i, stats);
	unlock(pfa);
	return found;
}

/* Accounts */

static void account_alloc(struct pfa *pfa, enum pfa_owner owner, u32 frames,
			  u32 operations)
{
	pfa->by_owner[owner] += frames;
	pfa->used += frames;
	if (pfa->used > pfa->peak)
		pfa->peak = pfa->used;
	pfa->allocs += operations;
}

static void account_free(struct pfa *pfa, enum pfa_owner owner, u32 frames)
{
	pfa->by_owner[owner] -= frames;
	pfa->used -= frames;
	pfa->frees++;
}

/** struct marks - what a request of several parts changes for good */
struct marks {
	u64 peak;
	u64 allocs;
	u64 frees;
};

static struct marks marks_save(struct pfa *pfa)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next)
		zone->peak_before = zone->peak;
	return (struct marks){ pfa->peak, pfa->allocs, pfa->frees };
}

/* Once the parts that succeeded have been given back. */
static void marks_restore(struct pfa *pfa, const struct marks *marks)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next)
		zone->peak = zone->peak_before;
	pfa->peak = marks->peak;
	pfa->allocs = marks->allocs;
	pfa->frees = marks->frees;
}

/* Zones */

struct pfa_zone *pfa_zone_at(struct pfa *pfa, u64 pa)
{
	struct pfa_zone *zone = pfa->hint;

	if (zone && zone_holds(zone, pa))
		return zone;
	for (zone = pfa->zones; zone; zone = zone->next) {
		if (zone_holds(zone, pa)) {
			pfa->hint = zone;
			return zone;
		}
	}
	return NULL;
}

static bool overlaps_zone(const struct pfa *pfa, u64 pa, u64 size)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (pa < zone->pa + zone->size && zone->pa < pa + size)
			return true;
	}
	return false;
}

static void zone_link(struct pfa *pfa, struct pfa_zone *zone)
{
	struct pfa_zone **link = &pfa->zones;

	while (*link && (*link)->pa < zone->pa)
		link = &(*link)->next;
	zone->next = *link;
	*link = zone;
	pfa->nzones++;
}

/* Take a zone off the list, and give it back if it came from the source. */
static u64 zone_unlink(struct pfa *pfa, struct pfa_zone **link)
{
	struct pfa_zone *zone = *link;
	u64 pa = zone->pa;
	u64 size = zone->size;

	*link = zone->next;
	pfa->nzones--;
	pfa->hint = NULL;
	if (pfa->newest == zone)
		pfa->newest = NULL;
	if (!zone->from_source)
		return 0;
	pfa->source.give(pfa->source.ctx, pa, size);
	return size;
}

static int add_zone_locked(struct pfa *pfa, u64 pa, u64 size, bool from_source)
{
	struct pfa_zone *zone;
	int ret;

	/* before pfa_zone_create() writes to it */
	if (pa + size > pa && overlaps_zone(pfa, pa, size))
		return -EEXIST;
	if (pfa->nzones == PFA_ZONES)
		return -ENOSPC;
	ret = pfa_zone_create(pa, size, pfa->virt_offset, &zone);
	if (ret)
		return ret;
	zone->from_source = from_source;
	if (from_source)
		pfa->newest = zone;
	zone_link(pfa, zone);
	return 0;
}

static int grow_locked(struct pfa *pfa, u64 size, u64 align)
{
	u64 pa;
	int ret;

	if (!pfa->source.take)
		return -ENOMEM;
	ret = pfa->source.take(pfa->source.ctx, size, align, &pa);
	if (ret)
		return ret;
	ret = add_zone_locked(pfa, pa, size, true);
	if (ret)
		pfa->source.give(pfa->source.ctx, pa, size);
	return ret;
}

int pfa_add_zone(struct pfa *pfa, u64 pa, u64 size)
{
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	ret = add_zone_locked(pfa, pa, size, false);
	unlock(pfa);
	return ret;
}

int pfa_grow(struct pfa *pfa, u64 size)
{
	int ret;

	if (!size || size & FRAME_MASK)
		return -EINVAL;
	if (!lock(pfa))
		return -EDEADLK;
	ret = grow_locked(pfa, size,
			  size < GROW_ALIGN ? FRAME_SIZE : GROW_ALIGN);
	unlock(pfa);
	return ret;
}

void pfa_set_growth(struct pfa *pfa, u64 chunk)
{
	pfa->growth = chunk;
}

static bool may_give(const struct pfa_zone *zone)
{
	return zone->from_source && !zone->used && !zone->bad;
}

u64 pfa_ungrow(struct pfa *pfa)
{
	struct pfa_zone **link = &pfa->zones;
	u64 given = 0;

	if (!lock(pfa))
		return 0;
	if (pfa->newest && may_give(pfa->newest)) {
		while (*link != pfa->newest)
			link = &(*link)->next;
		given = zone_unlink(pfa, link);
	}
	unlock(pfa);
	return given;
}

u64 pfa_trim(struct pfa *pfa)
{
	struct pfa_zone **link = &pfa->zones;
	u64 given = 0;

	if (!lock(pfa))
		return 0;
	while (*link) {
		if (may_give(*link))
			given += zone_unlink(pfa, link);
		else
			link = &(*link)->next;
	}
	unlock(pfa);
	return given;
}

int pfa_fini(struct pfa *pfa)
{
	if (!lock(pfa))
		return -EDEADLK;
	if (pfa->used) {
		unlock(pfa);
		return -EBUSY;
	}
	while (pfa->zones)
		zone_unlink(pfa, &pfa->zones);
	unlock(pfa);
	return 0;
}

/* Requests */

/* What a request comes to in frames, once it has been found valid. */
struct plan {
	u32 count;
	unsigned int align_order;
	unsigned int tag;
	struct pfa_record record;
};

static bool owner_may_ask(enum pfa_owner owner)
{
	return owner == PFA_OWNER_USER || owner == PFA_OWNER_LAZY ||
	       owner == PFA_OWNER_SNAP;
}

/* Whose it will be: the part of a request that pfa_reserve() has too. */
static int plan_record(const struct pfa *pfa, const struct pfa_request *req,
		       struct plan *plan)
{
	const char *tag = req->owner == PFA_OWNER_USER ? req->tag : NULL;

	if (!owner_may_ask(req->owner) || (tag && !pfa_tag_valid(tag)))
		return -EINVAL;
	plan->tag = tag_number(pfa, tag);
	if (plan->tag > PFA_TAGS)
		return -ENOSPC;
	plan->record = (struct pfa_record){
		.owner = req->owner,
		.tag = plan->tag,
		.caller = req->caller,
	};
	return 0;
}

static int plan_frames(const struct pfa_request *req, struct plan *plan)
{
	if (!req->size || (req->hi && req->lo >= req->hi))
		return -EINVAL;
	/* a power of two, if any */
	if (req->align & (req->align - 1) || req->align > MAX_BLOCK)
		return -EINVAL;
	if (req->size > BUDDY_MAX_FRAMES * FRAME_SIZE)
		return -ENOMEM;
	plan->count = (req->size + FRAME_MASK) >> FRAME_SHIFT;
	plan->align_order = pfa_natural_order(plan->count);
	if (req->align)
		plan->align_order = req->align < FRAME_SIZE ? 0 :
			__builtin_ctzll(req->align) - FRAME_SHIFT;
	return 0;
}

static int alloc_from_zones(struct pfa *pfa, const struct pfa_request *req,
			    const struct plan *plan, u64 *pa)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		struct zone_range range = pfa_zone_clip(zone, req->lo, req->hi);
		u32 frame;

		if (range.lo >= range.hi ||
		    pfa_zone_alloc(zone, plan->count, plan->align_order, range,
				   &plan->record, &frame))
			continue;
		*pa = zone_pa(zone, frame);
		return 0;
	}
	return -ENOMEM;
}

static bool may_grow(const struct pfa *pfa, const struct pfa_request *req)
{
	return pfa->growth && req->owner == PFA_OWNER_USER && !req->lo &&
	       !req->hi;
}

/*
 * A zone at whose start so many requests fit, each where its alignment lets it
 * begin, and after them its own metadata and a record frame for each tile that
 * may be in a group of its own.
 */
static int grow_for_locked(struct pfa *pfa, const struct plan *plan, u32 n,
			   u64 chunk)
{
	u64 align = FRAME_SIZE << plan->align_order;
	u64 stride = (plan->count * FRAME_SIZE + align - 1) & ~(align - 1);
	u64 bytes, frames, size;

	/* so that no product wraps */
	if (n - 1 > BUDDY_MAX_FRAMES / (stride >> FRAME_SHIFT))
		return -ENOMEM;
	bytes = (n - 1) * stride + plan->count * FRAME_SIZE;
	frames = (bytes >> FRAME_SHIFT) + BUDDY_ORDERS +
		 n * stride / (GROUP_FRAMES * FRAME_SIZE);
	if (frames > BUDDY_MAX_FRAMES)
		return -ENOMEM;
	frames += pfa_zone_overhead(frames + pfa_zone_overhead(frames));
	size = (frames * FRAME_SIZE + GROW_STEP - 1) & ~(GROW_STEP - 1);
	if (size < chunk)
		size = (chunk + FRAME_MASK) & ~FRAME_MASK;
	return grow_locked(pfa, size, align < GROW_ALIGN ? GROW_ALIGN : align);
}

int pfa_grow_for(struct pfa *pfa, const struct pfa_request *req, u32 n,
		 u64 chunk)
{
	struct plan plan;
	int ret = plan_frames(req, &plan);

	if (ret || !n || n > BUDDY_MAX_FRAMES)
		return ret ? ret : -EINVAL;
	if (!lock(pfa))
		return -EDEADLK;
	ret = grow_for_locked(pfa, &plan, n, chunk);
	unlock(pfa);
	return ret;
}

static int alloc_locked(struct pfa *pfa, const struct pfa_request *req, u64 *pa)
{
	struct plan plan;
	int ret;

	ret = plan_record(pfa, req, &plan);
	if (!ret)
		ret = plan_frames(req, &plan);
	if (ret)
		return ret;
	if (fault_now(pfa))
		return -ENOMEM;
	ret = alloc_from_zones(pfa, req, &plan, pa);
	if (ret && may_grow(pfa, req) &&
	    !grow_for_locked(pfa, &plan, 1, pfa->growth))
		ret = alloc_from_zones(pfa, req, &plan, pa);
	if (ret)
		return ret;
	account_alloc(pfa, req->owner, plan.count, 1);
	if (req->owner == PFA_OWNER_USER)
		tag_use(pfa, plan.tag, req->tag, plan.count);
	return 0;
}

int pfa_alloc(struct pfa *pfa, const struct pfa_request *req, u64 *pa)
{
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	ret = alloc_locked(pfa, req, pa);
	pfa->failed += !!ret;
	unlock(pfa);
	return ret;
}

static int reserve_locked(struct pfa *pfa, u64 pa, u64 size,
			  const struct pfa_request *req, u64 *conflict)
{
	struct pfa_zone *zone;
	struct plan plan;
	u32 bad = 0;
	int ret;

	if ((pa | size) & FRAME_MASK || !size)
		return -EINVAL;
	zone = pfa_zone_at(pfa, pa);
	if (!zone || size > zone->pa + zone->size - pa)
		return -ERANGE;
	ret = plan_record(pfa, req, &plan);
	if (ret)
		return ret;
	if (fault_now(pfa))
		return -ENOMEM;
	plan.count = size >> FRAME_SHIFT;
	ret = pfa_zone_reserve(zone, zone_frame(zone, pa), plan.count,
			       &plan.record, &bad);
	if (ret == -EBUSY && conflict)
		*conflict = zone_pa(zone, bad);
	if (ret)
		return ret;
	account_alloc(pfa, req->owner, plan.count, 1);
	if (req->owner == PFA_OWNER_USER)
		tag_use(pfa, plan.tag, req->tag, plan.count);
	return 0;
}

int pfa_reserve(struct pfa *pfa, u64 pa, u64 size,
		const struct pfa_request *req, u64 *conflict)
{
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	ret = reserve_locked(pfa, pa, size, req, conflict);
	pfa->failed += !!ret;
	unlock(pfa);
	return ret;
}

/* Whether @pa is the first byte of an allocation of this owner, or why not. */
static enum buddy_status may_free(struct pfa *pfa, u64 pa, enum pfa_owner owner)
{
	struct pfa_zone *zone = pfa_zone_at(pfa, pa);
	const struct pfa_record *record;
	struct pfa_block block;

	if (!zone)
		return BUDDY_FOREIGN;
	if (pa & FRAME_MASK)
		return BUDDY_MISALIGNED;
	record = pfa_zone_record(zone, zone_frame(zone, pa));
	if (record) {
		if (record->continued)
			return BUDDY_INTERIOR;
		return record->owner == owner ? BUDDY_OK : BUDDY_IN_USE;
	}
	pfa_zone_find(zone, zone_frame(zone, pa), &block);
	switch (block.state) {
	case BUDDY_STATE_FREE:
		return BUDDY_NOT_ALLOCATED;
	case BUDDY_STATE_RESERVED:
		return BUDDY_RESERVED;
	default:	/* a record frame has no record */
		return block.pa == pa ? BUDDY_IN_USE : BUDDY_INTERIOR;
	}
}

static enum buddy_status free_locked(struct pfa *pfa, u64 pa,
				     enum pfa_owner owner)
{
	enum buddy_status status = may_free(pfa, pa, owner);
	struct pfa_zone *zone;
	unsigned int tag;
	u32 frame, count;

	if (status) {
		pfa->refused++;
		return status;
	}
	zone = pfa_zone_at(pfa, pa);
	frame = zone_frame(zone, pa);
	tag = pfa_zone_record(zone, frame)->tag;
	count = pfa_zone_free(zone, frame);
	account_free(pfa, owner, count);
	if (owner == PFA_OWNER_USER)
		tag_drop(pfa, tag, count);
	return BUDDY_OK;
}

static int alloc_many_locked(struct pfa *pfa, const struct pfa_request *req,
			     u32 n, u64 *pa)
{
	struct marks marks = marks_save(pfa);

	for (u32 i = 0; i < n; i++) {
		int ret = alloc_locked(pfa, req, &pa[i]);

		if (!ret)
			continue;
		while (i)
			free_locked(pfa, pa[--i], req->owner);
		marks_restore(pfa, &marks);
		return ret;
	}
	return 0;
}

int pfa_alloc_many(struct pfa *pfa, const struct pfa_request *req, u32 n,
		   u64 *pa)
{
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	ret = alloc_many_locked(pfa, req, n, pa);
	pfa->failed += !!ret;
	unlock(pfa);
	return ret;
}

static void find_nothing(u64 pa, struct pfa_block *block)
{
	memset(block, 0, sizeof(*block));
	block->tag = "";
	block->pa = pa;
}

static bool find_locked(struct pfa *pfa, u64 pa, struct pfa_block *block)
{
	struct pfa_zone *zone = pfa_zone_at(pfa, pa);
	const struct pfa_record *record;

	if (!zone) {
		find_nothing(pa, block);
		return false;
	}
	record = pfa_zone_find(zone, zone_frame(zone, pa), block);
	if (record && record->tag)
		block->tag = pfa->tags[record->tag].name;
	return true;
}

enum buddy_status pfa_free(struct pfa *pfa, u64 pa, enum pfa_owner owner,
			   struct pfa_block *why)
{
	enum buddy_status status;

	if (!lock(pfa)) {
		if (why)
			find_nothing(pa, why);
		return BUDDY_REENTERED;
	}
	status = free_locked(pfa, pa, owner);
	if (status && why)
		find_locked(pfa, pa, why);
	unlock(pfa);
	return status;
}

/* Looking */

bool pfa_busy(struct pfa *pfa)
{
	if (!lock(pfa))
		return true;
	unlock(pfa);
	return false;
}

bool pfa_find(struct pfa *pfa, u64 pa, struct pfa_block *block)
{
	bool found;

	if (!lock(pfa)) {
		find_nothing(pa, block);
		return false;
	}
	found = find_locked(pfa, pa, block);
	unlock(pfa);
	return found;
}

static bool next_locked(struct pfa *pfa, u64 from, struct pfa_block *block)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		struct zone_range range = pfa_zone_clip(zone, from, 0);
		const struct pfa_record *record;

		if (range.lo >= range.hi)
			continue;
		record = pfa_zone_next(zone, range.lo, block);
		if (!record)
			continue;
		if (record->tag)
			block->tag = pfa->tags[record->tag].name;
		return true;
	}
	return false;
}

bool pfa_next(struct pfa *pfa, u64 from, struct pfa_block *block)
{
	bool found;

	if (!lock(pfa))
		return false;
	found = next_locked(pfa, from, block);
	unlock(pfa);
	return found;
}

/* The first address at or after @from that a zone holds, or PA_NONE. */
static u64 next_managed(const struct pfa *pfa, u64 from)
{
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (zone_holds(zone, from))
			return from;
		if (zone->pa > from)
			return zone->pa;
	}
	return PA_NONE;
}

bool pfa_walk(struct pfa *pfa, u64 from, struct pfa_block *block)
{
	bool found;

	if (!lock(pfa))
		return false;
	from = next_managed(pfa, from);
	found = from != PA_NONE;
	if (found)
		find_locked(pfa, from, block);
	unlock(pfa);
	return found;
}

/* Frames out of service */

static int service_locked(struct pfa *pfa, u64 pa, u64 size, bool online,
			  u64 *conflict)
{
	struct pfa_zone *zone = pfa_zone_at(pfa, pa);
	u32 count = size >> FRAME_SHIFT;
	u32 frame, bad;
	int ret;

	if (!zone || size > zone->pa + zone->size - pa)
		return -ERANGE;
	frame = zone_frame(zone, pa);
	ret = online ? pfa_zone_online(zone, frame, count, &bad) :
		       pfa_zone_offline(zone, frame, count, &bad);
	if (ret) {
		if (conflict)
			*conflict = zone_pa(zone, bad);
		return ret;
	}
	pfa->by_owner[PFA_OWNER_BAD] += online ? -(u64)count : count;
	return 0;
}

static int service(struct pfa *pfa, u64 pa, u64 size, bool online,
		   u64 *conflict)
{
	int ret;

	if ((pa | size) & FRAME_MASK || !size)
		return -EINVAL;
	if (!lock(pfa))
		return -EDEADLK;
	ret = service_locked(pfa, pa, size, online, conflict);
	unlock(pfa);
	return ret;
}

int pfa_offline(struct pfa *pfa, u64 pa, u64 size, u64 *conflict)
{
	return service(pfa, pa, size, false, conflict);
}

int pfa_online(struct pfa *pfa, u64 pa, u64 size, u64 *conflict)
{
	return service(pfa, pa, size, true, conflict);
}

/* Statistics */

static void add_zone_stats(struct pfa_zone *zone, struct pfa_stats *stats)
{
	u64 largest = pfa_zone_largest(zone) * FRAME_SIZE;

	stats->zones++;
	stats->size += zone->size;
	stats->meta += pfa_zone_meta(zone);
	stats->free += (u64)buddy_free_frames(&zone->buddy) << FRAME_SHIFT;
	if (largest > stats->largest)
		stats->largest = largest;
}

int pfa_stats(struct pfa *pfa, struct pfa_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	if (!lock(pfa))
		return -EDEADLK;
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next)
		add_zone_stats(zone, stats);
	stats->used = pfa->used << FRAME_SHIFT;
	stats->peak = pfa->peak << FRAME_SHIFT;
	stats->allocs = pfa->allocs;
	stats->frees = pfa->frees;
	stats->refused = pfa->refused;
	stats->failed = pfa->failed;
	for (int i = 0; i <= PFA_OWNER_BAD; i++)
		stats->by_owner[i] = pfa->by_owner[i] << FRAME_SHIFT;
	unlock(pfa);
	return 0;
}

bool pfa_zone_stats(struct pfa *pfa, unsigned int i,
		    struct pfa_zone_stats *stats)
{
	struct pfa_zone *zone = pfa->zones;

	if (!lock(pfa))
		return false;
	for (; zone && i; i--)
		zone = zone->next;
	if (zone) {
		stats->pa = zone->pa;
		stats->size = zone->size;
		stats->meta = pfa_zone_meta(zone);
		stats->peak = (u64)zone->peak << FRAME_SHIFT;
		stats->largest = pfa_zone_largest(zone) * FRAME_SIZE;
		stats->from_source = zone->from_source;
		buddy_stats(&zone->buddy, &stats->buddy);
	}
	unlock(pfa);
	return zone;
}

/* The provider of table pages */

static struct pfa *to_pfa(struct page_allocator *self)
{
	return (struct pfa *)((char *)self - offsetof(struct pfa, tables));
}

static bool table_alloc(struct pfa *pfa, page_ref *page)
{
	const struct pfa_record record = { .owner = PFA_OWNER_TABLE };
	u32 frame;

	if (fault_now(pfa))
		return false;
	for (struct pfa_zone *zone = pfa->zones; zone; zone = zone->next) {
		if (pfa_zone_alloc_frame(zone, &record, &frame))
			continue;
		*page = zone_pa(zone, frame);
		return true;
	}
	return false;
}

/* The record of a table page that is out, or NULL. */
static struct pfa_record *table_record(struct pfa *pfa, u64 pa)
{
	struct pfa_zone *zone = pfa_zone_at(pfa, pa);
	struct pfa_record *record;

	if (!zone || pa & FRAME_MASK)
		return NULL;
	record = pfa_zone_record(zone, zone_frame(zone, pa));
	return record && record->owner == PFA_OWNER_TABLE ? record : NULL;
}

static void table_free(struct pfa *pfa, u64 pa)
{
	struct pfa_zone *zone = pfa_zone_at(pfa, pa);

	pfa_zone_free_frame(zone, zone_frame(zone, pa));
}

static int tables_alloc(struct page_allocator *self, unsigned int n,
			page_ref *pages)
{
	struct pfa *pfa = to_pfa(self);
	unsigned int given = 0;
	struct marks marks;
	int ret = 0;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	marks = marks_save(pfa);
	while (given < n && table_alloc(pfa, &pages[given]))
		given++;
	if (given == n) {
		account_alloc(pfa, PFA_OWNER_TABLE, n, n);
	} else {
		while (given)
			table_free(pfa, pages[--given]);
		marks_restore(pfa, &marks);
		pfa->failed++;
		ret = -ENOMEM;
	}
	unlock(pfa);
	return ret;
}

static void tables_free(struct page_allocator *self, unsigned int n,
			const page_ref *pages)
{
	struct pfa *pfa = to_pfa(self);

	if (!lock(pfa)) {
		/* it is the caller who holds the lock */
		pfa->refused += n;
		return;
	}
	for (; n; n--, pages++) {
		u64 pa = page_ref_pa(*pages);

		if (table_record(pfa, pa)) {
			table_free(pfa, pa);
			account_free(pfa, PFA_OWNER_TABLE, 1);
		} else {
			pfa->refused++;
		}
	}
	unlock(pfa);
}

/*
 * The lock is for the list of zones. Who holds it already may ask too: records
 * of table pages change only with the tables.
 */
static u16 *tables_live(struct page_allocator *self, u64 pa)
{
	struct pfa *pfa = to_pfa(self);
	bool taken = lock(pfa);
	struct pfa_record *record = table_record(pfa, pa);

	if (taken)
		unlock(pfa);
	return record ? &record->word : NULL;
}

struct page_allocator *pfa_page_allocator(struct pfa *pfa)
{
	return &pfa->tables;
}

void pfa_init(struct pfa *pfa, s64 virt_offset, const struct pfa_source *source)
{
	memset(pfa, 0, sizeof(*pfa));
	pfa->virt_offset = virt_offset;
	if (source)
		pfa->source = *source;
	pfa->tables.name = "pfa";
	pfa->tables.alloc = tables_alloc;
	pfa->tables.free = tables_free;
	pfa->tables.live = tables_live;
}
