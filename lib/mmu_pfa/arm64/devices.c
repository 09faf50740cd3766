// SPDX-License-Identifier: GPL-2.0+
/*
 * The registers of the devices in the device tree.
 *
 * Most are below a bus, a node whose property "ranges" tells what the addresses of
 * its children are to its own parent. A bus without it does not translate: those
 * on it, such as the chips of an I2C controller, have no address for the CPU.
 */

#include <dm/of.h>
#include <dm/ofnode.h>

#include "devices.h"

/* More is not a number of 64 bits: PCI, whose windows have names of their own. */
#define MOST_CELLS	2

struct bus bus_of(const struct bus *parent, ofnode node)
{
	return (struct bus){
		.parent = parent,
		.node = node,
		.cells = ofnode_read_simple_addr_cells(node),
		.size_cells = ofnode_read_simple_size_cells(node),
	};
}

static bool has_numbers(const struct bus *bus)
{
	return bus->cells > 0 && bus->cells <= MOST_CELLS &&
	       bus->size_cells > 0 && bus->size_cells <= MOST_CELLS;
}

/* From an address below a bus to the one that it is on. */
static bool to_parent(const struct bus *bus, u64 *addr)
{
	int at_size = bus->cells + bus->parent->cells, len;
	int row = at_size + bus->size_cells;
	const __be32 *ranges = ofnode_get_property(bus->node, "ranges", &len);

	if (!len)
		return true;
	for (; len >= row * (int)sizeof(*ranges);
	     ranges += row, len -= row * sizeof(*ranges)) {
		u64 offset = *addr - of_read_number(ranges, bus->cells);

		if (offset < of_read_number(ranges + at_size,
					    bus->size_cells)) {
			*addr = of_read_number(ranges + bus->cells,
					       bus->parent->cells) + offset;
			return true;
		}
	}
	return false;
}

bool bus_to_cpu(const struct bus *bus, u64 *addr)
{
	for (; bus->parent; bus = bus->parent) {
		if (!to_parent(bus, addr))
			return false;
	}
	return true;
}

struct range bus_registers(const struct bus *bus, ofnode node)
{
	const __be32 *reg;
	struct range regs;
	int len;

	reg = ofnode_get_property(node, "reg", &len);
	if (!reg || len < (bus->cells + bus->size_cells) * (int)sizeof(*reg))
		return (struct range){ 0 };
	regs.start = of_read_number(reg, bus->cells);
	regs.size = of_read_number(reg + bus->cells, bus->size_cells);
	return bus_to_cpu(bus, &regs.start) ? regs : (struct range){ 0 };
}

static void visit_below(const struct bus *bus, device_visit *visit, void *data)
{
	ofnode node;

	ofnode_for_each_subnode(node, bus->node) {
		struct bus below;

		visit(data, bus, node, bus_registers(bus, node));
		if (!ofnode_has_property(node, "ranges"))
			continue;
		below = bus_of(bus, node);
		if (has_numbers(&below))
			visit_below(&below, visit, data);
	}
}

void devices_visit(device_visit *visit, void *data)
{
	struct bus root = bus_of(NULL, ofnode_root());

	visit_below(&root, visit, data);
}
