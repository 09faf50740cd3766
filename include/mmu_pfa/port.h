/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What the portable core takes from its surroundings: fixed-width types,
 * errno values, memset/memcpy and a few compiler hints. U-Boot (board and
 * sandbox) and a plain host program both provide them; nothing else of either
 * is used below lib/mmu_pfa/ outside the arm64 directory.
 */

#ifndef _MMU_PFA_PORT_H
#define _MMU_PFA_PORT_H

#ifdef __UBOOT__

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int32_t s32;
typedef long long s64;

#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif

#ifndef noinline
#define noinline	__attribute((__noinline__))
#endif

#ifndef __aligned
#define __aligned(x)	__attribute((__aligned__(x)))
#endif

#ifndef __always_inline
#define __always_inline	inline __attribute((__always_inline__))
#endif

/* A host program has every option. */
#ifndef IS_ENABLED
#define IS_ENABLED(CONFIG_option)	1
#endif

#endif /* __UBOOT__ */

/* As in linux/kernel.h, which defines too much to be included by all. */
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#endif

/* The one granule of this project: 4 KiB frames, 4 KiB tables. */
#define FRAME_SHIFT	12
#define FRAME_SIZE	(1ull << FRAME_SHIFT)
#define FRAME_MASK	(FRAME_SIZE - 1)

/* No physical address; 0 is a valid one on U-Boot's sandbox. */
#define PA_NONE		(~0ull)

/*
 * Make 64-bit words 0. U-Boot's memset() on arm64 takes six instructions for each
 * word, which would be most of what a new table costs; a host's is better than
 * this.
 */
static inline void clear_words(u64 *word, unsigned int n)
{
#ifdef __UBOOT__
	for (; n >= 8; n -= 8, word += 8) {
		word[0] = 0;
		word[1] = 0;
		word[2] = 0;
		word[3] = 0;
		word[4] = 0;
		word[5] = 0;
		word[6] = 0;
		word[7] = 0;
	}
	while (n--)
		*word++ = 0;
#else
	memset(word, 0, n * sizeof(*word));
#endif
}

#endif /* _MMU_PFA_PORT_H */
