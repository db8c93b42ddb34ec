/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/follow.h"

#include "base/cursor.h"
#include "base/unicode.h"

enum { VERSION = 1, CUT_MARK_BYTES = sizeof(RECORD_CUT_MARK) - 1 };

/* The longest line that is a record as it stands. */
enum { LINE_BYTES = RECORD_CAP_BYTES - CUT_MARK_BYTES };

void follow_cursor_encode(struct buf *out, const struct follow_cursor *c)
{
    buf_le(out, VERSION, 1);
    buf_le(out, c->device, 8);
    buf_le(out, c->inode, 8);
    buf_le(out, c->offset, 8);
    buf_le(out, c->inside ? 1 : 0, 1);
    buf_le(out, c->head_bytes, 2);
    buf_put(out, (struct str){(const char *)c->head, sizeof(c->head)});
}

struct rc follow_cursor_decode(struct bytes in, struct follow_cursor *out)
{
    struct cursor c = cursor_of(in);
    struct follow_cursor f;
    uint8_t version = cursor_u8(&c);
    f.device = cursor_u64(&c);
    f.inode = cursor_u64(&c);
    f.offset = cursor_u64(&c);
    uint8_t inside = cursor_u8(&c);
    f.head_bytes = cursor_u16(&c);
    struct bytes head = cursor_take(&c, sizeof(f.head));
    TRY(cursor_done(&c));
    if (cursor_left(&c) > 0) {
        return rc_at(ERR_TRAILING, cursor_offset(&c));
    }
    if (version != VERSION) {
        return rc_make(ERR_UNSUPPORTED);
    }
    if (inside > 1 || f.head_bytes > FOLLOW_HEAD_BYTES || f.head_bytes > f.offset ||
        f.offset > INT64_MAX) {
        return rc_make(ERR_MALFORMED);
    }
    f.inside = inside == 1;
    memcpy(f.head, head.p, head.n);
    *out = f;
    return RC_OK;
}

static void pass(struct follow_cursor *c, struct bytes *block, size_t n)
{
    c->offset += n;
    *block = (struct bytes){block->p + n, block->n - n};
}

/* The rest of a line that was cut; false: its end is not in the block. */
static bool pass_rest(struct follow_cursor *c, struct bytes *block)
{
    size_t end = str_find_char(str_bytes(*block), '\n');
    c->inside = end == SIZE_MAX;
    pass(c, block, c->inside ? block->n : end + 1);
    return !c->inside;
}

static void pass_zeros(struct follow_cursor *c, struct bytes *block)
{
    size_t n = 0;
    while (n < block->n && block->p[n] == 0) {
        n++;
    }
    pass(c, block, n);
}

static bool take(struct follow_cursor *c, struct bytes *block, bool ended,
                 struct follow_record *out)
{
    struct str text = str_bytes(*block);
    size_t end = str_find_char(str_upto(text, LINE_BYTES + 1), '\n');
    if (end == SIZE_MAX && text.n > LINE_BYTES) {
        struct str cut = unicode_cut(text, LINE_BYTES);
        pass(c, block, cut.n);
        c->inside = true;
        *out = (struct follow_record){cut, true};
        return true;
    }
    if (end == SIZE_MAX && !ended) {
        return false;
    }
    struct str line = str_upto(text, end);
    pass(c, block, end == SIZE_MAX ? text.n : end + 1);
    if (line.n > 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    *out = (struct follow_record){line, false};
    return true;
}

bool follow_next(struct follow_cursor *c, struct bytes *block, bool ended,
                 struct follow_record *out)
{
    struct follow_record r = {0};
    while (block->n > 0) {
        if (c->inside && !pass_rest(c, block)) {
            return false;
        }
        pass_zeros(c, block);
        if (block->n == 0 || !take(c, block, ended, &r)) {
            return false;
        }
        if (r.text.n > 0) {
            *out = r;
            return true;
        }
    }
    return false;
}
