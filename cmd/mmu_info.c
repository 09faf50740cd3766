// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu info: the translation regime in force, and where tables come from.
 */

#include <stdio.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

static const char *regime_name(enum vmsa_regime regime)
{
	static const char *const names[] = {
		[VMSA_EL1] = "EL1&0",
		[VMSA_EL2] = "EL2",
		[VMSA_EL2_E2H] = "EL2&0",
		[VMSA_EL3] = "EL3",
	};

	return names[regime];
}

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

/* One row of the table of paths that serve tables. */
static void print_path(const char *name, const struct page_stats *stats,
		       bool in_force)
{
	printf("  %-8s %6u %6u %8llu %8llu %8llu%s\n", name, stats->now,
	       stats->peak, stats->requests, stats->returned, stats->refused,
	       in_force ? "  in force" : "");
}

static void print_tables(struct pgtable *pt)
{
	const struct page_registry *reg = pt->pages;
	struct pgtable_tables tables;

	pgtable_count_tables(pt, &tables);
	printf("tables       now   peak   served returned  refused\n");
	printf("  %-8s %6u\n", "boot", tables.by_origin[PGTABLE_FOREIGN]);
	print_path("static", &reg->pool_stats, !reg->registered);
	print_path("pfa", &reg->registered_stats, reg->registered);
	printf("  static pool: %u of %u pages used\n", reg->pool_stats.now,
	       BOOT_POOL_PAGES);
}

static void print_mair(u64 mair)
{
	printf("MAIR ");
	for (unsigned int slot = 0; slot < VMSA_TYPES; slot++)
		printf(" %u=%s", slot, live_mair_name(mair, slot));
	printf("\n");
}

static void print_info(struct pgtable *pt, const struct live_regs *regs)
{
	struct live_windows windows = live_windows();

	printf("EL%u  regime %s  MMU %s  dcache %s  icache %s  sctlr %llx\n",
	       regs->el, regime_name(pt->regime), on_off(regs->mmu),
	       on_off(regs->dcache), on_off(regs->icache),
	       regs->sctlr);
	printf("root %llx  ttbr %llx  granule 4K  va %u-bit (T0SZ %u)\n",
	       pt->root, regs->ttbr, pt->va_bits, 64 - pt->va_bits);
	printf("pa %u-bit (CPU %u-bit)  tcr %llx\n", pt->pa_bits,
	       regs->parange_bits, regs->tcr);
	print_mair(regs->mair);
	print_tables(pt);
	printf("faults caught %llu\n", catch_count());
	printf("edits  %llu splits  %llu merges  %llu TLBI  %llu DSB\n",
	       pt->count.split, pt->count.merge, pt->count.tlbi,
	       pt->count.dsb);
	printf("windows  %llu alias  %llu emergency tree\n", windows.alias,
	       windows.emergency);
}

static void print_path_json(struct jsonl *out, const char *name,
			    const struct page_stats *stats, bool in_force)
{
	jsonl_line(out, "{\"tables\":\"%s\",\"now\":%u,\"peak\":%u,\"served\":\"0x%llx\",\"returned\":\"0x%llx\",\"refused\":\"0x%llx\",\"in_force\":%s}",
		   name, stats->now, stats->peak, stats->requests,
		   stats->returned, stats->refused,
		   in_force ? "true" : "false");
}

static void print_info_json(struct pgtable *pt, const struct live_regs *regs)
{
	const struct page_registry *reg = pt->pages;
	struct pgtable_tables tables;
	struct live_windows windows = live_windows();
	struct jsonl out = { 0 };

	jsonl_line(&out, "{\"el\":%u,\"regime\":\"%s\",\"mmu\":%s,\"dcache\":%s,\"icache\":%s,\"root\":\"0x%llx\",\"ttbr\":\"0x%llx\",\"tcr\":\"0x%llx\",\"mair\":\"0x%llx\",\"sctlr\":\"0x%llx\",\"va_bits\":%u,\"pa_bits\":%u}",
		   regs->el, regime_name(pt->regime),
		   regs->mmu ? "true" : "false",
		   regs->dcache ? "true" : "false",
		   regs->icache ? "true" : "false", pt->root,
		   regs->ttbr, regs->tcr, regs->mair, regs->sctlr, pt->va_bits,
		   pt->pa_bits);
	pgtable_count_tables(pt, &tables);
	jsonl_line(&out, "{\"tables\":\"boot\",\"now\":%u}",
		   tables.by_origin[PGTABLE_FOREIGN]);
	print_path_json(&out, "static", &reg->pool_stats, !reg->registered);
	print_path_json(&out, "pfa", &reg->registered_stats, reg->registered);
	jsonl_line(&out, "{\"splits\":\"0x%llx\",\"merges\":\"0x%llx\",\"tlbi\":\"0x%llx\",\"dsb\":\"0x%llx\",\"windows\":\"0x%llx\",\"alias_windows\":\"0x%llx\",\"emergency_windows\":\"0x%llx\",\"window_par\":\"0x%llx\",\"faults\":\"0x%llx\"}",
		   pt->count.split, pt->count.merge, pt->count.tlbi,
		   pt->count.dsb, pt->count.window, windows.alias,
		   windows.emergency, live_window_par(),
		   catch_count());
	jsonl_end(&out, "mmu.info");
}

int do_mmu_info(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	struct live_regs regs;
	struct cli cli;

	if (cli_parse(&cli, "mmu info", argc, argv, options, 0, 0))
		return CMD_RET_USAGE;
	live_regs(&regs);
	if (json)
		print_info_json(live_pgtable(), &regs);
	else
		print_info(live_pgtable(), &regs);
	return 0;
}
