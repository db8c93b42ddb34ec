/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole stream, heard once whole and once in blocks: the events and problems are the same.
 * The first byte chooses the blocks, the rest is the stream.
 */
#include "base/hash.h"
#include "decode/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    uint64_t digest, events, problems;
    struct arena *scratch;
};

static void add(struct heard *h, struct bytes b)
{
    h->digest = hash_64(b, h->digest);
}

static void add_fields(struct heard *h, const struct field *fields, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct str text;
        arena_reset(h->scratch);
        add(h, bytes_of(fields[i].name));
        check(!rc_failed(value_text(fields[i].value, h->scratch, &text)));
        add(h, bytes_of(text));
    }
}

static void on_event(void *context, const struct event *e)
{
    struct heard *h = context;
    h->events++;
    check(e->shape != NULL && e->logsource < LOGSOURCE_CUSTOM);
    add(h, e->record);
    add(h, bytes_of(e->host));
    add(h, bytes_of(e->text));
    add_fields(h, e->fields, e->count);
    for (uint32_t i = 0; i < e->view_count; i++) {
        add_fields(h, e->views[i].fields, e->views[i].count);
    }
}

static void on_problem(void *context, const struct problem *p)
{
    struct heard *h = context;
    uint64_t numbers[4] = {p->rc.code, p->rc.at, p->offset, p->number};
    h->problems++;
    add(h, (struct bytes){(const uint8_t *)numbers, sizeof(numbers)});
}

static uint64_t hear(const struct fields *fields, struct bytes in, size_t block)
{
    struct heard h = {.scratch = arena_open((size_t)64 << 20)};
    struct source_opts opts = {
        .fields = fields, .sink = {&h, on_event, on_problem}, .latest_s = 1798761599};
    struct source *s = source_open(&opts);
    struct rc rc = RC_OK;
    while (in.n != 0 && !rc_failed(rc)) {
        size_t n = in.n < block ? in.n : block;
        rc = source_feed(s, (struct bytes){in.p, n});
        in = (struct bytes){in.p + n, in.n - n};
    }
    struct rc end = source_end(s);
    struct source_report report;
    source_report(s, &report);
    check(report.counts.records == h.events && report.counts.problems == h.problems);
    source_close(s);
    arena_close(h.scratch);
    uint64_t numbers[3] = {h.digest, rc.code, end.code};
    return hash_64((struct bytes){(const uint8_t *)numbers, sizeof(numbers)}, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct fields *fields = fields_open();
    (void)fields_add(fields, STR("md5"));
    (void)fields_add(fields, STR("ComputerName"));
    struct bytes in = {data + 1, size - 1};
    uint64_t whole = hear(fields, in, in.n), cut = hear(fields, in, (size_t)data[0] + 1);
    /* A damaged compressed stream may give a block less before its fault is seen. */
    bool compressed = in.p[0] == 0x1F || in.p[0] == 0x28 || (in.p[0] & 0xF0) == 0x50;
    check(compressed || whole == cut);
    fields_close(fields);
    return 0;
}
