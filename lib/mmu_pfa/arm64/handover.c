// SPDX-License-Identifier: GPL-2.0+
/*
 * Handing the machine over: code that is not U-Boot's finds U-Boot's own map,
 * and nothing that acts on faults. An operating system finds U-Boot's own
 * vectors, too. An application finds ours in front of them, so that the code of
 * U-Boot that it calls is still guarded; what it does itself goes straight on.
 *
 * There are two places where that happens. An EFI application is started by
 * do_bootefi_exec(), which calls switch_to_non_secure_mode() right before; the
 * linker sends that call here. And before an operating system takes over, by
 * booti and its like or by ExitBootServices(), U-Boot removes devices. The map
 * comes back before the first of them, by another call that the linker sends
 * here: their drivers have to find their registers. The vectors come back with
 * the device below, which is among the last: until then a driver's fault costs
 * its command and not the board.
 *
 * When foreign code returns, or a boot fails, the command that began it ends, and
 * that is where U-Boot is taken back: on its own map, and with everything else
 * as after the start.
 *
 * Memory stays allocated: the EFI memory map says that it is in use.
 */

#include <dm.h>
#include <event.h>
#include <stdio.h>
#include <asm/global_data.h>
#include <asm/system.h>
#include <dm/root.h>
#include <linux/errno.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

#include "wrap.h"

DECLARE_GLOBAL_DATA_PTR;

static bool handed_over;

/* Taken back, but for the map. */
static bool stuck;

/*
 * With no table left to bring back one that is missing: U-Boot's emergency
 * tree has the map that U-Boot began with.
 */
static void hand_over_emergency_tree(void)
{
	struct live_regs regs;

	live_regs(&regs);
	if (!regs.mmu || !gd->arch.tlb_emerg) {
		printf("mmu: out of tables: the boot-time map is not restored\n");
		return;
	}
	/* Where an application that was started on it exits boot services */
	if (live_on_emergency_tree())
		return;
	__asm_switch_ttbr(gd->arch.tlb_emerg);
	printf("mmu: handing over on U-Boot's emergency map: out of tables\n");
}

static void hand_over(void)
{
	struct pgtable_result res;
	int err = live_restore(LIVE_HANDOVER, &res);

	if (err == -ENOMEM)
		hand_over_emergency_tree();
	else if (!handed_over)
		printf("mmu: handing over on the boot-time map\n");
	handed_over = true;
}

/* The exception level is final when the original has returned. */
void __wrap_switch_to_non_secure_mode(void)
{
	catch_disarm(true);
	__real_switch_to_non_secure_mode();
	catch_disarm(false);
	hand_over();
	catch_foreign_begin();
}

void __wrap_dm_remove_devices_active(void)
{
	hand_over();
	__real_dm_remove_devices_active();
}

/* Once more for the map, for devices that something else has removed. */
static int handover_remove(struct udevice *dev)
{
	hand_over();
	catch_hand_over();
	return 0;
}

U_BOOT_DRIVER(mmu_pfa_handover) = {
	.name = "mmu_pfa_handover",
	.id = UCLASS_NOP,
	.remove = handover_remove,
	/* Vital: removed in the second round, after what may still fault. */
	.flags = DM_FLAG_OS_PREPARE | DM_FLAG_VITAL,
};

U_BOOT_DRVINFO(mmu_pfa_handover) = {
	.name = "mmu_pfa_handover",
};

/* Only a device that is probed is removed. */
static void probe_device(void)
{
	struct udevice *dev;
	int ret;

	ret = uclass_get_device_by_driver(UCLASS_NOP,
					  DM_DRIVER_GET(mmu_pfa_handover),
					  &dev);
	if (ret)
		printf("mmu: no device to be told of a hand-over by: %d\n", ret);
}

/* What U-Boot has mapped so far is its own map. */
int mmu_pfa_handover_start(void)
{
	probe_device();
	live_editable();
	return 0;
}
EVENT_SPY_SIMPLE(EVT_LAST_STAGE_INIT, mmu_pfa_handover_start);

/* As long as tables are lacking, again after each command: one may free some. */
void live_take_back(void)
{
	struct pgtable_result res;

	if (handed_over)
		probe_device();
	else if (!stuck)
		return;
	if (!live_restore(LIVE_RESET, &res)) {
		printf("mmu: taken back on the boot-time map\n");
		stuck = false;
	} else if (handed_over) {
		printf("mmu: taken back, still on %s: out of tables\n",
		       live_on_emergency_tree() ?
		       "U-Boot's emergency map" : "the commands' map");
		stuck = true;
	}
	handed_over = false;
}
