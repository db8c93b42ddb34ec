/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/flow.h"

#include "base/vec.h"
#include "detect/found.h"

enum { BATCH_ARENA_BYTES = 8 << 20 };

static const uint64_t ns_per_s = 1000000000;
static const int64_t us_per_s = 1000000;
/* Read back so much more: twins of the first events that matter. */
static const uint64_t slack_s = (uint64_t)2 * CORRELATOR_SLACK_S;

/* A fact on its way into the ledger. */
struct waiting {
    uint8_t key[FACT_KEY_BYTES];
    char *json; /* owned */
    size_t json_bytes;
    uint64_t last;  /* the greatest position among its records; 0: none has one */
    uint64_t batch; /* number of the batch that it came from */
    bool renumbered;
};

/* What detect sent in one message, until all facts from it are stored. */
struct batch {
    uint64_t next;
    uint32_t waiting;
};

struct flow {
    struct flow_opts opts;
    struct correlator *correlator;
    size_t rule_count;
    struct arena *arena; /* of the batch at hand */
    VEC(struct waiting) waiting;
    VEC(struct batch) batches; /* the first has number first_batch */
    uint64_t first_batch;
    uint64_t next; /* records below this position have been looked at */
    bool fresh;    /* nothing of a replay has come since the start */
    struct instant last_hits;
};

static void store(struct flow *f, const struct waiting *w)
{
    struct wire_message m = {.type = WIRE_STORE_FACT};
    m.store_fact = (struct wire_store_fact){
        .kind = FACT_FINDING, .sync = 0, .json = {w->json, w->json_bytes}};
    memcpy(m.store_fact.key, w->key, FACT_KEY_BYTES);
    f->opts.send(f->opts.context, ROLE_LEDGER, &m);
}

static uint64_t last_position(const struct finding_fact *fact)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < fact->record_count; i++) {
        uint64_t at = fact->records[i].position;
        last = at != FINDING_NO_POSITION && at > last ? at : last;
    }
    return last;
}

static void set_fact(struct waiting *w, const struct finding_fact *fact)
{
    AUTO_BUF json = {0};
    finding_fact_encode(&json, fact);
    finding_fact_key(fact, w->key);
    heap_free(w->json);
    w->json = json.p;
    w->json_bytes = json.n;
    json = (struct buf){0}; /* now w's */
}

static void on_finding(void *context, const struct finding_fact *fact)
{
    struct flow *f = context;
    struct waiting w = {.last = last_position(fact),
                        .batch = f->first_batch + f->batches.n - 1};
    set_fact(&w, fact);
    vec_push(&f->waiting, w); /* sent by store_from */
    if (f->batches.n != 0) {
        f->batches.p[f->batches.n - 1].waiting++;
    }
}

/* The newest first: what was found last rests on all before it, and is what is acted on. */
static void store_from(struct flow *f, size_t first)
{
    for (size_t i = f->waiting.n; i > first; i--) {
        store(f, &f->waiting.p[i - 1]);
    }
}

struct flow *flow_open(const struct flow_opts *opts)
{
    struct flow *f = heap_zalloc(1, sizeof(*f));
    f->opts = *opts;
    struct correlator_opts o = {.sink = {f, on_finding}};
    o.rules = ruleset_rules(opts->rules, &o.rule_count);
    o.correlations = ruleset_correlations(opts->rules, &o.count);
    f->rule_count = o.rule_count;
    f->correlator = correlator_open(&o);
    f->arena = arena_open(BATCH_ARENA_BYTES);
    f->fresh = true;
    return f;
}

void flow_close(struct flow *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->waiting.n; i++) {
        heap_free(f->waiting.p[i].json);
    }
    vec_free(&f->waiting);
    vec_free(&f->batches);
    correlator_close(f->correlator);
    arena_close(f->arena);
    heap_free(f);
}

/* Back as far as an event can matter, and, when detect alone was away, as long as it was. */
static uint64_t window_s(const struct flow *f, struct instant now)
{
    uint64_t s = (uint64_t)(correlator_longest_us(f->correlator) / us_per_s) + slack_s;
    uint64_t away = f->next == 0 ? 0 : (now.ns - f->last_hits.ns) / ns_per_s + slack_s;
    s = s > away ? s : away;
    s = s > FLOW_MIN_REPLAY_S ? s : FLOW_MIN_REPLAY_S;
    return s < FLOW_MAX_REPLAY_S ? s : FLOW_MAX_REPLAY_S;
}

void flow_attached(struct flow *f, enum role peer, struct instant now)
{
    if (peer == ROLE_LEDGER) {
        for (size_t i = 0; i < f->waiting.n; i++) {
            store(f, &f->waiting.p[i]);
        }
    }
    if (peer == ROLE_DETECT) {
        struct wire_message m = {.type = WIRE_REPLAY, .replay = {.window_s = window_s(f, now)}};
        f->opts.send(f->opts.context, ROLE_DETECT, &m);
    }
}

void flow_lost(struct flow *f, enum role peer)
{
    if (peer == ROLE_DETECT) { /* the next one has no credit to get back */
        f->first_batch += f->batches.n;
        f->batches.n = 0;
    }
}

/* Give credit for batches whose facts are all stored, in order. */
static void settle(struct flow *f)
{
    size_t n = 0;
    while (n < f->batches.n && f->batches.p[n].waiting == 0) {
        n++;
    }
    if (n == 0) {
        return;
    }
    struct wire_message m = {.type = WIRE_HITS_DONE,
                             .hits_done = {.next = f->batches.p[n - 1].next}};
    memmove(f->batches.p, f->batches.p + n, (f->batches.n - n) * sizeof(f->batches.p[0]));
    f->batches.n -= n;
    f->first_batch += n;
    f->opts.send(f->opts.context, ROLE_DETECT, &m);
}

static struct rc take_findings(struct flow *f, const struct wire_hits *m)
{
    struct bytes left = m->findings;
    for (uint32_t i = 0; i < m->count; i++) {
        struct finding one;
        uint64_t position;
        arena_reset(f->arena);
        TRY(found_next(&left, (uint32_t)f->rule_count, f->arena, &position, &one));
        if (position < f->next) {
            continue; /* seen before: detect reads again from further back than it must */
        }
        const struct correlator_input in = {.finding = &one,
                                            .source = m->name,
                                            .source_id = m->source,
                                            .position = position,
                                            .received = {.us = m->received_us, .digits = 6}};
        size_t before = f->waiting.n;
        correlator_add(f->correlator, &in);
        store_from(f, before);
    }
    return left.n == 0 ? RC_OK : rc_make(ERR_TRAILING);
}

struct rc flow_hits(struct flow *f, const struct wire_hits *m, struct instant now)
{
    const struct walltime received = {.us = m->received_us};
    if (!fact_has_time(received)) {
        return rc_make(ERR_MALFORMED);
    }
    if (f->fresh && m->replay != 0) {
        /* What came before was sent before detect heard that we know nothing. */
        if (f->next != 0) {
            correlator_reset(f->correlator);
            f->next = 0;
        }
        f->fresh = false;
    }
    vec_push(&f->batches, ((struct batch){.next = m->next}));
    TRY(take_findings(f, m));
    f->next = m->next > f->next ? m->next : f->next;
    f->last_hits = now;
    size_t before = f->waiting.n;
    correlator_advance(f->correlator, received.us - CORRELATOR_SLACK_S * us_per_s);
    store_from(f, before);
    settle(f);
    return RC_OK;
}

static void drop(struct flow *f, size_t at)
{
    const struct waiting *w = &f->waiting.p[at];
    if (w->batch >= f->first_batch && w->batch - f->first_batch < f->batches.n) {
        f->batches.p[w->batch - f->first_batch].waiting--;
    }
    heap_free(w->json);
    memmove(&f->waiting.p[at], &f->waiting.p[at + 1],
            (f->waiting.n - at - 1) * sizeof(f->waiting.p[0]));
    f->waiting.n--;
}

/*
 * The ledger has had a fact of this id since before the newest record of this one was there: an
 * equal event of long ago, whose ordinal was forgotten with a restart. The position tells the
 * two apart, and gives the same id each time.
 */
static bool renumber(struct flow *f, struct waiting *w)
{
    struct finding_fact fact;
    uint8_t digest[HASH_SHA256_BYTES];
    arena_reset(f->arena);
    if (w->renumbered ||
        rc_failed(finding_fact_decode((struct str){w->json, w->json_bytes}, f->arena, &fact))) {
        return false;
    }
    hash_sha256((struct bytes){fact.id, sizeof(fact.id)}, digest);
    finding_id(fact.rule_id, digest, (uint64_t)1 << 63 | w->last, fact.id);
    w->renumbered = true;
    set_fact(w, &fact);
    store(f, w);
    return true;
}

struct rc flow_stored(struct flow *f, const struct wire_fact_stored *m)
{
    size_t at = 0;
    while (at < f->waiting.n && memcmp(f->waiting.p[at].key, m->key, FACT_KEY_BYTES) != 0) {
        at++;
    }
    if (at == f->waiting.n) {
        return rc_make(ERR_MALFORMED); /* of a fact that is not under way */
    }
    struct waiting *w = &f->waiting.p[at];
    bool older = m->fresh == 0 && m->position < w->last;
    if (older && renumber(f, w)) {
        return RC_OK;
    }
    drop(f, at);
    settle(f);
    return RC_OK;
}

void flow_tick(struct flow *f, struct instant now, struct walltime wall)
{
    if (f->next != 0 && now.ns - f->last_hits.ns > FLOW_QUIET_S * ns_per_s) {
        size_t before = f->waiting.n;
        correlator_advance(f->correlator, wall.us - CORRELATOR_SLACK_S * us_per_s);
        store_from(f, before);
        settle(f);
    }
}

struct correlator_counts flow_counts(const struct flow *f)
{
    return correlator_counts(f->correlator);
}

size_t flow_waiting(const struct flow *f)
{
    return f->waiting.n;
}
