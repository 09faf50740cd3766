// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu dump: the address space as regions that mean the same, with whose the
 * memory is and what is suspicious.
 */

#include <console.h>
#include <malloc.h>
#include <sort.h>
#include <stdio.h>
#include <vsprintf.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

/* A size that is longer is rounded down to a tenth of its unit. */
#define SIZE_WIDTH		6

/* A row is 61 columns without its last one. */
#define WHO_LEN		20

/* Behind the name of what is watched */
#define WATCHED		", watched"

/* What `mmu dump` was asked for. */
struct dump_args {
	u64 va;
	u64 end;
	bool raw;
	bool by_level;
	bool tree;
	bool by_pa;
	bool holes;
	bool json;
	u32 filters;
};

/* What has been shown, for the totals line. */
struct dump_totals {
	u64 regions;
	u64 writable_exec;
};

/* One dump under way. */
struct dump {
	struct pgtable *pt;
	const struct dump_args *args;
	struct dump_totals totals;
	struct jsonl json;
	struct pgtable_walk last_walk;
};

enum dump_filter {
	FILTER_W, FILTER_X, FILTER_WX, FILTER_RO, FILTER_DEV, FILTER_NC,
	FILTER_WB, FILTER_NONE, FILTER_ALIAS, FILTER_DYN, FILTER_L1, FILTER_L2,
	FILTER_L3, FILTER_COUNT,
};

static const char *const filter_names[FILTER_COUNT] = {
	"w", "x", "wx", "ro", "dev", "nc", "wb", "none", "alias", "dyn", "l1",
	"l2", "l3",
};

static bool is_hole(const struct pgtable_region *region)
{
	return pte_hole(region->pte);
}

static bool is_writable_exec(struct vmsa_attr attr)
{
	return attr.perm == VMSA_RW && attr.exec;
}

static bool is_identity(const struct pgtable_region *region)
{
	return region->pa == region->va;
}

/* Whether the table that holds a region's first entry is one of ours. */
static bool is_dynamic(struct dump *dump, const struct pgtable_region *region)
{
	struct pgtable_walk walk;

	pgtable_walk(dump->pt, region->va, &walk);
	return mmu_table_origin(pgtable_last_step(&walk)->entry & ~FRAME_MASK) !=
	       PGTABLE_FOREIGN;
}

static bool has_level(const struct pgtable_region *region, unsigned int level)
{
	return region->top_level <= level && level <= region->last_level;
}

static bool passes(struct dump *dump, const struct pgtable_region *region,
		   enum dump_filter filter)
{
	struct vmsa_attr attr = mmu_region_attr(dump->pt, region);

	switch (filter) {
	case FILTER_W:
		return attr.perm == VMSA_RW;
	case FILTER_X:
		return attr.perm != VMSA_NONE && attr.exec;
	case FILTER_WX:
		return is_writable_exec(attr);
	case FILTER_RO:
		return attr.perm == VMSA_RO;
	case FILTER_DEV:
		return vmsa_type_is_device(attr.type);
	case FILTER_NC:
		return attr.type == VMSA_NC;
	case FILTER_WB:
		return attr.type == VMSA_WB;
	case FILTER_NONE:
		return attr.perm == VMSA_NONE;
	case FILTER_ALIAS:
		return !is_identity(region);
	case FILTER_DYN:
		return is_dynamic(dump, region);
	default:
		return has_level(region, 1 + filter - FILTER_L1);
	}
}

/* A region is shown if it passes every filter; a hole only without any. */
static bool chosen(struct dump *dump, const struct pgtable_region *region)
{
	if (is_hole(region))
		return !dump->args->filters;
	for (unsigned int i = 0; i < FILTER_COUNT; i++) {
		if (dump->args->filters & (1u << i) &&
		    !passes(dump, region, i))
			return false;
	}
	return true;
}

static void perm_text(struct vmsa_attr attr, char buf[5])
{
	bool access = attr.perm != VMSA_NONE;

	snprintf(buf, 5, "%c%c%c%c", access ? 'r' : '-',
		 attr.perm == VMSA_RW ? 'w' : '-',
		 access && attr.exec ? 'x' : '-',
		 is_writable_exec(attr) ? '!' : ' ');
}

static void level_text(const struct pgtable_region *region, char buf[5])
{
	if (region->top_level == region->last_level)
		snprintf(buf, 5, "L%u", region->level);
	else
		snprintf(buf, 5, "L%u-%u", region->top_level,
			 region->last_level);
}

/* "dev" for the usual device type, and the others without their prefix. */
static const char *short_type(unsigned int type)
{
	const char *name = text_type(type);

	return strncmp(name, "dev-", 4) ? name : name + 4;
}

static int va_digits(const struct dump *dump)
{
	return (dump->pt->va_bits + 3) / 4;
}

/* "va - end"; the end of the VA space may take one digit more. */
static void print_range(const struct dump *dump,
			const struct pgtable_region *region)
{
	int digits = va_digits(dump);
	char end[20], size[TEXT_SIZE_LEN];

	text_size(region->size, size);
	if (strlen(size) > SIZE_WIDTH)
		text_size_about(region->size, size);
	snprintf(end, sizeof(end), "%0*llx", digits,
		 region->va + region->size);
	printf("%0*llx-%-*s %*s ", digits, region->va, digits + 1, end,
	       SIZE_WIDTH, size);
}

static void print_hole(const struct dump *dump,
		       const struct pgtable_region *region)
{
	print_range(dump, region);
	printf("hole\n");
}

static void print_region(const struct dump *dump,
			 const struct pgtable_region *region)
{
	struct vmsa_attr attr = mmu_region_attr(dump->pt, region);
	const char *watched = live_watch_at(region->va) ? WATCHED : "";
	char pa[17], level[5], perm[5], who[WHO_LEN];

	if (is_identity(region))
		strcpy(pa, "=");
	else
		snprintf(pa, sizeof(pa), "%llx", region->pa);
	level_text(region, level);
	perm_text(attr, perm);
	live_who(region->pa, region->size, who, sizeof(who) - strlen(watched));
	print_range(dump, region);
	printf("%-10s %-4s %s %-5s %s %s%s\n", pa, level, perm,
	       short_type(attr.type), text_share(attr.share), who, watched);
}

static void print_raw(const struct dump *dump,
		      const struct pgtable_region *region)
{
	struct pgtable_walk walk;

	pgtable_walk(dump->pt, region->va, &walk);
	printf("%0*llx L%u[%03x] %010llx = %016llx%s\n", va_digits(dump),
	       region->va, region->level, pgtable_last_step(&walk)->index,
	       pgtable_last_step(&walk)->entry, region->pte,
	       live_watch_at(region->va) ? WATCHED : "");
}

static void print_json(struct dump *dump, const struct pgtable_region *region)
{
	char attr[TEXT_ATTR_LEN], who[WHO_LEN];

	if (is_hole(region)) {
		jsonl_line(&dump->json, "{\"va\":\"0x%llx\",\"size\":\"0x%llx\",\"hole\":true}",
			   region->va, region->size);
		return;
	}
	text_attr(mmu_region_attr(dump->pt, region), attr);
	live_who(region->pa, region->size, who, sizeof(who));
	jsonl_line(&dump->json, "{\"va\":\"0x%llx\",\"size\":\"0x%llx\",\"pa\":\"0x%llx\",\"level\":%u,\"top_level\":%u,\"last_level\":%u,\"entries\":\"0x%llx\",\"attrs\":\"%s\",\"pte\":\"0x%llx\",\"who\":\"%s\",\"watched\":%s}",
		   region->va, region->size, region->pa, region->level,
		   region->top_level, region->last_level, region->entries, attr,
		   region->pte, who, live_watch_at(region->va) ? "true" : "false");
}

/* Print the tables on the way to a region that the last one did not share. */
static void print_tree(struct dump *dump, const struct pgtable_region *region)
{
	struct pgtable_walk walk, *last = &dump->last_walk;
	bool shared = true;

	pgtable_walk(dump->pt, region->va, &walk);
	for (unsigned int i = 0; i < walk.steps; i++) {
		u64 table = walk.step[i].entry & ~FRAME_MASK;

		shared = shared && i < last->steps &&
			 (last->step[i].entry & ~FRAME_MASK) == table;
		if (!shared)
			printf("%*sL%u table %llx (%s)\n", 2 * i, "",
			       walk.step[i].level, table,
			       mmu_origin_name(mmu_table_origin(table)));
	}
	*last = walk;
}

static void show(struct dump *dump, const struct pgtable_region *region)
{
	if (!chosen(dump, region))
		return;
	dump->totals.regions++;
	if (!is_hole(region) &&
	    is_writable_exec(mmu_region_attr(dump->pt, region)))
		dump->totals.writable_exec++;
	if (dump->args->json) {
		print_json(dump, region);
		return;
	}
	if (dump->args->tree)
		print_tree(dump, region);
	if (is_hole(region))
		print_hole(dump, region);
	else if (dump->args->raw)
		print_raw(dump, region);
	else
		print_region(dump, region);
}

static unsigned int region_flags(const struct dump_args *args)
{
	unsigned int flags = 0;

	if (args->raw)
		flags |= PGTABLE_EACH_ENTRY;
	/* A tree shows which table a region is in, so no region spans levels. */
	if (args->by_level || args->tree)
		flags |= PGTABLE_BY_LEVEL;
	if (args->holes)
		flags |= PGTABLE_HOLES;
	return flags;
}

/* The next region at or after *@va, which moves past it. */
static bool next_region(struct dump *dump, u64 *va,
			struct pgtable_region *region)
{
	if (!pgtable_next_region(dump->pt, *va, dump->args->end,
				 region_flags(dump->args), region))
		return false;
	*va = region->va + region->size;
	return true;
}

/* Show regions in the order of virtual addresses; false if interrupted. */
static bool show_by_va(struct dump *dump)
{
	struct pgtable_region region;
	u64 va = dump->args->va;

	while (next_region(dump, &va, &region)) {
		if (ctrlc())
			return false;
		show(dump, &region);
	}
	return true;
}

static int compare_pa(const void *a, const void *b)
{
	const struct pgtable_region *x = a, *y = b;

	if (x->pa != y->pa)
		return x->pa < y->pa ? -1 : 1;
	return x->va < y->va ? -1 : x->va > y->va;
}

/* Show regions in the order of physical addresses; false if interrupted. */
static bool show_by_pa(struct dump *dump)
{
	struct pgtable_region *regions, region;
	u64 va = dump->args->va;
	size_t count = 0;

	while (next_region(dump, &va, &region))
		count++;
	regions = calloc(count ? count : 1, sizeof(*regions));
	if (!regions) {
		printf("mmu dump: no heap to sort %zu regions\n", count);
		return false;
	}
	va = dump->args->va;
	for (size_t i = 0; i < count; i++)
		next_region(dump, &va, &regions[i]);
	qsort(regions, count, sizeof(*regions), compare_pa);
	for (size_t i = 0; i < count && !ctrlc(); i++)
		show(dump, &regions[i]);
	free(regions);
	return true;
}

static void print_header(const struct dump *dump)
{
	struct pgtable *pt = dump->pt;
	int digits = va_digits(dump);

	printf("EL%u ttbr %llx va %u-bit 4K granule  (ends exclusive; ! = w+x)\n",
	       pt->regime == VMSA_EL3 ? 3 : pt->regime == VMSA_EL1 ? 1 : 2,
	       pt->root, pt->va_bits);
	if (!dump->args->raw)
		printf("%-*s-%-*s   size %-10s lvl  perm type  sh  who\n",
		       digits, "va start", digits + 1, "va end", "pa");
}

static void print_totals(const struct dump *dump)
{
	struct pgtable_tables tables;
	const u32 *n = tables.by_origin;

	pgtable_count_tables(dump->pt, &tables);
	printf("%llu region%s, %u live tables (%u boot %u static %u pfa), %llu region%s W+X\n",
	       dump->totals.regions, dump->totals.regions == 1 ? "" : "s",
	       n[PGTABLE_FOREIGN] + n[PGTABLE_STATIC] + n[PGTABLE_REGISTERED],
	       n[PGTABLE_FOREIGN], n[PGTABLE_STATIC], n[PGTABLE_REGISTERED],
	       dump->totals.writable_exec,
	       dump->totals.writable_exec == 1 ? "" : "s");
}

static int find_filter(const char *word)
{
	for (int i = 0; i < FILTER_COUNT; i++) {
		if (!strcmp(word, filter_names[i]))
			return i;
	}
	return -1;
}

/* "va [size] [filter..]": the filters come after the addresses. */
static int parse_words(const struct cli *cli, struct pgtable *pt,
		       struct dump_args *args)
{
	u64 space = 1ull << pt->va_bits;
	u64 size;
	int i = 0;

	args->end = space;
	if (i < cli->argc && find_filter(cli->argv[i]) < 0) {
		if (cli_addr(cli, cli->argv[i++], &args->va))
			return CMD_RET_FAILURE;
		if (args->va >= space)
			return cli_error(cli, "%llx is beyond the %u-bit VA space",
					 args->va, pt->va_bits);
	}
	if (i == 1 && i < cli->argc && find_filter(cli->argv[i]) < 0) {
		if (cli_size(cli, cli->argv[i++], &size))
			return CMD_RET_FAILURE;
		if (!size || size > space - args->va)
			return cli_error(cli, "size %llx is 0 or reaches beyond the %u-bit VA space",
					 size, pt->va_bits);
		args->end = args->va + size;
	}
	for (; i < cli->argc; i++) {
		int filter = find_filter(cli->argv[i]);

		if (filter < 0)
			return cli_error(cli, "unknown filter \"%.24s\"",
					 cli->argv[i]);
		args->filters |= 1u << filter;
	}
	/* Whole pages: an entry that an address lies in is shown whole. */
	args->va &= ~FRAME_MASK;
	args->end = ALIGN(args->end, FRAME_SIZE);
	return 0;
}

int do_mmu_dump(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct dump_args args = { 0 };
	const struct cli_option options[] = {
		{ "-r", NULL, &args.raw }, { "-l", NULL, &args.by_level },
		{ "-t", NULL, &args.tree }, { "-p", NULL, &args.by_pa },
		{ "-g", NULL, &args.holes }, { "-j", NULL, &args.json }, { }
	};
	struct dump dump = { .pt = live_pgtable(), .args = &args };
	struct cli cli;
	bool done;

	if (cli_parse(&cli, "mmu dump", argc, argv, options, 0, CLI_MAX_ARGS))
		return CMD_RET_USAGE;
	if (parse_words(&cli, dump.pt, &args))
		return CMD_RET_FAILURE;
	if (!args.json)
		print_header(&dump);
	done = args.by_pa ? show_by_pa(&dump) : show_by_va(&dump);
	if (args.json)
		jsonl_end(&dump.json, "mmu.dump");
	else
		print_totals(&dump);
	return done ? 0 : CMD_RET_FAILURE;
}
