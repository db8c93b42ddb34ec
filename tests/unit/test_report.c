/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/escape.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/unicode.h"
#include "cli/progress.h"
#include "cli/style.h"
#include "report_sample.h"

#include <stdio.h>
#include <stdlib.h>

/* Escape sequences, a line break, bidi, C1, broken UTF-8, a spreadsheet formula. */
#define HOSTILE                                                                                \
    "=cmd|' /C calc'!A0 \033]0;owned\007\033[2J\r\n\t\177\xC2\x9B"                             \
    "31m \xE2\x80\xAE,\" \xFF\xC3"

/* The report of `findings`, ended with `summary`. */
static void render(struct buf *out, const struct report_opts *opts,
                   void (*findings)(struct report *, struct buf *),
                   const struct scan_summary *summary)
{
    struct report *r = report_open(opts);
    report_begin(r, out);
    if (findings != NULL) {
        findings(r, out);
    }
    report_end(r, summary, out);
    report_close(r);
}

/* Tests run from the root of the tree. With TOCSIN_GOLDEN=write the file is written instead:
 * look at the difference. */
static void assert_golden(const char *name, struct str got)
{
    AUTO_ARENA a = arena_open(1 << 20);
    char path[1024];
    (void)snprintf(path, sizeof(path), "tests/golden/report/%s", name);
    if (getenv("TOCSIN_GOLDEN") != NULL) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(got.p, 1, got.n, f), got.n);
        assert_int_equal(fclose(f), 0);
    }
    struct str want;
    assert_ok(file_load(path, 1 << 19, a, &want));
    if (!str_eq(got, want)) {
        print_error("%s differs; got\n%.*s", name, (int)got.n, got.p);
    }
    assert_true(str_eq(got, want));
}

static void text_is_as_agreed(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    unsigned widths[] = {80, 200};
    const char *names[] = {"text-80.txt", "text-200.txt"};
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        AUTO_BUF out = {0};
        struct report_opts opts = sample_opts(REPORT_TEXT, widths[i]);
        render(&out, &opts, sample_findings, &s);
        assert_golden(names[i], buf_str(&out));
    }
}

static void quiet_text_is_as_agreed(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_TEXT, 80);
    AUTO_BUF out = {0};
    opts.quiet = true;
    s.interrupted = true;
    render(&out, &opts, sample_findings, &s);
    assert_golden("quiet-80.txt", buf_str(&out));
}

static void a_scan_that_found_nothing_is_as_agreed(void **state)
{
    (void)state;
    struct scan_summary s = {.inputs = 1, .bytes = 999, .records = 1, .elapsed_ns = 1000};
    s.rules_loaded = s.rules_active = 1;
    s.first.us = s.last.us = WALLTIME_NONE;
    struct report_opts opts = sample_opts(REPORT_TEXT, 80);
    AUTO_BUF out = {0};
    render(&out, &opts, NULL, &s);
    assert_golden("nothing-80.txt", buf_str(&out));
}

static void notes_are_as_agreed(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_JSONL, 80);
    AUTO_BUF findings = {0}, out = {0};
    struct report *r = report_open(&opts);
    sample_findings(r, &findings);
    report_notes(r, &s, &out);
    assert_int_equal(report_count(r, LEVEL_MEDIUM), 1200);
    report_close(r);
    assert_golden("notes-80.txt", buf_str(&out));
}

static void an_interrupted_scan_claims_nothing_about_rules(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_TEXT, 80);
    AUTO_BUF out = {0};
    s.interrupted = true;
    s.rules_unable = 0;
    render(&out, &opts, sample_findings, &s);
    assert_true(str_find(buf_str(&out), STR("Interrupted: ")) != SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("Every active rule")) == SIZE_MAX);
}

/* Nothing that moves a cursor, and UTF-8 throughout. */
static void assert_clean(struct str s)
{
    assert_true(unicode_is_utf8(s));
    for (unsigned n; s.n > 0; s = str_from(s, n)) {
        uint32_t c = unicode_decode(s, &n);
        bool line_end = c == '\n' || (c == '\r' && s.n > 1 && s.p[1] == '\n');
        assert_true(line_end || c >= 0x20);
        assert_false(c >= 0x7F && c <= 0x9F);
        assert_int_not_equal(c, 0x202E);
    }
}

static void hostile_findings(struct report *r, struct buf *out)
{
    static const struct entity entities[] = {
        {ENTITY_FILE, TRUST_NONE, STR_INIT(HOSTILE), STR_INIT("target")}};
    static const struct matched matched[] = {{STR_INIT(HOSTILE), STR_INIT(HOSTILE)},
                                             {STR_INIT(HOSTILE), STR_INIT("\xFF")}};
    struct finding f = {.host = STR(HOSTILE),
                        .time = sample_time(0),
                        .matched = matched,
                        .matched_count = COUNT_OF(matched),
                        .entities = entities,
                        .entity_count = COUNT_OF(entities)};
    report_source(r, STR(HOSTILE));
    report_finding(r, &f, out);
}

static void nothing_foreign_reaches_the_terminal_raw(void **state)
{
    (void)state;
    static const struct str tags[] = {STR_INIT(HOSTILE)};
    static const struct rule rule = {.id = STR_INIT(HOSTILE),
                                     .title = STR_INIT(HOSTILE),
                                     .path = STR_INIT(HOSTILE),
                                     .level = LEVEL_HIGH,
                                     .tags = tags,
                                     .tag_count = 1};
    static const struct report_unread unread[] = {{STR_INIT(HOSTILE), STR_INIT(HOSTILE)}};
    static const struct report_fault faults[] = {{STR_INIT(HOSTILE), 1, 2, {ERR_SHORT, 0, 0}}};
    static const struct report_shape shapes[] = {{STR_INIT("json"), STR_INIT(HOSTILE), 1}};
    static const struct report_hash hashes[] = {{STR_INIT(HOSTILE), {0}}};
    static const struct report_blind blind[] = {
        {STR_INIT(HOSTILE), STR_INIT(HOSTILE), 1, true}};
    struct scan_summary s = sample_summary();
    s.unread = unread;
    s.faults = faults;
    s.shapes = shapes;
    s.hashes = hashes;
    s.blind = blind;
    s.unread_count = s.fault_count = s.shape_count = s.hash_count = s.blind_count = 1;
    for (unsigned width = 80; width <= 200; width += 120) {
        enum report_output outputs[] = {REPORT_TEXT, REPORT_JSONL, REPORT_CSV};
        for (size_t i = 0; i < COUNT_OF(outputs); i++) {
            struct report_opts opts = {.output = outputs[i], .width = width};
            AUTO_BUF out = {0};
            opts.rules = &rule;
            opts.rule_count = 1;
            opts.rules_origin = STR(HOSTILE);
            render(&out, &opts, hostile_findings, &s);
            assert_true(out.n > 100);
            assert_clean(buf_str(&out));
        }
    }
}

static size_t longest_line(struct str s)
{
    size_t most = 0;
    while (s.n > 0) {
        size_t end = str_find_char(s, '\n');
        size_t n = escape_width(str_upto(s, end));
        most = n > most ? n : most;
        s = end == SIZE_MAX ? STR("") : str_from(s, end + 1);
    }
    return most;
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    s.hash_count = s.unread_count = 0; /* paths there are not cut to a line */
    for (unsigned width = 80; width <= 240; width++) {
        struct report_opts opts = sample_opts(REPORT_TEXT, width);
        AUTO_BUF out = {0};
        render(&out, &opts, sample_findings, &s);
        assert_true(longest_line(buf_str(&out)) <= width);
    }
}

static void colour_is_only_what_may_be_left_out(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_TEXT, 80);
    AUTO_BUF plain = {0}, coloured = {0}, stripped = {0};
    render(&plain, &opts, sample_findings, &s);
    opts.colour = true;
    render(&coloured, &opts, sample_findings, &s);
    assert_true(str_find(buf_str(&plain), STR("\033")) == SIZE_MAX);
    for (size_t i = 0; i < coloured.n; i++) {
        if (coloured.p[i] == '\033') {
            i += str_find_char(str_from(buf_str(&coloured), i), 'm');
        } else {
            buf_putc(&stripped, coloured.p[i]);
        }
    }
    assert_true(coloured.n > plain.n);
    assert_true(str_eq(buf_str(&stripped), buf_str(&plain)));
}

static void crowd_of_hosts(struct report *r, struct buf *out)
{
    report_source(r, STR("crowd"));
    for (unsigned i = 0; i < 70000; i++) {
        char name[32];
        struct buf b = {.p = name, .room = sizeof(name), .cap = sizeof(name)};
        buf_printf(&b, "h%u", i);
        struct finding f = {.host = buf_str(&b), .time = sample_time(i), .record = i};
        report_finding(r, &f, out);
    }
}

static void a_crowd_is_counted_in_flat_memory(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_TEXT, 80);
    AUTO_BUF out = {0};
    render(&out, &opts, crowd_of_hosts, &s);
    assert_true(str_find(buf_str(&out), STR("On more than 4,096 hosts")) != SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("69,950 of 70,000")) != SIZE_MAX);
    assert_true(out.n < 20000);
}

static void mixed_levels(struct report *r, struct buf *out)
{
    report_source(r, STR("mixed"));
    for (unsigned i = 0; i < 100; i++) {
        struct finding f = {.rule = i == 99 ? 1 : 4, .host = STR("h"), .time = sample_time(i)};
        report_finding(r, &f, out);
    }
}

static void the_story_keeps_what_matters(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_TEXT, 80);
    AUTO_BUF out = {0};
    opts.story = 2;
    render(&out, &opts, mixed_levels, &s);
    struct str story = str_from(buf_str(&out), str_find(buf_str(&out), STR("THE STORY")));
    assert_true(str_find(story, STR("08:14:07  INFO ")) != SIZE_MAX);
    assert_true(str_find(story, STR("08:15:46  CRITICAL")) != SIZE_MAX);
    assert_true(str_find(story, STR("08:14:08")) == SIZE_MAX);
}

/* The line of output `number` from 0. */
static struct str line_of(const struct buf *out, unsigned number)
{
    struct str s = buf_str(out);
    for (; number > 0; number--) {
        s = str_from(s, str_find_char(s, '\n') + 1);
    }
    return str_upto(s, str_find_char(s, '\n'));
}

static void keys_come_in_their_order(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "{\"id\":",          "\"time\":",     "\"level\":",
        "\"rule\":{\"id\":", "\"title\":",    "\"tags\":[",
        "\"path\":",         "\"host\":",     "\"source\":{\"path\":",
        "\"record\":",       "\"matched\":{", "\"entities\":[{\"kind\":",
        "\"value\":",        "\"role\":",     "\"tactics\":[",
        "\"techniques\":["};
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_JSONL, 0);
    AUTO_BUF out = {0};
    render(&out, &opts, sample_findings, &s);
    for (unsigned i = 0; i < 1211; i++) {
        struct str line = line_of(&out, i);
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            size_t at = str_find(line, str_of(keys[k]));
            assert_true(at != SIZE_MAX);
            line = str_from(line, at + 1);
        }
    }
    assert_int_equal(line_of(&out, 1211).n, 0);
}

static void two_values_of_a_field(struct report *r, struct buf *out)
{
    static const struct matched matched[] = {{STR_INIT("a"), STR_INIT("1")},
                                             {STR_INIT("b"), STR_INIT("2")},
                                             {STR_INIT("a"), STR_INIT("3")},
                                             {STR_INIT(""), STR_INIT("4")}};
    struct finding f = {
        .matched = matched, .matched_count = COUNT_OF(matched), .time = {.us = WALLTIME_NONE}};
    report_source(r, STR("s"));
    report_finding(r, &f, out);
}

static void several_values_become_an_array(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_JSONL, 0);
    AUTO_BUF out = {0};
    render(&out, &opts, two_values_of_a_field, &s);
    struct str got = buf_str(&out);
    assert_true(str_find(got, STR("\"matched\":{\"a\":[\"1\",\"3\"],\"b\":\"2\","
                                  "\"keywords\":\"4\"}")) != SIZE_MAX);
    assert_true(str_find(got, STR("\"time\":null")) != SIZE_MAX);
    assert_true(str_find(got, STR("\"host\":null")) != SIZE_MAX);
}

static void equal_records(struct report *r, struct buf *out)
{
    for (unsigned source = 0; source < 2; source++) {
        report_source(r, source == 0 ? STR("one") : STR("two"));
        for (unsigned i = 0; i < 3; i++) {
            struct finding f = {.record = i};
            report_finding(r, &f, out);
        }
    }
}

static void equal_records_have_ids_of_their_own_in_each_source(void **state)
{
    (void)state;
    enum { ID_AT = 7, ID_BYTES = 32 };
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_JSONL, 0);
    struct str ids[6];
    AUTO_BUF out = {0};
    render(&out, &opts, equal_records, &s);
    for (unsigned i = 0; i < 6; i++) {
        ids[i] = str_upto(str_from(line_of(&out, i), ID_AT), ID_BYTES);
        assert_int_equal(ids[i].n, ID_BYTES);
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_true(str_eq(ids[i], ids[i + 3]));
        assert_false(str_eq(ids[i], ids[(i + 1) % 3]));
    }
}

static void formulas(struct report *r, struct buf *out)
{
    static const char *const hosts[] = {"=1+1", "+1",  "-1",  "@SUM(A1)",
                                        "\tx",  "\rx", "a=1", ""};
    report_source(r, STR("=source,\"quoted\""));
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct finding f = {.host = str_of(hosts[i]), .time = {.us = WALLTIME_NONE}};
        report_finding(r, &f, out);
    }
}

static void a_spreadsheet_runs_nothing(void **state)
{
    (void)state;
    static const char *const cells[] = {",'=1+1,", ",'+1,",   ",'-1,", ",'@SUM(A1),",
                                        ",'\\tx,", ",'\\rx,", ",a=1,", ",,"};
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_CSV, 0);
    AUTO_BUF out = {0};
    render(&out, &opts, formulas, &s);
    for (unsigned i = 0; i < COUNT_OF(cells); i++) {
        struct str line = line_of(&out, i + 1);
        AUTO_BUF want = {0};
        buf_puts(&want, "office_shell.yml");
        buf_puts(&want, cells[i]);
        buf_puts(&want, "\"'=source,\"\"quoted\"\"\",0,");
        assert_true(str_find(line, buf_str(&want)) != SIZE_MAX);
        assert_true(str_ends(line, STR("\r")));
    }
}

static void numbers_read_well(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    style_number(&out, 999);
    buf_putc(&out, ' ');
    style_number(&out, 1000);
    buf_putc(&out, ' ');
    style_number(&out, UINT64_MAX);
    buf_putc(&out, '\n');
    style_count(&out, 1, "host", "hosts");
    buf_putc(&out, ' ');
    style_count(&out, 0, "host", "hosts");
    buf_putc(&out, '\n');
    const uint64_t sizes[] = {0, 999, 1000, 9949, 99900, 123456, 1234567890, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        style_bytes(&out, sizes[i]);
        buf_putc(&out, '\n');
    }
    const uint64_t seconds[] = {0, 59, 60, 3599, 3600, 86399, 86400, 18446744073};
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        style_duration(&out, seconds[i] * 1000000000);
        buf_putc(&out, '\n');
    }
    assert_str(buf_str(&out), "999 1,000 18,446,744,073,709,551,615\n1 host 0 hosts\n"
                              "0 B\n999 B\n1.0 kB\n9.9 kB\n99.9 kB\n123 kB\n1.2 GB\n18.4 EB\n"
                              "0 ms\n59 s\n1 min 0 s\n59 min 59 s\n1 h 0 min\n23 h 59 min\n"
                              "1 d 0 h\n213,503 d 23 h\n");
}

static void cells_keep_their_width(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "abc",
                                        "\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x94\xAF",
                                        "\033\033\033\033",
                                        "abcdefghijk",
                                        "a\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x94\xAF"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        for (size_t width = 0; width < 12; width++) {
            AUTO_BUF left = {0}, right = {0}, end = {0};
            style_cell(&left, str_of(texts[i]), width, STYLE_LEFT);
            style_cell(&right, str_of(texts[i]), width, STYLE_RIGHT);
            style_cell_end(&end, str_of(texts[i]), width);
            assert_int_equal(escape_width(buf_str(&left)), width);
            assert_true(escape_width(buf_str(&right)) <= width);
            assert_true(escape_width(buf_str(&end)) <= width);
        }
    }
    AUTO_BUF end = {0};
    style_cell_end(&end, STR("evidence/dc01/Security.evtx"), 14);
    assert_str(buf_str(&end), "\xE2\x80\xA6Security.evtx");
}

static void progress_is_one_line_ten_times_a_second(void **state)
{
    (void)state;
    struct instant now = {.ns = 1000000000};
    struct progress p = progress_start(now, false);
    struct progress_state s = {.done_bytes = 25000000,
                               .total_bytes = 100000000,
                               .findings = {[LEVEL_LOW] = 1200, [LEVEL_HIGH] = 3},
                               .path = STR("evidence/\033[2J/very/long/path/Security.evtx")};
    AUTO_BUF out = {0};
    now.ns += 5000000000;
    progress_draw(&p, &s, 100, now, &out);
    assert_str(buf_str(&out), "\r\033[K[#####...............]  25 %  25.0 MB  5.0 MB/s  15 s "
                              "left  1,203 findings: 3 high  \xE2\x80\xA6/Security.evtx");
    assert_true(escape_width(str_from(buf_str(&out), 4)) <= 99);
    buf_clear(&out);
    now.ns += 99000000;
    progress_draw(&p, &s, 100, now, &out);
    assert_int_equal(out.n, 0);
    now.ns += 1000000;
    s.total_bytes = 0;
    progress_draw(&p, &s, 10, now, &out);
    assert_true(out.n != 0 && escape_width(str_from(buf_str(&out), 4)) <= 20);
    buf_clear(&out);
    progress_clear(&p, &out);
    assert_str(buf_str(&out), "\r\033[K");
    progress_clear(&p, &out);
    assert_int_equal(out.n, 4);
}

static void documented_finding(struct report *r, struct buf *out)
{
    static const struct matched matched[] = {
        {STR_INIT("Image"), STR_INIT("C:\\Windows\\System32\\whoami.exe")},
        {STR_INIT("CommandLine"), STR_INIT("whoami /all")}};
    static const struct entity entities[] = {
        {ENTITY_HOST, TRUST_NONE, STR_INIT("WS07.example.org"), STR_INIT("subject")},
        {ENTITY_ACCOUNT, TRUST_NONE, STR_INIT("EXAMPLE\\alice"), STR_INIT("subject")},
        {ENTITY_PROCESS, TRUST_NONE, STR_INIT("C:\\Windows\\System32\\whoami.exe"),
         STR_INIT("subject")}};
    struct finding f = {.rule = 3,
                        .time = sample_time(0),
                        .host = STR("WS07.example.org"),
                        .record = 4242,
                        .matched = matched,
                        .matched_count = COUNT_OF(matched),
                        .entities = entities,
                        .entity_count = COUNT_OF(entities)};
    report_source(r, STR("evidence/ws07/Sysmon.evtx"));
    report_finding(r, &f, out);
}

/* JSON without the white space between its tokens. */
static void squeeze(struct buf *out, struct str json)
{
    bool inside = false;
    for (size_t i = 0; i < json.n; i++) {
        bool escaped = inside && json.p[i] == '\\';
        if (inside || !str_is_space(json.p[i])) {
            buf_putc(out, json.p[i]);
        }
        if (escaped) {
            buf_putc(out, json.p[++i]);
        } else if (json.p[i] == '"') {
            inside = !inside;
        }
    }
}

/* What stands in doc between two marks. */
static struct str between(struct str doc, struct str from, struct str to)
{
    size_t start = str_find(doc, from);
    assert_true(start != SIZE_MAX);
    doc = str_from(doc, start + from.n);
    return str_upto(doc, str_find(doc, to));
}

static void the_documented_example_is_what_is_written(void **state)
{
    (void)state;
    struct scan_summary s = sample_summary();
    struct report_opts opts = sample_opts(REPORT_JSONL, 0);
    AUTO_ARENA a = arena_open(1 << 20);
    AUTO_BUF out = {0}, want = {0}, csv = {0};
    struct str doc;
    assert_ok(file_load("doc/findings.md", 1 << 19, a, &doc));
    render(&out, &opts, documented_finding, &s);
    squeeze(&want, between(doc, STR("```json\n"), STR("```")));
    buf_putc(&want, '\n');
    if (!str_eq(buf_str(&out), buf_str(&want))) {
        print_error("got %.*swant %.*s", (int)out.n, out.p, (int)want.n, want.p);
    }
    assert_true(str_eq(buf_str(&out), buf_str(&want)));
    opts.output = REPORT_CSV;
    render(&csv, &opts, documented_finding, &s);
    struct str documented = between(doc, STR("```csv\n"), STR("```"));
    struct str header = line_of(&csv, 0);
    header.n--; /* the carriage return */
    assert_true(str_starts(documented, header));
    while (header.n > 0) { /* each column has its row in the table */
        AUTO_BUF row = {0};
        size_t comma = str_find_char(header, ',');
        buf_puts(&row, "\n| `");
        buf_put(&row, str_upto(header, comma));
        buf_puts(&row, "` |");
        assert_true(str_find(doc, buf_str(&row)) != SIZE_MAX);
        header = comma == SIZE_MAX ? STR("") : str_from(header, comma + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_as_agreed),
        cmocka_unit_test(quiet_text_is_as_agreed),
        cmocka_unit_test(a_scan_that_found_nothing_is_as_agreed),
        cmocka_unit_test(notes_are_as_agreed),
        cmocka_unit_test(an_interrupted_scan_claims_nothing_about_rules),
        cmocka_unit_test(nothing_foreign_reaches_the_terminal_raw),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(colour_is_only_what_may_be_left_out),
        cmocka_unit_test(a_crowd_is_counted_in_flat_memory),
        cmocka_unit_test(the_story_keeps_what_matters),
        cmocka_unit_test(keys_come_in_their_order),
        cmocka_unit_test(several_values_become_an_array),
        cmocka_unit_test(equal_records_have_ids_of_their_own_in_each_source),
        cmocka_unit_test(a_spreadsheet_runs_nothing),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(cells_keep_their_width),
        cmocka_unit_test(progress_is_one_line_ten_times_a_second),
        cmocka_unit_test(the_documented_example_is_what_is_written),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
