/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/plan.h"

#include "model/wire.h"

static const uint64_t second_ns = 1000000000U;

bool plan_edge(enum role a, enum role b)
{
    if (a == b) {
        return false;
    }
    for (enum wire_type type = WIRE_HELLO + 1; type < WIRE_COUNT; type++) {
        if (wire_permitted(type, a, b) || wire_permitted(type, b, a)) {
            return true;
        }
    }
    return false;
}

enum role plan_start(size_t i)
{
    static const enum role order[PLAN_ROLES] = {
        ROLE_LEDGER,   ROLE_CONTAIN_NET, ROLE_CONTAIN_ACCOUNT, ROLE_CONTAIN,
        ROLE_INCIDENT, ROLE_CORRELATE,   ROLE_DETECT,          ROLE_QUERY,
        ROLE_INFORM,   ROLE_INGEST,      ROLE_JOURNAL,
    };
    check(i < PLAN_ROLES);
    return order[i];
}

/* Who is started late is upstream. */
static size_t rank(enum role role)
{
    size_t i = 0;
    while (plan_start(i) != role) {
        i++;
    }
    return i;
}

bool plan_more_exposed(enum role a, enum role b)
{
    return rank(a) > rank(b);
}

struct instant plan_again(struct plan_restart *p, struct instant started, struct instant now,
                          bool *out_failing)
{
    if (now.ns - started.ns >= PLAN_STEADY_S * second_ns) {
        *p = (struct plan_restart){0};
    }
    p->ends[p->count++ % PLAN_BURST] = now;
    struct instant oldest = p->ends[p->count % PLAN_BURST];
    bool burst = p->count >= PLAN_BURST && now.ns - oldest.ns < PLAN_BURST_S * second_ns;
    *out_failing = burst || p->pause_s > 0;
    if (!*out_failing) {
        return now;
    }
    uint32_t pause = p->pause_s == 0 ? 1 : 2 * p->pause_s;
    p->pause_s = pause < PLAN_LONGEST_PAUSE_S ? pause : PLAN_LONGEST_PAUSE_S;
    return (struct instant){now.ns + p->pause_s * second_ns};
}
