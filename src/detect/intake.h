/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake - which records of the ledger are to be dealt with now, so that correlate sees each
 * record once and in order, whichever of ledger and correlate was started again.
 *
 * Asked once, the ledger sends records from some time ago on, then those to come, in order of
 * position: a stream. When it is asked again on the same channel, frames of the stream before
 * are still under way. They start above all that was seen of it, and come again in the new
 * stream, which is asked for so that it starts at or below the last that was seen.
 */
#ifndef DETECT_INTAKE_H
#define DETECT_INTAKE_H

#include "base/rc.h"
#include "base/walltime.h"

enum {
    /* Frames whose findings correlate has not dealt with: the ledger's 32, twice, since it may
     * have been started again in between. */
    INTAKE_FRAMES = 64,
    INTAKE_SLACK_S = 60, /* a window is asked for with so much more, for clocks that are set */
};

/* Records at first to next - 1 as one frame of the ledger has them. */
struct intake_frame {
    uint64_t first, next;
    struct walltime received;
};

/*
 * Zero-initialise. What correlate has answered once for needs no other to see it again, unless
 * in its window: every stream is asked for so that it starts below `answered`.
 */
struct intake {
    bool ledger;       /* it is attached */
    bool reading;      /* READ_RECORDS was sent on its channel */
    bool ready;        /* correlate is attached and has said how far back it wants to look */
    bool turning;      /* nothing of the new stream has come yet */
    bool replaying;    /* what the ledger calls a replay was asked for by this correlate */
    bool seen_any;     /* of this channel of the ledger; then `seen` is set */
    bool begun;        /* some record has come at some time; then `answered` is set */
    uint64_t window_s; /* what correlate said */
    uint64_t next;     /* positions below it: this correlate has them; 0 at first */
    uint64_t seen;     /* the last position that came of the stream */
    uint64_t answered; /* positions below it that came were dealt with by some correlate */
    /* when what is at `seen`, just below `answered` and just below `next` was received */
    struct walltime seen_at, answered_at, dealt_at;
    struct intake_frame open[INTAKE_FRAMES]; /* a ring, in order of position */
    size_t open_first, open_count;
};

/* What is to be told to the ledger: READ_RECORDS with this window, unless 0. */
MUST_USE uint64_t intake_ledger_attached(struct intake *i, struct walltime now);
void intake_ledger_lost(struct intake *i);
/* When it is not 0: RECORDS_DONE for what was seen of the stream before is due after it. */
MUST_USE uint64_t intake_replay(struct intake *i, uint64_t window_s, struct walltime now);
void intake_correlate_lost(struct intake *i);

enum intake_verdict {
    INTAKE_DROP, /* it comes again, when correlate is there: no RECORDS_DONE before */
    INTAKE_PASS, /* nothing to do, but RECORDS_DONE is due */
    INTAKE_DEAL, /* with the records from *out_skip on; then intake_dealt */
};

/*
 * intake_take - a frame has come.
 * fails  MALFORMED: nothing was asked for, it is empty, or more is under way than may be
 */
MUST_USE struct rc intake_take(struct intake *i, const struct intake_frame *frame,
                               enum intake_verdict *out, uint32_t *out_skip);
/* Its findings were sent. */
void intake_dealt(struct intake *i, const struct intake_frame *frame);

/*
 * intake_done - correlate has dealt with all below next.
 * out_credit  RECORDS_DONE for the ledger, unless 0
 * fails       MALFORMED: it cannot have
 */
MUST_USE struct rc intake_done(struct intake *i, uint64_t next, uint64_t *out_credit);

#endif
