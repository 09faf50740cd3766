// SPDX-License-Identifier: GPL-2.0+
/*
 * Looking at a tree: walk, translate, regions, holes, tables, verify.
 */

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };

/* Proves: ENG-040 */
HOST_TEST(a_walk_tells_each_level)
{
	struct pgtable_walk walk;
	struct world w;
	u64 va = 0x12345678000;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 48 });
	EXPECT_EQ(world_map(&w, va, 0x3000, 4096, 0), 0);
	EXPECT_EQ(pgtable_walk(&w.pt, va + 5, &walk), 0);
	EXPECT_EQ(walk.steps, 4);
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_EQ(walk.step[i].level, i);
		EXPECT_EQ(walk.step[i].index, vmsa_index(va, i));
	}
	EXPECT_EQ(walk.step[0].entry, w.pt.root + 8 * vmsa_index(va, 0));
	EXPECT_EQ(walk.step[2].entry, pte_addr(walk.step[1].pte) +
		  8 * vmsa_index(va, 2));
	EXPECT_EQ(pgtable_last_step(&walk)->pte, 0x0060000000003713ull);
	world_end(&w);
}

/* Proves: ENG-040 */
HOST_TEST(a_walk_ends_where_nothing_translates)
{
	struct pgtable_walk walk;
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	EXPECT_EQ(pgtable_walk(&w.pt, 0, &walk), -ENOENT);
	EXPECT_EQ(walk.steps, 1);
	EXPECT_EQ(walk.step[0].level, 1);
	world_foreign(&w, 0)[1] = 0x40000702;
	EXPECT_EQ(pgtable_walk(&w.pt, 1 * GiB, &walk), -ENOENT);
	EXPECT_EQ(walk.step[0].pte, 0x40000702);
	EXPECT_EQ(pgtable_walk(&w.pt, 1ull << 39, &walk), -ERANGE);
	EXPECT_EQ(walk.steps, 0);
	world_end(&w);
}

/* Proves: ENG-041 */
HOST_TEST(translate_gives_the_physical_address_of_any_byte)
{
	struct world w;
	u64 pa;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 3 * GiB, 1 * GiB + 2 * MiB + 4096, 0),
		  0);
	EXPECT_EQ(world_pa(&w, 1 * GiB + 12345678), 3 * GiB + 12345678);
	EXPECT_EQ(world_pa(&w, 2 * GiB + 54321), 4 * GiB + 54321);
	EXPECT_EQ(world_pa(&w, 2 * GiB + 2 * MiB + 4095),
		  4 * GiB + 2 * MiB + 4095);
	EXPECT_EQ(pgtable_translate(&w.pt, 0, &pa), -ENOENT);
	EXPECT_EQ(pgtable_translate(&w.pt, 1ull << 40, &pa), -ERANGE);
	world_end(&w);
}

static bool region_is(const struct pgtable_region *r, u64 va, u64 size, u64 pa,
		      unsigned int level, u64 entries)
{
	return r->va == va && r->size == size && r->pa == pa &&
	       r->level == level && r->entries == entries;
}

/* Proves: ENG-042 */
HOST_TEST(regions_merge_across_levels_what_means_the_same)
{
	struct pgtable_region r;
	struct world w;
	u64 all = ~0ull;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB - 4096, 1 * GiB - 4096,
			    1 * GiB + 2 * MiB + 8192, 0), 0);
	EXPECT(pgtable_next_region(&w.pt, 0, all, 0, &r));
	EXPECT(region_is(&r, 1 * GiB - 4096, 1 * GiB + 2 * MiB + 8192,
			 1 * GiB - 4096, 3, 4));
	EXPECT_EQ(r.top_level, 1);
	EXPECT_EQ(r.last_level, 3);
	EXPECT(!pgtable_next_region(&w.pt, r.va + r.size, all, 0, &r));

	EXPECT(pgtable_next_region(&w.pt, 0, all, PGTABLE_BY_LEVEL, &r));
	EXPECT(region_is(&r, 1 * GiB - 4096, 4096, 1 * GiB - 4096, 3, 1));
	EXPECT(pgtable_next_region(&w.pt, 1 * GiB, all, PGTABLE_BY_LEVEL, &r));
	EXPECT(region_is(&r, 1 * GiB, 1 * GiB, 1 * GiB, 1, 1));
	EXPECT(pgtable_next_region(&w.pt, 2 * GiB + 2 * MiB, all,
				   PGTABLE_BY_LEVEL, &r));
	EXPECT(region_is(&r, 2 * GiB + 2 * MiB, 4096, 2 * GiB + 2 * MiB, 3, 1));
	EXPECT_EQ(world_map(&w, 4 * GiB, 4 * GiB, 3 * GiB, 0), 0);
	EXPECT(pgtable_next_region(&w.pt, 4 * GiB, all, PGTABLE_BY_LEVEL, &r));
	EXPECT(region_is(&r, 4 * GiB, 3 * GiB, 4 * GiB, 1, 3));
	world_end(&w);
}

/* Proves: ENG-042 */
HOST_TEST(regions_end_where_address_or_attributes_change)
{
	struct pgtable_region r;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 8192, 0), 0);
	EXPECT_EQ(world_map(&w, 8192, 4096, 4096, 0), 0);
	EXPECT_EQ(pgtable_map(&w.pt, 12288, 8192, 4096, world_rx, 0, &w.res),
		  0);
	EXPECT(pgtable_next_region(&w.pt, 0, ~0ull, 0, &r));
	EXPECT(region_is(&r, 0, 8192, 0, 3, 2));
	EXPECT(pgtable_next_region(&w.pt, 8192, ~0ull, 0, &r));
	EXPECT(region_is(&r, 8192, 4096, 4096, 3, 1));
	EXPECT(pgtable_next_region(&w.pt, 12288, ~0ull, 0, &r));
	EXPECT(region_is(&r, 12288, 4096, 8192, 3, 1));
	EXPECT(pgtable_next_region(&w.pt, 0, ~0ull, PGTABLE_EACH_ENTRY, &r));
	EXPECT(region_is(&r, 0, 4096, 0, 3, 1));
	world_end(&w);
}

/* Proves: ENG-042 */
HOST_TEST(regions_ignore_the_contiguous_hint_and_know_no_access)
{
	struct pgtable_region r;
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	world_foreign(&w, 0)[1] = 1 * GiB | 0x701 | PTE_CONT;
	world_foreign(&w, 0)[2] = 2 * GiB | 0x701;
	world_foreign(&w, 0)[3] = 3 * GiB | 0x700;
	world_foreign(&w, 0)[4] = 4 * GiB | 0x702;
	world_foreign(&w, 0)[5] = 5 * GiB | 0x702;
	EXPECT(pgtable_next_region(&w.pt, 0, ~0ull, 0, &r));
	EXPECT(region_is(&r, 1 * GiB, 2 * GiB, 1 * GiB, 1, 2));
	EXPECT(pgtable_next_region(&w.pt, 3 * GiB, ~0ull, 0, &r));
	EXPECT(region_is(&r, 3 * GiB, 1 * GiB, 3 * GiB, 1, 1));
	EXPECT(pgtable_next_region(&w.pt, 4 * GiB, ~0ull, 0, &r));
	EXPECT(region_is(&r, 4 * GiB, 1 * GiB, PA_NONE, 1, 1));
	world_end(&w);
}

/* Proves: ENG-043 */
HOST_TEST(holes_are_yielded_on_request_and_merge_whatever_their_level)
{
	struct pgtable_region r;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB + 4096, 0, 4096, 0), 0);
	EXPECT(pgtable_next_region(&w.pt, 0, ~0ull, PGTABLE_HOLES, &r));
	EXPECT(region_is(&r, 0, 1 * GiB + 4096, PA_NONE, 1, 2));
	EXPECT_EQ(r.pte, 0);
	EXPECT_EQ(r.last_level, 3);
	EXPECT(pgtable_next_region(&w.pt, 1 * GiB + 8192, ~0ull, PGTABLE_HOLES,
				   &r));
	EXPECT(region_is(&r, 1 * GiB + 8192, (1ull << 40) - 1 * GiB - 8192,
			 PA_NONE, 3, 510 + 511 + 510 + 1));
	EXPECT(pgtable_next_region(&w.pt, 0, ~0ull,
				   PGTABLE_HOLES | PGTABLE_EACH_ENTRY, &r));
	EXPECT(region_is(&r, 0, 1 * GiB, PA_NONE, 1, 1));
	world_end(&w);
}

/* Proves: ENG-044 */
HOST_TEST(regions_are_cut_to_the_range_asked_for)
{
	struct pgtable_region r;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4 * GiB, 1 * GiB, 0), 0);
	EXPECT(pgtable_next_region(&w.pt, 0x12345000, 0x12347000, 0, &r));
	EXPECT(region_is(&r, 0x12345000, 0x2000, 0x112345000, 1, 1));
	EXPECT(!pgtable_next_region(&w.pt, 0x1000, 0x1000, 0, &r));
	EXPECT(!pgtable_next_region(&w.pt, 1 * GiB, 2 * GiB, 0, &r));
	EXPECT(!pgtable_next_region(&w.pt, 1ull << 40, ~0ull, PGTABLE_HOLES,
				    &r));
	EXPECT(pgtable_next_region(&w.pt, 1 * GiB, 2 * GiB, PGTABLE_HOLES, &r));
	EXPECT(region_is(&r, 1 * GiB, 1 * GiB, PA_NONE, 1, 1));
	world_end(&w);
}

/* Proves: ENG-045 */
HOST_TEST(find_hole_finds_the_lowest_that_fits)
{
	struct world w;
	u64 va;

	world_begin(&w, el1);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 4096, 0, &va), 0);
	EXPECT_EQ(va, 0);
	EXPECT_EQ(world_map(&w, 0, 0, 8192, 0), 0);
	EXPECT_EQ(world_map(&w, 2 * MiB, 0, 4096, 0), 0);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 4096, 0, &va), 0);
	EXPECT_EQ(va, 8192);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 2 * MiB, 4096, 0, &va), 0);
	EXPECT_EQ(va, 2 * MiB + 4096);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 2 * MiB, 0, &va), 0);
	EXPECT_EQ(va, 4 * MiB);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 2 * MiB, 12288, &va), 0);
	EXPECT_EQ(va, 12288);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 16384, 4096, 2 * MiB, 0, &va), 0);
	EXPECT_EQ(va, 4 * MiB);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 5 * GiB + 1, 4096, 4096, 0, &va), 0);
	EXPECT_EQ(va, 5 * GiB + 4096);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 1 * GiB, 1 * GiB, 2 * MiB + 4096,
				    &va), 0);
	EXPECT_EQ(va, 2 * MiB + 4096);
	world_end(&w);
}

/* Proves: ENG-045 */
HOST_TEST(find_hole_says_when_there_is_none)
{
	struct world w;
	u64 va, end = 1ull << 40;

	world_begin(&w, el1);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, end, 4096, 0, &va), 0);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, end + 4096, 4096, 0, &va),
		  -ENOENT);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 4096, end, 4096, 0, &va), -ENOENT);
	EXPECT_EQ(pgtable_find_hole(&w.pt, end, 4096, 4096, 0, &va), -ENOENT);
	EXPECT_EQ(pgtable_find_hole(&w.pt, end - 4095, 4096, 4096, 0, &va),
		  -ENOENT);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 4096, 4096, end * 2, 0, &va),
		  -ENOENT);
	EXPECT_EQ(world_map(&w, 512 * GiB, 0, 4096, 0), 0);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 513 * GiB, 4096, 0, &va),
		  -ENOENT);
	world_end(&w);
}

/* Proves: ENG-045 */
HOST_TEST(find_hole_refuses_what_is_misaligned)
{
	struct world w;
	u64 va;

	world_begin(&w, el1);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 0, 4096, 0, &va), -EINVAL);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 100, 4096, 0, &va), -EINVAL);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 2048, 0, &va), -EINVAL);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 12288, 0, &va), -EINVAL);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 8192, 8192, &va), -EINVAL);
	EXPECT_EQ(pgtable_find_hole(&w.pt, 0, 4096, 8192, 1, &va), -EINVAL);
	world_end(&w);
}

/* Proves: ENG-046 */
HOST_TEST(tables_are_counted_by_origin)
{
	struct pgtable_tables t;
	struct world w;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .pool = true });
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	set_page_allocator(&w.reg, &w.provider);
	EXPECT_EQ(world_map(&w, 1 * GiB, 4096, 2 * MiB, 0), 0);
	pgtable_count_tables(&w.pt, &t);
	EXPECT_EQ(t.by_origin[PGTABLE_STATIC], 3);
	EXPECT_EQ(t.by_origin[PGTABLE_REGISTERED], 2);
	EXPECT_EQ(t.by_origin[PGTABLE_FOREIGN], 1);
	world_end(&w);
}

/* A table of ours, as memory; of the first page mapped. */
static pte_t *table_at_level(struct world *w, u64 va, unsigned int level)
{
	struct pgtable_walk walk;

	pgtable_walk(&w->pt, va, &walk);
	return (pte_t *)(uintptr_t)((walk.step[level].entry & ~FRAME_MASK) +
				    w->pt.virt_offset);
}

static int verify(struct world *w)
{
	return pgtable_verify(&w->pt, &w->res);
}

/* Proves: ENG-047 */
HOST_TEST(verify_finds_a_wrong_live_count)
{
	struct world w;
	pte_t *l3;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 0, 8192, 0), 0);
	EXPECT_EQ(verify(&w), 0);
	l3 = table_at_level(&w, 1 * GiB, 3);
	l3[1] = 0;
	EXPECT_EQ(verify(&w), -EINVAL);
	EXPECT_EQ(w.res.va, 1 * GiB);
	EXPECT_EQ(w.res.level, 2);
	l3[1] = l3[0];
	EXPECT_EQ(verify(&w), 0);
	world_end(&w);
}

/* Proves: ENG-047 */
HOST_TEST(verify_finds_an_empty_table)
{
	struct world w;
	pte_t *l3;
	u16 *live;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	l3 = table_at_level(&w, 0, 3);
	live = page_registry_live(&w.reg, (uintptr_t)l3 - w.pt.virt_offset);
	l3[0] = 0;
	*live = 0;
	EXPECT_EQ(verify(&w), -EINVAL);
	EXPECT_EQ(w.res.level, 2);
	world_end(&w);
}

/* Proves: ENG-047 */
HOST_TEST(verify_finds_a_table_reached_twice_and_a_loop)
{
	struct world w;
	pte_t *root, *l1;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	root = world_foreign(&w, 0);
	root[1] = root[0];
	EXPECT_EQ(verify(&w), -EINVAL);
	EXPECT_EQ(w.res.va, 512 * GiB);
	root[1] = pte_make_table(w.pt.root);
	EXPECT_EQ(verify(&w), -EINVAL);
	root[1] = pte_make_table(world_foreign_pa(&w, 1));
	EXPECT_EQ(verify(&w), 0);
	l1 = table_at_level(&w, 0, 1);
	l1[7] = root[1];
	EXPECT_EQ(verify(&w), -EINVAL);
	EXPECT_EQ(w.res.va, 7 * GiB);
	EXPECT_EQ(w.res.level, 1);
	l1[7] = 0;
	table_at_level(&w, 0, 2)[5] = pte_make_table(w.pt.root);
	EXPECT_EQ(verify(&w), -EINVAL);
	EXPECT_EQ(w.res.va, 10 * MiB);
	EXPECT_EQ(w.res.level, 2);
	world_end(&w);
}

/* Proves: ENG-047 */
HOST_TEST(verify_finds_reserved_encodings_and_wild_addresses)
{
	struct world w;
	pte_t *root;

	world_begin(&w, (struct world_kind){ VMSA_EL1, .va_bits = 39 });
	root = world_foreign(&w, 0);
	root[5] = 0x702;
	EXPECT_EQ(verify(&w), -EINVAL);
	EXPECT_EQ(w.res.va, 5 * GiB);
	EXPECT_EQ(w.res.pte, 0x702);
	EXPECT_EQ(w.res.level, 1);
	root[5] = 1ull << 40 | 0x701;
	EXPECT_EQ(verify(&w), -EINVAL);
	root[5] = 1ull << 39 | 0x701;
	EXPECT_EQ(verify(&w), 0);
	world_end(&w);
}

/* Proves: ENG-047 */
HOST_TEST(verify_leaves_live_counts_as_they_are)
{
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 4 * MiB, 0), 0);
	world_save(&w);
	EXPECT_EQ(verify(&w), 0);
	EXPECT(world_unchanged(&w));
	world_end(&w);
}

/* Proves: ENG-047 */
HOST_TEST(what_an_operation_leaves_under_way_is_found)
{
	u16 *live, was;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 0, 4096, 0), 0);
	live = page_registry_live(&w.reg, pte_addr(w.memory[0]));
	was = *live;
	for (unsigned int bit = 12; bit < 14; bit++) {
		*live = was | 1u << bit;
		EXPECT_EQ(pgtable_verify(&w.pt, &w.res), -EINVAL);
	}
	*live = was;
	EXPECT_EQ(pgtable_verify(&w.pt, &w.res), 0);
	world_end(&w);
}

static bool stop_at_third(void *ctx)
{
	unsigned int *asked = ctx;

	return ++*asked == 3;
}

/* Proves: ENG-047 */
HOST_TEST(a_verification_may_be_stopped_at_each_table)
{
	unsigned int asked = 0;
	struct world w;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 0, 4096, 4 * MiB, 0), 0);
	world_save(&w);
	EXPECT_EQ(pgtable_verify_until(&w.pt, stop_at_third, &asked, &w.res),
		  -EINTR);
	EXPECT_EQ(asked, 3);
	EXPECT(world_unchanged(&w));
	EXPECT_EQ(pgtable_verify_until(&w.pt, stop_at_third, &asked, &w.res), 0);
	EXPECT(asked > 3);
	world_end(&w);
}

/* What a hardware would say that is of another mind about one page. */
struct other_mind {
	struct world *w;
	u64 va;		/* of that page */
	u64 too;	/* and of another one */
	u64 asked;
	u64 stop_after;
};

static bool ask_other(void *ctx, u64 va, u64 pa)
{
	struct other_mind *o = ctx;

	o->asked++;
	return world_pa(o->w, va) == pa && (va ^ o->va) >> FRAME_SHIFT &&
	       (va ^ o->too) >> FRAME_SHIFT;
}

static bool stop_other(void *ctx)
{
	struct other_mind *o = ctx;

	return o->asked >= o->stop_after;
}

static int ask(struct other_mind *o, struct pgtable_inquiry *q)
{
	o->asked = 0;
	*q = (struct pgtable_inquiry){ .probe = ask_other, .ctx = o };
	if (o->stop_after)
		q->stop = stop_other;
	return pgtable_ask(&o->w->pt, q);
}

/* Proves: ENG-123 */
HOST_TEST(the_hardware_is_asked_about_each_entry_of_a_region)
{
	struct world w;
	struct other_mind o = { .w = &w, .too = PA_NONE };
	struct pgtable_inquiry q;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 4096, 6 * MiB, 0), 0);
	EXPECT_EQ(world_map(&w, 2 * GiB, 2 * GiB, 1 * GiB, PGTABLE_MAX_2M), 0);
	o.va = 3 * GiB;		/* a hole */
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.wrong, 1);
	EXPECT_EQ(q.at, 3 * GiB);
	/* Two regions, three holes of which each has a last byte, too. */
	EXPECT(q.asked > 3 * 512 + 512 && q.asked < 3 * 512 + 512 + 4096);
	EXPECT_EQ(q.asked, o.asked);
	for (u64 va = 1 * GiB; va < 1 * GiB + 6 * MiB; va += FRAME_SIZE) {
		o.va = va;
		EXPECT_EQ(ask(&o, &q), 0);
		EXPECT_EQ(q.wrong, 1);
		EXPECT_EQ(q.at, va);
	}
	o.va = 2 * GiB + 300 * MiB;
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.at, 2 * GiB + 300 * MiB);
	/* Not a border of entries, but the very end of the last one */
	o.va = 3 * GiB - FRAME_SIZE;
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.at, 3 * GiB - 1);
	o.va = 2 * GiB + 300 * MiB;
	o.too = 1 * GiB + 5 * MiB;
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.wrong, 2);
	EXPECT_EQ(q.at, 1 * GiB + 5 * MiB);
	o.va = PA_NONE;
	o.too = PA_NONE;
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.wrong, 0);
	world_end(&w);
}

/* Proves: ENG-123 */
HOST_TEST(of_a_large_region_the_hardware_is_asked_here_and_there)
{
	struct world w;
	struct other_mind o = { .w = &w, .va = PA_NONE, .too = PA_NONE };
	struct pgtable_inquiry q;
	u64 gap;

	world_begin(&w, el1);
	EXPECT_EQ(world_map(&w, 1 * GiB, 4096, 1 * GiB, 0), 0);
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT(q.asked > PGTABLE_ASK_MAX && q.asked < 2 * PGTABLE_ASK_MAX);
	gap = 1 * GiB / PGTABLE_ASK_MAX;
	o.va = 1 * GiB + 4000 * gap;
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.at, o.va);
	o.va += FRAME_SIZE;
	EXPECT_EQ(ask(&o, &q), 0);
	EXPECT_EQ(q.wrong, 0);
	o.va = 5 * GiB;
	o.stop_after = 100;
	EXPECT_EQ(ask(&o, &q), -EINTR);
	EXPECT_EQ(q.asked, 128);
	world_end(&w);
}
