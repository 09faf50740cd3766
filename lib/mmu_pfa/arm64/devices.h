/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The registers of the devices in the device tree, as the CPU sees them.
 */

#ifndef _MMU_PFA_DEVICES_H
#define _MMU_PFA_DEVICES_H

#include <dm/ofnode.h>
#include <linux/string.h>

#include "rails.h"

/**
 * struct bus - what the addresses of a node's children mean
 *
 * @parent:     the bus that it is on itself; NULL for the root
 * @node:       the node
 * @cells:      how many cells of 32 bits an address has, one or two
 * @size_cells: and a size
 */
struct bus {
	const struct bus *parent;
	ofnode node;
	int cells;
	int size_cells;
};

struct bus bus_of(const struct bus *parent, ofnode node);

/* From an address on a bus to the CPU's; false if the CPU has none for it. */
bool bus_to_cpu(const struct bus *bus, u64 *addr);

/**
 * bus_registers() - the first registers of a node
 *
 * U-Boot's general way looks for the parent of the node, and for that through all
 * of a flat tree; a fault's report asks about each node.
 *
 * @bus:  what the node is on
 * Return: where they are for the CPU; of size 0 if it has none there
 */
struct range bus_registers(const struct bus *bus, ofnode node);

/* The name of a node to print, less what tells it from others of its name. */
#define DEVICE_NAME		"%.*s"
#define DEVICE_NAME_ARGS(name)	(int)strcspn(name, "@"), name

typedef void device_visit(void *data, const struct bus *bus, ofnode node,
			  struct range regs);

/* Each node on a bus that the CPU can reach, with its registers if any. */
void devices_visit(device_visit *visit, void *data);

#endif /* _MMU_PFA_DEVICES_H */
