/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/style.h"

#include "base/escape.h"

void style_on(struct buf *out, bool colour, enum style style)
{
    static const char *const codes[STYLE_COUNT] = {
        [STYLE_BOLD] = "\033[1m",
        [STYLE_DIM] = "\033[2m",
        [STYLE_GOOD] = "\033[32m",
        [STYLE_WARN] = "\033[33m",
    };
    check(style < STYLE_COUNT);
    if (colour) {
        buf_puts(out, codes[style]);
    }
}

/* The words carry the meaning; colour only helps the eye. */
void style_level_on(struct buf *out, bool colour, enum level level)
{
    static const char *const codes[LEVEL_COUNT] = {
        [LEVEL_INFORMATIONAL] = "\033[2m",  [LEVEL_LOW] = "\033[36m",
        [LEVEL_MEDIUM] = "\033[33m",        [LEVEL_HIGH] = "\033[1;31m",
        [LEVEL_CRITICAL] = "\033[1;97;41m",
    };
    check(level < LEVEL_COUNT);
    if (colour) {
        buf_puts(out, codes[level]);
    }
}

void style_off(struct buf *out, bool colour)
{
    if (colour) {
        buf_puts(out, "\033[0m");
    }
}

struct str style_level_word(enum level level)
{
    static const struct str words[LEVEL_COUNT] = {
        [LEVEL_INFORMATIONAL] = STR_INIT("INFO"), [LEVEL_LOW] = STR_INIT("LOW"),
        [LEVEL_MEDIUM] = STR_INIT("MEDIUM"),      [LEVEL_HIGH] = STR_INIT("HIGH"),
        [LEVEL_CRITICAL] = STR_INIT("CRITICAL"),
    };
    check(level < LEVEL_COUNT);
    return words[level];
}

void style_number(struct buf *out, uint64_t v)
{
    char digits[20];
    struct buf b = {.p = digits, .room = sizeof(digits), .cap = sizeof(digits)};
    buf_u64(&b, v);
    for (size_t i = 0; i < b.n; i++) {
        if (i != 0 && (b.n - i) % 3 == 0) {
            buf_putc(out, ',');
        }
        buf_putc(out, b.p[i]);
    }
}

void style_count(struct buf *out, uint64_t v, const char *one, const char *many)
{
    style_number(out, v);
    buf_putc(out, ' ');
    buf_puts(out, v == 1 ? one : many);
}

void style_bytes(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t whole = bytes, tenth = 0;
    while (whole >= 1000) {
        tenth = whole % 1000 / 100;
        whole /= 1000;
        unit++;
    }
    buf_u64(out, whole);
    if (unit > 0 && whole < 100) {
        buf_printf(out, ".%u", (unsigned)tenth);
    }
    buf_printf(out, " %s", units[unit]);
}

void style_duration(struct buf *out, uint64_t ns)
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
    uint64_t s = ns / 1000000000;
    unsigned long long whole = s;
    if (s == 0) {
        buf_printf(out, "%u ms", (unsigned)(ns / 1000000));
    } else if (s < 10) {
        buf_printf(out, "%llu.%u s", whole, (unsigned)(ns % 1000000000 / 100000000));
    } else if (s < MINUTE) {
        buf_printf(out, "%llu s", whole);
    } else if (s < HOUR) {
        buf_printf(out, "%llu min %llu s", whole / MINUTE, whole % MINUTE);
    } else if (s < DAY) {
        buf_printf(out, "%llu h %llu min", whole / HOUR, whole % HOUR / MINUTE);
    } else {
        style_number(out, s / DAY);
        buf_printf(out, " d %llu h", whole % DAY / HOUR);
    }
}

void style_time(struct buf *out, struct walltime t)
{
    if (!walltime_known(t)) {
        buf_puts(out, "unknown time");
        return;
    }
    struct walltime_parts p = walltime_split(t);
    buf_printf(out, "%04d-%02u-%02u %02u:%02u:%02u", p.year, p.month, p.day, p.hour, p.minute,
               p.second);
}

void style_cell(struct buf *out, struct str s, size_t width, enum style_align align)
{
    size_t takes = escape_width(s);
    size_t fill = takes < width ? width - takes : 0;
    if (align == STYLE_RIGHT) {
        buf_fill(out, ' ', fill);
    }
    size_t start = out->n;
    escape_columns(out, s, width);
    if (takes > width) {
        /* a wide character that did not fit leaves a column */
        size_t used =
            out->n == start ? 0 : escape_width((struct str){out->p + start, out->n - start});
        fill = used < width ? width - used : 0;
    }
    if (align == STYLE_LEFT) {
        buf_fill(out, ' ', fill);
    }
}

void style_cell_end(struct buf *out, struct str s, size_t width)
{
    enum { POINT_BYTES_MAX = 4 };
    if (escape_width(s) <= width) {
        escape_text(out, s);
        return;
    }
    s = str_from(s, s.n > POINT_BYTES_MAX * width ? s.n - POINT_BYTES_MAX * width : 0);
    while (s.n > 0 && (((unsigned char)s.p[0] & 0xC0) == 0x80 || escape_width(s) + 1 > width)) {
        s = str_from(s, 1);
    }
    if (width > 0) {
        buf_puts(out, "\xE2\x80\xA6");
    }
    escape_text(out, s);
}
