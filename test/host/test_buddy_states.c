// SPDX-License-Identifier: GPL-2.0+
/*
 * Every state that a small zone can come to, and from each of them every
 * operation, valid or not, against a model of one byte a frame. With words of 4
 * units even a dozen frames are several words below more than one level.
 *
 * BUDDY_STATES_FRAMES in the environment is the size of the largest zone.
 */

#include <mmu_pfa/buddy.h>

#include <stdlib.h>

#include "tap.h"

#define FRAMES_MAX	12
#define META_WORDS	128	/* u64, of which each fits a byte here */

enum model { FREE, INTERIOR, RESERVED, HEAD };

/** struct zone - the zone under test and its model */
struct zone {
	struct buddy b;
	u64 meta[META_WORDS];
	unsigned int words;
	u32 first;
	u32 end;
	u8 model[FRAMES_MAX];
};

/* A state, packed: where the open word is, the counters, the metadata, model. */
#define PACKED_HEAD	4

static u8 *states;
static u32 *table;
static u32 nstates, room;
static unsigned int packed_size;

static void pack(const struct zone *z, u8 *out)
{
	*out++ = z->b.open ? 1 + ((u64 *)z->b.open - z->meta) : 0;
	*out++ = z->b.open ? z->b.open_first : 0;
	*out++ = z->b.free_frames;
	*out++ = z->b.orders;
	for (unsigned int i = 0; i < z->words; i++)
		*out++ = z->meta[i];
	memcpy(out, z->model, z->end - z->first);
}

static void unpack(struct zone *z, const u8 *in)
{
	z->b.open = *in ? (struct buddy_word *)&z->meta[*in - 1] : NULL;
	z->b.open_first = in[1];
	z->b.free_frames = in[2];
	z->b.orders = in[3];
	in += PACKED_HEAD;
	for (unsigned int i = 0; i < z->words; i++)
		z->meta[i] = *in++;
	memcpy(z->model, in, z->end - z->first);
}

static u32 hash(const u8 *bytes)
{
	u64 h = 0;

	for (unsigned int i = 0; i < packed_size; i++)
		h = (h ^ bytes[i]) * 0x100000001b3ull;
	return h ^ h >> 29;
}

static void grow(void)
{
	room *= 2;
	states = realloc(states, (size_t)room * packed_size);
	free(table);
	table = calloc(2 * (size_t)room, sizeof(*table));
	for (u32 i = 0; i < nstates; i++) {
		u32 slot = hash(states + (size_t)i * packed_size) % (2 * room);

		while (table[slot])
			slot = (slot + 1) % (2 * room);
		table[slot] = i + 1;
	}
}

/* Remember a state; whether it is a new one. */
static bool add(const struct zone *z)
{
	u8 *state;
	u32 slot;

	if (nstates + 1 >= room)
		grow();
	state = states + (size_t)nstates * packed_size;
	pack(z, state);
	slot = hash(state) % (2 * room);
	for (; table[slot]; slot = (slot + 1) % (2 * room)) {
		if (!memcmp(states + (size_t)(table[slot] - 1) * packed_size,
			    state, packed_size))
			return false;
	}
	table[slot] = ++nstates;
	return true;
}

/* The model */

static bool all(const struct zone *z, u32 frame, u32 count, u8 value)
{
	if (frame < z->first || (u64)frame + count > z->end)
		return false;
	for (u32 i = 0; i < count; i++) {
		if (z->model[frame - z->first + i] != value)
			return false;
	}
	return true;
}

static void set(struct zone *z, u32 frame, u32 count, u8 value)
{
	memset(&z->model[frame - z->first], value, count);
}

static void use(struct zone *z, u32 frame, unsigned int order)
{
	set(z, frame, 1u << order, INTERIOR);
	z->model[frame - z->first] = HEAD + order;
}

static void use_range(struct zone *z, u32 frame, u32 count)
{
	while (count) {
		unsigned int order = buddy_next_tile(frame, count);

		use(z, frame, order);
		frame += 1u << order;
		count -= 1u << order;
	}
}

static enum buddy_status free_status(const struct zone *z, u32 frame,
				     unsigned int order)
{
	u8 value;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_INVALID;
	if (frame < z->first || frame >= z->end)
		return BUDDY_FOREIGN;
	if (frame % (1u << order))
		return BUDDY_MISALIGNED;
	value = z->model[frame - z->first];
	if (value == FREE)
		return BUDDY_NOT_ALLOCATED;
	if (value == INTERIOR)
		return BUDDY_INTERIOR;
	if (value == RESERVED)
		return BUDDY_RESERVED;
	return value == HEAD + order ? BUDDY_OK : BUDDY_WRONG_ORDER;
}

static bool has_block(const struct zone *z, unsigned int order)
{
	for (u32 frame = 0; frame < z->end; frame += 1u << order) {
		if (all(z, frame, 1u << order, FREE))
			return true;
	}
	return false;
}

/* Block by block; looking closes the open word. */
static bool blocks_agree(struct zone *z)
{
	static const u8 states_of[] = { FREE, HEAD, RESERVED };
	struct buddy_block block;
	u32 nfree = 0;

	for (u32 f = z->first; f < z->end; f += 1u << block.order) {
		block = buddy_find(&z->b, f);
		if (block.frame != f || block.state > BUDDY_STATE_RESERVED)
			return false;
		if (block.state == BUDDY_STATE_FREE)
			nfree += 1u << block.order;
		if (block.state == BUDDY_STATE_USED &&
		    z->model[f - z->first] != HEAD + block.order)
			return false;
		if (block.state != BUDDY_STATE_USED &&
		    !all(z, f, 1u << block.order, states_of[block.state]))
			return false;
	}
	return buddy_free_frames(&z->b) == nfree;
}

/* Before and after looking; the state is as it was after this. */
static bool agrees(struct zone *z)
{
	u8 packed[PACKED_HEAD + META_WORDS + FRAMES_MAX];
	u32 frame = 0;
	const char *violated = buddy_check(&z->b, &frame);
	bool agree;

	pack(z, packed);
	agree = !violated && blocks_agree(z);
	if (!violated)
		violated = buddy_check(&z->b, &frame);
	unpack(z, packed);
	if (violated)
		printf("# %s at %u\n", violated, frame);
	return agree && !violated;
}

/* Operations; each EXPECTs what the model says */

static void try_alloc(struct zone *z, unsigned int order)
{
	u32 frame = 0;

	if (buddy_alloc(&z->b, order, &frame)) {
		EXPECT(order > BUDDY_MAX_ORDER || !has_block(z, order));
		return;
	}
	EXPECT(!(frame % (1u << order)));
	EXPECT(all(z, frame, 1u << order, FREE));
	use(z, frame, order);
}

static void try_free(struct zone *z, u32 frame, unsigned int order)
{
	u8 before[PACKED_HEAD + META_WORDS + FRAMES_MAX];
	u8 after[PACKED_HEAD + META_WORDS + FRAMES_MAX];
	enum buddy_status expected = free_status(z, frame, order);

	pack(z, before);
	EXPECT_EQ(buddy_free(&z->b, frame, order), expected);
	pack(z, after);
	if (expected)
		EXPECT(!memcmp(before, after, packed_size));
	else
		set(z, frame, 1u << order, FREE);
}

static void try_free_any(struct zone *z, u32 frame)
{
	enum buddy_status expected = free_status(z, frame, 0);
	unsigned int order = 0;

	if (expected == BUDDY_WRONG_ORDER)
		expected = BUDDY_OK;
	EXPECT_EQ(buddy_free_any(&z->b, frame, &order), expected);
	if (expected)
		return;
	EXPECT_EQ(z->model[frame - z->first], HEAD + order);
	set(z, frame, 1u << order, FREE);
}

static void try_range(struct zone *z, u32 frame, u32 count, unsigned int what)
{
	bool inside = frame >= z->first && (u64)frame + count <= z->end;
	enum buddy_status status;

	if (what == 0)
		status = buddy_alloc_at(&z->b, frame, count, NULL);
	else if (what == 1)
		status = buddy_reserve(&z->b, frame, count, NULL);
	else
		status = buddy_release(&z->b, frame, count, NULL);
	EXPECT_EQ(status == BUDDY_FOREIGN, !inside);
	if (!inside)
		return;
	EXPECT_EQ(!status, all(z, frame, count, what == 2 ? RESERVED : FREE));
	if (status)
		return;
	if (what == 0)
		use_range(z, frame, count);
	else
		set(z, frame, count, what == 1 ? RESERVED : FREE);
}

static void try_bulk(struct zone *z, u32 count)
{
	u32 available = buddy_free_frames(&z->b);
	struct buddy_run runs[FRAMES_MAX];
	u32 n = FRAMES_MAX;

	EXPECT_EQ(!buddy_alloc_bulk(&z->b, count, runs, &n),
		  count <= available);
	for (u32 i = 0; count <= available && i < n; i++) {
		EXPECT(all(z, runs[i].frame, runs[i].count, FREE));
		set(z, runs[i].frame, runs[i].count, HEAD);
	}
}

static void try_bulk_free(struct zone *z, u32 frame, u32 count)
{
	struct buddy_run run = { frame, count };
	bool good = all(z, frame, count, HEAD);

	EXPECT_EQ(!buddy_free_bulk(&z->b, 1, &run, NULL), good);
	if (good)
		set(z, frame, count, FREE);
}

static void try_run(struct zone *z, u32 count, unsigned int align)
{
	u32 frame;

	if (buddy_alloc_run(&z->b, count, align, z->first + 1, z->end, &frame))
		return;
	EXPECT(frame > z->first && frame + count <= z->end);
	EXPECT(!(frame % (1u << align)));
	EXPECT(all(z, frame, count, FREE));
	use_range(z, frame, count);
}

/* Operation number @op; false if there is no such number. */
static bool operation(struct zone *z, unsigned int op)
{
	u32 places = z->end - z->first + 2;
	u32 frame = z->first - 1 + op % places;
	u32 count = 1 + op % places;

	op /= places;
	if (op < 5)
		try_free(z, frame, op);
	else if (op < 6)
		try_free_any(z, frame);
	else if (op < 6 + 3 * 5)
		try_range(z, frame, 1 + (op - 6) / 3, (op - 6) % 3);
	else if (op < 22)
		try_alloc(z, count - 1);
	else if (op < 23)
		try_bulk(z, count);
	else if (op < 26)
		try_bulk_free(z, frame, 1 + 2 * (op - 23));
	else if (op < 28)
		try_run(z, count, op - 26);
	else
		return false;
	return true;
}

static bool all_from(struct zone *z, u32 i)
{
	for (unsigned int op = 0; ; op++) {
		unpack(z, states + (size_t)i * packed_size);
		if (!operation(z, op))
			return true;
		if (tap_failed() || (add(z) && !agrees(z))) {
			printf("# operation %u from state %u\n", op, i);
			return false;
		}
	}
}

static void all_states(u32 first, u32 frames)
{
	static struct zone z;
	bool good = true;

	memset(&z, 0, sizeof(z));
	z.first = first;
	z.end = first + frames;
	z.words = buddy_meta_size(first, z.end) / sizeof(u64);
	EXPECT(z.words <= META_WORDS);
	EXPECT_EQ(buddy_init(&z.b, z.meta, first, z.end), BUDDY_OK);
	packed_size = PACKED_HEAD + z.words + frames;
	room = 512;
	nstates = 0;
	states = NULL;
	table = NULL;
	grow();
	add(&z);
	for (u32 i = 0; good && i < nstates; i++)
		good = all_from(&z, i);
	printf("# frames %u to %u: %u states\n", first, z.end - 1, nstates);
	free(states);
	free(table);
	EXPECT(good);
}

/* Proves: BUD-035 */
HOST_TEST(buddy_every_reachable_state_with_words_of_4_agrees_with_the_model)
{
	const char *size = getenv("BUDDY_STATES_FRAMES");
	u32 frames = size ? atoi(size) : 8;

	for (u32 n = 1; n <= frames && !tap_failed(); n++)
		all_states(0, n);
	/* words and regions are crossed at other places */
	for (u32 first = 1; first < 16 && !tap_failed(); first += 3)
		all_states(first, frames - 1);
}
