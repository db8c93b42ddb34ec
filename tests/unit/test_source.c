/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/heap.h"
#include "decode/source.h"

#include <zlib.h>
#include <zstd.h>

struct heard {
    struct buf text; /* "number:shape:record|" and "!ERROR number@offset|" */
    uint64_t records;
};

static void on_event(void *context, const struct event *e)
{
    struct heard *h = context;
    if (h->records++ < 1000) {
        buf_printf(&h->text, "%lu:%s:", (unsigned long)e->number, e->shape);
        buf_put(&h->text, str_bytes(e->record));
        buf_putc(&h->text, '|');
    }
}

static void on_problem(void *context, const struct problem *p)
{
    struct heard *h = context;
    buf_printf(&h->text, "!%s %lu@%lu|", rc_name(p->rc), (unsigned long)p->number,
               (unsigned long)p->offset);
}

struct run {
    struct source_opts opts;
    size_t block;
    struct heard heard;
    struct source_report report;
    struct rc rc;
};

static void decode(struct run *r, struct str in)
{
    struct fields *fields = fields_open();
    r->opts.fields = fields;
    r->opts.sink = (struct event_sink){&r->heard, on_event, on_problem};
    struct source *s = source_open(&r->opts);
    size_t block = r->block == 0 ? in.n : r->block;
    while (in.n != 0 && !rc_failed(r->rc)) {
        size_t n = in.n < block ? in.n : block;
        r->rc = source_feed(s, bytes_of(str_upto(in, n)));
        in = str_from(in, n);
    }
    struct rc end = source_end(s);
    r->rc = rc_failed(r->rc) ? r->rc : end;
    source_report(s, &r->report);
    source_close(s);
    fields_close(fields);
}

static void free_run(struct run *r)
{
    buf_free(&r->heard.text);
}

#define AUTO_RUN __attribute__((cleanup(free_run))) struct run

static struct str gzip(struct str in, struct buf *out)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_true(buf_reserve(out, in.n + 1024));
    z.next_in = (Bytef *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)(in.n + 1024);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
    return buf_str(out);
}

static struct str zstd(struct str in, struct buf *out)
{
    size_t bound = ZSTD_compressBound(in.n);
    assert_true(buf_reserve(out, bound));
    size_t n = ZSTD_compress(out->p + out->n, bound, in.p, in.n, 3);
    assert_false(ZSTD_isError(n));
    out->n += n;
    return buf_str(out);
}

static void test_formats(void **state)
{
    (void)state;
    AUTO_RUN json = {0}, array = {0}, text = {0}, syslog = {0}, empty = {0};
    decode(&json, STR("{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}"));
    assert_str(buf_str(&json.heard.text),
               "1:json:{\"a\":1}|2:json:{\"a\":2}|4:json:{\"a\":3}|");
    assert_int_equal(json.report.format, FORMAT_JSON);
    assert_int_equal(json.report.counts.records, 3);
    assert_string_equal(json.report.shapes[0].shape, "json");
    assert_int_equal(json.report.shapes[0].records, 3);
    assert_null(json.report.shapes[1].shape);
    decode(&array, STR("[{\"a\":1},\n {\"a\":2}]"));
    assert_str(buf_str(&array.heard.text), "1:json:{\"a\":1}|2:json:{\"a\":2}|");
    decode(&text, STR("one\r\ntwo"));
    assert_int_equal(text.report.format, FORMAT_TEXT);
    assert_str(buf_str(&text.heard.text), "1:text:one|2:text:two|");
    decode(&syslog, STR("Oct 11 22:14:15 h su: x\nwith more\nOct 11 22:14:15 h su: y\n"));
    assert_int_equal(syslog.report.format, FORMAT_SYSLOG);
    decode(&empty, STR(""));
    assert_ok(empty.rc);
    assert_int_equal(empty.report.counts.records, 0);
}

static void test_binary(void **state)
{
    (void)state;
    char noise[4096];
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof(noise); i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        noise[i] = (char)(seed >> 56);
    }
    struct str random = {noise, sizeof(noise)};
    AUTO_RUN hive = {0}, journal = {0}, sealed = {0},
             forced = {.opts = {.format = FORMAT_TEXT}};
    decode(&hive, STR("regf\1\0\0\0"));
    assert_fails(hive.rc, NOT_LOG);
    assert_int_equal(hive.report.counts.records, 0);
    decode(&journal, STR("LPKSHHRH\0\0\0\0"));
    assert_fails(journal.rc, OTHER_LOG);
    for (size_t block = 1; block < 5000; block += 1111) {
        AUTO_RUN cut = {.block = block};
        decode(&cut, random);
        assert_fails(cut.rc, NOT_LOG);
        assert_int_equal(cut.report.counts.records, 0);
    }
    assert_false(source_can_split(bytes_of(random), FORMAT_TEXT));
    decode(&forced, random);
    assert_ok(forced.rc);
    assert_true(forced.report.counts.records > 0);
    AUTO_BUF packed = {0};
    (void)gzip(random, &packed);
    decode(&sealed, buf_str(&packed));
    assert_fails(sealed.rc, NOT_LOG);
    /* A hole of zeros, as rotation leaves it; text of another code page; a colour. */
    AUTO_BUF hole = {0};
    buf_fill(&hole, 0, 4096);
    buf_puts(&hole, "the log goes on \xC4\xD6\xDC \x1B[31mred\x1B[0m, as it did before\n");
    AUTO_RUN after = {0}, known = {0};
    decode(&after, buf_str(&hole));
    assert_ok(after.rc);
    assert_int_equal(after.report.counts.records, 1);
    /* One line of a log is enough, whatever stands around it. */
    AUTO_BUF mixed = {0};
    buf_puts(&mixed, "a first line that is none\nOct 11 22:14:15 h su: x\n");
    buf_put(&mixed, random);
    decode(&known, buf_str(&mixed));
    assert_ok(known.rc);
}

static void test_broken_line(void **state)
{
    (void)state;
    for (size_t block = 0; block < 9; block++) {
        AUTO_RUN r = {.block = block};
        decode(&r, STR("{\"a\":1}\n{\"a\":\n{\"a\":1,\"a\":2}\n{\"a\":3}\n"));
        assert_str(buf_str(&r.heard.text), "1:json:{\"a\":1}|!SHORT 2@8|!DUPLICATE 3@14|"
                                           "4:json:{\"a\":3}|");
        assert_int_equal(r.report.counts.problems, 2);
        assert_ok(r.rc);
    }
}

static void test_forced(void **state)
{
    (void)state;
    AUTO_RUN r = {.opts = {.format = FORMAT_TEXT}}, json = {.opts = {.format = FORMAT_JSON}};
    decode(&r, STR("{\"a\":1}\n"));
    assert_str(buf_str(&r.heard.text), "1:text:{\"a\":1}|");
    decode(&json, STR("text\n{\"a\":1}\n"));
    assert_str(buf_str(&json.heard.text), "!SYNTAX 1@0|2:json:{\"a\":1}|");
    enum format format;
    assert_true(source_format_parse(STR("EVTX"), &format) && format == FORMAT_EVTX);
    assert_false(source_format_parse(STR("xml"), &format));
    assert_str(source_format_name(FORMAT_SYSLOG), "syslog");
}

static void test_compressed(void **state)
{
    (void)state;
    static struct str (*const pack[])(struct str, struct buf *) = {gzip, zstd};
    for (size_t k = 0; k < COUNT_OF(pack); k++) {
        AUTO_BUF two = {0};
        (void)pack[k](STR("{\"a\":1}\n{\"a\""), &two);
        (void)pack[k](STR(":2}\n"), &two);
        for (size_t block = 1; block < 40; block += 3) {
            AUTO_RUN r = {.block = block};
            decode(&r, buf_str(&two));
            assert_ok(r.rc);
            assert_str(buf_str(&r.heard.text), "1:json:{\"a\":1}|2:json:{\"a\":2}|");
            assert_int_equal(r.report.compression,
                             k == 0 ? COMPRESSION_GZIP : COMPRESSION_ZSTD);
            assert_int_equal(r.report.counts.bytes, 16);
        }
        /* Cut anywhere: an error that says so, and what came before it is delivered. */
        for (size_t cut = 5; cut < two.n; cut++) {
            AUTO_RUN r = {0};
            decode(&r, str_upto(buf_str(&two), cut));
            assert_true(r.rc.code == ERR_NONE || r.rc.code == ERR_SHORT);
        }
        for (size_t at = 0; at < two.n; at++) {
            AUTO_RUN r = {0};
            two.p[at] = (char)(two.p[at] ^ 0x55);
            decode(&r, buf_str(&two));
            two.p[at] = (char)(two.p[at] ^ 0x55);
        }
    }
    AUTO_BUF padded = {0};
    (void)gzip(STR("x\n"), &padded);
    buf_fill(&padded, 0, 512);
    AUTO_RUN zeros = {0}, garbage = {0};
    decode(&zeros, buf_str(&padded));
    assert_ok(zeros.rc);
    buf_puts(&padded, "garbage");
    decode(&garbage, buf_str(&padded));
    assert_fails(garbage.rc, TRAILING);
    assert_str(buf_str(&garbage.heard.text), "1:text:x|");
}

/* What comes out may end where a block of the decompressor does. */
static void test_whole_blocks(void **state)
{
    (void)state;
    static struct str (*const pack[])(struct str, struct buf *) = {gzip, zstd};
    for (size_t k = 0; k < COUNT_OF(pack); k++) {
        AUTO_BUF plain = {0}, packed = {0};
        for (size_t i = 0; i < 2 * 131072 / 8; i++) {
            buf_puts(&plain, "{\"a\":1}\n");
        }
        plain.n = 2 * 131072;
        (void)pack[k](buf_str(&plain), &packed);
        AUTO_RUN r = {0};
        decode(&r, buf_str(&packed));
        assert_ok(r.rc);
        assert_int_equal(r.report.counts.bytes, plain.n);
    }
}

/* 1 GiB of one line in 100 KB: refused after 64 MiB and what the ratio allows. */
static void test_bomb(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    AUTO_BUF frame = {0}, zeros = {0}, bomb = {0};
    buf_fill(&zeros, '\n', 16 * MIB);
    (void)zstd(buf_str(&zeros), &frame);
    for (size_t i = 0; i < 64; i++) {
        buf_put(&bomb, buf_str(&frame));
    }
    AUTO_RUN r = {0};
    decode(&r, buf_str(&bomb));
    assert_fails(r.rc, BOMB);
    assert_true(r.report.counts.bytes < (uint64_t)64 * MIB + (uint64_t)bomb.n * 10000);
}

static void test_utf16(void **state)
{
    (void)state;
    static const uint8_t little[] = {0xFF, 0xFE, '{', 0, '"', 0, 'a',  0,
                                     '"',  0,    ':', 0, '"', 0, 0x3D, 0xD8,
                                     0x00, 0xDE, '"', 0, '}', 0, '\n', 0};
    for (size_t block = 1; block < sizeof(little); block++) {
        AUTO_RUN r = {.block = block};
        decode(&r, (struct str){(const char *)little, sizeof(little)});
        assert_ok(r.rc);
        assert_str(buf_str(&r.heard.text), "1:json:{\"a\":\"\xF0\x9F\x98\x80\"}|");
    }
    /* Without a mark; but not in the middle of a file that was cut. */
    static const char bare[] = "h\0i\0\n\0", other[] = "\0h\0i\0\n";
    AUTO_RUN low = {0}, high = {0}, part = {.opts = {.start_offset = 7, .format = FORMAT_TEXT}};
    decode(&low, (struct str){bare, 6});
    assert_str(buf_str(&low.heard.text), "1:text:hi|");
    decode(&high, (struct str){other, 6});
    assert_str(buf_str(&high.heard.text), "1:text:hi|");
    decode(&part, STR("\xFF\xFEwhoami\n"));
    assert_str(buf_str(&part.heard.text), "1:text:\xFF\xFEwhoami|");
    static const uint8_t big[] = {0xFE, 0xFF, 0, 'h', 0, 'i', 0, '\n', 0xD8};
    AUTO_RUN r = {0};
    decode(&r, (struct str){(const char *)big, sizeof(big)});
    assert_str(buf_str(&r.heard.text), "1:text:hi|");
}

static void test_sniff(void **state)
{
    (void)state;
    enum compression c;
    enum format f;
    source_sniff(bytes_of(STR("\x1f\x8b\x08")), &c, &f);
    assert_true(c == COMPRESSION_GZIP && f == FORMAT_AUTO);
    source_sniff(bytes_of(STR("\x28\xb5\x2f\xfd")), &c, &f);
    assert_true(c == COMPRESSION_ZSTD && f == FORMAT_AUTO);
    source_sniff(bytes_of(STR("ElfFile\0")), &c, &f);
    assert_true(c == COMPRESSION_NONE && f == FORMAT_EVTX);
    source_sniff(bytes_of(STR("{\"a\":1}\n")), &c, &f);
    assert_true(f == FORMAT_JSON);
    source_sniff((struct bytes){NULL, 0}, &c, &f);
    assert_true(c == COMPRESSION_NONE && f == FORMAT_TEXT);
    assert_true(source_can_split(bytes_of(STR("{\"a\":1}\n{\"a\":2}\n")), FORMAT_AUTO));
    assert_true(source_can_split(bytes_of(STR("a line\nanother\n")), FORMAT_TEXT));
    assert_false(source_can_split(bytes_of(STR("[{\"a\":1},{\"a\":2}]")), FORMAT_JSON));
    assert_false(source_can_split(bytes_of(STR("{\n \"a\": 1\n}\n")), FORMAT_JSON));
    assert_false(source_can_split(bytes_of(STR("\x1f\x8b\x08")), FORMAT_JSON));
    assert_false(source_can_split(bytes_of(STR("\xff\xfe\x41\x00")), FORMAT_TEXT));
}

/* What comes line by line is delivered line by line. */
static void test_slow(void **state)
{
    (void)state;
    static const char *const streams[][2] = {
        {"{\"a\":1}\n", "1:json:{\"a\":1}|"},
        {"srv a[1]: x\n", "1:journal:srv a[1]: x|"},
    };
    struct fields *fields = fields_open();
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        struct heard h = {0};
        struct source_opts opts = {.fields = fields, .sink = {&h, on_event, on_problem}};
        struct source *s = source_open(&opts);
        assert_ok(source_feed(s, bytes_of(str_of(streams[i][0]))));
        assert_true(str_eq(buf_str(&h.text), str_of(streams[i][1])));
        source_close(s);
        buf_free(&h.text);
    }
    fields_close(fields);
}

/* A part from the middle of a file: its offsets are those of the file. */
static void test_part(void **state)
{
    (void)state;
    AUTO_RUN r = {.opts = {.format = FORMAT_JSON, .start_offset = 100}};
    decode(&r, STR("{\"a\":1}\nbad\n"));
    assert_str(buf_str(&r.heard.text), "1:json:{\"a\":1}|!SYNTAX 2@108|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats), cmocka_unit_test(test_broken_line),
        cmocka_unit_test(test_forced),  cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_binary),  cmocka_unit_test(test_whole_blocks),
        cmocka_unit_test(test_bomb),    cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_sniff),   cmocka_unit_test(test_part),
        cmocka_unit_test(test_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
