// SPDX-License-Identifier: GPL-2.0+
/*
 * The provider of table pages: one frame each, with the engine's word in its
 * record.
 */

#include "pfa_internal.h"

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

void pfa_table_init(struct pfa *pfa)
{
	pfa->tables.name = "pfa";
	pfa->tables.alloc = tables_alloc;
	pfa->tables.free = tables_free;
	pfa->tables.live = tables_live;
}
