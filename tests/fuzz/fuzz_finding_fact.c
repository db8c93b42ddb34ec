/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What may come as the fact of a finding: refused, or the same after another round.
 */
#include "model/finding_fact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct finding_fact f, again;
    if (rc_failed(finding_fact_decode(str_bytes((struct bytes){data, size}), a, &f))) {
        return 0;
    }
    check(f.tag_count <= FINDING_FACT_MAX_TAGS && f.record_count <= FINDING_FACT_MAX_RECORDS);
    check(f.matched_count <= FINDING_MAX_MATCHED && f.entity_count <= FINDING_MAX_ENTITIES);
    check(f.key_count <= FINDING_MAX_KEYS && f.trust < TRUST_COUNT && f.level < LEVEL_COUNT);
    AUTO_BUF first = {0}, second = {0};
    AUTO_ARENA b = arena_open((size_t)1 << 18);
    finding_fact_encode(&first, &f);
    check(first.n <= FACT_CAP_BYTES);
    check(!rc_failed(finding_fact_decode(buf_str(&first), b, &again)));
    finding_fact_encode(&second, &again);
    check(str_eq(buf_str(&first), buf_str(&second)));
    return 0;
}
