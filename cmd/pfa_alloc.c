// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa alloc, reserve, free: frames for whoever types.
 */

#include <console.h>
#include <cyclic.h>
#include <env.h>
#include <stdio.h>
#include <vsprintf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include <mmu_pfa/live_watch.h>

#include "pfa_cmds.h"

/* As many blocks as one `pfa alloc -n` may ask for. */
#define MAX_COUNT	256

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
		return cli_error(cli, "bad range \"%.40s\": not lo-hi", word);
	memcpy(lo, word, len);
	lo[len] = '\0';
	if (!text_parse_hex(lo, &req->lo) ||
	    !text_parse_hex(word + len + 1, &req->hi))
		return cli_error(cli, "bad range \"%.40s\": not lo-hi", word);
	if (req->lo >= req->hi)
		return cli_error(cli, "range %.40s is empty", word);
	return 0;
}

static int parse_alloc_size(const struct cli *cli, const char *word, u64 *size)
{
	unsigned int order;

	if (word[0] == 'o') {
		if (!text_parse_order(word, BUDDY_MAX_ORDER, &order))
			return cli_error(cli, "bad order \"%.24s\": o0 to o%d",
					 word, BUDDY_MAX_ORDER);
		*size = FRAME_SIZE << order;
		return 0;
	}
	if (cli_size(cli, word, size))
		return CMD_RET_FAILURE;
	return *size ? 0 : cli_error(cli, "size is 0");
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
		.req = {
			.owner = PFA_OWNER_USER,
			.caller = PFA_CALLER_CONSOLE,
		},
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
		ret = pfa_check_tag(cli, req->tag);
	if (!ret && align && (!text_parse_size(align, &req->align) ||
			      !is_power_of_2(req->align) ||
			      req->align > SZ_1G))
		ret = cli_error(cli, "bad alignment \"%.20s\": not a power of two up to 1G",
				align);
	if (!ret && count && (!text_parse_hex(count, &args->count) ||
			      !args->count || args->count > MAX_COUNT))
		ret = cli_error(cli, "bad count \"%.24s\": 1 to %x", count,
				MAX_COUNT);
	return ret;
}

/* What the frames of a request begin at a multiple of. */
static u64 alignment(const struct pfa_request *req)
{
	if (req->align)
		return req->align;
	if (req->size > SZ_1G)
		return SZ_1G;
	return max((u64)roundup_pow_of_two(req->size), FRAME_SIZE);
}

/* Nothing within bounds; with words of 16 digits these just fill a line. */
static int no_run_between(const struct cli *cli, const struct pfa_request *req)
{
	const char *size = cli->argv[0];
	char align[TEXT_SIZE_LEN];

	if (!req->align)
		return cli_error(cli, "no free run of %.16s in %llx-%llx",
				 size, req->lo, req->hi);
	text_size(req->align, align);
	return cli_error(cli, "no %.16s (align %s) in %llx-%llx", size, align,
			 req->lo, req->hi);
}

/*
 * Neither the zones have it nor could LMB give a zone for it. What they have is
 * told where it is less than the size. Else it is the alignment that nothing
 * meets, or there are too few. With as many zones as can be LMB was not asked.
 */
static int no_run(const struct cli *cli, struct pfa *pfa,
		  const struct alloc_args *args)
{
	const struct pfa_request *req = &args->req;
	u64 in_lmb = lmb_largest_free();
	char text[TEXT_SIZE_LEN], lmb[TEXT_SIZE_LEN];
	const char *size = cli->argv[0];
	struct pfa_stats stats;

	if (req->hi)
		return no_run_between(cli, req);
	pfa_stats(pfa, &stats);
	if (stats.zones == PFA_ZONES)
		return cli_error(cli, "no room for %llx x %.16s: there are %d zones already",
				 args->count, size, PFA_ZONES);
	if (max(stats.largest, in_lmb) < req->size) {
		text_size(stats.largest, text);
		text_size_about(in_lmb, lmb);
		return cli_error(cli, "no free run of %.16s; zones have %s, LMB %s",
				 size, text, lmb);
	}
	text_size(alignment(req), text);
	if (args->count > 1)
		return cli_error(cli, "no %llx free runs of %.16s (align %s), nor in LMB",
				 args->count, size, text);
	return cli_error(cli, "no free run of %.16s (align %s), nor in LMB",
			 size, text);
}

static int alloc_failed(const struct cli *cli, struct pfa *pfa,
			const struct alloc_args *args, int err)
{
	if (pfa_was_injected(pfa))
		return cli_error(cli, "made to fail by 'pfa fail'");
	if (err == -ENOSPC)
		return cli_error(cli, "more than %d tags at a time", PFA_TAGS);
	return no_run(cli, pfa, args);
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

int do_pfa_alloc(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
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
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	ret = system_pfa_alloc(&args.req, args.count, pa);
	if (ret)
		return alloc_failed(&cli, pfa, &args, ret);
	if (set_var_list(&cli, args.var, pa, args.count)) {
		free_all(pfa, pa, args.count);
		return CMD_RET_FAILURE;
	}
	text_size(ALIGN(args.req.size, FRAME_SIZE), size);
	for (u64 i = 0; i < args.count; i++)
		printf("%s at %llx\n", size, pa[i]);
	return 0;
}

static int reserve_failed(const struct cli *cli, struct pfa *pfa, u64 pa,
			  u64 size, u64 conflict, int err)
{
	if (pfa_was_injected(pfa))
		return cli_error(cli, "made to fail by 'pfa fail'");
	switch (err) {
	case -EINVAL:
		return pfa_bad_range(cli, pa, size);
	case -ERANGE:
		return cli_error(cli, "%llx + %llx is not in one zone ('pfa add')",
				 pa, size);
	case -EBUSY:
		return cli_error(cli, "%llx is not free ('pfa list %llx')",
				 conflict, conflict);
	case -ENOSPC:
		return cli_error(cli, "more than %d tags at a time", PFA_TAGS);
	default:
		return cli_error(cli, "no frame left for the record");
	}
}

int do_pfa_reserve(struct cmd_tbl *cmdtp, int flag, int argc,
		   char *const argv[])
{
	struct pfa_request req = {
		.owner = PFA_OWNER_USER,
		.caller = PFA_CALLER_CONSOLE,
	};
	const struct cli_option options[] = {
		{ "-t", &req.tag }, { }
	};
	char text[TEXT_SIZE_LEN];
	u64 pa, size, conflict;
	struct pfa *pfa;
	struct cli cli;
	int ret;

	if (cli_parse(&cli, "pfa reserve", argc, argv, options, 2, 2))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &pa) ||
	    cli_size(&cli, cli.argv[1], &size) ||
	    (req.tag && pfa_check_tag(&cli, req.tag)))
		return CMD_RET_FAILURE;
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	ret = pfa_reserve(pfa, pa, size, &req, &conflict);
	if (ret)
		return reserve_failed(&cli, pfa, pa, size, conflict, ret);
	text_size(size, text);
	printf("reserved %s at %llx\n", text, pa);
	return 0;
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
	pfa_describe(why, block, sizeof(block));
	if (status == BUDDY_INTERIOR)
		return cli_error(cli, "%llx is inside %s", pa, block);
	if (status == BUDDY_RESERVED)
		return cli_error(cli, "%llx is reserved: %s", pa, block);
	return cli_error(cli, "%llx is not the user's: %s", pa, block);
}

/*
 * Whether the frames of an allocation may go back: nobody maps them elsewhere,
 * unless forced, and the next owner, maybe a table, finds them mapped.
 */
static int check_mapping(const struct cli *cli, const struct pfa_block *block,
			 bool force)
{
	unsigned int id;
	u64 va;

	if (live_watched(block->pa, block->size, &id))
		return cli_error(cli, "%llx is watched; mmu watch del %u",
				 block->pa, id);
	if (!force && live_find_alias(block->pa, block->size, &va))
		return cli_error(cli, "%llx is still mapped at %llx; -f frees it",
				 block->pa, va);
	if (!live_is_plain_ram(block->pa, block->size))
		return cli_error(cli, "%llx + %llx is not mapped rw,wb at its own address",
				 block->pa, block->size);
	return 0;
}

static int free_one(const struct cli *cli, struct pfa *pfa, u64 pa, bool force)
{
	char size[TEXT_SIZE_LEN];
	enum buddy_status status;
	struct pfa_block block;

	/* What is not the start of the user's is for pfa_free() to refuse. */
	if (pfa_find(pfa, pa, &block) && block.pa == pa &&
	    block.owner == PFA_OWNER_USER &&
	    check_mapping(cli, &block, force))
		return CMD_RET_FAILURE;
	text_size(block.size, size);
	status = pfa_free(pfa, pa, PFA_OWNER_USER, &block);
	if (status)
		return free_refused(cli, pa, status, &block);
	printf("freed %s at %llx\n", size, pa);
	return 0;
}

/* The next allocation of the user's, of all or with one tag. */
static bool next_of_user(struct pfa *pfa, const char *tag, u64 *from,
			 struct pfa_block *block)
{
	while (pfa_next(pfa, *from, block)) {
		*from = block->pa + block->size;
		if (block->owner == PFA_OWNER_USER &&
		    (!tag || !strcmp(tag, block->tag)))
			return true;
	}
	return false;
}

/* Whether all of them may go back; or a line that says which one may not. */
static int check_many(const struct cli *cli, struct pfa *pfa, const char *tag,
		      bool force)
{
	struct pfa_block block;

	for (u64 from = 0; next_of_user(pfa, tag, &from, &block); ) {
		schedule();
		if (ctrlc())
			return cli_error(cli, "interrupted at %llx; nothing is freed",
					 block.pa);
		if (check_mapping(cli, &block, force))
			return CMD_RET_FAILURE;
	}
	return 0;
}

/*
 * Free all of the user's, or all with one tag; or none of them, so that it is
 * not interrupted once it has begun.
 */
static int free_many(const struct cli *cli, struct pfa *pfa, const char *tag,
		     bool force)
{
	char size[TEXT_SIZE_LEN];
	struct pfa_block block;
	unsigned int count = 0;
	u64 total = 0;

	if (check_many(cli, pfa, tag, force))
		return CMD_RET_FAILURE;
	for (u64 from = 0; next_of_user(pfa, tag, &from, &block); ) {
		schedule();
		pfa_free(pfa, block.pa, PFA_OWNER_USER, NULL);
		total += block.size;
		count++;
	}
	if (!count && tag)
		return cli_error(cli, "nothing has the tag \"%.24s\"", tag);
	text_size(total, size);
	printf("freed %u allocation%s, %s\n", count, count == 1 ? "" : "s",
	       size);
	return 0;
}

int do_pfa_free(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool all = false, force = false;
	const char *tag = NULL;
	const struct cli_option options[] = {
		{ "-a", NULL, &all }, { "-f", NULL, &force }, { "-t", &tag },
		{ }
	};
	struct pfa *pfa;
	struct cli cli;
	u64 pa;

	if (cli_parse(&cli, "pfa free", argc, argv, options, 0, 1) ||
	    cli.argc + all + !!tag != 1)
		return CMD_RET_USAGE;
	if ((cli.argc && cli_addr(&cli, cli.argv[0], &pa)) ||
	    (tag && pfa_check_tag(&cli, tag)))
		return CMD_RET_FAILURE;
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	if (!cli.argc)
		return free_many(&cli, pfa, tag, force);
	return free_one(&cli, pfa, pa, force);
}
