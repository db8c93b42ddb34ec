/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/arg.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool arg_logsource(const char *value, struct logsource_arg *out)
{
    struct str parts[3] = {0};
    struct str left = str_of(value);
    if (left.n == 0 || left.n > sizeof(out->text)) {
        return false;
    }
    for (size_t i = 0; i < left.n; i++) {
        out->text[i] = str_lower(left.p[i]);
    }
    left.p = out->text;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        size_t slash = str_find_char(left, '/');
        parts[i] = str_upto(left, slash);
        if (slash == SIZE_MAX) {
            left = (struct str){0};
            break;
        }
        left = str_from(left, slash + 1);
    }
    if (left.n != 0) {
        return false;
    }
    out->given = true;
    out->row =
        (struct logsource){.product = parts[0], .categories = {parts[1]}, .service = parts[2]};
    return parts[0].n + parts[1].n + parts[2].n > 0;
}

bool arg_count(const char *value, unsigned max, unsigned *out)
{
    uint64_t n = 0;
    if (!str_to_u64(str_of(value), &n) || n == 0 || n > max) {
        return false;
    }
    *out = (unsigned)n;
    return true;
}

bool arg_time(const char *value, bool end, struct walltime *out)
{
    struct walltime t;
    if (!walltime_parse(str_of(value), &t)) {
        return false;
    }
    bool date_only = str_find_char(str_of(value), ':') == SIZE_MAX;
    if (end && date_only) {
        t.us += INT64_C(86400) * 1000000;
    }
    *out = t;
    return true;
}

unsigned arg_processors(unsigned max)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : (unsigned)count > max ? max : (unsigned)count;
}

unsigned arg_columns(int fd)
{
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool arg_colour(int fd)
{
    const char *no = secure_getenv("NO_COLOR");
    const char *term = secure_getenv("TERM");
    bool dumb = term != NULL && str_eq(str_of(term), STR("dumb"));
    return isatty(fd) && (no == NULL || no[0] == '\0') && !dumb;
}
