// SPDX-License-Identifier: GPL-2.0+
/*
 * What the watches have seen: told after the command in which it happened, never
 * where it happened.
 */

#include <command.h>
#include <stdio.h>
#include <vsprintf.h>
#include <linux/kernel.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_pfa_cli.h"
#include "mmu_report.h"
#include "mmu_watch.h"

/* So many lines of hits at most after one command. */
#define REPORT_GROUPS	8

/* Room for two values of 64 bits. */
#define VALUES_LEN	40

/* Hits that look the same but for address and value. */
struct group {
	const struct watch_hit *first;
	const struct watch_hit *last;
	u64 n;
	u64 low;
	u64 high;
};

/* How many hits have been told, and how many pages that are open for good. */
static u64 told;
static u64 told_opened;

const char *mmu_watch_access(unsigned int access)
{
	static const char *const names[] = {
		"", "r", "w", "rw", "x", "rx", "wx", "rwx"
	};

	return names[access & 7];
}

static const char *access_word(unsigned int access)
{
	switch (access) {
	case WATCH_READ:
		return "read";
	case WATCH_WRITE:
		return "write";
	case WATCH_EXEC:
		return "exec";
	default:
		return "update";
	}
}

/* "cafef00d", "0000000000000001 0000000000000002"; nothing if not known */
static void values_text(const struct watch_hit *hit, char *buf, size_t len)
{
	int used = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < hit->n; i++)
		used += snprintf(buf + used, len - used, "%s%0*llx",
				 i ? " " : "", 2 * hit->width, hit->value[i]);
}

static u64 hit_end(const struct watch_hit *hit)
{
	return hit->addr + (hit->size ? hit->size : 1);
}

static bool alike(const struct watch_hit *a, const struct watch_hit *b)
{
	return a->id == b->id && a->access == b->access &&
	       a->size == b->size && a->pc == b->pc && a->lr == b->lr;
}

/* Hits from number *@i on that are alike; up to @end. */
static void next_group(u64 *i, u64 end, struct group *group)
{
	const struct watch_set *set = live_watches();
	const struct watch_hit *hit = watch_hit(set, *i);

	*group = (struct group){ hit, hit, 0, hit->addr, hit_end(hit) };
	for (; *i < end; (*i)++, group->n++) {
		hit = watch_hit(set, *i);
		if (!alike(hit, group->first))
			break;
		group->last = hit;
		group->low = min(group->low, hit->addr);
		group->high = max(group->high, hit_end(hit));
	}
}

/* "watch 1: write 4 at 48000010 = cafef00d" and who did it */
static void print_group(const struct group *group)
{
	const struct watch_hit *hit = group->first;
	char values[VALUES_LEN], size[16] = "";

	if (hit->size && hit->access != WATCH_EXEC)
		snprintf(size, sizeof(size), " %u", hit->size);
	values_text(hit, values, sizeof(values));
	printf("watch %u: %s%s", hit->id, access_word(hit->access), size);
	if (group->n == 1)
		printf(" at %llx%s%s\n", hit->addr, *values ? " = " : "",
		       values);
	else
		printf(" x %llu at %llx-%llx\n", group->n, group->low,
		       group->high);
	if (group->n > 1 && group->first->n && group->last->n) {
		printf("  first %s", values);
		values_text(group->last, values, sizeof(values));
		printf(" last %s\n", values);
	}
	mmu_print_code(hit->pc, hit->lr);
}

static void report_stopped(const struct watch_set *set, u64 from, u64 end)
{
	unsigned int seen = 0;

	for (; from < end; from++)
		seen |= 1u << watch_hit(set, from)->id;
	for (unsigned int id = 1; id <= WATCH_MAX; id++) {
		const struct watch *w = &set->watch[id - 1];

		if (seen >> id & 1 && w->size && !watch_active(w))
			printf("watch %u has stopped after %llu hit%s\n", id,
			       w->hits, w->hits == 1 ? "" : "s");
	}
}

/* A page that no watch sees any more. */
static void report_blind(const struct watch_set *set)
{
	u64 n = set->opened - told_opened;

	if (!n)
		return;
	told_opened = set->opened;
	printf("watch: page %llx is not watched any more", set->blind_page);
	if (n > 1)
		printf(", nor %llu before it", n - 1);
	printf(set->blind == WATCH_BLIND_EXCLUSIVE ?
	       "\n  exclusive accesses at %llx\n" :
	       "\n  the instruction at %llx can't be executed out of line\n",
	       set->blind_pc);
}

static void report_hits(const struct watch_set *set)
{
	u64 end = set->logged, from;
	unsigned int n;

	if (end - told > WATCH_LOG) {
		printf("watch: not kept: %llu older hit%s\n",
		       end - told - WATCH_LOG,
		       end - told - WATCH_LOG == 1 ? "" : "s");
		told = end - WATCH_LOG;
	}
	from = told;
	for (n = 0; told < end && n < REPORT_GROUPS; n++) {
		struct group group;

		next_group(&told, end, &group);
		print_group(&group);
	}
	if (told < end)
		printf("watch: %llu more hit%s: mmu watch log\n", end - told,
		       end - told == 1 ? "" : "s");
	told = end;
	report_stopped(set, from, end);
}

/* What is watched may be what printing needs. */
void mmu_watch_report(void)
{
	struct watch_set *set = live_watches();

	set->paused = true;
	if (set->logged != told)
		report_hits(set);
	report_blind(set);
	set->paused = false;
}

static void print_hit(u64 i, const struct watch_hit *hit)
{
	char values[VALUES_LEN], line[CONSOLE_WIDTH + 1];

	values_text(hit, values, sizeof(values));
	snprintf(line, sizeof(line), "%6llu %u %-2s %3u at %010llx  pc %010llx%s%s",
		 i, hit->id, mmu_watch_access(hit->access), hit->size,
		 hit->addr, hit->pc, *values ? "  " : "", values);
	mmu_print_with_function(line, hit->pc);
}

static void print_hit_json(struct jsonl *out, u64 i,
			   const struct watch_hit *hit)
{
	char pc[MMU_CODE_JSON_LEN], lr[MMU_CODE_JSON_LEN];
	char values[64] = "";
	int used = 0;

	for (unsigned int k = 0; k < hit->n; k++)
		used += snprintf(values + used, sizeof(values) - used,
				 "%s\"0x%llx\"", k ? "," : "", hit->value[k]);
	mmu_code_json("pc", hit->pc, pc);
	mmu_code_json("lr", hit->lr, lr);
	jsonl_line(out, "{\"n\":\"0x%llx\",\"watch\":%u,\"access\":\"%s\",\"addr\":\"0x%llx\",\"size\":%u,%s,%s,\"values\":[%s]}",
		   i, hit->id, mmu_watch_access(hit->access), hit->addr,
		   hit->size, pc, lr, values);
}

int mmu_watch_log(bool json)
{
	struct watch_set *set = live_watches();
	u64 end = set->logged;
	struct jsonl out = { 0 };

	set->paused = true;
	for (u64 i = end > WATCH_LOG ? end - WATCH_LOG : 0; i < end; i++) {
		if (json)
			print_hit_json(&out, i + 1, watch_hit(set, i));
		else
			print_hit(i + 1, watch_hit(set, i));
	}
	set->paused = false;
	if (json)
		jsonl_end(&out, "mmu.watch.log");
	else if (!end)
		printf("no hits\n");
	return 0;
}
