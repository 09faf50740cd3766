// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu watch: who reads, writes or executes some bytes.
 */

#include <command.h>
#include <stdio.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_guard.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"
#include "mmu_watch.h"

/* What `mmu watch va size` was asked for. */
struct watch_args {
	u64 va;
	u64 size;
	unsigned int access;
	u64 limit;
	bool force;
};

/* "rw", "x" and so on; each letter once. */
static bool parse_access(const char *word, unsigned int *access)
{
	static const char letters[] = "rwx";
	static const unsigned int bits[] = {
		WATCH_READ, WATCH_WRITE, WATCH_EXEC
	};

	for (*access = 0; *word; word++) {
		const char *letter = strchr(letters, *word);

		if (!letter || *access & bits[letter - letters])
			return false;
		*access |= bits[letter - letters];
	}
	return *access;
}

static int parse_watch(const struct cli *cli, const char *hits,
		       struct watch_args *args)
{
	args->access = WATCH_READ | WATCH_WRITE;
	if (cli_addr(cli, cli->argv[0], &args->va) ||
	    cli_size(cli, cli->argv[1], &args->size))
		return CMD_RET_FAILURE;
	if (cli->argc > 2 && !parse_access(cli->argv[2], &args->access))
		return cli_error(cli, "bad access \"%s\": letters of rwx",
				 cli->argv[2]);
	if (hits && (!text_parse_hex(hits, &args->limit) || !args->limit))
		return cli_error(cli, "bad number of hits \"%.24s\": a hex number from 1 on",
				 hits);
	return 0;
}

/*
 * What handles a fault must not fault: of all that U-Boot stands on only its
 * heap, and what LMB keeps, can do without access.
 */
static int check_rails(const struct cli *cli, u64 page, u64 size, bool force)
{
	enum live_rail rail;
	bool forcible;
	u64 at;

	rail = live_rail(page, size, &at);
	forcible = rail == LIVE_RAIL_LMB || rail == LIVE_RAIL_HEAP;
	if (rail == LIVE_RAIL_NONE || (force && forcible))
		return 0;
	return cli_error(cli, "refused: %llx holds %s%s", at,
			 live_rail_name(rail), forcible ? "; -f insists" : "");
}

/* Guards, and the slot, are taken. */
static int check_others(const struct cli *cli, u64 page, u64 size)
{
	const char *guard = live_guarded(page, size);

	if (live_watch_slot(page, size))
		return cli_error(cli, "refused: %llx + %llx holds the code of the watches",
				 page, size);
	if (!guard)
		return 0;
	return cli_error(cli, "refused: its pages are guarded; mmu guard %s off",
			 guard);
}

static int check_watch(const struct cli *cli, const struct pgtable *pt,
		       const struct watch_args *args)
{
	struct watch w = { .va = args->va, .size = args->size };
	u64 space = 1ull << pt->va_bits;

	if (!args->size)
		return cli_error(cli, "size is 0");
	if (args->va + args->size < args->va)
		return cli_error(cli, "va %llx + %llx wraps around", args->va,
				 args->size);
	if (args->va + args->size > space)
		return cli_error(cli, "va %llx + %llx is beyond the %u-bit va space",
				 args->va, args->size, pt->va_bits);
	if (check_rails(cli, watch_first_page(&w), watch_pages_size(&w),
			args->force))
		return CMD_RET_FAILURE;
	return check_others(cli, watch_first_page(&w), watch_pages_size(&w));
}

/* Whether `none` has taken the access away. */
static bool is_without_access(struct pgtable *pt, u64 va)
{
	const struct pgtable_step *leaf;
	struct pgtable_walk walk;

	if (pgtable_walk(pt, va, &walk) == -ERANGE)
		return false;
	leaf = pgtable_last_step(&walk);
	return pte_no_access(leaf->pte, leaf->level);
}

static int add_failed(const struct cli *cli, struct pgtable *pt, int err,
		      const struct pgtable_result *res)
{
	switch (err) {
	case -ENOENT:
		if (!is_without_access(pt, res->va))
			return mmu_failed(cli, pt, err, res);
		return cli_error(cli, "%llx is mapped without access: nothing can touch it",
				 res->va);
	case -ENFILE:
		return cli_error(cli, "there are %u watches already",
				 WATCH_MAX);
	case -ENOSPC:
		return cli_error(cli, "no room for what would be split");
	default:
		return mmu_failed(cli, pt, err, res);
	}
}

static int watch(struct pgtable *pt, const void *data,
		 struct pgtable_result *res)
{
	const struct watch_args *args = data;

	return live_watch_add(args->va, args->size, args->access, args->limit,
			      res);
}

static int add(const struct cli *cli, const struct watch_args *args)
{
	struct pgtable *pt = mmu_editable(cli);
	struct pgtable_result res;
	char size[TEXT_SIZE_LEN], done[80];
	int id;

	if (!pt || check_watch(cli, pt, args))
		return CMD_RET_FAILURE;
	id = live_change(watch, args, &res);
	if (id < 0)
		return add_failed(cli, pt, id, &res);
	text_size(args->size, size);
	snprintf(done, sizeof(done), "watch %d: %s of %s at %llx", id,
		 mmu_watch_access(args->access), size, args->va);
	mmu_print_done(done, "", &res);
	return 0;
}

static u64 blind_pages(const struct watch *w)
{
	return watch_blind_pages(live_watches(), live_pgtable(), w);
}

static void print_watch(unsigned int id, const struct watch *w)
{
	u64 blind = blind_pages(w);

	printf("%2u  %010llx-%010llx  %-3s  %llu", id, w->va, w->va + w->size,
	       mmu_watch_access(w->access), w->hits);
	if (w->limit)
		printf(" of %llu%s", w->limit,
		       watch_active(w) ? "" : ", stopped");
	if (blind)
		printf(", %llu page%s open", blind, blind == 1 ? "" : "s");
	printf("\n");
}

static void print_watch_json(struct jsonl *out, unsigned int id,
			     const struct watch *w)
{
	jsonl_line(out, "{\"watch\":%u,\"va\":\"0x%llx\",\"size\":\"0x%llx\",\"access\":\"%s\",\"hits\":\"0x%llx\",\"limit\":\"0x%llx\",\"active\":%s,\"open\":\"0x%llx\"}",
		   id, w->va, w->size, mmu_watch_access(w->access), w->hits,
		   w->limit, watch_active(w) ? "true" : "false",
		   blind_pages(w));
}

static int show_watches(bool json)
{
	struct watch_set *set = live_watches();
	struct jsonl out = { 0 };
	unsigned int n = 0;

	for (unsigned int id = 1; id <= WATCH_MAX; id++) {
		const struct watch *w = watch_find(set, id);

		if (!w)
			continue;
		if (json)
			print_watch_json(&out, id, w);
		else if (!n++)
			printf("id  va start  -va end      rwx  hits\n");
		if (!json)
			print_watch(id, w);
	}
	if (json)
		jsonl_end(&out, "mmu.watch.list");
	else
		printf("%u watch%s, %llu hit%s, %llu other access%s to their pages\n",
		       n, n == 1 ? "" : "es", set->logged,
		       set->logged == 1 ? "" : "s", set->passed,
		       set->passed == 1 ? "" : "es");
	return 0;
}

typedef void (*watch_action)(struct watch *w);

/* The same for one watch, or for each. */
static int for_watches(const struct cli *cli, const char *word,
		       watch_action action)
{
	struct watch_set *set = live_watches();
	struct watch *w;
	u64 id;

	if (!mmu_editable(cli))
		return CMD_RET_FAILURE;
	for (id = 1; !strcmp(word, "all") && id <= WATCH_MAX; id++) {
		w = watch_find(set, id);
		if (w)
			action(w);
	}
	if (!strcmp(word, "all"))
		return 0;
	w = text_parse_dec(word, &id) ? watch_find(set, id) : NULL;
	if (!w)
		return cli_error(cli, "there is no watch \"%s\"", word);
	action(w);
	return 0;
}

/* Whether the pages may have become something else while it was stopped. */
static int check_rearm(const struct cli *cli)
{
	struct watch_set *set = live_watches();

	for (unsigned int id = 1; id <= WATCH_MAX; id++) {
		const struct watch *w = watch_find(set, id);

		if (w && check_rails(cli, watch_first_page(w),
				     watch_pages_size(w), true))
			return CMD_RET_FAILURE;
	}
	return 0;
}

/* A first word that is no address. */
static bool is_verb(const char *word)
{
	static const char *const verbs[] = { "list", "log", "del", "rearm" };

	for (unsigned int i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(word, verbs[i]))
			return true;
	}
	return false;
}

int do_mmu_watch(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const char *hits = NULL, *what;
	struct watch_args args = { 0 };
	const struct cli_option options[] = {
		{ "-n", &hits, NULL }, { "-j", NULL, &json },
		{ "-f", NULL, &args.force }, { }
	};
	struct cli cli;

	if (cli_parse(&cli, "mmu watch", argc, argv, options, 0, 3))
		return CMD_RET_USAGE;
	what = cli.argc ? cli.argv[0] : "list";
	if (cli.argc < 2 && !hits && !args.force) {
		if (!strcmp(what, "list"))
			return show_watches(json);
		if (!strcmp(what, "log"))
			return mmu_watch_log(json);
	}
	if (json)
		return CMD_RET_USAGE;
	if (cli.argc == 2 && !strcmp(what, "del"))
		return for_watches(&cli, cli.argv[1], live_watch_del);
	if (cli.argc <= 2 && !strcmp(what, "rearm"))
		return check_rearm(&cli) ?:
		       for_watches(&cli, cli.argc < 2 ? "all" : cli.argv[1],
				   live_watch_rearm);
	if (cli.argc < 2 || is_verb(what))
		return CMD_RET_USAGE;
	return parse_watch(&cli, hits, &args) ?: add(&cli, &args);
}
