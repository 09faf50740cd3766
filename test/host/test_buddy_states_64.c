// SPDX-License-Identifier: GPL-2.0+
/*
 * Every state that a small zone can come to, with words as they are: inside one
 * word, and across the border of two. test_buddy_states.c has words of 4.
 *
 * BUDDY_STATES_FRAMES in the environment is the size of the largest zone.
 */

#include <stdlib.h>

#include "exhaustive/small_states.h"
#include "tap.h"

/* Proves: BUD-035 */
HOST_TEST(buddy_every_reachable_state_with_words_of_64_agrees_with_the_model)
{
	const char *size = getenv("BUDDY_STATES_FRAMES");
	u32 frames = size ? atoi(size) : 7;

	for (u32 n = 1; n <= frames && !tap_failed(); n++)
		EXPECT(small_states(0, n) > n);
	/* a border of words, one of regions, and one of level 2 */
	EXPECT(small_states(64 - frames / 2, frames - 2) > frames);
	EXPECT(small_states(4096 - frames / 2, frames - 2) > frames);
	EXPECT(small_states((1u << 18) - frames / 2, frames - 2) > frames);
}
