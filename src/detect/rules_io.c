/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/rules_io.h"

#include "base/file.h"
#include "model/wire.h"

enum { BLOCK_BYTES = 1 << 20 };

static struct rc read_all(int fd, struct buf *out)
{
    size_t n = 0;
    do {
        if (!buf_reserve(out, BLOCK_BYTES)) {
            return rc_make(ERR_TOO_LONG);
        }
        TRY(file_read_at(fd, out->p + out->n, BLOCK_BYTES, out->n, &n));
        out->n += n;
    } while (n != 0);
    return RC_OK;
}

struct rc rules_io_read(int fd, struct ruleset *set, struct diag *diag)
{
    AUTO_BUF all = BUF_WITH_CAP(RULES_IO_MAX_BYTES + BLOCK_BYTES);
    TRY(read_all(fd, &all));
    struct bytes left = bytes_of(buf_str(&all));
    while (left.n != 0) {
        struct bytes path, text;
        if (!wire_list_next(&left, &path) || !wire_list_next(&left, &text)) {
            return rc_at(ERR_MALFORMED, all.n - left.n);
        }
        ruleset_add(set, str_bytes(path), str_bytes(text), diag);
    }
    ruleset_finish(set, diag);
    return RC_OK;
}
