/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/vec.h"
#include "cli/arg.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/scan.h"
#include "cli/scan_blind.h"
#include "cli/scan_incident.h"
#include "cli/scan_rules.h"

#include <unistd.h>

enum option {
    OPTION_RULES,
    OPTION_LEVEL,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_FILE,
    OPTION_FROM,
    OPTION_TO,
    OPTION_JOBS,
    OPTION_HASH,
    OPTION_CARVE,
    OPTION_LOGSOURCE,
    OPTION_FAIL_ON,
    OPTION_PLACEHOLDERS,
    OPTION_PLAYBOOKS,
    OPTION_ASSETS,
    OPTION_HISTORY,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_HELP
};

static const struct opt table[] = {
    [OPTION_RULES] = {'r', "rules", "PATH",
                      "Sigma rules: a file or folder; may be given again"},
    [OPTION_LEVEL] = {'l', "level", "LEVEL",
                      "only rules of this level or above: informational, low, medium, high, "
                      "critical"},
    [OPTION_FORMAT] = {'f', "format", "FORMAT",
                       "what the inputs are: evtx, json, syslog, text; else found by content"},
    [OPTION_OUTPUT] = {0, "output", "KIND",
                       "text, jsonl or csv; on a terminal text, else jsonl"},
    [OPTION_FILE] = {'o', "out", "FILE", "write findings to FILE"},
    [OPTION_FROM] = {0, "from", "TIME", "pass over events before TIME (RFC 3339, or a date)"},
    [OPTION_TO] = {0, "to", "TIME",
                   "pass over events at TIME and later; a date: the whole day counts"},
    [OPTION_JOBS] = {'j', "jobs", "N", "worker processes; else one for each processor"},
    [OPTION_HASH] = {0, "hash", NULL, "also give the SHA-256 of each input"},
    [OPTION_CARVE] = {0, "carve", NULL, "also EVTX records in slack space"},
    [OPTION_LOGSOURCE] = {0, "logsource", "P/C/S",
                          "treat all as product/category/service, such as linux//sshd"},
    [OPTION_FAIL_ON] = {0, "fail-on", "LEVEL",
                        "exit with 3 when a finding is that bad or worse"},
    [OPTION_PLACEHOLDERS] = {0, "placeholders", "FILE", "lists for |expand: a YAML map"},
    [OPTION_PLAYBOOKS] =
        {0, "playbooks", "PATH",
         "what incidents are called, and what is to be done: a file or folder"},
    [OPTION_ASSETS] = {0, "assets", "FILE", "asset register (CSV), to tell what was affected"},
    [OPTION_HISTORY] = {0, "history", "FILE", "earlier incidents (YAML), to compare with"},
    [OPTION_QUIET] = {'q', "quiet", NULL, "no notes but what could not be read"},
    [OPTION_VERBOSE] = {'v', "verbose", NULL,
                        "also how workers are confined, and rule messages"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

/* What the command line says. */
struct request {
    VEC(const char *) paths;
    VEC(const char *) rules;
    enum level level, fail_on;
    bool fails, output_given, help;
    enum report_output output;
    const char *file;
    const char *placeholders;
    struct scan_incident_opts incident;
    struct scan_incident *incidents;
    struct logsource_arg logsource;
    struct scan_opts scan;
};

static void put_help(struct buf *out)
{
    buf_puts(out, "tocsin scan [OPTION]… PATH…\n"
                  "Find attacks in evidence: files, folders, or - for standard input.\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out,
             "\nExit status: 0 all was read; 1 some of it could not be; 2 usage; 3 --fail-on "
             "matched.\n");
}

static bool take_output(const char *value, enum report_output *out)
{
    static const char *const names[] = {
        [REPORT_TEXT] = "text", [REPORT_JSONL] = "jsonl", [REPORT_CSV] = "csv"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(str_of(value), str_of(names[i]))) {
            *out = (enum report_output)i;
            return true;
        }
    }
    return false;
}

static const char level_names[] = "informational, low, medium, high or critical";
static const char time_form[] = "a time such as 2026-03-01T08:30:00Z, or a date";

/* Options with a value that can be wrong; 0, or OPTS_BAD. */
static int take_value(struct request *q, struct opts *o, enum option option)
{
    struct str value = str_of(o->value);
    bool ok = true;
    const char *wanted = level_names;
    if (option == OPTION_LEVEL) {
        ok = level_parse(value, &q->level);
    } else if (option == OPTION_FAIL_ON) {
        ok = level_parse(value, &q->fail_on);
        q->fails = true;
    } else if (option == OPTION_FORMAT) {
        ok = source_format_parse(value, &q->scan.format);
        wanted = "evtx, json, syslog or text";
    } else if (option == OPTION_OUTPUT) {
        ok = take_output(o->value, &q->output);
        q->output_given = true;
        wanted = "text, jsonl or csv";
    } else if (option == OPTION_FROM || option == OPTION_TO) {
        struct scan_job *job = &q->scan.job;
        ok = arg_time(o->value, option == OPTION_TO,
                      option == OPTION_TO ? &job->to : &job->from);
        wanted = time_form;
    } else if (option == OPTION_JOBS) {
        ok = arg_count(o->value, SCAN_MAX_JOBS, &q->scan.jobs);
        wanted = "a number from 1 to 256";
    } else if (option == OPTION_LOGSOURCE) {
        ok = arg_logsource(o->value, &q->logsource);
        wanted = "PRODUCT/CATEGORY/SERVICE, such as windows/process_creation/";
    }
    return ok ? 0 : opts_bad_value(o, (size_t)option, wanted);
}

static int take_option(struct request *q, struct opts *o, enum option option)
{
    switch (option) {
    case OPTION_RULES:
        vec_push(&q->rules, o->value);
        return 0;
    case OPTION_FILE:
        q->file = o->value;
        return 0;
    case OPTION_PLACEHOLDERS:
        q->placeholders = o->value;
        return 0;
    case OPTION_PLAYBOOKS:
        q->incident.playbooks = o->value;
        return 0;
    case OPTION_ASSETS:
        q->incident.assets = o->value;
        return 0;
    case OPTION_HISTORY:
        q->incident.history = o->value;
        return 0;
    case OPTION_HASH:
        q->scan.hash = true;
        return 0;
    case OPTION_CARVE:
        q->scan.job.carve = true;
        return 0;
    case OPTION_QUIET:
        q->scan.quiet = true;
        return 0;
    case OPTION_VERBOSE:
        q->scan.verbose = true;
        return 0;
    case OPTION_HELP:
        q->help = true;
        return 0;
    case OPTION_LEVEL:
    case OPTION_FORMAT:
    case OPTION_OUTPUT:
    case OPTION_FROM:
    case OPTION_TO:
    case OPTION_JOBS:
    case OPTION_LOGSOURCE:
    case OPTION_FAIL_ON:
        break;
    }
    return take_value(q, o, option);
}

/* False, with o->error set, when the command line is wrong. */
static bool read_request(struct opts *o, struct request *q)
{
    for (;;) {
        int option = opts_next(o);
        if (option == OPTS_END) {
            break;
        }
        if (option == OPTS_PATH) {
            vec_push(&q->paths, o->value);
        } else if (option == OPTS_BAD || take_option(q, o, (enum option)option) == OPTS_BAD) {
            return false;
        }
    }
    const struct scan_job *job = &q->scan.job;
    if (walltime_known(job->from) && walltime_known(job->to) && job->from.us > job->to.us) {
        buf_puts(&o->error, "--from is later than --to");
        return false;
    }
    if (q->paths.n == 0 && !q->help) {
        buf_puts(&o->error, "say what to scan: a file, a folder, or - for standard input");
        return false;
    }
    return true;
}

/* Messages about rules: all with --verbose, else the first few errors and how many there are.
 */
static void print_diag(const struct request *q, const struct diag *d)
{
    enum { SHOWN = 5 };
    AUTO_BUF out = {0};
    size_t shown = 0;
    for (size_t i = 0; i < d->count; i++) {
        bool wanted = q->scan.verbose || (d->messages[i].severity == DIAG_ERROR &&
                                          shown < SHOWN && !q->scan.quiet);
        if (wanted) {
            diag_print(&out, &d->messages[i]);
            shown++;
        }
    }
    if (!q->scan.quiet && !q->scan.verbose && d->errors > shown) {
        buf_printf(&out, "tocsin: %zu more errors in rules; see: tocsin rules check\n",
                   d->errors - shown);
    }
    cmd_print(STDERR_FILENO, &out);
}

static void rule_counts(const struct scan_rules *rules, struct scan_summary *s)
{
    struct ruleset_counts counts = ruleset_counts(rules->set);
    s->rules_active = engine_active_count(rules->engine);
    s->rules_loaded = counts.rules + counts.rejected;
    s->rules_rejected = counts.rejected + (rules->count - s->rules_active);
    s->correlations = counts.correlations;
    s->correlations_unevaluated = counts.unevaluated;
}

/* Behind the findings: lines for programs, a section for people. */
static void print_incidents(const struct request *q, struct output *output, int fd)
{
    struct sheet sheet = {.out = &output->pending,
                          .columns = arg_columns(fd),
                          .colour = arg_colour(fd),
                          .now = {.us = WALLTIME_NONE}};
    if (q->output == REPORT_JSONL) {
        scan_incident_jsonl(q->incidents, &output->pending);
    } else if (q->output == REPORT_TEXT && !q->scan.quiet) {
        scan_incident_text(q->incidents, &sheet);
    }
    output_flush(output);
}

static void print_summary(const struct request *q, struct report *report, struct output *output,
                          const struct scan_summary *summary)
{
    report_end(report, summary, &output->pending);
    output_flush(output);
    if (q->output != REPORT_TEXT) {
        AUTO_BUF notes = {0};
        report_notes(report, summary, &notes);
        cmd_print(STDERR_FILENO, &notes);
    }
}

static int status_of(const struct request *q, const struct report *report,
                     const struct scan_collect *collect)
{
    for (int level = (int)q->fail_on; q->fails && level < LEVEL_COUNT; level++) {
        if (report_count(report, (enum level)level) > 0) {
            return EXIT_MATCHED;
        }
    }
    return scan_collect_unread_count(collect) > 0 ? EXIT_UNREAD : EXIT_RAN;
}

static bool add_coverage(void *context, struct bytes in)
{
    return !rc_failed(coverage_decode(context, in));
}

/* The summary, and what of it depends on coverage, while that lives. */
static void sum_up(const struct request *q, const struct scan_rules *rules,
                   const struct coverage *coverage, struct scan_summary *summary)
{
    struct scan_blind blind = {0};
    rule_counts(rules, summary);
    if (!summary->interrupted &&
        !rc_failed(scan_blind_find(coverage, rules->fields, rules->count, &blind))) {
        summary->rules_unable = blind.rules;
        summary->blind = blind.rows;
        summary->blind_count = blind.count;
    }
    print_summary(q, q->scan.report, q->scan.output, summary);
    scan_blind_free(&blind);
}

static void on_correlation(void *context, const struct finding_fact *f)
{
    const struct request *q = context;
    if (f->level >= q->scan.job.level) {
        report_correlation(q->scan.report, f, &q->scan.output->pending);
        output_flush(q->scan.output);
    }
}

/* NULL: there is no correlation to evaluate. */
static struct scan_correlate *open_correlate(struct request *q, const struct scan_rules *rules)
{
    struct correlator_opts opts = {
        .rules = rules->rules, .rule_count = rules->count, .sink = {q, on_correlation}};
    opts.correlations = ruleset_correlations(rules->set, &opts.count);
    struct ruleset_counts counts = ruleset_counts(rules->set);
    return counts.correlations == counts.unevaluated ? NULL : scan_correlate_open(&opts, 0);
}

/* All findings of rules are through. */
static void correlate(struct request *q, struct scan_summary *summary)
{
    struct scan_correlate *s = q->scan.correlate;
    if (s == NULL) {
        return;
    }
    scan_correlate_end(s);
    struct correlator_counts counts = scan_correlate_counts(s);
    summary->correlation_parts = scan_correlate_parts(s);
    summary->correlation_lost = counts.evicted_events + counts.evicted_groups + counts.lost;
    summary->correlation_timeless = counts.timeless;
}

static int scan_with(struct request *q, struct scan_rules *rules, int fd)
{
    struct instant start = clock_now();
    struct output output = output_to(fd);
    struct report_opts report_opts = {.output = q->output,
                                      .colour = arg_colour(fd),
                                      .quiet = q->scan.quiet,
                                      .width = arg_columns(fd),
                                      .rules_origin = str_of(rules->origin),
                                      .rules = rules->rules,
                                      .rule_count = rules->count};
    report_opts.correlations = ruleset_correlations(rules->set, &report_opts.correlation_count);
    report_opts.item = scan_incident_item;
    report_opts.item_context = q->incidents;
    struct report *report = report_open(&report_opts);
    struct scan_collect *collect = scan_collect_open();
    struct scan_result result = {0};
    q->scan.report = report;
    q->scan.collect = collect;
    q->scan.output = &output;
    q->scan.correlate = open_correlate(q, rules);
    struct coverage *coverage = coverage_open(rules->engine);
    q->scan.coverage = add_coverage;
    q->scan.coverage_context = coverage;
    report_begin(report, &output.pending);
    int status = EXIT_UNREAD;
    struct rc rc = scan_run(&q->scan, &result);
    if (rc_failed(rc)) {
        cmd_complain("scan", "workers cannot be started", rc);
    } else {
        struct scan_summary summary = {.interrupted = result.interrupted};
        correlate(q, &summary);
        scan_incident_end(q->incidents);
        scan_collect_summary(collect, &summary);
        if (result.coverage_partial && !result.interrupted && !output.gone) {
            cmd_say(
                "scan",
                "a worker ended early: rules named below as unable to fire may have been able");
        }
        summary.elapsed_ns = clock_now().ns - start.ns;
        if (q->output == REPORT_JSONL) {
            print_incidents(q, &output, fd);
        }
        sum_up(q, rules, coverage, &summary);
        if (q->output == REPORT_TEXT) {
            print_incidents(q, &output, fd);
        }
        status = status_of(q, report, collect);
        status = result.interrupted && status == EXIT_RAN ? EXIT_UNREAD : status;
    }
    if (rc_failed(output.rc)) {
        cmd_complain("scan", "findings could not be written", output.rc);
        status = EXIT_UNREAD;
    }
    coverage_close(coverage);
    scan_correlate_close(q->scan.correlate);
    output_free(&output);
    scan_collect_close(collect);
    report_close(report);
    return status;
}

static int scan_with_rules(struct request *q)
{
    AUTO_FD file = -1;
    struct scan_rules rules;
    AUTO_BUF error = {0};
    const struct scan_rules_opts rules_opts = {.paths = q->rules.p,
                                               .path_count = q->rules.n,
                                               .placeholders = q->placeholders,
                                               .custom = q->logsource.given ? &q->logsource.row
                                                                            : NULL};
    bool loaded = scan_rules_load(&rules_opts, &rules, &error);
    int status = EXIT_USAGE;
    q->incidents = scan_incident_open(&q->incident, &rules.diag, &error);
    bool ready =
        loaded && q->incidents != NULL &&
        (q->file == NULL || output_open(q->file, q->paths.p, q->paths.n, &file, &error));
    print_diag(q, &rules.diag);
    if (!ready) {
        status = cmd_usage("scan", buf_str(&error));
    } else {
        struct scan_job *job = &q->scan.job;
        job->engine = rules.engine;
        job->fields = rules.fields;
        job->rules = rules.rules;
        job->rule_count = rules.count;
        status = scan_with(q, &rules, file >= 0 ? file : STDOUT_FILENO);
    }
    scan_incident_close(q->incidents);
    scan_rules_close(&rules);
    return status;
}

static void settle(struct request *q)
{
    struct scan_opts *scan = &q->scan;
    bool terminal = isatty(STDERR_FILENO) == 1;
    bool shown = q->file == NULL && isatty(STDOUT_FILENO) == 1;
    q->output = q->output_given ? q->output : shown ? REPORT_TEXT : REPORT_JSONL;
    scan->paths = q->paths.p;
    scan->path_count = q->paths.n;
    scan->jobs = scan->jobs != 0 ? scan->jobs : arg_processors(SCAN_MAX_JOBS);
    scan->split = true;
    scan->job.level = q->level;
    if (q->logsource.given) {
        scan->job.logsource = LOGSOURCE_CUSTOM;
        scan->job.custom = &q->logsource.row;
    }
    /* a line that is redrawn and findings that scroll do not go together */
    scan->progress = terminal && !scan->quiet && (q->output == REPORT_TEXT || !shown);
    scan->colour = arg_colour(STDERR_FILENO);
    scan->width = arg_columns(STDERR_FILENO);
}

int cmd_scan(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {
        .scan = {.job = {.from = {.us = WALLTIME_NONE}, .to = {.us = WALLTIME_NONE}}}};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("scan", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        settle(&q);
        status = scan_with_rules(&q);
    }
    vec_free(&q.paths);
    vec_free(&q.rules);
    opts_free(&o);
    return status;
}
