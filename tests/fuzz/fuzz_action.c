/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fact of containment from the ledger: refused, or the same again after another round.
 */
#include "model/action.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct action_fact f, again;
    if (rc_failed(action_fact_decode((struct str){(const char *)data, size}, a, &f))) {
        return 0;
    }
    check(f.action.kind < ACTION_KIND_COUNT && f.verdict < VERDICT_COUNT);
    check(f.act < ACT_COUNT && f.outcome < OUTCOME_COUNT);
    AUTO_BUF first = {0}, second = {0};
    action_fact_encode(&first, &f);
    check(!rc_failed(action_fact_decode(buf_str(&first), a, &again)));
    action_fact_encode(&second, &again);
    check(str_eq(buf_str(&first), buf_str(&second)));
    return 0;
}
