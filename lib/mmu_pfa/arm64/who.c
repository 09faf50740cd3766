// SPDX-License-Identifier: GPL-2.0+
/*
 * What a range of physical memory is known as: the smallest thing that all of it
 * is in. Everything comes from U-Boot itself at the time of the question.
 */

#include <dm/of.h>
#include <dm/ofnode.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>
#include <vsprintf.h>

#include "devices.h"

/**
 * struct named - the best answer so far
 *
 * @of:    the range in question
 * @start: where the thing begins
 * @size:  its size; 0 if there is none yet
 * @buf:   receives its name, cut to @len
 */
struct named {
	struct range of;
	u64 start;
	u64 size;
	char *buf;
	size_t len;
};

/* Is it in this, and is that smaller than what was found so far? */
static bool is_in(struct named *named, u64 start, u64 size)
{
	if (named->of.start < start || named->of.start - start >= size ||
	    named->of.size > size - (named->of.start - start) ||
	    (named->size && named->size <= size))
		return false;
	named->start = start;
	named->size = size;
	return true;
}

/* As a refusal calls it, less the first word: "U-Boot's heap" */
static const char *rail_noun(enum live_rail rail)
{
	return strchr(live_rail_name(rail), ' ') + 1;
}

static void look_at_rails(struct named *named)
{
	for (unsigned int i = 0; i < LIVE_RAIL_COUNT; i++) {
		struct range range = rail_range(i);

		if (is_in(named, range.start, range.size))
			snprintf(named->buf, named->len, "%s", rail_noun(i));
	}
}

static void look_at_pfa(struct named *named)
{
	static const char *const names[] = {
		[PFA_OWNER_NONE] = "free",
		[PFA_OWNER_TABLE] = "table",
		[PFA_OWNER_LAZY] = "lazy",
		[PFA_OWNER_SNAP] = "snap",
		[PFA_OWNER_META] = "metadata",
		[PFA_OWNER_BAD] = "bad",
	};
	struct pfa *pfa = system_pfa();
	struct pfa_block block;
	const char *name;

	if (!pfa || !pfa_find(pfa, named->of.start, &block) ||
	    !is_in(named, block.pa, block.size))
		return;
	name = block.owner == PFA_OWNER_USER ? block.tag : names[block.owner];
	snprintf(named->buf, named->len, "pfa %s", name && *name ? name : "-");
}

static void look_at_lmb(struct named *named)
{
	u64 start, size;

	if (lmb_find_reserved(named->of.start, &start, &size) &&
	    is_in(named, start, size))
		snprintf(named->buf, named->len, "lmb");
}

static void set_node_name(struct named *named, ofnode node, const char *more)
{
	snprintf(named->buf, named->len, DEVICE_NAME "%s",
		 DEVICE_NAME_ARGS(ofnode_get_name(node)), more);
}

static void look_at_node(struct named *named, ofnode node, struct range regs,
			 const char *more)
{
	if (is_in(named, regs.start, regs.size))
		set_node_name(named, node, more);
}

static void look_at_reserved_memory(struct named *named)
{
	ofnode node, parent = ofnode_path("/reserved-memory");
	struct bus root = bus_of(NULL, ofnode_root());

	if (!ofnode_valid(parent))
		return;
	ofnode_for_each_subnode(node, parent)
		look_at_node(named, node, bus_registers(&root, node), "");
}

/* A range of a PCI host bridge: three cells, its own address, and a size. */
#define PCI_SPACE(hi)	((hi) >> 24 & 3)
#define PCI_CELLS	3
#define SIZE_CELLS	2

static void look_at_pci_window(struct named *named, const struct bus *bus,
			       ofnode node, const __be32 *window)
{
	static const char *const spaces[] = {
		" config", " io", " mmio", " high"
	};
	u64 start = of_read_number(window + PCI_CELLS, bus->cells);
	u64 size = of_read_number(window + PCI_CELLS + bus->cells, SIZE_CELLS);

	if (bus_to_cpu(bus, &start) && is_in(named, start, size))
		set_node_name(named, node,
			      spaces[PCI_SPACE(be32_to_cpu(*window))]);
}

static void look_at_pci(struct named *named, const struct bus *bus, ofnode node)
{
	int cells = PCI_CELLS + bus->cells + SIZE_CELLS, len;
	const __be32 *window = ofnode_get_property(node, "ranges", &len);

	for (; window && len >= cells * (int)sizeof(*window);
	     window += cells, len -= cells * sizeof(*window))
		look_at_pci_window(named, bus, node, window);
}

static void look_at_device(void *data, const struct bus *bus, ofnode node,
			   struct range regs)
{
	const char *type = ofnode_read_string(node, "device_type");
	struct named *named = data;

	if (type && !strcmp(type, "pci")) {
		look_at_node(named, node, regs, " ecam");
		look_at_pci(named, bus, node);
	} else if (!type || strcmp(type, "memory")) {
		look_at_node(named, node, regs, "");
	}
}

bool who_is_in(u64 pa, u64 size, char *buf, size_t len)
{
	struct named named = { .of = { pa, size }, .buf = buf, .len = len };

	look_at_reserved_memory(&named);
	if (live_ram(pa, size) == size) {
		look_at_rails(&named);
		look_at_pfa(&named);
		look_at_lmb(&named);
	} else {
		devices_visit(look_at_device, &named);
	}
	return named.size;
}
