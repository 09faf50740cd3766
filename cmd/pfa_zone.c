// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa start, stop, add, grow, trim: memory for the PFA, and back.
 */

#include <stdio.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "pfa_cmds.h"

int do_pfa_start(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
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
		return cli_error(&cli, size ?
				 "size %.24s is not a multiple of 1000" :
				 "size is 0", word);
	case -ENOMEM:
		return cli_error(&cli, "LMB has no free run of %.24s", word);
	case -EFAULT:
		return cli_error(&cli, "no free run of %.24s is mapped as RAM",
				 word);
	case -ENOSPC:
		return cli_error(&cli, "size %.24s is too small for its own metadata",
				 word);
	case -EBUSY:
		return cli_error(&cli, "another page allocator has pages out");
	default:
		return cli_error(&cli, "size %.24s is too large for one zone",
				 word);
	}
	pfa_zone_stats(system_pfa(), 0, &zone);
	text_size(zone.size, text);
	printf("started: %s at %llx, tables now come from the pfa\n", text,
	       zone.pa);
	return 0;
}

int do_pfa_stop(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	char used[TEXT_SIZE_LEN];
	struct pfa_stats stats;
	struct pfa *pfa;
	struct cli cli;
	int ret;

	ret = cli_parse(&cli, "pfa stop", argc, argv, NULL, 0, 0);
	if (ret)
		return ret;
	pfa = pfa_needed(&cli);
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

/* Too small, or one too many. */
static int zone_no_space(const struct cli *cli, u64 size)
{
	struct pfa_stats stats;

	pfa_stats(system_pfa(), &stats);
	if (stats.zones == PFA_ZONES)
		return cli_error(cli, "there are %d zones already", PFA_ZONES);
	return cli_error(cli, "size %llx is too small for its own metadata",
			 size);
}

/* What LMB does not give: a zone's, or somebody else's. */
static int zone_in_use(const struct cli *cli, u64 pa, u64 size)
{
	struct pfa_zone_stats zone;

	for (unsigned int i = 0; pfa_zone_stats(system_pfa(), i, &zone); i++) {
		u64 first = max(pa, zone.pa);

		if (first - pa < size && first - zone.pa < zone.size)
			return cli_error(cli, "%llx + %llx overlaps the zone at %llx",
					 pa, size, zone.pa);
	}
	return cli_error(cli, "%llx + %llx is in use (see bdinfo)", pa, size);
}

/* Why a zone was not added, in words. */
static int zone_refused(const struct cli *cli, u64 pa, u64 size, int err)
{
	switch (err) {
	case -EINVAL:
		return pfa_bad_range(cli, pa, size);
	case -EFAULT:
		return cli_error(cli, live_ram(pa, size) == size ?
				 "%llx + %llx is not mapped as RAM" :
				 "%llx + %llx is not all RAM", pa, size);
	case -EBUSY:
		return zone_in_use(cli, pa, size);
	case -ERANGE:
		return cli_error(cli, "size %llx is too large for one zone",
				 size);
	default:
		return zone_no_space(cli, size);
	}
}

int do_pfa_add(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	char text[TEXT_SIZE_LEN];
	struct cli cli;
	u64 pa, size;
	int ret;

	if (cli_parse(&cli, "pfa add", argc, argv, NULL, 2, 2))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &pa) ||
	    cli_size(&cli, cli.argv[1], &size) || !pfa_needed(&cli))
		return CMD_RET_FAILURE;
	ret = system_pfa_add(pa, size);
	if (ret)
		return zone_refused(&cli, pa, size, ret);
	text_size(size, text);
	printf("added %s at %llx\n", text, pa);
	return 0;
}

int do_pfa_grow(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	char text[TEXT_SIZE_LEN];
	struct pfa *pfa;
	struct cli cli;
	u64 size;
	int ret;

	if (cli_parse(&cli, "pfa grow", argc, argv, NULL, 1, 1))
		return CMD_RET_USAGE;
	if (cli_size(&cli, cli.argv[0], &size))
		return CMD_RET_FAILURE;
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	ret = pfa_grow(pfa, size);
	text_size(size, text);
	switch (ret) {
	case 0:
		break;
	case -EINVAL:
		return cli_error(&cli, size ?
				 "size %llx is not a multiple of 1000" :
				 "size is 0", size);
	case -ENOMEM:
		return cli_error(&cli, "LMB has no free run of %s", text);
	case -EFAULT:
		return cli_error(&cli, "no free run of %s is mapped as RAM",
				 text);
	default:
		return zone_refused(&cli, 0, size, ret);
	}
	printf("grown by %s\n", text);
	return 0;
}

int do_pfa_trim(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	char text[TEXT_SIZE_LEN];
	struct pfa *pfa;
	struct cli cli;

	if (cli_parse(&cli, "pfa trim", argc, argv, NULL, 0, 0))
		return CMD_RET_USAGE;
	pfa = pfa_needed(&cli);
	if (!pfa)
		return CMD_RET_FAILURE;
	text_size(pfa_trim(pfa), text);
	printf("%s back to LMB\n", text);
	return 0;
}
