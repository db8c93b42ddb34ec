/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/segment.h"

#include "base/hash.h"

#include <stdio.h>

/* "TLF1" and "1FLT" in the file; neither begins with a zero, which would be free room */
enum { HEAD_MAGIC = 0x31464C54, TAIL_MAGIC = 0x544C4631, NAME_DIGITS = 20 };

static const char suffix[] = ".segment";

size_t segment_frame_bytes(const struct segment_head *head)
{
    return (size_t)SEGMENT_HEAD_BYTES + head->header_bytes + head->packed_bytes +
           SEGMENT_TAIL_BYTES;
}

void segment_title(uint64_t first_leaf, struct buf *out)
{
    buf_printf(out, "tocsin-segment/v1\nfirst-leaf %020llu\n", (unsigned long long)first_leaf);
}

void segment_name(uint64_t first_leaf, char out[static SEGMENT_NAME_BYTES])
{
    int n =
        snprintf(out, SEGMENT_NAME_BYTES, "%020llu%s", (unsigned long long)first_leaf, suffix);
    check(n > 0 && n < SEGMENT_NAME_BYTES);
}

bool segment_name_parse(struct str name, uint64_t *out_first_leaf)
{
    return name.n == NAME_DIGITS + sizeof(suffix) - 1 && str_ends(name, str_of(suffix)) &&
           str_to_u64(str_upto(name, NAME_DIGITS), out_first_leaf);
}

static uint32_t head_check(struct bytes head)
{
    return (uint32_t)hash_64(head, 0);
}

static uint64_t frame_check(struct bytes frame)
{
    return hash_64(frame, 0);
}

void segment_put(const struct segment_frame *frame, struct buf *out)
{
    size_t start = out->n;
    check(frame->header.n <= SEGMENT_MAX_HEADER_BYTES &&
          frame->packed.n <= SEGMENT_MAX_PACKED_BYTES);
    buf_le(out, HEAD_MAGIC, 4);
    buf_le(out, frame->header.n, 4);
    buf_le(out, frame->packed.n, 4);
    buf_le(out, frame->head.raw_bytes, 4);
    buf_le(out, frame->head.leaf, 8);
    buf_le(out, frame->head.synced, 8);
    buf_le(out, head_check(bytes_of(str_from(buf_str(out), start))), 4);
    buf_put(out, frame->header);
    buf_put(out, str_bytes(frame->packed));
    buf_le(out, frame_check(bytes_of(str_from(buf_str(out), start))), 8);
    buf_le(out, TAIL_MAGIC, 4);
}

struct rc segment_head_parse(struct bytes in, struct segment_head *out)
{
    struct cursor c = cursor_of(in);
    struct segment_head head;
    uint32_t magic = cursor_u32(&c);
    head.header_bytes = cursor_u32(&c);
    head.packed_bytes = cursor_u32(&c);
    head.raw_bytes = cursor_u32(&c);
    head.leaf = cursor_u64(&c);
    head.synced = cursor_u64(&c);
    size_t covered = cursor_offset(&c);
    uint32_t sum = cursor_u32(&c);
    TRY(cursor_done(&c));
    if (magic != HEAD_MAGIC || sum != head_check((struct bytes){in.p, covered}) ||
        head.header_bytes > SEGMENT_MAX_HEADER_BYTES ||
        head.packed_bytes > SEGMENT_MAX_PACKED_BYTES ||
        head.raw_bytes > SEGMENT_MAX_RAW_BYTES || head.synced > head.leaf) {
        return rc_make(ERR_MALFORMED);
    }
    *out = head;
    return RC_OK;
}

struct rc segment_frame_parse(struct bytes in, struct segment_frame *out)
{
    struct cursor c = cursor_of(in);
    struct segment_frame frame;
    TRY(segment_head_parse(in, &frame.head));
    (void)cursor_take(&c, SEGMENT_HEAD_BYTES);
    frame.header = str_bytes(cursor_take(&c, frame.head.header_bytes));
    frame.packed = cursor_take(&c, frame.head.packed_bytes);
    size_t covered = cursor_offset(&c);
    uint64_t sum = cursor_u64(&c);
    uint32_t magic = cursor_u32(&c);
    TRY(cursor_done(&c));
    if (cursor_left(&c) > 0) {
        return rc_at(ERR_TRAILING, cursor_offset(&c));
    }
    *out = frame;
    bool whole = sum == frame_check((struct bytes){in.p, covered}) && magic == TAIL_MAGIC;
    return whole ? RC_OK : rc_at(ERR_CHECKSUM, covered);
}

size_t segment_find_head(struct bytes in, size_t from, struct segment_head *out)
{
    static const char magic[] = {'T', 'L', 'F', '1'};
    while (from < in.n && in.n - from >= SEGMENT_HEAD_BYTES) {
        const uint8_t *p = memmem(in.p + from, in.n - from, magic, sizeof(magic));
        if (p == NULL) {
            break;
        }
        size_t at = (size_t)(p - in.p);
        if (!rc_failed(segment_head_parse((struct bytes){p, in.n - at}, out))) {
            return at;
        }
        from = at + 1;
    }
    return SIZE_MAX;
}
