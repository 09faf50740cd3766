// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa info, pfa stat: the PFA in numbers.
 */

#include <stdio.h>
#include <linux/kernel.h>

#include "pfa_cmds.h"

/* Blocks of 2M, which one entry of a level 2 table maps. */
#define ORDER_2M	9

/*
 * Orders in one pair of rows of `pfa stat`, at most: those beyond go to further
 * ones, and so do those for which a console of 80 columns has no room.
 */
#define STAT_COLUMNS	11
#define STAT_HEAD	6	/* characters before the first count */

/* Bytes of each user tag, as rows of `pfa info`. */
static void print_tags(struct pfa *pfa)
{
	struct pfa_tag_stats tag;
	char text[TEXT_SIZE_LEN];

	for (unsigned int i = 0; pfa_tag_stats(pfa, i, &tag); i++) {
		text_size(tag.bytes, text);
		printf("  user   %10s  %s\n", text, *tag.name ? tag.name : "-");
	}
}

static void print_owners(struct pfa *pfa, const struct pfa_stats *stats)
{
	char text[TEXT_SIZE_LEN];

	print_tags(pfa);
	for (enum pfa_owner i = PFA_OWNER_TABLE; i <= PFA_OWNER_BAD; i++) {
		u64 bytes = i == PFA_OWNER_META ? stats->meta :
			    stats->by_owner[i];

		if (!bytes)
			continue;
		text_size(bytes, text);
		printf("  %-6s %10s\n", pfa_owner_name(i), text);
	}
}

static void print_info(struct pfa *pfa)
{
	char size[TEXT_SIZE_LEN], free[TEXT_SIZE_LEN], used[TEXT_SIZE_LEN];
	char largest[TEXT_SIZE_LEN], peak[TEXT_SIZE_LEN];
	struct pfa_zone_stats zone;
	struct pfa_stats stats;

	pfa_stats(pfa, &stats);
	text_size_about(stats.size, size);
	text_size_about(stats.free, free);
	text_size_about(stats.used, used);
	text_size(stats.largest, largest);
	text_size_about(stats.peak, peak);
	printf("%u zone%s %s  free %s  used %s  largest %s  peak %s\n",
	       stats.zones, stats.zones == 1 ? "" : "s", size, free, used,
	       largest, peak);
	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++) {
		text_size(zone.size, size);
		text_size_about((u64)zone.buddy.free << FRAME_SHIFT, free);
		printf("  zone %llx-%llx %s  free %s  from %s\n", zone.pa,
		       zone.pa + zone.size, size, free,
		       zone.from_source ? "LMB" : "the user");
	}
	print_owners(pfa, &stats);
	printf("%llu allocated  %llu freed  %llu failed  %llu frees refused\n",
	       stats.allocs, stats.frees, stats.failed, stats.refused);
}

static void print_info_json(struct pfa *pfa)
{
	struct jsonl out = { 0 };
	struct pfa_zone_stats zone;
	struct pfa_tag_stats tag;
	struct pfa_stats stats;

	if (pfa) {
		pfa_stats(pfa, &stats);
		jsonl_line(&out, "{\"started\":true,\"zones\":%u,\"size\":\"0x%llx\",\"free\":\"0x%llx\",\"used\":\"0x%llx\",\"meta\":\"0x%llx\",\"peak\":\"0x%llx\",\"largest\":\"0x%llx\",\"allocs\":\"0x%llx\",\"frees\":\"0x%llx\",\"failed\":\"0x%llx\",\"refused\":\"0x%llx\"}",
			   stats.zones, stats.size, stats.free, stats.used,
			   stats.meta, stats.peak, stats.largest,
			   stats.allocs, stats.frees, stats.failed,
			   stats.refused);
	} else {
		jsonl_line(&out, "{\"started\":false}");
	}
	for (unsigned int i = 0; pfa && pfa_zone_stats(pfa, i, &zone); i++)
		jsonl_line(&out, "{\"zone\":\"0x%llx\",\"size\":\"0x%llx\",\"free\":\"0x%llx\",\"meta\":\"0x%llx\",\"peak\":\"0x%llx\",\"lmb\":%s}",
			   zone.pa, zone.size,
			   (u64)zone.buddy.free << FRAME_SHIFT, zone.meta,
			   zone.peak, zone.from_source ? "true" : "false");
	for (unsigned int i = 0; pfa && pfa_tag_stats(pfa, i, &tag); i++)
		jsonl_line(&out, "{\"owner\":\"user\",\"tag\":\"%s\",\"size\":\"0x%llx\"}",
			   tag.name, tag.bytes);
	for (enum pfa_owner i = PFA_OWNER_TABLE; pfa && i <= PFA_OWNER_BAD; i++)
		jsonl_line(&out, "{\"owner\":\"%s\",\"size\":\"0x%llx\"}",
			   pfa_owner_name(i), i == PFA_OWNER_META ? stats.meta :
			   stats.by_owner[i]);
	jsonl_end(&out, "pfa.info");
}

int do_pfa_info(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json },
		{ }
	};
	struct pfa *pfa = system_pfa();
	struct cli cli;

	if (cli_parse(&cli, "pfa info", argc, argv, options, 0, 0))
		return CMD_RET_USAGE;
	if (pfa && !pfa_needed(&cli))
		return CMD_RET_FAILURE;
	if (json)
		print_info_json(pfa);
	else if (pfa)
		print_info(pfa);
	else
		printf("not started: tables come from the static pool\n");
	return 0;
}

/* Characters for the largest count, with a blank before it; at least 5. */
static unsigned int stat_width(const struct buddy_stats *all, unsigned int end)
{
	unsigned int most = 1000;
	unsigned int width = 1;

	for (unsigned int i = 0; i < end; i++)
		most = max3(most, all->nfree[i], all->nused[i]);
	for (; most; most /= 10)
		width++;
	return width;
}

static void print_stat_rows(const struct buddy_stats *all, unsigned int first,
			    unsigned int end, unsigned int width)
{
	printf("%-*s", STAT_HEAD, "order");
	for (unsigned int i = first; i < end; i++)
		printf("%*so%u", width - (i < 10 ? 2 : 3), "", i);
	printf("\n%-*s", STAT_HEAD, "free");
	for (unsigned int i = first; i < end; i++)
		printf("%*u", width, all->nfree[i]);
	printf("\n%-*s", STAT_HEAD, "used");
	for (unsigned int i = first; i < end; i++)
		printf("%*u", width, all->nused[i]);
	printf("\n");
}

static void print_orders(const struct buddy_stats *all, unsigned int end)
{
	unsigned int width = stat_width(all, end);
	unsigned int columns = min((unsigned int)STAT_COLUMNS,
				   (CONSOLE_WIDTH - STAT_HEAD) / width);

	for (unsigned int i = 0; i < end; i += columns)
		print_stat_rows(all, i, min(end, i + columns), width);
}

/* All zones' blocks together. */
static void sum_zones(struct pfa *pfa, struct buddy_stats *all)
{
	struct pfa_zone_stats zone;

	memset(all, 0, sizeof(*all));
	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++) {
		all->frames += zone.buddy.frames;
		all->free += zone.buddy.free;
		all->reserved += zone.buddy.reserved;
		for (unsigned int k = 0; k < BUDDY_ORDERS; k++) {
			all->nfree[k] += zone.buddy.nfree[k];
			all->nused[k] += zone.buddy.nused[k];
		}
	}
}

/* Orders from 0 to the largest that is present, at least one. */
static unsigned int orders_present(const struct buddy_stats *stats)
{
	unsigned int end = BUDDY_ORDERS;

	while (end > 1 && !stats->nfree[end - 1] && !stats->nused[end - 1])
		end--;
	return end;
}

static void print_zone_stat(const struct pfa_zone_stats *zone)
{
	char size[TEXT_SIZE_LEN], free[TEXT_SIZE_LEN];
	char largest[TEXT_SIZE_LEN], peak[TEXT_SIZE_LEN];

	text_size(zone->size, size);
	text_size_about((u64)zone->buddy.free << FRAME_SHIFT, free);
	text_size(zone->largest, largest);
	text_size_about(zone->peak, peak);
	printf("zone %llx-%llx %s  free %s (%llu%%)\n", zone->pa,
	       zone->pa + zone->size, size, free,
	       ((u64)zone->buddy.free << FRAME_SHIFT) * 100 / zone->size);
	printf("  largest %s  frag %u%%  peak %s\n", largest,
	       buddy_fragmentation(&zone->buddy, ORDER_2M), peak);
}

static void print_stat_json(struct pfa *pfa)
{
	struct jsonl out = { 0 };
	struct pfa_zone_stats zone;

	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++) {
		jsonl_line(&out, "{\"zone\":\"0x%llx\",\"size\":\"0x%llx\",\"free\":\"0x%llx\",\"largest\":\"0x%llx\",\"frag\":%u,\"peak\":\"0x%llx\"}",
			   zone.pa, zone.size,
			   (u64)zone.buddy.free << FRAME_SHIFT,
			   zone.largest,
			   buddy_fragmentation(&zone.buddy, ORDER_2M),
			   zone.peak);
		for (unsigned int k = 0; k < BUDDY_ORDERS; k++)
			jsonl_line(&out, "{\"zone\":\"0x%llx\",\"order\":%u,\"free\":%u,\"used\":%u}",
				   zone.pa, k, zone.buddy.nfree[k],
				   zone.buddy.nused[k]);
	}
	jsonl_end(&out, "pfa.stat");
}

int do_pfa_stat(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	struct pfa_zone_stats zone;
	struct buddy_stats all;
	struct pfa *pfa;
	struct cli cli;

	if (cli_parse(&cli, "pfa stat", argc, argv, options, 0, 0))
		return CMD_RET_USAGE;
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (json) {
		print_stat_json(pfa);
		return 0;
	}
	if (!pfa_zone_stats(pfa, 0, &zone)) {
		printf("no zones\n");
		return 0;
	}
	sum_zones(pfa, &all);
	print_orders(&all, orders_present(&all));
	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++)
		print_zone_stat(&zone);
	return 0;
}
