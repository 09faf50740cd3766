// SPDX-License-Identifier: GPL-2.0+
/*
 * The table of functions of an image that does not know them yet: link-symbols
 * puts the real one in its place.
 */

#include <linux/compiler.h>
#include <mmu_pfa/symbols.h>

const struct symbols mmu_pfa_symbols __weak = { 0 };
