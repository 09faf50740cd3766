// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu md, mmu peek, mmu poke: guarded accesses. One that faults is an answer,
 * not an end.
 */

#include <command.h>
#include <console.h>
#include <stdio.h>
#include <watchdog.h>
#include <linux/ctype.h>
#include <mmu_pfa/catch.h>

#include "mmu_access.h"
#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"
#include "mmu_report.h"

#define LINE_BYTES	16

/* With an address of more digits than 13, a line of bytes has half of them. */
#define LONG_VA_SHIFT	52
#define DEFAULT_COUNT	0x40

unsigned int mmu_access_width(const char *word)
{
	const char *suffix = strchr(word, '.');

	if (!suffix)
		return 4;
	if (strlen(suffix) != 2)
		return 0;
	switch (suffix[1]) {
	case 'b':
		return 1;
	case 'w':
		return 2;
	case 'l':
		return 4;
	case 'q':
		return 8;
	default:
		return 0;
	}
}

int mmu_check_aligned(const struct cli *cli, u64 addr, unsigned int width)
{
	if (!(addr & (width - 1)))
		return 0;
	return cli_error(cli, "%llx is not a multiple of %u", addr, width);
}

int mmu_access_failed(const struct cli *cli, u64 addr)
{
	const struct catch_record *record = catch_last();
	const struct fault *fault = &record->fault;
	char kind[40];

	mmu_set_fault_vars(record);
	mmu_fault_text(fault, kind, sizeof(kind));
	return cli_error(cli, "%llx: %s", fault->has_addr ? fault->addr : addr,
			 kind);
}

/* One line of a dump: cells, of as many as it could have; what answered. */
struct dump_line {
	u64 va;
	unsigned int room;
	unsigned int cells;
	unsigned int width;
	u8 bytes[LINE_BYTES];
	bool faulted[LINE_BYTES];
};

/* Whether each cell could be read. */
static bool read_line(struct dump_line *line)
{
	bool good = true;

	for (unsigned int i = 0; i < line->cells; i++) {
		unsigned int at = i * line->width;
		u64 value = 0;

		line->faulted[i] = !catch_read(line->va + at, line->width,
					       &value);
		good &= !line->faulted[i];
		memcpy(&line->bytes[at], &value, line->width);
	}
	return good;
}

static void print_text(const struct dump_line *line)
{
	for (unsigned int i = 0; i < line->cells * line->width; i++) {
		u8 byte = line->bytes[i];

		if (line->faulted[i / line->width] || !isascii(byte) ||
		    !isprint(byte))
			byte = '.';
		putc(byte);
	}
}

static void print_line(const struct dump_line *line)
{
	unsigned int digits = 2 * line->width;

	printf("%08llx:", line->va);
	for (unsigned int i = 0; i < line->room; i++) {
		u64 value = 0;

		memcpy(&value, &line->bytes[i * line->width], line->width);
		if (i >= line->cells)
			printf(" %*s", digits, "");
		else if (line->faulted[i])
			printf(" %.*s", digits, "xxxxxxxxxxxxxxxx");
		else
			printf(" %0*llx", digits, value);
	}
	printf("  ");
	print_text(line);
	putc('\n');
}

/* How many cells fit a line of the console. */
static unsigned int line_room(u64 va, unsigned int width)
{
	bool half = width == 1 && va >> LONG_VA_SHIFT;

	return (half ? LINE_BYTES / 2 : LINE_BYTES) / width;
}

/* A dump as md makes it, with cells that fault crossed out. */
static int dump(const struct cli *cli, u64 va, u64 count, unsigned int width)
{
	bool good = true;

	while (count) {
		unsigned int room = line_room(va, width);
		struct dump_line line = {
			.va = va,
			.room = room,
			.cells = min(count, (u64)room),
			.width = width,
		};

		if (!read_line(&line))
			good = false;
		print_line(&line);
		va += line.cells * width;
		count -= line.cells;
		schedule();
		if (ctrlc())
			return cli_error(cli, "interrupted at %llx", va);
	}
	if (good)
		return 0;
	mmu_set_fault_vars(catch_last());
	return CMD_RET_FAILURE;
}

int do_mmu_md(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	/* Where Enter goes on */
	static u64 va, count = DEFAULT_COUNT;
	unsigned int width = mmu_access_width(argv[0]);
	struct cli cli;

	if (!width || cli_parse(&cli, "mmu md", argc, argv, NULL, 1, 2))
		return CMD_RET_USAGE;
	if (!(flag & CMD_FLAG_REPEAT)) {
		count = DEFAULT_COUNT;
		if (cli_addr(&cli, cli.argv[0], &va) ||
		    (cli.argc > 1 && cli_size(&cli, cli.argv[1], &count)))
			return CMD_RET_FAILURE;
	}
	if (!count)
		return cli_error(&cli, "0 cells");
	if (count > (-va - 1) / width + 1)
		return cli_error(&cli, "%llx + %llx cells of %u wraps around",
				 va, count, width);
	va += count * width;
	return dump(&cli, va - count * width, count, width);
}

int do_mmu_peek(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	unsigned int width = mmu_access_width(argv[0]);
	const char *var;
	struct cli cli;
	u64 va, value;

	if (!width || cli_parse(&cli, "mmu peek", argc, argv, NULL, 1, 2))
		return CMD_RET_USAGE;
	var = cli.argc > 1 ? cli.argv[1] : NULL;
	if (cli_addr(&cli, cli.argv[0], &va) ||
	    (var && cli_check_var(&cli, var)))
		return CMD_RET_FAILURE;
	if (!catch_read(va, width, &value))
		return mmu_access_failed(&cli, va);
	printf("%08llx: %0*llx\n", va, 2 * width, value);
	return cli_set_var(&cli, var, value);
}

int do_mmu_poke(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	unsigned int width = mmu_access_width(argv[0]);
	struct cli cli;
	u64 va, value;

	if (!width || cli_parse(&cli, "mmu poke", argc, argv, NULL, 2, 2))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &va))
		return CMD_RET_FAILURE;
	if (!text_parse_hex(cli.argv[1], &value))
		return cli_error(&cli, "bad value \"%.24s\": not a hex number",
				 cli.argv[1]);
	if (width < 8 && value >> (8 * width))
		return cli_error(&cli, "value %llx has more than %u bits", value,
				 8 * width);
	if (!catch_write(va, width, value))
		return mmu_access_failed(&cli, va);
	return 0;
}
