/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_rules.h"

#include "base/escape.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/style.h"
#include "detect/engine.h"
#include "detect/sigma/ruleset_io.h"

#include <unistd.h>

enum option { OPTION_FORMAT, OPTION_PLACEHOLDERS, OPTION_STRICT, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_FORMAT] = {'f', "format", "FORMAT", "text or jsonl"},
    [OPTION_PLACEHOLDERS] = {0, "placeholders", "FILE",
                             "lists for |expand: a YAML map of name: [value, …]"},
    [OPTION_STRICT] = {0, "strict", NULL,
                       "reject what the specification forbids but converters accept"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    VEC(const char *) paths;
    const char *placeholders;
    bool jsonl, strict, help;
};

/* Rules read and compiled, with all that was said on the way. */
struct loaded {
    struct arena *lists;
    struct diag diag;
    struct ruleset *set;
    struct fields *fields;
    struct engine *engine;
    const struct rule *rules;
    size_t rule_count;
};

static int take_option(struct request *q, struct opts *o, enum option option)
{
    switch (option) {
    case OPTION_FORMAT:
        q->jsonl = str_eq(str_of(o->value), STR("jsonl"));
        return q->jsonl || str_eq(str_of(o->value), STR("text"))
                   ? 0
                   : opts_bad_value(o, OPTION_FORMAT, "text or jsonl");
    case OPTION_PLACEHOLDERS:
        q->placeholders = o->value;
        return 0;
    case OPTION_STRICT:
        q->strict = true;
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
        buf_puts(&o->error, "say which rules: a file or a folder");
        return false;
    }
    return true;
}

/*
 * False: the lists could not be read, and diag says why. thorough: each regular expression is
 * compiled, to be sure that it can be.
 */
static bool load(const struct request *q, bool thorough, struct loaded *out)
{
    struct ruleset_opts opts = {.strict = q->strict};
    *out = (struct loaded){.lists = arena_open((size_t)64 << 20), .diag = diag_open()};
    if (q->placeholders != NULL &&
        rc_failed(ruleset_io_placeholders(q->placeholders, out->lists, &out->diag, &opts))) {
        return false;
    }
    out->set = ruleset_open(&opts);
    for (size_t i = 0; i < q->paths.n; i++) {
        ruleset_io_load(out->set, q->paths.p[i], &out->diag);
    }
    ruleset_finish(out->set, &out->diag);
    out->rules = ruleset_rules(out->set, &out->rule_count);
    out->fields = fields_open();
    const struct engine_opts engine_opts = {.fields = out->fields, .thorough = thorough};
    return !rc_failed(
        engine_compile(out->rules, out->rule_count, &engine_opts, &out->diag, &out->engine));
}

static void unload(struct loaded *l)
{
    engine_close(l->engine);
    fields_close(l->fields);
    ruleset_close(l->set);
    diag_close(&l->diag);
    arena_close(l->lists);
}

static void put_message_json(struct buf *out, const struct diag_message *m)
{
    static const char *const names[] = {
        [DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error"};
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    jsonw_key_str(&w, "path", m->path);
    jsonw_key_u64(&w, "line", m->line);
    jsonw_key_u64(&w, "column", m->column);
    jsonw_key_str(&w, "severity", str_of(names[m->severity]));
    jsonw_key_str(&w, "text", m->text);
    jsonw_end_object(&w);
    buf_putc(out, '\n');
}

static void put_messages(struct buf *out, const struct diag *d, bool jsonl)
{
    for (size_t i = 0; i < d->count; i++) {
        if (jsonl) {
            put_message_json(out, &d->messages[i]);
        } else {
            diag_print(out, &d->messages[i]);
        }
    }
    if (d->dropped != 0 && !jsonl) {
        style_count(out, d->dropped, "further message", "further messages");
        buf_putc(out, '\n');
    }
}

/* Counts of the rule set, after the compiler had its say. */
static struct ruleset_counts count(const struct loaded *l)
{
    struct ruleset_counts c = ruleset_counts(l->set);
    size_t active = engine_active_count(l->engine);
    c.rejected += c.rules - active;
    c.rules = active;
    return c;
}

static void put_counts_json(struct buf *out, const struct loaded *l)
{
    struct ruleset_counts c = count(l);
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    jsonw_key_u64(&w, "files", c.files);
    jsonw_key_u64(&w, "rules", c.rules);
    jsonw_key_u64(&w, "correlations", c.correlations);
    jsonw_key_u64(&w, "filters", c.filters);
    jsonw_key_u64(&w, "rejected", c.rejected);
    jsonw_key_u64(&w, "errors", l->diag.errors);
    jsonw_key_u64(&w, "warnings", l->diag.warnings);
    jsonw_end_object(&w);
    buf_putc(out, '\n');
}

static void put_counts(struct buf *out, const struct loaded *l)
{
    struct ruleset_counts c = count(l);
    style_count(out, c.files, "file", "files");
    buf_puts(out, ": ");
    style_count(out, c.rules, "rule", "rules");
    if (c.correlations != 0) {
        buf_puts(out, ", ");
        style_count(out, c.correlations, "correlation", "correlations");
        if (c.unevaluated != 0) {
            buf_puts(out, " (");
            style_number(out, c.unevaluated);
            buf_puts(out, " not evaluated yet)");
        }
    }
    if (c.filters != 0) {
        buf_puts(out, ", ");
        style_count(out, c.filters, "filter", "filters");
    }
    buf_puts(out, "; ");
    style_number(out, c.rejected);
    buf_puts(out, " rejected, ");
    style_count(out, l->diag.warnings, "warning", "warnings");
    buf_putc(out, '\n');
}

static void put_logsource(struct buf *out, const struct logsource_want *w)
{
    buf_put(out, w->product);
    buf_putc(out, '/');
    buf_put(out, w->category);
    buf_putc(out, '/');
    buf_put(out, w->service);
}

static void put_rule(struct buf *out, const struct rule *r)
{
    AUTO_BUF logsource = {0};
    put_logsource(&logsource, &r->logsource);
    style_cell(out, r->id.n == 0 ? STR("-") : r->id, 36, STYLE_LEFT);
    buf_puts(out, "  ");
    style_cell(out, level_name(r->level), 13, STYLE_LEFT);
    buf_puts(out, "  ");
    style_cell(out, buf_str(&logsource), 34, STYLE_LEFT);
    buf_puts(out, "  ");
    style_cell(out, r->title, 60, STYLE_LEFT);
    buf_puts(out, "  ");
    escape_text(out, r->path);
    buf_putc(out, '\n');
}

static void put_rule_json(struct buf *out, const struct rule *r)
{
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    jsonw_key_str(&w, "id", r->id);
    jsonw_key_str(&w, "level", level_name(r->level));
    jsonw_key(&w, STR("logsource"));
    jsonw_object(&w);
    jsonw_key_str(&w, "product", r->logsource.product);
    jsonw_key_str(&w, "category", r->logsource.category);
    jsonw_key_str(&w, "service", r->logsource.service);
    jsonw_end_object(&w);
    jsonw_key_str(&w, "title", r->title);
    jsonw_key(&w, STR("tags"));
    jsonw_array(&w);
    for (uint32_t i = 0; i < r->tag_count; i++) {
        jsonw_str(&w, r->tags[i]);
    }
    jsonw_end_array(&w);
    jsonw_key_str(&w, "path", r->path);
    jsonw_key_u64(&w, "line", r->line);
    jsonw_end_object(&w);
    buf_putc(out, '\n');
}

static int exit_of(const struct loaded *l)
{
    return l->diag.errors == 0 ? EXIT_RAN : EXIT_UNREAD;
}

static int check_rules(const struct request *q, struct loaded *l)
{
    AUTO_BUF out = {0};
    bool ok = load(q, true, l);
    put_messages(&out, &l->diag, q->jsonl);
    if (ok && q->jsonl) {
        put_counts_json(&out, l);
    } else if (ok) {
        put_counts(&out, l);
    }
    return cmd_output(&out, ok ? exit_of(l) : EXIT_USAGE);
}

/* What is wrong goes to standard error, so that the list stays a list. */
static int list_rules(const struct request *q, struct loaded *l)
{
    AUTO_BUF out = {0}, notes = {0};
    bool ok = load(q, false, l);
    for (size_t i = 0; i < l->diag.count; i++) {
        if (l->diag.messages[i].severity == DIAG_ERROR) {
            diag_print(&notes, &l->diag.messages[i]);
        }
    }
    for (size_t i = 0; ok && i < l->rule_count; i++) {
        if (!engine_is_active(l->engine, i)) {
            continue;
        }
        if (q->jsonl) {
            put_rule_json(&out, &l->rules[i]);
        } else {
            put_rule(&out, &l->rules[i]);
        }
    }
    cmd_print(STDERR_FILENO, &notes);
    return cmd_output(&out, ok ? exit_of(l) : EXIT_USAGE);
}

struct verb {
    const char *name, *synopsis;
    int (*run)(const struct request *q, struct loaded *l);
};

static int print_help(const struct verb *verb)
{
    AUTO_BUF out = {0};
    buf_puts(&out, verb->synopsis);
    opts_help(table, COUNT_OF(table), &out);
    buf_puts(&out, "\nExit status: 0; 1 a rule was rejected or a file not read; 2 usage.\n");
    return cmd_output(&out, EXIT_RAN);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {0};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage(verb->name, buf_str(&o.error));
    } else if (q.help) {
        status = print_help(verb);
    } else {
        struct loaded l;
        status = verb->run(&q, &l);
        unload(&l);
    }
    opts_free(&o);
    vec_free(&q.paths);
    return status;
}

int cmd_rules_check(int argc, char **argv)
{
    static const struct verb verb = {
        "rules check",
        "tocsin rules check [OPTION]… PATH…\n"
        "Read Sigma rules, say what is wrong with them and what to write instead.\n\n",
        check_rules};
    return run(&verb, argc, argv);
}

int cmd_rules_list(int argc, char **argv)
{
    static const struct verb verb = {
        "rules list",
        "tocsin rules list [OPTION]… PATH…\n"
        "List rules: id, level, product/category/service, title, path.\n\n",
        list_rules};
    return run(&verb, argc, argv);
}
