/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Every state that a small zone can come to.
 */

#ifndef _SMALL_STATES_H
#define _SMALL_STATES_H

#include "small_zone.h"

/**
 * small_states() - from a new zone on, do every operation in every state
 *
 * Each state that is new is looked at from all sides. What goes wrong is a failed
 * EXPECT. Prints how many states there are.
 *
 * Return: their number
 */
u32 small_states(u32 first, u32 frames);

#endif /* _SMALL_STATES_H */
