/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/coverage.h"

#include "base/heap.h"
#include "detect/parts.h"

struct coverage {
    const struct engine *engine;
    uint64_t events[LOGSOURCE_COUNT];
    uint8_t *seen;    /* per kind of event and slot: 0 or 1 */
    uint8_t *refused; /* per regular expression: 0 or 1 */
    uint32_t refused_count;
};

static size_t seen_bytes(const struct coverage *c)
{
    return (size_t)LOGSOURCE_COUNT * c->engine->slot_count;
}

struct coverage *coverage_open(const struct engine *e)
{
    struct coverage *c = heap_zalloc(1, sizeof(*c));
    c->engine = e;
    c->seen = heap_zalloc(LOGSOURCE_COUNT, e->slot_count);
    c->refused = heap_zalloc((size_t)e->regexes.n + 1, 1);
    return c;
}

void coverage_close(struct coverage *c)
{
    if (c != NULL) {
        heap_free(c->seen);
        heap_free(c->refused);
        heap_free(c);
    }
}

void coverage_event(struct coverage *c, enum logsource_id id)
{
    c->events[id]++;
}

void coverage_field(struct coverage *c, enum logsource_id id, uint16_t field)
{
    c->seen[(size_t)id * c->engine->slot_count + field] = 1;
}

void coverage_refused(struct coverage *c, const struct regex_cache *regexes)
{
    if (regex_cache_refused_count(regexes) == c->refused_count) {
        return;
    }
    c->refused_count = regex_cache_refused_count(regexes);
    for (uint32_t i = 0; i < c->engine->regexes.n; i++) {
        c->refused[i] |= regex_cache_refused(regexes, i);
    }
}

uint64_t coverage_events(const struct coverage *c, enum logsource_id id)
{
    return c->events[id];
}

bool coverage_has_field(const struct coverage *c, enum logsource_id id, uint16_t field)
{
    return field < c->engine->slot_count &&
           c->seen[(size_t)id * c->engine->slot_count + field] != 0;
}

void coverage_merge(struct coverage *into, const struct coverage *from)
{
    check(into->engine == from->engine);
    for (size_t i = 0; i < LOGSOURCE_COUNT; i++) {
        into->events[i] += from->events[i];
    }
    for (size_t i = 0; i < seen_bytes(into); i++) {
        into->seen[i] |= from->seen[i];
    }
    for (uint32_t i = 0; i < into->engine->regexes.n; i++) {
        into->refused[i] |= from->refused[i];
    }
}

static void put_bits(struct buf *out, const uint8_t *flags, size_t count)
{
    for (size_t i = 0; i < count; i += 8) {
        uint8_t byte = 0;
        for (size_t bit = 0; bit < 8 && i + bit < count; bit++) {
            byte |= (uint8_t)((flags[i + bit] != 0) << bit);
        }
        buf_le(out, byte, 1);
    }
}

static void add_bits(uint8_t *flags, size_t count, struct bytes bits)
{
    for (size_t i = 0; i < count; i++) {
        flags[i] = flags[i] != 0 || (bits.p[i / 8] >> i % 8 & 1) != 0;
    }
}

/* Kinds, slots, expressions; the event counts; a bit per kind and slot; one per expression. */
void coverage_encode(const struct coverage *c, struct buf *out)
{
    buf_le(out, LOGSOURCE_COUNT, 4);
    buf_le(out, c->engine->slot_count, 4);
    buf_le(out, c->engine->regexes.n, 4);
    for (size_t i = 0; i < LOGSOURCE_COUNT; i++) {
        buf_le(out, c->events[i], 8);
    }
    put_bits(out, c->seen, seen_bytes(c));
    put_bits(out, c->refused, c->engine->regexes.n);
}

struct rc coverage_decode(struct coverage *into, struct bytes in)
{
    struct cursor c = cursor_of(in);
    uint32_t kinds = cursor_u32(&c);
    uint32_t slots = cursor_u32(&c);
    uint32_t regexes = cursor_u32(&c);
    TRY(cursor_done(&c));
    if (kinds != LOGSOURCE_COUNT || slots != into->engine->slot_count ||
        regexes != into->engine->regexes.n) {
        return rc_make(ERR_MALFORMED);
    }
    struct bytes counts = cursor_take(&c, (size_t)8 * LOGSOURCE_COUNT);
    struct bytes seen = cursor_take(&c, (seen_bytes(into) + 7) / 8);
    struct bytes refused = cursor_take(&c, ((size_t)regexes + 7) / 8);
    TRY(cursor_done(&c));
    if (cursor_left(&c) != 0) {
        return rc_at(ERR_TRAILING, cursor_offset(&c));
    }
    struct cursor count = cursor_of(counts);
    for (size_t i = 0; i < LOGSOURCE_COUNT; i++) {
        into->events[i] += cursor_u64(&count);
    }
    add_bits(into->seen, seen_bytes(into), seen);
    add_bits(into->refused, regexes, refused);
    return RC_OK;
}

/* One kind of event that the rule looks at. */
struct sight {
    const struct coverage *coverage;
    enum logsource_id id;
    bool partial; /* a field that is not in it is unknown, neither true nor false */
};

static struct sight sight_of(const struct coverage *c, uint32_t id)
{
    enum logsource_id kind = (enum logsource_id)id;
    return (struct sight){c, kind, parts_is_partial(kind)};
}

static bool is_seen(const struct sight *s, uint16_t field)
{
    return field == (uint16_t)ATOM_KEYWORDS || coverage_has_field(s->coverage, s->id, field);
}

static bool can_be(void *context, uint32_t atom, bool wanted)
{
    const struct sight *s = context;
    const struct atom *a = &s->coverage->engine->atoms.p[atom];
    bool seen = is_seen(s, a->field) && (a->kind != ATOM_FIELDREF || is_seen(s, a->other));
    bool when_absent = a->kind == ATOM_NULL;
    return seen || (!s->partial && wanted == when_absent);
}

struct missing {
    struct sight *sight;
    uint16_t *fields;
    uint32_t n;
};

static void add_missing(struct missing *m, uint16_t field)
{
    for (uint32_t i = 0; i < m->n; i++) {
        if (m->fields[i] == field) {
            return;
        }
    }
    if (!is_seen(m->sight, field)) {
        m->fields[m->n++] = field;
    }
}

/* The fields whose absence keeps e from becoming `wanted`. */
static void collect_missing(struct missing *m, const struct expr *e, bool wanted,
                            uint32_t depth)
{
    if (expr_can_be(e, wanted, can_be, m->sight, depth)) {
        return;
    }
    if (e->kind == EXPR_ATOM) {
        const struct atom *a = &m->sight->coverage->engine->atoms.p[e->atom];
        add_missing(m, a->field);
        if (a->kind == ATOM_FIELDREF) {
            add_missing(m, a->other);
        }
    }
    for (uint32_t i = 0; i < e->child_count; i++) {
        collect_missing(m, e->children[i], e->kind == EXPR_NOT ? !wanted : wanted, depth + 1);
    }
}

static bool uses_refused(const struct coverage *c, const struct expr *e, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    for (uint32_t i = 0; i < e->child_count; i++) {
        if (uses_refused(c, e->children[i], depth + 1)) {
            return true;
        }
    }
    const struct atom *a = e->kind == EXPR_ATOM ? &c->engine->atoms.p[e->atom] : NULL;
    for (uint32_t i = 0; a != NULL && i < a->pattern_count; i++) {
        const struct pattern *p = &a->patterns[i];
        if (p->kind == PATTERN_REGEX && c->refused[p->regex.number] != 0) {
            return true;
        }
    }
    return false;
}

struct rc coverage_explain(const struct coverage *c, size_t rule, struct arena *a,
                           struct coverage_reason *out)
{
    const struct engine *e = c->engine;
    check(rule < e->rule_count);
    const struct expr *expr = e->compiled[rule].expr;
    struct coverage_reason reason = {.wanted = e->rules[rule].logsource,
                                     .verdict = COVERAGE_REJECTED};
    if (expr != NULL && uses_refused(c, expr, 0)) {
        expr = NULL;
    }
    struct sight best = sight_of(c, LOGSOURCE_UNKNOWN);
    uint64_t most = 0;
    bool could = false;
    for (uint32_t id = 0; expr != NULL && id < LOGSOURCE_COUNT; id++) {
        bool admits = (e->buckets[id].rules[rule / 64] >> rule % 64 & 1) != 0;
        if (!admits || c->events[id] == 0) {
            continue;
        }
        struct sight sight = sight_of(c, id);
        reason.events += c->events[id];
        could |= expr_can_be(expr, true, can_be, &sight, 0);
        best = c->events[id] > most ? sight : best;
        most = c->events[id] > most ? c->events[id] : most;
    }
    if (expr != NULL) {
        reason.verdict = could                ? COVERAGE_COULD_FIRE
                         : reason.events == 0 ? COVERAGE_NO_LOGSOURCE
                                              : COVERAGE_NO_FIELDS;
    }
    if (reason.verdict == COVERAGE_NO_FIELDS) {
        struct missing m = {.sight = &best};
        m.fields = arena_zalloc(a, e->slot_count, sizeof(*m.fields));
        if (m.fields == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        collect_missing(&m, expr, true, 0);
        reason.fields = m.fields;
        reason.field_count = m.n;
    }
    *out = reason;
    return RC_OK;
}
