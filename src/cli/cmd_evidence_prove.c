/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/escape.h"
#include "base/file.h"
#include "base/folder.h"
#include "cli/cmd.h"
#include "cli/cmd_evidence.h"
#include "cli/cmd_evidence_pack.h"
#include "cli/opts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum option { OPTION_LEDGER, OPTION_OUTPUT, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_LEDGER] = {'l', "ledger", "FOLDER", "else " CMD_EVIDENCE_LEDGER},
    [OPTION_OUTPUT] = {'o', "output", "FOLDER", "made; else evidence-POSITION here"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *ledger, *output, *word;
    bool help;
};

static void put_help(struct buf *out)
{
    buf_puts(out, "tocsin evidence prove [OPTION]… FINDING|POSITION\n"
                  "Write a finding and its records, or one entry, with all that proves them, "
                  "into a folder.\nFINDING is an id or its first 6 digits or more.\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out, "\nExit status: 0; 1 no such entry, or the ledger is damaged; 2 usage.\n");
}

static bool read_request(struct opts *o, struct request *q)
{
    for (;;) {
        int option = opts_next(o);
        if (option == OPTS_END) {
            break;
        }
        switch (option) {
        case OPTS_PATH:
            if (q->word != NULL) {
                buf_puts(&o->error, "one finding or position at a time");
                return false;
            }
            q->word = o->value;
            break;
        case OPTION_LEDGER:
            q->ledger = o->value;
            break;
        case OPTION_OUTPUT:
            q->output = o->value;
            break;
        case OPTION_HELP:
            q->help = true;
            break;
        default:
            return false;
        }
    }
    if (q->word == NULL && !q->help) {
        buf_puts(&o->error, "say which: the id of a finding, or a position");
        return false;
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The subject and the records it lists, sorted, each once. */
static bool gather(int ledger, uint64_t subject, struct cmd_evidence_positions *out,
                   struct buf *error)
{
    AUTO_BUF fact = {0};
    struct batch_header header;
    if (!cmd_evidence_find_entry(ledger, subject, &fact, &header, error)) {
        return false;
    }
    if (header.kind == BATCH_FACTS) {
        cmd_evidence_find_records(buf_str(&fact), out);
    }
    vec_push(out, subject);
    qsort(out->p, out->n, sizeof(out->p[0]), by_value);
    size_t kept = 1;
    for (size_t i = 1; i < out->n; i++) {
        if (out->p[i] != out->p[kept - 1]) {
            out->p[kept++] = out->p[i];
        }
    }
    out->n = kept;
    return true;
}

static struct rc make_output(const char *path, int *out_fd)
{
    if (mkdir(path, 0750) != 0) {
        return rc_errno();
    }
    return folder_open(path, out_fd);
}

static int say_done(const char *output, size_t entries)
{
    AUTO_BUF out = {0};
    escape_text(&out, str_of(output));
    buf_printf(&out, ": %zu %s with proofs; VERIFY.txt there says how to check them\n", entries,
               entries == 1 ? "entry" : "entries");
    return cmd_output(&out, EXIT_RAN);
}

static int prove_into(const struct request *q, int ledger, uint64_t subject, struct buf *error)
{
    AUTO_FD output = -1;
    char name[48];
    struct cmd_evidence_positions positions = {0};
    int status = EXIT_UNREAD;
    (void)snprintf(name, sizeof(name), "evidence-%llu", (unsigned long long)subject);
    const char *path = q->output == NULL ? name : q->output;
    if (gather(ledger, subject, &positions, error)) {
        struct rc rc = make_output(path, &output);
        if (rc_failed(rc)) {
            escape_text(error, str_of(path));
            buf_printf(error, " cannot be made: %s", rc_text(rc));
        } else if (cmd_evidence_pack(ledger, output, &positions, subject, error)) {
            status = say_done(path, positions.n);
        }
    }
    vec_free(&positions);
    return status;
}

static int prove(const struct request *q)
{
    AUTO_FD ledger = -1;
    AUTO_BUF error = {0};
    uint64_t subject = 0;
    int status = EXIT_UNREAD;
    struct rc rc = folder_open(q->ledger, &ledger);
    if (rc_failed(rc)) {
        cmd_complain("evidence prove", q->ledger, rc);
        return EXIT_UNREAD;
    }
    if (cmd_evidence_find(ledger, str_of(q->word), &subject, &error)) {
        status = prove_into(q, ledger, subject, &error);
    }
    if (error.n > 0) {
        buf_putc(&error, 0);
        cmd_say("evidence prove", error.p);
    }
    return status;
}

int cmd_evidence_prove(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {.ledger = CMD_EVIDENCE_LEDGER};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("evidence prove", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        status = prove(&q);
    }
    opts_free(&o);
    return status;
}
