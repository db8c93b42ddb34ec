/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames and what they carry. */
#include "test.h"

#include "base/heap.h"
#include "ledger/payload.h"

enum { SEED = 42 };

static const struct payload_entry entries[] = {
    {.bytes = {(const uint8_t *)"first line", 10}},
    {.bytes = {(const uint8_t *)"", 0}},
    {.bytes = {(const uint8_t *)"\0\xFF third", 8}, .kind = 7, .key = {1, 2, 3}},
};

static void put_frame(struct payload_codec *codec, enum batch_kind kind,
                      struct batch_header *header, struct buf *out)
{
    struct payload_packed packed;
    assert_ok(payload_pack(codec, kind, entries, COUNT_OF(entries), &packed));
    *header = (struct batch_header){.kind = kind,
                                    .first = 10,
                                    .count = COUNT_OF(entries),
                                    .seq = 1,
                                    .name_n = 1,
                                    .name = "x",
                                    .root = packed.root};
    AUTO_BUF text = {0};
    batch_encode(header, &text);
    struct segment_frame frame = {
        .head = {.leaf = 5, .synced = 4, .raw_bytes = packed.raw_bytes},
        .header = buf_str(&text),
        .packed = packed.packed};
    segment_put(&frame, SEED, out);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    struct payload_codec *codec = payload_open();
    for (int kind = BATCH_RECORDS; kind <= BATCH_FACTS; kind++) {
        struct batch_header header, again;
        struct segment_frame frame;
        struct payload payload;
        struct payload_entry entry;
        AUTO_BUF out = {0};
        put_frame(codec, (enum batch_kind)kind, &header, &out);
        assert_ok(segment_frame_parse(bytes_of(buf_str(&out)), SEED, &frame));
        assert_int_equal(frame.head.leaf, 5);
        assert_int_equal(frame.head.synced, 4);
        assert_int_equal(segment_frame_bytes(&frame.head), out.n);
        assert_ok(batch_parse(frame.header, &again));
        assert_ok(payload_unpack(codec, &frame, &again, &payload));
        for (size_t i = 0; i < COUNT_OF(entries); i++) {
            assert_true(payload_next(&payload, &entry));
            assert_true(str_eq(str_bytes(entry.bytes), str_bytes(entries[i].bytes)));
            assert_int_equal(entry.kind, kind == BATCH_FACTS ? entries[i].kind : 0);
            assert_int_equal(entry.key[1], kind == BATCH_FACTS ? entries[i].key[1] : 0);
        }
        assert_false(payload_next(&payload, &entry));
    }
    payload_close(codec);
}

static void every_flipped_bit_of_a_frame_is_found(void **state)
{
    (void)state;
    struct payload_codec *codec = payload_open();
    struct batch_header header;
    struct segment_frame frame;
    struct segment_head head;
    AUTO_BUF out = {0};
    put_frame(codec, BATCH_RECORDS, &header, &out);
    for (size_t bit = 0; bit < out.n * 8; bit++) {
        out.p[bit / 8] ^= (char)(1 << bit % 8);
        bool in_head = bit / 8 < SEGMENT_HEAD_BYTES;
        assert_int_equal(segment_frame_parse(bytes_of(buf_str(&out)), SEED, &frame).code,
                         in_head ? ERR_MALFORMED : ERR_CHECKSUM);
        assert_int_equal(segment_find_head(bytes_of(buf_str(&out)), 0, SEED, &head) == 0,
                         !in_head);
        out.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t n = 0; n < out.n; n++) {
        assert_fails(segment_frame_parse(bytes_of(str_upto(buf_str(&out), n)), SEED, &frame),
                     SHORT);
    }
    assert_fails(segment_frame_parse(bytes_of(buf_str(&out)), SEED + 1, &frame), MALFORMED);
    buf_putc(&out, 0);
    assert_fails(segment_frame_parse(bytes_of(buf_str(&out)), SEED, &frame), TRAILING);
    payload_close(codec);
}

/* A head whose check is right and whose numbers are not. */
static void hostile_lengths_are_refused(void **state)
{
    (void)state;
    static const struct segment_frame none = {.header = STR_INIT("h"),
                                              .packed = {(const uint8_t *)"p", 1}};
    struct segment_frame frame = none, out;
    AUTO_BUF bytes = {0};
    frame.head.raw_bytes = SEGMENT_MAX_RAW_BYTES + 1;
    segment_put(&frame, SEED, &bytes);
    assert_fails(segment_frame_parse(bytes_of(buf_str(&bytes)), SEED, &out), MALFORMED);
    frame = none;
    frame.head.synced = 1; /* more than there is */
    buf_clear(&bytes);
    segment_put(&frame, SEED, &bytes);
    assert_fails(segment_frame_parse(bytes_of(buf_str(&bytes)), SEED, &out), MALFORMED);
    struct payload_codec *codec = payload_open();
    struct payload payload;
    struct batch_header header = {.kind = BATCH_RECORDS, .count = 1};
    out = none;
    out.head.raw_bytes = SEGMENT_MAX_RAW_BYTES;
    assert_fails(payload_unpack(codec, &out, &header, &payload), MALFORMED);
    out.head.raw_bytes = 7; /* less than the table of one entry */
    assert_fails(payload_unpack(codec, &out, &header, &payload), MALFORMED);
    payload_close(codec);
}

/* The same payload under headers that count other entries, or entries of the other kind. */
static void a_payload_must_fit_its_header(void **state)
{
    (void)state;
    struct payload_codec *codec = payload_open();
    struct batch_header header;
    struct segment_frame frame;
    struct payload payload;
    AUTO_BUF out = {0};
    put_frame(codec, BATCH_RECORDS, &header, &out);
    assert_ok(segment_frame_parse(bytes_of(buf_str(&out)), SEED, &frame));
    for (header.count = 1; header.count < 20; header.count++) {
        assert_int_equal(payload_unpack(codec, &frame, &header, &payload).code,
                         header.count == COUNT_OF(entries) ? ERR_NONE : ERR_MALFORMED);
    }
    header.count = COUNT_OF(entries);
    header.kind = BATCH_FACTS;
    assert_fails(payload_unpack(codec, &frame, &header, &payload), MALFORMED);
    payload_close(codec);
}

static void limits_of_a_batch(void **state)
{
    (void)state;
    struct payload_codec *codec = payload_open();
    struct payload_packed packed;
    AUTO_HEAP struct payload_entry *many =
        heap_zalloc((size_t)BATCH_MAX_ENTRIES + 1, sizeof(*many));
    AUTO_HEAP uint8_t *big = heap_zalloc((size_t)PAYLOAD_MAX_ENTRY_BYTES + 1, 1);
    assert_fails(payload_pack(codec, BATCH_FACTS, many, 0, &packed), MALFORMED);
    assert_fails(payload_pack(codec, BATCH_FACTS, many, (size_t)BATCH_MAX_ENTRIES + 1, &packed),
                 TOO_MANY);
    assert_ok(payload_pack(codec, BATCH_FACTS, many, BATCH_MAX_ENTRIES, &packed));
    many[0].bytes = (struct bytes){big, PAYLOAD_MAX_ENTRY_BYTES};
    assert_ok(payload_pack(codec, BATCH_RECORDS, many, 1, &packed));
    many[1] = many[2] = many[3] = many[0];
    assert_fails(payload_pack(codec, BATCH_RECORDS, many, 4, &packed), TOO_LONG);
    many[0].bytes.n++;
    assert_fails(payload_pack(codec, BATCH_RECORDS, many, 1, &packed), TOO_LONG);
    payload_close(codec);
}

static void names_of_segments(void **state)
{
    (void)state;
    char name[SEGMENT_NAME_BYTES];
    uint64_t leaf = 0;
    segment_name(UINT64_MAX, name);
    assert_string_equal(name, "18446744073709551615.segment");
    assert_true(segment_name_parse(str_of(name), &leaf));
    assert_true(leaf == UINT64_MAX);
    assert_false(segment_name_parse(STR("18446744073709551616.segment"), &leaf));
    assert_false(segment_name_parse(STR("0.segment"), &leaf));
    assert_false(segment_name_parse(STR("checkpoint"), &leaf));
    AUTO_BUF title = {0};
    uint64_t seed = 0;
    segment_title(UINT64_MAX, UINT64_MAX - 1, &title);
    assert_int_equal(title.n, SEGMENT_TITLE_BYTES);
    assert_ok(segment_title_parse(buf_str(&title), &leaf, &seed));
    assert_true(leaf == UINT64_MAX && seed == UINT64_MAX - 1);
    for (size_t bit = 0; bit < title.n * 8; bit++) {
        title.p[bit / 8] ^= (char)(1 << bit % 8);
        assert_fails(segment_title_parse(buf_str(&title), &leaf, &seed), MALFORMED);
        title.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_fails(segment_title_parse(str_upto(buf_str(&title), title.n - 1), &leaf, &seed),
                 MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(every_flipped_bit_of_a_frame_is_found),
        cmocka_unit_test(hostile_lengths_are_refused),
        cmocka_unit_test(a_payload_must_fit_its_header),
        cmocka_unit_test(limits_of_a_batch),
        cmocka_unit_test(names_of_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
