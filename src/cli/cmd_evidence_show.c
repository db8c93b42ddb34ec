/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/escape.h"
#include "base/file.h"
#include "base/folder.h"
#include "cli/cmd.h"
#include "cli/cmd_evidence.h"
#include "cli/cmd_evidence_find.h"
#include "cli/opts.h"

enum option { OPTION_LEDGER, OPTION_RAW, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_LEDGER] = {'l', "ledger", "FOLDER", "else " CMD_EVIDENCE_LEDGER},
    [OPTION_RAW] = {0, "raw", NULL, "only the entry, byte for byte"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *ledger, *word;
    bool raw, help;
};

static void put_help(struct buf *out)
{
    buf_puts(out, "tocsin evidence show [OPTION]… FINDING|POSITION\n"
                  "Print an entry of the ledger and the header of its batch.\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out, "\nExit status: 0; 1 no such entry, or not readable; 2 usage.\n");
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
                buf_puts(&o->error, "one entry at a time");
                return false;
            }
            q->word = o->value;
            break;
        case OPTION_LEDGER:
            q->ledger = o->value;
            break;
        case OPTION_RAW:
            q->raw = true;
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

static int show(const struct request *q)
{
    AUTO_FD folder = -1;
    AUTO_BUF entry = {0}, out = {0}, error = {0};
    struct batch_header header;
    uint64_t position = 0;
    struct rc rc = folder_open(q->ledger, &folder);
    if (rc_failed(rc)) {
        cmd_complain("evidence show", q->ledger, rc);
        return EXIT_UNREAD;
    }
    if (!cmd_evidence_find(folder, str_of(q->word), &position, &error) ||
        !cmd_evidence_find_entry(folder, position, &entry, &header, &error)) {
        buf_putc(&error, 0);
        cmd_say("evidence show", error.p);
        return EXIT_UNREAD;
    }
    if (q->raw) {
        return cmd_output(&entry, EXIT_RAN);
    }
    batch_encode(&header, &out);
    buf_printf(&out, "\nentry %llu\n", (unsigned long long)position);
    escape_text(&out, buf_str(&entry));
    buf_putc(&out, '\n');
    return cmd_output(&out, EXIT_RAN);
}

int cmd_evidence_show(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {.ledger = CMD_EVIDENCE_LEDGER};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("evidence show", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        status = show(&q);
    }
    opts_free(&o);
    return status;
}
