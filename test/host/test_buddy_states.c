// SPDX-License-Identifier: GPL-2.0+
/*
 * Every state that a small zone can come to, and in each of them every
 * operation, valid or not, against a model of one byte a frame. With words of 4
 * units even a dozen frames are several words below more than one level.
 *
 * BUDDY_STATES_FRAMES in the environment is the size of the largest zone.
 */

#include <stdlib.h>

#include "exhaustive/small_states.h"
#include "tap.h"

/* Proves: BUD-035 */
HOST_TEST(buddy_every_reachable_state_with_words_of_4_agrees_with_the_model)
{
	const char *size = getenv("BUDDY_STATES_FRAMES");
	u32 frames = size ? atoi(size) : 7;

	for (u32 n = 1; n <= frames && !tap_failed(); n++)
		EXPECT(small_states(0, n) > n);
	/* words and regions are crossed at other places */
	for (u32 first = 1; first < 16 && !tap_failed(); first += 3)
		EXPECT(small_states(first, frames - 2) > frames);
}
