/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_corpus - the engine against the oracle: every rule, every event of real logs.
 * usage: test_corpus RULES_FOLDER... -- FILE...
 */
#include "oracle.h"

#include "base/file.h"
#include "base/heap.h"
#include "decode/source.h"
#include "detect/engine.h"
#include "detect/sigma/ruleset.h"
#include "detect/sigma/ruleset_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20, MAX_SHOWN = 20 };

struct comparison {
    const struct rule *rules;
    struct detector *detector;
    struct oracle *oracle;
    const char *path;
    uint64_t events, hits, differences;
};

static void show(struct comparison *c, const struct event *e, uint32_t rule, bool engine_says)
{
    if (c->differences++ < MAX_SHOWN) {
        fprintf(stderr, "%s record %llu: only the %s matches %.*s\n", c->path,
                (unsigned long long)e->number, engine_says ? "engine" : "oracle",
                (int)c->rules[rule].path.n, c->rules[rule].path.p);
    }
}

static void on_event(void *context, const struct event *e)
{
    struct comparison *c = context;
    const struct hit *hits;
    size_t n;
    struct rc rc = detector_run(c->detector, e, &hits, &n);
    check(!rc_failed(rc));
    const uint32_t *want;
    size_t m = oracle_fires(c->oracle, e, &want);
    size_t i = 0, j = 0;
    while (i < n || j < m) {
        if (j == m || (i < n && hits[i].rule < want[j])) {
            show(c, e, hits[i++].rule, true);
        } else if (i == n || want[j] < hits[i].rule) {
            show(c, e, want[j++], false);
        } else {
            i++;
            j++;
        }
    }
    c->events++;
    c->hits += n;
}

static void on_problem(void *context, const struct problem *p)
{
    (void)context;
    (void)p;
}

static void compare_file(struct comparison *c, const struct fields *fields, const char *path)
{
    const struct source_opts opts = {.fields = fields, .sink = {c, on_event, on_problem}};
    struct source *s = source_open(&opts);
    AUTO_FD fd = -1;
    struct rc rc = file_open_read(path, &fd);
    AUTO_HEAP uint8_t *block = heap_alloc(BLOCK_BYTES);
    size_t n = 0;
    c->path = path;
    do {
        rc = rc_failed(rc) ? rc : file_read(fd, block, BLOCK_BYTES, &n);
        rc = rc_failed(rc) ? rc : source_feed(s, (struct bytes){block, n});
    } while (!rc_failed(rc) && n > 0);
    rc_ignore(source_end(s), "a damaged file ends early; what came before was compared");
    source_close(s);
}

int main(int argc, char **argv)
{
    struct diag diag = diag_open();
    const struct ruleset_opts set_opts = {0};
    struct ruleset *set = ruleset_open(&set_opts);
    int at = 1;
    for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
        ruleset_io_load(set, argv[at], &diag);
    }
    ruleset_finish(set, &diag);
    struct comparison c = {0};
    size_t count;
    c.rules = ruleset_rules(set, &count);
    if (count == 0 || at + 1 >= argc) {
        fprintf(stderr, "usage: test_corpus RULES_FOLDER... -- FILE...\n");
        return 2;
    }
    struct fields *fields = fields_open();
    struct engine *engine;
    const struct engine_opts opts = {.fields = fields};
    struct rc rc = engine_compile(c.rules, count, &opts, &diag, &engine);
    check(!rc_failed(rc));
    c.detector = detector_open(engine);
    c.oracle = oracle_open(c.rules, count, fields);
    for (int i = at + 1; i < argc; i++) {
        compare_file(&c, fields, argv[i]);
    }
    printf(
        "oracle on real logs: %zu rules, %d files, %llu events, %llu hits, %llu differences\n",
        count, argc - at - 1, (unsigned long long)c.events, (unsigned long long)c.hits,
        (unsigned long long)c.differences);
    oracle_close(c.oracle);
    detector_close(c.detector);
    engine_close(engine);
    fields_close(fields);
    ruleset_close(set);
    diag_close(&diag);
    return c.differences == 0 && c.events != 0 ? 0 : 1;
}
