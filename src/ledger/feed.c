/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/feed.h"

void feed_start(struct feed *f, uint64_t from, uint64_t edge)
{
    f->done = f->on ? f->done : from;
    f->on = true;
    f->live = false;
    f->next = from;
    f->asked = edge;
    f->window.most = FEED_FRAMES;
}

static bool in_doubt(const struct feed *f, uint64_t position)
{
    return position >= f->doubt_from && position < f->doubt_to;
}

bool feed_lost(struct feed *f, uint64_t *out_skipped)
{
    size_t count = f->window.count;
    bool skip = false;
    f->on = f->live = false;
    if (count == 0) {
        return false;
    }
    struct window_span hull = window_at(&f->window, 0);
    if (count == 1 && hull.end - hull.first == 1 && in_doubt(f, hull.first)) {
        f->skips[f->skip_count++ % FEED_SKIPS] = hull.first;
        *out_skipped = hull.first;
        skip = true;
    } else {
        for (size_t i = 1; i < count; i++) {
            struct window_span span = window_at(&f->window, i);
            hull.first = span.first < hull.first ? span.first : hull.first;
            hull.end = span.end > hull.end ? span.end : hull.end;
        }
        f->doubt_from = hull.first;
        f->doubt_to = hull.end;
    }
    f->window = (struct window){0};
    return skip;
}

uint64_t feed_room(const struct feed *f, uint64_t position)
{
    bool doubt = in_doubt(f, position);
    size_t count = f->window.count;
    bool alone = doubt || (count > 0 && in_doubt(f, window_at(&f->window, 0).first));
    if (!window_has_room(&f->window) || (alone && count > 0)) {
        return 0;
    }
    if (doubt) {
        return 1;
    }
    return position < f->doubt_from && f->doubt_from < f->doubt_to ? f->doubt_from - position
                                                                   : UINT64_MAX;
}

bool feed_skips(const struct feed *f, uint64_t position)
{
    size_t n = f->skip_count < FEED_SKIPS ? f->skip_count : FEED_SKIPS;
    for (size_t i = 0; i < n; i++) {
        if (f->skips[i] == position) {
            return true;
        }
    }
    return false;
}

void feed_sent(struct feed *f, uint64_t first, uint32_t count)
{
    check(f->on && first >= f->next && count > 0);
    window_push(&f->window, (struct window_span){first, first + count});
    f->next = first + count;
}

struct rc feed_done(struct feed *f, uint64_t next)
{
    if (!f->on) {
        return rc_make(ERR_MALFORMED);
    }
    TRY(window_done(&f->window, next));
    f->done = next > f->done ? next : f->done;
    if (f->window.count == 0 && next >= f->doubt_to) {
        f->doubt_from = f->doubt_to = 0; /* it lived through all of them */
    }
    return RC_OK;
}
