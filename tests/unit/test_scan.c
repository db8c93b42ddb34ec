/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pure parts of a scan: frames (also from a compromised worker), the queue, the parts of a
 * file, the check of JSON, the command line.
 */
#include "base/file.h"
#include "base/heap.h"
#include "cli/arg.h"
#include "cli/event_json.h"
#include "cli/opts.h"
#include "cli/scan_apply.h"
#include "cli/scan_check.h"
#include "cli/scan_pool.h"
#include "cli/scan_read.h"
#include "model/finding.h"
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

static struct scan_done sample_done(void)
{
    struct scan_done d = {.rc = {.code = ERR_BOMB, .at = 77},
                          .hashed = true,
                          .format = FORMAT_JSON,
                          .compression = COMPRESSION_GZIP,
                          .records = 5,
                          .problems = 2,
                          .bytes = UINT64_C(1) << 40,
                          .line_count = 9,
                          .first = {.us = WALLTIME_NONE},
                          .last = {.us = 1234},
                          .sha256 = {1, 2, 3},
                          .shape_count = 2};
    d.shapes[0].name = STR("winlogbeat");
    d.shapes[0].records = 4;
    d.shapes[1].name = STR("evtx_dump");
    d.shapes[1].records = 1;
    return d;
}

static struct rc read_done(struct bytes in, struct scan_done *out)
{
    struct cursor c = cursor_of(in);
    enum scan_frame type;
    uint64_t task;
    TRY(scan_wire_read_head(&c, &type, &task));
    if (type != SCAN_FRAME_DONE) {
        return rc_make(ERR_MALFORMED);
    }
    return scan_wire_read_done(&c, out);
}

static void test_done_round_trip(void **state)
{
    (void)state;
    AUTO_BUF frame = {0};
    struct scan_done in = sample_done(), out = {0};
    scan_wire_done(&frame, 42, &in);
    assert_ok(read_done(bytes_of(buf_str(&frame)), &out));
    assert_int_equal(out.rc.code, ERR_BOMB);
    assert_int_equal(out.rc.at, 77);
    assert_true(out.hashed && !out.shrank && !out.lines);
    assert_int_equal(out.bytes, in.bytes);
    assert_int_equal(out.first.us, WALLTIME_NONE);
    assert_int_equal(out.last.us, 1234);
    assert_int_equal(out.shape_count, 2);
    assert_str(out.shapes[1].name, "evtx_dump");
    assert_memory_equal(out.sha256, in.sha256, HASH_SHA256_BYTES);
    /* cut anywhere, or longer: never accepted */
    for (size_t n = 0; n < frame.n; n++) {
        assert_true(rc_failed(read_done((struct bytes){(uint8_t *)frame.p, n}, &out)));
    }
    buf_putc(&frame, 0);
    assert_fails(read_done(bytes_of(buf_str(&frame)), &out), TRAILING);
}

static void test_done_from_hostile_worker(void **state)
{
    (void)state;
    const char *const names[] = {"", "a\x1b[2J", "A", "name that is longer than any shape is",
                                 "\xff"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO_BUF frame = {0};
        struct scan_done in = sample_done(), out;
        in.shapes[0].name = str_of(names[i]);
        scan_wire_done(&frame, 1, &in);
        assert_fails(read_done(bytes_of(buf_str(&frame)), &out), MALFORMED);
    }
    AUTO_BUF frame = {0};
    struct scan_done in = sample_done(), out;
    in.rc.code = ERR_COUNT;
    scan_wire_done(&frame, 1, &in);
    assert_fails(read_done(bytes_of(buf_str(&frame)), &out), MALFORMED);
}

static void test_task_round_trip(void **state)
{
    (void)state;
    AUTO_BUF frame = BUF_WITH_CAP(CHANNEL_FRAME_BYTES);
    const struct scan_task in = {.id = 7,
                                 .kind = SCAN_TASK_COUNT,
                                 .format = FORMAT_EVTX,
                                 .start = 1,
                                 .end = 2,
                                 .size = 3,
                                 .split_at = 4,
                                 .latest_s = INT64_C(0x123456789),
                                 .hash = true,
                                 .path = STR("a\nb")};
    struct scan_task out = {0};
    scan_wire_task(&frame, &in);
    for (size_t n = SCAN_HEAD_BYTES; n <= frame.n; n++) {
        struct cursor c = cursor_of((struct bytes){(uint8_t *)frame.p, n});
        (void)cursor_take(&c, SCAN_HEAD_BYTES);
        struct rc rc = scan_wire_read_task(&c, 7, &out);
        assert_int_equal(rc_failed(rc), n < frame.n);
    }
    assert_str(out.path, "a\nb");
    assert_int_equal(out.latest_s, INT64_C(0x123456789));
    assert_int_equal(out.kind, SCAN_TASK_COUNT);
    assert_true(out.hash && !out.stream);
}

/* What a worker may say of its findings, and what shows that it is none of ours. */
static void test_apply_checks(void **state)
{
    (void)state;
    AUTO_ARENA arena = arena_open(1 << 20);
    AUTO_BUF out = {0}, frame = {0}, one = {0};
    const struct rule rule = {.title = STR_INIT("t"), .level = LEVEL_HIGH};
    const struct report_opts opts = {.output = REPORT_JSONL, .rules = &rule, .rule_count = 1};
    struct report *report = report_open(&opts);
    struct scan_collect *collect = scan_collect_open();
    struct scan_apply a = {
        .report = report, .collect = collect, .arena = arena, .out = &out, .rule_count = 1};
    struct finding f = {.rule = 0, .time = {.us = WALLTIME_NONE}, .record = 3};
    finding_encode(&one, &f);
    scan_wire_head(&frame, SCAN_FRAME_FINDINGS, 1);
    buf_lstr(&frame, buf_str(&one));
    assert_ok(scan_apply_check(&a, bytes_of(buf_str(&frame))));
    assert_int_equal(out.n, 0);
    for (size_t n = SCAN_HEAD_BYTES + 1; n < frame.n; n++) {
        assert_true(rc_failed(scan_apply_check(&a, (struct bytes){(uint8_t *)frame.p, n})));
    }
    a.rule_count = 0; /* a rule that does not exist */
    assert_true(rc_failed(scan_apply_check(&a, bytes_of(buf_str(&frame)))));
    a.rule_count = 1;
    buf_clear(&frame);
    scan_wire_head(&frame, SCAN_FRAME_TEXT, 1);
    buf_puts(&frame, "{}\n");
    assert_fails(scan_apply_check(&a, bytes_of(buf_str(&frame))), MALFORMED);
    a.report = NULL;
    assert_ok(scan_apply_check(&a, bytes_of(buf_str(&frame))));
    const size_t plain = frame.n;
    static const char *const refused[] = {
        "\x1b[2J", "\x7f", "\xC2\x9B[2J", /* the same as ESC [ to a terminal */
        "\x9B[2J", "\xC2"                 /* the next frame could begin with 9B */
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        frame.n = plain;
        buf_puts(&frame, refused[i]);
        assert_fails(scan_apply_check(&a, bytes_of(buf_str(&frame))), MALFORMED);
    }
    for (unsigned type = 0; type < 256; type++) { /* the parent's own frames are not answers */
        frame.p[0] = (char)type;
        bool ours = type == SCAN_FRAME_TASK || type == SCAN_FRAME_QUIT;
        struct rc rc = scan_apply_check(&a, bytes_of(buf_str(&frame)));
        assert_true(rc_failed(rc) || !ours);
    }
    scan_collect_close(collect);
    report_close(report);
}

static void test_queue_order(void **state)
{
    (void)state;
    struct scan_queue q = {0};
    struct scan_input *big = scan_queue_input(STR("big"));
    struct scan_input *next = scan_queue_input(STR("next"));
    big->fd = next->fd = 0; /* never used */
    const uint64_t size = 5 * (uint64_t)SCAN_PART_BYTES + 3;
    struct scan_task task = {.end = size, .size = size, .split_at = SCAN_PART_BYTES + 4096};
    task.hash = true;
    struct scan_unit *first = scan_queue_add(&q, big, &task);
    task = (struct scan_task){0};
    scan_queue_add(&q, next, &task);
    assert_ptr_equal(scan_queue_waiting(&q), first);
    scan_queue_start(&q, first);
    scan_queue_split(&q, first, FORMAT_JSON);
    uint64_t at = SCAN_PART_BYTES + 4096;
    assert_int_equal(first->task.end, at);
    while (at < size) { /* parts follow without gap, one joining as another starts */
        struct scan_unit *part = scan_queue_waiting(&q);
        assert_ptr_equal(part->input, big);
        assert_int_equal(part->task.start, at);
        assert_false(part->task.hash);
        at = part->task.end;
        scan_queue_start(&q, part);
    }
    assert_int_equal(at, size);
    assert_int_equal(scan_queue_waiting(&q)->task.kind, SCAN_TASK_HASH);
    scan_queue_keep(&q, first, bytes_of(STR("abc")));
    assert_int_equal(q.answer_bytes, 7);
    uint64_t last_id = 0;
    size_t popped = 0;
    for (; q.head != NULL; popped++) {
        assert_true(q.head->task.id != last_id);
        scan_queue_pop(&q);
    }
    assert_int_equal(popped, 7);
    assert_int_equal(q.answer_bytes + q.count + q.waiting, 0);
    assert_int_equal(big->tasks + next->tasks, 0);
    scan_queue_input_free(big);
    scan_queue_input_free(next);
}

/* An exabyte that is not there must not cost memory. */
static void test_queue_sparse(void **state)
{
    (void)state;
    struct scan_queue q = {0};
    struct scan_input *input = scan_queue_input(STR("sparse"));
    input->fd = 0;
    const struct scan_task task = {
        .end = UINT64_MAX / 2, .size = UINT64_MAX / 2, .split_at = SCAN_PART_BYTES + 4096};
    struct scan_unit *unit = scan_queue_add(&q, input, &task);
    scan_queue_start(&q, unit);
    scan_queue_split(&q, unit, FORMAT_TEXT);
    while ((unit = scan_queue_waiting(&q)) != NULL) {
        scan_queue_start(&q, unit);
    }
    assert_true(q.count <= SCAN_QUEUE_TASKS + 1);
    while (q.head != NULL) {
        scan_queue_pop(&q);
    }
    scan_queue_input_free(input);
}

static void read_part(int fd, const struct scan_task *task, struct buf *out)
{
    struct scan_reader r = scan_read_open(fd, task);
    struct bytes block;
    assert_ok(scan_read_to_line(&r));
    do {
        assert_ok(scan_read_next(&r, &block));
        buf_put(out, str_bytes(block));
    } while (block.n != 0);
    assert_false(r.shrank);
    scan_read_close(&r);
}

/* However a file is cut, its lines come out once each and in order. */
static void test_parts_are_the_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/tocsin-read-XXXXXX";
    AUTO_FD fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    AUTO_BUF text = {0};
    unsigned seed = 1;
    while (text.n < 3 * SCAN_READ_BYTES) {
        seed = seed * 1103515245U + 12345U;
        /* short lines, empty ones, a few longer than a block */
        size_t n = (seed >> 16) % 50 == 0 ? SCAN_READ_BYTES + 5 : (seed >> 20) % 9000;
        buf_fill(&text, (char)('a' + (seed >> 8) % 26), (seed >> 24) % 4 == 0 ? 0 : n);
        buf_putc(&text, '\n');
    }
    buf_puts(&text, "the last line has no end");
    assert_ok(file_write_all(fd, bytes_of(buf_str(&text))));
    const size_t steps[] = {text.n, text.n / 2, 100000, 9001, 4096};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        AUTO_BUF got = {0};
        for (uint64_t at = 0; at < text.n; at += steps[i]) {
            struct scan_task task = {.start = at, .end = at + steps[i], .size = text.n};
            task.end = task.end > text.n ? text.n : task.end;
            size_t before = got.n;
            read_part(fd, &task, &got);
            assert_true(before == got.n || before == 0 || got.p[before - 1] == '\n');
        }
        assert_int_equal(got.n, text.n);
        assert_memory_equal(got.p, text.p, text.n);
    }
}

static void test_file_that_shrinks(void **state)
{
    (void)state;
    char path[] = "/tmp/tocsin-read-XXXXXX";
    AUTO_FD fd = mkstemp(path);
    unlink(path);
    assert_ok(file_write_all(fd, bytes_of(STR("0123456789"))));
    const struct scan_task task = {.end = 20, .size = 20};
    struct scan_reader r = scan_read_open(fd, &task);
    struct bytes block;
    assert_ok(scan_read_next(&r, &block));
    assert_int_equal(block.n, 10);
    assert_ok(scan_read_next(&r, &block));
    assert_int_equal(block.n, 0);
    assert_true(r.shrank);
    scan_read_close(&r);
}

static struct rc check_text(const char *text, size_t step)
{
    struct scan_check c = scan_check_open();
    struct str left = str_of(text);
    struct rc rc = RC_OK;
    while (left.n > 0 && !rc_failed(rc)) {
        rc = scan_check_feed(&c, bytes_of(str_upto(left, step)));
        left = str_from(left, step);
    }
    rc = rc_failed(rc) ? rc : scan_check_end(&c);
    scan_check_free(&c);
    return rc;
}

static void test_json_check(void **state)
{
    (void)state;
    for (size_t step = 1; step < 9; step++) {
        assert_ok(check_text(" {\"a\": [1, 2.5e3, \"x\"]} \n", step));
        assert_ok(check_text("12", step));
        assert_fails(check_text("", step), SHORT);
        assert_fails(check_text("[1", step), SHORT);
        assert_fails(check_text("[1,]", step), SYNTAX);
        assert_int_equal(check_text("[1,]", step).at, 3);
        assert_fails(check_text("{} x", step), TRAILING);
        assert_int_equal(check_text("{} x", step).at, 3);
    }
}

static void test_options(void **state)
{
    (void)state;
    static const struct opt table[] = {{'r', "rules", "PATH", ""}, {'q', "quiet", NULL, ""}};
    char *argv[] = {"a", "-r", "b", "--rules=c", "-rd", "-q", "-", "--", "-q", "--quiet"};
    struct opts o = {table, 2, COUNT_OF(argv), argv, false, NULL, {0}};
    const struct {
        int got;
        const char *value;
    } want[] = {{OPTS_PATH, "a"}, {0, "b"},         {0, "c"},          {0, "d"},
                {1, NULL},        {OPTS_PATH, "-"}, {OPTS_PATH, "-q"}, {OPTS_PATH, "--quiet"},
                {OPTS_END, NULL}};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        assert_int_equal(opts_next(&o), want[i].got);
        if (want[i].value != NULL) {
            assert_string_equal(o.value, want[i].value);
        }
    }
    static char *const bad[] = {"--no", "-x", "--quiet=1", "-r", "--rules", "--r\x1b[2J"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct opts b = {table, 2, 1, &bad[i], false, NULL, {0}};
        assert_int_equal(opts_next(&b), OPTS_BAD);
        assert_true(b.error.n > 0);
        assert_null(memchr(b.error.p, 0x1b, b.error.n));
        opts_free(&b);
    }
    opts_free(&o);
}

static void test_arguments(void **state)
{
    (void)state;
    struct logsource_arg l;
    assert_true(arg_logsource("Linux//SSHD", &l));
    assert_str(l.row.product, "linux");
    assert_str(l.row.service, "sshd");
    assert_int_equal(l.row.categories[0].n, 0);
    assert_true(arg_logsource("windows", &l));
    assert_false(arg_logsource("", &l));
    assert_false(arg_logsource("//", &l));
    assert_false(arg_logsource("a/b/c/d", &l));
    unsigned n = 0;
    assert_true(arg_count("256", 256, &n));
    assert_false(arg_count("0", 256, &n) || arg_count("257", 256, &n) ||
                 arg_count("1x", 256, &n) || arg_count("-1", 256, &n));
    struct walltime from, to;
    assert_true(arg_time("2026-03-01", false, &from));
    assert_true(arg_time("2026-03-01", true, &to));
    assert_int_equal(to.us - from.us, INT64_C(86400) * 1000000);
    assert_false(arg_time("yesterday", false, &from));
}

static void test_event_line(void **state)
{
    (void)state;
    AUTO_ARENA scratch = arena_open(1 << 20);
    AUTO_BUF out = {0};
    const struct field fields[] = {
        {.name = STR_INIT("a"), .value = value_text_of(STR("x\x1b"))},
        {.name = STR_INIT("b"), .value = {(const uint8_t *)"-1.5", 4, VALUE_NUMBER}},
        {.name = STR_INIT("a"), .value = {NULL, 0, VALUE_NULL}},
        {.name = STR_INIT("c"), .value = {(const uint8_t *)"\xff\xff", 2, VALUE_SIGNED}},
    };
    const struct event e = {.number = 4,
                            .fields = fields,
                            .count = COUNT_OF(fields),
                            .time = {.us = WALLTIME_NONE},
                            .host = STR_INIT("h\xff"),
                            .shape = "evtx"};
    const struct event_json_opts opts = {.source = STR_INIT("p\n")};
    assert_ok(event_json(&opts, &e, scratch, &out));
    assert_str(
        buf_str(&out),
        "{\"source\":\"p\\n\",\"record\":4,\"time\":null,\"host\":\"h\xef\xbf\xbd\","
        "\"shape\":\"evtx\",\"logsource\":{\"product\":\"\",\"category\":\"\","
        "\"service\":\"\"},\"fields\":{\"a\":[\"x\\u001b\",null],\"b\":-1.5,\"c\":-1}}\n");
}

static int stay_silent(void *context, int channel)
{
    (void)context;
    (void)channel;
    return pause();
}

/* A worker that loops, or was taken over, does not hold the scan for ever. */
static void test_silent_worker_is_ended(void **state)
{
    (void)state;
    struct scan_queue queue = {0};
    const struct scan_opts opts = {.jobs = 1};
    struct scan_pool pool = scan_pool_open(&opts, NULL, &queue);
    struct scan_input *input = scan_queue_input(STR("x"));
    struct scan_task task = {.end = 10, .size = 10};
    struct scan_unit *unit = scan_queue_add(&queue, input, &task);
    unit->state = SCAN_WAITING;
    scan_queue_start(&queue, unit);
    assert_ok(spawn_fork(stay_silent, NULL, &pool.workers[0].process));
    pool.workers[0].unit = unit;
    unit->task.stream = true;
    scan_pool_wait(&pool, 2 * SCAN_POOL_SILENCE_MS);
    unit->task.stream = false;
    scan_pool_wait(&pool, SCAN_POOL_SILENCE_MS - 1);
    assert_int_equal(unit->state, SCAN_RUNNING);
    scan_pool_wait(&pool, 1);
    assert_int_equal(unit->state, SCAN_FINISHED);
    assert_true(unit->lost && pool.coverage_partial && pool.workers[0].process.pid == 0);
    assert_non_null(strstr(input->fault.p, "silent"));
    scan_queue_pop(&queue);
    scan_queue_input_free(input);
    scan_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_done_round_trip),
        cmocka_unit_test(test_done_from_hostile_worker),
        cmocka_unit_test(test_task_round_trip),
        cmocka_unit_test(test_apply_checks),
        cmocka_unit_test(test_queue_order),
        cmocka_unit_test(test_queue_sparse),
        cmocka_unit_test(test_parts_are_the_whole),
        cmocka_unit_test(test_file_that_shrinks),
        cmocka_unit_test(test_json_check),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_event_line),
        cmocka_unit_test(test_silent_worker_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
