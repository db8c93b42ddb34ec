/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chain.h"

#include "contain/decide.h"
#include "decode/source.h"
#include "detect/correlate/correlator.h"
#include "detect/engine.h"
#include "detect/found.h"
#include "detect/sigma/ruleset_io.h"
#include "effect/impact.h"

#include "base/file.h"
#include "base/heap.h"

enum { MAX_SOURCES = 8, MAX_WITNESSES = 64, MAX_VERDICTS = 512, FILE_CAP = 1 << 20 };

struct chain_source {
    struct chain *chain;
    struct str name;
    enum trust trust;
    struct source *source;
    uint32_t id;
    uint64_t lines;
};

struct decided {
    uint8_t id[ACTION_ID_BYTES];
    struct action target;
    char account[ACTION_MAX_ACCOUNT_BYTES];
    enum verdict verdict;
};

struct chain {
    struct walltime now;
    struct instant boot;
    struct arena *kept, *batch;
    struct diag diag;
    struct ruleset *set;
    struct fields *fields;
    struct engine *engine;
    struct detector *detector;
    const struct rule *rules;
    size_t rule_count;
    struct correlator *correlator;
    struct playbooks *playbooks;
    struct history *history;
    struct assets *assets;
    struct docket *docket;
    struct never *never;
    struct budget budget;
    struct lease_table leases;
    struct grant_signer *signer;
    struct grant_verifier *verifier;
    uint64_t nonce;
    bool enforce;
    struct chain_source sources[MAX_SOURCES];
    size_t source_count;
    struct ipaddr witnesses[MAX_WITNESSES];
    size_t witness_count;
    VEC(struct decided) decided;
    VEC(struct str) rule_names; /* of each finding that came out */
    size_t facts[FACT_KIND_COUNT];
    struct hash_stream *hash;
    struct merkle_tree tree;
    uint64_t position;
    uint8_t seen[4096][FACT_KEY_BYTES];
    size_t seen_count;
};

static uint64_t append(struct chain *c, struct bytes entry)
{
    struct merkle_hash leaf;
    merkle_leaf(c->hash, entry, &leaf);
    merkle_push(c->hash, &c->tree, &leaf);
    return c->position++;
}

/* As the ledger does: a key is stored once. */
static bool append_fact(struct chain *c, enum fact_kind kind,
                        const uint8_t key[static FACT_KEY_BYTES], struct str json,
                        uint64_t *out_position)
{
    for (size_t i = 0; i < c->seen_count; i++) {
        if (memcmp(c->seen[i], key, FACT_KEY_BYTES) == 0) {
            return false;
        }
    }
    check(c->seen_count < COUNT_OF(c->seen));
    memcpy(c->seen[c->seen_count++], key, FACT_KEY_BYTES);
    c->facts[kind]++;
    *out_position = append(c, bytes_of(json));
    return true;
}

static void store_action(struct chain *c, struct action_fact *f)
{
    AUTO_BUF json = {0};
    uint64_t position;
    f->at = c->now;
    action_fact_encode(&json, f);
    struct action_fact back;
    arena_reset(c->batch);
    check(!rc_failed(action_fact_decode(buf_str(&json), c->batch, &back)));
    if (append_fact(c, f->kind, f->key, buf_str(&json), &position)) {
        lease_fold(&c->leases, &back);
        docket_action_fact(c->docket, &back);
    }
}

static bool witnessed(const struct chain *c, const struct ipaddr *a)
{
    for (size_t i = 0; i < c->witness_count; i++) {
        if (ipaddr_eq(&c->witnesses[i], a)) {
            return true;
        }
    }
    return false;
}

static void outcome(struct chain *c, const struct action *a, enum act act)
{
    struct action_fact f = {.kind = FACT_OUTCOME,
                            .action = *a,
                            .act = act,
                            .outcome = OUTCOME_EFFECTIVE,
                            .until = c->now,
                            .detail = STR("replayed")};
    store_action(c, &f);
}

/* Sign, let the executor's own check look at it, and take it as done. */
static void grant(struct chain *c, const struct action *a, enum act act, struct walltime until)
{
    struct wire_grant g = {.act = (uint8_t)act,
                           .kind = (uint8_t)a->kind,
                           .address = a->address,
                           .account = a->account,
                           .until_us = until.us,
                           .issued_us = c->now.us,
                           .nonce = ++c->nonce};
    struct action checked;
    memcpy(g.action, a->id, ACTION_ID_BYTES);
    grant_sign(c->signer, &g);
    check(grant_verify(c->verifier, &g, c->now, &checked) == GRANT_GOOD);
    outcome(c, a, act);
}

static void note_verdict(struct chain *c, const struct action *a, enum verdict v)
{
    struct decided d = {.target = *a, .verdict = v};
    memcpy(d.id, a->id, ACTION_ID_BYTES);
    check(a->account.n <= sizeof(d.account) && c->decided.n < MAX_VERDICTS);
    memcpy(d.account, a->account.p, a->account.n);
    vec_push(&c->decided, d);
    struct decided *kept = &c->decided.p[c->decided.n - 1];
    kept->target.account = (struct str){NULL, a->account.n};
}

static void decide(struct chain *c, const struct action *a, const struct evidence *e,
                   struct str reason)
{
    const struct decide_rules rules = {c->never, &c->budget, c->enforce};
    struct decide_case question = {.action = a,
                                   .evidence = e,
                                   .wall = c->now,
                                   .now = c->boot,
                                   .known = lease_knows(&c->leases, a, e, c->now)};
    struct decision d = decide_verdict(&rules, &question);
    if (d.ask_witness) {
        question.witness = witnessed(c, decide_witness_address(a, e)) ? DECIDE_WITNESS_SEEN
                                                                      : DECIDE_WITNESS_UNSEEN;
        d = decide_verdict(&rules, &question);
    }
    if (d.verdict == VERDICT_KNOWN) {
        return;
    }
    note_verdict(c, a, d.verdict);
    struct action_fact f = {.kind = FACT_DECISION,
                            .action = *a,
                            .evidence = *e,
                            .verdict = d.verdict,
                            .detail = reason};
    store_action(c, &f);
    if (d.verdict == VERDICT_ALLOWED) {
        struct walltime until = {.us = c->now.us + (int64_t)a->lease_s * 1000000, .digits = 6};
        struct action_fact intent = {
            .kind = FACT_INTENT, .action = *a, .evidence = *e, .until = until};
        store_action(c, &intent);
        grant(c, a, ACT_APPLY, until);
    }
}

static void on_finding(void *context, const struct finding_fact *f)
{
    struct chain *c = context;
    AUTO_BUF json = {0};
    uint8_t key[FACT_KEY_BYTES];
    uint64_t position;
    struct finding_fact back;
    AUTO_ARENA own = arena_open((size_t)1 << 20);
    finding_fact_key(f, key);
    finding_fact_encode(&json, f);
    check(!rc_failed(finding_fact_decode(buf_str(&json), own, &back)));
    if (!append_fact(c, FACT_FINDING, key, buf_str(&json), &position)) {
        return;
    }
    struct str name;
    check(!rc_failed(arena_copy(c->kept, f->rule_name, &name)));
    vec_push(&c->rule_names, name);
    struct docket_case *k = docket_finding(c->docket, &back, position);
    for (uint32_t i = 0; k != NULL && i < k->action_count; i++) {
        if (k->actions[i].to_send) {
            k->actions[i].to_send = false;
            struct action a = k->actions[i].state.action;
            struct evidence e = k->actions[i].evidence;
            struct str reason = {k->actions[i].reason, k->actions[i].reason_n};
            decide(c, &a, &e, reason);
        }
    }
}

static void on_hit(struct chain_source *s, const struct event *e, const struct hit *hit,
                   struct arena *a)
{
    struct chain *c = s->chain;
    struct finding f;
    found_begin(e, s->trust, &f);
    check(!rc_failed(found_make(&c->rules[hit->rule], e, hit, a, &f)));
    f.record = s->lines;
    const struct correlator_input in = {.finding = &f,
                                        .source = s->name,
                                        .source_id = s->id,
                                        .position = c->position - 1,
                                        .received = c->now};
    correlator_add(c->correlator, &in);
}

static void on_event(void *context, const struct event *e)
{
    struct chain_source *s = context;
    const struct hit *hits;
    size_t count;
    AUTO_ARENA a = arena_open((size_t)8 << 20);
    check(!rc_failed(detector_run(s->chain->detector, e, &hits, &count)));
    for (size_t i = 0; i < count; i++) {
        on_hit(s, e, &hits[i], a);
    }
}

static void on_problem(void *context, const struct problem *p)
{
    (void)context;
    (void)p; /* a line that cannot be decoded is a record all the same */
}

struct chain *chain_open(struct walltime start)
{
    struct chain *c = heap_zalloc(1, sizeof(*c));
    const struct ruleset_opts set_opts = {0};
    c->now = start;
    c->boot = (struct instant){(uint64_t)1000000000};
    c->kept = arena_open((size_t)64 << 20);
    c->batch = arena_open((size_t)16 << 20);
    c->diag = diag_open();
    c->set = ruleset_open(&set_opts);
    c->fields = fields_open();
    c->playbooks = playbook_open();
    c->history = recurrence_open();
    c->assets = register_open();
    c->never = never_open();
    c->budget = budget_make(BUDGET_ADDRESSES);
    c->leases = lease_table_open();
    c->hash = hash_stream_open();
    const uint8_t seed[GRANT_KEY_BYTES] = {7};
    uint8_t public[GRANT_KEY_BYTES];
    c->signer = grant_signer_open(seed);
    check(c->signer != NULL);
    grant_signer_public(c->signer, public);
    c->verifier = grant_verifier_open(public, (1u << ACTION_KIND_COUNT) - 1);
    return c;
}

static bool load(struct chain *c, const char *path, struct str *out)
{
    return !rc_failed(file_load(path, FILE_CAP, c->kept, out));
}

bool chain_rules(struct chain *c, const char *path)
{
    ruleset_io_load(c->set, path, &c->diag);
    return true;
}

bool chain_playbooks(struct chain *c, const char *path)
{
    struct str text;
    return load(c, path, &text) &&
           !rc_failed(playbook_load(c->playbooks, str_of(path), text, &c->diag));
}

bool chain_history(struct chain *c, const char *path)
{
    struct str text;
    return load(c, path, &text) &&
           !rc_failed(recurrence_load(c->history, str_of(path), text, &c->diag));
}

bool chain_assets(struct chain *c, const char *path)
{
    struct str text;
    return load(c, path, &text) &&
           !rc_failed(register_load(c->assets, str_of(path), text, &c->diag));
}

bool chain_never(struct chain *c, struct str entry)
{
    return !rc_failed(never_add(c->never, entry));
}

bool chain_source(struct chain *c, struct str name, enum trust trust)
{
    struct chain_source *s = &c->sources[c->source_count];
    if (c->source_count == MAX_SOURCES || rc_failed(arena_copy(c->kept, name, &s->name))) {
        return false;
    }
    s->chain = c;
    s->trust = trust;
    s->id = (uint32_t)++c->source_count;
    return true;
}

void chain_start(struct chain *c)
{
    size_t count;
    ruleset_finish(c->set, &c->diag);
    c->rules = ruleset_rules(c->set, &c->rule_count);
    const struct engine_opts opts = {.fields = c->fields};
    check(!rc_failed(engine_compile(c->rules, c->rule_count, &opts, &c->diag, &c->engine)));
    c->detector = detector_open(c->engine);
    const struct correlation *correlations = ruleset_correlations(c->set, &count);
    const struct correlator_opts correlate = {.rules = c->rules,
                                              .rule_count = c->rule_count,
                                              .correlations = correlations,
                                              .count = count,
                                              .sink = {c, on_finding}};
    c->correlator = correlator_open(&correlate);
    c->docket = docket_open(c->playbooks, c->history);
    for (size_t i = 0; i < c->source_count; i++) {
        struct chain_source *s = &c->sources[i];
        const struct source_opts o = {.fields = c->fields,
                                      .sink = {s, on_event, on_problem},
                                      .format = FORMAT_SYSLOG,
                                      .latest_s = c->now.us / 1000000};
        s->source = source_open(&o);
    }
}

void chain_close(struct chain *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        source_close(c->sources[i].source);
    }
    grant_signer_close(c->signer);
    grant_verifier_close(c->verifier);
    docket_close(c->docket);
    correlator_close(c->correlator);
    detector_close(c->detector);
    engine_close(c->engine);
    fields_close(c->fields);
    ruleset_close(c->set);
    playbook_close(c->playbooks);
    recurrence_close(c->history);
    register_close(c->assets);
    never_close(c->never);
    lease_table_close(&c->leases);
    hash_stream_close(c->hash);
    diag_close(&c->diag);
    vec_free(&c->decided);
    vec_free(&c->rule_names);
    arena_close(c->batch);
    arena_close(c->kept);
    heap_free(c);
}

void chain_enforce(struct chain *c, bool enforce)
{
    c->enforce = enforce;
}

void chain_witness(struct chain *c, const struct ipaddr *a)
{
    check(c->witness_count < MAX_WITNESSES);
    c->witnesses[c->witness_count++] = *a;
}

bool chain_feed(struct chain *c, struct str source, struct str line)
{
    for (size_t i = 0; i < c->source_count; i++) {
        struct chain_source *s = &c->sources[i];
        if (str_eq(s->name, source)) {
            append(c, bytes_of(line));
            s->lines++;
            return !rc_failed(source_feed(s->source, bytes_of(line))) &&
                   !rc_failed(source_feed(s->source, bytes_of(STR("\n")))) &&
                   !rc_failed(source_settle(s->source));
        }
    }
    return false;
}

void chain_advance(struct chain *c, int64_t us)
{
    c->now.us += us;
    c->boot.ns += (uint64_t)us * 1000;
    correlator_advance(c->correlator, c->now.us - CORRELATOR_SLACK_S * (int64_t)1000000);
    struct lease *l = lease_expire(&c->leases, c->now);
    while (l != NULL) {
        if (l->state == LEASE_LAPSING) {
            struct action a = lease_action(l);
            grant(c, &a, ACT_LAPSE, c->now);
        }
        l = lease_expire(&c->leases, c->now);
    }
}

struct walltime chain_now(const struct chain *c)
{
    return c->now;
}

bool chain_release(struct chain *c, const struct action *target)
{
    bool any = false;
    for (size_t i = 0; i < c->leases.all.n; i++) {
        struct lease *l = c->leases.all.p[i];
        if (l->state == LEASE_LIVE && lease_same_target(l, target)) {
            struct action a = lease_action(l);
            struct action_fact f = {.kind = FACT_RELEASE, .action = a, .by = STR("uid 0")};
            store_action(c, &f);
            grant(c, &a, ACT_UNDO, c->now);
            any = true;
        }
    }
    return any;
}

size_t chain_findings(const struct chain *c, struct str rule_name)
{
    size_t n = 0;
    for (size_t i = 0; i < c->rule_names.n; i++) {
        n += str_eq(c->rule_names.p[i], rule_name);
    }
    return n;
}

struct docket *chain_docket(struct chain *c)
{
    return c->docket;
}

const struct lease_table *chain_leases(const struct chain *c)
{
    return &c->leases;
}

bool chain_incident(struct chain *c, struct incident *out)
{
    if (docket_count(c->docket) == 0) {
        return false;
    }
    struct docket_case *k = docket_at(c->docket, 0);
    const struct group *g = k->group;
    const struct finding_fact *findings[INCIDENT_MAX_FINDINGS];
    uint64_t positions[INCIDENT_MAX_FINDINGS];
    struct assess_holding holdings[INCIDENT_MAX_EFFECTS];
    struct impact impact;
    for (uint32_t i = 0; i < g->listed_count; i++) {
        findings[i] = &g->findings[i]->fact;
        positions[i] = g->findings[i]->position;
    }
    const struct impact_view view = {findings, positions, g->listed_count, g->success,
                                     g->detected};
    arena_reset(c->batch);
    check(!rc_failed(impact_find(c->assets, &view, c->batch, &impact)));
    check(impact.asset_count <= COUNT_OF(holdings));
    for (uint32_t i = 0; i < impact.asset_count; i++) {
        const struct asset *a = impact.assets[i];
        holdings[i] = (struct assess_holding){a->id, a->class, a->service};
    }
    const struct docket_effects effects = {impact.effects, impact.effect_count,
                                           impact.tasks,   impact.task_count,
                                           holdings,       impact.asset_count};
    return !rc_failed(docket_incident(c->docket, k, &effects, c->batch, out));
}

enum verdict chain_verdict(const struct chain *c, const struct action *target)
{
    enum verdict last = VERDICT_COUNT;
    for (size_t i = 0; i < c->decided.n; i++) {
        const struct decided *d = &c->decided.p[i];
        struct str account = {d->account, d->target.account.n};
        bool same = d->target.kind == target->kind &&
                    (target->kind == ACTION_BLOCK_ADDRESS
                         ? ipaddr_eq(&d->target.address, &target->address)
                         : str_eq(account, target->account));
        last = same ? d->verdict : last;
    }
    return last;
}

size_t chain_facts(const struct chain *c, enum fact_kind kind)
{
    return c->facts[kind];
}

void chain_root(const struct chain *c, struct merkle_hash *out)
{
    merkle_root(c->hash, &c->tree, out);
}
