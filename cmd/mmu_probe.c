// SPDX-License-Identifier: GPL-2.0+
/*
 * mmu probe: whether something answers at a physical address, mapped or not. A
 * page of virtual addresses is the window through which one guarded read is
 * made, and is gone again afterwards.
 */

#include <command.h>
#include <console.h>
#include <stdio.h>
#include <time.h>
#include <watchdog.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

#include "mmu_access.h"
#include "mmu_cmds.h"
#include "mmu_pfa_cli.h"
#include "mmu_report.h"

#define CELLS_A_LINE	64
#define PROGRESS_MS	1000

/* Where the physical page is seen, while @mapped. */
struct window {
	const struct cli *cli;
	struct pgtable *pt;
	u64 va;
	u64 page;
	bool mapped;
};

/*
 * RAM as its identity mapping has it, so that it has one memory type only;
 * write-back where it has none.
 */
static struct vmsa_attr window_attr(struct pgtable *pt, u64 page)
{
	bool ram = live_ram(page, FRAME_SIZE) == FRAME_SIZE;
	struct vmsa_attr attr = { .perm = VMSA_RO }, own;
	struct pgtable_walk walk;
	u64 pa;

	attr.type = ram ? VMSA_WB : VMSA_DEV_NGNRNE;
	attr.share = text_default_share(attr.type);
	if (ram && !pgtable_walk(pt, page, &walk) &&
	    !pgtable_translate(pt, page, &pa) && pa == page) {
		own = vmsa_decode(pt->regime, pgtable_last_step(&walk)->pte);
		attr.type = own.type;
		attr.share = own.share;
	}
	return attr;
}

static int window_open(struct window *win, const struct cli *cli)
{
	*win = (struct window){ .cli = cli, .pt = mmu_editable(cli) };
	if (!win->pt)
		return CMD_RET_FAILURE;
	if (pgtable_find_hole(win->pt, live_ram_end(), FRAME_SIZE, FRAME_SIZE,
			      0, &win->va))
		return cli_error(cli, "no free page above %llx",
				 live_ram_end());
	return 0;
}

static void window_close(struct window *win)
{
	struct pgtable_result res;

	if (win->mapped)
		pgtable_unmap(win->pt, win->va, FRAME_SIZE, 0, &res);
	win->mapped = false;
}

static int map_page(struct pgtable *pt, const void *data,
		    struct pgtable_result *res)
{
	const struct window *win = data;

	return pgtable_map(pt, win->va, win->page, FRAME_SIZE,
			   window_attr(pt, win->page), 0, res);
}

static int window_move(struct window *win, u64 page)
{
	struct pgtable_result res;
	int err;

	if (win->mapped && win->page == page)
		return 0;
	window_close(win);
	win->page = page;
	err = live_change(map_page, win, &res);
	if (err)
		return mmu_failed(win->cli, win->pt, err, &res);
	win->mapped = true;
	return 0;
}

/* One read: 0 with whether it was answered. */
static int probe(struct window *win, u64 pa, unsigned int width, u64 *value,
		 bool *answered)
{
	int ret = window_move(win, pa & ~FRAME_MASK);

	if (ret)
		return ret;
	*answered = catch_read(win->va + (pa & FRAME_MASK), width, value);
	if (!*answered)
		catch_seen_at(pa);
	return 0;
}

/**
 * struct sweep - a range that is probed, and how far that is
 *
 * @pa, @step, @count: the addresses
 * @width:    bytes of an access
 * @answered: how many did
 * @first:    the first of them
 * @row:      the picture's line, one character an address
 * @before:   the line before it
 * @repeats:  lines equal to that one, which are not printed
 * @shown:    when something was printed last
 * @progress: a number stands in the line
 */
struct sweep {
	u64 pa;
	u64 step;
	u64 count;
	unsigned int width;
	u64 answered;
	u64 first;
	char row[CELLS_A_LINE + 1];
	char before[CELLS_A_LINE + 1];
	u64 repeats;
	ulong shown;
	bool progress;
};

static void clear_progress(struct sweep *sweep)
{
	if (sweep->progress)
		printf("\r%16s\r", "");
	sweep->progress = false;
	sweep->shown = get_timer(0);
}

/* Where lines repeat nothing is printed for long. */
static void show_progress(struct sweep *sweep, u64 done)
{
	if (get_timer(sweep->shown) < PROGRESS_MS)
		return;
	clear_progress(sweep);
	printf("%10llx %llu%%", sweep->pa + done * sweep->step,
	       done * 100 / sweep->count);
	sweep->progress = true;
}

static void print_row(struct sweep *sweep, u64 index)
{
	if (!strcmp(sweep->row, sweep->before)) {
		sweep->repeats++;
		return;
	}
	clear_progress(sweep);
	if (sweep->repeats)
		printf("  * %llu more\n", sweep->repeats);
	sweep->repeats = 0;
	printf("%10llx %s\n", sweep->pa + index * sweep->step, sweep->row);
	strcpy(sweep->before, sweep->row);
}

/* The character of an address that did not answer. */
static char silence(void)
{
	return catch_last()->fault.kind == FAULT_BUS ? '.' : '?';
}

static int probe_row(struct window *win, struct sweep *sweep, u64 index)
{
	u64 cells = min(sweep->count - index, (u64)CELLS_A_LINE), value;

	for (u64 i = 0; i < cells; i++) {
		u64 pa = sweep->pa + (index + i) * sweep->step;
		bool answered;

		if (probe(win, pa, sweep->width, &value, &answered))
			return CMD_RET_FAILURE;
		sweep->row[i] = answered ? '#' : silence();
		if (answered && !sweep->answered++)
			sweep->first = pa;
	}
	sweep->row[cells] = '\0';
	return 0;
}

static int probe_rows(struct window *win, struct sweep *sweep)
{
	for (u64 index = 0; index < sweep->count; index += CELLS_A_LINE) {
		if (probe_row(win, sweep, index))
			return CMD_RET_FAILURE;
		print_row(sweep, index);
		show_progress(sweep, index);
		schedule();
		if (ctrlc()) {
			clear_progress(sweep);
			return cli_error(win->cli, "interrupted at %llx",
					 sweep->pa + index * sweep->step);
		}
	}
	clear_progress(sweep);
	if (sweep->repeats)
		printf("  * %llu more\n", sweep->repeats);
	return 0;
}

static int sweep_range(struct window *win, struct sweep *sweep,
		       const char *var)
{
	if (probe_rows(win, sweep))
		return CMD_RET_FAILURE;
	if (sweep->answered < sweep->count)
		mmu_set_fault_vars(catch_last());
	printf("%llu of %llu answered", sweep->answered, sweep->count);
	if (!sweep->answered) {
		printf("\n");
		return CMD_RET_FAILURE;
	}
	printf(", the first at %llx\n", sweep->first);
	return cli_set_var(win->cli, var, sweep->first);
}

static int probe_one(struct window *win, u64 pa, unsigned int width,
		     const char *var)
{
	bool answered;
	u64 value;

	if (probe(win, pa, width, &value, &answered))
		return CMD_RET_FAILURE;
	if (!answered)
		return mmu_access_failed(win->cli, pa);
	printf("%08llx: %0*llx\n", pa, 2 * width, value);
	return cli_set_var(win->cli, var, value);
}

/* What was asked for; a count of 0 is one address without a picture. */
static int parse(struct cli *cli, struct sweep *sweep, const char **var)
{
	u64 size = 0;
	int last = cli->argc - 1;

	/* The fourth word, or what is no number: the variable */
	*var = NULL;
	if (last == 3 || (last && !text_parse_size(cli->argv[last], &size))) {
		*var = cli->argv[last--];
		if (cli_check_var(cli, *var))
			return CMD_RET_FAILURE;
	}
	if (cli_addr(cli, cli->argv[0], &sweep->pa) ||
	    mmu_check_aligned(cli, sweep->pa, sweep->width))
		return CMD_RET_FAILURE;
	sweep->step = FRAME_SIZE;
	if (last < 1)
		return 0;
	if (cli_size(cli, cli->argv[1], &size) ||
	    (last == 2 && cli_size(cli, cli->argv[2], &sweep->step)) ||
	    mmu_check_aligned(cli, sweep->step, sweep->width))
		return CMD_RET_FAILURE;
	if (!size || !sweep->step)
		return cli_error(cli, "%s is 0", size ? "step" : "size");
	sweep->count = (size - 1) / sweep->step + 1;
	return 0;
}

static int check_end(const struct cli *cli, const struct pgtable *pt,
		     const struct sweep *sweep)
{
	u64 length = sweep->count ? (sweep->count - 1) * sweep->step : 0;
	u64 last = sweep->pa + length;

	if (last < sweep->pa)
		return cli_error(cli, "%llx + %llx wraps around", sweep->pa,
				 length);
	if (last >> pt->pa_bits)
		return cli_error(cli, "%llx is beyond the %u-bit pa space",
				 last, pt->pa_bits);
	return 0;
}

int do_mmu_probe(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
	struct sweep sweep = { .width = mmu_access_width(argv[0]) };
	struct window win;
	const char *var;
	struct cli cli;
	int ret;

	if (!sweep.width || cli_parse(&cli, "mmu probe", argc, argv, NULL, 1, 4))
		return CMD_RET_USAGE;
	ret = parse(&cli, &sweep, &var);
	if (ret)
		return ret;
	if (window_open(&win, &cli) || check_end(&cli, win.pt, &sweep))
		return CMD_RET_FAILURE;
	sweep.shown = get_timer(0);
	if (sweep.count)
		ret = sweep_range(&win, &sweep, var);
	else
		ret = probe_one(&win, sweep.pa, sweep.width, var);
	window_close(&win);
	return ret;
}
