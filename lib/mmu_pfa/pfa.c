// SPDX-License-Identifier: GPL-2.0+
/*
 * The page-frame allocator over all its zones: requests, and what is given back.
 * See <mmu_pfa/pfa.h>.
 */

#include "pfa_internal.h"

#define MAX_BLOCK	(FRAME_SIZE << BUDDY_MAX_ORDER)

void pfa_set_fault(struct pfa *pfa, unsigned int n)
{
	if (IS_ENABLED(CONFIG_PFA_FAIL))
		pfa->fault = n;
}

bool pfa_was_injected(const struct pfa *pfa)
{
	return pfa->injected;
}

static bool owner_may_ask(enum pfa_owner owner)
{
	return owner == PFA_OWNER_USER || owner == PFA_OWNER_LAZY ||
	       owner == PFA_OWNER_SNAP;
}

void pfa_set_link_offset(struct pfa *pfa, u64 offset)
{
	pfa->link_offset = offset;
}

struct pfa_request pfa_request_from(const struct pfa *pfa,
				    const struct pfa_request *req,
				    const void *back)
{
	struct pfa_request known = *req;

	if (!known.caller)
		known.caller = (uintptr_t)back - pfa->link_offset;
	return known;
}

/* Whose it will be: the part of a request that pfa_reserve() has too. */
static int plan_record(const struct pfa *pfa, const struct pfa_request *req,
		       struct pfa_plan *plan)
{
	const char *tag = req->owner == PFA_OWNER_USER ? req->tag : NULL;

	if (!owner_may_ask(req->owner) || (tag && !pfa_tag_valid(tag)))
		return -EINVAL;
	plan->tag = pfa_tag_number(pfa, tag);
	if (plan->tag > PFA_TAGS)
		return -ENOSPC;
	plan->record = (struct pfa_record){
		.owner = req->owner,
		.tag = plan->tag,
		.caller = req->caller,
	};
	return 0;
}

int pfa_plan_frames(const struct pfa_request *req, struct pfa_plan *plan)
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
			    const struct pfa_plan *plan, u64 *pa)
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

static int alloc_locked(struct pfa *pfa, const struct pfa_request *req, u64 *pa)
{
	struct pfa_plan plan;
	int ret;

	ret = plan_record(pfa, req, &plan);
	if (!ret)
		ret = pfa_plan_frames(req, &plan);
	if (ret)
		return ret;
	if (fault_now(pfa))
		return -ENOMEM;
	ret = alloc_from_zones(pfa, req, &plan, pa);
	if (ret)
		return ret;
	account_alloc(pfa, req->owner, plan.count, 1);
	if (req->owner == PFA_OWNER_USER)
		pfa_tag_use(pfa, plan.tag, req->tag, plan.count);
	return 0;
}

int pfa_alloc(struct pfa *pfa, const struct pfa_request *req, u64 *pa)
{
	const struct pfa_request known =
		pfa_request_from(pfa, req, __builtin_return_address(0));
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	ret = alloc_locked(pfa, &known, pa);
	pfa->failed += !!ret;
	unlock(pfa);
	return ret;
}

static int reserve_locked(struct pfa *pfa, u64 pa, u64 size,
			  const struct pfa_request *req, u64 *conflict)
{
	struct pfa_zone *zone;
	struct pfa_plan plan;
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
		pfa_tag_use(pfa, plan.tag, req->tag, plan.count);
	return 0;
}

int pfa_reserve(struct pfa *pfa, u64 pa, u64 size,
		const struct pfa_request *req, u64 *conflict)
{
	const struct pfa_request known =
		pfa_request_from(pfa, req, __builtin_return_address(0));
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	ret = reserve_locked(pfa, pa, size, &known, conflict);
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
		pfa_tag_drop(pfa, tag, count);
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
	const struct pfa_request known =
		pfa_request_from(pfa, req, __builtin_return_address(0));
	int ret;

	if (!lock(pfa))
		return -EDEADLK;
	pfa->injected = false;
	ret = alloc_many_locked(pfa, &known, n, pa);
	pfa->failed += !!ret;
	unlock(pfa);
	return ret;
}

enum buddy_status pfa_free(struct pfa *pfa, u64 pa, enum pfa_owner owner,
			   struct pfa_block *why)
{
	enum buddy_status status;

	if (!lock(pfa)) {
		if (why)
			pfa_find_nothing(pa, why);
		return BUDDY_REENTERED;
	}
	status = free_locked(pfa, pa, owner);
	if (status && why)
		pfa_find_locked(pfa, pa, why);
	unlock(pfa);
	return status;
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

void pfa_init(struct pfa *pfa, s64 virt_offset, const struct pfa_source *source)
{
	memset(pfa, 0, sizeof(*pfa));
	pfa->virt_offset = virt_offset;
	if (source)
		pfa->source = *source;
	pfa_table_init(pfa);
}
