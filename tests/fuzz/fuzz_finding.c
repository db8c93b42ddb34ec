/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a compromised worker may send as a finding: either refused, or in range and the same
 * again after another round.
 */
#include "model/finding.h"

enum { RULES = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct finding f, again;
    if (rc_failed(finding_decode((struct bytes){data, size}, RULES, a, &f))) {
        return 0;
    }
    check(f.rule < RULES);
    check(f.matched_count <= FINDING_MAX_MATCHED && f.entity_count <= FINDING_MAX_ENTITIES);
    check(f.key_count <= FINDING_MAX_KEYS && f.trust < TRUST_COUNT);
    AUTO_BUF out = {0};
    finding_encode(&out, &f);
    check(out.n == size && memcmp(out.p, data, size) == 0);
    check(!rc_failed(finding_decode(bytes_of(buf_str(&out)), RULES, a, &again)));
    return 0;
}
