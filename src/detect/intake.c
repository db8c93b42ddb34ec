/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/intake.h"

static uint64_t seconds_since(struct walltime then, struct walltime now)
{
    return now.us <= then.us ? 0 : (uint64_t)(now.us - then.us) / 1000000U;
}

/* A window of at least so much that reaches to what was received then, for sure. */
static uint64_t window_to(uint64_t least_s, struct walltime then, struct walltime now)
{
    uint64_t s = seconds_since(then, now);
    return (s > least_s ? s : least_s) + INTAKE_SLACK_S;
}

/* Records that are known come again and are skipped. */
static uint64_t start_reading(struct intake *i, struct walltime now)
{
    i->reading = true;
    i->replaying = i->next == 0;
    uint64_t window = window_to(i->window_s, i->begun ? i->answered_at : now, now);
    /* in the middle of a replay correlate has less than what was answered before it */
    uint64_t to_next = i->next > 0 ? window_to(0, i->dealt_at, now) : 0;
    return window > to_next ? window : to_next;
}

uint64_t intake_ledger_attached(struct intake *i, struct walltime now)
{
    i->ledger = true;
    i->reading = i->turning = i->seen_any = false;
    return i->ready ? start_reading(i, now) : 0;
}

void intake_ledger_lost(struct intake *i)
{
    i->ledger = i->reading = false;
}

void intake_correlate_lost(struct intake *i)
{
    i->ready = false;
}

uint64_t intake_replay(struct intake *i, uint64_t window_s, struct walltime now)
{
    bool fresh = i->turning || !i->seen_any; /* such a stream brings all */
    bool owed = i->next > i->answered || i->seen >= i->answered;
    bool needed = i->seen_any && (owed || seconds_since(i->seen_at, now) <= window_s);
    i->ready = true;
    i->window_s = window_s;
    i->open_count = 0;
    if (i->reading && !fresh && !needed) {
        return 0; /* what is to come is all that correlate wants */
    }
    i->next = 0;
    i->replaying = true;
    if (!i->ledger || (i->reading && fresh)) {
        return 0;
    }
    i->turning = i->reading;
    uint64_t window = start_reading(i, now);
    uint64_t to_seen = i->turning ? window_to(window_s, i->seen_at, now) : 0;
    return window > to_seen ? window : to_seen;
}

struct rc intake_take(struct intake *i, const struct intake_frame *frame,
                      enum intake_verdict *out, uint32_t *out_skip)
{
    if (!i->reading || frame->next <= frame->first) {
        return rc_make(ERR_MALFORMED);
    }
    *out = INTAKE_PASS;
    if (i->turning && frame->first > i->seen) {
        return RC_OK;
    }
    i->turning = false;
    i->seen_any = true;
    i->seen = frame->next - 1;
    i->seen_at = frame->received;
    if (!i->begun) {
        i->begun = true;
        i->answered = frame->first;
        i->answered_at = frame->received;
    }
    if (!i->ready) {
        *out = INTAKE_DROP;
        return RC_OK;
    }
    if (frame->next <= i->next) {
        return RC_OK;
    }
    if (i->open_count == INTAKE_FRAMES) {
        return rc_make(ERR_MALFORMED);
    }
    *out = INTAKE_DEAL;
    *out_skip = i->next > frame->first ? (uint32_t)(i->next - frame->first) : 0;
    return RC_OK;
}

void intake_dealt(struct intake *i, const struct intake_frame *frame)
{
    check(i->open_count < INTAKE_FRAMES);
    i->open[(i->open_first + i->open_count++) % INTAKE_FRAMES] = *frame;
    i->next = frame->next;
    i->dealt_at = frame->received;
}

struct rc intake_done(struct intake *i, uint64_t next, uint64_t *out_credit)
{
    if (next > i->next) {
        return rc_make(ERR_MALFORMED);
    }
    *out_credit = 0;
    while (i->open_count > 0 && i->open[i->open_first].next <= next) {
        const struct intake_frame *f = &i->open[i->open_first];
        uint64_t done = f->next;
        if (done > i->answered) {
            i->answered = done;
            i->answered_at = f->received;
        }
        i->open_first = (i->open_first + 1) % INTAKE_FRAMES;
        i->open_count--;
        /* a ledger that was started again since knows nothing of that frame */
        bool of_stream = i->seen_any && done <= i->seen + 1;
        *out_credit = of_stream ? done : *out_credit;
    }
    return RC_OK;
}
