// SPDX-License-Identifier: GPL-2.0+
/*
 * Faults of the running U-Boot, provoked: those that take descriptors which no
 * command would write, and those that take registers which no command would
 * load. All happens at free virtual addresses, and nothing is left there.
 */

#include <command.h>
#include <efi_loader.h>
#include <malloc.h>
#include <asm/global_data.h>
#include <asm/system.h>
#include <linux/errno.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#include "../../lib/mmu_pfa/arm64/catch_frame.h"

DECLARE_GLOBAL_DATA_PTR;

/* QEMU virt: nothing translates it; it translates, and nobody answers */
#define UNMAPPED	0x4020000000ull
#define NOTHING		0x90000000ull

/* The syndrome of an SError that says nothing more */
#define ESR_SERROR	(0x2full << 26 | 1ull << 25)

/* An access that nobody has prepared for. */
static void touch(u64 va)
{
	asm volatile("ldrb wzr, [%0]" : : "r" (va) : "memory");
}

/* All exceptions masked, as DAIF has it */
#define DAIF_ALL	0x3c0

/* A page of its own at a free GiB, and the descriptor that maps it. */
struct page {
	struct pgtable *pt;
	void *memory;
	u64 va;
	pte_t *entry;
};

static int map_page(struct unit_test_state *uts, struct page *page)
{
	const struct vmsa_attr rw = {
		.type = VMSA_WB, .share = VMSA_ISH, .perm = VMSA_RW,
	};
	struct pgtable_result res;
	struct pgtable_walk walk;

	page->pt = live_pgtable();
	page->memory = memalign(SZ_4K, SZ_4K);
	ut_assertnonnull(page->memory);
	memset(page->memory, 0xa5, SZ_4K);
	ut_assertok(pgtable_find_hole(page->pt, live_ram_end(), SZ_1G, SZ_1G, 0,
				      &page->va));
	ut_assertok(pgtable_map(page->pt, page->va, (ulong)page->memory, SZ_4K,
				rw, 0, &res));
	ut_assertok(pgtable_walk(page->pt, page->va, &walk));
	page->entry = (pte_t *)pgtable_last_step(&walk)->entry;
	return 0;
}

static void unmap_page(struct page *page)
{
	struct pgtable_result res;

	pgtable_unmap(page->pt, page->va, SZ_4K, 0, &res);
	free(page->memory);
}

/* With break-before-make, whatever changes. */
static void set_entry(pte_t *entry, pte_t pte)
{
	WRITE_ONCE(*entry, 0);
	asm volatile("dsb ishst" : : : "memory");
	__asm_invalidate_tlb_all();
	WRITE_ONCE(*entry, pte);
	asm volatile("dsb ishst; isb" : : : "memory");
}

/* The kind and level of the fault that a guarded read ends in. */
static int read_faults(struct unit_test_state *uts, u64 va, const char *kind,
		       int level)
{
	const struct catch_record *last;
	u64 value;

	ut_assert(!catch_read(va, 4, &value));
	last = catch_last();
	ut_assertnonnull(last);
	ut_asserteq_str(kind, fault_name(&last->fault));
	ut_asserteq(FAULT_READ, last->fault.access);
	ut_asserteq_64(va, last->fault.addr);
	ut_asserteq(level, last->fault.has_level ? last->fault.level : -1);
	ut_assert(last->guarded);
	return 0;
}

/* Proves: FLT-024 */
static int lib_test_mmu_pfa_fault_levels(struct unit_test_state *uts)
{
	struct page page;
	u64 value;

	ut_assertok(map_page(uts, &page));
	ut_assert(catch_read(page.va, 4, &value));
	ut_asserteq_64(0xa5a5a5a5, value);
	ut_assertok(read_faults(uts, page.va + SZ_4K, "unmapped", 3));
	ut_assertok(read_faults(uts, page.va + SZ_2M, "unmapped", 2));
	/* The whole GiB was free */
	unmap_page(&page);
	ut_assertok(read_faults(uts, page.va, "unmapped", 1));
	ut_assertok(read_faults(uts, 1ull << page.pt->va_bits, "unmapped", 0));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_levels, 0);

/* Proves: FLT-024 */
static int lib_test_mmu_pfa_fault_descriptors(struct unit_test_state *uts)
{
	struct page page;
	pte_t good;

	ut_assertok(map_page(uts, &page));
	good = *page.entry;
	set_entry(page.entry, good & ~PTE_AF);
	ut_assertok(read_faults(uts, page.va, "access-flag", 3));
	/* An output address beyond what TCR allows */
	set_entry(page.entry, good | 1ull << page.pt->pa_bits);
	ut_assertok(read_faults(uts, page.va, "addr-size", 3));
	set_entry(page.entry, good & ~(pte_t)PTE_TYPE_MASK);
	ut_assertok(read_faults(uts, page.va, "no-access", 3));
	set_entry(page.entry, (good & ~PTE_ADDR_MASK) | NOTHING);
	ut_assertok(read_faults(uts, page.va, "bus", -1));
	set_entry(page.entry, good);
	unmap_page(&page);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_descriptors, 0);

/* Proves: FLT-024 FLT-025 FLT-165 */
static int lib_test_mmu_pfa_fault_table_nowhere(struct unit_test_state *uts)
{
	const struct catch_record *last;
	struct pgtable_walk walk;
	struct page page;
	pte_t *entry;
	pte_t good;
	u64 count;

	ut_assertok(map_page(uts, &page));
	ut_assertok(pgtable_walk(page.pt, page.va, &walk));
	entry = (pte_t *)walk.step[walk.steps - 2].entry;
	good = *entry;
	set_entry(entry, pte_make_table(NOTHING));
	ut_assertok(read_faults(uts, page.va, "bus-on-walk", 3));
	/* The software walk could not read it either: steps up to there */
	last = catch_last();
	ut_asserteq(walk.steps - 1, last->walk.steps);
	ut_asserteq_64(pte_make_table(NOTHING),
		       pgtable_last_step(&last->walk)->pte);
	/* As the hint says; that is no other fault */
	count = catch_count();
	ut_asserteq(-EFAULT, catch_walk(page.va, &walk));
	ut_asserteq(last->walk.steps, walk.steps);
	ut_asserteq(1, run_commandf("mmu walk %llx", page.va));
	ut_asserteq_64(count, catch_count());
	set_entry(entry, good);
	unmap_page(&page);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_table_nowhere, 0);

/* Store to the stack pointer, wherever it points. */
static void store_at_sp(u64 sp)
{
	asm volatile("mov	x9, sp\n"
		     "mov	sp, %0\n"
		     "str	xzr, [sp]\n"
		     "mov	sp, x9\n" : : "r" (sp) : "x9", "memory");
}

static int sp_faults(struct unit_test_state *uts, u64 sp, const char *kind)
{
	struct catch_point point;

	if (!catch_begin(&point)) {
		store_at_sp(sp);
		catch_end(&point);
		ut_reportf("no fault with sp %llx", sp);
		return CMD_RET_FAILURE;
	}
	ut_asserteq_str(kind, fault_name(&catch_last()->fault));
	ut_asserteq_64(sp, catch_last()->sp);
	ut_asserteq_64(sp, catch_last()->fault.addr);
	return 0;
}

/* Proves: FLT-026 */
static int lib_test_mmu_pfa_fault_stack_pointer(struct unit_test_state *uts)
{
	const struct vmsa_attr ro = { .perm = VMSA_RO };
	struct pgtable_result res;
	struct page page;

	ut_assertok(sp_faults(uts, UNMAPPED, "unmapped"));
	ut_assertok(sp_faults(uts, NOTHING, "bus"));
	ut_assertok(sp_faults(uts, -16ull, "unmapped"));
	ut_assertok(map_page(uts, &page));
	ut_assertok(pgtable_protect(page.pt, page.va, SZ_4K, ro,
				    PGTABLE_NAMES_PERM, 0, &res));
	ut_assertok(sp_faults(uts, page.va + SZ_2K, "write-perm"));
	unmap_page(&page);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_stack_pointer, 0);

static u64 selected_sp(void)
{
	u64 spsel;

	asm volatile("mrs %0, spsel" : "=r" (spsel));
	return spsel;
}

/* Load from nowhere, with all that U-Boot relies on changed. */
static void fault_with_registers_lost(void)
{
	asm volatile("msr	daifclr, #0xf\n"
		     "mov	x18, %0\n"
		     "mov	x29, %0\n"
		     "ldr	xzr, [%0]\n" : : "r" (UNMAPPED));
	__builtin_unreachable();
}

/* Proves: FLT-027 */
static int lib_test_mmu_pfa_fault_registers(struct unit_test_state *uts)
{
	u64 before, after, sp = selected_sp();
	struct catch_point point;
	ulong gd_before = (ulong)gd;

	/* Not as earlier faults may have left it */
	asm volatile("mrs %0, daif; msr daifset, #0xf" : "=r" (before));
	if (!catch_begin(&point))
		fault_with_registers_lost();
	asm volatile("mrs %0, daif; msr daif, %1" : "=&r" (after)
		     : "r" (before));
	ut_asserteq_64(DAIF_ALL, after);
	ut_asserteq_64(gd_before, (ulong)gd);
	ut_asserteq_64(sp, selected_sp());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_registers, 0);

/* Proves: FLT-034 */
static int lib_test_mmu_pfa_fault_semihosting(struct unit_test_state *uts)
{
	register ulong x0 asm("x0") = 0;
	u64 before = catch_count();

	if (!CONFIG_IS_ENABLED(SEMIHOSTING_FALLBACK))
		return -EAGAIN;
	asm volatile("hlt #0xf000" : "+r" (x0) : : "x1", "memory");
	ut_asserteq(-1, (int)x0);
	ut_asserteq_64(before, catch_count());
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_semihosting, 0);

/* Proves: FLT-028 */
static int lib_test_mmu_pfa_fault_nested_points(struct unit_test_state *uts)
{
	struct catch_point outer, inner;
	u64 value;

	if (!catch_begin(&outer)) {
		if (!catch_begin(&inner)) {
			ut_assert(!catch_read(UNMAPPED, 1, &value));
			touch(UNMAPPED + 1);
			ut_reportf("no fault at %llx", UNMAPPED + 1);
			return CMD_RET_FAILURE;
		}
		/* Only the inner one has ended */
		ut_asserteq_64(UNMAPPED + 1, catch_last()->fault.addr);
		touch(UNMAPPED + 2);
		ut_reportf("no fault at %llx", UNMAPPED + 2);
		return CMD_RET_FAILURE;
	}
	ut_asserteq_64(UNMAPPED + 2, catch_last()->fault.addr);
	/* And that of the command is still there */
	ut_asserteq(1, run_command("md 4020000000 1", 0));
	ut_asserteq_64(UNMAPPED, catch_last()->fault.addr);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_nested_points, 0);

/* Proves: FLT-028 FLT-120 */
static int lib_test_mmu_pfa_fault_passed_over(struct unit_test_state *uts)
{
	struct catch_point outer, command, next;
	bool was_on = catch_enabled();

	if (!catch_begin(&outer)) {
		if (!catch_begin_for(&command, true)) {
			catch_enable(false);
			touch(UNMAPPED);
		}
		catch_enable(was_on);
		ut_reportf("caught by a command while commands are not");
		return CMD_RET_FAILURE;
	}
	catch_enable(was_on);
	/* The point that was passed over has gone with the code around it */
	catch_enter(&next, false);
	catch_end(&next);
	ut_asserteq_ptr(outer.prev, next.prev);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_passed_over, 0);

/* Bytes of the heap in use: its chunks follow on each other. */
static ulong heap_in_use(void)
{
	ulong chunk = ALIGN(mem_malloc_start, 16), used = 0;

	while (chunk + 16 < mem_malloc_brk) {
		ulong size = *(ulong *)(chunk + 8) & ~7ul;

		if (size < 16 || size > mem_malloc_brk - chunk)
			return 0;
		if (*(ulong *)(chunk + size + 8) & 1)
			used += size;
		chunk += size;
	}
	return used;
}

/*
 * The commands that leave nothing of their own: each way through the report,
 * the shell variables, scripts, nested commands and guarded accesses.
 */
static const char *const faulty[] = {
	"md 4020000000 1",
	"mw.b 4020000001 1",
	"md 90000000 1",
	"go 4020000000",
	"mmu peek 4020000000",
	"mmu try mw 90000000 1",
	"if md 4020000008 1; then true; else false; fi",
	"run mmu_pfa_bad",
	"mmu probe 90000000",
	"exception undefined",
};

/* Proves: FLT-158 */
static int lib_test_mmu_pfa_fault_report_faults(struct unit_test_state *uts)
{
	const void *blob = gd->fdt_blob;
	u64 before = catch_count();
	int ret;

	/* The report asks whether it is in the way */
	gd->fdt_blob = (const void *)UNMAPPED;
	ret = run_command("md 4020000010 1", 0);
	gd->fdt_blob = blob;
	ut_asserteq(1, ret);
	ut_asserteq_64(2, catch_count() - before);
	ut_asserteq_64(UNMAPPED + 0x10, catch_log(1)->fault.addr);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_report_faults, 0);

/* Proves: FLT-159 */
static int lib_test_mmu_pfa_fault_cyclic(struct unit_test_state *uts)
{
	struct catch_point outer;
	u64 value;

	if (!catch_begin(&outer)) {
		gd->flags |= GD_FLG_CYCLIC_RUNNING;
		/* Within a cyclic function it stays */
		catch_read(UNMAPPED, 4, &value);
		if (gd->flags & GD_FLG_CYCLIC_RUNNING)
			touch(UNMAPPED + 1);
		catch_end(&outer);
	}
	ut_assert(!(gd->flags & GD_FLG_CYCLIC_RUNNING));
	ut_asserteq_64(UNMAPPED + 1, catch_last()->fault.addr);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_cyclic, 0);

/* Of the events that U-Boot has, the one whose timer runs once. */
static struct efi_event *watchdog(void)
{
	struct efi_event *event;

	list_for_each_entry(event, &efi_events, link) {
		if (event->type == (EVT_TIMER | EVT_NOTIFY_SIGNAL) &&
		    event->trigger_type == EFI_TIMER_RELATIVE)
			return event;
	}
	return NULL;
}

/* What bootefi makes for an application; refused if there is one already. */
static efi_status_t add_device(efi_handle_t *device)
{
	static struct efi_device_path *path;

	if (!path)
		path = efi_dp_from_mem(EFI_RESERVED_MEMORY_TYPE, UNMAPPED,
				       SZ_4K);
	*device = NULL;
	return efi_install_multiple_protocol_interfaces(device,
			&efi_guid_device_path, path, NULL);
}

/*
 * Of an application that ends in a fault: here a command, as if there were one
 *
 * Proves: FLT-164
 */
static int lib_test_mmu_pfa_fault_abandoned(struct unit_test_state *uts)
{
	efi_handle_t device;

	if (!IS_ENABLED(CONFIG_EFI_LOADER))
		return -EAGAIN;
	ut_asserteq(EFI_SUCCESS, efi_init_obj_list());
	ut_asserteq(EFI_SUCCESS, add_device(&device));
	ut_assertnull(watchdog());
	catch_foreign_begin();
	efi_set_watchdog(300);
	ut_assertnonnull(watchdog());
	ut_asserteq(1, run_command("md 4020000000 1", 0));
	ut_assert(!catch_foreign_runs());
	ut_assertnull(watchdog());
	/* With what the next one would begin with, and end with */
	ut_asserteq(EFI_SUCCESS, add_device(&device));
	catch_foreign_begin();
	ut_asserteq(1, run_command("md 4020000000 1", 0));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_abandoned, 0);

#define ROUNDS	100

/*
 * The shell's variables get their memory anew each time, and a chunk whose rest
 * would be too small is larger than it need be. The smallest leak there is, in
 * one of the commands, comes to ROUNDS times 16 bytes.
 */
#define HEAP_SLACK	64

/* Proves: FLT-029 FLT-011 */
static int lib_test_mmu_pfa_fault_thousand(struct unit_test_state *uts)
{
	u64 faults = 0;
	ulong before = 0, after;

	ut_assertok(run_command("setenv mmu_pfa_bad 'md 4020000010 1'", 0));
	/* Once before it counts: variables and the like are made */
	for (unsigned int round = 0; round <= ROUNDS; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(faulty); i++)
			ut_asserteq(1, run_command(faulty[i], 0));
		if (round)
			continue;
		before = heap_in_use();
		faults = catch_count();
		ut_assert(before);
	}
	ut_asserteq_64(ROUNDS * ARRAY_SIZE(faulty), catch_count() - faults);
	after = heap_in_use();
	ut_assert(after);
	if (after > before + HEAP_SLACK)
		ut_asserteq(before, after);
	ut_assertok(run_command("setenv mmu_pfa_bad", 0));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_thousand, 0);

/* More than that would be a loop over something. */
#define CATCH_INSN_MAX	2000

/* Proves: FLT-030 */
static int lib_test_mmu_pfa_fault_cost(struct unit_test_state *uts)
{
	u64 start, good, caught, report, value;
	struct page page;

	if (!live_insn_start())
		return -EAGAIN;
	ut_assertok(map_page(uts, &page));
	start = live_insn_count();
	ut_assert(catch_read(page.va, 4, &value));
	good = live_insn_count() - start;
	start = live_insn_count();
	ut_assert(!catch_read(page.va + SZ_4K, 4, &value));
	caught = live_insn_count() - start;
	start = live_insn_count();
	ut_asserteq(1, run_command("md 4020000000 1", 0));
	report = live_insn_count() - start;
	live_insn_stop();
	unmap_page(&page);
	printf("guarded read: %llu instructions, %llu with a fault; ", good,
	       caught);
	printf("a command that faults, with report: %llu\n", report);
	ut_assert(caught < CATCH_INSN_MAX);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_cost, 0);

/*
 * The following end in U-Boot's report and a reset. They run by hand, or by the
 * console tests, with ut -f.
 */

/*
 * The catch point itself is gone when the handler looks for it; @left is what is
 * in the register that such faults are counted in.
 */
static int lose_point(struct unit_test_state *uts, u64 left)
{
	struct catch_point *point;
	struct pgtable_result res;
	struct page page;

	ut_assertok(map_page(uts, &page));
	point = (struct catch_point *)page.va;
	if (!catch_begin(point)) {
		pgtable_unmap(page.pt, page.va, SZ_4K, 0, &res);
		asm volatile("msr tpidr_el0, %0" : : "r" (left));
		touch(UNMAPPED);
	}
	return 0;
}

static int lib_test_mmu_pfa_fault_in_handler_norun(struct unit_test_state *uts)
{
	return lose_point(uts, 0);
}
LIB_TEST(lib_test_mmu_pfa_fault_in_handler_norun, UTF_MANUAL);

/* The same, after a program that uses the thread registers. */
static int lib_test_mmu_pfa_fault_in_handler_left_norun(struct unit_test_state *uts)
{
	return lose_point(uts, -1ull);
}
LIB_TEST(lib_test_mmu_pfa_fault_in_handler_left_norun, UTF_MANUAL);

/*
 * The same, and then everything that prints: neither U-Boot's report nor what
 * says that it has failed comes out.
 */
static int lib_test_mmu_pfa_fault_dead_console_norun(struct unit_test_state *uts)
{
	gd->flags &= ~GD_FLG_DEVINIT;
	gd->cur_serial_dev = (struct udevice *)UNMAPPED;
	return lib_test_mmu_pfa_fault_in_handler_norun(uts);
}
LIB_TEST(lib_test_mmu_pfa_fault_dead_console_norun, UTF_MANUAL);

/* The same, and then a list that U-Boot's report goes through. */
static int lib_test_mmu_pfa_fault_in_report_norun(struct unit_test_state *uts)
{
	if (!IS_ENABLED(CONFIG_EFI_LOADER))
		return -EAGAIN;
	efi_obj_list.next = (struct list_head *)UNMAPPED;
	return lib_test_mmu_pfa_fault_in_handler_norun(uts);
}
LIB_TEST(lib_test_mmu_pfa_fault_in_report_norun, UTF_MANUAL);

/* An operating system is being started; nothing runs within a point again. */
static int
lib_test_mmu_pfa_fault_after_hand_over_norun(struct unit_test_state *uts)
{
	catch_hand_over();
	touch(UNMAPPED);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_after_hand_over_norun, UTF_MANUAL);

/* Not ours to handle, and no stack for U-Boot's report. */
static int lib_test_mmu_pfa_fault_wild_sp_norun(struct unit_test_state *uts)
{
	catch_disarm(true);
	store_at_sp(UNMAPPED);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_wild_sp_norun, UTF_MANUAL);

static int lib_test_mmu_pfa_fault_ro_sp_norun(struct unit_test_state *uts)
{
	const struct vmsa_attr ro = { .perm = VMSA_RO };
	struct pgtable_result res;
	struct page page;

	ut_assertok(map_page(uts, &page));
	/* At its own address all else is as it is for a stack. */
	ut_assertok(pgtable_protect(page.pt, (ulong)page.memory, SZ_4K, ro,
				    PGTABLE_NAMES_PERM, 0, &res));
	catch_disarm(true);
	store_at_sp((ulong)page.memory + SZ_2K);
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_ro_sp_norun, UTF_MANUAL);

/* What the CPU does when an SError arrives: it tells of it, and takes the slot. */
static int lib_test_mmu_pfa_fault_serror_norun(struct unit_test_state *uts)
{
	ulong pc = (ulong)touch;

	switch (current_el()) {
	case 1:
		asm volatile("msr esr_el1, %0; msr elr_el1, %1"
			     : : "r" (ESR_SERROR), "r" (pc));
		break;
	case 2:
		asm volatile("msr esr_el2, %0; msr elr_el2, %1"
			     : : "r" (ESR_SERROR), "r" (pc));
		break;
	default:
		asm volatile("msr esr_el3, %0; msr elr_el3, %1"
			     : : "r" (ESR_SERROR), "r" (pc));
		break;
	}
	asm volatile("br %0" : : "r" ((ulong)mmu_pfa_vectors + 0x380));
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_fault_serror_norun, UTF_MANUAL);
