/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the commands with guarded accesses share.
 */

#ifndef _MMU_ACCESS_H
#define _MMU_ACCESS_H

#include <mmu_pfa/catch.h>

#include "mmu_pfa_cli.h"

/*
 * Bytes of one access, from a subcommand's own word: 1, 2, 4 or 8 by .b, .w, .l
 * or .q, 4 without, 0 for anything else.
 */
unsigned int mmu_access_width(const char *word);

/* Whether an address suits the width, or a line. */
int mmu_check_aligned(const struct cli *cli, u64 addr, unsigned int width);

/*
 * Why the access at @addr did not succeed: a line, and the shell variables, with the
 * address of the byte that could not be accessed where the CPU gives one.
 */
int mmu_access_failed(const struct cli *cli, u64 addr);

#endif /* _MMU_ACCESS_H */
