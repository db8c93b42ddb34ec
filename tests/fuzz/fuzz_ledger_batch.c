/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A batch header: refused, or valid and the one text of its values.
 */
#include "ledger/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch_header header;
    if (rc_failed(batch_parse(str_bytes((struct bytes){data, size}), &header))) {
        return 0;
    }
    AUTO_BUF again = {0};
    check(batch_valid(&header));
    batch_encode(&header, &again);
    check(again.n == size && memcmp(again.p, data, size) == 0);
    return 0;
}
