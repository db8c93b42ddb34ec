/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/regression_run.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"
#include "cli/scan.h"

#include <stdlib.h>
#include <unistd.h>

/* A file of events, read once however many tests it has. */
struct file {
    const char *path; /* NUL-terminated */
    bool ended;
    uint64_t records, problems;
    struct str reason; /* why it was not read to its end; empty: it was */
};

/* How often one rule matched in one file; sorted by both, each pair once. */
struct tally {
    uint32_t file, rule;
    uint64_t matches;
};

struct run {
    struct regression *r;
    const struct regression_run_opts *opts;
    struct arena *texts;
    struct map rules; /* id → index; correlations count on after the last rule */
    const struct correlation *correlations;
    size_t correlation_count;
    struct scan_correlate *correlate; /* of the input at hand */
    uint32_t file;                    /* the one whose correlations are being worked out */
    struct map paths;                 /* path → index in files */
    VEC(struct file) files;
    VEC(struct tally) tallies;
};

static int by_pair(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    int file = (x->file > y->file) - (x->file < y->file);
    return file != 0 ? file : (x->rule > y->rule) - (x->rule < y->rule);
}

static struct tally *find_tally(const struct run *u, uint32_t file, uint32_t rule)
{
    const struct tally wanted = {.file = file, .rule = rule};
    return u->tallies.n == 0
               ? NULL
               : bsearch(&wanted, u->tallies.p, u->tallies.n, sizeof(*u->tallies.p), by_pair);
}

static void on_finding(void *context, struct str path, const struct finding *f)
{
    const struct run *u = context;
    struct tally *t = find_tally(u, map_get(&u->paths, path), f->rule);
    if (t != NULL) {
        t->matches++;
    }
    scan_correlate_add(u->correlate, path, f);
}

static void on_correlation(void *context, const struct finding_fact *f)
{
    const struct run *u = context;
    uint32_t rule = map_get(&u->rules, f->rule_id);
    struct tally *t = rule == MAP_NONE ? NULL : find_tally(u, u->file, rule);
    if (t != NULL) {
        t->matches++;
    }
}

static void on_ended(void *context, struct str path, const struct scan_ended *e)
{
    struct run *u = context;
    u->file = map_get(&u->paths, path);
    struct file *f = &u->files.p[u->file];
    scan_correlate_end(u->correlate); /* each file is a story of its own */
    f->ended = true;
    f->records = e->records;
    f->problems = e->problems;
    check(!rc_failed(arena_copy(u->texts, e->reason, &f->reason)));
}

static void index_rules(struct run *u)
{
    const struct scan_rules *rules = u->opts->rules;
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].id.n > 0) {
            map_add(&u->rules, rules->rules[i].id, (uint32_t)i);
        }
    }
    u->correlations = ruleset_correlations(rules->set, &u->correlation_count);
    for (size_t i = 0; i < u->correlation_count; i++) {
        if (u->correlations[i].id.n > 0) {
            map_add(&u->rules, u->correlations[i].id, (uint32_t)(rules->count + i));
        }
    }
}

/* Can it fire at all? The rules under a correlation are asked by their own tests. */
static bool is_usable(const struct run *u, struct regression_test *t, uint32_t rule)
{
    const struct scan_rules *rules = u->opts->rules;
    if (rule < rules->count) {
        return engine_is_active(rules->engine, rule);
    }
    const char *why = u->correlations[rule - rules->count].unevaluated;
    if (why != NULL) {
        AUTO_BUF reason = {0};
        buf_puts(&reason, "a correlation that is not evaluated: ");
        buf_puts(&reason, why);
        regression_decide(u->r, t, REGRESSION_SKIP, buf_str(&reason));
    }
    return why == NULL;
}

static enum level level_of(const struct run *u, uint32_t rule)
{
    const struct scan_rules *rules = u->opts->rules;
    return rule < rules->count ? rules->rules[rule].level
                               : u->correlations[rule - rules->count].level;
}

static void miss_rule(const struct run *u, struct regression_test *t)
{
    const struct scan_rules *rules = u->opts->rules;
    AUTO_BUF reason = {0};
    buf_puts(&reason, "no usable rule in ");
    buf_puts(&reason, rules->origin);
    buf_puts(&reason, " has the id ");
    buf_put(&reason, t->rule);
    buf_puts(&reason, ": give its file or folder with -r");
    if (rules->diag.errors > 0) {
        buf_puts(&reason, "; some rules there were rejected, see: tocsin rules check");
    }
    regression_decide(u->r, t, REGRESSION_FAIL, buf_str(&reason));
}

/* The index of the test's rule; MAP_NONE, with a verdict, when it cannot or shall not run. */
static uint32_t rule_of(const struct run *u, struct regression_test *t)
{
    uint32_t rule = map_get(&u->rules, t->rule);
    if (rule == MAP_NONE || !is_usable(u, t, rule)) {
        if (t->verdict == REGRESSION_OPEN) {
            miss_rule(u, t);
        }
        return MAP_NONE;
    }
    if (level_of(u, rule) < u->opts->level) {
        regression_decide(u->r, t, REGRESSION_SKIP, STR("its rule is below --level"));
        return MAP_NONE;
    }
    return rule;
}

static uint32_t file_of(struct run *u, struct str path)
{
    uint32_t file = map_add(&u->paths, path, (uint32_t)u->files.n);
    if (file == u->files.n) {
        struct file f = {.path = arena_cstr(u->texts, path)};
        check(f.path != NULL); /* a path that was opened holds no NUL */
        vec_push(&u->files, f);
    }
    return file;
}

static void name_rule(const struct run *u, uint32_t rule, struct regression_test *t)
{
    const struct scan_rules *rules = u->opts->rules;
    if (rule < rules->count) {
        t->title = rules->rules[rule].title;
        t->rule_path = rules->rules[rule].path;
    } else {
        t->title = u->correlations[rule - rules->count].title;
        t->rule_path = u->correlations[rule - rules->count].path;
    }
}

static void plan(struct run *u)
{
    size_t count = 0, kept = 0;
    struct regression_test *tests = regression_tests(u->r, &count);
    for (size_t i = 0; i < count; i++) {
        uint32_t rule = tests[i].verdict == REGRESSION_OPEN ? rule_of(u, &tests[i]) : MAP_NONE;
        if (rule != MAP_NONE) {
            name_rule(u, rule, &tests[i]);
            struct tally t = {.file = file_of(u, tests[i].file), .rule = rule};
            vec_push(&u->tallies, t);
        }
    }
    if (u->tallies.n == 0) {
        return;
    }
    qsort(u->tallies.p, u->tallies.n, sizeof(*u->tallies.p), by_pair);
    for (size_t i = 0; i < u->tallies.n; i++) {
        if (kept == 0 || by_pair(&u->tallies.p[i], &u->tallies.p[kept - 1]) != 0) {
            u->tallies.p[kept++] = u->tallies.p[i];
        }
    }
    u->tallies.n = kept;
}

static struct rc scan(struct run *u)
{
    const struct scan_rules *rules = u->opts->rules;
    VEC(const char *) paths = {0};
    for (size_t i = 0; i < u->files.n; i++) {
        vec_push(&paths, u->files.p[i].path);
    }
    const struct correlator_opts correlate = {.rules = rules->rules,
                                              .rule_count = rules->count,
                                              .correlations = u->correlations,
                                              .count = u->correlation_count,
                                              .sink = {u, on_correlation}};
    u->correlate = scan_correlate_open(&correlate, 0);
    struct output output = output_to(STDOUT_FILENO);
    struct scan_collect *collect = scan_collect_open();
    const struct scan_sink sink = {u, on_finding, on_ended};
    const struct scan_opts opts = {.job = {.engine = rules->engine,
                                           .fields = rules->fields,
                                           .rules = rules->rules,
                                           .rule_count = rules->count,
                                           .from = {.us = WALLTIME_NONE},
                                           .to = {.us = WALLTIME_NONE}},
                                   .paths = paths.p,
                                   .path_count = paths.n,
                                   .jobs = u->opts->jobs,
                                   .split = true,
                                   .quiet = true,
                                   .sink = &sink,
                                   .output = &output,
                                   .collect = collect};
    struct scan_result result;
    struct rc rc = scan_run(&opts, &result);
    scan_correlate_close(u->correlate);
    scan_collect_close(collect);
    output_free(&output);
    vec_free(&paths);
    return rc;
}

static bool is_satisfied(const struct regression_test *t, bool exact)
{
    if (!t->stated) {
        return t->got > 0;
    }
    return exact || t->wanted == 0 ? t->got == t->wanted : t->got >= t->wanted;
}

/* What was not read can only hide matches: it weighs where more would have been a failure. */
static void say_unread(const struct file *f, struct buf *out)
{
    if (!f->ended) {
        buf_puts(out, "stopped before it was read");
    } else if (f->reason.n > 0) {
        buf_puts(out, "not read to its end: it ");
        buf_put(out, f->reason);
    } else if (f->problems > 0) {
        buf_u64(out, f->problems);
        buf_puts(out, " of its records could not be read");
    } else if (f->records == 0) {
        buf_puts(out, "holds no event");
    }
}

static void judge(const struct run *u, struct regression_test *t)
{
    uint32_t file = map_get(&u->paths, t->file);
    AUTO_BUF unread = {0};
    t->got = find_tally(u, file, map_get(&u->rules, t->rule))->matches;
    say_unread(&u->files.p[file], &unread);
    bool capped = t->stated && (u->opts->exact || t->wanted == 0);
    bool pass = is_satisfied(t, u->opts->exact) && (unread.n == 0 || !capped);
    regression_decide(u->r, t, pass ? REGRESSION_PASS : REGRESSION_FAIL,
                      pass ? (struct str){0} : buf_str(&unread));
}

struct rc regression_run(struct regression *r, const struct regression_run_opts *opts)
{
    struct run u = {.r = r, .opts = opts, .texts = arena_open(SIZE_MAX)};
    u.rules.seed = u.paths.seed = hash_random_seed();
    index_rules(&u);
    plan(&u);
    struct rc rc = u.files.n == 0 ? RC_OK : scan(&u);
    size_t count = 0;
    struct regression_test *tests = regression_tests(r, &count);
    for (size_t i = 0; i < count && !rc_failed(rc); i++) {
        if (tests[i].verdict == REGRESSION_OPEN) {
            judge(&u, &tests[i]);
        }
    }
    map_free(&u.rules);
    map_free(&u.paths);
    vec_free(&u.files);
    vec_free(&u.tallies);
    arena_close(u.texts);
    return rc;
}
