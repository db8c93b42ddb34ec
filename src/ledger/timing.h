/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timing - when the disk is asked to keep what was appended, and when that is signed. Pure.
 *
 * What somebody waits for is synced at once, all of it together. A finding, which nobody waits
 * for, waits a little, and so does a record that detect has been sent: the intent that may come
 * of it shall not find the disk at work, and its sync keeps all three, which lie in this order
 * in one file.
 */
#ifndef LEDGER_TIMING_H
#define LEDGER_TIMING_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TIMING_WAIT_US = 1000,   /* of who waits, while more messages come */
    TIMING_SOON_US = 4000,   /* of a source that waits: longer than from record to intent */
    TIMING_LAZY_US = 5000,   /* of what nobody waits for */
    TIMING_BYTES = 1 << 20,  /* more is not gathered: it is kept in memory until the sync */
    TIMING_QUIET_MS = 500,   /* without an append: then is the time to sign */
    TIMING_SIGN_MS = 5000,   /* and if it is never quiet */
    TIMING_FAILED_MS = 1000, /* the disk would not: again then */
};

/* An instant of 0 ns means: there is none. Zero-initialise. */
struct timing {
    struct instant waited; /* somebody waits since */
    struct instant soon;   /* a source waits since */
    struct instant lazy;   /* not synced since */
    size_t bytes;          /* not synced */
    struct instant unsigned_since, appended;
    struct instant failed; /* signing failed last */
};

void timing_appended(struct timing *t, struct instant now, size_t bytes);
/* Somebody waits until all that there is now is synced. */
void timing_wait(struct timing *t, struct instant now);
/* A source waits, and can a little longer. */
void timing_soon(struct timing *t, struct instant now);
/* idle: nothing more is to be read for now. */
MUST_USE bool timing_sync_due(const struct timing *t, struct instant now, bool idle);
void timing_synced(struct timing *t);
MUST_USE bool timing_sign_due(const struct timing *t, struct instant now);
void timing_signed(struct timing *t);
void timing_sign_failed(struct timing *t, struct instant now);
/* When one of the two will be due; 0 ns: nothing is to be done. */
struct instant timing_next(const struct timing *t);

#endif
