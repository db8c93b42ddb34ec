/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/escape.h"
#include "base/file.h"
#include "base/vec.h"
#include "cli/arg.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/scan.h"

#include <unistd.h>

enum option {
    OPTION_FORMAT,
    OPTION_CARVE,
    OPTION_LOGSOURCE,
    OPTION_JOBS,
    OPTION_CHECK,
    OPTION_QUIET,
    OPTION_HELP
};

static const struct opt table[] = {
    [OPTION_FORMAT] = {'f', "format", "FORMAT",
                       "what the inputs are: evtx, json, syslog, text; else found by content"},
    [OPTION_CARVE] = {0, "carve", NULL, "also EVTX records in slack space"},
    [OPTION_LOGSOURCE] = {0, "logsource", "P/C/S", "treat all as product/category/service"},
    [OPTION_JOBS] = {'j', "jobs", "N", "worker processes; else one for each processor"},
    [OPTION_CHECK] = {0, "check", NULL,
                      "with --format json: is the file exactly one valid JSON text?"},
    [OPTION_QUIET] = {'q', "quiet", NULL, "no notes but what could not be read"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    VEC(const char *) paths;
    struct logsource_arg logsource;
    struct scan_opts scan;
    bool help;
};

static void put_help(struct buf *out)
{
    buf_puts(out, "tocsin decode [OPTION]… PATH…\n"
                  "Print the events of evidence as JSON lines, as rules see them.\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out,
             "\nExit status: 0 all was read; 1 some of it could not be, or --check found a "
             "fault; 2 usage.\n");
}

/* 0, or OPTS_BAD. */
static int take_option(struct request *q, struct opts *o, enum option option)
{
    bool ok = true;
    const char *wanted = "";
    switch (option) {
    case OPTION_FORMAT:
        ok = source_format_parse(str_of(o->value), &q->scan.format);
        wanted = "evtx, json, syslog or text";
        break;
    case OPTION_CARVE:
        q->scan.job.carve = true;
        break;
    case OPTION_LOGSOURCE:
        ok = arg_logsource(o->value, &q->logsource);
        wanted = "PRODUCT/CATEGORY/SERVICE, such as windows/process_creation/";
        break;
    case OPTION_JOBS:
        ok = arg_count(o->value, SCAN_MAX_JOBS, &q->scan.jobs);
        wanted = "a number from 1 to 256";
        break;
    case OPTION_CHECK:
        q->scan.kind = SCAN_TASK_CHECK;
        break;
    case OPTION_QUIET:
        q->scan.quiet = true;
        break;
    case OPTION_HELP:
        q->help = true;
        break;
    }
    return ok ? 0 : opts_bad_value(o, (size_t)option, wanted);
}

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
    if (q->help) {
        return true;
    }
    if (q->scan.kind == SCAN_TASK_CHECK && (q->scan.format != FORMAT_JSON || q->paths.n != 1)) {
        buf_puts(&o->error, "--check goes with --format json and one file");
        return false;
    }
    if (q->paths.n == 0) {
        buf_puts(&o->error, "say what to decode: a file, a folder, or - for standard input");
        return false;
    }
    return true;
}

static void say_unread(struct scan_collect *collect, bool quiet)
{
    AUTO_BUF out = {0};
    struct scan_summary s = {0};
    scan_collect_summary(collect, &s);
    for (size_t i = 0; i < s.unread_count; i++) {
        buf_puts(&out, "tocsin decode: ");
        escape_text(&out, s.unread[i].path);
        buf_puts(&out, ": ");
        escape_text(&out, s.unread[i].reason);
        buf_putc(&out, '\n');
    }
    for (size_t i = 0; i < s.fault_count && !quiet; i++) {
        const struct report_fault *fault = &s.faults[i];
        buf_puts(&out, "tocsin decode: ");
        escape_text(&out, fault->path);
        if (fault->number != 0) {
            buf_printf(&out, ": record %lu", (unsigned long)fault->number);
        }
        buf_printf(&out, ": what begins at byte %lu %s\n", (unsigned long)fault->offset,
                   rc_text(fault->rc));
    }
    if (s.problems > s.fault_count && !quiet) {
        buf_printf(&out, "tocsin decode: %lu records or lines could not be decoded\n",
                   (unsigned long)s.problems);
    }
    cmd_print(STDERR_FILENO, &out);
}

static int decode(struct request *q)
{
    struct scan_opts *scan = &q->scan;
    struct output output = output_to(STDOUT_FILENO);
    struct fields *fields = fields_open();
    struct scan_collect *collect = scan_collect_open();
    struct scan_result result = {0};
    scan->job.fields = fields;
    scan->paths = q->paths.p;
    scan->path_count = q->paths.n;
    scan->jobs = scan->jobs != 0 ? scan->jobs : arg_processors(SCAN_MAX_JOBS);
    scan->output = &output;
    scan->collect = collect;
    if (q->logsource.given) {
        scan->job.logsource = LOGSOURCE_CUSTOM;
        scan->job.custom = &q->logsource.row;
    }
    struct rc rc = scan_run(scan, &result);
    int status = EXIT_RAN;
    if (rc_failed(rc)) {
        cmd_complain("decode", "workers cannot be started", rc);
        status = EXIT_UNREAD;
    } else {
        output_flush(&output);
        say_unread(collect, scan->quiet);
        status = scan_collect_unread_count(collect) > 0 ? EXIT_UNREAD : EXIT_RAN;
    }
    if (result.interrupted) {
        cmd_say("decode", "interrupted: not all was read");
        status = EXIT_UNREAD;
    }
    if (rc_failed(output.rc)) {
        cmd_complain("decode", "events could not be written", output.rc);
        status = EXIT_UNREAD;
    }
    scan_collect_close(collect);
    fields_close(fields);
    output_free(&output);
    return status;
}

int cmd_decode(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {
        .scan = {.job = {.from = {.us = WALLTIME_NONE}, .to = {.us = WALLTIME_NONE}}}};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("decode", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        status = decode(&q);
    }
    vec_free(&q.paths);
    opts_free(&o);
    return status;
}
