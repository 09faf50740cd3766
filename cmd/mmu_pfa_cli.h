/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the pfa and mmu commands share: options anywhere on the line, one-line
 * errors, results into variables, JSON Lines.
 */

#ifndef _MMU_PFA_CLI_H
#define _MMU_PFA_CLI_H

#include <command.h>
#include <mmu_pfa/text.h>

#define CLI_MAX_ARGS	16

/* No line that is printed is longer, but for those of JSON. */
#define CONSOLE_WIDTH	80

/**
 * struct cli_option - an option that a subcommand takes
 *
 * @name:  with its dash: "-f", "-4k"
 * @value: NULL for a flag, else receives the word after it
 * @set:   set where the option is given; may be NULL
 */
struct cli_option {
	const char *name;
	const char **value;
	bool *set;
};

/**
 * struct cli - one call of a subcommand
 *
 * @name:  "pfa alloc", for messages
 * @argc:  words after the subcommand that are no options
 * @argv:  those words
 */
struct cli {
	const char *name;
	int argc;
	const char *argv[CLI_MAX_ARGS];
};

/**
 * cli_parse() - sort the words of a subcommand into options and arguments
 *
 * @argc, @argv: as the subcommand got them
 * @options:	 ends with an entry without name; may be NULL
 * @min, @max:	 how many arguments there may be
 * Return: 0, or CMD_RET_USAGE
 */
int cli_parse(struct cli *cli, const char *name, int argc, char *const argv[],
	      const struct cli_option *options, int min, int max);

/**
 * cli_error() - say why a command fails, in one line
 *
 * Return: CMD_RET_FAILURE
 */
int cli_error(const struct cli *cli, const char *fmt, ...)
	__printf(2, 3);

/* Parse an argument or complain: 0 or CMD_RET_FAILURE. */
int cli_addr(const struct cli *cli, const char *word, u64 *addr);
int cli_size(const struct cli *cli, const char *word, u64 *size);

/**
 * cli_check_var() - whether a word may name the variable for a result
 *
 * Asked before the command does anything. Return: 0 or CMD_RET_FAILURE
 */
int cli_check_var(const struct cli *cli, const char *word);

/* Store a result, hex without 0x, where a variable is named. */
int cli_set_var(const struct cli *cli, const char *var, u64 value);

/**
 * cli_pace() - called now and then by what takes long
 *
 * Keeps the board alive.
 *
 * @told: when it was last told how far it is, as get_timer() has it
 * Return: whether that is a second ago; @told is now then
 */
bool cli_pace(ulong *told);

/*
 * The function that a code address, as linked, is in, and how far; NULL if it is in
 * none, or names are not built in.
 */
const char *cli_function(u64 link, u64 *offset);

/**
 * struct jsonl - JSON Lines on their way to the console
 *
 * @lines: object lines so far
 * @crc:   CRC-32 of them, each with its line feed
 */
struct jsonl {
	u32 lines;
	u32 crc;
};

/* Print one object a line; @fmt is all of it, without the line feed. */
void jsonl_line(struct jsonl *out, const char *fmt, ...)
	__printf(2, 3);

/* The closing line, from which a harness sees lost characters. */
void jsonl_end(const struct jsonl *out, const char *name);

#endif /* _MMU_PFA_CLI_H */
