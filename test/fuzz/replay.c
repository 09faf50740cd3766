// SPDX-License-Identifier: GPL-2.0+
/*
 * In place of libFuzzer, where there is no clang or no time: streams at random, the
 * same ones each time, so that a fault that a fuzz target is to see is seen.
 */

#include "fuzz.h"

#include <stdlib.h>

#define STREAMS		400
#define LONGEST		2048

int main(void)
{
	static u8 stream[LONGEST];

	srand(1);
	for (int i = 0; i < STREAMS; i++) {
		size_t size = 1 + rand() % LONGEST;

		for (size_t at = 0; at < size; at++)
			stream[at] = rand() >> 8;
		LLVMFuzzerTestOneInput(stream, size);
	}
	return 0;
}
