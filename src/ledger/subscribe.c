/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/subscribe.h"

void subscribe_start(struct subscribe *s, uint32_t kinds, uint64_t from)
{
    s->on = true;
    s->live = s->told = false;
    s->kinds = kinds;
    s->next = from;
    s->window.most = SUBSCRIBE_CREDIT;
}

enum subscribe_step subscribe_take(struct subscribe *s, uint64_t position, uint8_t kind)
{
    check(s->on && position >= s->next);
    bool wanted = kind < 32 && (s->kinds >> kind & 1) != 0;
    if (wanted && !window_has_room(&s->window)) {
        s->live = false;
        return SUBSCRIBE_FULL;
    }
    s->next = position + 1;
    if (!wanted) {
        return SUBSCRIBE_SKIP;
    }
    window_push(&s->window, (struct window_span){position, position + 1});
    return SUBSCRIBE_SEND;
}

bool subscribe_caught_up(struct subscribe *s, uint64_t edge)
{
    bool first = !s->told;
    s->live = s->told = true;
    s->next = edge > s->next ? edge : s->next;
    window_told(&s->window, edge);
    return first;
}

struct rc subscribe_credit(struct subscribe *s, uint64_t position)
{
    return s->on ? window_done(&s->window, position) : rc_make(ERR_MALFORMED);
}
