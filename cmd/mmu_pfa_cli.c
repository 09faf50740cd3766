// SPDX-License-Identifier: GPL-2.0+
/*
 * What the pfa and mmu commands share: see mmu_pfa_cli.h.
 */

#include <cyclic.h>
#include <env.h>
#include <env_callback.h>
#include <env_flags.h>
#include <search.h>
#include <stdio.h>
#include <time.h>
#include <u-boot/crc.h>
#include <vsprintf.h>
#include <mmu_pfa/symbols.h>

#include "mmu_pfa_cli.h"

/* An object is one line of a few hundred characters at most. */
#define JSON_LINE_LEN	1024

static const struct cli_option *find_option(const struct cli_option *options,
					    const char *word)
{
	for (; options && options->name; options++) {
		if (!strcmp(options->name, word))
			return options;
	}
	return NULL;
}

/* Take an option and its value over; how many words it used, 0 if wrong. */
static int take_option(const struct cli_option *options, int argc,
		       char *const argv[])
{
	const struct cli_option *option = find_option(options, argv[0]);

	if (!option || (option->value && argc < 2))
		return 0;
	if (option->set)
		*option->set = true;
	if (!option->value)
		return 1;
	*option->value = argv[1];
	return 2;
}

int cli_parse(struct cli *cli, const char *name, int argc, char *const argv[],
	      const struct cli_option *options, int min, int max)
{
	int i = 1;

	*cli = (struct cli){ .name = name };
	while (i < argc) {
		if (argv[i][0] == '-') {
			int used = take_option(options, argc - i, argv + i);

			if (!used)
				return CMD_RET_USAGE;
			i += used;
		} else {
			if (cli->argc == max || cli->argc == CLI_MAX_ARGS)
				return CMD_RET_USAGE;
			cli->argv[cli->argc++] = argv[i++];
		}
	}
	return cli->argc < min ? CMD_RET_USAGE : 0;
}

int cli_error(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	printf("%s: ", cli->name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putc('\n');
	return CMD_RET_FAILURE;
}

bool cli_pace(ulong *told)
{
	schedule();
	if (get_timer(*told) < CONFIG_SYS_HZ)
		return false;
	*told = get_timer(0);
	return true;
}

int cli_addr(const struct cli *cli, const char *word, u64 *addr)
{
	if (text_parse_hex(word, addr))
		return 0;
	return cli_error(cli, "bad address \"%.24s\": not a hex number", word);
}

int cli_size(const struct cli *cli, const char *word, u64 *size)
{
	if (text_parse_size(word, size))
		return 0;
	return cli_error(cli, "bad size \"%.20s\": hex, or decimal with K, M, G, T",
			 word);
}

/* Variables with rules of their own may refuse a value, in their own words. */
static bool has_rules(const char *name)
{
	struct env_entry entry = { .key = name };

	env_flags_init(&entry);
	env_callback_init(&entry);
	return entry.flags || entry.callback;
}

int cli_check_var(const struct cli *cli, const char *word)
{
	if (!text_is_var(word))
		return cli_error(cli, "bad variable name \"%.24s\"%s", word,
				 text_is_attrs(word) ? ": an attribute word" :
				 "");
	if (has_rules(word))
		return cli_error(cli, "the variable %s has rules of its own",
				 word);
	return 0;
}

int cli_set_var(const struct cli *cli, const char *var, u64 value)
{
	if (!var || !env_set_hex(var, value))
		return 0;
	return cli_error(cli, "cannot set the variable %s", var);
}

void jsonl_line(struct jsonl *out, const char *fmt, ...)
{
	char line[JSON_LINE_LEN];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	puts(line);
	putc('\n');
	out->crc = crc32(out->crc, (const u8 *)line, len);
	out->crc = crc32(out->crc, (const u8 *)"\n", 1);
	out->lines++;
}

void jsonl_end(const struct jsonl *out, const char *name)
{
	printf("{\"end\":\"%s\",\"n\":%u,\"crc32\":\"%08x\"}\n", name,
	       out->lines, out->crc);
}

const char *cli_function(u64 link, u64 *offset)
{
	if (!IS_ENABLED(CONFIG_MMU_PFA_SYMBOLS))
		return NULL;
	return symbols_find(&mmu_pfa_symbols, link, offset);
}
