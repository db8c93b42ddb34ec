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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_are_as_agreed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
