// SPDX-License-Identifier: GPL-2.0+
/*
 * Guards on the live tables: see live_guard.h.
 */

#include <asm/global_data.h>
#include <asm/sections.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <mmu_pfa/lend.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_guard.h>

#include "image.h"

DECLARE_GLOBAL_DATA_PTR;

static const struct {
	const char *name;
	unsigned int taken;
} kinds[LIVE_GUARDS] = {
	[LIVE_GUARD_NULL] = { "null", LEND_READ },
	[LIVE_GUARD_STACK] = { "stack", LEND_READ },
	[LIVE_GUARD_TEXT] = { "text", LEND_WRITE },
};

/* What each has split; and whether it is on. */
static struct lend lends[LIVE_GUARDS];
static bool on[LIVE_GUARDS];

const char *live_guard_name(enum live_guard guard)
{
	return kinds[guard].name;
}

static bool text_range(u64 *va, u64 *size)
{
	u64 start = ALIGN((ulong)__efi_runtime_stop, FRAME_SIZE);
	u64 end = ALIGN_DOWN(image_rodata_end(), FRAME_SIZE);

	/* Firmware that U-Boot brings keeps its data between code and constants. */
	if (IS_ENABLED(CONFIG_ARMV8_PSCI) || end <= start)
		return false;
	*va = start;
	*size = end - start;
	return true;
}

bool live_guard_range(enum live_guard guard, u64 *va, u64 *size)
{
	*size = FRAME_SIZE;
	switch (guard) {
	case LIVE_GUARD_NULL:
		*va = 0;
		return true;
	case LIVE_GUARD_STACK:
		*va = ALIGN_DOWN(gd->start_addr_sp - CONFIG_STACK_SIZE,
				 FRAME_SIZE);
		return true;
	default:
		return text_range(va, size);
	}
}

bool live_guard_is_on(enum live_guard guard)
{
	return on[guard];
}

/* Whether nobody has the access that a guard would take. */
static bool is_taken(struct pgtable *pt, u64 va, u64 size, unsigned int taken)
{
	struct pgtable_region r;
	u64 end = va + size;

	for (; pgtable_next_region(pt, va, end, 0, &r); va = r.va + r.size) {
		if (pte_valid(r.pte) &&
		    (taken & LEND_READ || !(r.pte & PTE_AP_RO)))
			return false;
	}
	return true;
}

/* The tree has been brought back. */
static void forget(enum live_restore_why why)
{
	memset(lends, 0, sizeof(lends));
	memset(on, 0, sizeof(on));
}

static struct live_restore_hook restore_hook = { .forget = forget };

static void set_up_once(void)
{
	static bool done;

	if (!done)
		live_on_restore(&restore_hook);
	done = true;
}

int live_guard_on(enum live_guard guard, struct pgtable_result *res)
{
	unsigned int taken = kinds[guard].taken;
	struct pgtable *pt = live_pgtable();
	u64 va, size;
	int err;

	if (on[guard])
		return 0;
	if (!live_guard_range(guard, &va, &size))
		return -ENODEV;
	if (is_taken(pt, va, size, taken))
		return -EALREADY;
	set_up_once();
	err = lend_begin(&lends[guard], pt, va, size, res);
	if (err)
		return err;
	lend_take(pt, va, size, taken);
	on[guard] = true;
	return 0;
}

void live_guard_off(enum live_guard guard)
{
	u64 va, size;

	if (!on[guard])
		return;
	live_guard_range(guard, &va, &size);
	lend_end(&lends[guard], live_pgtable(), va, size);
	on[guard] = false;
}

bool live_guard_in(enum live_guard guard, u64 va, u64 size)
{
	u64 start, bytes;

	return on[guard] && live_guard_range(guard, &start, &bytes) &&
	       (start - va < size || va - start < bytes);
}

const char *live_guarded(u64 va, u64 size)
{
	for (unsigned int i = 0; i < LIVE_GUARDS; i++) {
		if (live_guard_in(i, va, size))
			return kinds[i].name;
	}
	return NULL;
}
