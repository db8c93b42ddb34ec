/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/file.h"
#include "inform/html.h"
#include "inform/markdown.h"
#include "notice_sample.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES = 4 << 20 };

static void render(const struct sample *s, const struct notice_opts *o,
                   enum notice_format format, struct buf *out)
{
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    struct notice n;
    assert_ok(notice_make(&s->incident, o, a, &n));
    assert_int_equal(n.dropped, 0);
    if (format == NOTICE_HTML) {
        html_write(out, &n);
    } else {
        markdown_write(out, &n);
    }
}

/* Tests run from the root of the tree. With TOCSIN_GOLDEN=write the file is written instead:
 * look at the difference. */
static void assert_golden(const char *name, struct str got)
{
    AUTO_ARENA a = arena_open(1 << 20);
    char path[1024];
    (void)snprintf(path, sizeof(path), "tests/golden/notice/%s", name);
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

static void notices_are_as_agreed(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    for (enum notice_audience to = NOTICE_PUBLIC; to < NOTICE_AUDIENCE_COUNT; to++) {
        for (enum phrase_language l = PHRASE_EN; l < PHRASE_LANGUAGE_COUNT; l++) {
            for (enum notice_format f = NOTICE_MARKDOWN; f < NOTICE_FORMAT_COUNT; f++) {
                struct notice_opts o = sample_opts(to, l);
                AUTO_BUF out = {0}, name = {0};
                render(&s, &o, f, &out);
                buf_put(&name, notice_audience_name(to));
                buf_putc(&name, '.');
                buf_put(&name, phrase_language_name(l));
                buf_puts(&name, f == NOTICE_HTML ? ".html" : ".md");
                buf_putc(&name, '\0');
                assert_golden(name.p, buf_str(&out));
            }
        }
    }
}

static bool has(const struct buf *text, const char *what)
{
    return str_find(buf_str(text), str_of(what)) != SIZE_MAX;
}

static void draft(const struct sample *s, enum notice_audience to, struct buf *out)
{
    struct notice_opts o = sample_opts(to, PHRASE_EN);
    buf_clear(out);
    render(s, &o, NOTICE_MARKDOWN, out);
}

/* An assertion above the cap, of a person at risk, or withdrawn is not said, whatever its kind.
 */
static void what_may_not_be_said_is_not(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 18; k++) {
        for (unsigned how = 0; how < 3; how++) {
            AUTO_ARENA a = arena_open(ARENA_BYTES);
            struct sample s;
            struct notice n;
            struct notice_opts o = sample_opts(NOTICE_PUBLIC, PHRASE_FR);
            sample_make(&s);
            if (how == 0) {
                s.assertions[k].tlp = TLP_GREEN;
            } else if (how == 1) {
                s.assertions[k].person_at_risk = true;
            } else {
                s.assertions[k].status = ASSERTION_WITHDRAWN;
            }
            assert_ok(notice_make(&s.incident, &o, a, &n));
            for (uint32_t i = 0; i < n.number_count; i++) {
                assert_int_not_equal(n.numbers[i], s.assertions[k].number);
            }
        }
    }
}

static void blocks_name_their_assertions(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    struct sample s;
    struct notice en, fr;
    sample_make(&s);
    struct notice_opts o = sample_opts(NOTICE_PUBLIC, PHRASE_EN);
    struct notice_opts f = sample_opts(NOTICE_PUBLIC, PHRASE_FR);
    assert_ok(notice_make(&s.incident, &o, a, &en));
    assert_ok(notice_make(&s.incident, &f, a, &fr));
    assert_true(notice_agree(&en, &fr));
    assert_true(en.number_count >= 8);
    for (uint32_t i = 1; i < en.number_count; i++) {
        assert_true(en.numbers[i - 1] < en.numbers[i]);
    }
    uint32_t said = 0;
    for (uint32_t i = 0; i < en.block_count; i++) {
        said += en.blocks[i].number_count;
    }
    assert_true(said >= en.number_count);
    s.assertions[8].tlp = TLP_RED;
    assert_ok(notice_make(&s.incident, &f, a, &fr));
    assert_false(notice_agree(&en, &fr));
}

static void unknown_is_said_to_be_so(void **state)
{
    (void)state;
    struct sample s;
    AUTO_BUF out = {0};
    sample_make(&s);
    sample_find(&s, ASSERTION_TAKEN)->status = ASSERTION_UNKNOWN;
    sample_find(&s, ASSERTION_TAKEN)->value = STR("unknown");
    draft(&s, NOTICE_PUBLIC, &out);
    assert_true(has(&out, "We do not know yet whether information was taken away."));
    /* held back is not unknown: then nothing is said */
    sample_find(&s, ASSERTION_TAKEN)->tlp = TLP_AMBER;
    draft(&s, NOTICE_PUBLIC, &out);
    assert_false(has(&out, "whether information was taken away"));
    /* never asked is not known */
    sample_find(&s, ASSERTION_TAKEN)->status = ASSERTION_WITHDRAWN;
    draft(&s, NOTICE_PUBLIC, &out);
    assert_true(has(&out, "We do not know yet whether information was taken away."));
    assert_false(has(&out, "no evidence that"));
}

static void what_was_assessed_is_not_established(void **state)
{
    (void)state;
    struct sample s;
    AUTO_BUF out = {0};
    sample_make(&s);
    for (uint32_t i = 0; i < s.incident.assertion_count; i++) {
        if (s.assertions[i].status == ASSERTION_KNOWN) {
            s.assertions[i].status = ASSERTION_ASSESSED;
        }
    }
    draft(&s, NOTICE_PUBLIC, &out);
    assert_false(has(&out, "It is established"));
    assert_true(has(&out, "According to the assessment so far, the incident is an intrusion"));
    assert_true(has(&out, "no interruption is known so far"));
}

static void members_get_an_address_only_by_its_tlp(void **state)
{
    (void)state;
    struct sample s;
    AUTO_BUF out = {0};
    sample_make(&s);
    draft(&s, NOTICE_MEMBERS, &out);
    assert_false(has(&out, "203"));
    assert_true(has(&out, "on request"));
    sample_find(&s, ASSERTION_SOURCE_ADDRESS)->tlp = TLP_AMBER;
    draft(&s, NOTICE_MEMBERS, &out);
    assert_true(has(&out, "203\\[.\\]0\\[.\\]113\\[.\\]66"));
    assert_false(has(&out, "on request"));
    draft(&s, NOTICE_PUBLIC, &out);
    assert_false(has(&out, "203"));
}

static void people_at_risk_are_in_no_notice(void **state)
{
    (void)state;
    for (enum notice_audience to = NOTICE_PUBLIC; to < NOTICE_AUDIENCE_COUNT; to++) {
        struct sample s;
        AUTO_BUF out = {0};
        sample_make(&s);
        sample_find(&s, ASSERTION_ACCOUNT_USED)->person_at_risk = true;
        draft(&s, to, &out);
        assert_false(has(&out, "clerk"));
        assert_int_equal(has(&out, "people at risk: 1"), to == NOTICE_INTERNAL);
    }
}

/* What came from logs can neither mark up nor break out. */
static void foreign_text_is_text(void **state)
{
    (void)state;
    struct sample s;
    struct notice_opts o = sample_opts(NOTICE_INTERNAL, PHRASE_EN);
    AUTO_BUF md = {0}, html = {0};
    sample_make(&s);
    s.incident.title =
        STR("<script>alert(1)</script>\n# [x](http://x) | `y` \xE2\x80\xAE \x1b[2J");
    s.findings[0].title = s.incident.title;
    s.links[0].value = STR("\"><img src=x onerror='a'>&amp;");
    s.effects[0].basis = STR("1. \xFF\xFE one\r\ntwo");
    render(&s, &o, NOTICE_MARKDOWN, &md);
    render(&s, &o, NOTICE_HTML, &html);
    assert_false(has(&html, "<script") || has(&html, "<img"));
    assert_true(has(&html, "&lt;script&gt;") && has(&html, "&amp;amp;"));
    assert_false(has(&md, "[x](") || has(&md, "\n# \\["));
    assert_true(has(&md, "\\<script\\>alert"));
    for (size_t i = 0; i < md.n; i++) {
        assert_true((unsigned char)md.p[i] >= ' ' || md.p[i] == '\n');
    }
    assert_false(has(&md, "\xE2\x80\xAE") || has(&html, "\xE2\x80\xAE"));
}

static void a_notice_of_nothing_still_stands(void **state)
{
    (void)state;
    for (enum notice_audience to = NOTICE_PUBLIC; to < NOTICE_AUDIENCE_COUNT; to++) {
        struct sample s = {0};
        AUTO_BUF out = {0};
        draft(&s, to, &out);
        assert_true(has(&out, "do not know yet who") || has(&out, "not known yet who"));
    }
    AUTO_ARENA small = arena_open(4096);
    struct sample s;
    struct notice n;
    struct notice_opts o = sample_opts(NOTICE_PUBLIC, PHRASE_EN);
    sample_make(&s);
    assert_fails(notice_make(&s.incident, &o, small, &n), ARENA_FULL);
}

static void phrases_agree(void **state)
{
    (void)state;
    for (enum phrase p = (enum phrase)0; p < PHRASE_COUNT; p++) {
        unsigned marks[PHRASE_LANGUAGE_COUNT] = {0};
        for (enum phrase_language l = PHRASE_EN; l < PHRASE_LANGUAGE_COUNT; l++) {
            struct str t = phrase_text(p, l);
            assert_true(t.n != 0);
            for (size_t i = 0; i < t.n; i++) {
                assert_false(t.p[i] == '{' && (i + 2 >= t.n || t.p[i + 2] != '}'));
                if (t.p[i] == '{') {
                    assert_true(t.p[i + 1] >= '1' && t.p[i + 1] < '1' + PHRASE_MAX_ARGS);
                    marks[l] |= 1U << (t.p[i + 1] - '0');
                }
            }
        }
        assert_int_equal(marks[PHRASE_EN], marks[PHRASE_FR]);
    }
}

static void dates_and_numbers_are_the_languages_own(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    struct walltime t = walltime_from_parts((struct walltime_parts){2026, 12, 1, 9, 5, 0});
    phrase_date(&out, t, PHRASE_FR);
    assert_str(buf_str(&out), "1er\u00a0décembre 2026");
    buf_clear(&out);
    phrase_moment(&out, t, PHRASE_EN);
    assert_str(buf_str(&out), "1\u00a0December 2026, 9:05 UTC");
    buf_clear(&out);
    phrase_ordinal(&out, 112, PHRASE_EN);
    phrase_ordinal(&out, 2, PHRASE_FR);
    phrase_ordinal(&out, 21, PHRASE_EN);
    phrase_ordinal(&out, 11, PHRASE_FR);
    assert_str(buf_str(&out), "112thdeuxième21st11e");
    buf_clear(&out);
    phrase_number(&out, 1234567, PHRASE_EN);
    phrase_number(&out, 999, PHRASE_FR);
    assert_str(buf_str(&out), "1,234,567999");
    buf_clear(&out);
    phrase_date(&out, (struct walltime){.us = WALLTIME_NONE}, PHRASE_EN);
    assert_str(buf_str(&out), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_are_as_agreed),
        cmocka_unit_test(what_may_not_be_said_is_not),
        cmocka_unit_test(blocks_name_their_assertions),
        cmocka_unit_test(unknown_is_said_to_be_so),
        cmocka_unit_test(what_was_assessed_is_not_established),
        cmocka_unit_test(members_get_an_address_only_by_its_tlp),
        cmocka_unit_test(people_at_risk_are_in_no_notice),
        cmocka_unit_test(foreign_text_is_text),
        cmocka_unit_test(a_notice_of_nothing_still_stands),
        cmocka_unit_test(phrases_agree),
        cmocka_unit_test(dates_and_numbers_are_the_languages_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
