/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/window.h"

bool window_has_room(const struct window *w)
{
    return w->count < w->most;
}

void window_told(struct window *w, uint64_t position)
{
    w->top = position > w->top ? position : w->top;
}

void window_push(struct window *w, struct window_span span)
{
    check(window_has_room(w) && w->most <= WINDOW_MOST && span.first < span.end);
    w->spans[(w->head + w->count++) % WINDOW_MOST] = span;
    window_told(w, span.end);
}

struct window_span window_at(const struct window *w, size_t i)
{
    check(i < w->count);
    return w->spans[(w->head + i) % WINDOW_MOST];
}

static void drop(struct window *w, size_t n)
{
    w->head = (w->head + n) % WINDOW_MOST;
    w->count -= n;
}

struct rc window_done(struct window *w, uint64_t position)
{
    if (position > w->top) {
        return rc_make(ERR_MALFORMED);
    }
    for (size_t i = 0; i < w->count; i++) {
        if (window_at(w, i).end == position) {
            drop(w, i + 1);
            return RC_OK;
        }
    }
    while (w->count > 0 && window_at(w, 0).end <= position) {
        drop(w, 1);
    }
    return RC_OK;
}
