/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_release.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/folder.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/order.h"
#include "contain/account_io.h"

#include <errno.h>
#include <unistd.h>

enum option {
    OPTION_ACTION,
    OPTION_REASON,
    OPTION_JSON,
    OPTION_RUN,
    OPTION_STATE,
    OPTION_HELP
};

#define STATE_FOLDER "/var/lib/tocsin"

static const struct opt table[] = {
    [OPTION_ACTION] = {0, "action", NULL,
                       "TARGET is the start of an action's id, as tocsin actions shows it"},
    [OPTION_REASON] = {'r', "reason", "TEXT", "why, for the record"},
    [OPTION_JSON] = {0, "json", NULL, "the answer as JSON"},
    [OPTION_RUN] = {0, "run", "DIR", "where tocsind has its sockets; else " ASK_RUN_FOLDER},
    [OPTION_STATE] =
        {0, "state", "DIR",
         "where tocsind keeps its state, for when it does not run; else " STATE_FOLDER},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *target, *run, *state, *reason;
    bool by_id, json, help;
};

static void put_help(struct buf *out)
{
    buf_puts(
        out,
        "tocsin release TARGET [OPTION]…\n"
        "End what contains an address, a prefix or an account, whoever began it.\n\n"
        "An account gets back what is still as tocsin left it. Nothing is contained again "
        "by\n"
        "itself before the time is over for which it was contained. It is recorded with "
        "your\n"
        "uid. When tocsind does not run, root gives accounts back from the journal; blocked\n"
        "addresses are free then, since their table goes with tocsind.\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out, "\nExit status: 0 it is free; 1 it is not, or not known to be; 2 usage.\n");
}

/* 0, or OPTS_BAD. */
static int take_option(struct request *q, struct opts *o, enum option option)
{
    switch (option) {
    case OPTION_ACTION:
        q->by_id = true;
        break;
    case OPTION_REASON:
        q->reason = o->value;
        if (strlen(o->value) > ACTION_MAX_REASON_BYTES) {
            return opts_bad_value(o, option, "at most 240 bytes");
        }
        break;
    case OPTION_JSON:
        q->json = true;
        break;
    case OPTION_RUN:
        q->run = o->value;
        break;
    case OPTION_STATE:
        q->state = o->value;
        break;
    case OPTION_HELP:
        q->help = true;
        break;
    }
    return 0;
}

/* Six to thirty-two hexadecimal digits that no account's name can be: those begin otherwise. */
static bool is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (str_hex_digit(s.p[i]) < 0) {
            return false;
        }
    }
    return s.n >= 6 && s.n <= 2 * (size_t)ACTION_ID_BYTES &&
           (str_is_digit(s.p[0]) || s.n == 2 * (size_t)ACTION_ID_BYTES);
}

static bool read_target(struct opts *o, const struct request *q, struct wire_order *order)
{
    struct str target = str_of(q->target);
    order->verb = STR("release");
    order->reason = q->reason == NULL ? (struct str){0} : str_of(q->reason);
    if (q->by_id || is_id(target)) {
        order->kind = ORDER_BY_ID;
        order->account = target;
        return true;
    }
    if (!order_target(target, ACTION_KIND_COUNT, order)) {
        buf_puts(&o->error, "the target is no address, prefix, account name or action");
        return false;
    }
    return true;
}

static bool read_request(struct opts *o, struct request *q, struct wire_order *order)
{
    int option;
    while ((option = opts_next(o)) != OPTS_END) {
        if (option == OPTS_PATH && q->target == NULL) {
            q->target = o->value;
        } else if (option == OPTS_PATH) {
            buf_puts(&o->error, "one target at a time");
            return false;
        } else if (option == OPTS_BAD || take_option(q, o, (enum option)option) == OPTS_BAD) {
            return false;
        }
    }
    if (q->help) {
        return true;
    }
    if (q->target == NULL) {
        buf_puts(&o->error,
                 "say what to release: an address, a prefix, an account or an action");
        return false;
    }
    return read_target(o, q, order);
}

static struct rc open_folders(const char *state, struct account_io *io)
{
    AUTO_BUF path = {0};
    buf_puts(&path, state);
    buf_puts(&path, "/account");
    buf_putc(&path, 0);
    TRY(folder_open(path.p, &io->journal));
    return folder_open("/etc", &io->etc);
}

/* tocsind is not there: what it did to the account lies in its journal. */
static int give_back(const struct request *q, struct str account)
{
    struct account_io io = {.etc = -1, .journal = -1, .proc = -1};
    struct account_result result = {0};
    AUTO_BUF text = {0};
    struct rc rc = open_folders(q->state, &io);
    bool well = !rc_failed(rc);
    if (well) {
        account_io_release(&io, account, &result);
        well = result.outcome == OUTCOME_EFFECTIVE;
        buf_puts(&text, "tocsind does not run; from its journal: ");
        escape_text(&text, account);
        buf_puts(&text, ": ");
        buf_put(&text, buf_str(&result.detail));
        buf_puts(&text, "\nThis is in no ledger: write down who did it, when and why.\n");
    } else {
        cmd_complain("release",
                     "tocsind does not run, and the journal of accounts cannot be read", rc);
    }
    file_auto_close(&io.journal);
    file_auto_close(&io.etc);
    buf_free(&result.detail);
    if (text.n == 0) {
        return EXIT_UNREAD;
    }
    return cmd_output(&text, well ? EXIT_RAN : EXIT_UNREAD);
}

static int without_tocsind(const struct request *q, const struct wire_order *order,
                           struct rc rc)
{
    bool off = rc.code == ERR_SYSTEM && (rc.sys == ENOENT || rc.sys == ECONNREFUSED);
    if (off && order->kind == ACTION_SUSPEND_ACCOUNT && geteuid() == 0) {
        return give_back(q, order->account);
    }
    ask_complain("release", q->run, "contain.sock", rc);
    if (off && order->kind == ACTION_BLOCK_ADDRESS) {
        cmd_say("release",
                "without tocsind no address is blocked by it: the table goes with it. "
                "Is it there all the same? nft list table inet tocsin");
    } else if (off) {
        cmd_say("release", "accounts: as root, name the account, and it is given back from the "
                           "journal");
    }
    return EXIT_UNREAD;
}

int cmd_release(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {.run = ASK_RUN_FOLDER, .state = STATE_FOLDER};
    struct wire_order order = {0};
    struct rc rc = RC_OK;
    int status;
    if (!read_request(&o, &q, &order)) {
        status = cmd_usage("release", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        status = order_send(q.run, &order, q.json, &rc);
        status = status < 0 ? without_tocsind(&q, &order, rc) : status;
    }
    opts_free(&o);
    return status;
}
