// SPDX-License-Identifier: GPL-2.0+
/*
 * What happens at an access to a page that is watched: see watch.h. All of this
 * runs where the fault is handled.
 */

#include "a64_bits.h"
#include "watch_internal.h"

static void log_hit(struct watch_set *set, unsigned int i,
		    struct watch_hit hit)
{
	hit.id = i + 1;
	set->watch[i].hits++;
	set->log[set->logged++ % WATCH_ROOM] = hit;
}

/* What an instruction did not come to read or write: it was only fetched. */
static void unlog_accesses(struct watch_set *set)
{
	while (set->logged > set->step.first) {
		struct watch_hit *hit = &set->log[(set->logged - 1) % WATCH_ROOM];

		if (hit->access & WATCH_EXEC)
			break;
		set->watch[hit->id - 1].hits--;
		set->logged--;
	}
}

/* Log an access for each watch that means it; whether there was one. */
static bool note(struct watch_set *set, const struct watch_hit *hit)
{
	u32 size = hit->size ? hit->size : 1;
	bool meant = set->paused;

	for (unsigned int i = 0; i < WATCH_MAX; i++) {
		const struct watch *w = &set->watch[i];

		if (set->paused || !watch_active(w) ||
		    !(w->access & hit->access) ||
		    !watch_overlap(w->va, w->size, hit->addr, size))
			continue;
		log_hit(set, i, *hit);
		meant = true;
	}
	return meant;
}

static struct watch_hit hit_at(const struct a64_regs *regs, u64 pc)
{
	return (struct watch_hit){ .pc = pc, .lr = regs->x[30] };
}

static bool note_fetch(struct watch_set *set, const struct a64_regs *regs)
{
	struct watch_hit hit = hit_at(regs, regs->pc);

	hit.access = WATCH_EXEC;
	hit.addr = regs->pc;
	hit.size = A64_INSN_SIZE;
	return note(set, &hit);
}

/* An instruction that nobody knows has what the syndrome says. */
static bool note_unknown(struct watch_set *set, const struct a64_regs *regs,
			 u64 pc, const struct fault *fault)
{
	struct watch_hit hit = hit_at(regs, pc);

	hit.access = fault->access == FAULT_WRITE ? WATCH_WRITE : WATCH_READ;
	hit.addr = fault->addr;
	return note(set, &hit);
}

static bool note_access(struct watch_set *set, const struct a64_regs *regs,
			u64 pc, const struct a64_access *a)
{
	struct watch_hit hit = hit_at(regs, pc);

	hit.access = (a->read ? WATCH_READ : 0) | (a->write ? WATCH_WRITE : 0);
	hit.addr = a->addr;
	hit.size = a->size;
	hit.width = a->width;
	/* What is read is known afterwards. */
	for (; !a->read && hit.n < a->n; hit.n++)
		hit.value[hit.n] = a64_value(regs, a, hit.n);
	return note(set, &hit);
}

/* The values that loads have brought. */
static void note_values(struct watch_set *set, const struct a64_regs *regs)
{
	struct a64_access a;

	if (!a64_access(set->step.insn, regs, set->blocks, &a) || !a.read)
		return;
	for (u64 i = set->step.first; i < set->logged; i++) {
		struct watch_hit *hit = &set->log[i % WATCH_ROOM];

		if (!(hit->access & WATCH_READ))
			continue;
		for (hit->n = 0; hit->n < a.n &&
		     a.reg[hit->n] != 31; hit->n++)
			hit->value[hit->n] = a64_value(regs, &a, hit->n);
	}
}

static void open_page(struct watch_set *set, struct pgtable *pt, u64 page)
{
	struct watch_step *step = &set->step;

	/* No instruction needs so many at a time. */
	if (step->nopen == WATCH_OPEN) {
		lend_take(pt, step->open[0], FRAME_SIZE,
			  watch_needs(set, step->open[0]));
		step->nopen--;
		memmove(step->open, step->open + 1,
			step->nopen * sizeof(*step->open));
	}
	lend_take(pt, page, FRAME_SIZE, 0);
	step->open[step->nopen++] = page;
}

static void close_pages(struct watch_set *set, struct pgtable *pt)
{
	struct watch_step *step = &set->step;

	while (step->nopen) {
		u64 page = step->open[--step->nopen];

		lend_take(pt, page, FRAME_SIZE, watch_needs(set, page));
	}
	step->on = false;
}

static void open_for_good(struct watch_set *set, u64 page, u64 pc,
			  enum watch_blind why)
{
	set->step.nopen = 0;
	set->opened++;
	set->blind = why;
	set->blind_page = page;
	set->blind_pc = pc;
}

/* Whether a page has been hit by so many exclusives that it must be a loop. */
static bool is_loop(struct watch_set *set, u64 page)
{
	if (set->page != page)
		set->exclusives = 0;
	set->page = page;
	return ++set->exclusives > WATCH_EXCLUSIVES;
}

/* Execute an instruction, with @page open for it, and come back after it. */
static void step_over(struct watch_set *set, struct pgtable *pt,
		      struct a64_regs *regs, u64 page, u32 insn)
{
	struct watch_step *step = &set->step;
	u64 pc = regs->pc;

	step->pc = pc;
	step->insn = insn;
	switch (a64_displace(&step->insn, regs, &step->kept)) {
	case A64_DONE:
		close_pages(set, pt);
		break;
	case A64_REFUSED:
		open_for_good(set, page, pc, WATCH_BLIND_INSN);
		break;
	case A64_COPY:
		set->ops->put(step->insn);
		step->on = true;
		regs->pc = set->slot;
		break;
	}
}

/* The same, of what is known of its access. */
static void step_access(struct watch_set *set, struct pgtable *pt,
			struct a64_regs *regs, u64 page, u32 insn,
			const struct a64_access *a)
{
	if (a->exclusive && is_loop(set, page))
		open_for_good(set, page, regs->pc, WATCH_BLIND_EXCLUSIVE);
	else
		step_over(set, pt, regs, page, insn);
}

/* What an instruction accesses faulted. */
static void access_fault(struct watch_set *set, struct pgtable *pt,
			 struct a64_regs *regs, const struct fault *fault)
{
	struct watch_step *step = &set->step;
	u64 page = fault->addr & ~FRAME_MASK;
	u64 pc = step->on ? step->pc : regs->pc;
	u32 insn = step->on ? step->insn : set->ops->fetch(pc);
	struct a64_access a;
	bool known = a64_access(insn, regs, set->blocks, &a);

	open_page(set, pt, page);
	/* The first fault has told all that there is to a known one. */
	if (!known)
		set->passed += !note_unknown(set, regs, pc, fault);
	else if (!step->noted)
		set->passed += !note_access(set, regs, pc, &a);
	step->noted = true;
	if (!step->on)
		step_access(set, pt, regs, page, insn, &a);
}

static bool is_executable(struct pgtable *pt, u64 page)
{
	struct pgtable_walk walk;

	pgtable_walk(pt, page, &walk);
	return vmsa_executable(pt->regime, pgtable_last_step(&walk)->pte);
}

/*
 * The instruction itself is in a page that is closed. What it accesses in the
 * same page will not fault any more.
 */
static void fetch_fault(struct watch_set *set, struct pgtable *pt,
			struct a64_regs *regs, const struct fault *fault)
{
	u64 page = fault->addr & ~FRAME_MASK;
	struct a64_access a;
	u32 insn;

	open_page(set, pt, page);
	/* Not executable either way: it faults again, as it would have. */
	if (!is_executable(pt, page))
		return;
	set->passed += !note_fetch(set, regs);
	insn = set->ops->fetch(regs->pc);
	if (a64_access(insn, regs, set->blocks, &a) && a.size &&
	    watch_overlap(a.addr, a.size, page, FRAME_SIZE)) {
		note_access(set, regs, regs->pc, &a);
		set->step.noted = true;
	}
	step_access(set, pt, regs, page, insn, &a);
}

/* Whether an access failed because a watch has taken it. */
static bool is_ours(const struct watch_set *set, struct pgtable *pt,
		    const struct fault *fault)
{
	const struct pgtable_step *leaf;
	struct pgtable_walk walk;

	if (!fault->has_addr || (fault->kind != FAULT_PERM &&
				 fault->kind != FAULT_UNMAPPED))
		return false;
	if (pgtable_walk(pt, fault->addr, &walk) == -ERANGE)
		return false;
	leaf = pgtable_last_step(&walk);
	/* A page that is open allows what it did before. */
	return pte_lent(leaf->pte) &&
	       lend_pte(pt->regime, leaf->level, leaf->pte, 0) != leaf->pte &&
	       watch_in(set, fault->addr & ~FRAME_MASK, FRAME_SIZE);
}

bool watch_fault(struct watch_set *set, struct pgtable *pt,
		 struct a64_regs *regs, const struct fault *fault)
{
	struct watch_step *step = &set->step;

	/* It has left the slot in a way of its own. */
	if (step->on && regs->pc - set->slot > A64_INSN_SIZE)
		close_pages(set, pt);
	if (step->on && fault->kind == FAULT_BREAK &&
	    regs->pc == set->slot + A64_INSN_SIZE) {
		note_values(set, regs);
		close_pages(set, pt);
		regs->pc = step->pc + A64_INSN_SIZE;
		return true;
	}
	if (!is_ours(set, pt, fault))
		return false;
	if (!step->on) {
		step->noted = false;
		step->first = set->logged;
	}
	if (fault->access == FAULT_EXEC)
		fetch_fault(set, pt, regs, fault);
	else
		access_fault(set, pt, regs, fault);
	return true;
}

void watch_give_up(struct watch_set *set, struct pgtable *pt,
		   struct a64_regs *regs)
{
	struct watch_step *step = &set->step;
	bool on = step->on, failed = on && regs->pc == set->slot;

	/* A watch that had its last hit by it needs its pages closed again. */
	if (failed)
		unlog_accesses(set);
	close_pages(set, pt);
	if (!on)
		return;
	/* Past it, as after a call of a higher level that failed. */
	if (!failed) {
		regs->pc = step->pc + (regs->pc - set->slot);
		return;
	}
	regs->pc = step->pc;
	if (step->kept.reg < 31)
		regs->x[step->kept.reg] = step->kept.value;
}
