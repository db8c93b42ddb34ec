/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ask_cmd - what the verbs that ask query have in common: their options, the question, and the
 * answer as JSON or as a page.
 */
#ifndef CLI_ASK_CMD_H
#define CLI_ASK_CMD_H

#include "cli/sheet.h"

struct ask_cmd {
    const char *verb;     /* "incident show" */
    const char *what;     /* the question */
    const char *summary;  /* one line for --help */
    const char *argument; /* "ID", which must be given; NULL: none may be */
    /* Writes the page; false when the answer is not what it should be. */
    bool (*print)(struct sheet *s, struct str json);
};

/* The exit status. */
int ask_cmd_run(int argc, char **argv, const struct ask_cmd *c);

#endif
