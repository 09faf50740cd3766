/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What is told about a fault that was caught.
 */

#ifndef _MMU_REPORT_H
#define _MMU_REPORT_H

#include <mmu_pfa/catch.h>

#include "mmu_pfa_cli.h"

/* The report: at most 8 lines of 80 columns. */
void mmu_print_fault(const struct catch_record *record);

/* The same in one object. */
void mmu_print_fault_json(struct jsonl *out, const struct catch_record *record);

/* One line of `mmu fault log`. */
void mmu_print_fault_line(const struct catch_record *record);

/* "read unmapped L2": access, kind and level, cut to @len. */
void mmu_fault_text(const struct fault *fault, char *buf, size_t len);

/* "  pc 7f643e5c (link 27e5c) do_mem_mw+cc   lr .."; two lines if it is long. */
void mmu_print_code(u64 pc, u64 lr);

/* Room for the three members of mmu_code_json(). */
#define MMU_CODE_JSON_LEN	160

/*
 * "pc":"0x..","pc_link":"0x..","pc_function":"do_mem_mw+cc" of a code address;
 * null for what is not known.
 */
void mmu_code_json(const char *name, u64 pc, char buf[MMU_CODE_JSON_LEN]);

/* A line, and the function that @pc is in as far as there is room for it. */
void mmu_print_with_function(const char *line, u64 pc);

/*
 * fault_addr, fault_pc and fault_kind for scripts. Shell variables, which
 * unlike the environment are never saved. NULL: none.
 */
void mmu_set_fault_vars(const struct catch_record *record);

#endif /* _MMU_REPORT_H */
