/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * The records of caught faults: from the exception's frame to catch_last().
 */

#ifndef _MMU_PFA_CATCH_RECORD_H
#define _MMU_PFA_CATCH_RECORD_H

#include <mmu_pfa/catch.h>

#include "catch_frame.h"

/*
 * catch_note() - begin the record of a fault, from within the exception
 *
 * What takes more than the frame is filled in by catch_resumed(), at the catch
 * point.
 *
 * @point: where it goes on
 */
void catch_note(const struct catch_frame *frame,
		const struct catch_point *point);

#endif /* _MMU_PFA_CATCH_RECORD_H */
