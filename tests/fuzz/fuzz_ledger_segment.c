/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A segment, three ways: as a frame, as the end of a log, and as the packed entries of a frame
 * whose checksums are right.
 */
#include "ledger/payload.h"
#include "ledger/tail.h"

enum { SEED = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(struct bytes in, enum batch_kind kind)
{
    struct payload_codec *codec = payload_open();
    struct cursor c = cursor_of(in);
    struct payload payload;
    struct payload_entry entry;
    struct batch_header header = {.kind = kind};
    struct segment_frame frame = {0}, again;
    AUTO_BUF out = {0};
    header.count = 1 + cursor_u16(&c);
    frame.head.raw_bytes = cursor_u32(&c) % (SEGMENT_MAX_RAW_BYTES + 1);
    size_t left = cursor_left(&c);
    frame.packed = cursor_take(&c, left < SEGMENT_MAX_PACKED_BYTES ? left : 0);
    frame.header = STR("header");
    segment_put(&frame, SEED, &out);
    check(!rc_failed(segment_frame_parse(bytes_of(buf_str(&out)), SEED, &again)));
    check(again.head.raw_bytes == frame.head.raw_bytes);
    if (!rc_failed(payload_unpack(codec, &again, &header, &payload))) {
        uint32_t count = 0;
        size_t total = 0;
        while (payload_next(&payload, &entry)) {
            count++;
            total += entry.bytes.n;
        }
        check(count == header.count && total < again.head.raw_bytes);
    }
    payload_close(codec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct segment_frame frame;
    struct segment_head head;
    uint64_t leaf, seed;
    if (!rc_failed(segment_frame_parse(in, SEED, &frame))) {
        check(segment_frame_bytes(&frame.head) == size);
    }
    size_t at = segment_find_head(in, 0, SEED, &head);
    check(at == SIZE_MAX || at + SEGMENT_HEAD_BYTES <= size);
    rc_ignore(segment_title_parse(str_bytes(in), &leaf, &seed), "any answer will do");
    struct tail_view view = {.rest = in, .offset = 1000, .leaf = 3, .seed = SEED};
    (void)tail_judge(&view);
    unpack(in, BATCH_RECORDS);
    unpack(in, BATCH_FACTS);
    return 0;
}
