/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What single operations take at worst.
 */

#ifndef _WORST_H
#define _WORST_H

/**
 * worst_run() - do all kinds of operations in states that are bad for them, and
 *	print the most instructions that each took
 *
 * "<operation> <instructions>" of one, and, where it passes over a range,
 * "<operation>_per_<unit> <instructions>" for each unit of a long one.
 *
 * Return: 0, or 1 if an operation did not do what it was to do
 */
int worst_run(void);

#endif /* _WORST_H */
