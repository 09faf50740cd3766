/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * U-Boot's own map, as a tree that no CPU walks.
 */

#ifndef _MMU_PFA_REFERENCE_H
#define _MMU_PFA_REFERENCE_H

#include <mmu_pfa/pgtable.h>

/**
 * live_take_reference() - copy the live tree, unless that was done
 *
 * From then on the live tree may be changed. Tables that U-Boot has put there
 * itself since, past the linker, become part of the copy, as they are now.
 *
 * Return: 0; -ENOMEM the heap has no room for it
 */
int live_take_reference(void);

/**
 * reference_set_aside() - make sure that the reference can get some tables
 *
 * The next one that takes @n of them, or less, does not fail.
 *
 * Return: 0; -ENOMEM
 */
int reference_set_aside(unsigned int n);

/* The reference; NULL before it was taken. */
struct pgtable *live_reference(void);

#endif /* _MMU_PFA_REFERENCE_H */
