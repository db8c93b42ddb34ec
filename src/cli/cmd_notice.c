/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_notice.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/output.h"
#include "inform/lint.h"

#include <unistd.h>

enum { ARENA_BYTES = 48 << 20 };

static const char teaching[] =
    "tocsin notice draft INCIDENT --for AUDIENCE [OPTION]…\n"
    "tocsin notice lint FILE --for AUDIENCE [OPTION]…\n"
    "Draft what is told about an incident, and check what was made of it.\n\n"
    "  --for public     a statement for everybody, TLP:CLEAR: what happened, what is known "
    "and\n"
    "                   not known yet, who may be affected, when the next update comes. Text "
    "of\n"
    "                   ours only: no address, machine, account or file\n"
    "  --for members    a note verbale to member states, TLP:AMBER, with requests for help\n"
    "  --for internal   a situation report, TLP:AMBER+STRICT: timeline, effects and their\n"
    "                   basis, actions, tasks, and the evidence for each of it\n\n"
    "How a statement comes about:\n"
    "  1. tocsin notice draft 2026-001 --for public --lang en -o statement.en.md\n"
    "     tocsin notice draft 2026-001 --for public --lang fr -o statement.fr.md\n"
    "     Both say the same assertions of the incident. What is not known is said to be so.\n"
    "  2. Edit them.\n"
    "  3. tocsin notice lint statement.en.md --for public --incident 2026-001\n"
    "     says line by line what must not be said, why, and what to write instead: names and\n"
    "     addresses, attribution, \"no data was accessed\", numbers without a date, promises.\n"
    "     Without --incident it works on any text, offline; it then cannot know the names "
    "that\n"
    "     the incident holds.\n"
    "  4. Two people read and release. tocsin sends nothing to anyone.\n\n"
    "Exit status: 0; 1 something is refused, or could not be read or asked; 2 usage.\n";

enum option {
    OPTION_FOR,
    OPTION_LANG,
    OPTION_HTML,
    OPTION_OUT,
    OPTION_INCIDENT,
    OPTION_ALLOW,
    OPTION_JSON,
    OPTION_RUN,
    OPTION_HELP
};

static const struct opt table[] = {
    [OPTION_FOR] = {0, "for", "AUDIENCE", "public, members or internal"},
    [OPTION_LANG] = {0, "lang", "LANGUAGE", "draft: en (as without it) or fr"},
    [OPTION_HTML] = {0, "html", NULL, "draft: a page for screen and paper, not Markdown"},
    [OPTION_OUT] = {'o', "output", "FILE", "draft: write it there"},
    [OPTION_INCIDENT] = {0, "incident", "ID", "lint: also what this incident names"},
    [OPTION_ALLOW] = {0, "allow", "TEXT",
                      "lint: our own name or contact, which may be said (twice at most)"},
    [OPTION_JSON] = {0, "json", NULL, "lint: a JSON line for each refusal"},
    [OPTION_RUN] = {0, "run", "DIR", "folder of the sockets (" ASK_RUN_FOLDER ")"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *what; /* incident, or file */
    const char *output, *incident, *run;
    const char *allow[2];
    size_t allow_count;
    enum notice_audience audience;
    enum phrase_language language;
    bool html, json, help, audience_given;
};

static int take_allow(struct request *q, struct opts *o)
{
    if (q->allow_count == COUNT_OF(q->allow)) {
        return opts_bad_value(o, OPTION_ALLOW, "given twice at most");
    }
    q->allow[q->allow_count++] = o->value;
    return 0;
}

static int take_option(struct request *q, struct opts *o, enum option option)
{
    switch (option) {
    case OPTION_FOR:
        q->audience_given = true;
        return notice_audience_parse(str_of(o->value), &q->audience)
                   ? 0
                   : opts_bad_value(o, OPTION_FOR, "public, members or internal");
    case OPTION_LANG:
        return phrase_language_parse(str_of(o->value), &q->language)
                   ? 0
                   : opts_bad_value(o, OPTION_LANG, "en or fr");
    case OPTION_HTML:
        q->html = true;
        return 0;
    case OPTION_OUT:
        q->output = o->value;
        return 0;
    case OPTION_INCIDENT:
        q->incident = o->value;
        return 0;
    case OPTION_ALLOW:
        return take_allow(q, o);
    case OPTION_JSON:
        q->json = true;
        return 0;
    case OPTION_RUN:
        q->run = o->value;
        return 0;
    case OPTION_HELP:
        q->help = true;
        return 0;
    }
    return OPTS_BAD;
}

static bool read_request(struct opts *o, struct request *q, const char *what)
{
    int option;
    while ((option = opts_next(o)) != OPTS_END) {
        if (option == OPTS_PATH && q->what == NULL) {
            q->what = o->value;
        } else if (option == OPTS_PATH) {
            buf_printf(&o->error, "one %s at a time", what);
            return false;
        } else if (option == OPTS_BAD || take_option(q, o, (enum option)option) == OPTS_BAD) {
            return false;
        }
    }
    if (q->help) {
        return true;
    }
    if (q->what == NULL) {
        buf_printf(&o->error, "say which %s", what);
    } else if (!q->audience_given) {
        buf_puts(&o->error, "say for whom: --for public, --for members or --for internal");
    }
    return q->what != NULL && q->audience_given;
}

static int print_help(void)
{
    AUTO_BUF out = {0};
    buf_puts(&out, teaching);
    buf_putc(&out, '\n');
    opts_help(table, COUNT_OF(table), &out);
    return cmd_output(&out, EXIT_RAN);
}

/* What another process made, on standard error: its text is its own, and escaped once more. */
static void complain(const char *verb, const struct buf *text)
{
    AUTO_BUF out = {0};
    buf_printf(&out, "tocsin %s: ", verb);
    if (escape_is_plain(buf_str(text))) {
        buf_put(&out, buf_str(text));
    } else {
        escape_text(&out, buf_str(text));
    }
    if (out.n != 0 && out.p[out.n - 1] != '\n') {
        buf_putc(&out, '\n');
    }
    cmd_print(STDERR_FILENO, &out);
}

static int save(const struct request *q, const struct buf *document)
{
    AUTO_FD fd = -1;
    AUTO_BUF error = {0};
    if (!output_open(q->output, NULL, 0, &fd, &error)) {
        complain("notice draft", &error);
        return EXIT_UNREAD;
    }
    struct rc rc = file_write_all(fd, bytes_of(buf_str(document)));
    if (rc_failed(rc)) {
        cmd_complain("notice draft", "the draft could not be written", rc);
        return EXIT_UNREAD;
    }
    cmd_say("notice draft", "this is a draft: two people read and release it. After changes: "
                            "tocsin notice lint FILE --for AUDIENCE --incident INCIDENT");
    return EXIT_RAN;
}

static int draft(const struct request *q)
{
    AUTO_BUF document = {0};
    uint8_t status = 0;
    struct wire_message m = {
        .type = WIRE_DRAFT,
        .draft = {.incident = str_of(q->what),
                  .audience = notice_audience_name(q->audience),
                  .language = phrase_language_name(q->language),
                  .format = notice_format_name(q->html ? NOTICE_HTML : NOTICE_MARKDOWN)}};
    struct rc rc = ask_socket(q->run, "notice.sock", &m, &document, &status);
    if (rc_failed(rc)) {
        ask_complain("notice draft", q->run, "notice.sock", rc);
        return EXIT_UNREAD;
    }
    if (status != 0) {
        complain("notice draft", &document);
        return EXIT_UNREAD;
    }
    if (q->output != NULL) {
        return save(q, &document);
    }
    if (!escape_is_plain(buf_str(&document))) {
        cmd_say("notice draft", "the draft holds control characters and is not shown");
        return EXIT_UNREAD;
    }
    return cmd_output(&document, EXIT_RAN);
}

/* The incident, as query tells it. */
static bool fetch(const struct request *q, struct arena *a, struct incident *out)
{
    AUTO_BUF json = {0};
    uint8_t status = 0;
    struct wire_message m = {.type = WIRE_ASK,
                             .ask = {.what = STR("incident"), .argument = str_of(q->incident)}};
    struct rc rc = ask_socket(q->run, "query.sock", &m, &json, &status);
    if (rc_failed(rc)) {
        ask_complain("notice lint", q->run, "query.sock", rc);
        return false;
    }
    if (status != 0) {
        complain("notice lint", &json);
        return false;
    }
    rc = incident_decode(str_trim(buf_str(&json)), a, out);
    if (rc_failed(rc)) {
        cmd_complain("notice lint", "the incident", rc);
        return false;
    }
    return true;
}

static int report(const struct request *q, const struct lint_result *r)
{
    AUTO_BUF out = {0};
    if (q->json) {
        lint_print_json(&out, str_of(q->what), r);
    } else {
        lint_print(&out, str_of(q->what), r);
    }
    if (r->all == 0 && !q->json) {
        buf_puts(&out, q->incident == NULL
                           ? "nothing is refused; what the incident names was not looked for: "
                             "--incident ID does that\n"
                           : "nothing is refused\n");
    }
    return cmd_output(&out, r->all == 0 ? EXIT_RAN : EXIT_UNREAD);
}

static int lint(const struct request *q)
{
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    struct incident incident;
    struct str text;
    struct lint_result r;
    struct rc rc = file_load(q->what, LINT_MAX_BYTES, a, &text);
    if (rc_failed(rc)) {
        AUTO_BUF path = {0};
        escape_text(&path, str_of(q->what));
        buf_putc(&path, '\0');
        cmd_complain("notice lint", path.p, rc);
        return EXIT_UNREAD;
    }
    if (q->incident != NULL && !fetch(q, a, &incident)) {
        return EXIT_UNREAD;
    }
    struct lint_opts o = {.audience = q->audience,
                          .format = lint_guess_format(text),
                          .incident = q->incident == NULL ? NULL : &incident,
                          .now = clock_wall()};
    for (size_t i = 0; i < q->allow_count; i++) {
        o.institution[i] = str_of(q->allow[i]);
    }
    rc = lint_run(text, &o, a, &r);
    if (rc_failed(rc)) {
        cmd_complain("notice lint", "the notice was not checked: it", rc);
        return EXIT_UNREAD;
    }
    return report(q, &r);
}

static int run(int argc, char **argv, const char *verb, const char *what)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {.run = ASK_RUN_FOLDER};
    int status;
    if (!read_request(&o, &q, what)) {
        status = cmd_usage(verb, buf_str(&o.error));
    } else if (q.help) {
        status = print_help();
    } else {
        status = str_eq(str_of(what), STR("file")) ? lint(&q) : draft(&q);
    }
    opts_free(&o);
    return status;
}

int cmd_notice(int argc, char **argv)
{
    if (argc > 1 &&
        (str_eq(str_of(argv[1]), STR("--help")) || str_eq(str_of(argv[1]), STR("-h")))) {
        return print_help();
    }
    return cmd_usage("notice", STR("say what to do: tocsin notice draft, tocsin notice lint"));
}

int cmd_notice_draft(int argc, char **argv)
{
    return run(argc, argv, "notice draft", "incident");
}

int cmd_notice_lint(int argc, char **argv)
{
    return run(argc, argv, "notice lint", "file");
}
