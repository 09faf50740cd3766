// SPDX-License-Identifier: GPL-2.0+
/*
 * Tags: names of what is allocated, kept once for all who have the same.
 */

#include "pfa_internal.h"

/* Of any character but the NUL. */
static bool tag_char_valid(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr("_.:-", c);
}

bool pfa_tag_valid(const char *tag)
{
	size_t len = 0;

	if (!strcmp(tag, "-"))
		return false;
	for (; tag[len]; len++) {
		if (!tag_char_valid(tag[len]) || len == PFA_TAG_LEN)
			return false;
	}
	return len;
}

/* The number of a tag, in use or not; PFA_TAGS + 1 if all are in use. */
unsigned int pfa_tag_number(const struct pfa *pfa, const char *name)
{
	unsigned int unused = PFA_TAGS + 1;

	if (!name)
		return 0;
	/* mostly it is the one that was wanted before */
	if (pfa->tags[pfa->tag_hint].refs && pfa->tag_hint &&
	    !strcmp(pfa->tags[pfa->tag_hint].name, name))
		return pfa->tag_hint;
	for (unsigned int i = PFA_TAGS; i; i--) {
		if (!pfa->tags[i].refs)
			unused = i;
		else if (!strcmp(pfa->tags[i].name, name))
			return i;
	}
	return unused;
}

void pfa_tag_use(struct pfa *pfa, unsigned int number, const char *name,
		    u32 frames)
{
	struct pfa_tag *tag = &pfa->tags[number];

	if (number && !tag->refs)
		memcpy(tag->name, name, strlen(name) + 1);
	pfa->tag_hint = number;
	tag->refs++;
	tag->frames += frames;
}

void pfa_tag_drop(struct pfa *pfa, unsigned int number, u32 frames)
{
	pfa->tags[number].refs--;
	pfa->tags[number].frames -= frames;
}

static bool tag_stats_locked(struct pfa *pfa, unsigned int i,
			     struct pfa_tag_stats *stats)
{
	for (unsigned int number = 0; number <= PFA_TAGS; number++) {
		const struct pfa_tag *tag = &pfa->tags[number];

		if (!tag->refs || i--)
			continue;
		strcpy(stats->name, number ? tag->name : "");
		stats->allocs = tag->refs;
		stats->bytes = (u64)tag->frames << FRAME_SHIFT;
		return true;
	}
	return false;
}

bool pfa_tag_stats(struct pfa *pfa, unsigned int i,
		   struct pfa_tag_stats *stats)
{
	bool found;

	if (!lock(pfa))
		return false;
	found = tag_stats_locked(pfa, i, stats);
	unlock(pfa);
	return found;
}
