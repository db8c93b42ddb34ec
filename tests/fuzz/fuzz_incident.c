/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a compromised incident role may have written: refused, or the same after a round. */
#include "model/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA a = arena_open((size_t)1 << 20);
    struct incident i, again;
    if (rc_failed(incident_decode(str_bytes((struct bytes){data, size}), a, &i))) {
        return 0;
    }
    const struct walltime at = {.us = 0, .digits = 6};
    AUTO_BUF one = {0};
    AUTO_BUF two = {0};
    incident_encode(&one, &i, at);
    check(one.n <= INCIDENT_CAP_BYTES);
    AUTO_ARENA b = arena_open((size_t)1 << 20);
    check(!rc_failed(incident_decode(buf_str(&one), b, &again)));
    incident_encode(&two, &again, at);
    check(again.version == i.version && two.n <= one.n);
    return 0;
}
