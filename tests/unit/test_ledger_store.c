/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's store: what is appended is there, in order, once. */
#include "test.h"

#include "ledger_sample.h"

#include "base/heap.h"

#include <errno.h>

/* Entries from a position on must be these. */
static void assert_entries(const struct sample *s, uint64_t position, const char *const *want,
                           size_t count)
{
    struct reader *reader = NULL;
    struct reader_entry entry;
    bool more = false;
    assert_ok(reader_io_open(s->store, position, &reader));
    for (size_t i = 0; i < count; i++) {
        assert_ok(reader_io_next(reader, &entry, &more));
        assert_true(more);
        assert_int_equal(entry.position, position + i);
        test_assert_str(str_bytes(entry.entry.bytes), str_of(want[i]), __FILE__, __LINE__);
    }
    assert_ok(reader_io_next(reader, &entry, &more));
    assert_false(more);
    reader_io_close(reader);
}

static const char *const expected[] = {"one 0", "one 1", "{\"fact\":1}", "two 0",
                                       "{\"fact\":2}"};

static void put_expected(struct sample *s)
{
    assert_int_equal(sample_records(s, "one", 2), 0);
    assert_int_equal(sample_fact(s, 1, "{\"fact\":1}"), 2);
    assert_int_equal(sample_records(s, "two", 1), 3);
    assert_int_equal(sample_fact(s, 2, "{\"fact\":2}"), 4);
    assert_ok(store_io_sync(s->store));
}

static void what_is_appended_is_there(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    assert_true(s.report.fresh);
    put_expected(&s);
    assert_entries(&s, 0, expected, 5);
    assert_entries(&s, 3, expected + 3, 2);
    sample_close(&s);
    assert_ok(sample_reopen(&s));
    assert_false(s.report.fresh);
    assert_int_equal(s.report.cut_bytes, 0);
    assert_int_equal(store_io_next(s.store), 5);
    for (size_t from = 0; from <= 5; from++) {
        assert_entries(&s, from, expected + from, 5 - from);
    }
    sample_end(&s);
}

static void only_what_is_synced_is_read(void **state)
{
    (void)state;
    struct sample s;
    struct reader *reader = NULL;
    struct reader_entry entry;
    bool more = true;
    sample_make(&s);
    assert_ok(reader_io_open(s.store, 0, &reader));
    for (int round = 0; round < 3; round++) {
        assert_ok(reader_io_next(reader, &entry, &more));
        assert_false(more);
        sample_records(&s, "one", 1);
        assert_ok(reader_io_next(reader, &entry, &more));
        assert_false(more);
        assert_ok(store_io_sync(s.store));
        assert_ok(reader_io_next(reader, &entry, &more));
        assert_true(more);
        assert_int_equal(entry.position, round);
        assert_int_equal(entry.header->source, 3);
        assert_str(batch_name(entry.header), "sshd-auth");
    }
    reader_io_close(reader);
    sample_end(&s);
}

static void a_batch_is_taken_once(void **state)
{
    (void)state;
    struct sample s;
    struct payload_entry entry = sample_entry("x");
    struct store_receipt receipt = {0};
    struct store_records records = {.source = 3,
                                    .name = STR("sshd-auth"),
                                    .cursor = bytes_of(STR("c2")),
                                    .entries = &entry,
                                    .count = 1};
    sample_make(&s);
    sample_records(&s, "one", 1);
    for (int round = 0; round < 2; round++) {
        for (records.seq = 1; records.seq <= s.seq; records.seq++) {
            assert_ok(store_io_append_records(s.store, &records,
                                              (struct walltime){.us = s.now_us}, &receipt));
            assert_true(receipt.duplicate);
        }
        records.seq = s.seq + 2;
        assert_fails(store_io_append_records(s.store, &records,
                                             (struct walltime){.us = s.now_us}, &receipt),
                     MALFORMED);
        records.seq = 0;
        assert_fails(store_io_append_records(s.store, &records,
                                             (struct walltime){.us = s.now_us}, &receipt),
                     MALFORMED);
        assert_int_equal(store_io_next(s.store), 1);
        const struct index_source *source = index_find_source(store_io_index(s.store), 3);
        assert_int_equal(source->seq, 1);
        assert_memory_equal(source->cursor, "cursor", source->cursor_n);
        assert_null(index_find_source(store_io_index(s.store), 4));
        sample_close(&s);
        assert_ok(sample_reopen(&s));
    }
    sample_end(&s);
}

static void bad_batches_change_nothing(void **state)
{
    (void)state;
    struct sample s;
    struct payload_entry entry = sample_entry("x");
    struct store_receipt receipt;
    uint64_t position;
    struct walltime now = {.us = 1};
    struct store_records good = {
        .source = 1, .name = STR("a"), .seq = 1, .entries = &entry, .count = 1};
    struct store_records bad = good;
    sample_make(&s);
    bad.name = STR("A");
    assert_fails(store_io_append_records(s.store, &bad, now, &receipt), MALFORMED);
    bad.name = STR("");
    assert_fails(store_io_append_records(s.store, &bad, now, &receipt), MALFORMED);
    bad = good;
    bad.count = 0;
    assert_fails(store_io_append_records(s.store, &bad, now, &receipt), MALFORMED);
    bad = good;
    static const uint8_t long_cursor[BATCH_CURSOR_BYTES + 1];
    bad.cursor = (struct bytes){long_cursor, sizeof(long_cursor)};
    assert_fails(store_io_append_records(s.store, &bad, now, &receipt), TOO_LONG);
    now.us = WALLTIME_NONE;
    assert_fails(store_io_append_records(s.store, &good, now, &receipt), MALFORMED);
    assert_fails(store_io_append_facts(s.store, &entry, 0, now, &position), MALFORMED);
    assert_fails(store_io_append_facts(s.store, &entry, STORE_MAX_FACTS + 1, now, &position),
                 TOO_MANY);
    assert_int_equal(store_io_next(s.store), 0);
    now.us = 1;
    assert_ok(store_io_append_records(s.store, &good, now, &receipt));
    sample_end(&s);
}

static void a_fact_is_taken_once(void **state)
{
    (void)state;
    struct sample s;
    struct payload_entry facts[4] = {sample_entry("a"), sample_entry("b"), sample_entry("c"),
                                     sample_entry("d")};
    uint64_t positions[4];
    sample_make(&s);
    facts[0].key[15] = facts[2].key[15] = 7; /* twice in one call */
    facts[3].key[15] = 9;
    for (int round = 0; round < 3; round++) {
        assert_ok(
            store_io_append_facts(s.store, facts, 4, (struct walltime){.us = 5}, positions));
        assert_int_equal(positions[0], 0);
        assert_int_equal(positions[1], 1);
        assert_int_equal(positions[2], 0);
        assert_int_equal(positions[3], 2);
        assert_int_equal(store_io_next(s.store), 3);
        sample_close(&s);
        assert_ok(sample_reopen(&s));
    }
    sample_end(&s);
}

/* Enough facts for the set to grow, and batches for several marks. */
static void many(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    for (uint64_t i = 0; i < 3000; i++) {
        struct payload_entry fact = sample_entry("{}");
        uint64_t position;
        memcpy(fact.key, &i, sizeof(i));
        s.now_us = 1795514400000000 + (int64_t)i * 10;
        assert_ok(store_io_append_facts(s.store, &fact, 1, (struct walltime){.us = s.now_us},
                                        &position));
    }
    assert_ok(store_io_sync(s.store));
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 3000; i += 37) {
            struct walltime t = {.us = 1795514400000000 + (int64_t)i * 10 - 4};
            uint64_t position = 0;
            assert_true(index_find_fact(store_io_index(s.store),
                                        (uint8_t[16]){(uint8_t)i, (uint8_t)(i >> 8)},
                                        &position));
            assert_int_equal(position, i);
            assert_ok(reader_io_find_time(s.store, t, &position));
            assert_int_equal(position, i);
            struct reader *reader = NULL;
            struct reader_entry entry;
            bool more = false;
            assert_ok(reader_io_open(s.store, i, &reader));
            assert_ok(reader_io_next(reader, &entry, &more));
            assert_true(more);
            assert_int_equal(entry.position, i);
            reader_io_close(reader);
        }
        uint64_t position = 0;
        assert_ok(reader_io_find_time(s.store, (struct walltime){.us = INT64_MAX}, &position));
        assert_int_equal(position, 3000);
        sample_close(&s);
        assert_ok(sample_reopen(&s));
    }
    sample_end(&s);
}

/* A clock that was set back: the first batch at or after a time is the first in the log. */
static void times_need_not_grow(void **state)
{
    (void)state;
    static const int64_t times[] = {100, 300, 200, 400};
    struct sample s;
    uint64_t position;
    sample_make(&s);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        s.now_us = times[i] - 1000000;
        sample_records(&s, "x", 1);
    }
    assert_ok(store_io_sync(s.store));
    assert_ok(reader_io_find_time(s.store, (struct walltime){.us = 150}, &position));
    assert_int_equal(position, 1);
    assert_ok(reader_io_find_time(s.store, (struct walltime){.us = 250}, &position));
    assert_int_equal(position, 1);
    assert_ok(reader_io_find_time(s.store, (struct walltime){.us = 350}, &position));
    assert_int_equal(position, 3);
    sample_end(&s);
}

static void one_writer(void **state)
{
    (void)state;
    struct sample s;
    struct store *second = NULL;
    struct store_report report;
    int folder = -1;
    sample_make(&s);
    assert_ok(folder_open(s.path, &folder));
    struct rc rc = store_io_open(folder, sample_origin, &report, &second);
    assert_int_equal(rc.code, ERR_SYSTEM);
    assert_int_equal(rc.sys, EWOULDBLOCK);
    sample_close(&s);
    assert_ok(store_io_open(folder, sample_origin, &report, &second));
    store_io_close(second);
    assert_fails(store_io_open(folder, STR("other.example"), &report, &second), REJECTED);
    assert_int_equal(report.damage.kind, DAMAGE_KEY);
    assert_fails(store_io_open(folder, STR("a b"), &report, &second), MALFORMED);
    close(folder);
    sample_end(&s);
}

static void the_key_is_for_us_alone(void **state)
{
    (void)state;
    struct sample s;
    struct stat st;
    sample_make(&s);
    sample_records(&s, "x", 1);
    sample_close(&s);
    assert_int_equal(fstatat(s.folder, "key", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlinkat(s.folder, "vkey", 0), 0);
    assert_ok(sample_reopen(&s)); /* made again from the key */
    sample_close(&s);
    assert_int_equal(unlinkat(s.folder, "key", 0), 0);
    assert_fails(sample_reopen(&s), REJECTED); /* no new key for an old ledger */
    assert_int_equal(s.report.damage.kind, DAMAGE_KEY);
    sample_end(&s);
}

/* 1 MiB of bytes that do not compress. */
static uint8_t *noise(uint32_t seed)
{
    uint8_t *p = heap_alloc(PAYLOAD_MAX_ENTRY_BYTES);
    for (size_t i = 0; i < PAYLOAD_MAX_ENTRY_BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (uint8_t)(seed >> 24);
    }
    return p;
}

static void count_segments(void *context, struct str name)
{
    uint64_t leaf;
    *(int *)context += segment_name_parse(name, &leaf) ? 1 : 0;
}

static void segments_follow_each_other(void **state)
{
    (void)state;
    struct sample s;
    struct stat st;
    int segments = 0;
    AUTO_HEAP uint8_t *bytes = noise(7);
    sample_make(&s);
    struct payload_entry entry = {.bytes = {bytes, PAYLOAD_MAX_ENTRY_BYTES}};
    for (uint64_t i = 1; i <= 130; i++) {
        struct store_receipt receipt;
        struct store_records records = {
            .source = 1, .name = STR("big"), .seq = i, .entries = &entry, .count = 1};
        assert_ok(
            store_io_append_records(s.store, &records, (struct walltime){.us = 1}, &receipt));
        assert_int_equal(receipt.first, i - 1);
    }
    assert_ok(store_io_sync(s.store));
    assert_ok(folder_each(s.folder, count_segments, &segments));
    assert_int_equal(segments, 3);
    assert_int_equal(fstatat(s.folder, SAMPLE_SEGMENT, &st, 0), 0);
    assert_in_range(st.st_size, SEGMENT_BYTES - SEGMENT_MAX_FRAME_BYTES, SEGMENT_BYTES);
    for (int round = 0; round < 2; round++) {
        struct reader *reader = NULL;
        struct reader_entry got;
        bool more = true;
        uint64_t count = 0;
        assert_ok(reader_io_open(s.store, 0, &reader));
        for (;;) {
            assert_ok(reader_io_next(reader, &got, &more));
            if (!more) {
                break;
            }
            assert_int_equal(got.position, count++);
            assert_memory_equal(got.entry.bytes.p, bytes, PAYLOAD_MAX_ENTRY_BYTES);
        }
        assert_int_equal(count, 130);
        reader_io_close(reader);
        sample_close(&s);
        assert_ok(sample_reopen(&s));
        assert_int_equal(store_io_next(s.store), 130);
    }
    sample_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_is_there),
        cmocka_unit_test(only_what_is_synced_is_read),
        cmocka_unit_test(a_batch_is_taken_once),
        cmocka_unit_test(bad_batches_change_nothing),
        cmocka_unit_test(a_fact_is_taken_once),
        cmocka_unit_test(many),
        cmocka_unit_test(times_need_not_grow),
        cmocka_unit_test(one_writer),
        cmocka_unit_test(the_key_is_for_us_alone),
        cmocka_unit_test(segments_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
