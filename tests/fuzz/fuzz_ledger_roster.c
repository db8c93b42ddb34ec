/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of sources that lies beside a ledger.
 */
#include "ledger/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = str_bytes((struct bytes){data, size});
    struct roster r = {0}, again = {0};
    check(roster_add(&r, STR("sshd-auth")) != NULL);
    bool whole = !rc_failed(roster_parse(&r, in));
    check(r.sources.n <= INDEX_MAX_SOURCES);
    check(roster_find(&r, STR("sshd-auth")) == roster_of(&r, 1));
    if (whole) { /* what is written is read as it was */
        AUTO_BUF text = {0}, same = {0};
        roster_encode(&r, &text);
        check(!rc_failed(roster_parse(&again, buf_str(&text))));
        roster_encode(&again, &same);
        check(str_eq(buf_str(&text), buf_str(&same)));
    }
    roster_free(&r);
    roster_free(&again);
    return 0;
}
