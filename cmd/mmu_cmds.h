/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The subcommands of mmu, by the file that holds them.
 */

#ifndef _MMU_CMDS_H
#define _MMU_CMDS_H

#include <command.h>
#include <mmu_pfa/pgtable.h>

#include "mmu_pfa_cli.h"

/* mmu_info.c */
int do_mmu_info(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_dump.c */
int do_mmu_dump(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_fault.c */
int do_mmu_fault(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_access.c */
int do_mmu_md(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_mmu_peek(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_mmu_poke(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_probe.c */
int do_mmu_probe(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_wraps.c */
int do_mmu_try(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_guard.c */
int do_mmu_guard(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_watch.c */
int do_mmu_watch(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_walk.c */
int do_mmu_walk(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_mmu_v2p(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_mmu_p2v(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_attr.c */
int do_mmu_protect(struct cmd_tbl *cmdtp, int flag, int argc,
		   char *const argv[]);
int do_mmu_split(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);
int do_mmu_merge(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_reset.c */
int do_mmu_reset(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_check.c */
int do_mmu_check(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);
int do_mmu_test(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);

/* mmu_bench.c */
int do_mmu_bench(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* mmu_change.c */
int do_mmu_map(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[]);
int do_mmu_unmap(struct cmd_tbl *cmdtp, int flag, int argc,
		 char *const argv[]);

/* Where a table page came from: "boot", "static", or the allocator's name. */
const char *mmu_origin_name(enum pgtable_origin origin);

/* Where the table at a physical address came from. */
enum pgtable_origin mmu_table_origin(u64 pa);

/* The tree, or NULL and a line that says why it can't be changed. */
struct pgtable *mmu_editable(const struct cli *cli);

/* Whether a range is whole pages within @bits of address, or a line. */
int mmu_check_range(const struct cli *cli, const char *what, u64 start,
		    u64 size, unsigned int bits);

/* Whether U-Boot can do without a range of addresses, or a line. */
int mmu_check_rails(const struct cli *cli, u64 va, u64 size, bool force);

/*
 * Whether memory may be mapped writable, or a line: U-Boot's own with @force only,
 * its tables never.
 */
int mmu_check_target(const struct cli *cli, u64 pa, u64 size, bool force);

#define MMU_OTHER_TYPE	"memory type"

/* In what a mapping at @va is unlike @attr: type, or else shareability. */
const char *mmu_mismatch(struct pgtable *pt, u64 va, struct vmsa_attr attr);

/* Whether a range of addresses belongs to no watch or guard, or a line. */
int mmu_check_lent(const struct cli *cli, u64 va, u64 size);

/** struct mmu_range - the range that a subcommand works on, in bytes */
struct mmu_range {
	u64 va;
	u64 size;
};

/* The first words, "va [size]"; a size that is not given is one page. */
int mmu_parse_range(const struct cli *cli, struct mmu_range *range);

/* What a region allows, where it is watched without what that takes. */
struct vmsa_attr mmu_region_attr(const struct pgtable *pt,
				 const struct pgtable_region *region);

/* Take an attribute word apart, or complain. */
int mmu_parse_attrs(const struct cli *cli, const char *word,
		    struct text_attrs *attrs);

/* "512 x 4K", "1 x 1G + 3 x 2M": which entries an operation touched. */
void mmu_leaves_text(const struct pgtable_result *res, char *buf, size_t len);

/*
 * What was done, with what tables: "merged at 40000000  -1 table (static)". Where
 * that is too long for a line, all behind @done is on a second one.
 *
 * @leaves: which entries, after two blanks; may be empty
 */
void mmu_print_done(const char *done, const char *leaves,
		    const struct pgtable_result *res);

/* What the engine's answer means, in one line. */
int mmu_failed(const struct cli *cli, struct pgtable *pt, int err,
	       const struct pgtable_result *res);

#endif /* _MMU_CMDS_H */
