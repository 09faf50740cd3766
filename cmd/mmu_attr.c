// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu protect, split, merge: change how memory is mapped, not where.
 */

#include <cpu_func.h>
#include <stdio.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

/* What `mmu protect` was asked for. */
struct protect_args {
	struct mmu_range range;
	struct text_attrs attrs;
	bool force;
};

static unsigned int named(const struct text_attrs *attrs)
{
	return (attrs->has_type ? PGTABLE_NAMES_TYPE : 0) |
	       (attrs->has_share ? PGTABLE_NAMES_SHARE : 0) |
	       (attrs->has_perm ? PGTABLE_NAMES_PERM : 0) |
	       (attrs->has_exec ? PGTABLE_NAMES_EXEC : 0);
}

/* "changed 512 x 4K at 5000000000  +1 table (pfa)", or that nothing was done */
static void print_done(const char *word, const char *nothing,
		       const struct mmu_range *range,
		       const struct pgtable_result *res)
{
	char leaves[64], done[96];

	mmu_leaves_text(res, leaves, sizeof(leaves));
	if (*leaves)
		snprintf(done, sizeof(done), "%s %s at %llx", word, leaves,
			 range->va);
	else
		snprintf(done, sizeof(done), "%s at %llx", nothing, range->va);
	mmu_print_done(done, "", res);
}

static int protect(struct pgtable *pt, const void *data,
		   struct pgtable_result *res)
{
	const struct protect_args *args = data;

	return pgtable_protect(pt, args->range.va, args->range.size,
			       args->attrs.attr, named(&args->attrs),
			       PGTABLE_MERGE_AFTER |
			       (args->force ? PGTABLE_ALLOW_WX : 0), res);
}

static int split(struct pgtable *pt, const void *data,
		 struct pgtable_result *res)
{
	const struct mmu_range *range = data;

	return pgtable_split(pt, range->va, range->size, 0, res);
}

/*
 * What becomes writable at an address other than its own must be what could be
 * mapped so. At its own, the address is what counts: mmu_check_rails().
 */
static int check_targets(const struct cli *cli, struct pgtable *pt,
			 const struct protect_args *args)
{
	u64 va = args->range.va, end = va + args->range.size;
	struct pgtable_region region;

	if (!args->attrs.has_perm || args->attrs.attr.perm != VMSA_RW)
		return 0;
	for (; va < end && pgtable_next_region(pt, va, end, 0, &region);
	     va = region.va + region.size) {
		if (region.pa == PA_NONE || region.pa == region.va ||
		    vmsa_decode(pt->regime, region.pte).perm == VMSA_RW)
			continue;
		if (mmu_check_target(cli, region.pa, region.size, args->force))
			return CMD_RET_FAILURE;
	}
	return 0;
}

/* What the caches hold of memory that has changed. */
static void settle_caches(const struct mmu_range *range,
			  const struct text_attrs *attrs)
{
	if (attrs->has_type || attrs->has_share)
		live_clean_ram(range->va, range->size);
	if (attrs->has_exec && attrs->attr.exec)
		invalidate_icache_all();
}

int do_mmu_protect(struct cmd_tbl *cmdtp, int flag, int argc,
		   char *const argv[])
{
	struct protect_args args = { 0 };
	const struct cli_option options[] = {
		{ "-f", NULL, &args.force }, { }
	};
	const struct mmu_range *range = &args.range;
	struct pgtable_result res;
	struct pgtable *pt;
	struct cli cli;
	int ret;

	if (cli_parse(&cli, "mmu protect", argc, argv, options, 3, 3))
		return CMD_RET_USAGE;
	if (mmu_parse_range(&cli, &args.range) ||
	    mmu_parse_attrs(&cli, cli.argv[2], &args.attrs))
		return CMD_RET_FAILURE;
	pt = mmu_editable(&cli);
	if (!pt || mmu_check_range(&cli, "va", range->va, range->size,
				   pt->va_bits) ||
	    mmu_check_rails(&cli, range->va, range->size, args.force) ||
	    mmu_check_lent(&cli, range->va, range->size) ||
	    check_targets(&cli, pt, &args))
		return CMD_RET_FAILURE;
	/* Lines can still be found while there is access. */
	live_clean_ram(range->va, range->size);
	ret = live_change(protect, &args, &res);
	if (ret)
		return mmu_failed(&cli, pt, ret, &res);
	settle_caches(range, &args.attrs);
	print_done("changed", "changed nothing", range, &res);
	return 0;
}

/* "va [size]" of a subcommand that changes no meaning; 0, or what to return. */
static int prepare(struct cli *cli, const char *name, int argc,
		   char *const argv[], struct mmu_range *range,
		   struct pgtable **pt)
{
	if (cli_parse(cli, name, argc, argv, NULL, 1, 2))
		return CMD_RET_USAGE;
	if (mmu_parse_range(cli, range))
		return CMD_RET_FAILURE;
	*pt = mmu_editable(cli);
	if (!*pt || mmu_check_range(cli, "va", range->va, range->size,
				    (*pt)->va_bits) ||
	    mmu_check_lent(cli, range->va, range->size))
		return CMD_RET_FAILURE;
	return 0;
}

/*
 * "split 1 block for 1 x 4K at 48000000  +2 tables (pfa)": a block is split as far
 * as the range takes, and what is counted of that is in the range.
 */
static void print_split(const struct mmu_range *range, u64 blocks,
			const struct pgtable_result *res)
{
	char word[40] = "contiguous hint off";

	if (blocks)
		snprintf(word, sizeof(word), "split %llu block%s for", blocks,
			 blocks == 1 ? "" : "s");
	print_done(word, "nothing to split", range, res);
}

int do_mmu_split(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable_result res;
	struct mmu_range range;
	struct pgtable *pt;
	struct cli cli;
	u64 blocks;
	int ret;

	ret = prepare(&cli, "mmu split", argc, argv, &range, &pt);
	if (ret)
		return ret;
	blocks = pt->count.split;
	ret = live_change(split, &range, &res);
	if (ret)
		return mmu_failed(&cli, pt, ret, &res);
	print_split(&range, pt->count.split - blocks, &res);
	return 0;
}

int do_mmu_merge(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable_result res;
	struct mmu_range range;
	struct pgtable *pt;
	struct cli cli;
	char done[48];
	int ret;

	ret = prepare(&cli, "mmu merge", argc, argv, &range, &pt);
	if (ret)
		return ret;
	/* Who asks at the prompt means what was split at the prompt as well. */
	ret = pgtable_merge(pt, range.va, range.size, PGTABLE_MERGE_ALL, &res);
	if (ret)
		return mmu_failed(&cli, pt, ret, &res);
	if (res.removed[PGTABLE_STATIC] || res.removed[PGTABLE_REGISTERED]) {
		snprintf(done, sizeof(done), "merged at %llx", range.va);
		mmu_print_done(done, "", &res);
	} else {
		print_done("contiguous hint for", "nothing to merge", &range,
			   &res);
	}
	return 0;
}
