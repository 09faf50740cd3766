// SPDX-License-Identifier: GPL-2.0+
/*
 * Watches on a tree that the model MMU watches, and a small CPU that executes
 * one load or store at a time, faulting as the tree says.
 */

#include <mmu_pfa/watch.h>

#include "pgtable_world.h"

static const struct world_kind el1 = { .regime = VMSA_EL1 };

#define RAM		(16 * MiB)	/* mapped, 1 GiB from here on */
#define CODE		0x700000ull	/* not in the tree: no fetch faults there */
#define SLOT		0xff0000ull
#define LINK		0xabc0ull

#define LDR_X0_X1	0xf9400020u	/* ldr x0, [x1] */
#define LDRB_W0_X1	0x39400020u
#define STR_W0_X1	0xb9000020u
#define STRB_W0_X1	0x39000020u
#define STP_X2_X3_X1	0xa9000c22u	/* stp x2, x3, [x1] */
#define LDP_X2_X3_X1	0xa9400c22u
#define LDXR_X0_X1	0xc85f7c20u
#define LDADD_X0_X2_X1	0xf8200022u
#define DC_IVAC_X1	0xd5087621u
#define DC_CIVAC_X1	0xd50b7e21u
#define LDR_X4_LITERAL	0x58000044u	/* ldr x4, .+8 */
#define BL_8		0x94000002u	/* bl .+8 */
#define ERET		0xd69f03e0u
#define NOP		0xd503201fu
#define CPYFP		0x19020441u	/* cpyfp [x1]!, [x2]!, x0!: not known */

static struct watch_set set;
static u32 memory_insn, slot_insn;
static unsigned int nputs, nfetches;

static u32 fetch(u64 pc)
{
	(void)pc;
	nfetches++;
	return memory_insn;
}

static void put(u32 insn)
{
	slot_insn = insn;
	nputs++;
}

static const struct watch_ops ops = { fetch, put };

static struct a64_regs regs;

static void begin(struct world *w)
{
	world_begin(w, el1);
	set = (struct watch_set){
		.ops = &ops, .slot = SLOT, .blocks = { 64, 64 },
	};
	world_map(w, RAM, RAM, 1 * GiB, 0);
	nputs = 0;
	nfetches = 0;
}

static int watch(struct world *w, u64 va, u64 size, unsigned int access,
		 u64 limit)
{
	return watch_add(&set, &w->pt, va, size, access, limit, &w->res);
}

/* Whether the tree lets an access to one byte pass; if not, the fault. */
static bool passes(struct world *w, u64 va, enum fault_access access,
		   struct fault *fault)
{
	pte_t pte = world_pte(w, va);
	bool allowed = true;

	if (access == FAULT_WRITE)
		allowed = !(pte & PTE_AP_RO);
	if (access == FAULT_EXEC)
		allowed = vmsa_executable(w->pt.regime, pte);
	*fault = (struct fault){
		.kind = pte_valid(pte) ? FAULT_PERM : FAULT_UNMAPPED,
		.access = access, .has_addr = true, .addr = va,
	};
	return pte_valid(pte) && allowed;
}

/* Whether what an instruction accesses is open, page by page. */
static bool accesses(struct world *w, u32 insn, struct fault *fault)
{
	static const struct a64_blocks blocks = { 64, 64 };
	struct a64_access a;
	u64 last;

	if (!a64_access(insn, &regs, blocks, &a) || !a.size)
		return true;
	last = a.addr + a.size - 1;
	for (u64 va = a.addr; va <= last; va = (va | FRAME_MASK) + 1) {
		if (!passes(w, va, a.write ? FAULT_WRITE : FAULT_READ, fault))
			return false;
	}
	return true;
}

#define ROUNDS	100	/* it did not fault at all */
#define NEVER_ENDS	101

/*
 * Execute @insn at @pc: how many faults it took, or 0 if it can't be executed.
 * What it loads is 0x1122334455667788.
 */
static unsigned int execute(struct world *w, u64 pc, u32 insn)
{
	unsigned int faults;

	regs.pc = pc;
	regs.x[30] = LINK;
	memory_insn = insn;
	for (faults = 1; faults < ROUNDS; faults++) {
		struct fault fault;
		bool in_slot = regs.pc == SLOT;

		if (!in_slot && regs.pc != pc)
			return faults;	/* executed where it faulted */
		if (!in_slot && pc >= RAM &&
		    !passes(w, pc, FAULT_EXEC, &fault)) {
			/* falls through to the handler */
		} else if (accesses(w, in_slot ? slot_insn : insn, &fault)) {
			if (insn == LDR_X0_X1 || insn == LDXR_X0_X1)
				regs.x[0] = 0x1122334455667788;
			if (insn == LDRB_W0_X1)
				regs.x[0] = 0x88;
			if (insn == LDP_X2_X3_X1 || insn == LDADD_X0_X2_X1)
				regs.x[2] = 0x99;
			if (!in_slot) {
				regs.pc += 4;
				return faults - 1 ? faults : ROUNDS;
			}
			regs.pc = SLOT + 4;
			fault = (struct fault){ .kind = FAULT_BREAK };
		}
		if (!watch_fault(&set, &w->pt, &regs, &fault) ||
		    world_check(w))
			return 0;
	}
	return NEVER_ENDS;
}

static unsigned int access_at(struct world *w, u64 va, u32 insn)
{
	regs.x[1] = va;
	return execute(w, CODE, insn);
}

static const struct watch_hit *last_hit(void)
{
	return watch_hit(&set, set.logged - 1);
}

static bool is_closed(struct world *w, u64 va)
{
	struct fault fault;

	return !passes(w, va, FAULT_WRITE, &fault);
}

/* Proves: CMMU-087 CMMU-088 */
HOST_TEST(each_write_to_a_watched_byte_is_a_hit_and_goes_on)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM + 0x1010, 4, WATCH_WRITE, 0), 1);
	regs.x[0] = 0xffffcafef00dull;
	for (unsigned int i = 1; i < 5; i++) {
		EXPECT_EQ(access_at(&w, RAM + 0x1010, STR_W0_X1), 3);
		EXPECT_EQ(regs.pc, CODE + 4);
		EXPECT_EQ(slot_insn, STR_W0_X1);
		EXPECT_EQ(set.logged, i);
		EXPECT(is_closed(&w, RAM + 0x1010));
	}
	EXPECT_EQ(last_hit()->id, 1);
	EXPECT_EQ(last_hit()->access, WATCH_WRITE);
	EXPECT_EQ(last_hit()->pc, CODE);
	EXPECT_EQ(last_hit()->lr, LINK);
	EXPECT_EQ(last_hit()->addr, RAM + 0x1010);
	EXPECT_EQ(last_hit()->size, 4);
	EXPECT_EQ(last_hit()->n, 1);
	EXPECT_EQ(last_hit()->value[0], 0xcafef00d);
	EXPECT_EQ(set.passed, 0);
	world_end(&w);
}

/* Proves: CMMU-088 */
HOST_TEST(bytes_beside_pass_and_reads_of_a_write_watch_do_not_even_fault)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM + 0x1010, 4, WATCH_WRITE, 0), 1);
	EXPECT_EQ(access_at(&w, RAM + 0x1014, STR_W0_X1), 3);
	EXPECT_EQ(access_at(&w, RAM + 0x100c, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 0);
	EXPECT_EQ(set.passed, 2);
	EXPECT_EQ(access_at(&w, RAM + 0x1010, LDR_X0_X1), ROUNDS);
	EXPECT_EQ(access_at(&w, RAM + 0x2000, STR_W0_X1), ROUNDS);
	EXPECT_EQ(set.passed, 2);
	EXPECT_EQ(access_at(&w, RAM + 0x100d, STR_W0_X1), 3);
	EXPECT_EQ(access_at(&w, RAM + 0x1013, STRB_W0_X1), 3);
	EXPECT_EQ(set.logged, 2);
	EXPECT_EQ(watch_hit(&set, 0)->addr, RAM + 0x100d);
	world_end(&w);
}

/* Proves: CMMU-087 CMMU-089 */
HOST_TEST(what_is_read_is_known_after_the_access)
{
	static const u64 page = RAM + 0x1000;
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, page, 8, WATCH_READ, 0), 1);
	regs.x[0] = 1;
	EXPECT_EQ(access_at(&w, page, LDR_X0_X1), 3);
	EXPECT_EQ(last_hit()->access, WATCH_READ);
	EXPECT_EQ(last_hit()->value[0], 0x1122334455667788);
	EXPECT_EQ(access_at(&w, page + 1, LDRB_W0_X1), 3);
	EXPECT_EQ(last_hit()->value[0], 0x88);
	EXPECT_EQ(last_hit()->size, 1);
	regs.x[3] = 0x77;
	EXPECT_EQ(access_at(&w, page - 8, LDP_X2_X3_X1), 3);
	EXPECT_EQ(last_hit()->n, 2);
	EXPECT_EQ(last_hit()->value[0], 0x99);
	EXPECT_EQ(last_hit()->value[1], 0x77);
	/* A write has to get through a page without access, and is no hit. */
	EXPECT_EQ(access_at(&w, page, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 3);
	EXPECT_EQ(access_at(&w, page, LDADD_X0_X2_X1), 3);
	EXPECT_EQ(last_hit()->access, WATCH_READ | WATCH_WRITE);
	EXPECT_EQ(last_hit()->value[0], 0x99);
	world_end(&w);
}

/* Proves: CMMU-090 */
HOST_TEST(an_access_across_two_watched_pages_is_one_hit)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM + 0xffc, 0x10, WATCH_WRITE, 0), 1);
	regs.x[2] = 2;
	regs.x[3] = 3;
	EXPECT_EQ(access_at(&w, RAM + 0xff8, STP_X2_X3_X1), 4);
	EXPECT_EQ(set.logged, 1);
	EXPECT_EQ(last_hit()->addr, RAM + 0xff8);
	EXPECT_EQ(last_hit()->size, 16);
	EXPECT_EQ(last_hit()->value[0], 2);
	EXPECT_EQ(last_hit()->value[1], 3);
	EXPECT(is_closed(&w, RAM + 0xff8));
	EXPECT(is_closed(&w, RAM + 0x1000));
	EXPECT_EQ(nputs, 1);
	world_end(&w);
}

/* Proves: CMMU-088 */
HOST_TEST(each_watch_that_means_an_access_logs_it)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_WRITE, 0), 1);
	EXPECT_EQ(watch(&w, RAM + 4, 8, WATCH_READ | WATCH_WRITE, 0), 2);
	EXPECT_EQ(access_at(&w, RAM + 4, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 2);
	EXPECT_EQ(watch_hit(&set, 0)->id, 1);
	EXPECT_EQ(watch_hit(&set, 1)->id, 2);
	EXPECT_EQ(access_at(&w, RAM, LDR_X0_X1), 3);
	EXPECT_EQ(set.logged, 3);
	EXPECT_EQ(last_hit()->id, 2);
	world_end(&w);
}

/* Proves: CMMU-091 */
HOST_TEST(a_watch_stops_after_its_hits_and_can_be_armed_again)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_WRITE, 2), 1);
	for (unsigned int i = 0; i < 2; i++)
		EXPECT_EQ(access_at(&w, RAM, STR_W0_X1), 3);
	EXPECT_EQ(access_at(&w, RAM, STR_W0_X1), ROUNDS);
	EXPECT_EQ(set.logged, 2);
	EXPECT(!watch_active(watch_find(&set, 1)));
	watch_rearm(&set, &w.pt, watch_find(&set, 1));
	EXPECT_EQ(access_at(&w, RAM, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 3);
	/* Of several pages each costs one more fault. */
	EXPECT_EQ(watch(&w, RAM + 0x2000, 0x2000, WATCH_WRITE, 1), 2);
	EXPECT_EQ(access_at(&w, RAM + 0x2000, STR_W0_X1), 3);
	EXPECT_EQ(access_at(&w, RAM + 0x3000, STR_W0_X1), 3);
	EXPECT_EQ(access_at(&w, RAM + 0x3000, STR_W0_X1), ROUNDS);
	EXPECT_EQ(set.logged, 4);
	world_end(&w);
}

/* Proves: CMMU-092 */
HOST_TEST(a_true_fault_in_the_slot_is_that_of_the_instruction)
{
	static const struct fault bus = {
		.kind = FAULT_BUS, .has_addr = true, .addr = RAM,
	};
	struct world w;
	struct fault fault;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 4, WATCH_READ, 0), 1);
	regs.pc = CODE;
	regs.x[1] = RAM;
	memory_insn = LDR_X0_X1;
	EXPECT(!passes(&w, RAM, FAULT_READ, &fault));
	EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
	EXPECT_EQ(regs.pc, SLOT);
	EXPECT(!watch_fault(&set, &w.pt, &regs, &bus));
	watch_give_up(&set, &w.pt, &regs);
	EXPECT_EQ(regs.pc, CODE);
	EXPECT(is_closed(&w, RAM));
	EXPECT(!set.step.on);
	EXPECT_ORDER(&w);
	/* Nothing is under way any more: it is not touched again. */
	regs.pc = SLOT;
	watch_give_up(&set, &w.pt, &regs);
	EXPECT_EQ(regs.pc, SLOT);
	world_end(&w);
}

/* An access at CODE that comes to the slot, and faults there for good. */
static void fails_in_slot(struct world *w, u64 va, u32 insn)
{
	struct fault fault = {
		.kind = FAULT_BUS, .has_addr = true, .addr = va,
	};
	enum fault_access access = insn == STR_W0_X1 ? FAULT_WRITE : FAULT_READ;
	struct fault watched;

	regs.pc = CODE;
	regs.x[1] = va;
	memory_insn = insn;
	EXPECT(!passes(w, va, access, &watched));
	EXPECT(watch_fault(&set, &w->pt, &regs, &watched));
	EXPECT(!watch_fault(&set, &w->pt, &regs, &fault));
	watch_give_up(&set, &w->pt, &regs);
	EXPECT_EQ(regs.pc, CODE);
}

/* Proves: CMMU-112 */
HOST_TEST(an_access_that_truly_faults_is_no_hit)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_READ | WATCH_WRITE, 2), 1);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_WRITE, 0), 2);
	fails_in_slot(&w, RAM, LDR_X0_X1);
	fails_in_slot(&w, RAM, STR_W0_X1);
	EXPECT_EQ(set.logged, 0);
	EXPECT_EQ(watch_find(&set, 1)->hits, 0);
	EXPECT_EQ(watch_find(&set, 2)->hits, 0);
	/* Not even the last one that a watch waits for */
	EXPECT_EQ(access_at(&w, RAM, LDR_X0_X1), 3);
	fails_in_slot(&w, RAM, LDR_X0_X1);
	EXPECT(watch_active(watch_find(&set, 1)));
	EXPECT(is_closed(&w, RAM));
	EXPECT_EQ(set.logged, 1);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: CMMU-112 CMMU-087 */
HOST_TEST(the_log_keeps_its_oldest_where_an_access_fails)
{
	struct world w;

	begin(&w);
	for (unsigned int i = 0; i < WATCH_MAX; i++)
		EXPECT_EQ(watch(&w, RAM, 8 * WATCH_LOG, WATCH_WRITE, 0), i + 1);
	for (unsigned int i = 0; i < 2 * WATCH_LOG / WATCH_MAX; i++)
		EXPECT_EQ(access_at(&w, RAM + 4 * i, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 2 * WATCH_LOG);
	fails_in_slot(&w, RAM, STR_W0_X1);
	EXPECT_EQ(set.logged, 2 * WATCH_LOG);
	EXPECT(!watch_hit(&set, WATCH_LOG - 1));
	for (u64 i = WATCH_LOG; i < 2 * WATCH_LOG; i++) {
		EXPECT_EQ(watch_hit(&set, i)->addr,
			  RAM + 4 * (i / WATCH_MAX));
		EXPECT_EQ(watch_hit(&set, i)->id, i % WATCH_MAX + 1);
	}
	world_end(&w);
}

/* Proves: CMMU-092 */
HOST_TEST(what_a_page_forbade_before_it_still_forbids)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(pgtable_map(&w.pt, 2 * GiB, 0, 4096, world_rx, 0, &w.res), 0);
	EXPECT_EQ(watch(&w, 2 * GiB, 4, WATCH_READ, 0), 1);
	EXPECT_EQ(access_at(&w, 2 * GiB, LDR_X0_X1), 3);
	EXPECT_EQ(access_at(&w, 2 * GiB, STR_W0_X1), 0);
	watch_give_up(&set, &w.pt, &regs);
	EXPECT_EQ(regs.pc, CODE);
	/* Nor does it become executable. */
	EXPECT_EQ(pgtable_map(&w.pt, 3 * GiB, 0, 4096, world_rw, 0, &w.res), 0);
	EXPECT_EQ(watch(&w, 3 * GiB, 4, WATCH_READ | WATCH_EXEC, 0), 2);
	EXPECT_EQ(execute(&w, 3 * GiB, NOP), 0);
	EXPECT_EQ(regs.pc, 3 * GiB);
	EXPECT(!is_closed(&w, 3 * GiB));
	watch_give_up(&set, &w.pt, &regs);
	EXPECT_EQ(regs.pc, 3 * GiB);
	EXPECT(is_closed(&w, 3 * GiB));
	EXPECT_EQ(world_unmap(&w, 3 * GiB, 4096, 0), 0);
	watch_forget(&set);
	EXPECT_EQ(set.logged, 1);
	/* A hole, and a page that is not watched */
	EXPECT_EQ(access_at(&w, 3 * GiB, LDR_X0_X1), 0);
	EXPECT_EQ(set.logged, 1);
	world_end(&w);
}

/* Proves: CMMU-092 */
HOST_TEST(an_instruction_that_left_the_slot_is_over)
{
	struct world w;
	struct fault fault;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 4, WATCH_READ, 0), 1);
	regs.pc = CODE;
	regs.x[1] = RAM;
	memory_insn = LDR_X0_X1;
	EXPECT(!passes(&w, RAM, FAULT_READ, &fault));
	EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
	EXPECT(set.step.on);
	EXPECT_EQ(access_at(&w, RAM, LDR_X0_X1), ROUNDS);
	regs.pc = CODE + 0x100;
	fault = (struct fault){ .kind = FAULT_BREAK };
	EXPECT(!watch_fault(&set, &w.pt, &regs, &fault));
	EXPECT(!set.step.on);
	EXPECT(is_closed(&w, RAM));
	watch_give_up(&set, &w.pt, &regs);
	EXPECT_EQ(regs.pc, CODE + 0x100);
	world_end(&w);
}

static u64 blind_pages(struct world *w, u64 id)
{
	return watch_blind_pages(&set, &w->pt, watch_find(&set, id));
}

/* So many exclusives that a page is opened for good. */
static void make_blind(struct world *w, u64 va)
{
	for (unsigned int i = 0; i < WATCH_EXCLUSIVES; i++)
		EXPECT_EQ(access_at(w, va, LDXR_X0_X1), 3);
	EXPECT_EQ(access_at(w, va, LDXR_X0_X1), 2);
}

/* Proves: FLT-155 */
HOST_TEST(each_watch_knows_its_pages_that_are_open)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 2 * FRAME_SIZE, WATCH_READ, 0), 1);
	EXPECT_EQ(watch(&w, RAM + 0x8000, 8, WATCH_READ, 0), 2);
	make_blind(&w, RAM);
	make_blind(&w, RAM + FRAME_SIZE);
	EXPECT_EQ(set.opened, 2);
	EXPECT_EQ(set.blind_page, RAM + FRAME_SIZE);
	EXPECT_EQ(blind_pages(&w, 1), 2);
	EXPECT_EQ(blind_pages(&w, 2), 0);
	/* Another one: nothing changes for the first */
	watch_rearm(&set, &w.pt, watch_find(&set, 2));
	EXPECT_EQ(blind_pages(&w, 1), 2);
	/* One that shares a page, which is closed again */
	EXPECT_EQ(watch(&w, RAM + 0x100, 8, WATCH_WRITE, 0), 3);
	EXPECT_EQ(blind_pages(&w, 1), 1);
	EXPECT_EQ(blind_pages(&w, 3), 0);
	world_end(&w);
}

/* Proves: FLT-155 */
HOST_TEST(a_watch_set_anew_counts_exclusives_anew)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_READ, 0), 1);
	make_blind(&w, RAM);
	watch_del(&set, &w.pt, watch_find(&set, 1));
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_READ, 0), 1);
	EXPECT_EQ(blind_pages(&w, 1), 0);
	make_blind(&w, RAM);
	EXPECT_EQ(set.opened, 2);
	EXPECT_EQ(blind_pages(&w, 1), 1);
	world_end(&w);
}

/* Proves: FLT-155 */
HOST_TEST(a_watch_that_has_stopped_or_takes_nothing_is_not_blind)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_READ, 1), 1);
	EXPECT_EQ(access_at(&w, RAM, LDR_X0_X1), 3);
	EXPECT_EQ(blind_pages(&w, 1), 0);
	/* Data, which nothing can execute anyway */
	EXPECT_EQ(watch(&w, RAM + 0x8000, 8, WATCH_EXEC, 0), 2);
	EXPECT_EQ(blind_pages(&w, 2), 0);
	world_end(&w);
}

/* Proves: CMMU-093 */
HOST_TEST(exclusives_are_let_through_when_they_do_not_succeed)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_READ, 0), 1);
	for (unsigned int i = 0; i < WATCH_EXCLUSIVES; i++)
		EXPECT_EQ(access_at(&w, RAM, LDXR_X0_X1), 3);
	EXPECT_EQ(set.opened, 0);
	EXPECT_EQ(blind_pages(&w, 1), 0);
	EXPECT_EQ(access_at(&w, RAM, LDXR_X0_X1), 2);
	EXPECT_EQ(set.opened, 1);
	EXPECT_EQ(blind_pages(&w, 1), 1);
	EXPECT_EQ(set.blind, WATCH_BLIND_EXCLUSIVE);
	EXPECT_EQ(set.blind_page, RAM);
	EXPECT_EQ(set.blind_pc, CODE);
	EXPECT_EQ(access_at(&w, RAM, LDXR_X0_X1), ROUNDS);
	watch_rearm(&set, &w.pt, watch_find(&set, 1));
	EXPECT_EQ(set.opened, 1);
	EXPECT_EQ(blind_pages(&w, 1), 0);
	EXPECT_EQ(access_at(&w, RAM, LDXR_X0_X1), 3);
	world_end(&w);
}

/* Proves: CMMU-094 */
HOST_TEST(cache_maintenance_passes_but_for_what_throws_data_away)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_READ | WATCH_WRITE, 0), 1);
	EXPECT_EQ(access_at(&w, RAM + 32, DC_CIVAC_X1), 3);
	EXPECT_EQ(set.logged, 0);
	EXPECT_EQ(access_at(&w, RAM + 32, DC_IVAC_X1), 3);
	EXPECT_EQ(set.logged, 1);
	EXPECT_EQ(last_hit()->access, WATCH_WRITE);
	EXPECT_EQ(last_hit()->addr, RAM);
	EXPECT_EQ(last_hit()->size, 64);
	EXPECT_EQ(last_hit()->n, 0);
	world_end(&w);
}

/* Proves: CMMU-089 */
HOST_TEST(an_instruction_that_is_not_known_is_logged_by_its_syndrome)
{
	struct world w;
	struct fault fault;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8192, WATCH_WRITE, 0), 1);
	memory_insn = CPYFP;
	regs.pc = CODE;
	EXPECT(!passes(&w, RAM + 0x123, FAULT_WRITE, &fault));
	EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
	EXPECT_EQ(set.logged, 1);
	EXPECT_EQ(last_hit()->addr, RAM + 0x123);
	EXPECT_EQ(last_hit()->size, 0);
	EXPECT_EQ(last_hit()->n, 0);
	/* and goes on to the next page */
	EXPECT(!passes(&w, RAM + 0x1000, FAULT_WRITE, &fault));
	EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
	EXPECT_EQ(regs.pc, SLOT);
	EXPECT_EQ(set.logged, 2);
	EXPECT_EQ(last_hit()->pc, CODE);
	world_end(&w);
}

/* Proves: CMMU-090 */
HOST_TEST(no_more_pages_are_open_than_one_instruction_needs)
{
	struct world w;
	struct fault fault;
	unsigned int open = 0;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 0x10000, WATCH_WRITE, 0), 1);
	memory_insn = CPYFP;
	regs.pc = CODE;
	for (u64 va = RAM; va < RAM + 0x10000; va += 0x1000) {
		EXPECT(!passes(&w, va, FAULT_WRITE, &fault));
		EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
		EXPECT(!is_closed(&w, va));
	}
	for (u64 va = RAM; va < RAM + 0x10000; va += 0x1000)
		open += !is_closed(&w, va);
	EXPECT_EQ(open, WATCH_OPEN);
	regs.pc = SLOT + 4;
	fault = (struct fault){ .kind = FAULT_BREAK };
	EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
	for (u64 va = RAM; va < RAM + 0x10000; va += 0x1000)
		EXPECT(is_closed(&w, va));
	EXPECT_ORDER(&w);
	world_end(&w);
}

#define TEXT	(3 * GiB)

/* Executable pages to watch, with @insn in them. */
static void map_text(struct world *w)
{
	static const struct vmsa_attr rwx = {
		VMSA_WB, VMSA_ISH, VMSA_RW, true
	};

	EXPECT_EQ(pgtable_map(&w->pt, TEXT, 0, 2 * MiB, rwx, PGTABLE_ALLOW_WX,
			      &w->res), 0);
}

/* Proves: CMMU-087 CMMU-095 */
HOST_TEST(each_instruction_of_a_watched_page_is_executed_once)
{
	struct world w;

	begin(&w);
	map_text(&w);
	EXPECT_EQ(watch(&w, TEXT + 0x10, 4, WATCH_EXEC, 0), 1);
	EXPECT_EQ(execute(&w, TEXT + 0xc, NOP), 3);
	EXPECT_EQ(set.logged, 0);
	EXPECT_EQ(execute(&w, TEXT + 0x10, NOP), 3);
	EXPECT_EQ(regs.pc, TEXT + 0x14);
	EXPECT_EQ(set.logged, 1);
	EXPECT_EQ(last_hit()->access, WATCH_EXEC);
	EXPECT_EQ(last_hit()->addr, TEXT + 0x10);
	EXPECT_EQ(last_hit()->size, 4);
	/* Displaced: no slot */
	EXPECT_EQ(nputs, 2);
	EXPECT_EQ(execute(&w, TEXT + 0x10, BL_8), 2);
	EXPECT_EQ(regs.pc, TEXT + 0x18);
	EXPECT_EQ(regs.x[30], TEXT + 0x14);
	EXPECT_EQ(nputs, 2);
	EXPECT_EQ(execute(&w, TEXT + 0x10, LDR_X4_LITERAL), 3);
	EXPECT_EQ(regs.x[4], TEXT + 0x18);	/* nothing loads here */
	EXPECT_EQ(set.logged, 3);
	/* Reading it is no hit, and not noticed at all. */
	EXPECT_EQ(access_at(&w, TEXT + 0x10, LDR_X0_X1), ROUNDS);
	world_end(&w);
}

/* Proves: CMMU-095 */
HOST_TEST(what_can_not_be_displaced_ends_the_watch_of_its_page)
{
	struct world w;

	begin(&w);
	map_text(&w);
	EXPECT_EQ(watch(&w, TEXT, 4, WATCH_EXEC, 0), 1);
	EXPECT_EQ(execute(&w, TEXT, ERET), 2);
	EXPECT_EQ(set.logged, 1);
	EXPECT_EQ(set.blind, WATCH_BLIND_INSN);
	EXPECT_EQ(set.blind_pc, TEXT);
	EXPECT_EQ(execute(&w, TEXT, NOP), ROUNDS);
	world_end(&w);
}

/* Proves: CMMU-095 CMMU-092 */
HOST_TEST(a_fault_of_a_displaced_load_gives_the_register_back)
{
	struct world w;
	struct fault fault;

	begin(&w);
	map_text(&w);
	EXPECT_EQ(watch(&w, TEXT, 4, WATCH_EXEC, 0), 1);
	regs.pc = TEXT;
	regs.x[4] = 4444;
	memory_insn = LDR_X4_LITERAL;
	EXPECT(!passes(&w, TEXT, FAULT_EXEC, &fault));
	EXPECT(watch_fault(&set, &w.pt, &regs, &fault));
	EXPECT_EQ(regs.pc, SLOT);
	EXPECT_EQ(regs.x[4], TEXT + 8);
	watch_give_up(&set, &w.pt, &regs);
	EXPECT_EQ(regs.x[4], 4444);
	EXPECT_EQ(regs.pc, TEXT);
	/* It was fetched all the same. */
	EXPECT_EQ(set.logged, 1);
	world_end(&w);
}

/* Proves: CMMU-088 CMMU-095 */
HOST_TEST(code_and_data_in_one_watched_page)
{
	struct world w;

	begin(&w);
	map_text(&w);
	EXPECT_EQ(watch(&w, TEXT, 0x100, WATCH_READ | WATCH_WRITE | WATCH_EXEC,
			0), 1);
	regs.x[1] = TEXT + 0x20;
	regs.x[0] = 5;
	EXPECT_EQ(execute(&w, TEXT, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 2);
	EXPECT_EQ(watch_hit(&set, 0)->access, WATCH_EXEC);
	EXPECT_EQ(watch_hit(&set, 1)->access, WATCH_WRITE);
	EXPECT_EQ(watch_hit(&set, 1)->value[0], 5);
	/* Data in another page that is watched */
	EXPECT_EQ(watch(&w, RAM, 4, WATCH_WRITE, 0), 2);
	regs.x[1] = RAM;
	EXPECT_EQ(execute(&w, TEXT + 0x200, STR_W0_X1), 4);
	EXPECT_EQ(set.logged, 3);
	EXPECT_EQ(last_hit()->id, 2);
	EXPECT_EQ(last_hit()->pc, TEXT + 0x200);
	EXPECT(is_closed(&w, RAM));
	EXPECT(is_closed(&w, TEXT));
	/* Exclusives there */
	for (unsigned int i = 0; i < WATCH_EXCLUSIVES; i++)
		EXPECT(execute(&w, TEXT + 0x200, LDXR_X0_X1));
	EXPECT_EQ(execute(&w, TEXT + 0x200, LDXR_X0_X1), 2);
	EXPECT_EQ(set.blind, WATCH_BLIND_EXCLUSIVE);
	world_end(&w);
}

/* Proves: CMMU-091 CMMU-096 */
HOST_TEST(pages_are_as_they_were_when_no_watch_has_them)
{
	struct world w;
	pte_t was;

	begin(&w);
	was = world_pte(&w, RAM + 0x5000);
	EXPECT_EQ(watch(&w, RAM + 0x1ffc, 0x3000, WATCH_READ, 0), 1);
	EXPECT_EQ(watch(&w, RAM + 0x3000, 0x2800, WATCH_WRITE, 0), 2);
	EXPECT_EQ(watch_in(&set, RAM + 0x1fff, 1), 1);
	EXPECT_EQ(watch_in(&set, RAM, 0x1000), 0);
	EXPECT_EQ(watch_in(&set, RAM + 0x5fff, 1), 2);
	EXPECT_EQ(watch_in(&set, RAM + 0x6000, 1), 0);
	EXPECT_EQ(world_pa(&w, RAM + 0x4000), PA_NONE);
	watch_del(&set, &w.pt, watch_find(&set, 1));
	EXPECT(!watch_find(&set, 1));
	EXPECT(!pte_lent(world_pte(&w, RAM + 0x2000)));
	EXPECT(!is_closed(&w, RAM + 0x1000));
	EXPECT(is_closed(&w, RAM + 0x4000));
	EXPECT_EQ(world_pa(&w, RAM + 0x4000), RAM + 0x4000);
	EXPECT_EQ(world_level(&w, RAM), 3);
	watch_del(&set, &w.pt, watch_find(&set, 2));
	EXPECT_EQ(world_pte(&w, RAM + 0x5000), was);
	EXPECT_EQ(set.lend.n, 0);
	EXPECT_ORDER(&w);
	world_end(&w);
}

/* Proves: CMMU-096 */
HOST_TEST(watches_that_make_no_sense_are_refused)
{
	struct world w;

	begin(&w);
	EXPECT_REFUSED(&w, watch(&w, RAM, 0, WATCH_READ, 0), -EINVAL);
	EXPECT_REFUSED(&w, watch(&w, RAM, 1, 0, 0), -EINVAL);
	EXPECT_REFUSED(&w, watch(&w, -4ull, 8, WATCH_READ, 0), -ERANGE);
	EXPECT_REFUSED(&w, watch(&w, 1ull << 40, 8, WATCH_READ, 0), -ERANGE);
	EXPECT_REFUSED(&w, watch(&w, 2 * GiB, 8, WATCH_READ, 0), -ENOENT);
	EXPECT(!watch_find(&set, 0));
	EXPECT(!watch_find(&set, 1));
	EXPECT(!watch_find(&set, WATCH_MAX + 1));
	EXPECT(!watch_find(&set, ~0ull));
	for (unsigned int i = 0; i < WATCH_MAX; i++)
		EXPECT_EQ(watch(&w, RAM + i * 8, 8, WATCH_READ, 0), i + 1);
	EXPECT_REFUSED(&w, watch(&w, RAM, 8, WATCH_READ, 0), -ENFILE);
	watch_forget(&set);
	EXPECT(!watch_find(&set, 1));
	EXPECT_EQ(set.lend.n, 0);
	world_end(&w);
}

/* Proves: CMMU-087 */
HOST_TEST(nothing_is_logged_while_somebody_reads_the_log)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 8, WATCH_WRITE, 0), 1);
	set.paused = true;
	EXPECT_EQ(access_at(&w, RAM, STR_W0_X1), 3);
	EXPECT_EQ(set.logged + set.passed, 0);
	set.paused = false;
	EXPECT_EQ(access_at(&w, RAM, STR_W0_X1), 3);
	EXPECT_EQ(set.logged, 1);
	world_end(&w);
}

/* Proves: CMMU-087 */
HOST_TEST(the_log_keeps_the_last_hits)
{
	struct world w;

	begin(&w);
	EXPECT_EQ(watch(&w, RAM, 0x1000, WATCH_WRITE, 0), 1);
	for (unsigned int i = 0; i < WATCH_LOG + 5; i++)
		EXPECT_EQ(access_at(&w, RAM + 4 * i, STR_W0_X1), 3);
	EXPECT(!watch_hit(&set, 4));
	EXPECT_EQ(watch_hit(&set, 5)->addr, RAM + 20);
	EXPECT_EQ(watch_hit(&set, WATCH_LOG + 4)->addr,
		  RAM + 4 * (WATCH_LOG + 4));
	EXPECT(!watch_hit(&set, WATCH_LOG + 5));
	world_end(&w);
}
