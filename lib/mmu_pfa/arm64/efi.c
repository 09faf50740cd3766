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

static bool is_in_memory(const struct efi_device_path *dp)
{
	return dp->type == DEVICE_PATH_TYPE_HARDWARE_DEVICE &&
	       dp->sub_type == DEVICE_PATH_SUB_TYPE_MEMORY;
}

/*
 * An application that is in memory has a device for that, which bootefi makes and
 * takes away. As long as it is there, newer releases start no other.
 */
static void remove_device(void)
{
	struct efi_handler *handler;
	struct efi_object *object;

	list_for_each_entry(object, &efi_obj_list, link) {
		if (efi_search_protocol(object, &efi_guid_device_path,
					&handler) != EFI_SUCCESS ||
		    !is_in_memory(handler->protocol_interface))
			continue;
		efi_uninstall_multiple_protocol_interfaces(object,
				&efi_guid_device_path,
				handler->protocol_interface, NULL);
		break;
	}
}

/* As do_bootefi_exec() and a well-behaved application leave it. */
static void clean_up(void)
{
	close_events();
	remove_device();
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
