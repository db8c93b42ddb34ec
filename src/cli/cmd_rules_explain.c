/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rule is read here; the events, which an attacker may have written, are decoded in a
 * confined child that has nothing but the file's descriptor and a channel for its answer.
 */
#include "cli/cmd_rules.h"

#include "base/cursor.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/unicode.h"
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/scan_rules.h"
#include "decode/source.h"
#include "detect/explain.h"
#include "guard/channel.h"
#include "guard/sandbox.h"
#include "guard/spawn.h"

#include <unistd.h>

enum option { OPTION_RULES, OPTION_RECORD, OPTION_FORMAT, OPTION_PLACEHOLDERS, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_RULES] = {'r', "rules", "PATH",
                      "where to look for RULE when it is an id or a title; may be given again"},
    [OPTION_RECORD] = {0, "record", "N",
                       "explain this record only: EventRecordID of EVTX, else the line"},
    [OPTION_FORMAT] = {'f', "format", "FORMAT", "evtx, json, syslog or text, whatever FILE is"},
    [OPTION_PLACEHOLDERS] = {0, "placeholders", "FILE", "lists for |expand: a YAML map"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

enum {
    BLOCK_BYTES = 256 << 10,
    MAX_EXPLAINED = 20, /* a screenful each: more is not read by anyone */
    PIECE_BYTES = CHANNEL_FRAME_BYTES - 1,
};

/* The first byte of the child's frames. */
enum answer { ANSWER_TEXT = 1, ANSWER_END };

struct request {
    VEC(const char *) rules;
    VEC(const char *) words; /* RULE and FILE */
    const char *placeholders;
    enum format format;
    uint64_t record; /* 0: any */
    bool help;
};

/* What the child works on and counts. */
struct job {
    const struct engine *engine;
    const struct fields *fields;
    const struct rule *rule;
    size_t rule_number;
    enum format format;
    uint64_t record;
    int channel;
    struct buf text; /* not sent yet */
    uint64_t records, explained, matched, problems;
};

static int take_option(struct request *q, struct opts *o, enum option option)
{
    switch (option) {
    case OPTION_RULES:
        vec_push(&q->rules, o->value);
        return 0;
    case OPTION_RECORD:
        return str_to_u64(str_of(o->value), &q->record) && q->record > 0
                   ? 0
                   : opts_bad_value(o, OPTION_RECORD, "a number above 0");
    case OPTION_FORMAT:
        return source_format_parse(str_of(o->value), &q->format)
                   ? 0
                   : opts_bad_value(o, OPTION_FORMAT, "evtx, json, syslog or text");
    case OPTION_PLACEHOLDERS:
        q->placeholders = o->value;
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
            vec_push(&q->words, o->value);
        } else if (option == OPTS_BAD || take_option(q, o, (enum option)option) == OPTS_BAD) {
            return false;
        }
    }
    if (q->words.n != 2 && !q->help) {
        buf_puts(&o->error,
                 "say which rule (a file, an id or a title) and which file of events");
        return false;
    }
    return true;
}

static void send_text(struct job *j)
{
    struct str left = buf_str(&j->text);
    while (left.n > 0) {
        AUTO_BUF frame = {0};
        struct str piece = unicode_cut(left, PIECE_BYTES);
        buf_putc(&frame, ANSWER_TEXT);
        buf_put(&frame, piece);
        if (rc_failed(channel_send(j->channel, bytes_of(buf_str(&frame)), -1))) {
            break; /* nobody listens; the end frame will fail too */
        }
        left = str_from(left, piece.n);
    }
    buf_clear(&j->text);
}

static void on_event(void *context, const struct event *e)
{
    struct job *j = context;
    j->records++;
    if ((j->record != 0 && e->number != j->record) || j->explained == MAX_EXPLAINED) {
        return;
    }
    bool matches = false;
    buf_printf(&j->text, "record %llu, %s\n", (unsigned long long)e->number, e->shape);
    struct rc rc = explain_rule(j->engine, j->rule_number, e, &j->text, &matches);
    if (rc_failed(rc)) {
        buf_printf(&j->text, "  it %s\n", rc_text(rc));
    }
    j->explained++;
    j->matched += matches;
    send_text(j);
}

static void on_problem(void *context, const struct problem *p)
{
    struct job *j = context;
    j->problems++;
    if (j->problems <= MAX_EXPLAINED) {
        buf_printf(&j->text, "at byte %llu: a record that %s\n", (unsigned long long)p->offset,
                   rc_text(p->rc));
        send_text(j);
    }
}

static struct rc read_events(struct job *j, int fd)
{
    const struct source_opts opts = {
        .fields = j->fields, .format = j->format, .sink = {j, on_event, on_problem}};
    struct source *s = source_open(&opts);
    AUTO_HEAP uint8_t *block = heap_alloc(BLOCK_BYTES);
    struct rc rc;
    size_t n = 0;
    do {
        rc = file_read(fd, block, BLOCK_BYTES, &n);
        if (!rc_failed(rc) && n > 0) {
            rc = source_feed(s, (struct bytes){block, n});
        }
    } while (!rc_failed(rc) && n > 0);
    rc = rc_failed(rc) ? rc : source_end(s);
    source_close(s);
    return rc;
}

static int run_child(void *context, int channel)
{
    struct job *j = context;
    struct sandbox_report sandbox;
    AUTO_HEAP uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    size_t n;
    AUTO_FD fd = -1;
    j->channel = channel;
    if (rc_failed(sandbox_enter(channel, &sandbox)) ||
        rc_failed(channel_receive(channel, room, &n, &fd)) || fd < 0) {
        return 1;
    }
    struct rc rc = read_events(j, fd);
    AUTO_BUF end = {0};
    buf_putc(&end, ANSWER_END);
    buf_le(&end, j->records, 8);
    buf_le(&end, j->explained, 8);
    buf_le(&end, j->matched, 8);
    buf_le(&end, j->problems, 8);
    buf_le(&end, rc.code, 2);
    buf_le(&end, rc.sys, 2);
    buf_free(&j->text);
    return rc_failed(channel_send(channel, bytes_of(buf_str(&end)), -1));
}

static bool take_end(struct cursor *c, struct job *j, struct buf *out)
{
    j->records = cursor_u64(c);
    j->explained = cursor_u64(c);
    j->matched = cursor_u64(c);
    j->problems = cursor_u64(c);
    struct rc rc = {.code = cursor_u16(c)};
    rc.sys = cursor_u16(c);
    if (rc_failed(cursor_done(c)) || cursor_left(c) != 0 || rc.code >= ERR_COUNT) {
        return false;
    }
    if (rc_failed(rc)) {
        buf_puts(out, rc.code == ERR_SYSTEM ? "the file cannot be read: " : "the file ");
        buf_puts(out, rc_text(rc));
        buf_puts(out, j->records > 0 ? "; what comes after was not read\n" : "\n");
        j->problems++;
    }
    return true;
}

/* The child's answer, printed as it comes. False: it did not come to its end. */
static bool listen(struct job *j, int channel)
{
    AUTO_HEAP uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    for (;;) {
        AUTO_BUF out = {0};
        size_t n = 0;
        int fd = -1;
        if (rc_failed(channel_receive(channel, room, &n, &fd)) || n == 0 || fd >= 0) {
            return false;
        }
        struct cursor c = cursor_of((struct bytes){room, n});
        uint8_t answer = cursor_u8(&c);
        if (answer == ANSWER_END) {
            bool ok = take_end(&c, j, &out);
            cmd_print(STDERR_FILENO, &out);
            return ok;
        }
        struct str text = str_bytes(cursor_take(&c, cursor_left(&c)));
        if (answer != ANSWER_TEXT || !escape_is_plain(text)) {
            return false;
        }
        buf_put(&out, text);
        cmd_print(STDOUT_FILENO, &out);
    }
}

static int sum_up(const struct job *j)
{
    AUTO_BUF out = {0};
    if (j->records == 0 && j->problems != 0) {
        buf_puts(&out, "no record of the file could be read\n");
    } else if (j->explained == 0 && j->record != 0) {
        buf_printf(&out, "there is no record %llu among the %llu records of the file\n",
                   (unsigned long long)j->record, (unsigned long long)j->records);
    } else if (j->explained == 0) {
        buf_puts(&out, "there is no record in the file\n");
    } else if (j->record == 0 && j->records > j->explained) {
        buf_printf(&out, "the first %llu of %llu records; another one: --record N\n",
                   (unsigned long long)j->explained, (unsigned long long)j->records);
    }
    cmd_print(STDERR_FILENO, &out);
    return j->explained == 0 || j->problems != 0 ? EXIT_UNREAD : EXIT_RAN;
}

static int explain(struct job *j, const char *path)
{
    AUTO_BUF out = {0};
    AUTO_FD file = -1;
    struct spawned child = {.channel = -1};
    struct rc rc = str_eq(str_of(path), STR("-")) ? RC_OK : file_open_read(path, &file);
    if (!rc_failed(rc)) {
        rc = spawn_fork(run_child, j, &child);
    }
    if (!rc_failed(rc)) {
        const uint8_t begin[] = {1};
        rc = channel_send(child.channel, (struct bytes){begin, sizeof(begin)},
                          file >= 0 ? file : STDIN_FILENO);
    }
    bool ended = !rc_failed(rc) && listen(j, child.channel);
    int status = child.pid == 0 ? 0 : spawn_end(&child);
    if (ended) {
        return sum_up(j);
    }
    buf_puts(&out, "tocsin rules explain: ");
    escape_text(&out, str_of(path));
    if (rc_failed(rc)) {
        buf_printf(&out, ": %s\n", rc_text(rc));
    } else {
        buf_puts(&out, ": the process that decoded it ");
        spawn_describe(status, &out);
        buf_putc(&out, '\n');
    }
    cmd_print(STDERR_FILENO, &out);
    return EXIT_UNREAD;
}

/* The first that is meant, by id or title or as one of its file; returns how many are. */
static size_t find_rule(const struct scan_rules *rules, struct str word, bool is_file,
                        size_t *out_first)
{
    size_t count = 0;
    for (size_t i = 0; i < rules->count; i++) {
        bool meant = is_file || str_eq_nocase(rules->rules[i].id, word) ||
                     str_eq_nocase(rules->rules[i].title, word);
        if (meant && engine_is_active(rules->engine, i) && count++ == 0) {
            *out_first = i;
        }
    }
    return count;
}

/* Why there is not exactly one rule to explain. */
static void put_not_one(struct buf *out, const struct scan_rules *rules, size_t count,
                        bool is_file)
{
    if (count == 0) {
        buf_puts(out, "there is no such rule, by id or by title, among those in ");
        escape_text(out, str_of(rules->origin));
        buf_puts(out, ": give its file, or where it is with -r");
    } else {
        buf_printf(out, "%zu rules %s", count, is_file ? "are in " : "of this title are in ");
        escape_text(out, str_of(rules->origin));
        buf_puts(out, is_file ? ": give it with -r, and the id or title of one"
                              : ": give the id of one");
    }
}

static int run(const struct request *q)
{
    AUTO_BUF error = {0}, notes = {0};
    const char *word = q->words.p[0];
    bool is_file = q->rules.n == 0 && access(word, R_OK) == 0;
    const struct scan_rules_opts opts = {.paths = is_file ? &word : q->rules.p,
                                         .path_count = is_file ? 1 : q->rules.n,
                                         .placeholders = q->placeholders};
    struct scan_rules rules;
    bool loaded = scan_rules_load(&opts, &rules, &error);
    for (size_t i = 0; i < rules.diag.count && is_file; i++) {
        diag_print(&notes, &rules.diag.messages[i]);
    }
    cmd_print(STDERR_FILENO, &notes);
    size_t number = 0;
    size_t count = loaded ? find_rule(&rules, str_of(word), is_file, &number) : 0;
    int status = EXIT_USAGE;
    if (count == 1) {
        struct job j = {.engine = rules.engine,
                        .fields = rules.fields,
                        .rule = &rules.rules[number],
                        .rule_number = number,
                        .format = q->format,
                        .record = q->record};
        status = explain(&j, q->words.p[1]);
    } else if (error.n == 0) {
        put_not_one(&error, &rules, count, is_file);
    }
    if (error.n > 0) {
        status = cmd_usage("rules explain", buf_str(&error));
    }
    scan_rules_close(&rules);
    return status;
}

static int print_help(void)
{
    AUTO_BUF out = {0};
    buf_puts(&out, "tocsin rules explain [OPTION]… RULE FILE\n"
                   "Say, item by item, why a rule did or did not match the records of FILE.\n"
                   "RULE is a rule's file, or the id or title of a rule; FILE may be - for "
                   "standard input.\n\n");
    opts_help(table, COUNT_OF(table), &out);
    buf_puts(&out,
             "\nExit status: 0; 1 the file or some of it could not be read, or has no such "
             "record; 2 usage.\n");
    return cmd_output(&out, EXIT_RAN);
}

int cmd_rules_explain(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {0};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("rules explain", buf_str(&o.error));
    } else {
        status = q.help ? print_help() : run(&q);
    }
    opts_free(&o);
    vec_free(&q.rules);
    vec_free(&q.words);
    return status;
}
