/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * A zone small enough to look at everything that it can be, a model of it of one
 * byte a frame, and every operation on it, valid or not.
 *
 * Of the buddy nothing is used but <mmu_pfa/buddy.h>: what its bits mean is not
 * known here.
 */

#ifndef _SMALL_ZONE_H
#define _SMALL_ZONE_H

#include <mmu_pfa/buddy.h>

#define SMALL_FRAMES	16
#define SMALL_META	896

/** enum small_model - what a frame is; a head is that of a block of an order */
enum small_model {
	SMALL_FREE,
	SMALL_INTERIOR,
	SMALL_RESERVED,
	SMALL_HEAD,		/* + order */
};

/**
 * struct small_zone - a zone and its model
 *
 * @first: the first frame
 * @end:   after the last one
 * @size:  bytes of the state, which begins with @b
 * @b:     the buddy
 * @model: enum small_model of each frame
 * @meta:  its metadata
 */
struct small_zone {
	u32 first;
	u32 end;
	size_t size;
	struct buddy b __aligned(64);
	u8 model[SMALL_FRAMES];
	u8 meta[SMALL_META] __aligned(64);
};

/* All of what changes. A state belongs to the zone that it was copied from. */
struct small_state {
	u8 bytes[sizeof(struct small_zone)] __aligned(64);
};

static inline void small_zone_save(const struct small_zone *z,
				   struct small_state *state)
{
	memcpy(state->bytes, &z->b, z->size);
}

static inline void small_zone_restore(struct small_zone *z,
				      const struct small_state *state)
{
	memcpy(&z->b, state->bytes, z->size);
}

static inline bool small_zone_is(const struct small_zone *z,
				 const struct small_state *state)
{
	return !memcmp(&z->b, state->bytes, z->size);
}

/* A new zone, all free. */
void small_zone_make(struct small_zone *z, u32 first, u32 frames);

/**
 * small_zone_derive() - make the model what the buddy says when it is looked at
 *
 * The state of the buddy is afterwards what it was.
 *
 * Return: whether the blocks tile the zone
 */
bool small_zone_derive(struct small_zone *z);

/**
 * small_zone_agrees() - whether every invariant holds, and all ways to look at
 *	the buddy tell what the model says
 *
 * The state is afterwards what it was.
 */
bool small_zone_agrees(struct small_zone *z);

/**
 * small_zone_follows() - whether every invariant holds, and the blocks are those
 *	of the model
 *
 * Enough where small_zone_agrees() has been, or will be, asked in this state.
 */
bool small_zone_follows(struct small_zone *z);

/**
 * small_zone_operation() - do operation number @op
 *
 * Its outcome is EXPECTed to be the one that the model says, and the model then
 * follows. The state is looked at by nobody: small_zone_agrees().
 *
 * Return: false if there is no such number
 */
bool small_zone_operation(struct small_zone *z, unsigned int op);

#endif /* _SMALL_ZONE_H */
