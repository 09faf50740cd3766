// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa list, pfa map: who owns what, as rows and as a picture.
 */

#include <console.h>
#include <cyclic.h>
#include <stdio.h>
#include <vsprintf.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "pfa_cmds.h"

/* Columns for who asked: up to the edge of the console. */
#define ASKED_LEN	28

/*
 * Who asked for a block: a person, or code, by function where the image has its
 * names and else by its address as linked, or U-Boot for tables.
 */
static const char *who_asked(const struct pfa_block *block,
			     char buf[ASKED_LEN + 1])
{
	const char *function;
	u64 offset;

	if (block->caller == PFA_CALLER_CONSOLE)
		return "console";
	if (!block->caller)
		return "-";
	function = cli_function(block->caller, &offset);
	if (function)
		snprintf(buf, ASKED_LEN + 1, "%.19s+%llx", function, offset);
	else
		snprintf(buf, ASKED_LEN + 1, "link %x", block->caller);
	return buf;
}

static void list_block(const struct pfa_block *block)
{
	char size[TEXT_SIZE_LEN];
	char who[ASKED_LEN + 1];

	text_size(block->size, size);
	printf("%010llx %8s  o%-4u %-6s %-16s %s\n", block->pa, size,
	       block->order, pfa_owner_name(block->owner),
	       *block->tag ? block->tag : "-", who_asked(block, who));
}

static void list_block_json(struct jsonl *out, const struct pfa_block *block)
{
	char who[ASKED_LEN + 1];

	jsonl_line(out, "{\"pa\":\"0x%llx\",\"size\":\"0x%llx\",\"order\":%u,\"owner\":\"%s\",\"tag\":\"%s\",\"who\":\"%s\"}",
		   block->pa, block->size, block->order,
		   pfa_owner_name(block->owner), block->tag,
		   who_asked(block, who));
}

/* What covers one address, free or not. */
static int list_one(const struct cli *cli, struct pfa *pfa, u64 pa, bool json)
{
	struct jsonl out = { 0 };
	struct pfa_block block;
	char text[64];
	char who[ASKED_LEN + 1];

	if (!pfa_find(pfa, pa, &block))
		return cli_error(cli, "%llx is in no zone", pa);
	if (json) {
		list_block_json(&out, &block);
		jsonl_end(&out, "pfa.list");
		return 0;
	}
	pfa_describe(&block, text, sizeof(text));
	printf("%llx is in %s\n", pa, text);
	if (block.caller)
		printf("  asked by %s\n", who_asked(&block, who));
	return 0;
}

int do_pfa_list(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const char *tag = NULL;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { "-t", &tag }, { }
	};
	char total[TEXT_SIZE_LEN];
	struct jsonl out = { 0 };
	struct pfa_block block;
	u64 from = 0, pa, bytes = 0;
	unsigned int count = 0;
	struct pfa *pfa;
	struct cli cli;

	if (cli_parse(&cli, "pfa list", argc, argv, options, 0, 1) ||
	    (cli.argc && tag))
		return CMD_RET_USAGE;
	if ((cli.argc && cli_addr(&cli, cli.argv[0], &pa)) ||
	    (tag && pfa_check_tag(&cli, tag)))
		return CMD_RET_FAILURE;
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (cli.argc)
		return list_one(&cli, pfa, pa, json);
	if (!json)
		printf("%-10s %8s  %-5s %-6s %-16s %s\n", "address", "size",
		       "order", "owner", "tag", "asked by");
	while (pfa_next(pfa, from, &block)) {
		schedule();
		if (ctrlc())
			return cli_error(&cli, "interrupted at %llx", block.pa);
		from = block.pa + block.size;
		if (tag && strcmp(tag, block.tag))
			continue;
		if (json)
			list_block_json(&out, &block);
		else
			list_block(&block);
		bytes += block.size;
		count++;
	}
	text_size(bytes, total);
	if (json)
		jsonl_end(&out, "pfa.list");
	else
		printf("%u allocation%s, %s\n", count, count == 1 ? "" : "s",
		       total);
	return 0;
}

/* The picture of `pfa map`: a row is one line of cells. */
#define MAP_COLUMNS	64
#define MAP_ROWS	16

/* What one cell holds. */
struct cell {
	u64 free;
	u64 used;
	u32 owners;
};

static bool only(const struct cell *cell, u32 owners)
{
	return !(cell->owners & ~owners);
}

#define OWNER(x)	(1u << PFA_OWNER_##x)

/* One character: a letter where all that is not free is of one kind. */
static char cell_char(const struct cell *cell)
{
	if (!cell->used)
		return '.';
	if (only(cell, OWNER(TABLE)))
		return 'T';
	if (only(cell, OWNER(SNAP)))
		return 'C';
	if (only(cell, OWNER(LAZY)))
		return 'L';
	if (only(cell, OWNER(META) | OWNER(BAD)))
		return 'R';
	return cell->free ? '+' : '#';
}

/* What lies in [@start, @end), looking from @block on; it moves along. */
static struct cell look_at_cell(struct pfa *pfa, u64 start, u64 end,
				struct pfa_block *block)
{
	struct cell cell = { 0 };

	do {
		u64 block_end = block->pa + block->size;
		u64 bytes = min(end, block_end) - start;

		if (block->owner == PFA_OWNER_NONE) {
			cell.free += bytes;
		} else {
			cell.used += bytes;
			cell.owners |= 1u << block->owner;
		}
		start += bytes;
		/* The last block of a zone ends with it. */
	} while ((block->pa + block->size > start ||
		  pfa_walk(pfa, start, block)) && start < end);
	return cell;
}

/** struct picture - how to draw, and what the row before looked like */
struct picture {
	struct jsonl *json;
	u64 cell;
	bool squeeze;		/* print a run of equal rows as one and a '*' */
	unsigned int equal;	/* rows like the last one so far */
	char last[MAP_COLUMNS + 1];
};

static void print_row(struct picture *pic, u64 start, const char *row)
{
	pic->equal = strcmp(row, pic->last) ? 0 : pic->equal + 1;
	strcpy(pic->last, row);
	if (pic->json)
		jsonl_line(pic->json, "{\"pa\":\"0x%llx\",\"cell\":\"0x%llx\",\"map\":\"%s\"}",
			   start, pic->cell, row);
	else if (!pic->squeeze || !pic->equal)
		printf("%010llx %s\n", start, row);
	else if (pic->equal == 1)
		printf("*\n");
}

static void map_row(struct pfa *pfa, u64 start, u64 end, struct picture *pic)
{
	char row[MAP_COLUMNS + 1];
	struct pfa_block block;
	unsigned int n = 0;

	if (!pfa_walk(pfa, start, &block))
		return;
	for (u64 at = start; at < end; at += pic->cell) {
		struct cell cell = look_at_cell(pfa, at,
						min(at + pic->cell, end),
						&block);

		row[n++] = cell_char(&cell);
	}
	row[n] = '\0';
	print_row(pic, start, row);
}

/* The picture of one zone, unless interrupted: 0 or CMD_RET_FAILURE. */
static int map_zone(const struct cli *cli, struct pfa *pfa,
		    const struct pfa_zone_stats *zone, struct picture *pic)
{
	u64 end = zone->pa + zone->size;
	u64 row = pic->cell * MAP_COLUMNS;

	pic->last[0] = '\0';
	for (u64 at = zone->pa; at < end; at += row) {
		schedule();
		if (ctrlc())
			return cli_error(cli, "interrupted at %llx", at);
		map_row(pfa, at, min(at + row, end), pic);
	}
	return 0;
}

/* The least power of two of frames with which all fits on one page. */
static u64 default_cell(struct pfa *pfa)
{
	u64 cell = FRAME_SIZE;
	struct pfa_stats stats;

	pfa_stats(pfa, &stats);
	while (stats.size / cell > MAP_COLUMNS * MAP_ROWS)
		cell *= 2;
	return cell;
}

int do_pfa_map(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const char *zoom = NULL;
	const struct cli_option options[] = {
		{ "-z", &zoom }, { "-j", NULL, &json }, { }
	};
	char text[TEXT_SIZE_LEN];
	struct pfa_zone_stats zone;
	struct jsonl out = { 0 };
	struct picture pic = { 0 };
	struct pfa *pfa;
	struct cli cli;

	if (cli_parse(&cli, "pfa map", argc, argv, options, 0, 0))
		return CMD_RET_USAGE;
	if (zoom && (!text_parse_size(zoom, &pic.cell) || !pic.cell ||
		     pic.cell & FRAME_MASK || pic.cell > SZ_1G))
		return cli_error(&cli, "bad cell \"%.24s\": a multiple of 1000, up to 1G",
				 zoom);
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (!zoom)
		pic.cell = default_cell(pfa);
	pic.json = json ? &out : NULL;
	pic.squeeze = zoom;
	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++) {
		if (map_zone(&cli, pfa, &zone, &pic))
			return CMD_RET_FAILURE;
	}
	text_size(pic.cell, text);
	if (json)
		jsonl_end(&out, "pfa.map");
	else if (!pfa_zone_stats(pfa, 0, &zone))
		printf("no zones\n");
	else
		printf("a cell is %s: . free + part # full T tables C snapshot L lazy R reserved\n",
		       text);
	return 0;
}
