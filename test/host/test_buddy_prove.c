// SPDX-License-Identifier: GPL-2.0+
/*
 * An inductive proof for small zones: in every state that meets the invariant,
 * whether or not it can be reached, every operation, valid or not, does what the
 * model says and leaves the invariant in force. Together with the first state,
 * which meets it, that covers all states that there can ever be.
 *
 * The invariant is what buddy_check() accepts, so the states are found by asking
 * it. It is run on a state in which nothing is decided yet. What it reads gets
 * the first of the values that are possible there. When it is done, the value
 * that it read last is replaced by the next one; so all states are rejected at
 * once that agree in what has been read when a violation is found. What it did
 * not read may be anything: that is filled with noise.
 *
 * BUDDY_PROVE_FRAMES in the environment is the size of the largest zone.
 */

#include <stdlib.h>

#include "exhaustive/small_zone.h"
#include "exhaustive/watched_check.h"
#include "tap.h"

#define MAX_FIELDS	(SMALL_META + 8)

/** enum domain - which values are possible in a field */
enum domain {
	WORD,		/* 64 bits of which as many matter as a word has units */
	OFFER,		/* of a word, or the largest of some: a number of orders */
	KINDS,		/* a bit for each such number */
	FRAME,		/* 0 to the end of the zone */
	ORDERS,		/* a bit for each order */
	POINTER,	/* NULL or the address of metadata */
};

/**
 * struct field - a part of the state that is not the same in all states
 *
 * @at:      where it is
 * @size:    bytes
 * @domain:  its values, by number
 * @value:   the number of the one it has
 * @decided: whether the check has read it
 */
struct field {
	u8 *at;
	size_t size;
	enum domain domain;
	u32 value;
	bool decided;
};

static struct small_zone zone;		/* in which states are made */
static struct field fields[MAX_FIELDS];
static u32 nfields;
static u32 order[MAX_FIELDS];		/* in which the fields were read */
static u32 ndecided;
static u64 noise;
static u64 nstates, ntried, noperations;

static u32 values_in(enum domain domain)
{
	switch (domain) {
	case WORD:
		return 1u << (1u << BUDDY_UNIT_ORDERS);
	case OFFER:
		return BUDDY_UNIT_ORDERS + 1;
	case KINDS:
		return 1u << (BUDDY_UNIT_ORDERS + 1);
	case FRAME:
		return zone.end + 1;
	case ORDERS:
		return 1u << BUDDY_ORDERS;
	default:
		return 1 + (zone.size - offsetof(struct small_zone, meta) +
			    offsetof(struct small_zone, b)) / 16;
	}
}

static void put(const struct field *field, u64 value)
{
	if (field->domain == POINTER && value)
		value = (uintptr_t)zone.meta + 16 * (value - 1);
	memcpy(field->at, &value, field->size);
}

/* An undecided field: nothing depends on it. */
static void put_noise(const struct field *field)
{
	noise = noise * 6364136223846793005ull + 1442695040888963407ull;
	memcpy(field->at, &noise, field->size);
}

static void add_field(void *at, size_t size, enum domain domain)
{
	struct field field = { .at = at, .size = size, .domain = domain };

	fields[nfields++] = field;
}

/* Where the bytes behind the words begin, counted from the metadata's start. */
static size_t bytes_from(void)
{
	return zone.b.offers + (zone.first >> BUDDY_UNIT_ORDERS) -
	       (uintptr_t)zone.meta;
}

/* All fields of the state of a new zone; what is not listed stays as it is. */
static void list_fields(void)
{
	struct buddy *b = &zone.b;
	size_t size = zone.size - offsetof(struct small_zone, meta) +
		      offsetof(struct small_zone, b);
	size_t i = 0;

	nfields = 0;
	ndecided = 0;
	for (; i < bytes_from(); i += sizeof(u64))
		add_field(&zone.meta[i], sizeof(u64), WORD);
	for (; i < size; i++) {
		uintptr_t at = (uintptr_t)&zone.meta[i];

		add_field(&zone.meta[i], 1,
			  at >= b->kinds && at < b->peaks ? KINDS : OFFER);
	}
	add_field(&b->open, sizeof(b->open), POINTER);
	add_field(&b->open_first, sizeof(b->open_first), FRAME);
	add_field(&b->free_frames, sizeof(b->free_frames), FRAME);
	add_field(&b->orders, sizeof(b->orders), ORDERS);
	add_field(&b->peak, sizeof(b->peak), OFFER);
}

static struct field *field_at(const void *at)
{
	const u8 *byte = at;

	if (byte >= zone.meta && byte < zone.meta + sizeof(zone.meta)) {
		size_t i = byte - zone.meta;
		size_t words = bytes_from() / sizeof(u64);

		if (i < bytes_from())
			return &fields[i / sizeof(u64)];
		return &fields[words + i - bytes_from()];
	}
	if (byte < (u8 *)&zone.b || byte >= (u8 *)(&zone.b + 1))
		return NULL;
	for (u32 i = nfields - 5; i < nfields; i++) {
		if (byte >= fields[i].at &&
		    byte < fields[i].at + fields[i].size)
			return &fields[i];
	}
	return NULL;
}

/* The check is about to read: decide what. */
static void decide(const void *at)
{
	struct field *field = field_at(at);

	if (!field || field->decided)
		return;
	field->decided = true;
	field->value = 0;
	put(field, 0);
	order[ndecided++] = field - fields;
}

/* The next values to try; false if there are no more. */
static bool advance(void)
{
	while (ndecided) {
		struct field *field = &fields[order[ndecided - 1]];

		if (++field->value < values_in(field->domain)) {
			put(field, field->value);
			return true;
		}
		field->decided = false;
		put_noise(field);
		ndecided--;
	}
	return false;
}

/* What the check decided on, in that order, and the model. */
static void print_state(void)
{
	printf("# model");
	for (u32 i = 0; i < zone.end - zone.first; i++)
		printf(" %u", zone.model[i]);
	printf("; open %p first %u free %u orders %x peak %u; metadata at %p",
	       (void *)zone.b.open, zone.b.open_first, zone.b.free_frames,
	       zone.b.orders, zone.b.peak, (void *)zone.meta);
	for (u32 i = 0; i < ndecided; i++) {
		struct field *field = &fields[order[i]];

		if (field->at >= zone.meta && field->at < (u8 *)(&zone + 1))
			printf(" [%zu] %x", field->at - zone.meta,
			       field->value);
	}
	printf("\n");
}

/* Every operation in the state of @zone. */
static bool all_operations(void)
{
	static struct small_state state;

	if (!small_zone_derive(&zone) || !small_zone_agrees(&zone))
		return false;
	small_zone_save(&zone, &state);
	for (unsigned int op = 0; small_zone_operation(&zone, op); op++) {
		bool changed = !small_zone_is(&zone, &state);

		noperations++;
		if (tap_failed() || (changed && !small_zone_follows(&zone))) {
			printf("# operation %u in state %llu\n", op, nstates);
			print_state();
			small_zone_restore(&zone, &state);
			print_state();
			return false;
		}
		if (changed)
			small_zone_restore(&zone, &state);
	}
	return true;
}

static void prove(u32 first, u32 frames)
{
	bool good = true;

	nstates = 0;
	ntried = 0;
	noperations = 0;
	small_zone_make(&zone, first, frames);
	list_fields();
	for (u32 i = 0; i < nfields; i++)
		put_noise(&fields[i]);
	watched_read = decide;
	do {
		ntried++;
		if (!watched_check(&zone.b))
			continue;
		nstates++;
		good = all_operations();
	} while (good && advance());
	printf("# frames %u to %u: %llu states of %llu tried, %llu operations\n",
	       first, first + frames - 1, nstates, ntried, noperations);
	EXPECT(good);
}

/* Proves: BUD-062 */
HOST_TEST(buddy_operations_keep_the_invariant_in_every_state_that_meets_it)
{
	const char *size = getenv("BUDDY_PROVE_FRAMES");
	u32 frames = size ? atoi(size) : 5;

	for (u32 n = 1; n <= frames && !tap_failed(); n++)
		prove(0, n);
	/* words and regions are crossed at other places */
	for (u32 first = 1; first < 16 && !tap_failed(); first += 3)
		prove(first, frames - 1);
	/* and so is a word of level 2: the frames before 64 */
	if (!tap_failed())
		prove(62, frames - 2);
}
