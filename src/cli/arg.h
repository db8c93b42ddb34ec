/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arg - values of options that several verbs take.
 */
#ifndef CLI_ARG_H
#define CLI_ARG_H

#include "decode/source.h"

/* Not to be copied: row points into text. */
struct logsource_arg {
    bool given;
    struct logsource row;
    char text[128];
};

/* PRODUCT/CATEGORY/SERVICE in any case; parts may be empty or missing at the end. */
MUST_USE bool arg_logsource(const char *value, struct logsource_arg *out);
/* A whole number from 1 to max. */
MUST_USE bool arg_count(const char *value, unsigned max, unsigned *out);
/* A date or time as RFC 3339 has it; a date alone is its first moment, with `end` that of the
 * next day. */
MUST_USE bool arg_time(const char *value, bool end, struct walltime *out);
/* Processors that this process may use, at least 1. */
unsigned arg_processors(unsigned max);
/* Columns of the terminal at fd, or 80. */
unsigned arg_columns(int fd);
/* May it be coloured? A terminal, and no NO_COLOR. src: no-color.org */
bool arg_colour(int fd);

#endif
