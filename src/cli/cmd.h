/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd - the verbs of the program. argv[0] is the verb. The value is the exit status.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/buf.h"

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
/* Write to standard output or error, escaped by whoever made it. */
void cmd_print(int fd, const struct buf *text);

#endif
