/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/syslog_time.h"

/* Reads forward; a mismatch sets bad, which sticks. */
struct scan {
    struct str s;
    size_t at;
    bool bad;
};

static void want(struct scan *c, char wanted)
{
    if (c->at < c->s.n && c->s.p[c->at] == wanted) {
        c->at++;
    } else {
        c->bad = true;
    }
}

static bool accept(struct scan *c, char wanted)
{
    bool is = c->at < c->s.n && c->s.p[c->at] == wanted;
    c->at += is;
    return is;
}

/* One to max_width digits. */
static uint32_t number(struct scan *c, unsigned max_width)
{
    uint32_t v = 0;
    unsigned width = 0;
    while (width < max_width && c->at < c->s.n && str_is_digit(c->s.p[c->at])) {
        v = v * 10 + (uint32_t)(c->s.p[c->at++] - '0');
        width++;
    }
    c->bad |= width == 0;
    return v;
}

/* 1 to count; 0 and bad when none fits. */
static uint8_t word(struct scan *c, const char *words, uint8_t count)
{
    struct str three = str_upto(str_from(c->s, c->at), 3);
    for (uint8_t i = 0; i < count; i++) {
        if (str_eq_nocase(three, (struct str){words + (size_t)3 * i, 3})) {
            c->at += 3;
            return (uint8_t)(i + 1);
        }
    }
    c->bad = true;
    return 0;
}

static uint8_t month(struct scan *c)
{
    return word(c, "JanFebMarAprMayJunJulAugSepOctNovDec", 12);
}

/* "15:16:01", the hour with one digit too. */
static void time_of_day(struct scan *c, struct walltime_parts *p)
{
    uint32_t hour = number(c, 2);
    want(c, ':');
    uint32_t minute = number(c, 2);
    want(c, ':');
    uint32_t second = number(c, 2);
    c->bad |= hour > 23 || minute > 59 || second > 60;
    p->hour = (uint8_t)hour;
    p->minute = (uint8_t)minute;
    p->second = (uint8_t)second;
}

static bool finish(const struct scan *c, const struct walltime_parts *p, struct walltime *out)
{
    enum { LEAP_YEAR = 2000 };
    int32_t year = p->year == 0 ? LEAP_YEAR : p->year;
    if (c->bad || p->month == 0 || p->day == 0 ||
        p->day > walltime_days_in_month(year, p->month)) {
        return false;
    }
    *out = p->year == 0 ? (struct walltime){.us = WALLTIME_NONE} : walltime_from_parts(*p);
    return true;
}

static void fraction(struct scan *c, struct walltime *t)
{
    size_t start = c->at;
    uint32_t ns = 0, digits = 0;
    while (c->at < c->s.n && str_is_digit(c->s.p[c->at])) {
        ns = digits < 9 ? ns * 10 + (uint32_t)(c->s.p[c->at] - '0') : ns;
        digits += digits < 9;
        c->at++;
    }
    if (c->at == start || !walltime_known(*t)) {
        return;
    }
    t->digits = (uint8_t)digits;
    for (; digits < 9; digits++) {
        ns *= 10;
    }
    t->us += ns / 1000;
    t->below = (uint16_t)(ns % 1000);
}

static void blanks(struct scan *c)
{
    want(c, ' ');
    while (accept(c, ' ')) {
    }
}

/* A log that was last written in January holds what happened in December. */
static int32_t guess_year(struct walltime_parts p, int64_t latest_s)
{
    enum {
        SLACK_S = 86400,
        YEARS = 8, /* from one 29 February to the next at most */
    };
    const int64_t year_10000_s = 253402300800; /* a file may say that it is from any time */
    if (latest_s <= 0 || latest_s >= year_10000_s) {
        return 0;
    }
    struct walltime last = walltime_from_unix(latest_s + SLACK_S);
    p.year = walltime_split(last).year;
    for (int i = 0; i <= YEARS; i++, p.year--) {
        if (p.day <= walltime_days_in_month(p.year, p.month) &&
            walltime_from_parts(p).us <= last.us) {
            return p.year;
        }
    }
    return 0;
}

size_t syslog_time_3164(struct str s, int64_t latest_s, struct walltime *out)
{
    struct scan c = {.s = s};
    struct walltime_parts p = {0};
    struct walltime t;
    p.month = month(&c);
    blanks(&c);
    p.day = (uint8_t)number(&c, 2);
    blanks(&c);
    size_t before = c.at;
    uint32_t year = number(&c, 4);
    if (!c.bad && c.at - before == 4 && accept(&c, ' ')) {
        p.year = (int32_t)year;
    } else {
        c.at = before;
    }
    time_of_day(&c, &p);
    if (!finish(&c, &p, &t)) {
        return 0;
    }
    if (p.year == 0) {
        p.year = guess_year(p, latest_s);
        (void)finish(&c, &p, &t);
    }
    if (c.at + 1 < s.n && s.p[c.at] == '.' && str_is_digit(s.p[c.at + 1])) {
        c.at++;
        fraction(&c, &t);
    }
    *out = t;
    return c.at;
}

size_t syslog_time_ctime(struct str s, struct walltime *out)
{
    struct scan c = {.s = s};
    struct walltime_parts p = {0};
    struct walltime t;
    (void)word(&c, "MonTueWedThuFriSatSun", 7);
    blanks(&c);
    p.month = month(&c);
    blanks(&c);
    p.day = (uint8_t)number(&c, 2);
    blanks(&c);
    time_of_day(&c, &p);
    blanks(&c);
    p.year = (int32_t)number(&c, 4);
    if (!finish(&c, &p, &t) || p.year == 0) {
        return 0;
    }
    *out = t;
    return c.at;
}

size_t syslog_time_clf(struct str s, struct walltime *out)
{
    struct scan c = {.s = s};
    struct walltime_parts p = {0};
    struct walltime t;
    p.day = (uint8_t)number(&c, 2);
    want(&c, '/');
    p.month = month(&c);
    want(&c, '/');
    p.year = (int32_t)number(&c, 4);
    want(&c, ':');
    time_of_day(&c, &p);
    want(&c, ' ');
    bool minus = c.at < s.n && s.p[c.at] == '-';
    want(&c, minus ? '-' : '+');
    int64_t hours = number(&c, 2);
    int64_t minutes = number(&c, 2);
    if (!finish(&c, &p, &t) || p.year == 0) {
        return 0;
    }
    t.us -= (minus ? -1 : 1) * (hours * 3600 + minutes * 60) * 1000000;
    *out = t;
    return c.at;
}

size_t syslog_time_epoch(struct str s, struct walltime *out)
{
    struct scan c = {.s = s};
    uint64_t seconds = 0;
    while (c.at < s.n && c.at < 11 && str_is_digit(s.p[c.at])) {
        seconds = seconds * 10 + (uint64_t)(s.p[c.at++] - '0');
    }
    if (c.at == 0) {
        return 0;
    }
    struct walltime t = walltime_from_unix((int64_t)seconds);
    if (accept(&c, '.')) {
        fraction(&c, &t);
    }
    *out = t;
    return c.at;
}

/* n hex digits at p; false when one is none. */
static bool hex(const char *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = str_hex_digit(p[i]);
        if (digit < 0) {
            return false;
        }
        v = v << 4 | (uint64_t)digit;
    }
    *out = v;
    return true;
}

size_t syslog_time_tai64n(struct str s, struct walltime *out)
{
    enum { LABEL_BYTES = 25 };
    const uint64_t epoch = UINT64_C(1) << 62;
    /* TAI was 10 s ahead of UTC in 1970; later leap seconds are not counted here. */
    const uint64_t tai_offset_s = 10;
    uint64_t seconds, ns;
    if (s.n < LABEL_BYTES || s.p[0] != '@' || !hex(s.p + 1, 16, &seconds) ||
        !hex(s.p + 17, 8, &ns) || seconds < epoch + tai_offset_s || ns > 999999999 ||
        seconds - epoch > UINT32_MAX * UINT64_C(4)) {
        return 0;
    }
    struct walltime t = walltime_from_unix((int64_t)(seconds - epoch - tai_offset_s));
    t.us += (int64_t)(ns / 1000);
    t.below = (uint16_t)(ns % 1000);
    t.digits = 9;
    *out = t;
    return LABEL_BYTES;
}
