// SPDX-License-Identifier: GPL-2.0+
/*
 * What the subcommands of mmu share: see mmu_cmds.h.
 */

#include <stdio.h>
#include <vsprintf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_guard.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"

const char *mmu_origin_name(enum pgtable_origin origin)
{
	switch (origin) {
	case PGTABLE_STATIC:
		return "static";
	case PGTABLE_REGISTERED:
		return "pfa";
	default:
		return "boot";
	}
}

enum pgtable_origin mmu_table_origin(u64 pa)
{
	const struct boot_pool *pool = &live_pages()->pool;

	if (!page_registry_live(live_pages(), pa))
		return PGTABLE_FOREIGN;
	if (pa - pool->base < BOOT_POOL_PAGES * FRAME_SIZE)
		return PGTABLE_STATIC;
	return PGTABLE_REGISTERED;
}

struct pgtable *mmu_editable(const struct cli *cli)
{
	const char *reason = live_editable();

	if (!reason)
		return live_pgtable();
	cli_error(cli, "refused: %s", reason);
	return NULL;
}

int mmu_check_range(const struct cli *cli, const char *what, u64 start,
		       u64 size, unsigned int bits)
{
	u64 space = 1ull << bits;

	if (start & FRAME_MASK)
		return cli_error(cli, "%s %llx is not a multiple of 1000", what,
				 start);
	if (!size)
		return cli_error(cli, "size is 0");
	if (size & FRAME_MASK)
		return cli_error(cli, "size %llx is not a multiple of 1000",
				 size);
	if (start + size < start)
		return cli_error(cli, "%s %llx + %llx wraps around", what,
				 start, size);
	if (start + size > space)
		return cli_error(cli, "%s %llx + %llx: beyond the %u-bit %s space",
				 what, start, size, bits, what);
	return 0;
}

int mmu_check_lent(const struct cli *cli, u64 va, u64 size)
{
	const char *guard = live_guarded(va, size);
	unsigned int id;

	if (guard)
		return cli_error(cli, "refused: %llx + %llx: guarded; mmu guard %s off",
				 va, size, guard);
	if (!live_watched(va, size, &id))
		return 0;
	if (!id)
		return cli_error(cli, "refused: %llx + %llx holds the code of the watches",
				 va, size);
	return cli_error(cli, "refused: %llx + %llx is watched; mmu watch del %u",
			 va, size, id);
}

const char *mmu_mismatch(struct pgtable *pt, u64 va, struct vmsa_attr attr)
{
	struct pgtable_walk walk;
	struct vmsa_attr other;

	pgtable_walk(pt, va, &walk);
	other = vmsa_decode(pt->regime, pgtable_last_step(&walk)->pte);
	return other.type != attr.type ? MMU_OTHER_TYPE : "shareability";
}

int mmu_parse_range(const struct cli *cli, struct mmu_range *range)
{
	range->size = FRAME_SIZE;
	if (cli_addr(cli, cli->argv[0], &range->va) ||
	    (cli->argc > 1 && cli_size(cli, cli->argv[1], &range->size)))
		return CMD_RET_FAILURE;
	return 0;
}

struct vmsa_attr mmu_region_attr(const struct pgtable *pt,
				 const struct pgtable_region *region)
{
	return vmsa_decode(pt->regime,
			   live_unwatched(region->va, region->level,
					  region->pte));
}

int mmu_parse_attrs(const struct cli *cli, const char *word,
		    struct text_attrs *attrs)
{
	const char *bad;

	if (text_parse_attrs(word, attrs, &bad))
		return 0;
	return cli_error(cli, "bad attribute \"%.*s\" in \"%.24s\"",
			 min((int)strcspn(bad, ","), 16), bad, word);
}

void mmu_leaves_text(const struct pgtable_result *res, char *buf, size_t len)
{
	char size[TEXT_SIZE_LEN];
	int used = 0;

	buf[0] = '\0';
	for (unsigned int level = 1; level < VMSA_LEVELS; level++) {
		if (!res->leaves[level])
			continue;
		text_size(vmsa_size(level), size);
		used += snprintf(buf + used, len - used, "%s%llu x %s",
				 used ? " + " : "", res->leaves[level], size);
	}
}

/* Four kinds of them: "  -4294967295 tables (static)" and its like. */
#define TABLES_TEXT_LEN	128

static int tables_text(char sign, const u32 tables[PGTABLE_FOREIGN], char *buf,
		       size_t len)
{
	int used = 0;

	for (unsigned int i = 0; i < PGTABLE_FOREIGN; i++) {
		if (tables[i])
			used += snprintf(buf + used, len - used,
					 "  %c%u table%s (%s)", sign, tables[i],
					 tables[i] == 1 ? "" : "s",
					 mmu_origin_name(i));
	}
	return used;
}

void mmu_print_done(const char *done, const char *leaves,
		    const struct pgtable_result *res)
{
	char tables[TABLES_TEXT_LEN] = "";
	int used = tables_text('-', res->removed, tables, sizeof(tables));
	size_t columns;

	used += tables_text('+', res->added, tables + used,
			    sizeof(tables) - used);
	columns = strlen(done) + strlen(leaves) + used;
	printf("%s%s%s%s\n", done, columns > CONSOLE_WIDTH ? "\n" : "", leaves, tables);
}

/* What is executable can be made writable if it need not be that, and so on. */
static const char *refusal_text(struct pgtable *pt,
				const struct pgtable_result *res)
{
	switch (res->refusal) {
	case PGTABLE_REFUSED_WX:
		return vmsa_decode(pt->regime, res->pte).exec ?
			"would be writable and executable; rw,nx or -f" :
			"would be writable and executable; ro,x or -f";
	case PGTABLE_REFUSED_DEVX:
		return "would be executable device memory; -f insists";
	case PGTABLE_REFUSED_CONT:
		return "is in a contiguous run that U-Boot stands on";
	default:
		return "has a reserved descriptor";
	}
}

static int out_of_tables(const struct cli *cli, struct pgtable *pt,
			 const struct pgtable_result *res)
{
	const struct page_registry *reg = pt->pages;

	if (live_was_injected())
		return cli_error(cli, "made to fail by 'pfa fail'");
	if (reg->registered)
		return cli_error(cli, "needs %u table%s, the pfa has no frame left for that",
				 res->needed, res->needed == 1 ? "" : "s");
	return cli_error(cli, "needs %u table%s, the static pool has %u of %u left",
			 res->needed, res->needed == 1 ? "" : "s",
			 BOOT_POOL_PAGES - reg->pool_stats.now,
			 BOOT_POOL_PAGES);
}

/* The mapping that stands in the way. */
static int overlaps(const struct cli *cli, struct pgtable *pt,
		    const struct pgtable_result *res)
{
	char attr[TEXT_ATTR_LEN];

	if (pte_reserved(res->pte, res->level))
		return cli_error(cli, "%llx has a reserved descriptor %llx",
				 res->va, res->pte);
	text_attr(vmsa_decode(pt->regime, res->pte), attr);
	return cli_error(cli, "%llx is mapped already (to %llx %s)", res->va,
			 pte_leaf_pa(res->pte, res->level) |
			 (res->va & (vmsa_size(res->level) - 1)), attr);
}

int mmu_failed(const struct cli *cli, struct pgtable *pt, int err,
	       const struct pgtable_result *res)
{
	switch (err) {
	case -EPERM:
		return cli_error(cli, "refused: %llx %s", res->va,
				 refusal_text(pt, res));
	case -EEXIST:
		return overlaps(cli, pt, res);
	case -ENOENT:
		return cli_error(cli, "%llx is not mapped", res->va);
	case -ENOMEM:
		return out_of_tables(cli, pt, res);
	default:
		return cli_error(cli, "refused by the engine: error %d", err);
	}
}

int mmu_check_target(const struct cli *cli, u64 pa, u64 size, bool force)
{
	enum live_rail rail;
	u64 at;

	rail = live_rail(pa, size, &at);
	if (live_rail_shared(rail))
		return 0;
	if (!live_rail_writable(rail))
		return cli_error(cli, "refused: pa %llx holds %s; only ro", at,
				 live_rail_name(rail));
	if (!force)
		return cli_error(cli, "refused: pa %llx holds %s; ro or -f",
				 at, live_rail_name(rail));
	return 0;
}

int mmu_check_rails(const struct cli *cli, u64 va, u64 size, bool force)
{
	enum live_rail rail;
	u64 at;

	rail = live_rail(va, size, &at);
	if (rail == LIVE_RAIL_NONE || (force && live_rail_forcible(rail)))
		return 0;
	return cli_error(cli, "refused: %llx holds %s%s", at,
			 live_rail_name(rail),
			 live_rail_forcible(rail) ? "; -f insists" : "");
}
