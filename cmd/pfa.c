// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa: the page-frame allocator at the prompt.
 */

#include <console.h>
#include <env.h>
#include <stdio.h>
#include <vsprintf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <mmu_pfa/live.h>

#include "mmu_pfa_cli.h"

/* As many blocks as one `pfa alloc -n` may ask for. */
#define MAX_COUNT	256

/* Blocks of 2M, which one entry of a level 2 table maps. */
#define ORDER_2M	9

/* Orders in one pair of rows of `pfa stat`; the rest goes to a second. */
#define STAT_COLUMNS	11

static const char *const owner_names[] = {
	[PFA_OWNER_NONE] = "free",
	[PFA_OWNER_USER] = "user",
	[PFA_OWNER_TABLE] = "table",
	[PFA_OWNER_LAZY] = "lazy",
	[PFA_OWNER_SNAP] = "snap",
	[PFA_OWNER_META] = "meta",
	[PFA_OWNER_BAD] = "bad",
};

/* The PFA, or NULL and a line that says how to get one. */
static struct pfa *need_pfa(const struct cli *cli)
{
	struct pfa *pfa = system_pfa();

	if (!pfa)
		cli_error(cli, "not started; 'pfa start' takes memory from LMB");
	return pfa;
}

static int do_pfa_start(struct cmd_tbl *cmdtp, int flag, int argc,
			char *const argv[])
{
	u64 size = system_pfa_default_size();
	char text[TEXT_SIZE_LEN];
	struct pfa_zone_stats zone;
	const char *word;
	struct cli cli;
	int ret;

	ret = cli_parse(&cli, "pfa start", argc, argv, NULL, 0, 1);
	if (!ret && cli.argc)
		ret = cli_size(&cli, cli.argv[0], &size);
	if (ret)
		return ret;
	/* Errors name the size in the user's own words. */
	text_size(size, text);
	word = cli.argc ? cli.argv[0] : text;
	switch (system_pfa_start(size)) {
	case 0:
		break;
	case -EALREADY:
		return cli_error(&cli, "already started");
	case -EINVAL:
		return cli_error(&cli, "size %s is 0 or not a multiple of 1000",
				 word);
	case -ENOMEM:
		return cli_error(&cli, "LMB has no free run of %s", word);
	case -ENOSPC:
		return cli_error(&cli, "size %s is too small for its own metadata",
				 word);
	case -EBUSY:
		return cli_error(&cli, "another page allocator has pages out");
	default:
		return cli_error(&cli, "size %s is too large for one zone",
				 word);
	}
	pfa_zone_stats(system_pfa(), 0, &zone);
	text_size(zone.size, text);
	printf("started: %s at %llx, tables now come from the pfa\n", text,
	       zone.pa);
	return 0;
}

static int do_pfa_stop(struct cmd_tbl *cmdtp, int flag, int argc,
		       char *const argv[])
{
	char used[TEXT_SIZE_LEN];
	struct pfa_stats stats;
	struct pfa *pfa;
	struct cli cli;
	int ret;

	ret = cli_parse(&cli, "pfa stop", argc, argv, NULL, 0, 0);
	if (ret)
		return ret;
	pfa = need_pfa(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	pfa_stats(pfa, &stats);
	if (system_pfa_stop()) {
		text_size(stats.used, used);
		return cli_error(&cli, "%s of frames are out ('pfa list')",
				 used);
	}
	printf("stopped: tables now come from the static pool\n");
	return 0;
}

/* Bytes of each user tag, as rows of `pfa info`. */
static void print_tags(struct pfa *pfa)
{
	struct pfa_tag_stats tag;
	char text[TEXT_SIZE_LEN];

	for (unsigned int i = 0; pfa_tag_stats(pfa, i, &tag); i++) {
		if (!tag.bytes)
			continue;
		text_size(tag.bytes, text);
		printf("  user   %10s  %s\n", text, tag.name);
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
		printf("  %-6s %10s\n", owner_names[i], text);
	}
}

static void print_info(struct pfa *pfa)
{
	char size[TEXT_SIZE_LEN], free[TEXT_SIZE_LEN], used[TEXT_SIZE_LEN];
	char largest[TEXT_SIZE_LEN], peak[TEXT_SIZE_LEN];
	struct pfa_zone_stats zone;
	struct pfa_stats stats;

	pfa_stats(pfa, &stats);
	text_size(stats.size, size);
	text_size_about(stats.free, free);
	text_size_about(stats.used, used);
	text_size(stats.largest, largest);
	text_size_about(stats.peak, peak);
	printf("%u zone%s %s  free %s  used %s  largest %s  peak used %s\n",
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
		jsonl_line(&out, "{\"started\":true,\"zones\":%u,\"size\":\"0x%llx\",\"free\":\"0x%llx\",\"used\":\"0x%llx\",\"meta\":\"0x%llx\",\"peak\":\"0x%llx\",\"largest\":\"0x%llx\",\"allocs\":%llu,\"frees\":%llu,\"failed\":%llu,\"refused\":%llu}",
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
			   owner_names[i], i == PFA_OWNER_META ? stats.meta :
			   stats.by_owner[i]);
	jsonl_end(&out, "pfa.info");
}

static int do_pfa_info(struct cmd_tbl *cmdtp, int flag, int argc,
		       char *const argv[])
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
	if (json)
		print_info_json(pfa);
	else if (pfa)
		print_info(pfa);
	else
		printf("not started: tables come from the static pool\n");
	return 0;
}

/* What `pfa alloc` was asked for. */
struct alloc_args {
	struct pfa_request req;
	u64 count;
	const char *var;
};

static int parse_alloc_range(const struct cli *cli, const char *word,
			     struct pfa_request *req)
{
	char lo[TEXT_SIZE_LEN];
	size_t len = strcspn(word, "-");

	if (word[len] != '-' || len >= sizeof(lo))
		return cli_error(cli, "bad range \"%s\": not lo-hi", word);
	memcpy(lo, word, len);
	lo[len] = '\0';
	if (!text_parse_hex(lo, &req->lo) ||
	    !text_parse_hex(word + len + 1, &req->hi))
		return cli_error(cli, "bad range \"%s\": not lo-hi", word);
	if (req->lo >= req->hi)
		return cli_error(cli, "range %s is empty", word);
	return 0;
}

static int parse_alloc_size(const struct cli *cli, const char *word, u64 *size)
{
	unsigned int order;

	if (word[0] == 'o') {
		if (!text_parse_order(word, BUDDY_MAX_ORDER, &order))
			return cli_error(cli, "bad order \"%s\": o0 to o%d",
					 word, BUDDY_MAX_ORDER);
		*size = FRAME_SIZE << order;
		return 0;
	}
	if (cli_size(cli, word, size))
		return CMD_RET_FAILURE;
	return *size ? 0 : cli_error(cli, "size is 0");
}

static int parse_alloc_tag(const struct cli *cli, const char *tag)
{
	if (pfa_tag_valid(tag))
		return 0;
	return cli_error(cli, "bad tag \"%s\": 1 to %d letters, no blanks", tag,
			 PFA_TAG_LEN);
}

static int parse_alloc(struct cli *cli, int argc, char *const argv[],
		       struct alloc_args *args)
{
	const char *count = NULL, *align = NULL, *range = NULL;
	struct pfa_request *req = &args->req;
	const struct cli_option options[] = {
		{ "-n", &count }, { "-a", &align }, { "-r", &range },
		{ "-t", &req->tag }, { }
	};
	int ret;

	*args = (struct alloc_args){
		.req = { .owner = PFA_OWNER_USER },
		.count = 1,
	};
	ret = cli_parse(cli, "pfa alloc", argc, argv, options, 1, 2);
	if (!ret)
		ret = parse_alloc_size(cli, cli->argv[0], &req->size);
	if (!ret && cli->argc > 1) {
		args->var = cli->argv[1];
		ret = cli_check_var(cli, args->var);
	}
	if (!ret && range)
		ret = parse_alloc_range(cli, range, req);
	if (!ret && req->tag)
		ret = parse_alloc_tag(cli, req->tag);
	if (!ret && align && (!text_parse_size(align, &req->align) ||
			      !is_power_of_2(req->align)))
		ret = cli_error(cli, "bad alignment \"%s\": not a power of two",
				align);
	if (!ret && count && (!text_parse_hex(count, &args->count) ||
			      !args->count || args->count > MAX_COUNT))
		ret = cli_error(cli, "bad count \"%s\": 1 to %x", count,
				MAX_COUNT);
	return ret;
}

static int alloc_failed(const struct cli *cli, struct pfa *pfa,
			const struct pfa_request *req, int err)
{
	char largest[TEXT_SIZE_LEN];
	struct pfa_stats stats;

	if (err == -ENOSPC)
		return cli_error(cli, "more than %d tags at a time", PFA_TAGS);
	if (err == -EINVAL)
		return cli_error(cli, "no zone can hold %llx bytes", req->size);
	pfa_stats(pfa, &stats);
	text_size(stats.largest, largest);
	return cli_error(cli, "no free run of %llx bytes%s; the largest is %s",
			 req->size,
			 req->hi || req->align ? " that fits" : "", largest);
}

static void free_all(struct pfa *pfa, const u64 *pa, u64 count)
{
	while (count--)
		pfa_free(pfa, pa[count], PFA_OWNER_USER, NULL);
}

/* Put all addresses into the variable, separated by blanks. */
static int set_var_list(const struct cli *cli, const char *var, const u64 *pa,
			u64 count)
{
	char list[MAX_COUNT * 17 + 1];
	int len = 0;

	for (u64 i = 0; i < count; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%llx",
				i ? " " : "", pa[i]);
	if (!var || !env_set(var, list))
		return 0;
	return cli_error(cli, "cannot set the variable %s", var);
}

static int do_pfa_alloc(struct cmd_tbl *cmdtp, int flag, int argc,
			char *const argv[])
{
	char size[TEXT_SIZE_LEN];
	struct alloc_args args;
	u64 pa[MAX_COUNT];
	struct pfa *pfa;
	struct cli cli;
	int ret;

	ret = parse_alloc(&cli, argc, argv, &args);
	if (ret)
		return ret;
	pfa = need_pfa(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	for (u64 i = 0; i < args.count; i++) {
		ret = pfa_alloc(pfa, &args.req, &pa[i]);
		if (ret) {
			free_all(pfa, pa, i);
			return alloc_failed(&cli, pfa, &args.req, ret);
		}
	}
	if (set_var_list(&cli, args.var, pa, args.count)) {
		free_all(pfa, pa, args.count);
		return CMD_RET_FAILURE;
	}
	text_size(ALIGN(args.req.size, FRAME_SIZE), size);
	for (u64 i = 0; i < args.count; i++)
		printf("%s at %llx\n", size, pa[i]);
	return 0;
}

/* "2M at 7c200000 (user boot)": a block in words. */
static void describe(const struct pfa_block *block, char *buf, size_t len)
{
	char size[TEXT_SIZE_LEN];

	text_size(block->size, size);
	snprintf(buf, len, "%s at %llx (%s%s%s)", size, block->pa,
		 owner_names[block->owner], *block->tag ? " " : "",
		 block->tag);
}

static int free_refused(const struct cli *cli, u64 pa,
			enum buddy_status status, const struct pfa_block *why)
{
	char block[64];

	switch (status) {
	case BUDDY_MISALIGNED:
		return cli_error(cli, "%llx is not a multiple of 1000", pa);
	case BUDDY_FOREIGN:
		return cli_error(cli, "%llx is in no zone", pa);
	case BUDDY_NOT_ALLOCATED:
		return cli_error(cli, "%llx is free already", pa);
	default:
		break;
	}
	describe(why, block, sizeof(block));
	if (status == BUDDY_INTERIOR)
		return cli_error(cli, "%llx is inside %s", pa, block);
	if (status == BUDDY_RESERVED)
		return cli_error(cli, "%llx is reserved: %s", pa, block);
	return cli_error(cli, "%llx is not the user's: %s", pa, block);
}

/* Free one allocation, unless another virtual address still maps it. */
static int free_one(const struct cli *cli, struct pfa *pfa, u64 pa, bool force,
		    u64 *bytes)
{
	struct pfa_block block;
	enum buddy_status status;
	u64 va;

	if (!force && pfa_find(pfa, pa, &block) && block.pa == pa &&
	    block.owner == PFA_OWNER_USER &&
	    live_find_alias(pa, block.size, &va))
		return cli_error(cli, "%llx is still mapped at %llx; -f frees it",
				 pa, va);
	*bytes = block.size;
	status = pfa_free(pfa, pa, PFA_OWNER_USER, &block);
	return status ? free_refused(cli, pa, status, &block) : 0;
}

/* Free all of the user's, or all with one tag. */
static int free_many(const struct cli *cli, struct pfa *pfa, const char *tag,
		     bool force)
{
	char size[TEXT_SIZE_LEN];
	struct pfa_block block;
	u64 from = 0, bytes = 0, total = 0;
	unsigned int count = 0;

	while (pfa_next(pfa, from, &block)) {
		from = block.pa + block.size;
		if (block.owner != PFA_OWNER_USER ||
		    (tag && strcmp(tag, block.tag)))
			continue;
		if (free_one(cli, pfa, block.pa, force, &bytes))
			return CMD_RET_FAILURE;
		total += bytes;
		count++;
	}
	if (!count && tag)
		return cli_error(cli, "nothing has the tag \"%s\"", tag);
	text_size(total, size);
	printf("freed %u allocation%s, %s\n", count, count == 1 ? "" : "s",
	       size);
	return 0;
}

static int do_pfa_free(struct cmd_tbl *cmdtp, int flag, int argc,
		       char *const argv[])
{
	bool all = false, force = false;
	const char *tag = NULL;
	const struct cli_option options[] = {
		{ "-a", NULL, &all }, { "-f", NULL, &force }, { "-t", &tag },
		{ }
	};
	char size[TEXT_SIZE_LEN];
	struct pfa *pfa;
	struct cli cli;
	u64 pa, bytes;

	if (cli_parse(&cli, "pfa free", argc, argv, options, 0, 1) ||
	    cli.argc + all + !!tag != 1)
		return CMD_RET_USAGE;
	if (cli.argc && cli_addr(&cli, cli.argv[0], &pa))
		return CMD_RET_FAILURE;
	pfa = need_pfa(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (!cli.argc)
		return free_many(&cli, pfa, tag, force);
	if (free_one(&cli, pfa, pa, force, &bytes))
		return CMD_RET_FAILURE;
	text_size(bytes, size);
	printf("freed %s at %llx\n", size, pa);
	return 0;
}

/* Who asked for a block: a code address, or a person. */
static void who_asked(const struct pfa_block *block, char buf[12])
{
	if (block->caller)
		snprintf(buf, 12, "%x", block->caller);
	else
		strcpy(buf, block->owner == PFA_OWNER_USER ? "console" : "-");
}

static void list_block(const struct pfa_block *block)
{
	char size[TEXT_SIZE_LEN], who[12];

	text_size(block->size, size);
	who_asked(block, who);
	printf("%010llx %8s  o%-3u %-6s %-16s %s\n", block->pa, size,
	       block->order, owner_names[block->owner],
	       *block->tag ? block->tag : "-", who);
}

static void list_block_json(struct jsonl *out, const struct pfa_block *block)
{
	char who[12];

	who_asked(block, who);
	jsonl_line(out, "{\"pa\":\"0x%llx\",\"size\":\"0x%llx\",\"order\":%u,\"owner\":\"%s\",\"tag\":\"%s\",\"who\":\"%s\"}",
		   block->pa, block->size, block->order,
		   owner_names[block->owner], block->tag, who);
}

/* What covers one address, free or not. */
static int list_one(const struct cli *cli, struct pfa *pfa, u64 pa, bool json)
{
	struct jsonl out = { 0 };
	struct pfa_block block;
	char text[64];

	if (!pfa_find(pfa, pa, &block))
		return cli_error(cli, "%llx is in no zone", pa);
	if (json) {
		list_block_json(&out, &block);
		jsonl_end(&out, "pfa.list");
		return 0;
	}
	describe(&block, text, sizeof(text));
	printf("%llx is in %s\n", pa, text);
	return 0;
}

static int do_pfa_list(struct cmd_tbl *cmdtp, int flag, int argc,
		       char *const argv[])
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

	if (cli_parse(&cli, "pfa list", argc, argv, options, 0, 1))
		return CMD_RET_USAGE;
	if (cli.argc && cli_addr(&cli, cli.argv[0], &pa))
		return CMD_RET_FAILURE;
	pfa = need_pfa(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (cli.argc)
		return list_one(&cli, pfa, pa, json);
	if (!json)
		printf("address        size  order owner tag              asked by\n");
	while (!ctrlc() && pfa_next(pfa, from, &block)) {
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

static void print_stat_rows(const struct buddy_stats *all, unsigned int first,
			    unsigned int end)
{
	printf("order ");
	for (unsigned int i = first; i < end; i++)
		printf("%*so%u", i < 10 ? 3 : 2, "", i);
	printf("\nfree  ");
	for (unsigned int i = first; i < end; i++)
		printf("%5u", all->nfree[i]);
	printf("\nused  ");
	for (unsigned int i = first; i < end; i++)
		printf("%5u", all->nused[i]);
	printf("\n");
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

static int largest_order(const struct buddy_stats *stats)
{
	int order = BUDDY_MAX_ORDER;

	while (order >= 0 && !stats->nfree[order])
		order--;
	return order;
}

/* How much of the free memory is in blocks smaller than 2M, in percent. */
static unsigned int fragmentation(const struct buddy_stats *stats)
{
	u64 small = 0;

	for (unsigned int k = 0; k < ORDER_2M; k++)
		small += (u64)stats->nfree[k] << k;
	return stats->free ? small * 100 / stats->free : 0;
}

static void print_zone_stat(const struct pfa_zone_stats *zone)
{
	char size[TEXT_SIZE_LEN], free[TEXT_SIZE_LEN];
	char largest[TEXT_SIZE_LEN], peak[TEXT_SIZE_LEN];
	int order = largest_order(&zone->buddy);

	text_size(zone->size, size);
	text_size_about((u64)zone->buddy.free << FRAME_SHIFT, free);
	text_size(order < 0 ? 0 : FRAME_SIZE << order, largest);
	text_size_about(zone->peak, peak);
	printf("zone %llx-%llx %s  free %s (%llu%%)  largest %s  frag %u%%  peak %s\n",
	       zone->pa, zone->pa + zone->size, size, free,
	       ((u64)zone->buddy.free << FRAME_SHIFT) * 100 / zone->size,
	       largest, fragmentation(&zone->buddy), peak);
}

static void print_stat_json(struct pfa *pfa)
{
	struct jsonl out = { 0 };
	struct pfa_zone_stats zone;

	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++) {
		int order = largest_order(&zone.buddy);

		jsonl_line(&out, "{\"zone\":\"0x%llx\",\"size\":\"0x%llx\",\"free\":\"0x%llx\",\"largest\":\"0x%llx\",\"frag\":%u,\"peak\":\"0x%llx\"}",
			   zone.pa, zone.size,
			   (u64)zone.buddy.free << FRAME_SHIFT,
			   order < 0 ? 0 : FRAME_SIZE << order,
			   fragmentation(&zone.buddy), zone.peak);
		for (unsigned int k = 0; k < BUDDY_ORDERS; k++)
			jsonl_line(&out, "{\"zone\":\"0x%llx\",\"order\":%u,\"free\":%u,\"used\":%u}",
				   zone.pa, k, zone.buddy.nfree[k],
				   zone.buddy.nused[k]);
	}
	jsonl_end(&out, "pfa.stat");
}

static int do_pfa_stat(struct cmd_tbl *cmdtp, int flag, int argc,
		       char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	struct pfa_zone_stats zone;
	struct buddy_stats all;
	struct pfa *pfa;
	struct cli cli;
	unsigned int end;

	if (cli_parse(&cli, "pfa stat", argc, argv, options, 0, 0))
		return CMD_RET_USAGE;
	pfa = need_pfa(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (json) {
		print_stat_json(pfa);
		return 0;
	}
	sum_zones(pfa, &all);
	end = orders_present(&all);
	print_stat_rows(&all, 0, min(end, (unsigned int)STAT_COLUMNS));
	if (end > STAT_COLUMNS)
		print_stat_rows(&all, STAT_COLUMNS, end);
	for (unsigned int i = 0; pfa_zone_stats(pfa, i, &zone); i++)
		print_zone_stat(&zone);
	return 0;
}

U_BOOT_LONGHELP(pfa,
	"start [size]           - take memory from LMB, provide table pages\n"
	"pfa stop                   - give it back; refused while frames are out\n"
	"pfa info [-j]              - zones, sizes, who owns how much, counters\n"
	"pfa alloc size|oN [-n cnt] [-a align] [-r lo-hi] [-t tag] [var]\n"
	"                           - frames that nothing else will use\n"
	"pfa free addr|-t tag|-a [-f]\n"
	"                           - give what alloc gave back\n"
	"pfa list [-t tag] [addr] [-j]\n"
	"                           - who owns what; what covers addr\n"
	"pfa stat [-j]              - free and used blocks of each order\n"
	"size is hex, or decimal with K, M, G, T; oN is 2^N frames of 4K;\n"
	"var receives the address; -j prints JSON Lines");

U_BOOT_CMD_WITH_SUBCMDS(pfa, "page-frame allocator", pfa_help_text,
	U_BOOT_SUBCMD_MKENT(start, 2, 0, do_pfa_start),
	U_BOOT_SUBCMD_MKENT(stop, 1, 0, do_pfa_stop),
	U_BOOT_SUBCMD_MKENT(info, 2, 1, do_pfa_info),
	U_BOOT_SUBCMD_MKENT(alloc, CONFIG_SYS_MAXARGS, 0, do_pfa_alloc),
	U_BOOT_SUBCMD_MKENT(free, 4, 0, do_pfa_free),
	U_BOOT_SUBCMD_MKENT(list, 5, 1, do_pfa_list),
	U_BOOT_SUBCMD_MKENT(stat, 2, 1, do_pfa_stat));
