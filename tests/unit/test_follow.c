/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a growing file whichever way it grows, cursors that somebody else wrote, batches and
 * their credit, and entries of the journal as lines.
 */
#include "decode/json.h"
#include "ingest/follow.h"
#include "ingest/journal.h"
#include "ingest/outbox.h"
#include "test.h"

#include "base/heap.h"

#include <stdlib.h>

/* What has been read of a file so far: records as one text, each ended by LF. */
struct reading {
    struct follow_cursor at;
    struct buf records;
    size_t cut;
};

/* As files_io does it: the file from the cursor on, a block at a time. */
static void read_on(struct reading *r, struct str file, bool ended)
{
    for (uint64_t before = UINT64_MAX; before != r->at.offset;) {
        before = r->at.offset;
        struct str left = str_upto(str_from(file, (size_t)before), FOLLOW_BLOCK_BYTES);
        struct bytes block = bytes_of(left);
        struct follow_record record;
        bool last = ended && left.n < FOLLOW_BLOCK_BYTES;
        while (follow_next(&r->at, &block, last, &record)) {
            assert_true(record.text.n > 0 && record.text.n <= RECORD_CAP_BYTES);
            buf_put(&r->records, record.text);
            buf_putc(&r->records, '\n');
            r->cut += record.cut;
        }
        assert_true(r->at.offset <= file.n);
    }
}

static void test_lines(void **state)
{
    (void)state;
    struct reading r = {0};
    read_on(&r, STR("a\nb\r\n\n\r\n\0\0c\nd\0e\n\0\0\0ta"), false);
    assert_str(buf_str(&r.records), "a\nb\nc\nd\0e\n");
    assert_int_equal(r.at.offset, 19); /* before "ta" */
    read_on(&r, STR("a\nb\r\n\n\r\n\0\0c\nd\0e\n\0\0\0tail\nx"), false);
    read_on(&r, STR("a\nb\r\n\n\r\n\0\0c\nd\0e\n\0\0\0tail\nx"), true);
    assert_str(buf_str(&r.records), "a\nb\nc\nd\0e\ntail\nx\n");
    buf_free(&r.records);
}

static void test_long_line(void **state)
{
    (void)state;
    AUTO_BUF file = {0};
    buf_fill(&file, 'x', RECORD_CAP_BYTES - 3);
    buf_puts(&file, "\n"); /* the longest that is whole */
    buf_fill(&file, 'y', RECORD_CAP_BYTES - 4);
    buf_puts(&file, "\xC3\xA4"); /* would be halved */
    buf_fill(&file, 'z', 200000);
    buf_puts(&file, " Accepted password for root\nshort\n");
    struct reading r = {0};
    read_on(&r, buf_str(&file), false);
    assert_int_equal(r.cut, 1);
    struct str got = buf_str(&r.records);
    assert_true(str_ends(got, STR("y\nshort\n")));
    assert_int_equal(str_find(got, STR("Accepted")), SIZE_MAX);
    assert_int_equal(got.n, (RECORD_CAP_BYTES - 3 + 1) + (RECORD_CAP_BYTES - 4 + 1) + 6);
    buf_free(&r.records);
}

/* However the file grows, and wherever the reader is started again from its cursor: the same.
 */
static void test_growth(void **state)
{
    (void)state;
    AUTO_BUF file = {0};
    uint64_t seed = 7;
    for (size_t i = 0; i < 400; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        size_t n = seed >> 58 == 0 ? 70000 : (size_t)(seed >> 33) % 300;
        buf_fill(&file, (char)('a' + i % 26), n);
        buf_puts(&file, i % 7 == 0 ? "\r\n" : i % 11 == 0 ? "\n\0\0" : "\n");
    }
    struct reading whole = {0};
    read_on(&whole, buf_str(&file), true);
    for (size_t round = 0; round < 20; round++) {
        struct reading r = {0};
        for (size_t n = 0; n < file.n;) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            n += 1 + (size_t)(seed >> 33) % (round % 2 == 0 ? 100000 : 900);
            n = n < file.n ? n : file.n;
            read_on(&r, str_upto(buf_str(&file), n), false);
            AUTO_BUF cursor = {0};
            r.at.head_bytes = r.at.offset < 256 ? (uint16_t)r.at.offset : 256;
            follow_cursor_encode(&cursor, &r.at);
            r.at = (struct follow_cursor){0};
            assert_ok(follow_cursor_decode(bytes_of(buf_str(&cursor)), &r.at));
        }
        read_on(&r, buf_str(&file), true);
        assert_int_equal(r.cut, whole.cut);
        assert_true(str_eq(buf_str(&r.records), buf_str(&whole.records)));
        buf_free(&r.records);
    }
    assert_true(whole.cut > 0);
    buf_free(&whole.records);
}

static void test_cursor(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    struct follow_cursor c = {.device = 1,
                              .inode = UINT64_MAX,
                              .offset = 300,
                              .inside = true,
                              .head_bytes = 256,
                              .head = {9, 8, 7}};
    struct follow_cursor got;
    follow_cursor_encode(&text, &c);
    assert_true(text.n <= FOLLOW_CURSOR_BYTES && text.n <= OUTBOX_CURSOR_BYTES);
    assert_ok(follow_cursor_decode(bytes_of(buf_str(&text)), &got));
    assert_true(got.inode == UINT64_MAX && got.offset == 300 && got.inside);
    assert_memory_equal(got.head, c.head, sizeof(c.head));
    for (size_t n = 0; n < text.n; n++) {
        assert_fails(follow_cursor_decode(bytes_of(str_upto(buf_str(&text), n)), &got), SHORT);
    }
    text.p[0]++;
    assert_fails(follow_cursor_decode(bytes_of(buf_str(&text)), &got), UNSUPPORTED);
    text.p[0]--;
    text.p[25] = 2; /* inside */
    assert_fails(follow_cursor_decode(bytes_of(buf_str(&text)), &got), MALFORMED);
    c.offset = 255; /* vouches for more than it has read */
    buf_clear(&text);
    follow_cursor_encode(&text, &c);
    assert_fails(follow_cursor_decode(bytes_of(buf_str(&text)), &got), MALFORMED);
    buf_putc(&text, 0);
    assert_fails(follow_cursor_decode(bytes_of(buf_str(&text)), &got), TRAILING);
}

static void test_outbox(void **state)
{
    (void)state;
    struct outbox o = {0};
    struct outbox_batch b = {0};
    struct wire_message m;
    const struct wire_source_state at = {.name = STR("s"), .source = 3, .seq = 10};
    assert_fails(outbox_opened(&o, &at), MALFORMED);
    outbox_ask(&o, &(struct wire_source_open){.name = STR("s")}, &m);
    assert_false(outbox_has_room(&o));
    assert_ok(outbox_opened(&o, &at));
    assert_fails(outbox_opened(&o, &at), MALFORMED);
    for (size_t i = 0; i < OUTBOX_BATCHES; i++) {
        outbox_clear(&b);
        assert_true(outbox_add(&b, STR("r")));
        assert_true(outbox_has_room(&o));
        outbox_send(&o, &b, &m);
        assert_int_equal(m.store_records.seq, 11 + i);
    }
    assert_false(outbox_has_room(&o));
    assert_fails(outbox_stored(&o, 11 + OUTBOX_BATCHES), MALFORMED);
    assert_ok(outbox_stored(&o, 12));
    assert_ok(outbox_stored(&o, 11));
    assert_true(outbox_has_room(&o) && o.stored == 12);
    AUTO_BUF record = {0};
    buf_fill(&record, 'x', RECORD_CAP_BYTES);
    assert_false(outbox_add(&b, buf_str(&record)));
    outbox_clear(&b);
    assert_true(outbox_add(&b, buf_str(&record)));
    assert_false(outbox_add(&b, STR("")));
    buf_fill(&b.cursor, 'c', OUTBOX_CURSOR_BYTES);
    outbox_send(&o, &b, &m);
    AUTO_BUF frame = {0};
    wire_encode(&frame, &m); /* it fits */
    outbox_lost(&o);
    assert_false(outbox_has_room(&o));
    buf_free(&b.records);
    buf_free(&b.cursor);
}

/* An entry of fields, as one text. */
static void print_entry(const struct str *fields, size_t count, struct buf *out)
{
    AUTO_ARENA a = arena_open(JOURNAL_ARENA_BYTES);
    struct journal_entry e = {.fields = heap_zalloc(JOURNAL_FIELDS, sizeof(*e.fields))};
    for (size_t i = 0; i < count; i++) {
        assert_ok(journal_put(&e, bytes_of(fields[i]), a));
    }
    journal_print(&e, out);
    assert_ok(json_check(buf_str(out)));
    assert_true(out->n <= RECORD_CAP_BYTES);
    assert_int_equal(str_find_char(buf_str(out), '\n'), SIZE_MAX);
    heap_free(e.fields);
}

#define PRINT(out, ...)                                                                        \
    print_entry((const struct str[]){__VA_ARGS__},                                             \
                sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str), (out))

static void test_journal(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    PRINT(&out, STR("_UID=0"), STR("MESSAGE=a \"b\"\n\tc=d"), STR("B=2"), STR("A=x"),
          STR("B=1"), STR("EMPTY="));
    assert_str(buf_str(&out), "{\"A\":\"x\",\"B\":[\"1\",\"2\"],\"EMPTY\":\"\","
                              "\"MESSAGE\":\"a \\\"b\\\"\\n\\tc=d\",\"_UID\":\"0\"}");
    buf_clear(&out);
    PRINT(&out, STR("A=\x01"), STR("B=\xff\x00"), STR("C=\xC2\x85"), STR("D=\xC3\x85"),
          STR("lower=1"), STR("=x"), STR("NONE"), STR("X\"=1"));
    assert_str(buf_str(&out), "{\"A\":[1],\"B\":[255,0],\"C\":[194,133],\"D\":\"\xC3\x85\"}");
}

static void test_journal_caps(void **state)
{
    (void)state;
    AUTO_BUF long_value = {0}, message = {0}, out = {0};
    buf_puts(&long_value, "F=");
    buf_fill(&long_value, 'x', JOURNAL_VALUE_BYTES - 1);
    PRINT(&out, buf_str(&long_value));
    assert_int_equal(out.n, JOURNAL_VALUE_BYTES - 1 + 8);
    buf_putc(&long_value, 'x');
    buf_clear(&out);
    PRINT(&out, buf_str(&long_value));
    assert_str(buf_str(&out), "{\"F\":null}");
    buf_puts(&message, "MESSAGE=");
    for (size_t i = 0; i < 30000; i++) {
        buf_puts(&message, "\xC3\xA4");
    }
    buf_clear(&out);
    PRINT(&out, buf_str(&message));
    assert_true(str_ends(buf_str(&out), STR("\xC3\xA4" RECORD_CUT_MARK "\"}")));
    assert_true(out.n > JOURNAL_MESSAGE_BYTES - 20 && out.n < JOURNAL_MESSAGE_BYTES + 20);
    /* a name that comes twice stays a list when all else goes */
    struct str fields[1000];
    for (size_t i = 0; i < 998; i++) {
        fields[i] = str_upto(buf_str(&long_value), 1000);
    }
    fields[998] = buf_str(&message);
    fields[999] = STR("MESSAGE=forged");
    buf_clear(&out);
    print_entry(fields, 1000, &out);
    assert_str(buf_str(&out), "{\"MESSAGE\":[null,null]}");
    /* the worst that is needed */
    AUTO_BUF texts = {0};
    static const char *const names[] = {
        "PRIORITY=",  "SYSLOG_PID=", "_COMM=",    "_EXE=",    "_UID=",
        "_HOSTNAME=", "_PID=",       "_BOOT_ID=", "__CURSOR="};
    size_t starts[COUNT_OF(names) + 1];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        starts[i] = texts.n;
        buf_puts(&texts, names[i]);
        buf_fill(&texts, '\x7f', 4000);
    }
    starts[COUNT_OF(names)] = texts.n;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        fields[i] = (struct str){texts.p + starts[i], starts[i + 1] - starts[i]};
    }
    fields[COUNT_OF(names)] = buf_str(&message);
    buf_clear(&out);
    print_entry(fields, COUNT_OF(names) + 1, &out);
    assert_true(str_find(buf_str(&out), STR("\"_UID\":null")) != SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("\xC3\xA4" RECORD_CUT_MARK)) != SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_growth),       cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_outbox),       cmocka_unit_test(test_journal),
        cmocka_unit_test(test_journal_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
