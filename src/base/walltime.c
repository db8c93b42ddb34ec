/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/walltime.h"

static const int64_t us_per_second = 1000000;
static const int64_t seconds_per_day = 86400;

/* Days since 1970-01-01. src: Howard Hinnant, chrono-compatible low-level date algorithms */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year =
        (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, struct walltime_parts *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    out->day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1);
    out->month = (uint8_t)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int32_t)(yoe + era * 400 + (out->month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct walltime walltime_from_filetime(uint64_t ticks)
{
    const int64_t epoch_ticks = 116444736000000000;
    int64_t since = (int64_t)(ticks >> 1) - epoch_ticks / 2; /* halved: no overflow */
    int64_t us = floor_div(since, 5);
    uint64_t tenth = (uint64_t)(since - us * 5) * 2 + (ticks & 1);
    return (struct walltime){.us = us, .below = (uint16_t)(tenth * 100), .digits = 7};
}

struct walltime walltime_from_unix(int64_t seconds)
{
    int64_t us;
    if (__builtin_mul_overflow(seconds, us_per_second, &us)) {
        return (struct walltime){.us = WALLTIME_NONE};
    }
    return (struct walltime){.us = us};
}

struct walltime walltime_from_parts(struct walltime_parts p)
{
    int64_t days = days_from_date(p.year, p.month, p.day);
    return walltime_from_unix(days * seconds_per_day + (int64_t)p.hour * 3600 +
                              (int64_t)p.minute * 60 + p.second);
}

struct walltime_parts walltime_split(struct walltime t)
{
    struct walltime_parts out = {0};
    int64_t seconds = floor_div(t.us, us_per_second);
    int64_t days = floor_div(seconds, seconds_per_day);
    int64_t rest = seconds - days * seconds_per_day;
    date_from_days(days, &out);
    out.hour = (uint8_t)(rest / 3600);
    out.minute = (uint8_t)(rest / 60 % 60);
    out.second = (uint8_t)(rest % 60);
    return out;
}

unsigned walltime_days_in_month(int32_t year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    check(month >= 1 && month <= COUNT_OF(days));
    return month == 2 && leap ? 29 : days[month - 1];
}

unsigned walltime_iso_week(struct walltime t)
{
    int64_t days = floor_div(floor_div(t.us, us_per_second), seconds_per_day);
    int64_t weekday = ((days + 3) % 7 + 7) % 7; /* Monday 0; 1970-01-01 was a Thursday */
    int64_t thursday = days - weekday + 3;
    struct walltime_parts p = {0};
    date_from_days(thursday, &p);
    return (unsigned)((thursday - days_from_date(p.year, 1, 1)) / 7 + 1);
}

struct scan {
    struct str s;
    size_t at;
    bool bad;
};

static unsigned number(struct scan *c, unsigned width, unsigned max)
{
    unsigned v = 0;
    for (unsigned i = 0; i < width; i++) {
        if (c->at >= c->s.n || !str_is_digit(c->s.p[c->at])) {
            c->bad = true;
            return 0;
        }
        v = v * 10 + (unsigned)(c->s.p[c->at++] - '0');
    }
    c->bad |= v > max;
    return v;
}

static bool accept(struct scan *c, char want)
{
    if (c->at < c->s.n && c->s.p[c->at] == want) {
        c->at++;
        return true;
    }
    return false;
}

static void expect(struct scan *c, char want)
{
    c->bad |= !accept(c, want);
}

static void fraction(struct scan *c, struct walltime *t)
{
    uint32_t ns = 0, digits = 0;
    while (c->at < c->s.n && str_is_digit(c->s.p[c->at])) {
        if (digits < 9) {
            ns = ns * 10 + (uint32_t)(c->s.p[c->at] - '0');
            digits++;
        }
        c->at++;
    }
    c->bad |= digits == 0;
    t->digits = (uint8_t)digits;
    for (; digits < 9; digits++) {
        ns *= 10;
    }
    t->us += ns / 1000;
    t->below = (uint16_t)(ns % 1000);
}

/* "Z", "+02:00", "-0330", "+02" or nothing. */
static void offset(struct scan *c, struct walltime *t)
{
    if (c->at == c->s.n || accept(c, 'Z') || accept(c, 'z')) {
        return;
    }
    int64_t sign = accept(c, '-') ? -1 : 1;
    if (sign == 1) {
        expect(c, '+');
    }
    unsigned hours = number(c, 2, 23), minutes = 0;
    if (c->at < c->s.n) {
        (void)accept(c, ':');
        minutes = number(c, 2, 59);
    }
    t->us -= sign * ((int64_t)hours * 3600 + (int64_t)minutes * 60) * us_per_second;
}

bool walltime_parse(struct str s, struct walltime *out)
{
    struct scan c = {.s = s};
    struct walltime_parts p = {0};
    p.year = (int32_t)number(&c, 4, 9999);
    expect(&c, '-');
    p.month = (uint8_t)number(&c, 2, 12);
    expect(&c, '-');
    p.day = (uint8_t)number(&c, 2, 31);
    if (c.bad || p.month == 0 || p.day == 0 ||
        p.day > walltime_days_in_month(p.year, p.month)) {
        return false;
    }
    struct walltime t = walltime_from_parts(p);
    if (c.at < s.n) {
        if (!accept(&c, 'T') && !accept(&c, 't')) {
            expect(&c, ' ');
        }
        int64_t hour = number(&c, 2, 23);
        expect(&c, ':');
        int64_t minute = number(&c, 2, 59);
        int64_t second = accept(&c, ':') ? number(&c, 2, 60) : 0;
        t.us += (hour * 3600 + minute * 60 + second) * us_per_second;
        if (accept(&c, '.') || accept(&c, ',')) {
            fraction(&c, &t);
        }
        (void)accept(&c, ' ');
        offset(&c, &t);
    }
    if (c.bad || c.at != s.n) {
        return false;
    }
    *out = t;
    return true;
}

void walltime_format(struct buf *out, struct walltime t)
{
    if (!walltime_known(t)) {
        buf_putc(out, '-');
        return;
    }
    struct walltime_parts p = walltime_split(t);
    buf_printf(out, "%04d-%02u-%02uT%02u:%02u:%02u", p.year, p.month, p.day, p.hour, p.minute,
               p.second);
    if (t.digits != 0) {
        int64_t us = t.us - floor_div(t.us, us_per_second) * us_per_second;
        char digits[16];
        struct buf tail = {.p = digits, .room = sizeof(digits), .cap = sizeof(digits)};
        buf_printf(&tail, "%09u", (unsigned)(us * 1000 + t.below));
        buf_putc(out, '.');
        buf_put(out, str_upto(buf_str(&tail), t.digits));
    }
    buf_putc(out, 'Z');
}
