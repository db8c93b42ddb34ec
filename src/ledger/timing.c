/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/timing.h"

static const uint64_t us_ns = 1000, ms_ns = 1000000;

static void set_once(struct instant *i, struct instant now)
{
    i->ns = i->ns == 0 ? now.ns : i->ns;
}

void timing_appended(struct timing *t, struct instant now, size_t bytes)
{
    set_once(&t->lazy, now);
    set_once(&t->unsigned_since, now);
    t->appended = now;
    t->bytes += bytes;
}

void timing_wait(struct timing *t, struct instant now)
{
    set_once(&t->waited, now);
}

void timing_soon(struct timing *t, struct instant now)
{
    set_once(&t->soon, now);
}

static bool past(struct instant since, struct instant now, uint64_t wait_ns)
{
    return since.ns != 0 && now.ns >= since.ns + wait_ns;
}

bool timing_sync_due(const struct timing *t, struct instant now, bool idle)
{
    return (idle && t->waited.ns != 0) || past(t->waited, now, TIMING_WAIT_US * us_ns) ||
           past(t->soon, now, TIMING_SOON_US * us_ns) ||
           past(t->lazy, now, TIMING_LAZY_US * us_ns) || t->bytes >= TIMING_BYTES;
}

void timing_synced(struct timing *t)
{
    t->waited = t->soon = t->lazy = (struct instant){0};
    t->bytes = 0;
}

static uint64_t sign_ns(const struct timing *t)
{
    uint64_t quiet = t->appended.ns + TIMING_QUIET_MS * ms_ns;
    uint64_t longest = t->unsigned_since.ns + TIMING_SIGN_MS * ms_ns;
    uint64_t again = t->failed.ns == 0 ? 0 : t->failed.ns + TIMING_FAILED_MS * ms_ns;
    uint64_t at = quiet < longest ? quiet : longest;
    return at > again ? at : again;
}

bool timing_sign_due(const struct timing *t, struct instant now)
{
    return t->unsigned_since.ns != 0 && now.ns >= sign_ns(t);
}

void timing_signed(struct timing *t)
{
    t->unsigned_since = t->failed = (struct instant){0};
}

void timing_sign_failed(struct timing *t, struct instant now)
{
    t->failed = now;
}

struct instant timing_next(const struct timing *t)
{
    uint64_t at = t->waited.ns != 0 ? t->waited.ns : UINT64_MAX;
    uint64_t lazy = t->lazy.ns != 0 ? t->lazy.ns + TIMING_LAZY_US * us_ns : UINT64_MAX;
    uint64_t soon = t->soon.ns != 0 ? t->soon.ns + TIMING_SOON_US * us_ns : UINT64_MAX;
    uint64_t sign = t->unsigned_since.ns != 0 ? sign_ns(t) : UINT64_MAX;
    at = at < soon ? at : soon;
    at = at < lazy ? at : lazy;
    at = at < sign ? at : sign;
    return (struct instant){at == UINT64_MAX ? 0 : at};
}
