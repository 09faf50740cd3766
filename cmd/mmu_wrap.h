/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Functions of U-Boot that the linker sends here (lib/mmu_pfa/config.mk), and
 * what they were.
 */

#ifndef _MMU_WRAP_H
#define _MMU_WRAP_H

#include <command.h>

enum command_ret_t __real_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks);
enum command_ret_t __wrap_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks);

/* Only in releases with threads */
struct uthread;

int __real_uthread_create(struct uthread *uthr, void (*fn)(void *), void *arg,
			  size_t stack_sz, unsigned int grp_id);
int __wrap_uthread_create(struct uthread *uthr, void (*fn)(void *), void *arg,
			  size_t stack_sz, unsigned int grp_id);

#endif /* _MMU_WRAP_H */
