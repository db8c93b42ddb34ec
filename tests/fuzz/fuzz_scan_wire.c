/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames from a worker that was taken over: checked without harm, and what is accepted can be
 * applied.
 */
#include "cli/scan_apply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void try_frame(struct scan_apply *a, struct scan_unit *unit, struct bytes frame)
{
    if (!rc_failed(scan_apply_check(a, frame))) {
        scan_apply_frame(a, unit, frame);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct rule rules[2] = {{.title = STR_INIT("a")}, {.title = STR_INIT("b")}};
    const struct report_opts opts = {.output = REPORT_JSONL, .rules = rules, .rule_count = 2};
    struct bytes frame = {data, n < CHANNEL_FRAME_BYTES ? n : CHANNEL_FRAME_BYTES};
    AUTO_ARENA arena = arena_open(1 << 20);
    AUTO_BUF out = {0};
    struct scan_input *input = scan_queue_input(STR("p"));
    struct scan_unit unit = {.input = input};
    struct scan_collect *collect = scan_collect_open();
    struct report *report = report_open(&opts);
    struct scan_apply a = {.report = report,
                           .collect = collect,
                           .arena = arena,
                           .out = &out,
                           .rules = rules,
                           .rule_count = 2};
    report_source(report, input->path);
    try_frame(&a, &unit, frame);
    a.report = NULL;
    try_frame(&a, &unit, frame);
    report_close(report);
    scan_collect_close(collect);
    scan_queue_input_free(input);
    return 0;
}
