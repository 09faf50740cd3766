/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The subcommands of pfa, by the file that holds them, and what they share.
 */

#ifndef _PFA_CMDS_H
#define _PFA_CMDS_H

#include <command.h>
#include <mmu_pfa/live.h>

#include "mmu_pfa_cli.h"

/* pfa_zone.c */
int do_pfa_start(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_stop(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_add(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_grow(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_trim(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* pfa_info.c */
int do_pfa_info(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_stat(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* pfa_list.c */
int do_pfa_list(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_map(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* pfa_alloc.c */
int do_pfa_alloc(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_reserve(struct cmd_tbl *cmdtp, int flag, int argc,
		   char *const argv[]);
int do_pfa_free(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* pfa_test.c */
int do_pfa_check(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_test(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_bench(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_pfa_fail(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* The PFA, or NULL and a line that says how to get one, or that it is busy. */
struct pfa *pfa_needed(const struct cli *cli);

/* Whether a tag may be used, or a line that says why not. */
int pfa_check_tag(const struct cli *cli, const char *tag);

/* Say why a range can be no frames: empty, misaligned or wrapping. */
int pfa_bad_range(const struct cli *cli, u64 pa, u64 size);

/* "user", "table"...; "free" for PFA_OWNER_NONE. */
const char *pfa_owner_name(enum pfa_owner owner);

/* "2M at 7c200000 (user boot)": a block in words. */
void pfa_describe(const struct pfa_block *block, char *buf, size_t len);

#endif /* _PFA_CMDS_H */
