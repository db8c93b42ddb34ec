/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd - the verbs of the program. argv[0] is the verb. The value is the exit status.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/buf.h"
#include "base/rc.h"

enum exit_status {
    EXIT_RAN,
    EXIT_UNREAD,  /* ran, but inputs could not be read: they are listed */
    EXIT_USAGE,   /* the command line, or rules without which nothing can run */
    EXIT_MATCHED, /* --fail-on: a finding of that level or above */
};

int cmd_scan(int argc, char **argv);
int cmd_decode(int argc, char **argv);

/* "tocsin scan: text" and where to look next, on standard error; always EXIT_USAGE. */
int cmd_usage(const char *verb, struct str text);
/* Write to standard error, or where nobody can be told that it failed. Escaped by its maker. */
void cmd_print(int fd, const struct buf *text);
/*
 * cmd_output - what was asked for, to standard output, escaped by whoever made it. Returns
 * status, or EXIT_UNREAD, with a message, when it cannot be written. A reader that left is
 * fine.
 */
int cmd_output(const struct buf *text, int status);
/* "tocsin scan: text" on standard error; text is ours. */
void cmd_say(const char *verb, const char *text);
/* "tocsin scan: what: why" on standard error. */
void cmd_complain(const char *verb, const char *what, struct rc rc);

#endif
