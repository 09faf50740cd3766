// SPDX-License-Identifier: GPL-2.0+
/*
 * A random test of an allocator that is in use. What it allocates it fills with
 * a pattern of its own, and finds unchanged when it frees it: so it meets memory
 * that is given out twice, or written to by the allocator.
 */

#include <mmu_pfa/pfa.h>

#define LIVE		64	/* allocations at a time */
#define CHECK_EVERY	4096	/* operations between two checks of everything */
#define STOP_EVERY	64

/** struct piece - what the test has allocated */
struct piece {
	u64 pa;
	u64 size;
	u64 pattern;
};

/** struct run - a test under way */
struct run {
	struct pfa *pfa;
	struct pfa_selftest *test;
	u64 random;
	u64 budget;		/* bytes that may still be allocated */
	unsigned int live;
	struct piece piece[LIVE];
};

static u64 random_below(struct run *run, u64 n)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return (run->random >> 11) % n;
}

static u64 *piece_words(const struct run *run, const struct piece *piece)
{
	return (u64 *)(uintptr_t)(piece->pa + run->pfa->virt_offset);
}

/* Each word differs from its neighbours and from those of other pieces. */
static u64 pattern_at(const struct piece *piece, u64 i)
{
	return piece->pattern + i * 0x9e3779b97f4a7c15ull;
}

static void fill(const struct run *run, const struct piece *piece)
{
	u64 *words = piece_words(run, piece);

	for (u64 i = 0; i < piece->size / sizeof(u64); i++)
		words[i] = pattern_at(piece, i);
}

static bool intact(const struct run *run, const struct piece *piece)
{
	const u64 *words = piece_words(run, piece);

	for (u64 i = 0; i < piece->size / sizeof(u64); i++) {
		if (words[i] != pattern_at(piece, i)) {
			run->test->pa = piece->pa + i * sizeof(u64);
			return false;
		}
	}
	return true;
}

/* Mostly small ones, at times one of up to 1 MiB and of any size. */
static u64 random_size(struct run *run)
{
	u64 frames = 1 + random_below(run, random_below(run, 8) ? 8 : 256);

	return frames * FRAME_SIZE;
}

static const char *try_alloc(struct run *run)
{
	struct piece *piece = &run->piece[run->live];
	struct pfa_request req = {
		.size = random_size(run),
		.owner = PFA_OWNER_USER,
		.tag = "pfa-test",
	};
	int ret;

	if (!random_below(run, 4))
		req.align = FRAME_SIZE << random_below(run, 6);
	run->test->pa = 0;
	if (req.size > run->budget) {
		run->test->full++;
		return NULL;
	}
	ret = pfa_alloc(run->pfa, &req, &piece->pa);
	if (ret == -ENOMEM || ret == -ENOSPC) {
		run->test->full++;
		return NULL;
	}
	if (ret)
		return "a valid request was refused";
	run->test->pa = piece->pa;
	run->test->allocs++;
	piece->size = req.size;
	piece->pattern = run->random;
	run->budget -= req.size;
	run->live++;
	if (piece->pa & ((req.align ? req.align : FRAME_SIZE) - 1))
		return "the memory is misaligned";
	fill(run, piece);
	return NULL;
}

/* What is no start of an allocation, or somebody else's, is refused. */
static const char *try_wrong(struct run *run, const struct piece *piece)
{
	u64 inside = piece->pa + FRAME_SIZE * (piece->size / FRAME_SIZE - 1);
	enum buddy_status expected = inside == piece->pa ? BUDDY_MISALIGNED :
							   BUDDY_INTERIOR;

	if (inside == piece->pa)
		inside += 8;
	run->test->wrong += 2;
	if (pfa_free(run->pfa, inside, PFA_OWNER_USER, NULL) != expected)
		return "a free inside an allocation was not refused";
	if (pfa_free(run->pfa, piece->pa, PFA_OWNER_SNAP, NULL) !=
	    BUDDY_IN_USE)
		return "a free by another owner was not refused";
	return NULL;
}

static const char *try_free(struct run *run, unsigned int i)
{
	struct piece piece = run->piece[i];
	const char *wrong = NULL;
	bool good;

	run->test->pa = piece.pa;
	if (!random_below(run, 8))
		wrong = try_wrong(run, &piece);
	good = intact(run, &piece);
	if (pfa_free(run->pfa, piece.pa, PFA_OWNER_USER, NULL))
		return wrong ? wrong : "a valid free was refused";
	run->test->frees++;
	run->budget += piece.size;
	run->piece[i] = run->piece[--run->live];
	if (!good)
		return "memory was written to by somebody else";
	return wrong;
}

static const char *step(struct run *run)
{
	struct pfa_report report;

	if (run->test->done % CHECK_EVERY == CHECK_EVERY - 1 &&
	    pfa_check(run->pfa, &report)) {
		run->test->pa = report.pa;
		return "an invariant does not hold";
	}
	if (run->live == LIVE ||
	    (run->live && !random_below(run, 2)))
		return try_free(run, random_below(run, run->live));
	return try_alloc(run);
}

static bool told_to_stop(const struct pfa_selftest *test)
{
	return !(test->done % STOP_EVERY) && test->stop &&
	       test->stop(test->ctx);
}

static const char *finish(struct run *run, const char *wrong)
{
	struct pfa_report report;
	u64 where = run->test->pa;

	while (run->live && !wrong) {
		wrong = try_free(run, run->live - 1);
		where = run->test->pa;
	}
	/* after a failure as much as can be given back is */
	while (run->live)
		pfa_free(run->pfa, run->piece[--run->live].pa, PFA_OWNER_USER,
			 NULL);
	if (!wrong && pfa_check(run->pfa, &report)) {
		where = report.pa;
		wrong = "an invariant does not hold";
	}
	run->test->pa = where;
	return wrong;
}

const char *pfa_selftest(struct pfa *pfa, struct pfa_selftest *test)
{
	struct run run = {
		.pfa = pfa,
		.test = test,
		.random = test->seed * 2 + 1,
	};
	const char *wrong = NULL;
	struct pfa_stats stats;

	test->done = 0;
	test->allocs = 0;
	test->frees = 0;
	test->wrong = 0;
	test->full = 0;
	test->pa = 0;
	if (pfa_stats(pfa, &stats))
		return "the allocator is busy";
	run.budget = stats.free / 2;
	for (; test->done < test->iterations && !wrong; test->done++) {
		if (told_to_stop(test))
			break;
		wrong = step(&run);
	}
	return finish(&run, wrong);
}
