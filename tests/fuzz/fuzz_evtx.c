/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes are an EVTX file. The first byte says how it is fed and whether to carve; when the
 * second is odd, the rest goes behind a sound file header, as one chunk.
 */
#include "decode/evtx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(void *context, const struct event *e)
{
    struct arena *a = context;
    for (uint32_t i = 0; i < e->count; i++) {
        struct str text;
        rc_ignore(value_text(e->fields[i].value, a, &text),
                  "only whether it can be read counts");
    }
    arena_reset(a);
}

static void on_problem(void *context, const struct problem *problem)
{
    (void)context;
    check(rc_failed(problem->rc));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct arena *a = arena_open((size_t)1 << 28);
    struct fields *fields = fields_open();
    struct evtx_opts opts = {
        .fields = fields,
        .carve = (data[0] & 1) != 0,
        .start_offset = (data[1] & 1) != 0 ? EVTX_HEADER_BYTES : 0,
        .sink = {a, on_event, on_problem},
    };
    struct evtx *x = evtx_open(&opts);
    size_t step = (data[0] & 2) != 0 ? 1021 : size;
    for (size_t at = 2; at < size; at += step) {
        size_t n = size - at < step ? size - at : step;
        check(!rc_failed(evtx_feed(x, (struct bytes){data + at, n})));
    }
    struct rc rc = evtx_end(x);
    check(!rc_failed(rc) || rc.code == ERR_STUB);
    evtx_close(x);
    fields_close(fields);
    arena_close(a);
    return 0;
}
