/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The subcommands of mmu, by the file that holds them.
 */

#ifndef _MMU_CMDS_H
#define _MMU_CMDS_H

#include <command.h>
#include <mmu_pfa/pgtable.h>

/* mmu_info.c */
int do_mmu_info(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_dump.c */
int do_mmu_dump(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_fault.c */
int do_mmu_fault(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);
int do_mmu_try(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_walk.c */
int do_mmu_walk(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_change.c */
int do_mmu_map(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_mmu_unmap(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* Where a table page came from: "boot", "static", or the allocator's name. */
const char *mmu_origin_name(enum pgtable_origin origin);

/* Where the table at a physical address came from. */
enum pgtable_origin mmu_table_origin(u64 pa);

#endif /* _MMU_CMDS_H */
