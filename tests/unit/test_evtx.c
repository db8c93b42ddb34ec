/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EVTX: the golden file (tests/golden/evtx/small.jsonl says what is in it), the same file
 * damaged in each way that the format allows, and binary XML made to do harm.
 */
#include "base/file.h"
#include "base/heap.h"
#include "decode/evtx.h"
#include "test.h"

enum { FILE_BYTES = EVTX_HEADER_BYTES + EVTX_CHUNK_BYTES, RECORDS = 6, FIRST = 4096 + 512 };

/* What came out, as text: one line a field, a blank line after each record. */
struct seen {
    struct buf text;
    struct arena *arena;
    size_t records, problems, fields;
    struct problem first;
    uint64_t numbers;     /* sum */
    struct walltime time; /* of the last one */
    struct rc end;        /* of the file */
};

static void on_event(void *context, const struct event *e)
{
    struct seen *s = context;
    s->records++;
    s->numbers += e->number;
    s->fields += e->count;
    s->time = e->time;
    for (uint32_t i = 0; i < e->count; i++) {
        struct str value;
        assert_ok(value_text(e->fields[i].value, s->arena, &value));
        buf_put(&s->text, e->fields[i].name);
        buf_puts(&s->text, "=");
        buf_put(&s->text, value);
        buf_puts(&s->text, "\n");
    }
    buf_puts(&s->text, "\n");
    arena_reset(s->arena);
}

static void on_problem(void *context, const struct problem *p)
{
    struct seen *s = context;
    if (s->problems++ == 0) {
        s->first = *p;
    }
}

static struct seen see(struct bytes in, bool carve, size_t step, uint64_t start)
{
    struct seen s = {.text = BUF_WITH_CAP(1 << 24), .arena = arena_open((size_t)1 << 28)};
    struct fields *fields = fields_open();
    struct evtx_opts opts = {.fields = fields,
                             .carve = carve,
                             .start_offset = start,
                             .sink = {NULL, on_event, on_problem}};
    opts.sink.context = &s;
    struct evtx *x = evtx_open(&opts);
    for (size_t at = 0; at < in.n; at += step) {
        size_t n = in.n - at < step ? in.n - at : step;
        assert_ok(evtx_feed(x, (struct bytes){in.p + at, n}));
    }
    s.end = evtx_end(x);
    assert_true(s.end.code == ERR_NONE || s.end.code == ERR_STUB);
    evtx_close(x);
    fields_close(fields);
    return s;
}

static void forget(struct seen *s)
{
    buf_free(&s->text);
    arena_close(s->arena);
}

static bool has(const struct seen *s, const char *what)
{
    return str_find(buf_str(&s->text), str_of(what)) != SIZE_MAX;
}

/* A copy of the golden file that may be damaged; *state owns it. */
static int load(void **state)
{
    struct arena *a = arena_open((size_t)1 << 20);
    struct str in;
    assert_ok(file_load("tests/golden/evtx/small.evtx", FILE_BYTES, a, &in));
    assert_int_equal(in.n, FILE_BYTES);
    uint8_t *copy = heap_alloc(FILE_BYTES);
    memcpy(copy, in.p, FILE_BYTES);
    arena_close(a);
    *state = copy;
    return 0;
}

static int unload(void **state)
{
    heap_free(*state);
    return 0;
}

static struct seen see_all(const uint8_t *file)
{
    return see((struct bytes){file, FILE_BYTES}, false, FILE_BYTES, 0);
}

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
}

/* Offset in the file of the n-th record. */
static size_t record_offset(const uint8_t *file, int n)
{
    size_t at = FIRST;
    for (; n > 0; n--) {
        at += u32(file + at + 4);
    }
    return at;
}

static void test_golden(void **state)
{
    struct seen s = see_all(*state);
    assert_int_equal(s.records, RECORDS);
    assert_int_equal(s.problems, 0);
    assert_int_equal(s.numbers, 21);
    assert_int_equal(s.time.us, 1767323050000000);
    assert_true(has(&s, "Provider_Guid=5770385F-C22A-43E0-BF4C-06F5698FFBD9\nEventID=1\n"));
    assert_true(has(&s, "TimeCreated=2026-01-02T03:04:05.1234567Z\nEventRecordID=1\n"));
    assert_true(has(&s, "Computer=WS-Pr\u00e4sidium\nSecurity_UserID=S-1-5-18\nRuleName=\n"));
    assert_true(has(&s, "\nCommandLine=whoami /all \U0001F600\nLogonId=0x910e0\n"));
    assert_true(has(&s, "\nCommandLine=net user \uFFFD\n"));
    assert_true(has(&s, "EventID_Qualifiers=32768\nEventID=6009\nLevel=4\n"));
    assert_true(
        has(&s, "Data=6.01.\nData=7601\nData=\nData=Multiprocessor Free\nBinary=DF0706"));
    assert_true(has(&s, "SubjectUserSid=S-1-5-21-1-2-3-500\nSubjectUserName=admin\n"
                        "BackupPath=\n\n"));
    assert_true(has(&s, "signed=-5\nbig=18446744073709551615\nyes=true\nhalf=0.5\n"
                        "ansi=caf\u00e9\nwhen=2026-01-02T03:04:09.5000000Z\nnothing=\n"));
    assert_true(has(&s, "EventRecordID=6\nChannel=Application\nComputer=DC01\n\n"));
    assert_false(has(&s, "EventData"));
    assert_false(has(&s, "xmlns"));
    forget(&s);
}

/* However it is cut into pieces, the same comes out. */
static void test_steps(void **state)
{
    struct bytes in = {*state, FILE_BYTES};
    static const size_t steps[] = {1, 7, 4095, 4096, 4097, 65536};
    struct seen whole = see_all(*state);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct seen s = see(in, false, steps[i], 0);
        assert_true(str_eq(buf_str(&s.text), buf_str(&whole.text)));
        forget(&s);
    }
    struct bytes chunk = {in.p + EVTX_HEADER_BYTES, EVTX_CHUNK_BYTES};
    struct seen part = see(chunk, false, 1000, EVTX_HEADER_BYTES);
    assert_true(str_eq(buf_str(&part.text), buf_str(&whole.text)));
    struct seen bare = see(chunk, false, 1000, 0); /* a chunk without a file */
    assert_true(str_eq(buf_str(&bare.text), buf_str(&whole.text)));
    assert_int_equal(part.problems + bare.problems, 0);
    forget(&bare);
    forget(&part);
    forget(&whole);
}

static void test_sniff(void **state)
{
    struct bytes in = {*state, FILE_BYTES};
    assert_true(evtx_sniff(in));
    assert_true(evtx_sniff((struct bytes){in.p + EVTX_HEADER_BYTES, 8}));
    assert_false(evtx_sniff((struct bytes){in.p, 7}));
    assert_false(evtx_sniff((struct bytes){in.p + 1, 8}));
}

/* Checksums that do not match are said, and what they cover is read all the same. */
static void test_checksums(void **state)
{
    uint8_t *file = *state;
    static const struct {
        size_t flip, offset, at;
    } cases[] = {{100, 0, 124}, {EVTX_HEADER_BYTES + 8, 4096, 124}, {FIRST + 8, 4096, 52}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        file[cases[i].flip] ^= 1;
        struct seen s = see_all(file);
        assert_int_equal(s.records, RECORDS);
        assert_int_equal(s.problems, 1);
        assert_int_equal(s.first.rc.code, ERR_CHECKSUM);
        assert_int_equal(s.first.rc.at, cases[i].at);
        assert_int_equal(s.first.offset, cases[i].offset);
        forget(&s);
        file[cases[i].flip] ^= 1;
    }
}

static void test_magic(void **state)
{
    uint8_t *file = *state;
    file[0] = 'X';
    struct seen s = see_all(file);
    assert_int_equal(s.records, RECORDS);
    assert_int_equal(s.problems, 1);
    assert_int_equal(s.first.rc.code, ERR_MALFORMED);
    forget(&s);
    file[0] = 'E';
    file[EVTX_HEADER_BYTES] = 'X';
    s = see_all(file);
    assert_int_equal(s.records, 0);
    assert_int_equal(s.problems, 1);
    assert_int_equal(s.first.offset, EVTX_HEADER_BYTES);
    forget(&s);
    s = see((struct bytes){file, FILE_BYTES}, true, FILE_BYTES, 0);
    assert_int_equal(s.records, RECORDS);
    forget(&s);
}

/* Room that was allocated ahead is not damage. */
static void test_zero_chunk(void **state)
{
    uint8_t *file = *state;
    memset(file + EVTX_HEADER_BYTES, 0, EVTX_CHUNK_BYTES);
    struct seen s = see_all(file);
    assert_int_equal(s.records + s.problems, 0);
    forget(&s);
}

static void test_truncated(void **state)
{
    const uint8_t *file = *state;
    size_t third = record_offset(file, 3);
    for (size_t n = 0; n < FILE_BYTES; n += n < 9200 ? 1 : 997) {
        struct seen s = see((struct bytes){file, n}, false, FILE_BYTES, 0);
        if (n >= third + 4096 && n < FILE_BYTES) {
            assert_int_equal(s.records, RECORDS);
        } else {
            assert_true(s.records < RECORDS || n >= record_offset(file, RECORDS));
        }
        bool stub = n >= 8 && n < EVTX_HEADER_BYTES;
        assert_int_equal(s.end.code, stub ? ERR_STUB : ERR_NONE);
        assert_true(s.problems > 0 || stub || n == EVTX_HEADER_BYTES);
        forget(&s);
    }
}

/* A record that cannot be one is one problem, and the next ones are found. */
static void test_resync(void **state)
{
    uint8_t *file = *state;
    size_t third = record_offset(file, 2);
    static const uint32_t sizes[] = {0, 1, 27, 65536, UINT32_MAX};
    uint32_t size = u32(file + third + 4);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        put32(file + third + 4, sizes[i]);
        struct seen s = see_all(file);
        assert_int_equal(s.records, RECORDS - 1);
        assert_int_equal(s.problems, 2); /* and the checksum */
        forget(&s);
    }
    put32(file + third + 4, size);
    file[third] = 0;
    struct seen s = see_all(file);
    assert_int_equal(s.records, RECORDS - 1);
    forget(&s);
}

/* The end that the header gives hides what is behind it, unless the numbers go on. */
static void test_carve(void **state)
{
    uint8_t *file = *state, *chunk = file + EVTX_HEADER_BYTES;
    struct bytes in = {file, FILE_BYTES};
    size_t fourth = record_offset(file, 3);
    put32(chunk + 48, (uint32_t)(fourth - EVTX_HEADER_BYTES));
    struct seen s = see_all(file);
    assert_int_equal(s.records, RECORDS);
    forget(&s);
    file[fourth + 8] = 99; /* not the next number: of an earlier life of this chunk */
    s = see_all(file);
    assert_int_equal(s.records, 3);
    forget(&s);
    s = see(in, true, FILE_BYTES, 0);
    assert_int_equal(s.records, RECORDS);
    forget(&s);
}

/* The definitions that records 2 to 6 use are in record 1: without it they are lost. */
static void test_lost_template(void **state)
{
    uint8_t *file = *state;
    memset(file + FIRST + 24, 0xFF, 64);
    struct seen s = see_all(file);
    assert_int_equal(s.records, 0);
    assert_int_equal(s.problems, RECORDS + 1);
    assert_int_equal(s.first.rc.code, ERR_CHECKSUM);
    forget(&s);
}

/* Every single byte of the records damaged: no crash, and no record counted twice. */
static void test_every_byte(void **state)
{
    uint8_t *file = *state;
    size_t end = record_offset(file, RECORDS);
    for (size_t at = FIRST; at < end; at++) {
        uint8_t was = file[at];
        file[at] = (uint8_t)(was ^ (at % 3 == 0 ? 0xFF : 1U << at % 8));
        struct seen s = see((struct bytes){file, FILE_BYTES}, at % 2 == 0, FILE_BYTES, 0);
        assert_true(s.records <= RECORDS);
        assert_true(s.problems > 0);
        forget(&s);
        file[at] = was;
    }
}

/* --- binary XML by hand --- */

/* A chunk of one record whose binary XML begins at chunk offset BODY. */
enum { BODY = 512 + 24 };

struct made {
    struct buf b; /* the chunk so far */
};

static void begin(struct made *m)
{
    m->b = BUF_WITH_CAP(EVTX_CHUNK_BYTES);
    buf_puts(&m->b, "ElfChnk");
    buf_fill(&m->b, '\0', 512 - 7);
    buf_puts(&m->b, "**");
    buf_fill(&m->b, '\0', 22);
    buf_le(&m->b, 0x0001010F, 4);
}

static struct seen finish(struct made *m)
{
    uint32_t size = (uint32_t)m->b.n + 4 - 512;
    buf_le(&m->b, size, 4);
    uint32_t end = (uint32_t)m->b.n;
    buf_fill(&m->b, '\0', EVTX_CHUNK_BYTES - m->b.n);
    assert_false(m->b.full);
    uint8_t *chunk = (uint8_t *)m->b.p;
    put32(chunk + 512 + 4, size);
    put32(chunk + 48, end);
    chunk[120] = 2; /* no checksums */
    struct seen s = see((struct bytes){chunk, EVTX_CHUNK_BYTES}, false, EVTX_CHUNK_BYTES,
                        EVTX_HEADER_BYTES);
    buf_free(&m->b);
    return s;
}

static void name(struct made *m, const char *text)
{
    buf_le(&m->b, m->b.n + 4, 4);
    buf_le(&m->b, 0, 6);
    buf_le(&m->b, strlen(text), 2);
    for (; *text != '\0'; text++) {
        buf_le(&m->b, (uint8_t)*text, 2);
    }
    buf_le(&m->b, 0, 2);
}

static void open_element(struct made *m, const char *tag)
{
    buf_le(&m->b, 0x01, 1);
    buf_le(&m->b, 0, 4);
    name(m, tag);
    buf_le(&m->b, 0x02, 1);
}

static void text_token(struct made *m, const char *text)
{
    buf_le(&m->b, 0x0105, 2);
    buf_le(&m->b, strlen(text), 2);
    for (; *text != '\0'; text++) {
        buf_le(&m->b, (uint8_t)*text, 2);
    }
}

/* Text in all its tokens. */
static void test_text_tokens(void **state)
{
    (void)state;
    struct made m;
    begin(&m);
    open_element(&m, "Event");
    open_element(&m, "UserData");
    open_element(&m, "Leaf");
    text_token(&m, "a");
    buf_le(&m.b, 0x48, 1); /* character reference */
    buf_le(&m.b, 0x20AC, 2);
    buf_le(&m.b, 0x49, 1); /* entity reference */
    name(&m, "amp");
    buf_le(&m.b, 0x09, 1);
    name(&m, "nosuch");
    buf_le(&m.b, 0x0A, 1); /* processing instruction: no text */
    name(&m, "pi");
    buf_le(&m.b, 0x0B, 1);
    buf_le(&m.b, 1, 2);
    buf_le(&m.b, 'P', 2);
    buf_le(&m.b, 0x07, 1); /* CDATA */
    buf_le(&m.b, 1, 2);
    buf_le(&m.b, '<', 2);
    buf_le(&m.b, 0x04, 1);
    open_element(&m, "Empty");
    buf_le(&m.b, 0x04040404, 3);
    buf_le(&m.b, 0, 1);
    struct seen s = finish(&m);
    assert_int_equal(s.problems, 0);
    assert_str(buf_str(&s.text), "Leaf=a\u20ac&&nosuch;<\nEmpty=\n\n");
    forget(&s);
}

/* A template whose one element has `slots` children, each the substitution 0. */
static void bomb_template(struct made *m, unsigned slots)
{
    buf_le(&m->b, 0x010C, 2);
    buf_le(&m->b, 7, 4);
    buf_le(&m->b, m->b.n + 4, 4);
    buf_le(&m->b, 0, 4);
    buf_le(&m->b, 7, 4);
    buf_fill(&m->b, '\0', 12);
    size_t size_at = m->b.n;
    buf_le(&m->b, 0, 4);
    size_t from = m->b.n;
    buf_le(&m->b, 0x01, 1);
    buf_le(&m->b, 0xFFFF, 2);
    buf_le(&m->b, 0, 4);
    name(m, "A");
    buf_le(&m->b, 0x02, 1);
    size_t tag = m->b.n;
    for (unsigned i = 0; i < slots; i++) {
        buf_le(&m->b, 0x01, 1);
        buf_le(&m->b, 0xFFFF, 2);
        buf_le(&m->b, 0, 4);
        if (i == 0) {
            tag = m->b.n + 4;
            name(m, "B");
        } else {
            buf_le(&m->b, tag, 4);
        }
        buf_le(&m->b, 0x02, 1);
        buf_le(&m->b, 0x0D, 1);
        buf_le(&m->b, 0, 2);
        buf_le(&m->b, 0x21, 1);
        buf_le(&m->b, 0x04, 1);
    }
    buf_le(&m->b, 0x0004, 2);
    put32((uint8_t *)m->b.p + size_at, (uint32_t)(m->b.n - from));
}

/*
 * Every slot holds the same fragment, which uses the same template again, and so on: 100
 * slots to the power of the depth. It must stop early, with a problem.
 */
static void test_exponential(void **state)
{
    (void)state;
    struct made m;
    begin(&m);
    size_t definition = m.b.n + 10;
    bomb_template(&m, 100);
    enum { LEVELS = 7, INSTANCE_BYTES = 4 + 10 + 4 + 4 };
    for (unsigned left = LEVELS; left > 0; left--) {
        if (left < LEVELS) {
            buf_le(&m.b, 0x0001010F, 4);
            buf_le(&m.b, 0x010C, 2);
            buf_le(&m.b, 7, 4);
            buf_le(&m.b, definition, 4);
        }
        buf_le(&m.b, 1, 4);
        buf_le(&m.b, (left - 1) * INSTANCE_BYTES, 2);
        buf_le(&m.b, 0x21, 2);
    }
    buf_le(&m.b, 0, 1);
    struct seen s = finish(&m);
    assert_int_equal(s.records, 0);
    assert_int_equal(s.problems, 1);
    assert_int_equal(s.first.rc.code, ERR_TOO_MANY);
    forget(&s);
}

/* A fragment inside of a fragment, too deep. */
static void test_nesting(void **state)
{
    (void)state;
    struct made m;
    begin(&m);
    for (int i = 0; i < 65; i++) {
        open_element(&m, "E");
    }
    struct seen s = finish(&m);
    assert_int_equal(s.first.rc.code, ERR_DEPTH);
    forget(&s);
}

/* Names that point at themselves, outside, or are longer than any name. */
static void test_names(void **state)
{
    (void)state;
    static const uint32_t offsets[] = {
        0, 8, BODY, EVTX_CHUNK_BYTES - 1, EVTX_CHUNK_BYTES, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(offsets); i++) {
        struct made m;
        begin(&m);
        buf_le(&m.b, 0x01, 1);
        buf_le(&m.b, 0, 4);
        buf_le(&m.b, offsets[i], 4);
        buf_le(&m.b, 0x03, 1);
        struct seen s = finish(&m);
        assert_int_equal(s.records + s.problems, 1);
        forget(&s);
    }
}

/* A count of values that would need 16 GiB. */
static void test_counts(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1000, 0x10000, 0x40000001, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct made m;
        begin(&m);
        bomb_template(&m, 1);
        buf_le(&m.b, counts[i], 4);
        struct seen s = finish(&m);
        assert_int_equal(s.records, 0);
        assert_int_equal(s.first.rc.code, ERR_SHORT);
        forget(&s);
    }
}

int main(void)
{
#define DAMAGED(test) cmocka_unit_test_setup_teardown(test, load, unload)
    const struct CMUnitTest tests[] = {
        DAMAGED(test_golden),
        DAMAGED(test_steps),
        DAMAGED(test_sniff),
        DAMAGED(test_checksums),
        DAMAGED(test_magic),
        DAMAGED(test_zero_chunk),
        DAMAGED(test_truncated),
        DAMAGED(test_resync),
        DAMAGED(test_carve),
        DAMAGED(test_lost_template),
        DAMAGED(test_every_byte),
        cmocka_unit_test(test_text_tokens),
        cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
