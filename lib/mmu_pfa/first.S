/* SPDX-License-Identifier: GPL-2.0+ */

#include "mark.S"

	mark	start
