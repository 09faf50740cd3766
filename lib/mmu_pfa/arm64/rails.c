// SPDX-License-Identifier: GPL-2.0+
/*
 * What U-Boot stands on, and whose a physical range is. Everything comes from
 * U-Boot itself at the time of the question: gd, the heap's bounds, the device
 * tree, the driver model.
 *
 * U-Boot runs identity mapped, so a range of RAM that it needs is the same
 * range of virtual addresses; another mapping of it may come and go.
 */

#include <asm/cache.h>
#include <asm/global_data.h>
#include <cpu_func.h>
#include <dm.h>
#include <fdtdec.h>
#include <init.h>
#include <linux/kernel.h>
#include <linux/libfdt.h>
#include <linux/sizes.h>
#include <malloc.h>
#include <mmu_pfa/live.h>
#include <vsprintf.h>
#include <watchdog.h>

#include "compat.h"
#include "devices.h"
#include "image.h"
#include "rails.h"
#include "regs.h"

DECLARE_GLOBAL_DATA_PTR;

bool range_overlap(struct range a, struct range b, u64 *at)
{
	u64 start = max(a.start, b.start);

	/* Differences, as an end may be 2^64. */
	if (start - a.start >= a.size || start - b.start >= b.size)
		return false;
	if (at)
		*at = start;
	return true;
}

static struct range console_registers(void)
{
	struct range none = { 0 };
	fdt_size_t size;
	fdt_addr_t addr;

	if (!gd->cur_serial_dev)
		return none;
	addr = dev_read_addr_size_index(gd->cur_serial_dev, 0, &size);
	if (addr == FDT_ADDR_T_NONE)
		return none;
	return (struct range){ addr, max(size, (fdt_size_t)1) };
}

struct range rail_range(enum live_rail rail)
{
	const struct boot_pool *pool = &live_pages()->pool;

	switch (rail) {
	case LIVE_RAIL_TEXT:
		return (struct range){ gd->relocaddr, image_rodata_start() -
						      gd->relocaddr };
	case LIVE_RAIL_RODATA:
		return (struct range){ image_rodata_start(),
				       image_rodata_end() -
				       image_rodata_start() };
	case LIVE_RAIL_DATA:
		return (struct range){ image_rodata_end(),
				       gd->relocaddr + gd->mon_len -
				       image_rodata_end() };
	case LIVE_RAIL_HEAP:
		return (struct range){ mem_malloc_start,
				       mem_malloc_end - mem_malloc_start };
	case LIVE_RAIL_GD:
		return (struct range){ (ulong)gd, sizeof(*gd) };
	case LIVE_RAIL_BD:
		return (struct range){ (ulong)gd->bd, sizeof(*gd->bd) };
	case LIVE_RAIL_FDT:
		return (struct range){ (ulong)gd->fdt_blob,
				       fdt_totalsize(gd->fdt_blob) };
	case LIVE_RAIL_CONSOLE:
		return console_registers();
	case LIVE_RAIL_VECTORS:
		return (struct range){ read_reg_el(vbar, current_el()),
				       VECTORS_SIZE };
	case LIVE_RAIL_STACK:
		return (struct range){ gd->start_addr_sp - CONFIG_STACK_SIZE,
				       CONFIG_STACK_SIZE };
	case LIVE_RAIL_POOL:
		return (struct range){ pool->base,
				       BOOT_POOL_PAGES * FRAME_SIZE };
	case LIVE_RAIL_TABLES:
		return (struct range){ gd->arch.tlb_addr, gd->arch.tlb_size };
	default:
		return (struct range){ 0 };
	}
}

/*
 * Whether a range holds memory of the PFA other than what the user was given.
 * Free frames count: the next table may be put there.
 */
static bool holds_pfa(struct range range, u64 *at)
{
	struct pfa *pfa = system_pfa();
	u64 pa = range.start;
	struct pfa_block block;

	while (pfa && pfa_walk(pfa, pa, &block)) {
		if (block.owner != PFA_OWNER_USER)
			return range_overlap(range, (struct range){ block.pa,
							      block.size },
				       at);
		if (block.pa >= range.start &&
		    block.pa - range.start >= range.size)
			return false;
		pa = block.pa + block.size;
	}
	return false;
}

/* The same for LMB; what it keeps for the PFA is the PFA's to judge. */
static bool holds_lmb(struct range range, u64 *at)
{
	struct pfa *pfa = system_pfa();
	struct pfa_block block;
	u64 first;

	while (range.size && lmb_reserved(range.start, range.size, &first)) {
		u64 skip;

		if (!pfa || !pfa_find(pfa, first, &block)) {
			*at = first;
			return true;
		}
		skip = block.pa + block.size - range.start;
		range.start += min(skip, range.size);
		range.size -= min(skip, range.size);
	}
	return false;
}

static bool touches(enum live_rail rail, struct range range, u64 *at)
{
	switch (rail) {
	case LIVE_RAIL_HANDLER:
		return handler_needs(range, at);
	case LIVE_RAIL_PFA:
		return holds_pfa(range, at);
	case LIVE_RAIL_LMB:
		return holds_lmb(range, at);
	default:
		return range_overlap(range, rail_range(rail), at);
	}
}

enum live_rail live_rail(u64 start, u64 size, u64 *at)
{
	struct range range = { start, size };
	enum live_rail rail;
	u64 first = start;

	for (rail = LIVE_RAIL_COUNT - 1; rail > LIVE_RAIL_NONE; rail--) {
		if (touches(rail, range, &first))
			break;
	}
	if (at)
		*at = first;
	return rail;
}

const char *live_rail_name(enum live_rail rail)
{
	static const char *const names[LIVE_RAIL_COUNT] = {
		[LIVE_RAIL_NONE] = "nothing of U-Boot",
		[LIVE_RAIL_LMB] = "memory reserved in LMB",
		[LIVE_RAIL_TEXT] = "U-Boot's code",
		[LIVE_RAIL_RODATA] = "U-Boot's constants",
		[LIVE_RAIL_DATA] = "U-Boot's data",
		[LIVE_RAIL_HEAP] = "U-Boot's heap",
		[LIVE_RAIL_GD] = "U-Boot's global data",
		[LIVE_RAIL_BD] = "U-Boot's board data",
		[LIVE_RAIL_FDT] = "U-Boot's device tree",
		[LIVE_RAIL_CONSOLE] = "the console's registers",
		[LIVE_RAIL_VECTORS] = "U-Boot's exception vectors",
		[LIVE_RAIL_STACK] = "U-Boot's stack",
		[LIVE_RAIL_HANDLER] = "what handles faults",
		[LIVE_RAIL_POOL] = "the static table pool",
		[LIVE_RAIL_PFA] = "memory of the PFA itself",
		[LIVE_RAIL_TABLES] = "U-Boot's translation tables",
	};

	return names[rail];
}

static struct range dram_bank(unsigned int i)
{
	return (struct range){ UBOOT_DRAM[i].start, UBOOT_DRAM[i].size };
}

u64 live_ram_start(void)
{
	return dram_bank(0).start;
}

u64 live_ram_end(void)
{
	u64 end = 0;

	for (unsigned int i = 0; i < CONFIG_NR_DRAM_BANKS; i++)
		end = max(end, dram_bank(i).start + dram_bank(i).size);
	return end;
}

/* As much at a time as leaves the watchdog content. */
#define CLEAN_CHUNK	SZ_64M

/* Clean and invalidate what a region maps of a bank of RAM. */
static void clean_region(const struct pgtable_region *region,
			 struct range bank)
{
	u64 pa, end, offset = region->va - region->pa;

	if (!range_overlap((struct range){ region->pa, region->size }, bank, &pa))
		return;
	end = min(region->pa + region->size, bank.start + bank.size);
	while (pa < end) {
		u64 bytes = min(end - pa, (u64)CLEAN_CHUNK);

		flush_dcache_range(pa + offset, pa + offset + bytes);
		schedule();
		pa += bytes;
	}
}

u64 live_ram(u64 pa, u64 size)
{
	struct range range = { pa, size };
	u64 bytes = 0;

	for (unsigned int i = 0; i < CONFIG_NR_DRAM_BANKS; i++) {
		struct range bank = dram_bank(i);
		u64 start;

		if (range_overlap(range, bank, &start))
			bytes += min(range.size - (start - range.start),
				     bank.size - (start - bank.start));
	}
	return bytes;
}

void live_clean_ram(u64 va, u64 size)
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_region region;
	u64 end = va + size;

	for (; va < end && pgtable_next_region(pt, va, end, 0, &region);
	     va = region.va + region.size) {
		if (!pte_valid(region.pte) || region.pa == PA_NONE)
			continue;
		for (unsigned int i = 0; i < CONFIG_NR_DRAM_BANKS; i++)
			clean_region(&region, dram_bank(i));
	}
}

/**
 * struct in_range - the devices with registers in a range
 *
 * @of:    the range
 * @first: name of the first one's node; NULL if there is none
 * @count: how many
 */
struct in_range {
	struct range of;
	const char *first;
	int count;
};

static void count_in_range(void *data, const struct bus *bus, ofnode node,
			   struct range regs)
{
	struct in_range *in = data;

	if (!regs.size || !range_overlap(in->of, regs, NULL))
		return;
	if (!in->count++)
		in->first = ofnode_get_name(node);
}

/* Name the devices with registers in a range: the first, and how many more. */
static void who_in_device_tree(struct range range, char *buf, size_t len)
{
	struct in_range in = { .of = range };

	devices_visit(count_in_range, &in);
	if (!in.count)
		snprintf(buf, len, "-");
	else if (in.count == 1)
		snprintf(buf, len, DEVICE_NAME, DEVICE_NAME_ARGS(in.first));
	else
		snprintf(buf, len, DEVICE_NAME " +%d",
			 DEVICE_NAME_ARGS(in.first), in.count - 1);
}

void live_who(u64 pa, u64 size, char *buf, size_t len)
{
	u64 ram = live_ram(pa, size);

	if (who_is_in(pa, size, buf, len))
		return;
	if (ram == size)
		snprintf(buf, len, "dram");
	else if (ram)
		snprintf(buf, len, "dram + no RAM");
	else
		who_in_device_tree((struct range){ pa, size }, buf, len);
}
