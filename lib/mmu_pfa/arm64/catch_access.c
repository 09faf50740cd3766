// SPDX-License-Identifier: GPL-2.0+
/*
 * Guarded accesses: one instruction that may fault, within a catch point.
 *
 * Each is one load or store of exactly the width asked for. The barrier behind
 * it makes the access complete, and the fault come, before the catch point
 * ends.
 */

#include <mmu_pfa/catch.h>

static u64 load(u64 va, unsigned int width)
{
	u64 value = 0;

	switch (width) {
	case 1:
		asm volatile("ldrb %w0, [%1]" : "=r" (value) : "r" (va));
		break;
	case 2:
		asm volatile("ldrh %w0, [%1]" : "=r" (value) : "r" (va));
		break;
	case 4:
		asm volatile("ldr %w0, [%1]" : "=r" (value) : "r" (va));
		break;
	default:
		asm volatile("ldr %0, [%1]" : "=r" (value) : "r" (va));
		break;
	}
	asm volatile("dsb sy" : : : "memory");
	return value;
}

static void store(u64 va, unsigned int width, u64 value)
{
	switch (width) {
	case 1:
		asm volatile("strb %w0, [%1]" : : "r" (value), "r" (va));
		break;
	case 2:
		asm volatile("strh %w0, [%1]" : : "r" (value), "r" (va));
		break;
	case 4:
		asm volatile("str %w0, [%1]" : : "r" (value), "r" (va));
		break;
	default:
		asm volatile("str %0, [%1]" : : "r" (value), "r" (va));
		break;
	}
	asm volatile("dsb sy" : : : "memory");
}

bool catch_read(u64 va, unsigned int width, u64 *value)
{
	struct catch_point point;

	if (catch_begin(&point)) {
		catch_guarded();
		return false;
	}
	*value = load(va, width);
	catch_end(&point);
	return true;
}

bool catch_write(u64 va, unsigned int width, u64 value)
{
	struct catch_point point;

	if (catch_begin(&point)) {
		catch_guarded();
		return false;
	}
	store(va, width, value);
	catch_end(&point);
	return true;
}
