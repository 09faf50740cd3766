/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What a fuzz target is called by: libFuzzer, or replay.c.
 */

#ifndef _FUZZ_H
#define _FUZZ_H

#include <mmu_pfa/port.h>

/**
 * LLVMFuzzerTestOneInput() - do what a stream of bytes says
 *
 * Ends the program where something is not as it has to be.
 *
 * Return: 0
 */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* _FUZZ_H */
