/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/warden.h"

#include "base/arena.h"
#include "base/escape.h"
#include "contain/warden_inner.h"

#define MS_NS     UINT64_C(1000000)
#define SECOND_US INT64_C(1000000)

enum {
    FACT_ARENA_BYTES = 1 << 18,
    CREDIT_EVERY = 16, /* of the 64 facts that the ledger lets be under way */
    SWEEP_FROM = 1024, /* leases: fewer are not worth it */
    TICK_MS = 500,
};

struct warden *warden_open(const struct warden_setup *setup, struct warden_time t)
{
    struct warden *d = heap_zalloc(1, sizeof(*d));
    d->setup = *setup;
    d->budget = budget_make(setup->budget_addresses != 0 ? setup->budget_addresses
                                                         : (uint32_t)BUDGET_ADDRESSES);
    d->leases = lease_table_open();
    d->arena = arena_open(FACT_ARENA_BYTES);
    d->started = t.now;
    d->executors[0] = (struct warden_executor){.role = ROLE_CONTAIN_NET, .regrant = SIZE_MAX};
    d->executors[1] =
        (struct warden_executor){.role = ROLE_CONTAIN_ACCOUNT, .regrant = SIZE_MAX};
    /* above those of a run before, whose grants may still be under way */
    d->nonce = t.wall.us > 0 ? (uint64_t)t.wall.us : 0;
    return d;
}

void warden_close(struct warden *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < d->held.n; i++) {
        heap_free(d->held.p[i]);
    }
    for (size_t i = 0; i < d->pending.n; i++) {
        heap_free(d->pending.p[i]);
    }
    vec_free(&d->held);
    vec_free(&d->pending);
    vec_free(&d->orders);
    spool_close(&d->spool);
    lease_table_close(&d->leases);
    arena_close(d->arena);
    never_close(d->setup.never);
    grant_signer_close(d->setup.signer);
    heap_free(d);
}

void warden_say(struct warden *d, enum warden_level level, const char *event, struct str text)
{
    AUTO_BUF line = {0};
    buf_puts(&line, event);
    buf_puts(&line, " text=\"");
    escape_text(&line, text);
    buf_putc(&line, '"');
    d->setup.out.log(d->setup.out.context, level, buf_str(&line));
}

struct warden_executor *warden_executor_of(struct warden *d, enum action_kind kind)
{
    return &d->executors[kind == ACTION_BLOCK_ADDRESS ? 0 : 1];
}

static bool send(struct warden *d, enum role to, const struct wire_message *m)
{
    return d->setup.out.send(d->setup.out.context, to, m);
}

static void send_fact(struct warden *d, const struct spool_fact *f)
{
    struct wire_message m = {
        .type = WIRE_STORE_FACT,
        .store_fact = {.kind = (uint8_t)f->kind, .sync = f->sync, .json = buf_str(&f->json)}};
    memcpy(m.store_fact.key, f->key, FACT_KEY_BYTES);
    d->ledger = d->ledger && send(d, ROLE_LEDGER, &m);
}

void warden_store(struct warden *d, struct action_fact *f, bool sync)
{
    struct spool_fact s = {.kind = f->kind, .sync = sync};
    action_fact_encode(&s.json, f);
    memcpy(s.key, f->key, FACT_KEY_BYTES);
    send_fact(d, &s);
    if (!spool_add(&d->spool, &s)) {
        warden_say(
            d, WARDEN_ERROR, "contain.spool_full",
            STR("the ledger has been away for too long: the oldest fact that it does not "
                "have is lost"));
    }
    buf_free(&s.json);
}

struct wire_grant warden_grant(struct warden *d, const struct action *a, enum act act,
                               struct walltime until, struct warden_time t)
{
    struct wire_grant g = {.act = (uint8_t)act,
                           .kind = (uint8_t)a->kind,
                           .address = a->address,
                           .account = a->account,
                           .until_us = act == ACT_APPLY ? until.us : 0,
                           .issued_us = t.wall.us,
                           .nonce = ++d->nonce};
    memcpy(g.action, a->id, sizeof(g.action));
    grant_sign(d->setup.signer, &g);
    return g;
}

bool warden_send_grant(struct warden *d, const struct wire_grant *g)
{
    struct wire_message m = {.type = WIRE_GRANT, .grant = *g};
    struct warden_executor *e = warden_executor_of(d, (enum action_kind)g->kind);
    if (!e->here || !send(d, e->role, &m)) {
        return false;
    }
    e->last_nonce = g->nonce;
    return true;
}

void warden_outcome(struct warden *d, struct lease *l, struct warden_result r,
                    struct warden_time t)
{
    if (r.outcome != OUTCOME_UNKNOWN) {
        l->asked = (struct instant){0}; /* else it is asked again */
    }
    if (!lease_outcome(l, r.act, r.outcome)) {
        return;
    }
    struct action_fact f = {.kind = FACT_OUTCOME,
                            .at = t.wall,
                            .action = lease_action(l),
                            .until = l->until,
                            .act = r.act,
                            .outcome = r.outcome,
                            .detail = r.detail};
    warden_store(d, &f, false);
}

void warden_enforce(struct warden *d, struct lease *l, struct warden_time t)
{
    struct action a = lease_action(l);
    enum act act = l->state == LEASE_LIVE      ? ACT_APPLY
                   : l->state == LEASE_UNDOING ? ACT_UNDO
                                               : ACT_LAPSE;
    if ((l->state != LEASE_LIVE && l->state != LEASE_UNDOING && l->state != LEASE_LAPSING) ||
        warden_propose_waits(d, l->id)) {
        return;
    }
    const struct lease *holding = lease_holding(&d->leases, &a);
    if (act != ACT_APPLY && holding != NULL) {
        /* what still holds the target also says until when */
        struct action other = lease_action(holding);
        struct wire_grant g = warden_grant(d, &other, ACT_APPLY, holding->until, t);
        (void)warden_send_grant(d, &g);
        warden_outcome(d, l,
                       (struct warden_result){act, OUTCOME_EFFECTIVE,
                                              STR("another lease holds the target")},
                       t);
        return;
    }
    if (act == ACT_APPLY && holding != l) {
        return;
    }
    struct wire_grant g = warden_grant(d, &a, act, l->until, t);
    if (warden_send_grant(d, &g)) {
        l->asked = t.now;
    }
}

/* Some of the leases of an executor that has come, so that its queue stays short. */
static void regrant(struct warden *d, struct warden_executor *e, struct warden_time t)
{
    for (unsigned n = 0; d->ready && e->here && e->regrant < d->leases.all.n; e->regrant++) {
        struct lease *l = d->leases.all.p[e->regrant];
        if (l->state == LEASE_SHADOW || l->state == LEASE_ENDED ||
            warden_executor_of(d, l->kind) != e) {
            continue;
        }
        if (++n > WARDEN_REGRANT) {
            return;
        }
        warden_enforce(d, l, t);
    }
    if (d->ready && e->regrant >= d->leases.all.n) {
        e->regrant = SIZE_MAX;
    }
}

static void send_never(struct warden *d)
{
    AUTO_BUF list = {0};
    size_t count;
    const struct ipaddr *a = never_addresses(d->setup.never, &count);
    for (size_t i = 0; i < count; i++) {
        ipaddr_put(&list, &a[i]);
    }
    struct wire_message m = {
        .type = WIRE_NEVER,
        .never = {.count = (uint32_t)count, .addresses = bytes_of(buf_str(&list))}};
    (void)send(d, ROLE_CONTAIN_NET, &m);
}

/* Only the start needs what is in the ledger: afterwards contain is the one who writes it. */
static void subscribe(struct warden *d)
{
    struct wire_message m = {
        .type = WIRE_SUBSCRIBE,
        .subscribe = {.kinds = FACT_BIT(FACT_DECISION) | FACT_BIT(FACT_INTENT) |
                               FACT_BIT(FACT_OUTCOME) | FACT_BIT(FACT_RELEASE),
                      .from = d->next_fact}};
    (void)send(d, ROLE_LEDGER, &m);
}

void warden_attached(struct warden *d, enum role peer, struct warden_time t)
{
    if (peer == ROLE_LEDGER) {
        d->ledger = true;
        d->credited = d->next_fact = d->caught_up ? d->next_fact : 0;
        if (!d->caught_up) {
            subscribe(d);
        }
        for (size_t i = 0; i < d->spool.facts.n; i++) {
            send_fact(d, d->spool.facts.p[i]);
        }
        return;
    }
    for (size_t i = 0; i < COUNT_OF(d->executors); i++) {
        struct warden_executor *e = &d->executors[i];
        if (e->role == peer) {
            e->here = e->ever = true;
            e->regrant = 0;
            if (peer == ROLE_CONTAIN_NET) {
                send_never(d);
                warden_propose_ask_again(d, t);
            }
            regrant(d, e, t);
        }
    }
}

void warden_lost(struct warden *d, enum role peer, struct warden_time t)
{
    if (peer == ROLE_LEDGER) {
        d->ledger = false;
        warden_say(d, WARDEN_WARNING, "contain.ledger_away",
                   STR("intents are kept in memory until it is back; containment goes on"));
        warden_propose_timer(d, true, t);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(d->executors); i++) {
        d->executors[i].here = d->executors[i].here && d->executors[i].role != peer;
    }
    if (peer == ROLE_CONTAIN_NET) {
        warden_propose_ask_again(d, t);
    }
}

/* From now on proposals are decided, leases enforced. */
static void get_ready(struct warden *d, struct warden_time t)
{
    d->ready = true;
    warden_propose_ready(d, t);
    for (size_t i = 0; i < COUNT_OF(d->executors); i++) {
        d->executors[i].regrant = 0;
        regrant(d, &d->executors[i], t);
    }
}

static void fold(struct warden *d, struct str json, struct warden_time t)
{
    struct action_fact f;
    arena_reset(d->arena);
    struct rc rc = action_fact_decode(json, d->arena, &f);
    if (rc_failed(rc)) {
        /* the ledger only passes on; an unreadable fact of ours is for people to look at */
        warden_say(d, WARDEN_WARNING, "contain.fact_unreadable", str_of(rc_text(rc)));
        return;
    }
    lease_fold(&d->leases, &f);
    if (f.kind == FACT_INTENT || (f.kind == FACT_DECISION && f.verdict == VERDICT_SHADOW)) {
        budget_spent(&d->budget, f.action.kind, t.wall.us - f.at.us, t.now);
    }
}

static void take_fact(struct warden *d, const struct wire_fact *f, struct warden_time t)
{
    if (!d->caught_up) {
        fold(d, f->json, t);
    }
    d->next_fact = f->position + 1;
    if (d->next_fact - d->credited >= CREDIT_EVERY) {
        struct wire_message m = {.type = WIRE_FACT_CREDIT,
                                 .fact_credit = {.position = d->next_fact}};
        d->credited = send(d, ROLE_LEDGER, &m) ? d->next_fact : d->credited;
    }
}

/* An executor says what came of a grant; only about the power it has. */
static struct rc take_receipt(struct warden *d, enum role from, const struct wire_receipt *r,
                              struct warden_time t)
{
    if (r->act >= ACT_COUNT || r->outcome >= OUTCOME_COUNT) {
        return rc_make(ERR_MALFORMED);
    }
    struct lease *l = lease_find(&d->leases, r->action);
    if (l != NULL && warden_executor_of(d, l->kind)->role != from) {
        return rc_make(ERR_MALFORMED);
    }
    if (l != NULL) {
        struct action a = lease_action(l);
        bool ends = r->act != ACT_APPLY;
        struct warden_result result = {(enum act)r->act, (enum outcome)r->outcome, r->detail};
        warden_outcome(d, l, result, t);
        /* one undo is that of all who wanted the target free */
        for (size_t i = 0; ends && i < d->leases.all.n; i++) {
            struct lease *o = d->leases.all.p[i];
            if (o != l && o->state == LEASE_UNDOING && lease_same_target(o, &a)) {
                result.act = ACT_UNDO;
                warden_outcome(d, o, result, t);
            }
        }
    }
    warden_order_receipt(d, r);
    return RC_OK;
}

struct rc warden_message(struct warden *d, struct warden_from from,
                         const struct wire_message *m, struct warden_time t)
{
    if (m->type == WIRE_PROPOSE) {
        return warden_propose_message(d, &m->propose, t);
    }
    if (m->type == WIRE_EXPECT) {
        return warden_propose_expect(d, &m->expect.address, t);
    }
    if (m->type == WIRE_RECEIPT) {
        return take_receipt(d, from.role, &m->receipt, t);
    }
    if (m->type == WIRE_ORDER) {
        return warden_order_message(d, from, &m->order, t);
    }
    if (m->type == WIRE_WITNESSED) {
        warden_propose_witnessed(d, &m->witnessed, t);
    } else if (m->type == WIRE_FACT_STORED && m->fact_stored.kind < FACT_KIND_COUNT) {
        spool_stored(&d->spool, (enum fact_kind)m->fact_stored.kind, m->fact_stored.key);
        warden_propose_stored(d, m->fact_stored.key, t);
    } else if (m->type == WIRE_FACT) {
        take_fact(d, &m->fact, t);
    } else if (m->type == WIRE_CAUGHT_UP) {
        d->caught_up = true;
        get_ready(d, t);
    } else {
        return rc_make(ERR_MALFORMED);
    }
    return RC_OK;
}

/* An executor that took a grant and says nothing: not known, and asked again. */
static void nag(struct warden *d, struct warden_time t)
{
    for (size_t i = 0; i < d->leases.all.n; i++) {
        struct lease *l = d->leases.all.p[i];
        if (l->asked.ns != 0 && t.now.ns - l->asked.ns >= WARDEN_RECEIPT_MS * MS_NS) {
            enum act act = l->state == LEASE_LIVE      ? ACT_APPLY
                           : l->state == LEASE_UNDOING ? ACT_UNDO
                                                       : ACT_LAPSE;
            warden_outcome(d, l,
                           (struct warden_result){act, OUTCOME_UNKNOWN,
                                                  STR("the executor has not answered")},
                           t);
            l->asked = (struct instant){0};
            warden_enforce(d, l, t);
        }
    }
}

struct instant warden_timer(struct warden *d, struct warden_time t)
{
    uint64_t fold_ns = (d->ledger ? WARDEN_FOLD_MAX_MS : WARDEN_FOLD_MS) * MS_NS;
    if (!d->ready && t.now.ns - d->started.ns >= fold_ns) {
        warden_say(d, WARDEN_WARNING, "contain.without_ledger",
                   STR("what was contained before cannot be read from the ledger: going on "
                       "without"));
        get_ready(d, t);
    }
    warden_propose_timer(d, false, t);
    warden_order_timer(d, t);
    struct lease *l;
    while (d->ready && (l = lease_expire(&d->leases, t.wall)) != NULL) {
        warden_enforce(d, l, t);
    }
    nag(d, t);
    bool more = false;
    for (size_t i = 0; i < COUNT_OF(d->executors); i++) {
        regrant(d, &d->executors[i], t);
        more |= d->executors[i].here && d->executors[i].regrant != SIZE_MAX;
    }
    if (!more && d->leases.all.n > SWEEP_FROM) {
        lease_sweep(&d->leases, t.wall);
    }
    /* every deadline is a second or more away; leases end on time, not within a second */
    uint64_t wait_ns = (more ? WARDEN_REGRANT_MS : TICK_MS) * MS_NS;
    int64_t left_us = d->leases.next.us - t.wall.us;
    if (d->ready && left_us >= 0 && left_us < INT64_C(1000) * TICK_MS &&
        (uint64_t)left_us * 1000 < wait_ns) {
        wait_ns = (uint64_t)left_us * 1000 + MS_NS;
    }
    return (struct instant){t.now.ns + wait_ns};
}
