/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "oracle_value.h"

#include "oracle_text.h"

#include "base/heap.h"
#include "base/walltime.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

struct prepared {
    const struct rule_value *source;
    struct oracle_text *texts[ORACLE_TEXT_MAX]; /* alternatives: any may match */
    size_t text_count;
};

struct oracle_item {
    const struct rule_item *source;
    struct prepared *values;
};

static bool has(const struct rule_item *i, enum modifier m)
{
    for (uint32_t k = 0; k < i->modifier_count; k++) {
        if (i->modifiers[k] == m) {
            return true;
        }
    }
    return false;
}

static bool has_any(const struct rule_item *i, enum modifier first, enum modifier last)
{
    bool any = false;
    for (unsigned m = first; m <= last; m++) {
        any |= has(i, (enum modifier)m);
    }
    return any;
}

struct oracle_item *oracle_item_open(const struct rule_item *source)
{
    struct oracle_item *item = heap_zalloc(1, sizeof(*item));
    item->source = source;
    item->values = heap_zalloc(source->value_count, sizeof(*item->values));
    for (uint32_t i = 0; i < source->value_count; i++) {
        struct prepared *p = &item->values[i];
        p->source = &source->values[i];
        bool textual = p->source->kind == RULE_VALUE_TEXT ||
                       (source->field.n == 0 && p->source->kind != RULE_VALUE_NULL);
        if (textual && !has(source, MODIFIER_CIDR) && !has(source, MODIFIER_FIELDREF)) {
            p->text_count = oracle_text_open(source, p->source->text, p->texts);
        }
    }
    return item;
}

void oracle_item_close(struct oracle_item *item)
{
    for (uint32_t i = 0; i < item->source->value_count; i++) {
        for (size_t t = 0; t < item->values[i].text_count; t++) {
            oracle_text_close(item->values[i].texts[t]);
        }
    }
    heap_free(item->values);
    heap_free(item);
}

struct str oracle_item_field(const struct oracle_item *item)
{
    return item->source->field;
}

size_t oracle_item_count(const struct oracle_item *item)
{
    return item->source->value_count;
}

bool oracle_item_needs_all(const struct oracle_item *item)
{
    return has(item->source, MODIFIER_ALL);
}

bool oracle_item_negated(const struct oracle_item *item)
{
    return has(item->source, MODIFIER_NEQ);
}

enum oracle_kind oracle_item_kind(const struct oracle_item *item, size_t which)
{
    if (item->source->field.n == 0) {
        return ORACLE_KEYWORD;
    }
    if (has(item->source, MODIFIER_EXISTS)) {
        return ORACLE_EXISTS;
    }
    if (has(item->source, MODIFIER_FIELDREF)) {
        return ORACLE_FIELDREF;
    }
    return item->source->values[which].kind == RULE_VALUE_NULL ? ORACLE_NULL : ORACLE_VALUE;
}

bool oracle_item_wants_presence(const struct oracle_item *item, size_t which)
{
    return item->source->values[which].b;
}

struct str oracle_item_reference(const struct oracle_item *item, size_t which)
{
    return item->source->values[which].text;
}

/* A number as C's own parsers see it. */
struct parsed {
    bool ok, integral, negative;
    unsigned long long magnitude;
    double real;
};

static struct parsed parse(struct str s)
{
    struct parsed out = {0};
    char copy[600], *end;
    if (s.n == 0 || s.n >= sizeof(copy)) {
        return out;
    }
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    if (strlen(copy) != s.n || strspn(copy, "0123456789+-.eE") != s.n || copy[0] == '+' ||
        copy[0] == '.' || copy[s.n - 1] == '.' || strstr(copy, ".e") != NULL ||
        strstr(copy, ".E") != NULL || (copy[0] == '-' && copy[1] == '.')) {
        return out;
    }
    out.real = strtod(copy, &end);
    out.ok = *end == '\0';
    out.negative = copy[0] == '-';
    errno = 0;
    out.magnitude = strtoull(copy + out.negative, &end, 10);
    out.integral = *end == '\0' && errno == 0;
    return out;
}

/* -1, 0, 1; 2 when it cannot be said. Integers exactly, the rest as long double. */
static int order(struct str text, const struct rule_value *want)
{
    struct parsed have = parse(text), wanted = {.ok = true};
    if (!have.ok) {
        return 2;
    }
    if (want->kind == RULE_VALUE_FLOAT) {
        wanted.real = want->f;
    } else {
        wanted.integral = true;
        wanted.negative = want->kind == RULE_VALUE_SIGNED;
        wanted.magnitude = wanted.negative ? 0 - (unsigned long long)want->i : want->u;
        wanted.real = 0;
    }
    /* x87's 64-bit mantissa holds every 64-bit integer exactly */
    long double a = have.integral ? (long double)have.magnitude : (long double)have.real;
    long double b = wanted.integral ? (long double)wanted.magnitude : (long double)wanted.real;
    a = have.integral && have.negative ? -a : a;
    b = wanted.integral && wanted.negative ? -b : b;
    return (a > b) - (a < b);
}

static bool in_network(struct str text, struct str network)
{
    char name[64], address[64];
    uint8_t want[16], have[16];
    size_t slash = str_find_char(network, '/');
    if (slash >= sizeof(name) || text.n >= sizeof(address) ||
        memchr(text.p, 0, text.n) != NULL) {
        return false;
    }
    memcpy(name, network.p, slash);
    name[slash] = '\0';
    memcpy(address, text.p, text.n);
    address[text.n] = '\0';
    int family = strchr(name, ':') != NULL ? AF_INET6 : AF_INET;
    uint64_t bits = 0;
    if (inet_pton(family, name, want) != 1 || inet_pton(family, address, have) != 1 ||
        !str_to_u64(str_from(network, slash + 1), &bits)) {
        return false;
    }
    for (uint64_t i = 0; i < bits; i++) {
        if (((want[i / 8] ^ have[i / 8]) >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

/* Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size. */
static bool from_epoch(struct parsed n, struct walltime *out)
{
    if (!n.ok) {
        return false;
    }
    *out = (struct walltime){0};
    if (!n.integral || n.negative) {
        double seconds = n.integral ? -(double)n.magnitude : n.real;
        out->us = (int64_t)(seconds * 1e6);
        return seconds > -1e11 && seconds < 1e11;
    }
    unsigned long long u = n.magnitude;
    out->us = (int64_t)(u < 100000000000ULL         ? u * 1000000
                        : u < 100000000000000ULL    ? u * 1000
                        : u < 100000000000000000ULL ? u
                                                    : u / 1000);
    return true;
}

static bool time_part(const struct rule_item *item, struct str text,
                      const struct rule_value *want)
{
    struct walltime t;
    if (!from_epoch(parse(text), &t) && !walltime_parse(text, &t)) {
        return false;
    }
    struct walltime_parts p = walltime_split(t);
    uint64_t part = has(item, MODIFIER_MINUTE)  ? p.minute
                    : has(item, MODIFIER_HOUR)  ? p.hour
                    : has(item, MODIFIER_DAY)   ? p.day
                    : has(item, MODIFIER_WEEK)  ? walltime_iso_week(t)
                    : has(item, MODIFIER_MONTH) ? p.month
                                                : (uint64_t)p.year;
    return want->kind == RULE_VALUE_UNSIGNED && want->u == part;
}

static bool is_word(struct str text, const char *word)
{
    return text.n == strlen(word) && strncasecmp(text.p, word, text.n) == 0;
}

static bool texts_hold(const struct prepared *p, struct str text)
{
    for (size_t i = 0; i < p->text_count; i++) {
        if (oracle_text_matches(p->texts[i], text)) {
            return true;
        }
    }
    return false;
}

bool oracle_item_holds(const struct oracle_item *item, size_t which, struct value v,
                       struct str text)
{
    const struct rule_item *i = item->source;
    const struct prepared *p = &item->values[which];
    if (has(i, MODIFIER_CIDR)) {
        return in_network(text, p->source->text);
    }
    if (has_any(i, MODIFIER_MINUTE, MODIFIER_YEAR)) {
        return time_part(i, text, p->source);
    }
    int o = has_any(i, MODIFIER_LT, MODIFIER_GTE) ? order(text, p->source) : 2;
    if (has_any(i, MODIFIER_LT, MODIFIER_GTE)) {
        return (has(i, MODIFIER_LT) && o == -1) ||
               (has(i, MODIFIER_LTE) && (o == -1 || o == 0)) ||
               (has(i, MODIFIER_GT) && o == 1) || (has(i, MODIFIER_GTE) && (o == 1 || o == 0));
    }
    if (i->field.n == 0 || p->source->kind == RULE_VALUE_TEXT) {
        return texts_hold(p, text);
    }
    if (p->source->kind == RULE_VALUE_BOOL) {
        return !value_is_number(v) && is_word(text, p->source->b ? "true" : "false");
    }
    return p->source->kind != RULE_VALUE_NULL && order(text, p->source) == 0;
}

bool oracle_item_compare(const struct oracle_item *item, struct str text, struct str other)
{
    struct oracle_text *t = oracle_text_open_literal(item->source, other);
    bool holds = oracle_text_matches(t, text);
    oracle_text_close(t);
    return holds;
}
