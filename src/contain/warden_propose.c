/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a proposal to a grant: decide, decision and intent to the ledger, durable, grant. */
#include "base/escape.h"
#include "contain/warden_inner.h"

#define MS_NS     UINT64_C(1000000)
#define SECOND_US INT64_C(1000000)

/* A grant that was signed this long before it is sent is signed anew: executors look at its
 * age. */
#define SIGNED_US (INT64_C(2) * SECOND_US)

static void drop(struct warden *d, size_t i)
{
    heap_free(d->pending.p[i]);
    d->pending.n--;
    memmove(d->pending.p + i, d->pending.p + i + 1, (d->pending.n - i) * sizeof(*d->pending.p));
}

static struct warden_case *copy_of(const struct warden_case *c)
{
    struct warden_case *own = heap_zalloc(1, sizeof(*own));
    *own = *c;
    own->action.account.p = own->account;
    own->grant.account.p = own->account;
    return own;
}

bool warden_propose_waits(const struct warden *d, const uint8_t id[static ACTION_ID_BYTES])
{
    for (size_t i = 0; i < d->pending.n; i++) {
        const struct warden_case *c = d->pending.p[i];
        if (c->stage == WARDEN_INTENT && memcmp(c->action.id, id, ACTION_ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static struct action_fact fact_of(const struct warden_case *c, enum fact_kind kind,
                                  enum verdict verdict, struct warden_time t)
{
    return (struct action_fact){.kind = kind,
                                .at = t.wall,
                                .action = c->action,
                                .evidence = c->evidence,
                                .verdict = verdict,
                                .detail = {c->reason, c->reason_bytes}};
}

static void send_now(struct warden *d, struct warden_case *c, struct warden_time t)
{
    struct lease *l = lease_find(&d->leases, c->action.id);
    if (l == NULL || l->state != LEASE_LIVE) {
        return; /* released in the meantime */
    }
    if (t.wall.us - c->grant.issued_us > SIGNED_US || c->grant.issued_us > t.wall.us ||
        c->grant.nonce <= warden_executor_of(d, c->action.kind)->last_nonce) {
        c->grant = warden_grant(d, &c->action, ACT_APPLY, l->until, t);
    }
    if (warden_send_grant(d, &c->grant)) {
        l->asked = t.now;
    }
}

/* The intent goes out before anything else is done, the grant is signed while the disk works.
 */
static void intend(struct warden *d, struct warden_case *c, struct action_fact *decision,
                   struct warden_time t)
{
    struct action_fact f = *decision;
    f.kind = FACT_INTENT;
    int64_t lease_us =
        lease_is_momentary(c->action.kind) ? WARDEN_ENDED_S : (int64_t)c->action.lease_s;
    f.until = (struct walltime){.us = t.wall.us + lease_us * SECOND_US};
    warden_store(d, decision, false);
    warden_store(d, &f, true);
    struct lease *l = lease_begin(&d->leases, &f);
    check(l != NULL);
    memcpy(c->key, f.key, sizeof(c->key));
    c->stage = WARDEN_INTENT;
    c->deadline = (struct instant){t.now.ns + WARDEN_STORE_MS * MS_NS};
    c->grant = warden_grant(d, &c->action, ACT_APPLY, f.until, t);
    if (c->connection != 0) {
        warden_order_wait(d, c->connection, &c->action, ACT_APPLY, t);
    }
    if (!d->ledger || d->pending.n >= WARDEN_PENDING_CAP) {
        send_now(d, c, t);
        return;
    }
    vec_push(&d->pending, copy_of(c));
}

static bool has_room(const struct warden *d)
{
    return d->leases.all.n < LEASE_CAP && (d->ledger || spool_has_room(&d->spool, 4));
}

static void conclude(struct warden *d, struct warden_case *c, enum verdict verdict,
                     struct warden_time t)
{
    AUTO_BUF by = {0};
    if (verdict == VERDICT_ALLOWED && !has_room(d)) {
        warden_say(
            d, WARDEN_ERROR, "contain.full",
            STR("no new action: the ledger is away and its spool is full, or there are as "
                "many leases as the kernel's sets hold"));
        verdict = VERDICT_AWAY;
    }
    struct action_fact f = fact_of(c, FACT_DECISION, verdict, t);
    if (c->evidence.person) {
        buf_printf(&by, "uid %u", c->uid);
        f.by = buf_str(&by);
    }
    if (verdict == VERDICT_ALLOWED) {
        intend(d, c, &f, t);
        return;
    }
    if (verdict != VERDICT_KNOWN) {
        warden_store(d, &f, false);
    }
    if (verdict == VERDICT_SHADOW) {
        (void)lease_begin(&d->leases, &f);
    } else if (verdict == VERDICT_BUDGET) {
        warden_say(d, WARDEN_ERROR, "contain.budget", verdict_text(verdict));
    }
    warden_order_verdict(d, c, verdict);
}

/* Asks contain-net; while it is away for a moment, the question waits for it. */
static void send_question(struct warden *d, struct warden_case *c, struct warden_time t)
{
    struct wire_message m = {
        .type = WIRE_WITNESS,
        .witness = {.question = c->question,
                    .address = *decide_witness_address(&c->action, &c->evidence)}};
    bool sent =
        d->executors[0].here && d->setup.out.send(d->setup.out.context, ROLE_CONTAIN_NET, &m);
    uint64_t wait_ms = sent ? WARDEN_WITNESS_MS : WARDEN_AWAY_MS;
    c->deadline = (struct instant){t.now.ns + wait_ms * MS_NS};
}

static bool waits_to_ask(const struct warden_case *c)
{
    return c->stage == WARDEN_WITNESS && c->question == 0;
}

/*
 * A forged log asks about many addresses, and each answer takes a look at all connections. So
 * few questions are under way, and of those that wait the newest and the oldest have their
 * turns: neither a flood before the attacker nor one after him keeps contain from asking about
 * him.
 */
static void ask_next(struct warden *d, struct warden_time t)
{
    for (;;) {
        size_t asked = 0, oldest = SIZE_MAX, newest = SIZE_MAX;
        for (size_t i = 0; i < d->pending.n; i++) {
            asked += d->pending.p[i]->stage == WARDEN_WITNESS && !waits_to_ask(d->pending.p[i]);
            newest = waits_to_ask(d->pending.p[i]) ? i : newest;
            oldest = waits_to_ask(d->pending.p[i]) && oldest == SIZE_MAX ? i : oldest;
        }
        if (newest == SIZE_MAX || asked >= WARDEN_ASKED_MAX) {
            return;
        }
        struct warden_case *c = d->pending.p[d->ask_oldest ? oldest : newest];
        d->ask_oldest = !d->ask_oldest;
        c->question = ++d->question;
        send_question(d, c, t);
    }
}

/* Room for one more: the oldest that was not even asked about goes without a witness. */
static bool make_room(struct warden *d, struct warden_time t)
{
    for (size_t i = 0; i < d->pending.n && d->pending.n >= WARDEN_PENDING_CAP; i++) {
        if (waits_to_ask(d->pending.p[i])) {
            struct warden_case *own = copy_of(d->pending.p[i]);
            drop(d, i);
            conclude(d, own, VERDICT_EVIDENCE, t);
            heap_free(own);
        }
    }
    return d->pending.n < WARDEN_PENDING_CAP;
}

static bool ask_witness(struct warden *d, struct warden_case *c, struct warden_time t)
{
    if (!make_room(d, t)) {
        return false;
    }
    c->stage = WARDEN_WITNESS;
    c->question = 0;
    c->deadline = (struct instant){t.now.ns + WARDEN_AWAY_MS * MS_NS};
    vec_push(&d->pending, copy_of(c));
    ask_next(d, t);
    return true;
}

struct rc warden_propose_expect(struct warden *d, const struct ipaddr *a, struct warden_time t)
{
    if (!ipaddr_is_single(a)) {
        return rc_make(ERR_MALFORMED);
    }
    /* without contain-net it is asked when it is proposed, and that question waits for it */
    if (!d->executors[0].here || never_has_address(d->setup.never, a) ||
        !foresight_ask(&d->foresight, a, d->question + 1, t.now)) {
        return RC_OK;
    }
    struct wire_message m = {.type = WIRE_WITNESS,
                             .witness = {.question = ++d->question, .address = *a}};
    (void)d->setup.out.send(d->setup.out.context, ROLE_CONTAIN_NET, &m);
    return RC_OK;
}

void warden_propose_ask_again(struct warden *d, struct warden_time t)
{
    for (size_t i = 0; i < d->pending.n; i++) {
        if (d->pending.p[i]->stage == WARDEN_WITNESS && !waits_to_ask(d->pending.p[i])) {
            send_question(d, d->pending.p[i], t);
        }
    }
}

/* Its block cut the connection that would witness it. */
static bool is_blocked(const struct warden *d, const struct ipaddr *address)
{
    const struct action block = {.kind = ACTION_BLOCK_ADDRESS, .address = *address};
    return lease_holding(&d->leases, &block) != NULL;
}

void warden_propose_decide(struct warden *d, struct warden_case *c, enum decide_witness witness,
                           struct warden_time t)
{
    const struct decide_rules rules = {
        .never = d->setup.never, .budget = &d->budget, .enforce = d->setup.enforce};
    struct decide_case q = {.action = &c->action,
                            .evidence = &c->evidence,
                            .wall = t.wall,
                            .now = t.now,
                            .witness = witness};
    if (witness == DECIDE_WITNESS_UNASKED &&
        foresight_seen(&d->foresight, decide_witness_address(&c->action, &c->evidence),
                       t.now)) {
        q.witness = DECIDE_WITNESS_SEEN;
    }
    /* what was shadow is decided anew once containment is switched on */
    const struct lease *l = lease_find(&d->leases, c->action.id);
    bool was_shadow = d->setup.enforce && l != NULL && l->state == LEASE_SHADOW;
    q.known = !was_shadow && lease_knows(&d->leases, &c->action, &c->evidence, t.wall);
    q.away = d->setup.enforce && !warden_executor_of(d, c->action.kind)->ever &&
             t.now.ns - d->started.ns > WARDEN_AWAY_MS * MS_NS;
    struct decision decision = decide_verdict(&rules, &q);
    if (decision.ask_witness &&
        is_blocked(d, decide_witness_address(&c->action, &c->evidence))) {
        q.witness = DECIDE_WITNESS_SEEN;
        decision = decide_verdict(&rules, &q);
    }
    if (!decision.ask_witness || !ask_witness(d, c, t)) {
        conclude(d, c, decision.verdict, t);
    }
}

void warden_propose_witnessed(struct warden *d, const struct wire_witnessed *w,
                              struct warden_time t)
{
    if (foresight_answer(&d->foresight, w->question, w->seen != 0, t.now)) {
        return;
    }
    for (size_t i = 0; i < d->pending.n; i++) {
        struct warden_case *c = d->pending.p[i];
        if (c->stage != WARDEN_WITNESS || c->question != w->question) {
            continue;
        }
        struct warden_case *own = copy_of(c);
        drop(d, i);
        warden_propose_decide(d, own,
                              w->seen != 0 ? DECIDE_WITNESS_SEEN : DECIDE_WITNESS_UNSEEN, t);
        heap_free(own);
        ask_next(d, t);
        return;
    }
}

void warden_propose_stored(struct warden *d, const uint8_t key[static FACT_KEY_BYTES],
                           struct warden_time t)
{
    for (size_t i = 0; i < d->pending.n; i++) {
        struct warden_case *c = d->pending.p[i];
        if (c->stage == WARDEN_INTENT && memcmp(c->key, key, FACT_KEY_BYTES) == 0) {
            send_now(d, c, t);
            drop(d, i);
            return;
        }
    }
}

void warden_propose_timer(struct warden *d, bool all, struct warden_time t)
{
    size_t i = 0;
    while (i < d->pending.n) {
        struct warden_case *c = d->pending.p[i];
        bool intent = c->stage == WARDEN_INTENT;
        if (t.now.ns < c->deadline.ns && !(all && intent)) {
            i++;
            continue;
        }
        struct warden_case *own = copy_of(c);
        drop(d, i);
        if (intent) {
            warden_say(d, WARDEN_WARNING, "contain.not_durable",
                       STR("acted before the ledger said that the intent is on the disk"));
            send_now(d, own, t);
        } else {
            warden_propose_decide(d, own, DECIDE_WITNESS_UNSEEN, t);
        }
        heap_free(own);
    }
    ask_next(d, t);
}

void warden_propose_ready(struct warden *d, struct warden_time t)
{
    for (size_t i = 0; i < d->held.n; i++) {
        warden_propose_decide(d, d->held.p[i], DECIDE_WITNESS_UNASKED, t);
        heap_free(d->held.p[i]);
    }
    d->held.n = 0;
}

/* At most cap bytes, cut before a code point. */
static size_t copy_text(char *out, size_t cap, struct str s)
{
    while (cap > 0 && cap < s.n && ((unsigned char)s.p[cap] & 0xc0) == 0x80) {
        cap--;
    }
    s = str_upto(s, cap);
    if (s.n > 0) {
        memcpy(out, s.p, s.n);
    }
    return s.n;
}

struct rc warden_propose_message(struct warden *d, const struct wire_propose *p,
                                 struct warden_time t)
{
    static const uint8_t nobody[ACTION_ID_BYTES];
    struct warden_case c = {.action = {.kind = (enum action_kind)p->kind,
                                       .address = p->address,
                                       .account = p->account,
                                       .lease_s = p->lease_s},
                            .evidence = {.event_time = {.us = p->event_us},
                                         .trust = (enum trust)p->trust,
                                         .signals = p->signals,
                                         .sensors = p->sensors,
                                         .sources = p->sources,
                                         .success = p->success != 0,
                                         .from = p->from}};
    if (p->kind >= ACTION_KIND_COUNT || p->trust >= TRUST_COUNT || p->success > 1 ||
        memcmp(p->incident, nobody, sizeof(nobody)) == 0) {
        return rc_make(ERR_MALFORMED);
    }
    memcpy(c.action.incident, p->incident, sizeof(c.action.incident));
    action_id(&c.action, c.action.id);
    if (memcmp(c.action.id, p->action, sizeof(c.action.id)) != 0) {
        return rc_make(ERR_MALFORMED);
    }
    /* a name that is too long is none: cut it stays none, and its decision can be kept */
    c.reason_bytes = copy_text(c.reason, sizeof(c.reason), p->reason);
    if (p->account.n > ACTION_MAX_ACCOUNT_BYTES) {
        conclude(d, &c, VERDICT_TARGET, t);
        return RC_OK;
    }
    c.action.account.n = copy_text(c.account, sizeof(c.account), p->account);
    c.action.account.p = c.account;
    if (d->ready) {
        warden_propose_decide(d, &c, DECIDE_WITNESS_UNASKED, t);
    } else if (d->held.n < WARDEN_HELD_CAP) {
        vec_push(&d->held, copy_of(&c));
    } else {
        warden_say(d, WARDEN_WARNING, "contain.held_full",
                   STR("more proposals than can wait for the start: one is dropped"));
    }
    return RC_OK;
}
