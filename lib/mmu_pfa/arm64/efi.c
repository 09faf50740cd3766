// SPDX-License-Identifier: GPL-2.0+
/*
 * What an EFI application leaves in U-Boot when a fault ends it, as far as that
 * can be undone: see live_abandon_application() in live.h.
 */

#include <efi_loader.h>
#include <stdio.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>

/* Events that would call the application; those of U-Boot itself stay. */
static void close_events(void)
{
	struct efi_event *event, *next;

	list_for_each_entry_safe(event, next, &efi_events, link) {
		if (event->notify_function &&
		    !catch_in_uboot((ulong)event->notify_function))
			EFI_CALL(systab.boottime->close_event(event));
	}
}

/* As do_bootefi_exec() and a well-behaved application leave it. */
static void clean_up(void)
{
	close_events();
	efi_set_watchdog(0);
	/* Also calls what has waited for that: not before the events are closed */
	EFI_CALL_VOID(systab.boottime->restore_tpl(TPL_APPLICATION));
}

/* What faulted may have been in the middle of a list. */
void live_abandon_application(void)
{
	struct catch_point point;

	if (catch_begin(&point)) {
		printf("mmu: EFI's lists are broken: reset before bootefi\n");
		return;
	}
	clean_up();
	catch_end(&point);
}
