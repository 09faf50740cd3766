// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu map, mmu unmap: change the live tables. What is refused is refused here,
 * with the reason, before the engine is asked; the engine's own answers are put
 * into words.
 */

#include <cpu_func.h>
#include <stdio.h>
#include <vsprintf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

/* What `mmu map` was asked for. */
struct map_args {
	bool anywhere;
	u64 va;
	u64 pa;
	u64 size;
	struct text_attrs attrs;
	unsigned int flags;
	bool force;
	const char *var;
};

static int parse_map(struct cli *cli, int argc, char *const argv[],
		     struct map_args *args)
{
	bool only_4k = false, up_to_2m = false;
	const struct cli_option options[] = {
		{ "-4k", NULL, &only_4k }, { "-2m", NULL, &up_to_2m },
		{ "-f", NULL, &args->force }, { }
	};
	int ret, i = 3;

	ret = cli_parse(cli, "mmu map", argc, argv, options, 3, 5);
	if (ret || (only_4k && up_to_2m))
		return CMD_RET_USAGE;
	args->anywhere = !strcmp(cli->argv[0], "*");
	if ((!args->anywhere && cli_addr(cli, cli->argv[0], &args->va)) ||
	    cli_addr(cli, cli->argv[1], &args->pa) ||
	    cli_size(cli, cli->argv[2], &args->size))
		return CMD_RET_FAILURE;
	if (i < cli->argc && text_is_attrs(cli->argv[i]) &&
	    mmu_parse_attrs(cli, cli->argv[i++], &args->attrs))
		return CMD_RET_FAILURE;
	if (i < cli->argc) {
		args->var = cli->argv[i++];
		if (cli_check_var(cli, args->var))
			return CMD_RET_FAILURE;
	}
	if (i < cli->argc)
		return CMD_RET_USAGE;
	if (only_4k)
		args->flags |= PGTABLE_MAX_4K;
	if (up_to_2m)
		args->flags |= PGTABLE_MAX_2M;
	if (args->force)
		args->flags |= PGTABLE_ALLOW_WX | PGTABLE_REPLACE;
	return 0;
}

/*
 * Fill in what the attribute word leaves open: rw, nx, and wb for RAM or dev
 * for anything else. Where the range is both there is no good guess.
 */
static int complete_attrs(const struct cli *cli, struct map_args *args)
{
	struct text_attrs *attrs = &args->attrs;
	u64 ram = live_ram(args->pa, args->size);

	if (!attrs->has_perm)
		attrs->attr.perm = VMSA_RW;
	if (!attrs->has_type) {
		if (ram && ram != args->size)
			return cli_error(cli, "%llx + %llx is partly RAM: name the memory type",
					 args->pa, args->size);
		attrs->attr.type = ram ? VMSA_WB : VMSA_DEV_NGNRNE;
	}
	if (!attrs->has_share)
		attrs->attr.share = text_default_share(attrs->attr.type);
	if (args->force || !attrs->attr.exec)
		return 0;
	if (vmsa_type_is_device(attrs->attr.type))
		return cli_error(cli, "refused: executable device memory; -f insists");
	/* What `none` remembers is rw. */
	if (attrs->attr.perm != VMSA_RO)
		return cli_error(cli, "refused: writable and executable; -f insists");
	return 0;
}

/* U-Boot's own memory may be looked at. */
static int check_target(const struct cli *cli, const struct map_args *args)
{
	if (args->attrs.attr.perm != VMSA_RW)
		return 0;
	return mmu_check_target(cli, args->pa, args->size, args->force);
}

/* What U-Boot stands on is not replaced by a mapping of something else. */
static int check_place(const struct cli *cli, const struct map_args *args)
{
	enum live_rail rail;
	u64 at;

	if (!args->force)
		return 0;	/* the engine refuses any overlap */
	rail = live_rail(args->va, args->size, &at);
	if (rail == LIVE_RAIL_NONE)
		return 0;
	if (live_rail_forcible(rail) && args->va == args->pa)
		return 0;
	return cli_error(cli, "refused: va %llx holds %s", at,
			 live_rail_name(rail));
}

/*
 * Find a free place that lets the largest blocks be used: above all RAM, so that
 * nobody takes the address for one of RAM.
 */
static int find_place(const struct cli *cli, struct pgtable *pt,
		      struct map_args *args)
{
	for (unsigned int level = 1; level <= VMSA_LEAF_LEVEL; level++) {
		u64 align = vmsa_size(level);

		if (align > args->size && level < VMSA_LEAF_LEVEL)
			continue;
		if (!pgtable_find_hole(pt, live_ram_end(), args->size, align,
				       args->pa & (align - 1), &args->va))
			return 0;
	}
	return cli_error(cli, "no free range of %llx above %llx", args->size,
			 live_ram_end());
}

static void print_mapped(const struct map_args *args,
			 const struct pgtable_result *res)
{
	char size[TEXT_SIZE_LEN], attr[TEXT_ATTR_LEN];
	char done[96], leaves[64] = "  ";

	text_size(args->size, size);
	text_attr(args->attrs.attr, attr);
	mmu_leaves_text(res, leaves + 2, sizeof(leaves) - 2);
	if (!leaves[2])
		strcpy(leaves + 2, "as it was");
	snprintf(done, sizeof(done), "mapped %s at %llx -> %llx %s", size,
		 args->va, args->pa, attr);
	mmu_print_done(done, leaves, res);
}

/*
 * Memory that is mapped with more than one memory type: what the caches hold
 * of it goes to memory, so that both begin with the same bytes. Done after the
 * change, when no line can be filled through what was there before.
 */
static void settle_types(const struct map_args *args)
{
	struct vmsa_attr attr = args->attrs.attr;
	u64 at;

	if (live_find_mismatch(args->pa, args->size, attr, &at))
		printf("note: %llx maps it with another %s; use one at a time\n",
		       at, mmu_mismatch(live_pgtable(), at, attr));
	else if (attr.type == VMSA_WB)
		return;
	live_clean_ram(args->va, args->size);
}

/* Instructions that were fetched from there as it was before. */
static void settle_exec(const struct map_args *args)
{
	if (args->attrs.attr.exec)
		invalidate_icache_all();
}

static int check_map(const struct cli *cli, struct pgtable *pt,
		     struct map_args *args)
{
	if (mmu_check_range(cli, "pa", args->pa, args->size, pt->pa_bits) ||
	    (args->anywhere && find_place(cli, pt, args)) ||
	    mmu_check_range(cli, "va", args->va, args->size, pt->va_bits) ||
	    mmu_check_lent(cli, args->va, args->size) ||
	    complete_attrs(cli, args) || check_target(cli, args) ||
	    check_place(cli, args))
		return CMD_RET_FAILURE;
	return 0;
}

static int map(struct pgtable *pt, const void *data,
	       struct pgtable_result *res)
{
	const struct map_args *args = data;

	return pgtable_map(pt, args->va, args->pa, args->size,
			   args->attrs.attr, args->flags, res);
}

int do_mmu_map(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct map_args args = { 0 };
	struct pgtable_result res;
	struct pgtable *pt;
	struct cli cli;
	int ret;

	ret = parse_map(&cli, argc, argv, &args);
	if (ret)
		return ret;
	pt = mmu_editable(&cli);
	if (!pt || check_map(&cli, pt, &args))
		return CMD_RET_FAILURE;
	ret = live_change(map, &args, &res);
	if (ret)
		return mmu_failed(&cli, pt, ret, &res);
	print_mapped(&args, &res);
	settle_types(&args);
	settle_exec(&args);
	return cli_set_var(&cli, args.var, args.va);
}

static int unmap(struct pgtable *pt, const void *data,
		 struct pgtable_result *res)
{
	const struct mmu_range *range = data;

	return pgtable_unmap(pt, range->va, range->size, 0, res);
}

int do_mmu_unmap(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool force = false;
	const struct cli_option options[] = {
		{ "-f", NULL, &force }, { }
	};
	char text[TEXT_SIZE_LEN], done[64];
	struct mmu_range range;
	struct pgtable_result res;
	struct pgtable *pt;
	struct cli cli;
	int ret;

	if (cli_parse(&cli, "mmu unmap", argc, argv, options, 2, 2))
		return CMD_RET_USAGE;
	if (mmu_parse_range(&cli, &range))
		return CMD_RET_FAILURE;
	pt = mmu_editable(&cli);
	if (!pt || mmu_check_range(&cli, "va", range.va, range.size,
				   pt->va_bits) ||
	    mmu_check_rails(&cli, range.va, range.size, force) ||
	    mmu_check_lent(&cli, range.va, range.size))
		return CMD_RET_FAILURE;
	/* Whatever maps the memory next shall find its bytes there. */
	live_clean_ram(range.va, range.size);
	ret = live_change(unmap, &range, &res);
	if (ret)
		return mmu_failed(&cli, pt, ret, &res);
	text_size(range.size, text);
	snprintf(done, sizeof(done), "unmapped %s at %llx", text, range.va);
	mmu_print_done(done, "", &res);
	return 0;
}
