/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_rules_test.h"

#include "base/escape.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "cli/arg.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/regression_run.h"
#include "cli/scan.h"
#include "cli/style.h"

#include <unistd.h>

enum option {
    OPTION_RULES,
    OPTION_LEVEL,
    OPTION_FORMAT,
    OPTION_STRICT_COUNT,
    OPTION_NO_TWIN,
    OPTION_PLACEHOLDERS,
    OPTION_QUIET,
    OPTION_HELP
};

static const struct opt table[] = {
    [OPTION_RULES] = {'r', "rules", "PATH",
                      "Sigma rules: a file or folder; may be given again"},
    [OPTION_LEVEL] = {'l', "level", "LEVEL", "skip tests of rules below this level"},
    [OPTION_FORMAT] = {'f', "format", "FORMAT", "text or jsonl"},
    [OPTION_STRICT_COUNT] = {0, "strict-count", NULL,
                             "more matches than match_count are a failure too"},
    [OPTION_NO_TWIN] = {0, "no-twin", NULL,
                        "pass over .json and .jsonl files beside an EVTX of the same name"},
    [OPTION_PLACEHOLDERS] = {0, "placeholders", "FILE", "lists for |expand: a YAML map"},
    [OPTION_QUIET] = {'q', "quiet", NULL, "only failures and the summary"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    VEC(const char *) paths;
    VEC(const char *) rules;
    const char *placeholders;
    enum level level;
    bool jsonl, exact, no_twin, quiet, help;
};

struct counts {
    uint64_t passed, failed, skipped;
};

static int take_option(struct request *q, struct opts *o, enum option option)
{
    switch (option) {
    case OPTION_RULES:
        vec_push(&q->rules, o->value);
        return 0;
    case OPTION_LEVEL:
        return level_parse(str_of(o->value), &q->level)
                   ? 0
                   : opts_bad_value(o, OPTION_LEVEL,
                                    "informational, low, medium, high or critical");
    case OPTION_FORMAT:
        q->jsonl = str_eq(str_of(o->value), STR("jsonl"));
        return q->jsonl || str_eq(str_of(o->value), STR("text"))
                   ? 0
                   : opts_bad_value(o, OPTION_FORMAT, "text or jsonl");
    case OPTION_STRICT_COUNT:
        q->exact = true;
        return 0;
    case OPTION_NO_TWIN:
        q->no_twin = true;
        return 0;
    case OPTION_PLACEHOLDERS:
        q->placeholders = o->value;
        return 0;
    case OPTION_QUIET:
        q->quiet = true;
        return 0;
    case OPTION_HELP:
        q->help = true;
        return 0;
    }
    return OPTS_BAD;
}

static bool read_request(struct opts *o, struct request *q)
{
    int option;
    while ((option = opts_next(o)) != OPTS_END) {
        if (option == OPTS_PATH) {
            vec_push(&q->paths, o->value);
        } else if (option == OPTS_BAD || take_option(q, o, (enum option)option) == OPTS_BAD) {
            return false;
        }
    }
    if (q->paths.n == 0 && !q->help) {
        buf_puts(&o->error, "say what to test with: a folder that holds info.yml files");
        return false;
    }
    return true;
}

static void count_verdict(struct counts *c, enum regression_verdict verdict)
{
    switch (verdict) {
    case REGRESSION_PASS:
        c->passed++;
        return;
    case REGRESSION_SKIP:
        c->skipped++;
        return;
    case REGRESSION_OPEN:
    case REGRESSION_FAIL:
        c->failed++;
        return;
    }
}

static void put_wanted(struct buf *out, const struct regression_test *t, bool exact)
{
    if (t->stated && t->wanted == 0) {
        buf_puts(out, "none");
        return;
    }
    buf_puts(out, exact && t->stated ? "" : "at least ");
    buf_u64(out, t->stated ? t->wanted : 1);
}

static void put_place(struct buf *out, const struct regression_test *t)
{
    escape_text(out, t->info);
    if (t->line != 0) {
        buf_printf(out, ":%u", t->line);
    }
}

/* It ran, or could have: its rule and its file are there. */
static bool has_run(const struct regression_test *t)
{
    return t->rule_path.n > 0 && t->file.n > 0 && t->verdict != REGRESSION_SKIP;
}

/* A word of a command that may be copied into a shell: quoted unless it is plain. */
static void put_word(struct buf *out, struct str word)
{
    bool plain = true;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        plain = plain && (str_is_alpha(c) || str_is_digit(c) ||
                          str_find_char(STR("_./:@%+=-"), c) != SIZE_MAX);
    }
    buf_puts(out, plain ? "" : "'");
    for (size_t quote; !plain && (quote = str_find_char(word, '\'')) != SIZE_MAX;) {
        escape_text(out, str_upto(word, quote));
        buf_puts(out, "'\\''");
        word = str_from(word, quote + 1);
    }
    escape_text(out, word);
    buf_puts(out, plain ? "" : "'");
}

static void put_failure(struct buf *out, const struct regression_test *t)
{
    if (t->reason.n > 0) {
        buf_puts(out, "      ");
        escape_text(out, t->reason);
        buf_putc(out, '\n');
    }
    if (t->file.n > 0) {
        buf_puts(out, "      as ");
        put_place(out, t);
        buf_puts(out, " says\n");
    }
    if (has_run(t)) {
        buf_puts(out, "      to see why: tocsin rules explain -r ");
        put_word(out, t->rule_path);
        buf_putc(out, ' ');
        put_word(out, t->rule);
        buf_putc(out, ' ');
        put_word(out, t->file);
        buf_putc(out, '\n');
    }
}

static void put_verdict(struct buf *out, enum regression_verdict verdict, bool colour)
{
    bool pass = verdict == REGRESSION_PASS, skip = verdict == REGRESSION_SKIP;
    style_on(out, colour, pass ? STYLE_GOOD : skip ? STYLE_DIM : STYLE_WARN);
    buf_puts(out, pass ? "PASS" : skip ? "SKIP" : "FAIL");
    style_off(out, colour);
}

static void put_test(struct buf *out, const struct regression_test *t, bool exact)
{
    put_verdict(out, t->verdict, arg_colour(STDOUT_FILENO));
    buf_puts(out, "  ");
    escape_text(out, t->title.n > 0 ? t->title : t->rule.n > 0 ? t->rule : STR("(no rule)"));
    buf_puts(out, "  ");
    if (t->file.n > 0) {
        escape_text(out, t->file);
    } else {
        put_place(out, t);
    }
    buf_puts(out, t->twin ? " (JSON twin)" : "");
    if (has_run(t)) {
        buf_puts(out, "  got ");
        buf_u64(out, t->got);
        buf_puts(out, ", expected ");
        put_wanted(out, t, exact);
    } else if (t->verdict == REGRESSION_SKIP) {
        buf_puts(out, "  ");
        escape_text(out, t->reason);
    }
    buf_putc(out, '\n');
    if (t->verdict == REGRESSION_FAIL) {
        put_failure(out, t);
    }
}

static void put_test_json(struct buf *out, const struct regression_test *t, bool exact)
{
    bool pass = t->verdict == REGRESSION_PASS, skip = t->verdict == REGRESSION_SKIP;
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    jsonw_key_str(&w, "result", str_of(pass ? "pass" : skip ? "skip" : "fail"));
    jsonw_key(&w, STR("rule"));
    jsonw_object(&w);
    jsonw_key_str(&w, "id", t->rule);
    jsonw_key_str(&w, "title", t->title);
    jsonw_key_str(&w, "path", t->rule_path);
    jsonw_end_object(&w);
    jsonw_key_str(&w, "test", t->name);
    jsonw_key_str(&w, "file", t->file);
    jsonw_key(&w, STR("twin"));
    jsonw_bool(&w, t->twin);
    jsonw_key_u64(&w, "got", t->got);
    jsonw_key_u64(&w, "expected", t->stated ? t->wanted : 1);
    jsonw_key(&w, STR("exact"));
    jsonw_bool(&w, t->stated && (exact || t->wanted == 0));
    jsonw_key_str(&w, "reason", t->reason);
    jsonw_key(&w, STR("info"));
    jsonw_object(&w);
    jsonw_key_str(&w, "path", t->info);
    jsonw_key_u64(&w, "line", t->line);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
    buf_putc(out, '\n');
}

/* The summary: with the tests, or (JSON) on standard error so that each line is an object. */
static int print_tests(const struct request *q, struct regression *r)
{
    struct output out = output_to(STDOUT_FILENO);
    struct counts c = {0};
    size_t count = 0;
    const struct regression_test *tests = regression_tests(r, &count);
    for (size_t i = 0; i < count; i++) {
        count_verdict(&c, tests[i].verdict);
        if (q->quiet && tests[i].verdict != REGRESSION_FAIL) {
            continue;
        }
        if (q->jsonl) {
            put_test_json(&out.pending, &tests[i], q->exact);
        } else {
            put_test(&out.pending, &tests[i], q->exact);
        }
        output_flush(&out);
    }
    AUTO_BUF summary = {0};
    buf_u64(&summary, c.passed);
    buf_puts(&summary, " passed, ");
    buf_u64(&summary, c.failed);
    buf_puts(&summary, " failed, ");
    buf_u64(&summary, c.skipped);
    buf_puts(&summary, " skipped\n");
    cmd_print(q->jsonl ? STDERR_FILENO : STDOUT_FILENO, &summary);
    bool unwritten = rc_failed(out.rc);
    output_free(&out);
    return c.failed > 0 || unwritten ? EXIT_UNREAD : EXIT_RAN;
}

static int test_with(const struct request *q, const struct scan_rules *rules)
{
    const struct regression_opts opts = {.twins = !q->no_twin};
    const struct regression_run_opts run_opts = {.rules = rules,
                                                 .level = q->level,
                                                 .exact = q->exact,
                                                 .jobs = arg_processors(SCAN_MAX_JOBS)};
    struct regression *r = regression_open(&opts);
    for (size_t i = 0; i < q->paths.n; i++) {
        regression_find(r, q->paths.p[i]);
    }
    int status = EXIT_UNREAD;
    struct rc rc = regression_run(r, &run_opts);
    if (rc_failed(rc)) {
        AUTO_BUF error = {0};
        buf_printf(&error, "tocsin rules test: workers cannot be started: %s\n", rc_text(rc));
        cmd_print(STDERR_FILENO, &error);
    } else {
        status = print_tests(q, r);
    }
    regression_close(r);
    return status;
}

static int load_and_test(const struct request *q)
{
    struct scan_rules rules;
    AUTO_BUF error = {0};
    const struct scan_rules_opts opts = {
        .paths = q->rules.p, .path_count = q->rules.n, .placeholders = q->placeholders};
    bool loaded = scan_rules_load(&opts, &rules, &error);
    int status = loaded ? test_with(q, &rules) : cmd_usage("rules test", buf_str(&error));
    scan_rules_close(&rules);
    return status;
}

static int print_help(void)
{
    AUTO_BUF out = {0};
    buf_puts(
        &out,
        "tocsin rules test [OPTION]… PATH…\n"
        "Run rules against regression folders: each info.yml under PATH names rules, files\n"
        "of events and how many events must match, as SigmaHQ's regression_data does.\n"
        "Without -r, tocsin's own rules are tested.\n\n");
    opts_help(table, COUNT_OF(table), &out);
    buf_puts(&out,
             "\nExit status: 0 no test failed; 1 one did, or could not be run; 2 usage.\n");
    return cmd_output(&out, EXIT_RAN);
}

int cmd_rules_test(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {0};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("rules test", buf_str(&o.error));
    } else if (q.help) {
        status = print_help();
    } else {
        status = load_and_test(&q);
    }
    opts_free(&o);
    vec_free(&q.paths);
    vec_free(&q.rules);
    return status;
}
