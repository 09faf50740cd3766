/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What U-Boot's LMB and malloc take from their surroundings, as little as makes
 * them run in a plain host program. It is included before all else, and each of
 * the headers that they name is empty.
 */

#ifndef _PEERS_SHIM_H
#define _PEERS_SHIM_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef unsigned long ulong;
typedef unsigned int uint;
typedef unsigned short ushort;
typedef u64 phys_addr_t;
typedef u64 phys_size_t;

#define IS_ENABLED(CONFIG_option)	0

#define BIT(n)			(1ul << (n))
#define SZ_4K			0x1000
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define ALIGN(x, a)		(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define round_up(x, a)		ALIGN(x, a)
#define fls(x)			((x) ? 32 - __builtin_clz(x) : 0)
#define likely(x)		(x)
#define unlikely(x)		(x)
#define EXPORT_SYMBOL(name)
#define __section(name)
#define __weak			__attribute((weak))
#define __maybe_unused		__attribute((unused))
#define fallthrough		do { } while (0)

#define debug(...)		do { } while (0)
#define log_debug(...)		do { } while (0)
#define log_err(...)		do { } while (0)
#define log_warning(...)	do { } while (0)
#define log_info(...)		do { } while (0)
#define log_msg_ret(what, ret)	(ret)
#define lowlevel_assert(x)	do { } while (0)

#define VALGRIND_MEMPOOL_ALLOC(...)	do { } while (0)
#define VALGRIND_MEMPOOL_FREE(...)	do { } while (0)
#define VALGRIND_MALLOCLIKE_BLOCK(...)	do { } while (0)
#define VALGRIND_FREELIKE_BLOCK(...)	do { } while (0)
#define VALGRIND_RESIZEINPLACE_BLOCK(...)	do { } while (0)
#define VALGRIND_MAKE_MEM_UNDEFINED(...)	do { } while (0)
#define VALGRIND_MAKE_MEM_DEFINED(...)	do { } while (0)
#define VALGRIND_MAKE_MEM_NOACCESS(...)	do { } while (0)

#define map_sysmem(addr, len)	((void *)(uintptr_t)(addr))
#define unmap_sysmem(addr)	do { } while (0)

typedef ulong efi_status_t;

#define EFI_SUCCESS		0
#define EFI_PAGE_MASK		0xfff
#define EFI_BOOT_SERVICES_DATA	0
#define EFI_CONVENTIONAL_MEMORY	0
#define efi_size_in_pages(size)	(((size) + EFI_PAGE_MASK) >> 12)
#define efi_add_memory_map_pg(...)	EFI_SUCCESS

#define PHASE_SPL		0
#define PHASE_BOARD_R		1
#define xpl_phase()		PHASE_BOARD_R
#define spl_phase()		PHASE_BOARD_R

#define _start	peer_start
#define __bss_start	peer_bss_start
#define __bss_end	peer_bss_end
extern char _start[], __bss_start[], __bss_end[];

struct bd_info {
	struct {
		u64 start;
		u64 size;
	} bi_dram[CONFIG_NR_DRAM_BANKS];
};

/** struct peers_gd - the part of the global data that is looked at */
struct peers_gd {
	struct bd_info *bd;
	const void *fdt_blob;
	ulong flags;
	ulong start_addr_sp;
	ulong ram_top;
	ulong relocaddr;
	ulong mon_len;
	ulong malloc_base;
	ulong malloc_limit;
	ulong malloc_ptr;
};

#define GD_FLG_SKIP_RELOC		1
#define GD_FLG_FULL_MALLOC_INIT		2

extern struct peers_gd *gd;
#define DECLARE_GLOBAL_DATA_PTR

#endif /* _PEERS_SHIM_H */
