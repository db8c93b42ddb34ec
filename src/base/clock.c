/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <time.h>

static struct timespec now(clockid_t which)
{
    struct timespec t;
    check(clock_gettime(which, &t) == 0);
    return t;
}

static uint64_t to_ns(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

struct instant clock_now(void)
{
    return (struct instant){to_ns(now(CLOCK_BOOTTIME))};
}

struct walltime clock_wall(void)
{
    struct timespec t = now(CLOCK_REALTIME);
    return (struct walltime){.us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000, .digits = 6};
}

uint64_t clock_cpu_ns(void)
{
    return to_ns(now(CLOCK_PROCESS_CPUTIME_ID));
}
