// SPDX-License-Identifier: GPL-2.0+
/*
 * pfa: the page-frame allocator at the prompt.
 */

#include <stdio.h>
#include <vsprintf.h>

#include "pfa_cmds.h"

const char *pfa_owner_name(enum pfa_owner owner)
{
	static const char *const names[] = {
		[PFA_OWNER_NONE] = "free",
		[PFA_OWNER_USER] = "user",
		[PFA_OWNER_TABLE] = "table",
		[PFA_OWNER_LAZY] = "lazy",
		[PFA_OWNER_SNAP] = "snap",
		[PFA_OWNER_META] = "meta",
		[PFA_OWNER_BAD] = "bad",
	};

	return names[owner];
}

struct pfa *pfa_needed(const struct cli *cli)
{
	struct pfa *pfa = system_pfa();

	if (!pfa) {
		cli_error(cli, "not started; 'pfa start' takes memory from LMB");
		return NULL;
	}
	if (pfa_busy(pfa)) {
		cli_error(cli, "busy: a call of the allocator is under way");
		return NULL;
	}
	return pfa;
}

int pfa_check_tag(const struct cli *cli, const char *tag)
{
	if (pfa_tag_valid(tag))
		return 0;
	if (!strcmp(tag, "-"))
		return cli_error(cli, "bad tag \"-\": it stands for none");
	return cli_error(cli, "bad tag \"%.20s\": 1 to %d letters, digits, _ . : -",
			 tag, PFA_TAG_LEN);
}

int pfa_bad_range(const struct cli *cli, u64 pa, u64 size)
{
	if (!size)
		return cli_error(cli, "size is 0");
	if ((pa | size) & FRAME_MASK)
		return cli_error(cli, "%llx + %llx: not multiples of 1000", pa,
				 size);
	return cli_error(cli, "%llx + %llx is wrapping", pa, size);
}

void pfa_describe(const struct pfa_block *block, char *buf, size_t len)
{
	char size[TEXT_SIZE_LEN];

	text_size(block->size, size);
	snprintf(buf, len, "%s at %llx (%s%s%s)", size, block->pa,
		 pfa_owner_name(block->owner), *block->tag ? " " : "",
		 block->tag);
}

U_BOOT_LONGHELP(pfa,
	"start [size]           - take memory from LMB, provide table pages\n"
	"pfa stop                   - give it back; refused while frames are out\n"
	"pfa info [-j]              - zones, sizes, who owns how much, counters\n"
	"pfa alloc size|oN [-n cnt] [-a align] [-r lo-hi] [-t tag] [var]\n"
	"                           - frames that nothing else will use\n"
	"pfa reserve addr size [-t tag]\n"
	"                           - exactly these frames\n"
	"pfa free addr|-t tag|-a [-f]\n"
	"                           - give what alloc gave back\n"
	"pfa list [-t tag] [addr] [-j]\n"
	"                           - who owns what; what covers addr\n"
	"pfa stat [-j]              - free and used blocks of each order\n"
	"pfa map [-z cell] [-j]     - the picture; -z sets the size of a cell\n"
	"pfa add addr size          - a zone of RAM that nobody uses\n"
	"pfa grow size              - a zone from LMB\n"
	"pfa trim                   - empty zones back to LMB\n"
	"pfa check                  - verify every invariant\n"
	"pfa test [iter] [seed]     - random operations, with patterns verified\n"
	"pfa bench                  - what an operation costs\n"
	"pfa fail n|off             - let the n-th allocation from now fail\n"
	"size is hex, or decimal with K, M, G, T; oN is 2^N frames of 4K;\n"
	"var receives the address; -j prints JSON Lines");

U_BOOT_CMD_WITH_SUBCMDS(pfa, "page-frame allocator", pfa_help_text,
	U_BOOT_SUBCMD_MKENT(start, 2, 0, do_pfa_start),
	U_BOOT_SUBCMD_MKENT(stop, 1, 0, do_pfa_stop),
	U_BOOT_SUBCMD_MKENT(info, 2, 1, do_pfa_info),
	U_BOOT_SUBCMD_MKENT(alloc, CONFIG_SYS_MAXARGS, 0, do_pfa_alloc),
	U_BOOT_SUBCMD_MKENT(free, 4, 0, do_pfa_free),
	U_BOOT_SUBCMD_MKENT(list, 5, 1, do_pfa_list),
	U_BOOT_SUBCMD_MKENT(fail, 2, 0, do_pfa_fail),
	U_BOOT_SUBCMD_MKENT(reserve, 5, 0, do_pfa_reserve),
	U_BOOT_SUBCMD_MKENT(map, 4, 1, do_pfa_map),
	U_BOOT_SUBCMD_MKENT(add, 3, 0, do_pfa_add),
	U_BOOT_SUBCMD_MKENT(grow, 2, 0, do_pfa_grow),
	U_BOOT_SUBCMD_MKENT(trim, 1, 0, do_pfa_trim),
	U_BOOT_SUBCMD_MKENT(check, 1, 1, do_pfa_check),
	U_BOOT_SUBCMD_MKENT(test, 3, 0, do_pfa_test),
	U_BOOT_SUBCMD_MKENT(bench, 1, 0, do_pfa_bench),
	U_BOOT_SUBCMD_MKENT(stat, 2, 1, do_pfa_stat));
