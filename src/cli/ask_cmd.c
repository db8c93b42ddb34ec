/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ask_cmd.h"

#include "base/clock.h"
#include "base/escape.h"
#include "cli/arg.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/opts.h"

#include <unistd.h>

enum option { OPTION_JSON, OPTION_RUN, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_JSON] = {0, "json", NULL, "the answer as JSON, for programs"},
    [OPTION_RUN] = {0, "run", "DIR", "the folder of tocsind's sockets (" ASK_RUN_FOLDER ")"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *run, *argument;
    bool json, help;
};

/* Names and ids have nothing else in them; the channel takes no text that is not UTF-8. */
static bool is_plain(const char *text)
{
    struct str s = str_of(text);
    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) && s.p[i] != '-') {
            return false;
        }
    }
    return s.n > 0 && s.n <= 64;
}

static bool read_request(struct opts *o, const struct ask_cmd *c, struct request *q)
{
    for (;;) {
        int option = opts_next(o);
        if (option == OPTS_END) {
            break;
        }
        if (option == OPTS_BAD) {
            return false;
        }
        if (option == OPTS_PATH && (c->argument == NULL || q->argument != NULL)) {
            buf_puts(&o->error, "too many arguments");
            return false;
        }
        switch (option) {
        case OPTS_PATH:
            q->argument = o->value;
            break;
        case OPTION_JSON:
            q->json = true;
            break;
        case OPTION_RUN:
            q->run = o->value;
            break;
        default: /* OPTION_HELP */
            q->help = true;
            break;
        }
    }
    if (!q->help && c->argument != NULL && q->argument == NULL) {
        buf_printf(&o->error, "say which: %s", c->argument);
        return false;
    }
    if (q->argument != NULL && !is_plain(q->argument)) {
        buf_puts(&o->error, "an incident is named like 2026-001, or by the start of its id");
        return false;
    }
    return true;
}

static int help(const struct ask_cmd *c)
{
    AUTO_BUF out = {0};
    buf_printf(&out, "tocsin %s [OPTION]…%s%s\n%s\n\n", c->verb, c->argument == NULL ? "" : " ",
               c->argument == NULL ? "" : c->argument, c->summary);
    opts_help(table, COUNT_OF(table), &out);
    buf_puts(&out,
             "\nExit status: 0 answered; 1 no answer, or nothing of that name; 2 usage.\n");
    return cmd_output(&out, EXIT_RAN);
}

/* What query says is wrong, on standard error. */
static int refused(const struct ask_cmd *c, struct str answer)
{
    AUTO_BUF out = {0};
    struct str text = str_trim(answer);
    static const struct str begins = STR_INIT("{\"error\":\"");
    if (str_starts(text, begins) && str_ends(text, STR("\"}"))) {
        text = str_upto(str_from(text, begins.n), text.n - begins.n - 2);
    }
    buf_printf(&out, "tocsin %s: ", c->verb);
    escape_text(&out, text);
    buf_putc(&out, '\n');
    cmd_print(STDERR_FILENO, &out);
    return EXIT_UNREAD;
}

static int show(const struct ask_cmd *c, const struct request *q, const struct buf *answer)
{
    if (q->json) {
        return cmd_output(answer, EXIT_RAN); /* jsonw left nothing that a terminal obeys */
    }
    AUTO_BUF page = {0};
    size_t columns = arg_columns(STDOUT_FILENO);
    struct sheet s = {.out = &page,
                      .columns = columns < SHEET_MIN_COLUMNS   ? SHEET_MIN_COLUMNS
                                 : columns > SHEET_MAX_COLUMNS ? SHEET_MAX_COLUMNS
                                                               : columns,
                      .colour = arg_colour(STDOUT_FILENO),
                      .now = clock_wall()};
    if (!c->print(&s, buf_str(answer))) {
        cmd_say(c->verb, "the answer cannot be read: tocsin and tocsind are of two versions");
        return EXIT_UNREAD;
    }
    return cmd_output(&page, EXIT_RAN);
}

static int ask(const struct ask_cmd *c, const struct request *q)
{
    AUTO_BUF answer = {0};
    uint8_t status = 0;
    struct str argument = q->argument == NULL ? (struct str){"", 0} : str_of(q->argument);
    struct wire_message m = {.type = WIRE_ASK,
                             .ask = {.what = str_of(c->what), .argument = argument}};
    struct rc rc = ask_socket(q->run, "query.sock", &m, &answer, &status);
    if (rc_failed(rc)) {
        ask_complain(c->verb, q->run, "query.sock", rc);
        return EXIT_UNREAD;
    }
    return status != 0 ? refused(c, buf_str(&answer)) : show(c, q, &answer);
}

int ask_cmd_run(int argc, char **argv, const struct ask_cmd *c)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {.run = ASK_RUN_FOLDER};
    int status;
    if (!read_request(&o, c, &q)) {
        status = cmd_usage(c->verb, buf_str(&o.error));
    } else {
        status = q.help ? help(c) : ask(c, &q);
    }
    opts_free(&o);
    return status;
}
