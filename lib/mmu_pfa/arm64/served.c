// SPDX-License-Identifier: GPL-2.0+
/*
 * U-Boot's own calls that change its map, served by our engine.
 *
 * Drivers and boards call them to make a buffer uncached, to take a range away,
 * or to map one. What is behind them in U-Boot panics when the boot area is out
 * of tables and where nothing is mapped, changes nothing where a range is split
 * already, and edits live tables without a break. The linker sends the calls
 * here (lib/mmu_pfa/config.mk). They go on to the original until the reference
 * has been taken: the first come before there is a heap.
 *
 * A call changes the live tree and the reference: what U-Boot asked for is its
 * own map, and stays when ours is undone. All pages that the range touches
 * change; holes in it stay holes. When it can't be done, one line says so, and
 * neither has changed.
 *
 * Entries with a reserved encoding translate nothing and can't be split. U-Boot's
 * own code changes ignored bits of those that the range has whole, and goes on
 * behind them; where it has a part of one, it panics. Here they stay as they are,
 * but for a mapping that covers one; what is between them is served piece by
 * piece, and one line says so.
 *
 * Pages with a watch or a guard are lent (lend.h): their entries are not what
 * U-Boot knows, and would be given back as what they were lent. So watches and
 * guards end where a call reaches them, with one line each; but first it is tried
 * whether the call can be served. What that needs with lent pages is enough
 * without: tables that a block is short of then come from giving them back.
 */

#include <cpu_func.h>
#include <stdio.h>
#include <asm/global_data.h>
#include <asm/system.h>
#include <dm/ofnode.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/libfdt.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_guard.h>
#include <mmu_pfa/live_watch.h>
#include <mmu_pfa/text.h>

#include "compat.h"
#include "reference.h"
#include "regs.h"
#include "wrap.h"

DECLARE_GLOBAL_DATA_PTR;

/* What U-Boot gives a region that it maps: normal memory, write-back. */
#define UBOOT_MAP_BITS	(PTE_AF | (pte_t)VMSA_ISH << PTE_SH_SHIFT | \
			 (pte_t)VMSA_WB << PTE_ATTR_IDX_SHIFT)

/**
 * struct served - a call
 *
 * @name:  of the function
 * @va:    first page
 * @size:  in bytes, whole pages
 * @map:   map it at its own address, with the bits @set; else change bits
 * @clean: nothing of it may be written back afterwards
 * @clear: bits that go
 * @set:   bits that come
 */
struct served {
	const char *name;
	u64 va;
	u64 size;
	bool map;
	bool clean;
	pte_t clear;
	pte_t set;
};

/*
 * All pages that a range touches. Of one that wraps around it is all up to the
 * end, which is beyond any address space and refused as such.
 */
static struct served served_on(const char *name, u64 start, u64 size)
{
	const u64 top = ~(u64)FRAME_MASK;
	struct served call = { .name = name, .va = start & ~FRAME_MASK };

	if (size && (start > top || size > top - start))
		call.size = max(top - call.va, FRAME_SIZE);
	else if (size)
		call.size = ALIGN(start + size - call.va, FRAME_SIZE);
	return call;
}

/* Without the slot there is no watch at all. */
static void end_watches(const struct served *call)
{
	struct watch_set *set = live_watches();
	unsigned int id;

	while (live_watched(call->va, call->size, &id)) {
		if (!id)
			id = watch_in(set, 0, ~0ull);
		printf("mmu: %s: watch %u ends\n", call->name, id);
		live_watch_del(watch_find(set, id));
	}
}

static bool is_lent(const struct served *call)
{
	unsigned int id;

	return live_watched(call->va, call->size, &id) ||
	       live_guarded(call->va, call->size);
}

/* Give back what is lent of the range. */
static void end_lending(const struct served *call)
{
	end_watches(call);
	for (unsigned int i = 0; i < LIVE_GUARDS; i++) {
		if (!live_guard_in(i, call->va, call->size))
			continue;
		printf("mmu: %s: guard %s ends\n", call->name,
		       live_guard_name(i));
		live_guard_off(i);
	}
}

static int apply(struct pgtable *pt, const struct served *call,
		 unsigned int flags, struct pgtable_result *res)
{
	if (call->map)
		return pgtable_map_bits(pt, call->va, call->va, call->size,
					call->set, flags, res);
	return pgtable_change_bits(pt, call->va, call->size, call->clear,
				   call->set, flags, res);
}

static int apply_to_live(struct pgtable *pt, const void *call,
			 struct pgtable_result *res)
{
	return apply(pt, call, 0, res);
}

static int try_on_live(struct pgtable *pt, const void *call,
		       struct pgtable_result *res)
{
	return apply(pt, call, PGTABLE_ONLY_TRY, res);
}

/* One line; of 80 columns, unless the size is an odd one of many GiB. */
static int complain(const struct served *call, int err,
		    const struct pgtable_result *res)
{
	char size[TEXT_SIZE_LEN];

	printf("mmu: %s: ", call->name);
	if (err == -EPERM) {
		printf("%llx refused (%016llx)\n", res->va, res->pte);
		return err;
	}
	if (err == -ERANGE) {
		printf("%llx on: out of address space\n", call->va);
		return err;
	}
	text_size(call->size, size);
	printf("%s at %llx: ", size, call->va);
	if (err == -ENOSPC)
		printf("no heap for %u table%s\n", res->needed,
		       res->needed == 1 ? "" : "s");
	else if (err != -ENOMEM)
		printf("error %d\n", err);
	else if (live_was_injected())
		printf("failed by 'pfa fail'\n");
	else
		printf("needs %u more table%s\n", res->needed,
		       res->needed == 1 ? "" : "s");
	return err;
}

/*
 * The reference changes last, and can't fail then: the tables that it needs
 * have been set aside.
 */
static int serve_at_once(const struct served *call, struct pgtable_result *res)
{
	struct pgtable *ref = live_reference();
	struct pgtable_result ref_res;
	int err;

	err = apply(ref, call, PGTABLE_ONLY_PLAN, res);
	if (!err && reference_set_aside(res->needed))
		err = -ENOSPC;
	if (!err && is_lent(call)) {
		err = live_change(try_on_live, call, res);
		if (!err)
			end_lending(call);
	}
	if (err)
		return err;
	if (call->clean)
		live_clean_ram(call->va, call->size);
	err = live_change(apply_to_live, call, res);
	if (err)
		return err;
	return apply(ref, call, 0, &ref_res);
}

static bool is_reserved(int err, const struct pgtable_result *res)
{
	return err == -EPERM && res->refusal == PGTABLE_REFUSED_RESERVED;
}

/* Up to the first reserved entry, in either tree, that it does not begin with. */
static int serve_piece(struct served *piece, struct pgtable_result *res)
{
	int err = serve_at_once(piece, res);

	while (is_reserved(err, res) && res->va > piece->va) {
		piece->size = res->va - piece->va;
		err = serve_at_once(piece, res);
	}
	return err;
}

/* What is left of the entry that an operation has met at @res->va. */
static u64 left_of_entry(const struct pgtable_result *res)
{
	u64 size = vmsa_size(res->level);

	return size - (res->va & (size - 1));
}

static int serve(const struct served *call)
{
	u64 end = call->va + call->size;
	struct pgtable_result res, first;
	struct served piece = *call;
	unsigned int skipped = 0;
	int err = 0;

	for (; piece.va < end; piece.va += piece.size) {
		piece.size = end - piece.va;
		err = serve_piece(&piece, &res);
		if (is_reserved(err, &res)) {
			piece.size = min(piece.size, left_of_entry(&res));
			if (!skipped++)
				first = res;
			err = 0;
		}
		if (err)
			break;
	}
	if (skipped)
		printf("mmu: %s: left %u reserved entr%s, at %llx\n", call->name,
		       skipped, skipped == 1 ? "y" : "ies", first.va);
	return err ? complain(&piece, err, &res) : 0;
}

void __wrap_mmu_set_region_dcache_behaviour(phys_addr_t start, size_t size,
					    enum dcache_option option)
{
	struct served call = served_on("mmu_set_region_dcache_behaviour",
				       start, size);

	if (!live_reference()) {
		__real_mmu_set_region_dcache_behaviour(start, size, option);
		return;
	}
	call.clear = PTE_ATTR_IDX_MASK;
	call.set = option & PTE_ATTR_IDX_MASK;
	if (!serve(&call))
		live_clean_ram(call.va, call.size);
}

static int change_attr(const char *name, phys_addr_t start, size_t size,
		       u64 attrs)
{
	struct served call = served_on(name, start, size);

	call.clear = UBOOT_ATTR_MASK;
	call.set = attrs & UBOOT_ATTR_MASK;
	call.clean = true;
	return serve(&call);
}

void __wrap_mmu_change_region_attr(phys_addr_t start, size_t size, u64 attrs)
{
	if (live_reference())
		change_attr("mmu_change_region_attr", start, size, attrs);
	else
		__real_mmu_change_region_attr(start, size, attrs);
}

/* The emergency tree is not live; its new tables are the reference's kind. */
static void map_in_emergency_tree(const struct served *call)
{
	struct pgtable emergency = *live_reference();
	struct pgtable_result res;

	emergency.root = gd->arch.tlb_emerg;
	if (apply(&emergency, call, 0, &res))
		printf("mmu: %s: %llx not in the emergency tree\n", call->name,
		       call->va);
}

void __wrap_mmu_map_region(phys_addr_t start, u64 size, bool emerg)
{
	struct served call = served_on("mmu_map_region", start, size);

	if (!live_reference()) {
		__real_mmu_map_region(start, size, emerg);
		return;
	}
	call.map = true;
	call.set = UBOOT_MAP_BITS;
	if (!serve(&call) && emerg)
		map_in_emergency_tree(&call);
}

#if UBOOT_RELEASE >= 202507

void __wrap_mmu_change_region_attr_nobreak(phys_addr_t start, size_t size,
					   u64 attrs)
{
	if (live_reference())
		change_attr("mmu_change_region_attr_nobreak", start, size,
			    attrs);
	else
		__real_mmu_change_region_attr_nobreak(start, size, attrs);
}

int __wrap_pgprot_set_attrs(phys_addr_t start, size_t size,
			    enum pgprot_attrs perm)
{
	const struct pgtable *ref = live_reference();
	u64 attrs = PTE_VALID | (u64)VMSA_WB << PTE_ATTR_IDX_SHIFT;

	if (!ref)
		return __real_pgprot_set_attrs(start, size, perm);
	switch (perm) {
	case MMU_ATTR_RO:
		attrs |= PTE_AP_RO | vmsa_xn_bits(ref->regime);
		break;
	case MMU_ATTR_RX:
		attrs |= PTE_AP_RO;
		break;
	case MMU_ATTR_RW:
		attrs |= vmsa_xn_bits(ref->regime);
		break;
	default:
		return -EINVAL;
	}
	return change_attr("pgprot_set_attrs", start, size, attrs);
}

#endif

#if UBOOT_RELEASE >= 202601

/* The same errors as those of the original: its own, or libfdt's. */
int __wrap_mmu_unmap_reserved_mem(const char *name, bool check_nomap)
{
	fdt_addr_t start;
	fdt_size_t size;
	char path[128];
	ofnode node;

	if (!live_reference())
		return __real_mmu_unmap_reserved_mem(name, check_nomap);
	snprintf(path, sizeof(path), "/reserved-memory/%s", name);
	node = ofnode_path(path);
	if (!ofnode_valid(node))
		return -FDT_ERR_NOTFOUND;
	if (check_nomap && !ofnode_read_bool(node, "no-map"))
		return -EINVAL;
	start = ofnode_get_addr_size_index(node, 0, &size);
	if (start == FDT_ADDR_T_NONE)
		return -1;
	return change_attr("mmu_unmap_reserved_mem", start, size, 0);
}

#endif
