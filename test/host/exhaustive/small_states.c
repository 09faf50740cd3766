// SPDX-License-Identifier: GPL-2.0+
/*
 * Breadth first through the states of a small zone. A state is kept as those of
 * its bytes that ever differ from the first state's, which are few and become
 * known on the way.
 */

#include "small_states.h"

#include "../tap.h"

#include <stdlib.h>

/**
 * struct states - those found so far
 *
 * @first: the first one
 * @vary:  for each byte: all ones if states differ in it
 * @pos:   the bytes that do
 * @npos:  how many
 * @bytes: @npos bytes of each state
 * @count: states
 * @room:  for so many there is room in @bytes
 * @table: by hash: number of the state + 1; twice as many as there is room for
 */
struct states {
	struct small_state first;
	struct small_state vary;
	u16 pos[sizeof(struct small_state)];
	u32 npos;
	u8 *bytes;
	u32 count;
	u32 room;
	u32 *table;
};

static u8 *packed(const struct states *s, u32 i)
{
	return s->bytes + (size_t)i * s->npos;
}

static u32 hash(const struct states *s, const u8 *bytes)
{
	u64 h = 0;
	u32 i = 0;

	for (; i + 8 <= s->npos; i += 8) {
		u64 part;

		memcpy(&part, bytes + i, 8);
		h = (h ^ part) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 32;
	}
	for (; i < s->npos; i++)
		h = (h ^ bytes[i]) * 0x9e3779b97f4a7c15ull;
	return (h ^ h >> 29) & (2 * s->room - 1);
}

static void *must(void *p)
{
	if (!p) {
		puts("Bail out! out of memory");
		exit(EXIT_FAILURE);
	}
	return p;
}

static void rehash(struct states *s)
{
	free(s->table);
	s->table = must(calloc(2 * (size_t)s->room, sizeof(*s->table)));
	for (u32 i = 0; i < s->count; i++) {
		u32 slot = hash(s, packed(s, i));

		while (s->table[slot])
			slot = (slot + 1) & (2 * s->room - 1);
		s->table[slot] = i + 1;
	}
}

/* In all states so far this byte was what it is in the first. */
static void add_position(struct states *s, u32 pos)
{
	u8 *wider = must(malloc((size_t)s->room * (s->npos + 1)));

	for (u32 i = 0; i < s->count; i++) {
		u8 *to = wider + (size_t)i * (s->npos + 1);

		if (s->npos)
			memcpy(to, packed(s, i), s->npos);
		to[s->npos] = s->first.bytes[pos];
	}
	free(s->bytes);
	s->bytes = wider;
	s->vary.bytes[pos] = 0xff;
	s->pos[s->npos++] = pos;
	rehash(s);
}

/* Bytes in which the state differs, and no other has so far. */
static void find_positions(struct states *s, const struct small_zone *z)
{
	const u8 *now = (const u8 *)&z->b;

	for (u32 i = 0; i < z->size; i += 8) {
		u64 a, b, vary;

		memcpy(&a, now + i, 8);
		memcpy(&b, s->first.bytes + i, 8);
		memcpy(&vary, s->vary.bytes + i, 8);
		if (likely(!((a ^ b) & ~vary)))
			continue;
		for (u32 pos = i; pos < i + 8; pos++) {
			if (now[pos] != s->first.bytes[pos] &&
			    !s->vary.bytes[pos])
				add_position(s, pos);
		}
	}
}

static void pack(const struct states *s, const struct small_zone *z, u8 *out)
{
	const u8 *now = (const u8 *)&z->b;

	for (u32 i = 0; i < s->npos; i++)
		out[i] = now[s->pos[i]];
}

static void unpack(const struct states *s, u32 n, struct small_state *state)
{
	const u8 *in = packed(s, n);

	*state = s->first;
	for (u32 i = 0; i < s->npos; i++)
		state->bytes[s->pos[i]] = in[i];
}

static void grow(struct states *s)
{
	s->room *= 2;
	s->bytes = must(realloc(s->bytes, (size_t)s->room * s->npos + 1));
	rehash(s);
}

/* Remember the state that a zone is in; whether it is a new one. */
static bool add(struct states *s, const struct small_zone *z)
{
	u8 *last;
	u32 slot;

	find_positions(s, z);
	if (s->count + 1 >= s->room)
		grow(s);
	last = packed(s, s->count);
	pack(s, z, last);
	slot = hash(s, last);
	for (; s->table[slot]; slot = (slot + 1) & (2 * s->room - 1)) {
		if (!memcmp(packed(s, s->table[slot] - 1), last, s->npos))
			return false;
	}
	s->table[slot] = ++s->count;
	return true;
}

/* Every operation in state @i. */
static bool all_from(struct states *s, struct small_zone *z, u32 i)
{
	static struct small_state state;

	unpack(s, i, &state);
	small_zone_restore(z, &state);
	for (unsigned int op = 0; small_zone_operation(z, op); op++) {
		bool changed = !small_zone_is(z, &state);

		if (tap_failed() ||
		    (changed && add(s, z) && !small_zone_agrees(z))) {
			printf("# operation %u in state %u\n", op, i);
			return false;
		}
		if (changed)
			small_zone_restore(z, &state);
	}
	return true;
}

u32 small_states(u32 first, u32 frames)
{
	static struct small_zone z;
	static struct states s;
	bool good = true;

	memset(&s, 0, sizeof(s));
	s.room = 512;
	small_zone_make(&z, first, frames);
	small_zone_save(&z, &s.first);
	rehash(&s);
	add(&s, &z);
	for (u32 i = 0; good && i < s.count; i++)
		good = all_from(&s, &z, i);
	printf("# frames %u to %u: %u states of %u bytes\n", first,
	       first + frames - 1, s.count, s.npos);
	free(s.bytes);
	free(s.table);
	if (!good)
		tap_fail(__FILE__, __LINE__, "a state is wrong");
	return s.count;
}
