// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu map, mmu unmap: change the live tables. What is refused is refused here,
 * with the reason, before the engine is asked; the engine's own answers are put
 * into words.
 */

#include <stdio.h>
#include <vsprintf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

/* The tree, or NULL and a line that says why it can't be changed. */
static struct pgtable *need_editable(const struct cli *cli)
{
	const char *reason = live_editable();

	if (!reason)
		return live_pgtable();
	cli_error(cli, "refused: %s", reason);
	return NULL;
}

/* Whether [@start, @start + @size) is whole pages within @bits of address. */
static int check_range(const struct cli *cli, const char *what, u64 start,
		       u64 size, unsigned int bits)
{
	u64 space = 1ull << bits;

	if (start & FRAME_MASK)
		return cli_error(cli, "%s %llx is not a multiple of 1000", what,
				 start);
	if (!size)
		return cli_error(cli, "size is 0");
	if (size & FRAME_MASK)
		return cli_error(cli, "size %llx is not a multiple of 1000",
				 size);
	if (start + size < start)
		return cli_error(cli, "%s %llx + %llx wraps around", what,
				 start, size);
	if (start + size > space)
		return cli_error(cli, "%s %llx + %llx is beyond the %u-bit %s space",
				 what, start, size, bits, what);
	return 0;
}

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

static int parse_map_attrs(const struct cli *cli, const char *word,
			   struct text_attrs *attrs)
{
	const char *bad;

	if (text_parse_attrs(word, attrs, &bad))
		return 0;
	return cli_error(cli, "bad attribute \"%.*s\" in \"%s\"",
			 (int)strcspn(bad, ","), bad, word);
}

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
	    parse_map_attrs(cli, cli->argv[i++], &args->attrs))
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

/* U-Boot's own memory may be looked at; -f to write it, its tables never. */
static int check_target(const struct cli *cli, const struct map_args *args)
{
	enum live_rail rail;
	u64 at;

	if (args->attrs.attr.perm != VMSA_RW)
		return 0;
	rail = live_rail(args->pa, args->size, &at);
	if (rail == LIVE_RAIL_NONE || rail == LIVE_RAIL_CONSOLE)
		return 0;
	if (!live_rail_writable(rail))
		return cli_error(cli, "refused: pa %llx holds %s; map it ro", at,
				 live_rail_name(rail));
	if (!args->force)
		return cli_error(cli, "refused: pa %llx holds %s; map it ro, or -f insists",
				 at, live_rail_name(rail));
	return 0;
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

/* "512 x 4K", "1 x 1G + 3 x 2M": which entries an operation touched. */
static void leaves_text(const struct pgtable_result *res, char *buf, size_t len)
{
	char size[TEXT_SIZE_LEN];
	int used = 0;

	buf[0] = '\0';
	for (unsigned int level = 1; level < VMSA_LEVELS; level++) {
		if (!res->leaves[level])
			continue;
		text_size(vmsa_size(level), size);
		used += snprintf(buf + used, len - used, "%s%llu x %s",
				 used ? " + " : "", res->leaves[level], size);
	}
}

/* "  +2 tables (pfa)", by where they came from; nothing where none moved. */
static void print_tables(char sign, const u32 tables[PGTABLE_FOREIGN])
{
	for (unsigned int i = 0; i < PGTABLE_FOREIGN; i++) {
		if (tables[i])
			printf("  %c%u table%s (%s)", sign, tables[i],
			       tables[i] == 1 ? "" : "s", mmu_origin_name(i));
	}
}

static int out_of_tables(const struct cli *cli, struct pgtable *pt,
			 const struct pgtable_result *res)
{
	const struct page_registry *reg = pt->pages;

	if (reg->registered)
		return cli_error(cli, "needs %u table%s, the pfa has no frame left for that",
				 res->needed, res->needed == 1 ? "" : "s");
	return cli_error(cli, "needs %u table%s, the static pool has %u of %u left",
			 res->needed, res->needed == 1 ? "" : "s",
			 BOOT_POOL_PAGES - reg->pool_stats.now,
			 BOOT_POOL_PAGES);
}

/* The mapping that stands in the way. */
static int overlaps(const struct cli *cli, struct pgtable *pt,
		    const struct pgtable_result *res)
{
	char attr[TEXT_ATTR_LEN];

	if (pte_reserved(res->pte, res->level))
		return cli_error(cli, "%llx has a reserved descriptor %llx",
				 res->va, res->pte);
	text_attr(vmsa_decode(pt->regime, res->pte), attr);
	return cli_error(cli, "%llx is mapped already (to %llx %s)", res->va,
			 pte_leaf_pa(res->pte, res->level) |
			 (res->va & (vmsa_size(res->level) - 1)), attr);
}

static int failed(const struct cli *cli, struct pgtable *pt, int err,
		  const struct pgtable_result *res)
{
	switch (err) {
	case -EPERM:
		return cli_error(cli, "refused: would cut descriptor %llx at %llx",
				 res->pte, res->va);
	case -EEXIST:
		return overlaps(cli, pt, res);
	case -ENOENT:
		return cli_error(cli, "%llx is not mapped", res->va);
	case -ENOMEM:
		return out_of_tables(cli, pt, res);
	default:
		return cli_error(cli, "refused by the engine: error %d", err);
	}
}

static void print_mapped(const struct map_args *args,
			 const struct pgtable_result *res)
{
	char size[TEXT_SIZE_LEN], attr[TEXT_ATTR_LEN], leaves[64];

	text_size(args->size, size);
	text_attr(args->attrs.attr, attr);
	leaves_text(res, leaves, sizeof(leaves));
	printf("mapped %s at %llx -> %llx %s  %s", size, args->va, args->pa,
	       attr, leaves);
	print_tables('-', res->removed);
	print_tables('+', res->added);
	printf("\n");
}

/*
 * Whether a request that failed for want of tables is worth another try: with
 * the PFA in force, and if LMB has memory for it to grow by.
 */
static bool grown_for(struct pgtable *pt, int err,
		      const struct pgtable_result *res)
{
	return err == -ENOMEM && pt->pages->registered &&
	       !system_pfa_grow_for(res->needed * FRAME_SIZE, FRAME_SIZE);
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
		printf("note: %llx maps it with another memory type; use one of the two at a time\n",
		       at);
	else if (attr.type == VMSA_WB)
		return;
	live_clean_ram(args->va, args->size);
}

static int check_map(const struct cli *cli, struct pgtable *pt,
		     struct map_args *args)
{
	if (check_range(cli, "pa", args->pa, args->size, pt->pa_bits) ||
	    (args->anywhere && find_place(cli, pt, args)) ||
	    check_range(cli, "va", args->va, args->size, pt->va_bits) ||
	    complete_attrs(cli, args) || check_target(cli, args) ||
	    check_place(cli, args))
		return CMD_RET_FAILURE;
	return 0;
}

static int try_map(struct pgtable *pt, const struct map_args *args,
		   struct pgtable_result *res)
{
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
	pt = need_editable(&cli);
	if (!pt || check_map(&cli, pt, &args))
		return CMD_RET_FAILURE;
	ret = try_map(pt, &args, &res);
	if (grown_for(pt, ret, &res))
		ret = try_map(pt, &args, &res);
	if (ret)
		return failed(&cli, pt, ret, &res);
	print_mapped(&args, &res);
	settle_types(&args);
	return cli_set_var(&cli, args.var, args.va);
}

int do_mmu_unmap(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool force = false;
	const struct cli_option options[] = {
		{ "-f", NULL, &force }, { }
	};
	char text[TEXT_SIZE_LEN];
	struct pgtable_result res;
	struct pgtable *pt;
	enum live_rail rail;
	struct cli cli;
	u64 va, size, at;
	int ret;

	if (cli_parse(&cli, "mmu unmap", argc, argv, options, 2, 2))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &va) ||
	    cli_size(&cli, cli.argv[1], &size))
		return CMD_RET_FAILURE;
	pt = need_editable(&cli);
	if (!pt || check_range(&cli, "va", va, size, pt->va_bits))
		return CMD_RET_FAILURE;
	rail = live_rail(va, size, &at);
	if (rail != LIVE_RAIL_NONE && !(force && live_rail_forcible(rail)))
		return cli_error(&cli, "refused: %llx holds %s%s", at,
				 live_rail_name(rail),
				 live_rail_forcible(rail) ? "; -f insists" : "");
	/* Whatever maps the memory next shall find its bytes there. */
	live_clean_ram(va, size);
	ret = pgtable_unmap(pt, va, size, 0, &res);
	if (grown_for(pt, ret, &res))
		ret = pgtable_unmap(pt, va, size, 0, &res);
	if (ret)
		return failed(&cli, pt, ret, &res);
	text_size(size, text);
	printf("unmapped %s at %llx", text, va);
	print_tables('-', res.removed);
	print_tables('+', res.added);
	printf("\n");
	return 0;
}
