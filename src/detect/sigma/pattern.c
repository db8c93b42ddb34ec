/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/pattern.h"

#include "base/walltime.h"

static bool compare_holds(enum comparison how, int order)
{
    switch (how) {
    case COMPARE_EQUAL:
        return order == 0;
    case COMPARE_LT:
        return order == -1;
    case COMPARE_LTE:
        return order == -1 || order == 0;
    case COMPARE_GT:
        return order == 1;
    case COMPARE_GTE:
        return order == 1 || order == 0;
    }
    return false;
}

/* Seconds, milli-, micro- or nanoseconds since 1970, told apart by their size. */
static struct walltime time_from_epoch(struct number n)
{
    struct walltime t = {.us = WALLTIME_NONE};
    if (n.kind == NUMBER_FLOAT && n.f > -1e11 && n.f < 1e11) {
        t.us = (int64_t)(n.f * 1e6);
    } else if (n.kind == NUMBER_SIGNED && n.i > -100000000000) {
        t.us = n.i * 1000000;
    } else if (n.kind == NUMBER_UNSIGNED) {
        uint64_t u = n.u; /* 1e11 seconds is the year 5138 */
        t.us = u < 100000000000ULL         ? (int64_t)u * 1000000
               : u < 100000000000000ULL    ? (int64_t)u * 1000
               : u < 100000000000000000ULL ? (int64_t)u
                                           : (int64_t)(u / 1000);
    }
    return t;
}

static struct number part_of(enum time_part part, struct walltime t)
{
    struct walltime_parts p = walltime_split(t);
    uint64_t value = 0;
    switch (part) {
    case TIME_MINUTE:
        value = p.minute;
        break;
    case TIME_HOUR:
        value = p.hour;
        break;
    case TIME_DAY:
        value = p.day;
        break;
    case TIME_WEEK:
        value = walltime_iso_week(t);
        break;
    case TIME_MONTH:
        value = p.month;
        break;
    case TIME_YEAR:
        if (p.year < 0) {
            return (struct number){.kind = NUMBER_SIGNED, .i = p.year};
        }
        value = (uint64_t)p.year;
        break;
    }
    return (struct number){.kind = NUMBER_UNSIGNED, .u = value};
}

static bool time_match(const struct pattern *p, struct subject *s)
{
    struct walltime t;
    if (!walltime_parse(subject_text(s), &t)) {
        t = time_from_epoch(subject_number(s));
    }
    return walltime_known(t) &&
           compare_holds(p->comparison, value_compare_numbers(part_of(p->part, t), p->number));
}

bool pattern_match(const struct pattern *p, struct subject *s)
{
    switch (p->kind) {
    case PATTERN_GLOB:
        return glob_match(p->glob, p->cased ? subject_text(s) : subject_folded(s));
    case PATTERN_CIDR:
        return cidr_holds(&p->cidr, subject_text(s));
    case PATTERN_NUMBER:
        return compare_holds(p->comparison,
                             value_compare_numbers(subject_number(s), p->number));
    case PATTERN_TIME:
        return time_match(p, s);
    case PATTERN_REGEX:
        return regex_match(&p->regex, s);
    }
    return false;
}

struct str pattern_needle(const struct pattern *p, bool *out_whole)
{
    *out_whole = false;
    if (p->kind == PATTERN_REGEX) {
        return p->regex.needle;
    }
    if (p->kind != PATTERN_GLOB || p->cased) {
        return STR("");
    }
    *out_whole = glob_shape(p->glob) == GLOB_CONTAINS;
    return glob_needle(p->glob);
}

static void glob_key(struct glob g, struct buf *out)
{
    for (uint32_t i = 0; i < g.count; i++) {
        buf_putc(out, (char)('0' + (int)g.tokens[i].kind));
        buf_lstr(out, g.tokens[i].literal);
    }
}

void pattern_key(const struct pattern *p, struct buf *out)
{
    buf_putc(out, (char)('a' + (int)p->kind));
    buf_putc(out, p->cased ? 'c' : 'f');
    buf_le(out, (uint64_t)p->comparison << 8 | (uint64_t)p->part, 2);
    switch (p->kind) {
    case PATTERN_GLOB:
        buf_le(out, p->glob.count, 4);
        glob_key(p->glob, out);
        break;
    case PATTERN_REGEX:
        buf_le(out, p->regex.flags, 4);
        buf_lstr(out, str_of(p->regex.text));
        break;
    case PATTERN_CIDR:
        buf_le(out, (uint64_t)p->cidr.bytes << 8 | p->cidr.prefix_bits, 2);
        buf_put(out, (struct str){(const char *)p->cidr.address, p->cidr.bytes});
        break;
    case PATTERN_NUMBER:
    case PATTERN_TIME: {
        uint64_t bits = p->number.u;
        if (p->number.kind == NUMBER_FLOAT) {
            memcpy(&bits, &p->number.f, sizeof(bits));
        }
        buf_le(out, (uint64_t)p->number.kind, 1);
        buf_le(out, bits, 8);
        break;
    }
    }
}

static uint32_t glob_rarity(struct glob g)
{
    enum { LONGEST = 24 };
    uint32_t n = 0;
    for (uint32_t i = 0; i < g.count; i++) {
        n += g.tokens[i].literal.n > LONGEST ? LONGEST : (uint32_t)g.tokens[i].literal.n;
        n += g.tokens[i].kind == TOKEN_DASH;
    }
    uint32_t longest = (uint32_t)(glob_needle(g).n > LONGEST ? LONGEST : glob_needle(g).n);
    switch (glob_shape(g)) {
    case GLOB_EXACT:
        return n + 4;
    case GLOB_PREFIX:
    case GLOB_SUFFIX:
        return n + 2;
    case GLOB_CONTAINS:
    case GLOB_MIXED:
        return longest;
    case GLOB_PRESENT:
        break;
    }
    return 0;
}

uint32_t pattern_rarity(const struct pattern *p)
{
    switch (p->kind) {
    case PATTERN_GLOB:
        return glob_rarity(p->glob);
    case PATTERN_REGEX: /* it also costs a scan of its own */
        return p->regex.needle.n > 16 ? 12 : (uint32_t)p->regex.needle.n * 3 / 4;
    case PATTERN_CIDR:
        return 1 + p->cidr.prefix_bits / 8U;
    case PATTERN_NUMBER:
        return p->comparison == COMPARE_EQUAL ? 6 : 1;
    case PATTERN_TIME:
        return 1;
    }
    return 0;
}
