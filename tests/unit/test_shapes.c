/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/golden/shapes: each sample → its events as tocsin decode prints them (NAME.want).
 * With --write the wants are written anew: look at the difference before it is committed.
 */
#include "test.h"

#include "base/file.h"
#include "base/heap.h"
#include "base/vec.h"
#include "cli/event_json.h"
#include "decode/source.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES = 1 << 20 };

static const char folder[] = "tests/golden/shapes/";

struct rendered {
    struct event_json_opts opts;
    struct arena *scratch;
    struct buf text;
};

static void on_event(void *context, const struct event *e)
{
    struct rendered *r = context;
    arena_reset(r->scratch);
    assert_ok(event_json(&r->opts, e, r->scratch, &r->text));
}

static void on_problem(void *context, const struct problem *p)
{
    struct rendered *r = context;
    buf_printf(&r->text, "problem %s %lu\n", rc_name(p->rc), (unsigned long)p->number);
}

/* Names that rules use: what is only an alias is made only for them. */
static struct fields *open_fields(void)
{
    static const char *const names[] = {
        "ComputerName", "EventLog", "md5",
        "SHA256",       "imphash",  "gcp.audit.method_name",
        "eventName",    "appname",  "ParentCommandLine",
        "apiGroup",
    };
    struct fields *f = fields_open();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        fields_add(f, str_of(names[i]));
    }
    return f;
}

static void decode(struct bytes in, size_t block, struct buf *out)
{
    struct fields *fields = open_fields();
    struct rendered r = {.opts = {.source = STR_INIT("sample"), .fields = fields},
                         .scratch = arena_open((size_t)1 << 24)};
    struct source_opts opts = {
        .fields = fields, .latest_s = 1798761599, .sink = {&r, on_event, on_problem}};
    struct source *s = source_open(&opts);
    while (in.n != 0) {
        size_t n = in.n < block ? in.n : block;
        assert_ok(source_feed(s, (struct bytes){in.p, n}));
        in = (struct bytes){in.p + n, in.n - n};
    }
    assert_ok(source_end(s));
    source_close(s);
    fields_close(fields);
    arena_close(r.scratch);
    *out = r.text;
}

static void path_of(const char *name, const char *suffix, char *room, size_t bytes)
{
    int n = snprintf(room, bytes, "%s%s%s", folder, name, suffix);
    assert_true(n > 0 && (size_t)n < bytes);
}

static void run(const char *name, bool write)
{
    AUTO_ARENA a = arena_open((size_t)4 * FILE_BYTES);
    char path[512];
    struct str in, want;
    AUTO_BUF whole = {0}, cut = {0};
    path_of(name, "", path, sizeof(path));
    assert_ok(file_load(path, FILE_BYTES, a, &in));
    decode(bytes_of(in), in.n, &whole);
    decode(bytes_of(in), 7, &cut);
    assert_true(str_eq(buf_str(&whole), buf_str(&cut)));
    path_of(name, ".want", path, sizeof(path));
    if (write) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(whole.p, 1, whole.n, f), whole.n);
        assert_int_equal(fclose(f), 0);
        return;
    }
    assert_ok(file_load(path, FILE_BYTES, a, &want));
    if (!str_eq(buf_str(&whole), want)) {
        fail_msg("%s:\n%.*s", name, (int)whole.n, whole.p);
    }
}

static bool write_wants;

static void test_golden(void **state)
{
    (void)state;
    DIR *d = opendir(folder);
    assert_non_null(d);
    size_t count = 0;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        struct str name = str_of(e->d_name);
        if (str_ends(name, STR(".json")) || str_ends(name, STR(".log"))) {
            run(e->d_name, write_wants);
            count++;
        }
    }
    closedir(d);
    assert_true(count >= 14);
}

int main(int argc, char **argv)
{
    write_wants = argc > 1 && strcmp(argv[1], "--write") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
