/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * What is told about watches.
 */

#ifndef _MMU_WATCH_H
#define _MMU_WATCH_H

/* "r", "rw", "x"... of WATCH_... */
const char *mmu_watch_access(unsigned int access);

/* After each command: the hits that have not been told yet. */
void mmu_watch_report(void);

/* mmu watch log: each hit that is kept. */
int mmu_watch_log(bool json);

#endif /* _MMU_WATCH_H */
