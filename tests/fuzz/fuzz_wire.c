/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any frame, from any role to any other: refused, or what it says encodes to the same bytes.
 */
#include "base/heap.h"
#include "model/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2) {
        return 0;
    }
    enum role from = data[0] % ROLE_COUNT, to = data[1] % ROLE_COUNT;
    struct bytes frame = {data + 2, n - 2};
    struct wire_message m;
    if (rc_failed(wire_decode(frame, from, to, &m))) {
        return 0;
    }
    AUTO_BUF back = {0};
    wire_encode(&back, &m);
    check(str_eq(buf_str(&back), str_bytes(frame)));
    struct bytes list = frame, item;
    while (wire_list_next(&list, &item)) {
        check(item.p + item.n <= frame.p + frame.n);
    }
    return 0;
}
