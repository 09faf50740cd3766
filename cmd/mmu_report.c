// SPDX-License-Identifier: GPL-2.0+
/*
 * What is told about a fault that was caught: see mmu_report.h.
 */

#include <cli_hush.h>
#include <malloc.h>
#include <stdio.h>
#include <vsprintf.h>
#include <asm/global_data.h>
#include <mmu_pfa/catch.h>
#include <mmu_pfa/live.h>
#include <mmu_pfa/live_watch.h>

#include "mmu_report.h"

DECLARE_GLOBAL_DATA_PTR;

/* A line with two addresses of 64 bits has room for that much of a name. */
#define NAME_LEN	28

/* Less of it tells nothing. */
#define NAME_SHORTEST	8

/* Room for "unmapped L2" and what else may stand there. */
#define KIND_LEN	40

/* Set a shell variable. The modern parser takes the text over. */
static void set_shell_var(const char *name, const char *value)
{
	char text[40];

	snprintf(text, sizeof(text), "%s=%s", name, value);
	if (gd->flags & GD_FLG_HUSH_MODERN_PARSER)
		set_local_var_modern(strdup(text), 0);
	else
		set_local_var(text, 0);
}

void mmu_set_fault_vars(const struct catch_record *record)
{
	char addr[17] = "", pc[17] = "";

	if (record && record->fault.has_addr)
		snprintf(addr, sizeof(addr), "%llx", record->fault.addr);
	if (record)
		snprintf(pc, sizeof(pc), "%llx", record->pc);
	set_shell_var("fault_addr", addr);
	set_shell_var("fault_pc", pc);
	set_shell_var("fault_kind", record ? fault_name(&record->fault) : "");
}

void mmu_fault_text(const struct fault *fault, char *buf, size_t len)
{
	bool access = fault->has_addr && fault->kind != FAULT_PERM;
	char level[8] = "";

	if (fault->has_level)
		snprintf(level, sizeof(level), " L%u", fault->level);
	snprintf(buf, len, "%s%s%s%s",
		 access ? fault_access_name(fault->access) : "",
		 access ? " " : "", fault_name(fault), level);
}

/* What happened: "fault: read unmapped L2 at 4020000000   esr 96000006". */
static void print_what(const struct fault *fault)
{
	char kind[KIND_LEN];

	mmu_fault_text(fault, kind, sizeof(kind));
	printf("fault: %s", kind);
	if (fault->has_addr)
		printf(" at %llx", fault->addr);
	printf("   esr %llx\n", fault->esr);
}

/* The leaf at the end of a walk, or what `none` has left of one. */
static const struct pgtable_step *leaf_of(const struct pgtable_walk *walk)
{
	const struct pgtable_step *last;

	if (!walk->steps)
		return NULL;
	last = pgtable_last_step(walk);
	if (pte_leaf(last->pte, last->level) ||
	    pte_no_access(last->pte, last->level))
		return last;
	return NULL;
}

/*
 * What is mapped there and whose it is; without a mapping, whose the physical
 * address of the same number is. With the MMU off all data is device memory
 * at its own address. What was seen through a window is physical itself.
 */
struct target {
	bool mmu_off;
	bool physical;
	bool watched;
	bool has_leaf;
	u64 pa;
	struct vmsa_attr attr;
	char who[40];
};

static void find_target(const struct catch_record *record,
			struct target *target)
{
	const struct pgtable_step *leaf = leaf_of(&record->walk);
	u64 pa = record->fault.addr;

	*target = (struct target){
		.mmu_off = record->mmu_off,
		.physical = record->physical,
		.watched = record->watched,
		.has_leaf = leaf || record->mmu_off,
		.attr.type = VMSA_DEV_NGNRNE,
	};
	if (leaf) {
		pa = pte_leaf_pa(leaf->pte, leaf->level) |
		     (pa & (vmsa_size(leaf->level) - 1));
		target->attr = vmsa_decode(live_pgtable()->regime, leaf->pte);
	}
	target->pa = pa;
	live_who(pa, 1, target->who, sizeof(target->who));
}

/* A name may be long: it ends where the line does. */
static void print_target(const struct target *target)
{
	bool known = strcmp(target->who, "-");
	const char *whose = known ? "   whose: " : "";
	const char *who = known ? target->who : "";
	char attr[TEXT_ATTR_LEN], line[CONSOLE_WIDTH + 1] = "";

	text_attr(target->attr, attr);
	if (target->mmu_off)
		snprintf(line, sizeof(line), "  MMU off: pa %llx%s%s",
			 target->pa, whose, who);
	else if (target->physical)
		snprintf(line, sizeof(line), "  pa %llx, through a window%s%s",
			 target->pa, whose, who);
	else if (target->has_leaf)
		snprintf(line, sizeof(line), "  pa %llx %s%s%s%s", target->pa,
			 attr, target->watched ? ", watched" : "", whose, who);
	else if (known)
		snprintf(line, sizeof(line), "  not mapped; pa %llx is: %s",
			 target->pa, who);
	if (*line)
		printf("%s\n", line);
}

/* The function that a code address is in, where names are built in, or NULL. */
static const char *function_at(u64 pc, u64 *offset)
{
	if (!catch_in_uboot(pc))
		return NULL;
	return cli_function(catch_link_address(pc), offset);
}

/* "pc 7f6f9504 (link a4504) hexdump_line+120"; its length. */
static int code_text(const char *name, u64 pc, char *buf, size_t len)
{
	const char *function;
	u64 offset;
	int used;

	used = snprintf(buf, len, "%s %llx", name, pc);
	if (catch_in_uboot(pc))
		used += snprintf(buf + used, len - used, " (link %llx)",
				 catch_link_address(pc));
	function = function_at(pc, &offset);
	if (function)
		used += snprintf(buf + used, len - used, " %.*s+%llx", NAME_LEN,
				 function, offset);
	return used;
}

void mmu_print_with_function(const char *line, u64 pc)
{
	const char *function;
	char tail[20];
	u64 offset;
	int room;

	printf("%s", line);
	function = function_at(pc, &offset);
	if (function) {
		room = CONSOLE_WIDTH - strlen(line) - 2 -
		       snprintf(tail, sizeof(tail), "+%llx", offset);
		if (room >= NAME_SHORTEST || room >= (int)strlen(function))
			printf("  %.*s%s", room, function, tail);
	}
	printf("\n");
}

void mmu_print_code(u64 pc, u64 lr)
{
	char pc_text[CONSOLE_WIDTH], lr_text[CONSOLE_WIDTH];
	int used = code_text("pc", pc, pc_text, sizeof(pc_text));

	used += code_text("lr", lr, lr_text, sizeof(lr_text));
	printf("  %s%s%s\n", pc_text,
	       used + 5 > CONSOLE_WIDTH ? "\n  " : "   ", lr_text);
}

/* "L0[000]->L1[100]->L2[100] = 0000000000000000" */
static void print_path(const struct pgtable_walk *walk)
{
	printf("  ");
	for (unsigned int i = 0; i < walk->steps; i++)
		printf("%sL%u[%03x]", i ? "->" : "", walk->step[i].level,
		       walk->step[i].index);
	printf(" = %016llx\n", pgtable_last_step(walk)->pte);
}

/* What a page holds that is not to be changed, or NULL. */
static const char *rail_of(u64 page, enum live_rail rail)
{
	if (live_watch_slot(page, FRAME_SIZE))
		return "the code of the watches";
	return rail == LIVE_RAIL_NONE ? NULL : live_rail_name(rail);
}

/* What a page that is watched allows can be changed when it no longer is. */
static void print_hint_to_allow(u64 page, const char *attrs)
{
	unsigned int watches = watch_count_in(live_watches(), page, FRAME_SIZE);

	printf("  hint: ");
	if (watches == 1)
		printf("mmu watch del %u; ", live_watch_at(page));
	else if (watches)
		printf("mmu watch del all; ");
	printf("mmu protect %llx 1000 %s\n", page, attrs);
}

static void print_hint(const struct catch_record *record,
		       const struct target *target)
{
	u64 page = record->fault.addr & ~FRAME_MASK;
	u64 frame = target->pa & ~FRAME_MASK;
	/* To ask takes long. */
	enum live_rail rail = live_rail(page, FRAME_SIZE, NULL);
	enum live_rail kept = frame == page ? rail :
			      live_rail(frame, FRAME_SIZE, NULL);
	const struct pgtable *pt = live_pgtable();
	struct fault_place place = {
		.sp = record->sp,
		.stack_bottom = gd->start_addr_sp - CONFIG_STACK_SIZE,
		.va_bits = pt->va_bits,
		.pa_bits = pt->pa_bits,
		.ram = live_ram(page, FRAME_SIZE) == FRAME_SIZE,
		.rail = rail_of(page, rail),
		.kept = !live_rail_shared(kept),
		.has_leaf = target->has_leaf,
		.attr = target->attr,
	};
	const char *attrs;

	switch (fault_hint(&record->fault, &place, &attrs)) {
	case FAULT_HINT_NULL:
		printf("  hint: NULL pointer\n");
		break;
	case FAULT_HINT_STACK:
		printf("  hint: stack overflow (sp %llx)\n", record->sp);
		break;
	case FAULT_HINT_BEYOND:
		printf("  hint: beyond the %u bits of virtual addresses\n",
		       place.va_bits);
		break;
	case FAULT_HINT_RAIL:
		printf("  hint: %s, protected on purpose\n",
		       rail_of(page, rail));
		break;
	case FAULT_HINT_KEPT:
		printf("  hint: pa %llx holds %s: not to be written\n", frame,
		       live_rail_name(kept));
		break;
	case FAULT_HINT_MAP:
		printf("  hint: mmu map %llx %llx 1000 %s\n", page, page, attrs);
		break;
	case FAULT_HINT_ALLOW:
		print_hint_to_allow(page, attrs);
		break;
	case FAULT_HINT_BUS:
		printf("  hint: %snothing answered there\n",
		       target->mmu_off || target->physical ? "" :
		       "mapped, but ");
		break;
	case FAULT_HINT_ALIGN:
		printf("  hint: device memory wants the address aligned\n");
		break;
	case FAULT_HINT_TABLES:
		if (target->mmu_off || target->physical)
			break;
		printf("  hint: the tables are broken there; mmu walk %llx\n",
		       record->fault.addr);
		break;
	default:
		break;
	}
}

void mmu_print_fault(const struct catch_record *record)
{
	struct target target;

	print_what(&record->fault);
	if (record->fault.has_addr) {
		find_target(record, &target);
		print_target(&target);
	}
	mmu_print_code(record->pc, record->lr);
	if (!record->fault.has_addr)
		return;
	if (record->walk.steps)
		print_path(&record->walk);
	print_hint(record, &target);
}

void mmu_print_fault_line(const struct catch_record *record)
{
	char kind[KIND_LEN], addr[17] = "-", line[CONSOLE_WIDTH + 1];
	const struct fault *fault = &record->fault;

	mmu_fault_text(fault, kind, sizeof(kind));
	if (fault->has_addr)
		snprintf(addr, sizeof(addr), "%llx", fault->addr);
	snprintf(line, sizeof(line), "%6llu  %-20s %16s  pc %llx%s",
		 record->count, kind, addr, record->pc,
		 record->guarded ? "  guarded" : "");
	/* That of a guarded access is always the same. */
	mmu_print_with_function(line, record->guarded ? 0 : record->pc);
}

void mmu_code_json(const char *name, u64 pc, char buf[MMU_CODE_JSON_LEN])
{
	char link[24] = "null", function[64] = "null";
	const char *symbol;
	u64 offset;

	if (catch_in_uboot(pc))
		snprintf(link, sizeof(link), "\"0x%llx\"",
			 catch_link_address(pc));
	symbol = function_at(pc, &offset);
	if (symbol)
		snprintf(function, sizeof(function), "\"%.40s+%llx\"", symbol,
			 offset);
	snprintf(buf, MMU_CODE_JSON_LEN,
		 "\"%s\":\"0x%llx\",\"%s_link\":%s,\"%s_function\":%s", name,
		 pc, name, link, name, function);
}

/* "[{\"level\":0,\"index\":0,\"pte\":\"0x..\"},..]" */
static void walk_json(const struct pgtable_walk *walk, char *buf, size_t len)
{
	int used = snprintf(buf, len, "[");

	for (unsigned int i = 0; i < walk->steps; i++)
		used += snprintf(buf + used, len - used,
				 "%s{\"level\":%u,\"index\":%u,\"pte\":\"0x%llx\"}",
				 i ? "," : "", walk->step[i].level,
				 walk->step[i].index, walk->step[i].pte);
	snprintf(buf + used, len - used, "]");
}

void mmu_print_fault_json(struct jsonl *out, const struct catch_record *record)
{
	const struct fault *fault = &record->fault;
	char addr[24] = "null", walk[64 * VMSA_LEVELS];
	char pc[MMU_CODE_JSON_LEN], lr[MMU_CODE_JSON_LEN];

	if (fault->has_addr)
		snprintf(addr, sizeof(addr), "\"0x%llx\"", fault->addr);
	walk_json(&record->walk, walk, sizeof(walk));
	mmu_code_json("pc", record->pc, pc);
	mmu_code_json("lr", record->lr, lr);
	jsonl_line(out, "{\"n\":\"0x%llx\",\"kind\":\"%s\",\"access\":\"%s\",\"addr\":%s,\"level\":%d,%s,%s,\"sp\":\"0x%llx\",\"esr\":\"0x%llx\",\"guarded\":%s,\"physical\":%s,\"watched\":%s,\"walk\":%s}",
		   record->count, fault_name(fault),
		   fault_access_name(fault->access), addr,
		   fault->has_level ? fault->level : -1, pc, lr, record->sp,
		   fault->esr, record->guarded ? "true" : "false",
		   record->physical ? "true" : "false",
		   record->watched ? "true" : "false", walk);
}
