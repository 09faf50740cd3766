// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu walk: how one address is translated, level by level, beside what the
 * hardware says.
 */

#include <stdio.h>
#include <vsprintf.h>
#include <linux/errno.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/fault.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

#define PAR_FST(par)	(((par) >> 1) & 0x3f)

/* A fault status says in PAR what it says in the syndrome of a data abort. */
#define ESR_DATA_ABORT	(0x25ull << 26)

/* What a descriptor is, in a word, and where it points. */
static const char *kind(const struct pgtable_step *step)
{
	if (pte_hole(step->pte))
		return "hole";
	if (pte_table(step->pte, step->level))
		return "table";
	if (pte_leaf(step->pte, step->level))
		return step->level == VMSA_LEAF_LEVEL ? "page" : "block";
	if (pte_no_access(step->pte, step->level))
		return "no-access";
	return "reserved";
}

/* Where a table came from. */
static const char *origin(u64 table)
{
	if (live_ram(table, FRAME_SIZE) != FRAME_SIZE)
		return "no RAM";
	return mmu_origin_name(mmu_table_origin(table));
}

/* The last step as it is where nothing is watched. */
static struct pgtable_step unwatched_leaf(const struct pgtable_walk *walk,
					  u64 va)
{
	struct pgtable_step leaf = *pgtable_last_step(walk);

	leaf.pte = live_unwatched(va, leaf.level, leaf.pte);
	return leaf;
}

static void print_step(const struct pgtable_step *step, const char *kind)
{
	printf("  L%u[%03x] %010llx = %016llx  %s", step->level, step->index,
	       step->entry, step->pte, kind);
	if (pte_table(step->pte, step->level))
		printf(" %llx (%s)", pte_addr(step->pte),
		       origin(pte_addr(step->pte)));
	printf("\n");
}

static u64 leaf_pa(const struct pgtable_step *leaf, u64 va)
{
	return pte_leaf_pa(leaf->pte, leaf->level) |
	       (va & (vmsa_size(leaf->level) - 1));
}

static bool is_contiguous(const struct pgtable_step *leaf)
{
	return pte_valid(leaf->pte) && leaf->pte & PTE_CONT;
}

/* "4K 5000000000 -> 48000000 rw,nx,wb, one of 16 contiguous" */
static void print_leaf(struct pgtable *pt, const struct pgtable_step *leaf,
		       u64 va)
{
	u64 size = vmsa_size(leaf->level);
	char attr[TEXT_ATTR_LEN], text[TEXT_SIZE_LEN];

	text_size(size, text);
	text_attr(vmsa_decode(pt->regime, leaf->pte), attr);
	printf("  %s %llx -> %llx %s%s%s\n", text, va & ~(size - 1),
	       pte_leaf_pa(leaf->pte, leaf->level), attr,
	       is_contiguous(leaf) ? ", one of 16 contiguous" : "",
	       live_watch_at(va) ? ", watched" : "");
}

#define WHY_LEN		64

/* What there is to say of a block, or of the neighbour that is against it. */
static const char *const why_not[] = {
	[PGTABLE_WHY_LARGEST] = "there is none",
	[PGTABLE_WHY_ADDRESS] = "va and pa differ below that",
	[PGTABLE_WHY_HOLE] = "is not mapped",
	[PGTABLE_WHY_OUTPUT] = "goes elsewhere",
	[PGTABLE_WHY_ATTR] = "has other attributes",
	[PGTABLE_WHY_PURPOSE] = "split on purpose",
	[PGTABLE_WHY_FOREIGN] = "the table is U-Boot's own",
	[PGTABLE_WHY_NOTHING] = "mmu merge would make one",
};

/* Whether a watch keeps the entry of an address, or its neighbour, as it is. */
static bool is_for_a_watch(u64 va, const struct pgtable_larger *larger)
{
	if (larger->why == PGTABLE_WHY_ATTR)
		return live_watch_at(va) || live_watch_at(larger->at);
	return larger->why == PGTABLE_WHY_NOTHING && live_watch_at(va);
}

/* Why no larger block maps the address: "no 2M block: split on purpose" */
static void why_text(struct pgtable *pt, u64 va, char buf[WHY_LEN])
{
	struct pgtable_larger larger;
	char size[TEXT_SIZE_LEN] = "larger", at[20] = "";

	pgtable_why_not_larger(pt, va, &larger);
	if (larger.why != PGTABLE_WHY_LARGEST)
		text_size(larger.size, size);
	if (is_for_a_watch(va, &larger)) {
		snprintf(buf, WHY_LEN, "no %s block: split for a watch", size);
		return;
	}
	if (larger.why == PGTABLE_WHY_HOLE ||
	    larger.why == PGTABLE_WHY_OUTPUT ||
	    larger.why == PGTABLE_WHY_ATTR)
		snprintf(at, sizeof(at), "%llx ", larger.at);
	snprintf(buf, WHY_LEN, "no %s block: %s%s", size, at,
		 why_not[larger.why]);
}

/* "fault 07 (unmapped L3)", "pa 48000000" */
static void print_par(u64 par, u64 va)
{
	struct fault fault = fault_decode(ESR_DATA_ABORT | PAR_FST(par), va);

	if (!(par & 1)) {
		printf("  hardware: pa %llx",
		       par_pa(par) | (va & FRAME_MASK));
		return;
	}
	printf("  hardware: fault %02llx (%s", PAR_FST(par), fault_name(&fault));
	if (fault.has_level)
		printf(" L%u", fault.level);
	printf(")");
}

static void print_walk(struct pgtable *pt, u64 va,
		       const struct pgtable_walk *walk, int walked)
{
	const struct pgtable_step *last = pgtable_last_step(walk);
	struct pgtable_step leaf = unwatched_leaf(walk, va);
	u64 pa = walked ? PA_NONE : leaf_pa(last, va);
	char why[WHY_LEN];
	bool agree;
	u64 par;

	printf("va %llx\n", va);
	for (unsigned int i = 0; i + 1 < walk->steps; i++)
		print_step(&walk->step[i], kind(&walk->step[i]));
	print_step(last, kind(&leaf));
	if (pte_mapping(leaf.pte, leaf.level)) {
		print_leaf(pt, &leaf, va);
		why_text(pt, va, why);
		printf("  %s\n", why);
	}
	/* To the hardware that is no answer either, but a fault. */
	if (walked == -EFAULT) {
		printf("  that table can't be read\n");
		return;
	}
	if (live_in_force()) {
		printf("  hardware: not asked, %s\n", live_in_force());
		return;
	}
	agree = live_at_agrees(va, pa, &par);
	print_par(par, va);
	printf(", %s\n", agree ? "agrees" : "DISAGREES");
}

static void print_walk_json(struct pgtable *pt, u64 va,
			    const struct pgtable_walk *walk, int walked)
{
	const struct pgtable_step *last = pgtable_last_step(walk);
	struct pgtable_step leaf = unwatched_leaf(walk, va);
	u64 pa = walked ? PA_NONE : leaf_pa(last, va);
	struct jsonl out = { 0 };
	char attr[TEXT_ATTR_LEN], why[WHY_LEN];
	u64 par;

	for (unsigned int i = 0; i < walk->steps; i++) {
		const struct pgtable_step *step = &walk->step[i];

		jsonl_line(&out, "{\"level\":%u,\"index\":%u,\"entry\":\"0x%llx\",\"pte\":\"0x%llx\",\"kind\":\"%s\"}",
			   step->level, step->index, step->entry, step->pte,
			   kind(step == last ? &leaf : step));
	}
	if (pte_mapping(leaf.pte, leaf.level)) {
		text_attr(vmsa_decode(pt->regime, leaf.pte), attr);
		why_text(pt, va, why);
		jsonl_line(&out, "{\"va\":\"0x%llx\",\"pa\":\"0x%llx\",\"size\":\"0x%llx\",\"attrs\":\"%s\",\"contiguous\":%s,\"larger\":\"%s\",\"watched\":%s}",
			   va, leaf_pa(&leaf, va), vmsa_size(leaf.level), attr,
			   is_contiguous(&leaf) ? "true" : "false", why,
			   live_watch_at(va) ? "true" : "false");
	}
	if (walked != -EFAULT && !live_in_force()) {
		bool agree = live_at_agrees(va, pa, &par);

		jsonl_line(&out, "{\"par\":\"0x%llx\",\"agree\":%s}", par,
			   agree ? "true" : "false");
	}
	jsonl_end(&out, "mmu.walk");
}

int do_mmu_walk(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	bool json = false;
	const struct cli_option options[] = {
		{ "-j", NULL, &json }, { }
	};
	struct pgtable *pt = live_pgtable();
	struct pgtable_walk walk;
	struct cli cli;
	int walked;
	u64 va;

	if (cli_parse(&cli, "mmu walk", argc, argv, options, 1, 2))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &va) ||
	    (cli.argc > 1 && cli_check_var(&cli, cli.argv[1])))
		return CMD_RET_FAILURE;
	walked = catch_walk(va, &walk);
	if (!walk.steps)
		return cli_error(&cli, "%llx is beyond the %u-bit VA space", va,
				 pt->va_bits);
	if (json)
		print_walk_json(pt, va, &walk, walked);
	else
		print_walk(pt, va, &walk, walked);
	/* A command can access what is watched. */
	if (walked && !live_watch_at(va))
		return CMD_RET_FAILURE;
	return cli_set_var(&cli, cli.argc > 1 ? cli.argv[1] : NULL,
			   leaf_pa(pgtable_last_step(&walk), va));
}

int do_mmu_v2p(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable_walk walk;
	struct cli cli;
	u64 va, pa;

	if (cli_parse(&cli, "mmu v2p", argc, argv, NULL, 1, 2))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &va) ||
	    (cli.argc > 1 && cli_check_var(&cli, cli.argv[1])))
		return CMD_RET_FAILURE;
	if (pgtable_walk(live_pgtable(), va, &walk) && !live_watch_at(va))
		return cli_error(&cli, "%llx is not mapped", va);
	pa = leaf_pa(pgtable_last_step(&walk), va);
	printf("%llx\n", pa);
	return cli_set_var(&cli, cli.argc > 1 ? cli.argv[1] : NULL, pa);
}

int do_mmu_p2v(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct pgtable *pt = live_pgtable();
	struct pgtable_region region;
	unsigned int found = 0;
	struct cli cli;
	u64 pa;

	if (cli_parse(&cli, "mmu p2v", argc, argv, NULL, 1, 1))
		return CMD_RET_USAGE;
	if (cli_addr(&cli, cli.argv[0], &pa))
		return CMD_RET_FAILURE;
	for (u64 va = 0; pgtable_next_region(pt, va, 1ull << pt->va_bits, 0,
					     &region);
	     va = region.va + region.size) {
		char attr[TEXT_ATTR_LEN];

		if (region.pa == PA_NONE || pa - region.pa >= region.size)
			continue;
		text_attr(mmu_region_attr(pt, &region), attr);
		printf("%llx %s\n", region.va + (pa - region.pa), attr);
		found++;
	}
	return found ? 0 : cli_error(&cli, "nothing maps %llx", pa);
}
