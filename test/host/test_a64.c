// SPDX-License-Identifier: GPL-2.0+
/*
 * What an A64 instruction accesses, and what it does away from its address.
 * Each row is an instruction as the assembler encodes it; test/tools/test_a64.py
 * asks the assembler whether it still does.
 */

#include <mmu_pfa/a64.h>

#include "tap.h"

#include <string.h>

#define ARRAY_SIZE(x)	(sizeof(x) / sizeof((x)[0]))

#define X(n)	(0x10000ull * ((n) + 1))
#define SP	0x990000ull
#define PC	0x4000ff0ull

/* What every instruction finds. */
static struct a64_regs registers(void)
{
	struct a64_regs regs = { .sp = SP, .pc = PC, .pstate = 0x3c9 };

	for (unsigned int i = 0; i < 31; i++)
		regs.x[i] = X(i);
	regs.x[24] = 1ull << 32;
	regs.x[25] = 0x1234567;
	regs.x[26] = -16ull;
	regs.x[27] = 0x11fffffff0;
	return regs;
}

static const struct a64_blocks blocks = { .line = 64, .zero = 256 };

/* known, read, write, exclusive; then address, size, n, width, registers */
#define LOAD(...)		true, true, false, false, __VA_ARGS__
#define STORE(...)		true, false, true, false, __VA_ARGS__
#define ATOMIC(...)		true, true, true, false, __VA_ARGS__
#define EXCLUSIVE(load, ...)	true, load, !(load), true, __VA_ARGS__
#define NEITHER(addr, size)	true, false, false, false, addr, size, 0, 0, 0, 0
#define UNKNOWN			false, false, false, false, 0, 0, 0, 0, 0, 0

static const struct {
	u32 insn;
	const char *text;
	bool known, read, write, exclusive;
	u64 addr;
	u32 size;
	u8 n, width, reg, reg2;
} accesses[] = {
	{ 0xf9400420, "ldr x0, [x1, #8]",
	  LOAD(X(1) + 8, 8, 1, 8, 0, 0) },
	{ 0xb9400062, "ldr w2, [x3]",
	  LOAD(X(3), 4, 1, 4, 2, 0) },
	{ 0x79400462, "ldrh w2, [x3, #2]",
	  LOAD(X(3) + 2, 2, 1, 2, 2, 0) },
	{ 0x397ffca4, "ldrb w4, [x5, #4095]",
	  LOAD(X(5) + 4095, 1, 1, 1, 4, 0) },
	{ 0x389ffca4, "ldrsb x4, [x5, #-1]!",
	  LOAD(X(5) - 1, 1, 1, 1, 4, 0) },
	{ 0x78c024a4, "ldrsh w4, [x5], #2",
	  LOAD(X(5), 2, 1, 2, 4, 0) },
	{ 0xb98004a4, "ldrsw x4, [x5, #4]",
	  LOAD(X(5) + 4, 4, 1, 4, 4, 0) },
	{ 0xf85000a4, "ldur x4, [x5, #-256]",
	  LOAD(X(5) - 256, 8, 1, 8, 4, 0) },
	{ 0xf84108a4, "ldtr x4, [x5, #16]",
	  LOAD(X(5) + 16, 8, 1, 8, 4, 0) },
	{ 0xf97fffe4, "ldr x4, [sp, #32760]",
	  LOAD(SP + 32760, 8, 1, 8, 4, 0) },
	{ 0xf94000bf, "ldr xzr, [x5]",
	  LOAD(X(5), 8, 1, 8, 31, 0) },
	{ 0xf9000420, "str x0, [x1, #8]",
	  STORE(X(1) + 8, 8, 1, 8, 0, 0) },
	{ 0xb8004455, "str w21, [x2], #4",
	  STORE(X(2), 4, 1, 4, 21, 0) },
	{ 0x781fed07, "strh w7, [x8, #-2]!",
	  STORE(X(8) - 2, 2, 1, 2, 7, 0) },
	{ 0x3900051f, "strb wzr, [x8, #1]",
	  STORE(X(8) + 1, 1, 1, 1, 31, 0) },
	{ 0xb81fd107, "stur w7, [x8, #-3]",
	  STORE(X(8) - 3, 4, 1, 4, 7, 0) },
	{ 0xb81fc907, "sttr w7, [x8, #-4]",
	  STORE(X(8) - 4, 4, 1, 4, 7, 0) },
	{ 0xf8626820, "ldr x0, [x1, x2]",
	  LOAD(X(1) + X(2), 8, 1, 8, 0, 0) },
	{ 0xf8627820, "ldr x0, [x1, x2, lsl #3]",
	  LOAD(X(1) + 8 * X(2), 8, 1, 8, 0, 0) },
	{ 0xb87b5820, "ldr w0, [x1, w27, uxtw #2]",
	  LOAD(X(1) + 4 * 0xfffffff0ull, 4, 1, 4, 0, 0) },
	{ 0xb87bd820, "ldr w0, [x1, w27, sxtw #2]",
	  LOAD(X(1) - 64, 4, 1, 4, 0, 0) },
	{ 0xb87ae820, "ldr w0, [x1, x26, sxtx]",
	  LOAD(X(1) - 16, 4, 1, 4, 0, 0) },
	{ 0x383f6820, "strb w0, [x1, xzr]",
	  STORE(X(1), 1, 1, 1, 0, 0) },
	{ 0xa8c107e0, "ldp x0, x1, [sp], #16",
	  LOAD(SP, 16, 2, 8, 0, 1) },
	{ 0x297f0440, "ldp w0, w1, [x2, #-8]",
	  LOAD(X(2) - 8, 8, 2, 4, 0, 1) },
	{ 0x69410440, "ldpsw x0, x1, [x2, #8]",
	  LOAD(X(2) + 8, 8, 2, 4, 0, 1) },
	{ 0xa85f9043, "ldnp x3, x4, [x2, #504]",
	  LOAD(X(2) + 504, 16, 2, 8, 3, 4) },
	{ 0xa9bf7bfd, "stp x29, x30, [sp, #-16]!",
	  STORE(SP - 16, 16, 2, 8, 29, 30) },
	{ 0x2900fc45, "stp w5, wzr, [x2, #4]",
	  STORE(X(2) + 4, 8, 2, 4, 5, 31) },
	{ 0xa8001845, "stnp x5, x6, [x2]",
	  STORE(X(2), 16, 2, 8, 5, 6) },
	{ 0x587fffe0, "ldr x0, .+0x100000-4",
	  LOAD(PC + 0x100000 - 4, 8, 1, 8, 0, 0) },
	{ 0x18ffffc0, "ldr w0, .-8",
	  LOAD(PC - 8, 4, 1, 4, 0, 0) },
	{ 0x98000040, "ldrsw x0, .+8",
	  LOAD(PC + 8, 4, 1, 4, 0, 0) },
	{ 0xc85f7c20, "ldxr x0, [x1]",
	  EXCLUSIVE(true, X(1), 8, 1, 8, 0, 0) },
	{ 0x085ffc20, "ldaxrb w0, [x1]",
	  EXCLUSIVE(true, X(1), 1, 1, 1, 0, 0) },
	{ 0xc8037c20, "stxr w3, x0, [x1]",
	  EXCLUSIVE(false, X(1), 8, 1, 8, 0, 0) },
	{ 0x4803fc20, "stlxrh w3, w0, [x1]",
	  EXCLUSIVE(false, X(1), 2, 1, 2, 0, 0) },
	{ 0xc87f0820, "ldxp x0, x2, [x1]",
	  EXCLUSIVE(true, X(1), 16, 2, 8, 0, 2) },
	{ 0x88238820, "stlxp w3, w0, w2, [x1]",
	  EXCLUSIVE(false, X(1), 8, 2, 4, 0, 2) },
	{ 0x88dffc20, "ldar w0, [x1]",
	  LOAD(X(1), 4, 1, 4, 0, 0) },
	{ 0x089ffc20, "stlrb w0, [x1]",
	  STORE(X(1), 1, 1, 1, 0, 0) },
	{ 0xc8df7c20, "ldlar x0, [x1]",
	  LOAD(X(1), 8, 1, 8, 0, 0) },
	{ 0xf8bfc020, "ldapr x0, [x1]",
	  LOAD(X(1), 8, 1, 8, 0, 0) },
	{ 0x995fc020, "ldapur w0, [x1, #-4]",
	  LOAD(X(1) - 4, 4, 1, 4, 0, 0) },
	{ 0xd90ff020, "stlur x0, [x1, #255]",
	  STORE(X(1) + 255, 8, 1, 8, 0, 0) },
	{ 0xc8a47cc5, "cas x4, x5, [x6]",
	  ATOMIC(X(6), 8, 1, 8, 4, 0) },
	{ 0x08e4fcc5, "casalb w4, w5, [x6]",
	  ATOMIC(X(6), 1, 1, 1, 4, 0) },
	{ 0x48247cc8, "casp x4, x5, x8, x9, [x6]",
	  ATOMIC(X(6), 16, 2, 8, 4, 5) },
	{ 0x08247cc8, "casp w4, w5, w8, w9, [x6]",
	  ATOMIC(X(6), 8, 2, 4, 4, 5) },
	{ 0xb82400c5, "ldadd w4, w5, [x6]",
	  ATOMIC(X(6), 4, 1, 4, 5, 0) },
	{ 0xf82410df, "stclr x4, [x6]",
	  ATOMIC(X(6), 8, 1, 8, 31, 0) },
	{ 0xf8e483e5, "swpal x4, x5, [sp]",
	  ATOMIC(SP, 8, 1, 8, 5, 0) },
	{ 0x782460c5, "ldumaxh w4, w5, [x6]",
	  ATOMIC(X(6), 2, 1, 2, 5, 0) },
	{ 0x3dc00420, "ldr q0, [x1, #16]",
	  LOAD(X(1) + 16, 16, 0, 0, 0, 0) },
	{ 0xfc408420, "ldr d0, [x1], #8",
	  LOAD(X(1), 8, 0, 0, 0, 0) },
	{ 0xbc627820, "ldr s0, [x1, x2, lsl #2]",
	  LOAD(X(1) + 4 * X(2), 4, 0, 0, 0, 0) },
	{ 0x3d001420, "str b0, [x1, #5]",
	  STORE(X(1) + 5, 1, 0, 0, 0, 0) },
	{ 0x3c9f0020, "stur q0, [x1, #-16]",
	  STORE(X(1) - 16, 16, 0, 0, 0, 0) },
	{ 0x9c000080, "ldr q0, .+16",
	  LOAD(PC + 16, 16, 0, 0, 0, 0) },
	{ 0xad010420, "stp q0, q1, [x1, #32]",
	  STORE(X(1) + 32, 32, 0, 0, 0, 0) },
	{ 0x2d7f8420, "ldp s0, s1, [x1, #-4]",
	  LOAD(X(1) - 4, 8, 0, 0, 0, 0) },
	{ 0x4c407020, "ld1 {v0.16b}, [x1]",
	  LOAD(X(1), 16, 0, 0, 0, 0) },
	{ 0x0cdf2020, "ld1 {v0.8b-v3.8b}, [x1], #32",
	  LOAD(X(1), 32, 0, 0, 0, 0) },
	{ 0x4c004820, "st3 {v0.4s-v2.4s}, [x1]",
	  STORE(X(1), 48, 0, 0, 0, 0) },
	{ 0x4c820020, "st4 {v0.16b-v3.16b}, [x1], x2",
	  STORE(X(1), 64, 0, 0, 0, 0) },
	{ 0x0d400c20, "ld1 {v0.b}[3], [x1]",
	  LOAD(X(1), 1, 0, 0, 0, 0) },
	{ 0x0d205820, "st2 {v0.h, v1.h}[3], [x1]",
	  STORE(X(1), 4, 0, 0, 0, 0) },
	{ 0x0d60b020, "ld4 {v0.s-v3.s}[1], [x1]",
	  LOAD(X(1), 16, 0, 0, 0, 0) },
	{ 0x4d40a420, "ld3 {v0.d-v2.d}[1], [x1]",
	  LOAD(X(1), 24, 0, 0, 0, 0) },
	{ 0x4d40c420, "ld1r {v0.8h}, [x1]",
	  LOAD(X(1), 2, 0, 0, 0, 0) },
	{ 0x4d60cc20, "ld2r {v0.2d, v1.2d}, [x1]",
	  LOAD(X(1), 16, 0, 0, 0, 0) },
	{ 0xf9800420, "prfm pldl1keep, [x1, #8]",
	  NEITHER(X(1) + 8, 0) },
	{ 0xf8801020, "prfum pldl1keep, [x1, #1]",
	  NEITHER(X(1) + 1, 0) },
	{ 0xd8000040, "prfm pldl1keep, .+8",
	  NEITHER(PC + 8, 0) },
	{ 0xd50b7e39, "dc civac, x25",
	  NEITHER(0x1234540, 64) },
	{ 0xd50b7a39, "dc cvac, x25",
	  NEITHER(0x1234540, 64) },
	{ 0xd50b7b39, "dc cvau, x25",
	  NEITHER(0x1234540, 64) },
	{ 0xd50b7539, "ic ivau, x25",
	  NEITHER(0x1234540, 64) },
	{ 0xd5087639, "dc ivac, x25",
	  STORE(0x1234540, 64, 0, 0, 0, 0) },
	{ 0xd50b7439, "dc zva, x25",
	  STORE(0x1234500, 256, 0, 0, 0, 0) },
	{ 0x8b020020, "add x0, x1, x2",
	  UNKNOWN },
	{ 0x14000002, "b .+8",
	  UNKNOWN },
	{ 0xd503201f, "nop",
	  UNKNOWN },
	{ 0xd5384240, "mrs x0, currentel",
	  UNKNOWN },
	{ 0xd508871f, "tlbi vmalle1",
	  UNKNOWN },
	{ 0xf8200420, "ldraa x0, [x1]",
	  UNKNOWN },
	{ 0xd9600020, "ldg x0, [x1]",
	  UNKNOWN },
	{ 0x69000440, "stgp x0, x1, [x2]",
	  UNKNOWN },
};

static bool access_as_expected(unsigned int i)
{
	struct a64_regs regs = registers();
	struct a64_access a;

	if (a64_access(accesses[i].insn, &regs, blocks, &a) !=
	    accesses[i].known)
		return false;
	return !accesses[i].known ||
	       (a.addr == accesses[i].addr && a.size == accesses[i].size &&
		a.read == accesses[i].read && a.write == accesses[i].write &&
		a.exclusive == accesses[i].exclusive &&
		a.n == accesses[i].n && a.width == accesses[i].width &&
		a.reg[0] == accesses[i].reg && a.reg[1] == accesses[i].reg2);
}

/* Proves: CMMU-080 */
HOST_TEST(access_of_each_kind_of_load_and_store)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(accesses); i++) {
		if (!access_as_expected(i))
			tap_fail(__FILE__, __LINE__, accesses[i].text);
	}
}

/* Proves: CMMU-080 */
HOST_TEST(access_of_any_word_is_bounded)
{
	struct a64_regs regs = registers();

	/* Every word of the top 16 bits, and some below */
	for (u64 i = 0; i < 1 << 24; i++) {
		u32 insn = i << 8 | (i * 0x9e3779b1u) >> 24;
		struct a64_access a;

		if (!a64_access(insn, &regs, blocks, &a))
			continue;
		if (a.size > 256 || a.n > 2 || a.n * a.width > a.size ||
		    a.reg[0] > 31 || a.reg[1] > 32 || (a.n && !a.width))
			EXPECT_EQ(insn, 0);
	}
}

/* Proves: CMMU-081 */
HOST_TEST(values_are_cut_to_what_is_moved)
{
	struct a64_regs regs = registers();
	struct a64_access a = { .n = 2, .width = 4, .reg = { 27, 31 } };

	EXPECT_EQ(a64_value(&regs, &a, 0), 0xfffffff0);
	EXPECT_EQ(a64_value(&regs, &a, 1), 0);
	a.width = 1;
	EXPECT_EQ(a64_value(&regs, &a, 0), 0xf0);
	a.width = 8;
	EXPECT_EQ(a64_value(&regs, &a, 0), 0x11fffffff0);
}

#define NO_REG		31
#define BRANCH(pc)	A64_DONE, pc, NO_REG, 0, 0
#define CALL(pc)	A64_DONE, pc, 30, PC + 4, 0
#define SETS(rd, value)	A64_DONE, PC + 4, rd, value, 0
#define BECOMES(rt, value, insn)	A64_COPY, PC, rt, value, insn
#define COPIED		A64_COPY, PC, NO_REG, 0, 0
#define REFUSED		A64_REFUSED, PC, NO_REG, 0, 0

static const struct {
	u32 insn;
	const char *text;
	enum a64_how how;
	u64 pc;
	unsigned int reg;
	u64 value;
	u32 becomes;
} displaced[] = {
	{ 0x17ffffff, "b .-4", BRANCH(PC - 4) },
	{ 0x15ffffff, "b .+0x7fffffc", BRANCH(PC + 0x7fffffc) },
	{ 0x94000002, "bl .+8", CALL(PC + 8) },
	{ 0xd61f0020, "br x1", BRANCH(X(1)) },
	{ 0xd63f0020, "blr x1", CALL(X(1)) },
	{ 0xd63f03c0, "blr x30", CALL(X(30)) },
	{ 0xd65f03c0, "ret", BRANCH(X(30)) },
	{ 0xd65f00e0, "ret x7", BRANCH(X(7)) },
	{ 0xb400009f, "cbz xzr, .+16", BRANCH(PC + 16) },
	{ 0xb4000081, "cbz x1, .+16", BRANCH(PC + 4) },
	{ 0xb5ffff81, "cbnz x1, .-16", BRANCH(PC - 16) },
	{ 0x34000098, "cbz w24, .+16", BRANCH(PC + 16) },
	{ 0xb5000098, "cbnz x24, .+16", BRANCH(PC + 16) },
	{ 0x36000099, "tbz w25, #0, .+16", BRANCH(PC + 4) },
	{ 0x37000099, "tbnz w25, #0, .+16", BRANCH(PC + 16) },
	{ 0xb6000118, "tbz x24, #32, .+32", BRANCH(PC + 4) },
	{ 0xb7040038, "tbnz x24, #32, .-32764", BRANCH(PC - 32764) },
	{ 0x70ffffe3, "adr x3, .-1", SETS(3, PC - 1) },
	{ 0x507fffe3, "adr x3, .+0xffffe", SETS(3, PC + 0xffffe) },
	{ 0xb0000023, "adrp x3, .+0x5000", SETS(3, (PC & ~0xfffull) + 0x5000) },
	{ 0xf0ffffc3, "adrp x3, .-0x5000", SETS(3, (PC & ~0xfffull) - 0x5000) },
	{ 0x1000003f, "adr xzr, .+4", BRANCH(PC + 4) },
	{ 0x58000203, "ldr x3, .+0x40", BECOMES(3, PC + 0x40, 0xf9400063) },
	{ 0x18fffe03, "ldr w3, .-0x40", BECOMES(3, PC - 0x40, 0xb9400063) },
	{ 0x98fffffd, "ldrsw x29, .-4", BECOMES(29, PC - 4, 0xb98003bd) },
	{ 0xd8000040, "prfm pldl1keep, .+8", BRANCH(PC + 4) },
	{ 0x5c000040, "ldr d0, .+8", REFUSED },
	{ 0x5800005f, "ldr xzr, .+8", REFUSED },
	{ 0xd69f03e0, "eret", REFUSED },
	{ 0xd65f0bff, "retaa", REFUSED },
	{ 0xd71f0822, "braa x1, x2", REFUSED },
	{ 0xf9000020, "str x0, [x1]", COPIED },
	{ 0xc85f7c20, "ldxr x0, [x1]", COPIED },
	{ 0x8b020020, "add x0, x1, x2", COPIED },
	{ 0xd4000001, "svc #0", COPIED },
	{ 0xd4200020, "brk #1", COPIED },
	{ 0xd5034fdf, "msr daifset, #15", COPIED },
	{ 0xd5087639, "dc ivac, x25", COPIED },
};

static bool displaced_as_expected(unsigned int i)
{
	struct a64_regs regs = registers(), expected = registers();
	u32 insn = displaced[i].insn, becomes = displaced[i].becomes;
	struct a64_kept kept;

	expected.pc = displaced[i].pc;
	if (displaced[i].reg != NO_REG)
		expected.x[displaced[i].reg] = displaced[i].value;
	return a64_displace(&insn, &regs, &kept) == displaced[i].how &&
	       insn == (becomes ? becomes : displaced[i].insn) &&
	       kept.reg == (becomes ? displaced[i].reg : NO_REG) &&
	       (!becomes || kept.value == X(kept.reg)) &&
	       !memcmp(&regs, &expected, sizeof(regs));
}

/* Proves: CMMU-082 */
HOST_TEST(displaced_does_what_it_would_in_its_place)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(displaced); i++) {
		if (!displaced_as_expected(i))
			tap_fail(__FILE__, __LINE__, displaced[i].text);
	}
}

/* Whether "b.cond .+8", with a condition code, branches under NZCV. */
static bool branches(unsigned int cond, u64 nzcv)
{
	struct a64_regs regs = registers();
	u32 insn = 0x54000040 | cond;
	struct a64_kept kept;

	regs.pstate |= nzcv << 28;
	return a64_displace(&insn, &regs, &kept) == A64_DONE &&
	       regs.pc == PC + 8;
}

/* Proves: CMMU-082 */
HOST_TEST(displaced_conditional_branch_takes_each_condition)
{
	for (unsigned int nzcv = 0; nzcv < 16; nzcv++) {
		bool n = nzcv & 8, z = nzcv & 4, c = nzcv & 2, v = nzcv & 1;
		bool truth[16] = {
			z, !z, c, !c, n, !n, v, !v, c && !z, !(c && !z),
			n == v, n != v, !z && n == v, z || n != v, true, true,
		};

		for (unsigned int cond = 0; cond < 16; cond++)
			EXPECT_EQ(branches(cond, nzcv), truth[cond]);
	}
}

/* Proves: CMMU-082 */
HOST_TEST(displaced_branch_ends_a_guarded_landing)
{
	struct a64_regs regs = registers();
	u32 insn = 0x14000002;	/* b .+8 */
	struct a64_kept kept;

	regs.pstate |= 2 << 10;
	EXPECT_EQ(a64_displace(&insn, &regs, &kept), A64_DONE);
	EXPECT_EQ(regs.pstate, registers().pstate);
}
