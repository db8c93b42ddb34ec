/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * opts - the command line, by a table that is also the help text. Options and paths may be
 * mixed; "--" ends options; "-" is a path.
 */
#ifndef CLI_OPTS_H
#define CLI_OPTS_H

#include "base/buf.h"

struct opt {
    char letter;          /* 0: none */
    const char *name;     /* without the dashes */
    const char *argument; /* "FILE"; NULL: a flag */
    const char *help;
};

struct opts {
    const struct opt *table;
    size_t count;
    int argc; /* words left in argv */
    char *const *argv;
    bool only_paths;   /* "--" was seen */
    const char *value; /* of the option or the path that was just read */
    struct buf error;  /* what is wrong, for people */
};

/* What opts_next read: an index into the table, or one of these. */
enum { OPTS_PATH = -1, OPTS_END = -2, OPTS_BAD = -3 };

int opts_next(struct opts *o);
void opts_free(struct opts *o);
/* "  -r, --rules PATH   help\n" for each row. */
void opts_help(const struct opt *table, size_t count, struct buf *out);
/* Says that value does not fit and what would; always OPTS_BAD. */
int opts_bad_value(struct opts *o, size_t option, const char *wanted);

#endif
