/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/heap.h"
#include "decode/lines.h"

#include <stdio.h>

/* What was delivered, as text: "offset:line:bytes|" and "!ERROR offset:line|". */
struct heard {
    struct buf text;
    uint64_t records, problems;
};

static void on_record(void *context, const struct lines_record *r)
{
    struct heard *h = context;
    h->records++;
    buf_printf(&h->text, "%lu:%lu:", (unsigned long)r->offset, (unsigned long)r->line);
    buf_put(&h->text, str_bytes(r->bytes));
    buf_putc(&h->text, '|');
}

static void on_problem(void *context, const struct problem *p)
{
    struct heard *h = context;
    h->problems++;
    buf_printf(&h->text, "!%s %lu:%lu|", rc_name(p->rc), (unsigned long)p->offset,
               (unsigned long)p->number);
}

static struct lines *open_lines(enum lines_mode mode, struct heard *h)
{
    struct lines_sink sink = {h, on_record, on_problem};
    return lines_open(mode, &sink, 0);
}

/* Feed a copy of exactly the block, so that a sanitizer sees a read outside of it. */
static void feed_copy(struct lines *l, struct str block)
{
    AUTO_HEAP uint8_t *p = heap_alloc(block.n);
    memcpy(p, block.p, block.n);
    lines_feed(l, (struct bytes){p, block.n});
}

/* In blocks of at most `block` bytes. */
static void hear(enum lines_mode mode, struct str in, size_t block, struct heard *h)
{
    struct lines *l = open_lines(mode, h);
    while (in.n != 0) {
        struct str part = str_upto(in, block);
        feed_copy(l, part);
        in = str_from(in, part.n);
    }
    lines_end(l);
    lines_close(l);
}

/* In two blocks, cut at `at`. */
static void hear_cut(enum lines_mode mode, struct str in, size_t at, struct heard *h)
{
    struct lines *l = open_lines(mode, h);
    feed_copy(l, str_upto(in, at));
    feed_copy(l, str_from(in, at));
    lines_end(l);
    lines_close(l);
}

static void expect(enum lines_mode mode, struct str in, struct str want)
{
    for (size_t block = 1; block <= in.n + 1; block++) {
        struct heard h = {0};
        hear(mode, in, block, &h);
        test_assert_str(buf_str(&h.text), want, in.p, (int)block);
        buf_free(&h.text);
    }
    for (size_t at = 0; at <= in.n; at++) {
        struct heard h = {0};
        hear_cut(mode, in, at, &h);
        test_assert_str(buf_str(&h.text), want, in.p, (int)at);
        buf_free(&h.text);
    }
}

#define EXPECT_PLAIN(in, want) expect(LINES_PLAIN, STR(in), STR(want))
#define EXPECT_SEQ(in, want)   expect(LINES_JSON_SEQ, STR(in), STR(want))

static void plain_lines(void **state)
{
    (void)state;
    EXPECT_PLAIN("", "");
    EXPECT_PLAIN("a", "0:1:a|");
    EXPECT_PLAIN("a\nbc\r\n\n\r\nd", "0:1:a|2:2:bc|9:5:d|");
    EXPECT_PLAIN("a\rb\n", "0:1:a\rb|");
    EXPECT_PLAIN("a\r", "0:1:a|");
    EXPECT_PLAIN("\xEF\xBB\xBF"
                 "a\n\xEF\xBB\xBF"
                 "b",
                 "3:1:a|5:2:\xEF\xBB\xBF"
                 "b|");
    EXPECT_PLAIN("\xEF\xBB\xBF\nx", "4:2:x|");
    EXPECT_PLAIN("a\0b\n\0", "0:1:a\0b|4:2:\0|");
}

static void a_part_of_a_file_has_no_mark(void **state)
{
    (void)state;
    struct heard h = {0};
    struct lines_sink sink = {&h, on_record, on_problem};
    struct lines *l = lines_open(LINES_PLAIN, &sink, 100);
    lines_feed(l, bytes_of(STR("\xEF\xBB\xBF\na")));
    lines_end(l);
    lines_close(l);
    assert_str(buf_str(&h.text), "100:1:\xEF\xBB\xBF|104:2:a|");
    buf_free(&h.text);
}

static void sequences(void **state)
{
    (void)state;
    EXPECT_SEQ("", "");
    EXPECT_SEQ("{}", "0:1:{}|");
    EXPECT_SEQ("{\"a\":1}{\"b\":[2]}\n\n{}", "0:1:{\"a\":1}|7:1:{\"b\":[2]}|18:3:{}|");
    EXPECT_SEQ("{\n\"a\":\n1\n}\n{\n}", "0:1:{\n\"a\":\n1\n}|11:5:{\n}|");
    EXPECT_SEQ("\x1e{}\n\x1e{}\n", "1:1:{}|5:2:{}|");
    EXPECT_SEQ("\xEF\xBB\xBF {}", "4:1:{}|");
    EXPECT_SEQ("1 \"x\" true 2", "0:1:1|2:1:\"x\"|6:1:true|11:1:2|");
    EXPECT_SEQ("{\"a\":\"}\\\"{\\\\\"}{}", "0:1:{\"a\":\"}\\\"{\\\\\"}|14:1:{}|");
}

static void arrays(void **state)
{
    (void)state;
    EXPECT_SEQ("[]", "");
    EXPECT_SEQ(" [ {} , {\"a\":[1]}\n,7]\n", "3:1:{}|8:1:{\"a\":[1]}|19:2:7|");
    EXPECT_SEQ("[{}][{}]", "1:1:{}|5:1:{}|");
    EXPECT_SEQ("[[1],[2]]", "1:1:[1]|5:1:[2]|");
    EXPECT_SEQ("[{},", "1:1:{}|!SHORT 4:1|");
    EXPECT_SEQ("[{}", "1:1:{}|!SHORT 3:1|");
    EXPECT_SEQ("[{},]\n{}", "1:1:{}|!SYNTAX 4:1|6:2:{}|");
}

static void wrappers(void **state)
{
    (void)state;
    EXPECT_SEQ("{\"Records\":[{\"a\":1},{}]}", "12:1:{\"a\":1}|20:1:{}|");
    EXPECT_SEQ(" { \"value\" : [ {} ], \"next\": {\"x\":\"]}\"} }\n{\"value\":[{}]}",
               "15:1:{}|52:2:{}|");
    /* not the first key, not objects, no such name, not the first value */
    EXPECT_SEQ("{\"a\":0,\"Records\":[{}]}", "0:1:{\"a\":0,\"Records\":[{}]}|");
    EXPECT_SEQ("{\"Records\":[1]}", "0:1:{\"Records\":[1]}|");
    EXPECT_SEQ("{\"records\":[{}]}", "0:1:{\"records\":[{}]}|");
    EXPECT_SEQ("{}{\"Records\":[{}]}", "0:1:{}|2:1:{\"Records\":[{}]}|");
    EXPECT_SEQ("{\"Records\":[{}],\"a\":", "12:1:{}|!SHORT 14:1|");
}

static void damage(void **state)
{
    (void)state;
    /* a record that was cut, in a value and in a string */
    EXPECT_SEQ("{\"a\":1\n{\"b\":2}\n{}", "!SYNTAX 0:1|7:2:{\"b\":2}|15:3:{}|");
    EXPECT_SEQ("{\"a\":\"x\n{\"b\":2}\n", "!SYNTAX 0:1|8:2:{\"b\":2}|");
    EXPECT_SEQ("{\"a\":\x1e{}", "!SYNTAX 0:1|6:1:{}|");
    EXPECT_SEQ("{\"a\":\"\xFF\"}\n{}", "!ENCODING 0:1|10:2:{}|");
    EXPECT_SEQ("garbage {}\n {}\n{}", "!SYNTAX 0:1|15:3:{}|");
    EXPECT_SEQ("[{\"a\":1},\n{\"b\":x},\n{\"c\":3},\n{}]\n",
               "1:1:{\"a\":1}|!SYNTAX 10:2|19:3:{\"c\":3}|28:4:{}|");
    EXPECT_SEQ("{\"a\":", "!SHORT 0:1|");
    EXPECT_SEQ("{}\n-", "0:1:{}|!SHORT 3:2|");
}

static void too_deep(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "{\"a\":");
    buf_fill(&b, '[', 200);
    buf_puts(&b, "\"]\\\"]\"");
    buf_fill(&b, ']', 200);
    buf_puts(&b, "} {}");
    expect(LINES_JSON_SEQ, buf_str(&b), STR("!DEPTH 0:1|413:1:{}|"));
    buf_free(&b);
}

/* 1 GiB without an end costs one problem and no memory to speak of. */
static void a_gigabyte_in_one_record(void **state)
{
    (void)state;
    enum { BLOCK = 1 << 20, BLOCKS = 1024 };
    AUTO_HEAP uint8_t *block = heap_alloc(BLOCK);
    memset(block, 'x', BLOCK);
    struct heard h = {0};
    struct lines *l = open_lines(LINES_PLAIN, &h);
    lines_feed(l, bytes_of(STR("a\n")));
    for (int i = 0; i < BLOCKS; i++) {
        lines_feed(l, (struct bytes){block, BLOCK});
    }
    lines_feed(l, bytes_of(STR("\nb")));
    lines_end(l);
    lines_close(l);
    assert_str(buf_str(&h.text), "0:1:a|!TOO_LONG 2:2|1073741827:3:b|");
    buf_clear(&h.text);

    l = open_lines(LINES_JSON_SEQ, &h);
    lines_feed(l, bytes_of(STR("{}{\"a\":\"")));
    for (int i = 0; i < BLOCKS / 8; i++) {
        lines_feed(l, (struct bytes){block, BLOCK});
    }
    lines_feed(l, bytes_of(STR("\"}{}")));
    lines_end(l);
    lines_close(l);
    assert_str(buf_str(&h.text), "0:1:{}|!TOO_LONG 2:1|134217738:1:{}|");
    buf_clear(&h.text);

    memset(block, '[', BLOCK);
    l = open_lines(LINES_JSON_SEQ, &h);
    lines_feed(l, bytes_of(STR("{\"a\":")));
    for (int i = 0; i < BLOCKS / 16; i++) {
        lines_feed(l, (struct bytes){block, BLOCK});
    }
    lines_end(l);
    lines_close(l);
    assert_str(buf_str(&h.text), "!DEPTH 0:1|!SHORT 0:1|");
    buf_free(&h.text);
}

/* The limit does not depend on the blocks: as long as it says is a record, one more is none. */
static void exactly_the_limit(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_fill(&b, 'x', LINES_MAX_RECORD_BYTES);
    for (int over = 0; over < 2; over++) {
        for (size_t block = b.n / 3; block <= 2 * b.n; block *= 6) {
            struct heard h = {0};
            hear(LINES_PLAIN, buf_str(&b), block, &h);
            assert_int_equal(h.records, 1 - over);
            assert_int_equal(h.problems, over);
            buf_free(&h.text);
        }
        buf_putc(&b, 'x');
    }
    b.n = LINES_MAX_RECORD_BYTES + 1;
    b.p[0] = b.p[b.n - 2] = '"';
    b.p[b.n - 1] = ' ';
    for (int over = 0; over < 2; over++) {
        for (size_t block = b.n / 3; block <= 2 * b.n; block *= 6) {
            struct heard h = {0};
            hear(LINES_JSON_SEQ, buf_str(&b), block, &h);
            assert_int_equal(h.records, 1 - over);
            assert_int_equal(h.problems, over);
            buf_free(&h.text);
        }
        b.p[b.n - 2] = 'x';
        b.p[b.n - 1] = '"';
    }
    buf_free(&b);
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

/* Bytes that parsers stumble over, in any order: the records never depend on the blocks. */
static void random_bytes_in_random_blocks(void **state)
{
    (void)state;
    static const char alphabet[] = "{{}}[]\"\"\\:,,1-e.tn \n\n\r\x1e\x80\xC3\xA9u0\xEF\xBB\xBF";
    static const char *const pieces[] = {"{\"a\":1}", "{\"Records\":[{", "\"x\"", "\n{", "true",
                                         "[1,2]"};
    unsigned seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct buf b = {0};
        for (unsigned n = next_random(&seed) % 40; n != 0; n--) {
            unsigned which = next_random(&seed);
            if (which % 3 == 0) {
                buf_puts(&b, pieces[which / 3 % COUNT_OF(pieces)]);
            } else {
                buf_putc(&b, alphabet[which / 3 % (sizeof(alphabet) - 1)]);
            }
        }
        enum lines_mode mode = round % 2 ? LINES_PLAIN : LINES_JSON_SEQ;
        struct heard whole = {0}, cut = {0};
        hear(mode, buf_str(&b), b.n + 1, &whole);
        hear(mode, buf_str(&b), 1 + next_random(&seed) % 7, &cut);
        test_assert_str(buf_str(&cut.text), buf_str(&whole.text), __FILE__, __LINE__);
        buf_free(&whole.text);
        buf_free(&cut.text);
        buf_free(&b);
    }
}

static void sniffs(void **state)
{
    (void)state;
    static const struct {
        enum lines_mode want;
        const char *head;
    } cases[] = {
        {LINES_NOT_JSON, ""},
        {LINES_NOT_JSON, "hello"},
        {LINES_NOT_JSON, "12\n13\n"},
        {LINES_NOT_JSON, "[Sun Dec 04 04:47:44 2005] [notice] x\n"},
        {LINES_NOT_JSON, "[17] started\n[18] stopped\n"},
        {LINES_NOT_JSON, "[2024-01-01T00:00:00] x\n"},
        {LINES_NOT_JSON, "[1]\nfoo\n"},
        {LINES_NOT_JSON, "{GUID}\n"},
        {LINES_NOT_JSON, "started\n{\"a\":1}\n"},
        {LINES_NOT_JSON, "started\n{\"a\":1}\nstopped\n{\"a\":2}\n"},
        {LINES_PLAIN, "cut\"}\n{\"a\":1}\n{\"b\":2}\n{\"c"},
        {LINES_PLAIN, "{\"a\":1}\n{\"b\":2}\n"},
        {LINES_PLAIN, "\xEF\xBB\xBF\n{\"a\":1}\r\n\r\n{\"b\":2"},
        {LINES_PLAIN, "{\"a\":1}"},
        {LINES_PLAIN, "{\"a\":1}\n"},
        {LINES_PLAIN, "{\"a\":1}\ngarbage\n"},
        {LINES_PLAIN, "{\"a\":1} garbage\n{}\n"},
        {LINES_PLAIN, "{\"a\":1\n{\"b\":2}\n{\"c\":3}\n"},
        {LINES_PLAIN, "{\"a\":\"a long line, cut"},
        {LINES_JSON_SEQ, "{\n  \"a\": 1\n}\n"},
        {LINES_JSON_SEQ, "{\n  \"a\": 1,"},
        {LINES_JSON_SEQ, "{\"a\":1}{\"b\":2}"},
        {LINES_JSON_SEQ, "{\"a\":1} {\"b\":2}\n"},
        {LINES_JSON_SEQ, "[{\"a\":1},{\"b\""},
        {LINES_JSON_SEQ, "[\n  {\n"},
        {LINES_JSON_SEQ, "[]"},
        {LINES_JSON_SEQ, "\x1e{}\n"},
        {LINES_JSON_SEQ, "{\"Records\":[{\"a\":1}]}"},
        {LINES_JSON_SEQ, "{\"Records\":[{\"a\":1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum lines_mode got = lines_sniff(bytes_of(str_of(cases[i].head)));
        if (got != cases[i].want) {
            fail_msg("%s: %d, not %d", cases[i].head, (int)got, (int)cases[i].want);
        }
    }
    AUTO_BUF deep = {0};
    buf_fill(&deep, '[', 65536);
    assert_int_equal(lines_sniff(bytes_of(buf_str(&deep))), LINES_JSON_SEQ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines),
        cmocka_unit_test(a_part_of_a_file_has_no_mark),
        cmocka_unit_test(sequences),
        cmocka_unit_test(arrays),
        cmocka_unit_test(wrappers),
        cmocka_unit_test(damage),
        cmocka_unit_test(too_deep),
        cmocka_unit_test(a_gigabyte_in_one_record),
        cmocka_unit_test(exactly_the_limit),
        cmocka_unit_test(random_bytes_in_random_blocks),
        cmocka_unit_test(sniffs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
