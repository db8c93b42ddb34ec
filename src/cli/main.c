/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/escape.h"
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/cmd_contain.h"
#include "cli/cmd_evidence.h"
#include "cli/cmd_notice.h"
#include "cli/cmd_release.h"
#include "cli/cmd_rules.h"
#include "cli/cmd_rules_test.h"
#include "cli/cmd_watch.h"

#include <signal.h>
#include <unistd.h>

/* A verb, or a verb of two words. */
struct verb {
    const char *word, *second;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct verb verbs[] = {
    {"scan", NULL, cmd_scan, "find attacks in evidence: EVTX, JSON, syslog, text"},
    {"decode", NULL, cmd_decode, "print the events of evidence as rules see them"},
    {"rules", "check", cmd_rules_check, "read Sigma rules and say what is wrong with them"},
    {"rules", "list", cmd_rules_list, "list rules"},
    {"rules", "explain", cmd_rules_explain, "say item by item why a rule did or did not match"},
    {"rules", "test", cmd_rules_test, "run rules against files of events that they must match"},
    {"evidence", "verify", cmd_evidence_verify, "check that a ledger is whole and unchanged"},
    {"evidence", "prove", cmd_evidence_prove, "write a finding, its records and their proofs"},
    {"evidence", "show", cmd_evidence_show, "print an entry of a ledger"},
    {"notice", "draft", cmd_notice_draft, "draft what is told about an incident"},
    {"notice", "lint", cmd_notice_lint, "say what a notice must not say"},
    {"notice", NULL, cmd_notice, "how notices come about"},
    {"status", NULL, cmd_status, "how things stand: incidents, raids, processes"},
    {"incident", "list", cmd_incident_list, "list incidents"},
    {"incident", "show", cmd_incident_show, "one incident: effects, actions, tasks, reasons"},
    {"contain", NULL, cmd_contain, "block an address, suspend an account, for a time"},
    {"release", NULL, cmd_release, "end what contains an address or an account"},
    {"actions", NULL, cmd_actions, "what is done to contain attacks, and until when"},
};

static void put_usage(struct buf *out)
{
    buf_puts(out, "tocsin VERB [OPTION]… \n\n");
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        const struct verb *v = &verbs[i];
        size_t start = out->n;
        buf_printf(out, "  tocsin %s%s%s", v->word, v->second == NULL ? "" : " ",
                   v->second == NULL ? "" : v->second);
        buf_fill(out, ' ', out->n - start < 24 ? 24 - (out->n - start) : 1);
        buf_puts(out, v->summary);
        buf_putc(out, '\n');
    }
    buf_puts(out, "\nTo begin: tocsin scan FOLDER\n"
                  "More about a verb: tocsin help VERB; the version: tocsin --version\n");
}

static int usage_asked_for(void)
{
    AUTO_BUF out = {0};
    put_usage(&out);
    return cmd_output(&out, EXIT_RAN);
}

static int usage_wrong(void)
{
    AUTO_BUF out = {0};
    put_usage(&out);
    cmd_print(STDERR_FILENO, &out);
    return EXIT_USAGE;
}

static int unknown(const char *word)
{
    AUTO_BUF out = {0};
    buf_puts(&out, "tocsin: there is no verb \"");
    escape_text(&out, str_of(word));
    buf_puts(&out, "\"\n\n");
    put_usage(&out);
    cmd_print(STDERR_FILENO, &out);
    return EXIT_USAGE;
}

/* The verb that the words begin with, or NULL. */
static const struct verb *find(int argc, char **argv)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        const struct verb *v = &verbs[i];
        if (!str_eq(str_of(v->word), str_of(argv[0]))) {
            continue;
        }
        if (v->second == NULL || (argc > 1 && str_eq(str_of(v->second), str_of(argv[1])))) {
            return v;
        }
    }
    return NULL;
}

static int help(int argc, char **argv)
{
    const struct verb *v = argc > 0 ? find(argc, argv) : NULL;
    if (v == NULL) {
        return argc > 0 ? unknown(argv[0]) : usage_asked_for();
    }
    char word[] = "--help";
    char *last = argv[v->second != NULL];
    char *words[] = {last, word, NULL};
    return v->run(2, words);
}

static bool is(const char *word, const char *a, const char *b)
{
    return str_eq(str_of(word), str_of(a)) || str_eq(str_of(word), str_of(b));
}

int main(int argc, char **argv)
{
    /* a reader that went away is an error of write, not the end of us */
    (void)signal(SIGPIPE, SIG_IGN);
    file_hold_standard();
    if (argc < 2) {
        return usage_wrong();
    }
    if (is(argv[1], "--version", "version")) {
        AUTO_BUF out = {0};
        buf_puts(&out, "tocsin " TOCSIN_VERSION "\n");
        return cmd_output(&out, EXIT_RAN);
    }
    if (is(argv[1], "--help", "-h")) {
        return usage_asked_for();
    }
    if (is(argv[1], "help", "help")) {
        return help(argc - 2, argv + 2);
    }
    const struct verb *v = find(argc - 1, argv + 1);
    if (v == NULL) {
        return unknown(argv[1]);
    }
    int skip = v->second == NULL ? 1 : 2;
    return v->run(argc - skip, argv + skip);
}
