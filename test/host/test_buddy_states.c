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

/* The check ends, and what it says is one of its words. */
static bool check_copes(struct small_zone *z)
{
	static const char *const names[] = {
		"partition", "canonical", "index", "range", "fresh", "open",
		"count",
	};
	u32 frame;
	const char *violated = buddy_check(&z->b, &frame);

	for (size_t i = 0; violated && i < ARRAY_SIZE(names); i++) {
		if (!strcmp(violated, names[i]))
			return true;
	}
	return !violated;
}

/* Each bit of the metadata flipped, alone and together with its neighbour. */
static void flip_bits(struct small_zone *z)
{
	u8 *end = (u8 *)&z->b + z->size;

	for (u8 *byte = z->meta; byte < end; byte++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			u8 was = *byte;

			*byte = was ^ 1u << bit;
			EXPECT(check_copes(z));
			*byte = was ^ 3u << bit;
			EXPECT(check_copes(z));
			*byte = was;
		}
	}
	EXPECT(small_zone_agrees(z));
}

/* Each word of the metadata said to be the open one, at each place. */
static void move_open_word(struct small_zone *z)
{
	struct buddy *b = &z->b;
	struct buddy was = *b;

	for (size_t at = 0; at < sizeof(z->meta); at += 16) {
		b->open = (struct buddy_word *)(z->meta + at);
		for (u32 first = 0; first < z->end + 40; first += 2) {
			b->open_first = first;
			EXPECT(check_copes(z));
		}
	}
	*b = was;
}

/* Each counter off by a bit. */
static void flip_counters(struct small_zone *z)
{
	struct buddy *b = &z->b;

	for (unsigned int bit = 0; bit < 8; bit++) {
		b->free_frames ^= 1u << bit;
		EXPECT(!strcmp(buddy_check(b, NULL), "count"));
		b->free_frames ^= 1u << bit;
		b->orders ^= 1u << bit;
		EXPECT(!strcmp(buddy_check(b, NULL), "index"));
		b->orders ^= 1u << bit;
		b->peak ^= 1u << bit;
		EXPECT(!strcmp(buddy_check(b, NULL), "index"));
		b->peak ^= 1u << bit;
	}
	EXPECT(small_zone_agrees(z));
}

/* Proves: BUD-034 */
HOST_TEST(buddy_check_copes_with_any_bit_that_flipped)
{
	static const u32 firsts[] = { 0, 3, 11, 37, 60 };
	static struct small_zone z;
	u64 random = 1;

	for (size_t i = 0; i < ARRAY_SIZE(firsts); i++) {
		small_zone_make(&z, firsts[i], SMALL_FRAMES);
		for (int n = 0; n < 60 && !tap_failed(); n++) {
			random = random * 6364136223846793005ull + 1;
			small_zone_operation(&z, (random >> 33) % 700);
			flip_bits(&z);
			move_open_word(&z);
			flip_counters(&z);
		}
	}
	EXPECT(!tap_failed());
}

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
	/* and so is one of level 2, which is all that lies before frame 64 */
	for (u32 n = 2; n <= frames && !tap_failed(); n++)
		EXPECT(small_states(64 - n / 2, n) > n);
}
