/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_time.h"

/* Unix times are below these until the year 5138; above, the unit is a smaller one. */
static const uint64_t max_seconds = 100000000000, max_ms = 100000000000000,
                      max_us = 100000000000000000;

static struct walltime from_integer(uint64_t v)
{
    struct walltime t = {0};
    if (v < max_seconds) {
        t.us = (int64_t)v * 1000000;
    } else if (v < max_ms) {
        t.us = (int64_t)v * 1000;
        t.digits = 3;
    } else if (v < max_us) {
        t.us = (int64_t)v;
        t.digits = 6;
    } else {
        t.us = (int64_t)(v / 1000);
        t.below = (uint16_t)(v % 1000);
        t.digits = 9;
    }
    return t;
}

/* "1521911721.255387"; the fraction counts for seconds only. */
static bool parse_epoch(struct str s, struct walltime *out)
{
    size_t dot = str_find_char(s, '.');
    uint64_t whole;
    if (!str_to_u64(str_upto(s, dot), &whole)) {
        return false;
    }
    struct walltime t = from_integer(whole);
    struct str fraction = dot == SIZE_MAX ? STR("") : str_upto(str_from(s, dot + 1), 9);
    uint64_t ns = 0;
    if (fraction.n != 0 && !str_to_u64(fraction, &ns)) {
        return false;
    }
    if (whole < max_seconds && fraction.n != 0) {
        t.digits = (uint8_t)fraction.n;
        for (size_t i = fraction.n; i < 9; i++) {
            ns *= 10;
        }
        t.us += (int64_t)(ns / 1000);
        t.below = (uint16_t)(ns % 1000);
    }
    *out = t;
    return true;
}

/* Between 1 and 4 digits at *at; UINT32_MAX when there are none. */
static uint32_t digits(struct str s, size_t *at)
{
    uint32_t v = 0;
    size_t start = *at;
    while (*at < s.n && *at - start < 4 && str_is_digit(s.p[*at])) {
        v = v * 10 + (uint32_t)(s.p[(*at)++] - '0');
    }
    return *at == start ? UINT32_MAX : v;
}

/* "10/18/2020 2:17:17 AM" as .NET writes it for en-US. */
static bool parse_us(struct str s, struct walltime *out)
{
    static const char after[] = {'/', '/', ' ', ':', ':'};
    uint32_t v[6];
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(v); i++) {
        v[i] = digits(s, &at);
        if (v[i] == UINT32_MAX || (i < 5 && (at >= s.n || s.p[at++] != after[i]))) {
            return false;
        }
    }
    struct str half = str_trim(str_from(s, at));
    bool pm = str_eq_nocase(half, STR("PM")), am = str_eq_nocase(half, STR("AM"));
    if (v[0] < 1 || v[0] > 12 || v[1] < 1 || v[2] < 1601 ||
        v[1] > walltime_days_in_month((int32_t)v[2], v[0]) || v[3] > 23 || v[4] > 59 ||
        v[5] > 60 || (half.n != 0 && !am && !pm)) {
        return false;
    }
    uint32_t hour = am || pm ? v[3] % 12 + (pm ? 12 : 0) : v[3];
    *out = walltime_from_parts((struct walltime_parts){.year = (int32_t)v[2],
                                                       .month = (uint8_t)v[0],
                                                       .day = (uint8_t)v[1],
                                                       .hour = (uint8_t)hour,
                                                       .minute = (uint8_t)v[4],
                                                       .second = (uint8_t)v[5]});
    return true;
}

static bool iso_is_zoned(struct str s)
{
    struct str tail = str_from(s, 10);
    return s.n > 10 &&
           (str_lower(s.p[s.n - 1]) == 'z' || str_find_char(tail, '+') != SIZE_MAX ||
            str_find_char(tail, '-') != SIZE_MAX);
}

bool normal_time_parse(struct str s, struct walltime *out, bool *out_zoned)
{
    static const struct str date = STR_INIT("/Date("), date_end = STR_INIT(")/");
    s = str_trim(s);
    if (str_starts(s, date) && str_ends(s, date_end)) {
        s = str_upto(str_from(s, date.n), s.n - date.n - date_end.n);
    }
    if (s.n > 3 && str_ends(s, STR("UTC"))) { /* "2020-08-07 10:32:22 UTC" */
        if (!walltime_parse(str_trim(str_upto(s, s.n - 3)), out)) {
            return false;
        }
        *out_zoned = true;
        return true;
    }
    if (walltime_parse(s, out)) {
        *out_zoned = iso_is_zoned(s);
        return true;
    }
    if (parse_epoch(s, out)) {
        *out_zoned = true;
        return true;
    }
    if (parse_us(s, out)) {
        *out_zoned = false;
        return true;
    }
    return false;
}
