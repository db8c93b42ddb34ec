/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/action.h"

#include "base/hash.h"
#include "model/fact_read.h"

enum {
    TIME_DIGITS = 6, /* times in facts keep their microseconds */
    MAX_TARGET_BYTES = 64,
    MAX_BY_BYTES = 64,
    GROWN = 3, /* a byte that is not UTF-8 is written as U+FFFD, which takes three */
};

static const struct str kinds[ACTION_KIND_COUNT] = {
    [ACTION_BLOCK_ADDRESS] = STR_INIT("block-address"),
    [ACTION_END_SESSION] = STR_INIT("end-session"),
    [ACTION_SUSPEND_ACCOUNT] = STR_INIT("suspend-account"),
};
struct str action_kind_name(enum action_kind kind)
{
    check(kind < ACTION_KIND_COUNT);
    return kinds[kind];
}

bool action_kind_parse(struct str s, enum action_kind *out)
{
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++) {
        if (str_eq(s, kinds[i])) {
            *out = (enum action_kind)i;
            return true;
        }
    }
    return false;
}

bool action_account_ok(struct str name)
{
    if (name.n == 0 || name.n > ACTION_MAX_ACCOUNT_BYTES) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool first = (c >= 'a' && c <= 'z') || c == '_';
        if (!first && (i == 0 || (!str_is_digit(c) && c != '-'))) {
            return false;
        }
    }
    return true;
}

void action_target(struct buf *out, const struct action *a)
{
    if (a->kind == ACTION_BLOCK_ADDRESS) {
        ipaddr_format(out, &a->address);
    } else {
        buf_put(out, a->account);
    }
}

void action_id(const struct action *a, uint8_t out[static ACTION_ID_BYTES])
{
    AUTO_BUF b = {0};
    uint8_t full[HASH_SHA256_BYTES];
    buf_puts(&b, "tocsin action 1\n");
    buf_put(&b, str_bytes((struct bytes){a->incident, ACTION_ID_BYTES}));
    buf_lstr(&b, action_kind_name(a->kind));
    ipaddr_put(&b, &a->address);
    buf_lstr(&b, a->account);
    hash_sha256(bytes_of(buf_str(&b)), full);
    memcpy(out, full, ACTION_ID_BYTES);
}

/* What makes two facts about an action different facts. */
static void make_key(struct action_fact *f)
{
    AUTO_BUF when = {0};
    struct str word = {0};
    switch (f->kind) {
    case FACT_DECISION:
        word = verdict_name(f->verdict);
        if (f->verdict == VERDICT_ALLOWED || f->verdict == VERDICT_SHADOW) {
            buf_i64(&when, f->evidence.event_time.us);
        }
        break;
    case FACT_INTENT:
        buf_i64(&when, f->evidence.event_time.us);
        break;
    case FACT_OUTCOME:
        word = act_name(f->act);
        buf_i64(&when, f->at.us);
        break;
    case FACT_RELEASE:
        buf_i64(&when, f->at.us);
        break;
    case FACT_FINDING:
    case FACT_INCIDENT:
    case FACT_NOTICE:
    case FACT_ROLE:
    case FACT_GAP:
    case FACT_KIND_COUNT:
        check(false);
    }
    struct str parts[] = {str_bytes((struct bytes){f->action.id, ACTION_ID_BYTES}), word,
                          buf_str(&when)};
    fact_key(f->kind, parts, COUNT_OF(parts), f->key);
}

static void put_id(struct jsonw *w, struct str key, const uint8_t id[static ACTION_ID_BYTES])
{
    jsonw_key(w, key);
    fact_put_hex(w, (struct bytes){id, ACTION_ID_BYTES});
}

static void put_time(struct jsonw *w, struct str key, struct walltime t)
{
    t.digits = TIME_DIGITS;
    jsonw_key(w, key);
    fact_put_time(w, t);
}

static void put_evidence(struct jsonw *w, const struct evidence *e)
{
    jsonw_key(w, STR("evidence"));
    jsonw_object(w);
    put_time(w, STR("event"), e->event_time);
    jsonw_key_str(w, "trust", trust_name(e->trust));
    jsonw_key_u64(w, "signals", e->signals);
    jsonw_key_u64(w, "sensors", e->sensors);
    jsonw_key_u64(w, "sources", e->sources);
    jsonw_key(w, STR("success"));
    jsonw_bool(w, e->success);
    jsonw_key(w, STR("person"));
    jsonw_bool(w, e->person);
    jsonw_end_object(w);
}

/* At most cap bytes, cut before a code point. */
static struct str cut(struct str s, size_t cap)
{
    while (cap > 0 && cap < s.n && ((unsigned char)s.p[cap] & 0xc0) == 0x80) {
        cap--;
    }
    return str_upto(s, cap);
}

void action_fact_encode(struct buf *out, struct action_fact *f)
{
    AUTO_BUF target = {0};
    struct jsonw w = jsonw_to(out);
    f->at.digits = TIME_DIGITS;
    make_key(f);
    fact_begin(&w, f->kind, f->key, f->at);
    put_id(&w, STR("action"), f->action.id);
    put_id(&w, STR("incident"), f->action.incident);
    jsonw_key_str(&w, "kind", action_kind_name(f->action.kind));
    action_target(&target, &f->action);
    jsonw_key_str(&w, "target", cut(buf_str(&target), MAX_TARGET_BYTES));
    jsonw_key_u64(&w, "lease_s", f->action.lease_s);
    if (f->kind == FACT_DECISION) {
        jsonw_key_str(&w, "verdict", verdict_name(f->verdict));
    }
    if (f->kind == FACT_DECISION || f->kind == FACT_INTENT) {
        put_evidence(&w, &f->evidence);
    }
    if (f->kind == FACT_INTENT || f->kind == FACT_OUTCOME) {
        put_time(&w, STR("until"), f->until);
    }
    if (f->kind == FACT_OUTCOME) {
        jsonw_key_str(&w, "act", act_name(f->act));
        jsonw_key_str(&w, "outcome", outcome_name(f->outcome));
    }
    jsonw_key_str(&w, "detail", cut(f->detail, ACTION_MAX_DETAIL_BYTES));
    if (f->by.n > 0) {
        jsonw_key_str(&w, "person", cut(f->by, MAX_BY_BYTES));
    }
    fact_end(&w);
}

/* Text that is one of a table's words, or of a form of its own. */
#define TAKE_WORD(r, o, key, parse, out)                                                       \
    do {                                                                                       \
        if (!parse(fact_read_text((r), (o), (key)), (out))) {                                  \
            fact_read_fail((r), ERR_MALFORMED);                                                \
        }                                                                                      \
    } while (0)

static uint32_t take_u32(struct fact_read *r, const struct json_t *o, const char *key)
{
    uint64_t v = fact_read_u64(r, o, key);
    if (v > UINT32_MAX) {
        fact_read_fail(r, ERR_MALFORMED);
    }
    return (uint32_t)v;
}

static struct str take_text(struct fact_read *r, const char *key, size_t cap)
{
    struct str s = fact_read_text(r, r->root, key);
    if (s.n > cap) {
        fact_read_fail(r, ERR_MALFORMED);
    }
    return s;
}

static void take_action(struct fact_read *r, struct action *a)
{
    fact_read_hex(r, r->root, "action", a->id, ACTION_ID_BYTES);
    fact_read_hex(r, r->root, "incident", a->incident, ACTION_ID_BYTES);
    TAKE_WORD(r, r->root, "kind", action_kind_parse, &a->kind);
    a->lease_s = take_u32(r, r->root, "lease_s");
    struct str target = take_text(r, "target", (size_t)GROWN * MAX_TARGET_BYTES);
    if (a->kind != ACTION_BLOCK_ADDRESS) {
        a->account = target;
    } else if (!ipaddr_parse(target, &a->address) && !str_eq(target, STR("-"))) {
        /* "-": a proposal without an address was refused, and that is kept too */
        fact_read_fail(r, ERR_MALFORMED);
    }
}

static void take_evidence(struct fact_read *r, struct evidence *e)
{
    const struct json_t *o = fact_read_object(r, r->root, "evidence");
    e->event_time = fact_read_time(r, o, "event");
    TAKE_WORD(r, o, "trust", trust_parse, &e->trust);
    e->signals = take_u32(r, o, "signals");
    e->sensors = take_u32(r, o, "sensors");
    e->sources = take_u32(r, o, "sources");
    e->success = fact_read_bool(r, o, "success");
    e->person = fact_read_bool(r, o, "person");
}

static void take_parts(struct fact_read *r, struct action_fact *f)
{
    take_action(r, &f->action);
    f->detail = take_text(r, "detail", (size_t)GROWN * ACTION_MAX_DETAIL_BYTES);
    if (f->kind == FACT_DECISION) {
        TAKE_WORD(r, r->root, "verdict", verdict_parse, &f->verdict);
    }
    if (f->kind == FACT_DECISION || f->kind == FACT_INTENT) {
        take_evidence(r, &f->evidence);
    }
    if (f->kind == FACT_INTENT || f->kind == FACT_OUTCOME) {
        f->until = fact_read_time(r, r->root, "until");
    }
    if (f->kind == FACT_OUTCOME) {
        TAKE_WORD(r, r->root, "act", act_parse, &f->act);
        TAKE_WORD(r, r->root, "outcome", outcome_parse, &f->outcome);
    }
    if (fact_read_has(r->root, "person")) {
        f->by = take_text(r, "person", (size_t)GROWN * MAX_BY_BYTES);
    }
}

/* A fact begins with its name: the canonical form leaves no other way. */
static bool kind_of(struct str json, enum fact_kind *out)
{
    static const enum fact_kind ours[] = {FACT_DECISION, FACT_INTENT, FACT_OUTCOME,
                                          FACT_RELEASE};
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        AUTO_BUF start = {0};
        buf_puts(&start, "{\"fact\":\"");
        buf_put(&start, fact_name(ours[i]));
        buf_putc(&start, '"');
        if (str_starts(json, buf_str(&start))) {
            *out = ours[i];
            return true;
        }
    }
    return false;
}

struct rc action_fact_decode(struct str json, struct arena *a, struct action_fact *out)
{
    struct action_fact f = {.evidence = {.event_time = {.us = WALLTIME_NONE}},
                            .until = {.us = WALLTIME_NONE}};
    if (!kind_of(json, &f.kind)) {
        return rc_make(ERR_MALFORMED);
    }
    AUTO_FACT_READ r = {0};
    struct fact_head head;
    TRY(fact_read_open(&r, json, a, f.kind, &head));
    memcpy(f.key, head.key, FACT_KEY_BYTES);
    f.at = head.at;
    take_parts(&r, &f);
    TRY(fact_read_done(&r));
    *out = f;
    return RC_OK;
}
