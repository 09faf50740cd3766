/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * One operation at a time.
 *
 * U-Boot runs on one CPU, where nobody can wait for a lock: who finds it taken
 * has interrupted its holder, and must not go on. With MMU_PFA_THREADS (host
 * programs with several threads) others wait, and only the holder itself is
 * turned away.
 *
 * On one CPU no instruction is needed for order, but the compiler has to be told
 * that a handler looks at the lock at any time: that it is taken before all that
 * it protects, dropped after it, and dropped before what follows.
 */

#ifndef _MMU_PFA_LOCK_H
#define _MMU_PFA_LOCK_H

#include <mmu_pfa/pfa.h>

#ifdef MMU_PFA_THREADS

/* An address that differs between threads says who one is. */
static inline uintptr_t pfa_lock_self(void)
{
	return (uintptr_t)__builtin_thread_pointer();
}

/* Return: false if the caller holds it already */
static inline bool pfa_lock_take(struct pfa_lock *lock)
{
	uintptr_t nobody = 0;

	while (!__atomic_compare_exchange_n(&lock->holder, &nobody,
					    pfa_lock_self(), true,
					    __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		if (nobody == pfa_lock_self())
			return false;
		nobody = 0;
	}
	return true;
}

static inline void pfa_lock_drop(struct pfa_lock *lock)
{
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

#else

static inline bool pfa_lock_take(struct pfa_lock *lock)
{
	if (lock->holder)
		return false;
	lock->holder = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return true;
}

static inline void pfa_lock_drop(struct pfa_lock *lock)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	lock->holder = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif /* MMU_PFA_THREADS */

#endif /* _MMU_PFA_LOCK_H */
