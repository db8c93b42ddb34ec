/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_contain.h"

#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/order.h"

enum option { OPTION_FOR, OPTION_KIND, OPTION_REASON, OPTION_JSON, OPTION_RUN, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_FOR] = {'f', "for", "TIME",
                    "how long: 90s, 15m, 8h, 7d (the longest); 1h without it"},
    [OPTION_KIND] = {'k', "kind", "KIND",
                     "block-address, suspend-account (what a target means without it) or "
                     "end-session"},
    [OPTION_REASON] = {'r', "reason", "TEXT", "why, for the record"},
    [OPTION_JSON] = {0, "json", NULL, "the answer as JSON"},
    [OPTION_RUN] = {0, "run", "DIR", "where tocsind has its sockets; else " ASK_RUN_FOLDER},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *target, *run, *reason;
    enum action_kind kind;
    uint32_t lease_s;
    bool json, help;
};

static void put_help(struct buf *out)
{
    buf_puts(out,
             "tocsin contain TARGET [OPTION]…\n"
             "Block an address, suspend an account or end its sessions, now and for a time.\n\n"
             "TARGET is an address (192.0.2.7, 2001:db8::1), a prefix (/24; /64, /56, /48) or "
             "the\n"
             "name of a local account. The guardrails that bind people are the never-contain "
             "list\n"
             "and the budget. It is recorded with your uid.\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out,
             "\nExit status: 0 it is done, and the kernel says so; 1 it is not; 2 usage.\n");
}

/* 0, or OPTS_BAD. */
static int take_option(struct request *q, struct opts *o, enum option option)
{
    bool ok = true;
    const char *wanted = "";
    switch (option) {
    case OPTION_FOR:
        ok = order_lease(str_of(o->value), &q->lease_s);
        wanted = "a time such as 90s, 15m, 8h or 7d, which is the longest";
        break;
    case OPTION_KIND:
        ok = action_kind_parse(str_of(o->value), &q->kind);
        wanted = "block-address, end-session or suspend-account";
        break;
    case OPTION_REASON:
        ok = strlen(o->value) <= ACTION_MAX_REASON_BYTES;
        q->reason = o->value;
        wanted = "at most 240 bytes";
        break;
    case OPTION_JSON:
        q->json = true;
        break;
    case OPTION_RUN:
        q->run = o->value;
        break;
    case OPTION_HELP:
        q->help = true;
        break;
    }
    return ok ? 0 : opts_bad_value(o, (size_t)option, wanted);
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
        buf_puts(&o->error, "say what to contain: an address, a prefix or an account");
        return false;
    }
    if (!order_target(str_of(q->target), q->kind, order)) {
        buf_puts(&o->error, "the target is no address, prefix or account name, or does not fit "
                            "--kind");
        return false;
    }
    order->verb = STR("contain");
    order->lease_s = q->lease_s;
    order->reason = q->reason == NULL ? (struct str){0} : str_of(q->reason);
    return true;
}

int cmd_contain(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {.run = ASK_RUN_FOLDER, .kind = ACTION_KIND_COUNT, .lease_s = 3600};
    struct wire_order order = {0};
    struct rc rc = RC_OK;
    int status;
    if (!read_request(&o, &q, &order)) {
        status = cmd_usage("contain", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        status = order_send(q.run, &order, q.json, &rc);
        if (status < 0) {
            ask_complain("contain", q.run, "contain.sock", rc);
            status = EXIT_UNREAD;
        }
    }
    opts_free(&o);
    return status;
}
