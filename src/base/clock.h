/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock - the only reader of the system's clocks.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/walltime.h"

/* Nanoseconds since boot; for durations and timers, never for records. */
struct instant {
    uint64_t ns;
};

struct instant clock_now(void);
struct walltime clock_wall(void);
/* CPU nanoseconds used by this process. */
uint64_t clock_cpu_ns(void);

#endif
