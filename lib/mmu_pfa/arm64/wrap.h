/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Functions of U-Boot that the linker sends to the extension
 * (lib/mmu_pfa/config.mk), and what they were.
 */

#ifndef _MMU_PFA_WRAP_H
#define _MMU_PFA_WRAP_H

#include <command.h>
#include <cpu_func.h>
#include <asm/system.h>

/* cmd/mmu_wraps.c; where there is no mmu command, command.c */
enum command_ret_t __real_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks);
enum command_ret_t __wrap_cmd_process(int flag, int argc, char *const argv[],
				      int *repeatable, ulong *ticks);

/* handover.c */
void __real_switch_to_non_secure_mode(void);
void __wrap_switch_to_non_secure_mode(void);
void __real_dm_remove_devices_active(void);
void __wrap_dm_remove_devices_active(void);

/* served.c; the last three in newer releases only */
void __real_mmu_set_region_dcache_behaviour(phys_addr_t start, size_t size,
					    enum dcache_option option);
void __wrap_mmu_set_region_dcache_behaviour(phys_addr_t start, size_t size,
					    enum dcache_option option);
void __real_mmu_change_region_attr(phys_addr_t start, size_t size, u64 attrs);
void __wrap_mmu_change_region_attr(phys_addr_t start, size_t size, u64 attrs);
void __real_mmu_map_region(phys_addr_t start, u64 size, bool emerg);
void __wrap_mmu_map_region(phys_addr_t start, u64 size, bool emerg);
void __real_mmu_change_region_attr_nobreak(phys_addr_t start, size_t size,
					   u64 attrs);
void __wrap_mmu_change_region_attr_nobreak(phys_addr_t start, size_t size,
					   u64 attrs);
enum pgprot_attrs;
int __real_pgprot_set_attrs(phys_addr_t start, size_t size,
			    enum pgprot_attrs perm);
int __wrap_pgprot_set_attrs(phys_addr_t start, size_t size,
			    enum pgprot_attrs perm);
int __real_mmu_unmap_reserved_mem(const char *name, bool check_nomap);
int __wrap_mmu_unmap_reserved_mem(const char *name, bool check_nomap);

/* threads.c, in releases with threads */
struct uthread;
struct uthread_mutex;

int __real_uthread_create(struct uthread *uthr, void (*fn)(void *), void *arg,
			  size_t stack_sz, unsigned int grp_id);
int __wrap_uthread_create(struct uthread *uthr, void (*fn)(void *), void *arg,
			  size_t stack_sz, unsigned int grp_id);
bool __real_uthread_schedule(void);
bool __wrap_uthread_schedule(void);
int __real_uthread_mutex_lock(struct uthread_mutex *mutex);
int __wrap_uthread_mutex_lock(struct uthread_mutex *mutex);

#endif /* _MMU_PFA_WRAP_H */
