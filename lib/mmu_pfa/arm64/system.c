// SPDX-License-Identifier: GPL-2.0+
/*
 * The system PFA: one allocator over memory from LMB, registered as the
 * provider of table pages while it runs. It starts by itself when U-Boot is up,
 * unless the environment says pfa_autostart=no.
 */

#include <env.h>
#include <event.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <asm/global_data.h>
#include <mmu_pfa/live.h>

DECLARE_GLOBAL_DATA_PTR;

/* A zone that a request makes necessary is at least so large. */
#define GROWTH_MIN	SZ_16M

static struct pfa pfa;
static bool started;

struct pfa *system_pfa(void)
{
	return started ? &pfa : NULL;
}

u64 system_pfa_default_size(void)
{
	/* Whole 2 MiB, so that none of it is cut up from the start. */
	u64 size = ALIGN_DOWN(lmb_free_bytes() / 16, (u64)SZ_2M);

	return clamp(size, SYSTEM_PFA_MIN, SYSTEM_PFA_MAX);
}

int system_pfa_start(u64 size)
{
	int ret;

	if (started)
		return -EALREADY;
	/* U-Boot runs identity mapped: no offset between PA and VA. */
	pfa_init(&pfa, 0, &lmb_source);
	pfa_set_link_offset(&pfa, gd->reloc_off);
	ret = pfa_grow(&pfa, size);
	if (ret)
		return ret;
	ret = set_page_allocator(live_pages(), pfa_page_allocator(&pfa));
	if (ret) {
		pfa_fini(&pfa);
		return ret;
	}
	started = true;
	return 0;
}

int system_pfa_add(u64 pa, u64 size)
{
	int ret;

	if ((pa | size) & FRAME_MASK || !size || pa + size < pa)
		return -EINVAL;
	if (live_ram(pa, size) != size || !live_is_plain_ram(pa, size))
		return -EFAULT;
	ret = lmb_take_at(pa, size);
	if (ret)
		return ret;
	ret = pfa_add_zone(&pfa, pa, size);
	if (ret)
		lmb_source.give(NULL, pa, size);
	return ret;
}

/*
 * Take a zone from LMB in which requests fit that have failed, whatever for. One
 * that was made to fail shall fail.
 */
static bool grown_for(const struct pfa_request *req, u32 n)
{
	return !pfa_was_injected(&pfa) &&
	       (!pfa_grow_for(&pfa, req, n, GROWTH_MIN) ||
		!pfa_grow_for(&pfa, req, n, 0));
}

int system_pfa_alloc(const struct pfa_request *req, u32 n, u64 *pa)
{
	const struct pfa_request known =
		pfa_request_from(&pfa, req, __builtin_return_address(0));
	int ret;

	ret = pfa_alloc_many(&pfa, &known, n, pa);
	if (ret != -ENOMEM || req->lo || req->hi || !grown_for(req, n))
		return ret;
	ret = pfa_alloc_many(&pfa, &known, n, pa);
	if (ret)
		pfa_ungrow(&pfa);
	return ret;
}

int live_change(live_change_fn *change, const void *args,
		struct pgtable_result *res)
{
	const struct pfa_request table = { .size = FRAME_SIZE };
	struct pgtable *pt = live_pgtable();
	int ret = change(pt, args, res);

	if (ret != -ENOMEM || !started || !grown_for(&table, res->needed))
		return ret;
	ret = change(pt, args, res);
	if (ret < 0)
		pfa_ungrow(&pfa);
	return ret;
}

bool live_was_injected(void)
{
	return started && pfa_was_injected(&pfa);
}

/* Zones that were added by hand are LMB's too, but only we know. */
static int give_zones_back(void)
{
	struct pfa_zone_stats by_hand[PFA_ZONES];
	unsigned int n = 0;
	int ret;

	for (unsigned int i = 0; n < PFA_ZONES &&
	     pfa_zone_stats(&pfa, i, &by_hand[n]); i++)
		n += !by_hand[n].from_source;
	ret = pfa_fini(&pfa);
	if (ret)
		return ret;
	while (n--)
		lmb_source.give(NULL, by_hand[n].pa, by_hand[n].size);
	return 0;
}

int system_pfa_stop(void)
{
	struct pfa_stats stats;
	int ret;

	if (!started)
		return -ENODEV;
	pfa_stats(&pfa, &stats);
	if (stats.used)
		return -EBUSY;
	ret = set_page_allocator(live_pages(), NULL);
	if (ret)
		return ret;
	started = false;
	return give_zones_back();
}

/*
 * A small board may have no room for the default: take half as long as it is
 * worth it. Without a PFA tables come from the static pool, so nothing fails.
 */
int mmu_pfa_autostart(void)
{
	u64 size;

	if (env_get_yesno("pfa_autostart") == 0)
		return 0;
	for (size = system_pfa_default_size(); size >= SYSTEM_PFA_MIN;
	     size = ALIGN_DOWN(size / 2, (u64)SZ_2M)) {
		if (!system_pfa_start(size))
			return 0;
	}
	return 0;
}
EVENT_SPY_SIMPLE(EVT_LAST_STAGE_INIT, mmu_pfa_autostart);
