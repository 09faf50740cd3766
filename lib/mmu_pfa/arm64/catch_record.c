// SPDX-License-Identifier: GPL-2.0+
/*
 * Records of the faults that were caught: the last ones, newest first.
 */

#include <linux/errno.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "catch_record.h"

static struct {
	struct catch_record ring[CATCH_LOG_SIZE];
	unsigned int next;
	unsigned int used;
	u64 count;
	/* The walk of the newest is still to be done */
	bool raw;
	/* That of a walk which is being done, and may fault itself */
	const struct catch_point *walking;
	/* The command under way */
	u64 command;
} records;

/* The newest, and those before it. */
static struct catch_record *entry(unsigned int back)
{
	return &records.ring[(records.next - 1 - back) % CATCH_LOG_SIZE];
}

const struct catch_record *catch_log(unsigned int back)
{
	return back < records.used ? entry(back) : NULL;
}

const struct catch_record *catch_last(void)
{
	return catch_log(0);
}

void catch_clear(void)
{
	records.used = 0;
}

u64 catch_count(void)
{
	return records.count;
}

void catch_command(void)
{
	records.command++;
}

/* A fault that ends elsewhere than in the walk has ended the walk as well. */
void catch_note(const struct catch_frame *frame,
		const struct catch_point *point)
{
	if (records.walking == point)
		return;
	records.walking = NULL;
	records.next++;
	*entry(0) = (struct catch_record){
		.fault = fault_decode(frame->esr, frame->far),
		.pc = frame->elr,
		.lr = frame->x[30],
		.sp = frame->sp,
		.count = ++records.count,
		.command = records.command,
	};
	if (records.used < CATCH_LOG_SIZE)
		records.used++;
	records.raw = true;
}

int catch_walk(u64 va, struct pgtable_walk *walk)
{
	struct catch_point point;
	int ret;

	if (catch_begin(&point)) {
		records.walking = NULL;
		return -EFAULT;
	}
	records.walking = &point;
	ret = pgtable_walk(live_pgtable(), va, walk);
	catch_end(&point);
	records.walking = NULL;
	return ret;
}

/* Find what translated the address when it faulted. */
static void walk_record(struct catch_record *record)
{
	struct pgtable_walk *walk = &record->walk;
	u64 va = record->fault.addr;
	struct pgtable_step *step;

	catch_walk(va, walk);
	if (!walk->steps)
		return;
	step = &walk->step[walk->steps - 1];
	if (pte_lent(step->pte)) {
		record->watched = live_watch_at(va);
		step->pte = live_unwatched(va, step->level, step->pte);
	}
	if (record->fault.kind == FAULT_UNMAPPED &&
	    pte_no_access(step->pte, step->level))
		record->fault.kind = FAULT_NO_ACCESS;
}

void catch_resumed(void)
{
	struct catch_record *last = entry(0);
	struct live_regs regs;

	if (!records.raw || records.walking)
		return;
	records.raw = false;
	if (!last->fault.has_addr)
		return;
	live_regs(&regs);
	last->mmu_off = !regs.mmu;
	if (!last->mmu_off)
		walk_record(last);
}

void catch_seen_at(u64 addr)
{
	struct catch_record *last = entry(0);

	last->physical = true;
	last->watched = false;
	memset(&last->walk, 0, sizeof(last->walk));
	if (last->fault.has_addr)
		last->fault.addr = addr;
}

/* Those of one command are one entry: what was before it is of more use. */
void catch_guarded(void)
{
	struct catch_record *last = entry(0), *before = entry(1);

	last->guarded = true;
	if (records.used < 2 || !before->guarded || before->pc != last->pc ||
	    before->command != last->command)
		return;
	*before = *last;
	records.next--;
	records.used--;
}
