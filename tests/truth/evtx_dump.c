/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_dump FILE... - print each record as a line of JSON, for comparison with other decoders:
 * {"file":…,"number":…,"time":…,"offset":…,"host":…,"fields":[[name,type,value],…]}, and for
 * each problem
 * {"file":…,"problem":…,"offset":…,"number":…}. --quiet prints counts and time only; --carve
 * carves; --step N feeds N bytes at a time.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/jsonw.h"
#include "decode/evtx.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_CAP_BYTES = 1 << 30 };

struct dump {
    const char *path;
    bool quiet;
    struct arena *text;
    struct str file; /* its bytes */
    struct buf line;
    uint64_t records, problems, fields;
};

static void flush(struct dump *d)
{
    buf_putc(&d->line, '\n');
    fwrite(d->line.p, 1, d->line.n, stdout);
    buf_clear(&d->line);
}

static const char *const type_names[VALUE_TYPE_COUNT] = {
    [VALUE_TEXT] = "text",
    [VALUE_UTF16] = "utf16",
    [VALUE_SIGNED] = "signed",
    [VALUE_UNSIGNED] = "unsigned",
    [VALUE_HEX] = "hex",
    [VALUE_FLOAT] = "float",
    [VALUE_WIN_BOOL] = "bool",
    [VALUE_BINARY] = "binary",
    [VALUE_GUID] = "guid",
    [VALUE_FILETIME] = "filetime",
    [VALUE_SYSTEMTIME] = "systemtime",
    [VALUE_SID] = "sid",
};

static void put_field(struct dump *d, struct jsonw *w, const struct field *f)
{
    struct str s;
    check(!rc_failed(value_text(f->value, d->text, &s)));
    jsonw_array(w);
    jsonw_str(w, f->name);
    jsonw_str(w, str_of(type_names[f->value.type]));
    jsonw_str(w, s);
    jsonw_end_array(w);
}

static void on_event(void *context, const struct event *e)
{
    struct dump *d = context;
    d->records++;
    d->fields += e->count;
    if (d->quiet) {
        return;
    }
    arena_reset(d->text);
    struct jsonw w = jsonw_to(&d->line);
    jsonw_object(&w);
    jsonw_key_str(&w, "file", str_of(d->path));
    jsonw_key_u64(&w, "number", e->number);
    AUTO_BUF time = {0};
    walltime_format(&time, e->time);
    jsonw_key_str(&w, "time", buf_str(&time));
    const char *at = (const char *)e->record.p;
    if (at >= d->file.p && at < d->file.p + d->file.n) { /* a whole chunk is not copied */
        jsonw_key_u64(&w, "offset", (uint64_t)(at - d->file.p));
    }
    jsonw_key(&w, STR("recovered"));
    jsonw_bool(&w, e->recovered);
    jsonw_key_str(&w, "host", e->host);
    jsonw_key(&w, STR("fields"));
    jsonw_array(&w);
    for (uint32_t i = 0; i < e->count; i++) {
        put_field(d, &w, &e->fields[i]);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    flush(d);
}

static void on_problem(void *context, const struct problem *p)
{
    struct dump *d = context;
    d->problems++;
    if (d->quiet) {
        return;
    }
    struct jsonw w = jsonw_to(&d->line);
    jsonw_object(&w);
    jsonw_key_str(&w, "file", str_of(d->path));
    jsonw_key_str(&w, "problem", str_of(rc_name(p->rc)));
    jsonw_key_u64(&w, "at", p->rc.at);
    jsonw_key_u64(&w, "offset", p->offset);
    jsonw_key_u64(&w, "number", p->number);
    jsonw_end_object(&w);
    flush(d);
}

static void dump(struct dump *d, const struct evtx_opts *opts, size_t step)
{
    AUTO_ARENA whole = arena_open((size_t)FILE_CAP_BYTES);
    struct str in;
    struct rc rc = file_load(d->path, FILE_CAP_BYTES, whole, &in);
    if (rc_failed(rc)) {
        fprintf(stderr, "evtx_dump: %s: %s\n", d->path, rc_text(rc));
        exit(1);
    }
    d->file = in;
    struct evtx *x = evtx_open(opts);
    for (size_t at = 0; at < in.n; at += step) {
        size_t n = in.n - at < step ? in.n - at : step;
        check(!rc_failed(evtx_feed(x, bytes_of((struct str){in.p + at, n}))));
    }
    rc = evtx_end(x);
    check(!rc_failed(rc) || rc.code == ERR_STUB);
    evtx_close(x);
}

int main(int argc, char **argv)
{
    struct dump d = {.text = arena_open((size_t)FILE_CAP_BYTES)};
    struct fields *fields = fields_open();
    struct evtx_opts opts = {.fields = fields, .sink = {&d, on_event, on_problem}};
    size_t step = FILE_CAP_BYTES;
    uint64_t start = clock_cpu_ns();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quiet") == 0) {
            d.quiet = true;
        } else if (strcmp(argv[i], "--carve") == 0) {
            opts.carve = true;
        } else if (strcmp(argv[i], "--step") == 0 && i + 1 < argc) {
            step = (size_t)strtoull(argv[++i], NULL, 10);
        } else {
            d.path = argv[i];
            dump(&d, &opts, step);
        }
    }
    uint64_t spent = clock_cpu_ns() - start;
    if (d.quiet) {
        printf("%" PRIu64 " records, %" PRIu64 " fields, %" PRIu64 " problems, %" PRIu64
               " ms of CPU\n",
               d.records, d.fields, d.problems, spent / 1000000);
    }
    buf_free(&d.line);
    arena_close(d.text);
    fields_close(fields);
    return 0;
}
