// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu: the live translation tables at the prompt.
 */

#include "mmu_cmds.h"

U_BOOT_LONGHELP(mmu,
	"info [-j]       - exception level, sizes, memory types, where tables\n"
	"                      come from and how many\n"
	"mmu dump [va [size]] [filter..] [-r|-l|-t|-p] [-g] [-j]\n"
	"                    - what is mapped: -r each descriptor, -l by level,\n"
	"                      -t with tables, -p by physical address, -g holes;\n"
	"                      filters: w x wx ro dev nc wb none alias dyn l1 l2 l3\n"
	"mmu walk va [-j] [var]\n"
	"                    - how an address is translated, level by level\n"
	"mmu map va|* pa size [attrs] [-4k|-2m] [-f] [var]\n"
	"                    - map memory where nothing is mapped; * finds a place\n"
	"mmu unmap va size [-f]\n"
	"                    - the opposite; empty tables go back\n"
	"mmu v2p va [var], mmu p2v pa\n"
	"                    - translate; all that maps a physical address\n"
	"mmu protect va size attrs [-f]\n"
	"                    - change what attrs names, and nothing else\n"
	"mmu split va [size], mmu merge va [size]\n"
	"                    - into pages, and back into blocks\n"
	"mmu reset           - undo what these commands changed\n"
	"mmu check [wx|devx|ram|types|tables|at|all] [-j]\n"
	"mmu test [seed], mmu bench\n"
	"                    - verdicts on the map; random edits of a free range\n"
	"mmu fault [on|all|off|last|log|clear] [-j]\n"
	"                    - whether a bad access fails its command or resets\n"
	"                      the board (all: in EFI applications too); what the\n"
	"                      last ones were\n"
	"mmu try command...  - catch it for this command while off\n"
	"mmu md[.b|.w|.l|.q] va [n]\n"
	"                    - like md; what faults prints x and it goes on\n"
	"mmu peek[.x] va [var], mmu poke[.x] va val\n"
	"                    - one access of exactly that width\n"
	"mmu probe[.x] pa [size [step]] [var]\n"
	"                    - does anything answer there, mapped or not\n"
	"mmu guard [null|stack|text [on|off]]\n"
	"                    - no access to page 0, none below the stack; code and\n"
	"                      constants read-only\n"
	"mmu watch va size [rwx] [-n hits] [-f]\n"
	"                    - who accesses these bytes: told after the command;\n"
	"                      read, write, execute: any of the letters, else rw;\n"
	"                      hits is hex\n"
	"mmu watch list|log [-j], mmu watch del id|all, mmu watch rearm [id|all]\n"
	"                    - what is watched; each hit; stop; count anew\n"
	"attrs: words of rw|ro|none x|nx wb|nc|dev|dev-nGnRE|dev-GRE ish|osh|nsh,\n"
	"joined by commas; size is hex, or decimal with K, M, G, T; -f insists;\n"
	"var receives the address; -j prints JSON Lines");

U_BOOT_CMD_WITH_SUBCMDS(mmu, "live translation tables", mmu_help_text,
	U_BOOT_SUBCMD_MKENT(info, 2, 1, do_mmu_info),
	U_BOOT_SUBCMD_MKENT(dump, CONFIG_SYS_MAXARGS, 1, do_mmu_dump),
	U_BOOT_SUBCMD_MKENT(walk, 4, 1, do_mmu_walk),
	U_BOOT_SUBCMD_MKENT(map, 9, 0, do_mmu_map),
	U_BOOT_SUBCMD_MKENT(unmap, 4, 0, do_mmu_unmap),
	U_BOOT_SUBCMD_MKENT(v2p, 3, 1, do_mmu_v2p),
	U_BOOT_SUBCMD_MKENT(p2v, 2, 1, do_mmu_p2v),
	U_BOOT_SUBCMD_MKENT(protect, 5, 0, do_mmu_protect),
	U_BOOT_SUBCMD_MKENT(split, 3, 0, do_mmu_split),
	U_BOOT_SUBCMD_MKENT(merge, 3, 0, do_mmu_merge),
	U_BOOT_SUBCMD_MKENT(reset, 1, 0, do_mmu_reset),
	U_BOOT_SUBCMD_MKENT(check, 3, 1, do_mmu_check),
	U_BOOT_SUBCMD_MKENT(bench, 1, 0, do_mmu_bench),
	U_BOOT_SUBCMD_MKENT(test, 2, 0, do_mmu_test),
	U_BOOT_SUBCMD_MKENT(fault, 3, 0, do_mmu_fault),
	U_BOOT_SUBCMD_MKENT(try, CONFIG_SYS_MAXARGS, 0, do_mmu_try),
	U_BOOT_SUBCMD_MKENT(md, 3, 1, do_mmu_md),
	U_BOOT_SUBCMD_MKENT(peek, 3, 0, do_mmu_peek),
	U_BOOT_SUBCMD_MKENT(poke, 3, 0, do_mmu_poke),
	U_BOOT_SUBCMD_MKENT(probe, 5, 0, do_mmu_probe),
	U_BOOT_SUBCMD_MKENT(guard, 3, 0, do_mmu_guard),
	U_BOOT_SUBCMD_MKENT(watch, 7, 0, do_mmu_watch));
