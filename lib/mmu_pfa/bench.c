// SPDX-License-Identifier: GPL-2.0+
/*
 * The workloads of <mmu_pfa/bench.h>, and who is measured by them.
 */

#include <mmu_pfa/bench.h>

#define HOT_PAIRS	1000000
#define BULK_FRAMES	512
#define MIXED_MAX_ORDER	9
#define ORDER_2M	9

/* Who is measured */

static size_t buddy_size(u32 frames)
{
	return (sizeof(struct buddy) + 15) / 16 * 16 +
	       (buddy_meta_size(0, frames) + 15) / 16 * 16;
}

static void buddy_begin(void *meta, u32 frames)
{
	buddy_init(meta, (u8 *)meta + (sizeof(struct buddy) + 15) / 16 * 16, 0,
		   frames);
}

static int buddy_take(void *meta, unsigned int order, u32 *frame)
{
	return buddy_alloc(meta, order, frame);
}

static int buddy_give(void *meta, u32 frame, unsigned int order)
{
	return buddy_free(meta, frame, order);
}

static int buddy_take_bulk(void *meta, u32 count, struct buddy_run *runs,
			   u32 *nruns)
{
	return buddy_alloc_bulk(meta, count, runs, nruns);
}

static int buddy_give_bulk(void *meta, u32 nruns, const struct buddy_run *runs)
{
	return buddy_free_bulk(meta, nruns, runs, NULL);
}

const struct bench_allocator bench_buddy = {
	.name = "buddy",
	.meta_size = buddy_size,
	.init = buddy_begin,
	.alloc = buddy_take,
	.free = buddy_give,
	.alloc_bulk = buddy_take_bulk,
	.free_bulk = buddy_give_bulk,
};

/** struct stack - free frames, the next one on top; orders count for nothing */
struct stack {
	u32 used;
	u32 frames[];
};

static size_t stack_size(u32 frames)
{
	return (sizeof(struct stack) + frames * sizeof(u32) + 15) / 16 * 16;
}

static void stack_begin(void *meta, u32 frames)
{
	struct stack *stack = meta;

	stack->used = 0;
	for (u32 i = 0; i < frames; i++)
		stack->frames[i] = i;
}

static int stack_take(void *meta, unsigned int order, u32 *frame)
{
	struct stack *stack = meta;

	*frame = stack->frames[stack->used++];
	return 0;
}

static int stack_give(void *meta, u32 frame, unsigned int order)
{
	struct stack *stack = meta;

	stack->frames[--stack->used] = frame;
	return 0;
}

const struct bench_allocator bench_stack = {
	.name = "stack",
	.meta_size = stack_size,
	.init = stack_begin,
	.alloc = stack_take,
	.free = stack_give,
};

static size_t nobody_size(u32 frames)
{
	return 16;
}

static void nobody_begin(void *meta, u32 frames)
{
}

static int nobody_take(void *meta, unsigned int order, u32 *frame)
{
	return 0;
}

static int nobody_give(void *meta, u32 frame, unsigned int order)
{
	return 0;
}

static int nobody_take_bulk(void *meta, u32 count, struct buddy_run *runs,
			    u32 *nruns)
{
	runs[0].count = count;
	*nruns = 1;
	return 0;
}

static int nobody_give_bulk(void *meta, u32 nruns, const struct buddy_run *runs)
{
	return 0;
}

const struct bench_allocator bench_nobody = {
	.name = "nobody",
	.meta_size = nobody_size,
	.init = nobody_begin,
	.alloc = nobody_take,
	.free = nobody_give,
	.alloc_bulk = nobody_take_bulk,
	.free_bulk = nobody_give_bulk,
};

/* What they run in */

/** typedef block_ref - an allocated block: its frame, and its order in 5 bits */
typedef u32 block_ref;

/** struct work - a workload under way */
struct work {
	const struct bench_env *env;
	struct bench_row *row;
	void *meta;
	block_ref *live;	/* or the runs of bulk */
	u32 nlive;
	u32 used;		/* frames */
	u64 random;
};

static u32 random_below(struct work *work, u32 n)
{
	work->random ^= work->random << 13;
	work->random ^= work->random >> 7;
	work->random ^= work->random << 17;
	return (work->random >> 32) * n >> 32;
}

static void start(struct work *work)
{
	const struct bench_env *env = work->env;

	if (env->begin)
		env->begin(env->ctx, work->row->name);
	if (env->insn)
		work->row->insn = env->insn(env->ctx);
	if (env->ns)
		work->row->ns = env->ns(env->ctx);
}

static void stop(struct work *work)
{
	const struct bench_env *env = work->env;

	if (env->ns)
		work->row->ns = env->ns(env->ctx) - work->row->ns;
	if (env->insn)
		work->row->insn = env->insn(env->ctx) - work->row->insn;
	if (env->end)
		env->end(env->ctx, work->row->name);
}

static int run_hot(struct work *work)
{
	const struct bench_allocator *a = work->env->allocator;
	int bad = 0;

	start(work);
	for (u32 i = 0; i < HOT_PAIRS; i++) {
		u32 frame = 0;

		bad |= a->alloc(work->meta, 0, &frame);
		bad |= a->free(work->meta, frame, 0);
	}
	stop(work);
	work->row->count = HOT_PAIRS;
	return bad;
}

static int fill(struct work *work)
{
	const struct bench_allocator *a = work->env->allocator;
	int bad = 0;

	for (u32 i = 0; i < work->env->frames; i++) {
		u32 frame = i;

		bad |= a->alloc(work->meta, 0, &frame);
		work->live[i] = frame;
	}
	work->row->count = work->env->frames;
	return bad;
}

static int run_fill(struct work *work)
{
	int bad;

	start(work);
	bad = fill(work);
	stop(work);
	return bad;
}

static void shuffle(struct work *work, u32 n)
{
	for (u32 i = n - 1; i; i--) {
		u32 j = random_below(work, i + 1);
		block_ref other = work->live[j];

		work->live[j] = work->live[i];
		work->live[i] = other;
	}
}

static int run_free_random(struct work *work)
{
	const struct bench_allocator *a = work->env->allocator;
	int bad = fill(work);

	shuffle(work, work->env->frames);
	start(work);
	for (u32 i = 0; i < work->env->frames; i++)
		bad |= a->free(work->meta, work->live[i], 0);
	stop(work);
	return bad;
}

/* Order k with probability 2^-(k+1), up to the largest. */
static unsigned int random_order(struct work *work)
{
	u32 bits = random_below(work, 1u << MIXED_MAX_ORDER) |
		   1u << MIXED_MAX_ORDER;

	return __builtin_ctz(bits);
}

/*
 * One operation: a block more where fewer frames are out than are to be, else
 * one less. Where there is no room for it, that is all there was to it.
 */
static inline int mixed_operation(struct work *work, u32 target)
{
	const struct bench_allocator *a = work->env->allocator;
	u32 i;

	if (work->used < target) {
		unsigned int order = random_order(work);
		u32 frame = 0;

		if (a->alloc(work->meta, order, &frame))
			return 0;
		work->live[work->nlive++] = frame << 5 | order;
		work->used += 1u << order;
		return 0;
	}
	i = random_below(work, work->nlive);
	work->used -= 1u << (work->live[i] & 31);
	if (a->free(work->meta, work->live[i] >> 5, work->live[i] & 31))
		return -EIO;
	work->live[i] = work->live[--work->nlive];
	return 0;
}

static u32 free2m_pct(struct buddy *b)
{
	struct buddy_stats stats;
	u64 large = 0;

	buddy_stats(b, &stats);
	for (unsigned int order = ORDER_2M; order < BUDDY_ORDERS; order++)
		large += (u64)stats.nfree[order] << order;
	return stats.free ? large * 10000 / stats.free : 0;
}

static int run_mixed(struct work *work, unsigned int pct)
{
	u32 target = (u64)work->env->frames * pct / 100;
	int bad = 0;

	for (u32 i = 0; work->used < target && i < work->env->frames; i++)
		bad |= mixed_operation(work, target);
	start(work);
	for (u32 i = 0; i < work->env->mixed_ops; i++)
		bad |= mixed_operation(work, target);
	stop(work);
	work->row->count = work->env->mixed_ops;
	if (work->env->allocator == &bench_buddy)
		work->row->free2m_pct = free2m_pct(work->meta);
	return bad;
}

static int run_mixed50(struct work *work)
{
	return run_mixed(work, 50);
}

static int run_mixed95(struct work *work)
{
	return run_mixed(work, 95);
}

static int run_bulk(struct work *work)
{
	const struct bench_allocator *a = work->env->allocator;
	u32 calls = work->env->frames / BULK_FRAMES;
	struct buddy_run *runs = (struct buddy_run *)work->live;
	int bad = 0;

	if (!a->alloc_bulk)
		return -EOPNOTSUPP;
	start(work);
	for (u32 i = 0; i < calls; i++) {
		u32 n = 1;

		bad |= a->alloc_bulk(work->meta, BULK_FRAMES, &runs[i], &n);
	}
	for (u32 i = 0; i < calls; i++)
		bad |= a->free_bulk(work->meta, 1, &runs[i]);
	stop(work);
	work->row->count = calls * BULK_FRAMES;
	return bad;
}

/* A frame's address, where frame 0 is at 0 */
static u64 address(u32 frame)
{
	return (u64)frame << 12;
}

/* The addresses of all frames of runs, in an array. */
static void runs_to_array(const struct buddy_run *runs, u32 nruns, u64 *array)
{
	for (u32 i = 0; i < nruns; i++) {
		for (u32 k = 0; k < runs[i].count; k++)
			*array++ = address(runs[i].frame + k);
	}
}

/* And back: the number of runs */
static u32 array_to_runs(const u64 *array, u32 count, struct buddy_run *runs)
{
	u32 n = 0;

	for (u32 i = 0; i < count; i++) {
		if (n && address(runs[n - 1].frame + runs[n - 1].count) == array[i])
			runs[n - 1].count++;
		else
			runs[n++] = (struct buddy_run){ array[i] >> 12, 1 };
	}
	return n;
}

/* The same for a caller who wants addresses; one request is out at a time. */
static int run_bulk_array(struct work *work)
{
	const struct bench_allocator *a = work->env->allocator;
	u32 calls = work->env->frames / BULK_FRAMES;
	struct buddy_run *runs = (struct buddy_run *)work->live;
	u64 array[BULK_FRAMES];
	int bad = 0;

	if (!a->alloc_bulk)
		return -EOPNOTSUPP;
	start(work);
	for (u32 i = 0; i < calls; i++) {
		u32 n = BULK_FRAMES;

		bad |= a->alloc_bulk(work->meta, BULK_FRAMES, runs, &n);
		runs_to_array(runs, n, array);
		n = array_to_runs(array, BULK_FRAMES, runs);
		bad |= a->free_bulk(work->meta, n, runs);
	}
	stop(work);
	work->row->count = calls * BULK_FRAMES;
	return bad;
}

#define WORKLOADS	7

static const struct {
	const char *name;
	const char *per;
	int (*run)(struct work *work);
	enum { LESS_LOOP, WHOLE } whole;
} workloads[WORKLOADS] = {
	{ "hot", "pair", run_hot, LESS_LOOP },
	{ "fill", "frame", run_fill, LESS_LOOP },
	{ "free_random", "frame", run_free_random, LESS_LOOP },
	{ "mixed50", "op", run_mixed50, LESS_LOOP },
	{ "mixed95", "op", run_mixed95, LESS_LOOP },
	{ "bulk", "frame", run_bulk, LESS_LOOP },
	{ "bulk_array", "frame", run_bulk_array, WHOLE },
};

size_t bench_scratch_size(const struct bench_allocator *allocator, u32 frames)
{
	return allocator->meta_size(frames) + frames * sizeof(block_ref);
}

int bench_run(const struct bench_env *env, unsigned int i,
	      struct bench_row *row)
{
	size_t meta_size = env->allocator->meta_size(env->frames);
	struct work work = {
		.env = env,
		.row = row,
		.meta = env->scratch,
		.live = (block_ref *)((u8 *)env->scratch + meta_size),
		.random = env->seed * 0x9e3779b97f4a7c15ull + 1,
	};
	int ret;

	memset(row, 0, sizeof(*row));
	if (i >= WORKLOADS)
		return -ENOENT;
	row->name = workloads[i].name;
	row->per = workloads[i].per;
	row->whole = workloads[i].whole;
	env->allocator->init(work.meta, env->frames);
	ret = workloads[i].run(&work);
	if (ret == -EOPNOTSUPP)
		return ret;
	return ret ? -EIO : 0;
}
