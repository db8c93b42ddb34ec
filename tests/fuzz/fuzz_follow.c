/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input as a cursor that comes from the ledger, then as a file that is followed: read at
 * once and byte by byte its lines are the same, and none holds a line feed.
 */
#include "base/buf.h"
#include "ingest/follow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOW_BYTES = 4096 }; /* read byte by byte: it costs the square */

static void read_on(struct follow_cursor *c, struct bytes file, bool ended, struct buf *out)
{
    struct bytes block = {file.p + c->offset, file.n - c->offset};
    struct follow_record r;
    while (follow_next(c, &block, ended, &r)) {
        check(r.text.n > 0 && r.text.n <= RECORD_CAP_BYTES);
        check(str_find_char(r.text, '\n') == SIZE_MAX);
        buf_put(out, r.text);
        buf_putc(out, '\n');
    }
    check(c->offset + block.n == file.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct follow_cursor c;
    if (!rc_failed(follow_cursor_decode(in, &c))) {
        AUTO_BUF again = {0};
        follow_cursor_encode(&again, &c);
        check(str_eq(buf_str(&again), str_bytes(in)));
    }
    if (size == 0) {
        return 0;
    }
    AUTO_BUF whole = {0}, slow = {0};
    struct follow_cursor at = {0}, slow_at = {0};
    read_on(&at, in, true, &whole);
    for (size_t n = 1; size <= SLOW_BYTES && n <= size; n++) {
        read_on(&slow_at, (struct bytes){data, n}, false, &slow);
    }
    read_on(&slow_at, in, true, &slow);
    check(str_eq(buf_str(&whole), buf_str(&slow)));
    return 0;
}
