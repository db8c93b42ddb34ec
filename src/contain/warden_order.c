/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people at the console order: contain a target, release one; and what they are told. */
#include "base/cursor.h"
#include "base/jsonw.h"
#include "contain/warden_inner.h"

#define MS_NS UINT64_C(1000000)

enum {
    BY_ID = 0xff,     /* kind of a release: `account` is the start of an action's id */
    ID_MIN_DIGITS = 6 /* of it: enough not to be hit by accident */
};

static void refuse(struct warden *d, uint64_t connection, struct str why)
{
    AUTO_BUF json = {0};
    struct jsonw w = jsonw_to(&json);
    jsonw_object(&w);
    jsonw_key_str(&w, "error", why);
    jsonw_end_object(&w);
    d->setup.out.answer(d->setup.out.context, connection, 1, buf_str(&json));
}

static void put_action(struct jsonw *w, const char *order, const struct action *a)
{
    AUTO_BUF target = {0};
    jsonw_object(w);
    jsonw_key_str(w, "order", str_of(order));
    jsonw_key(w, STR("action"));
    fact_put_hex(w, (struct bytes){a->id, ACTION_ID_BYTES});
    jsonw_key_str(w, "kind", action_kind_name(a->kind));
    action_target(&target, a);
    jsonw_key_str(w, "target", buf_str(&target));
}

void warden_order_verdict(struct warden *d, const struct warden_case *c, enum verdict verdict)
{
    AUTO_BUF json = {0};
    struct jsonw w = jsonw_to(&json);
    if (c->connection == 0) {
        return;
    }
    put_action(&w, "contain", &c->action);
    jsonw_key_str(&w, "verdict", verdict_name(verdict));
    jsonw_key_str(&w, "detail", verdict_text(verdict));
    jsonw_end_object(&w);
    d->setup.out.answer(d->setup.out.context, c->connection, 1, buf_str(&json));
}

static void answer_outcome(struct warden *d, const struct warden_order *o, enum outcome outcome,
                           struct str detail)
{
    AUTO_BUF json = {0}, until = {0};
    struct jsonw w = jsonw_to(&json);
    const struct lease *l = lease_find(&d->leases, o->action);
    put_action(&w, o->act == ACT_APPLY ? "contain" : "release", &o->target);
    jsonw_key_str(&w, "verdict", verdict_name(VERDICT_ALLOWED));
    if (o->act == ACT_APPLY && l != NULL && !lease_is_momentary(l->kind)) {
        walltime_format(&until, l->until);
        jsonw_key_str(&w, "until", buf_str(&until));
    }
    jsonw_key_str(&w, "outcome", outcome_name(outcome));
    jsonw_key_str(&w, "detail", detail);
    jsonw_end_object(&w);
    d->setup.out.answer(d->setup.out.context, o->connection,
                        outcome == OUTCOME_EFFECTIVE ? 0 : 1, buf_str(&json));
}

void warden_order_wait(struct warden *d, uint64_t connection, const struct action *a,
                       enum act act, struct warden_time t)
{
    struct warden_order o = {.connection = connection,
                             .act = act,
                             .target = *a,
                             .deadline = {t.now.ns + 5000 * MS_NS}};
    if (d->orders.n >= WARDEN_ORDERS_CAP) {
        refuse(d, connection, STR("recorded; too many people wait for an answer: see actions"));
        return;
    }
    memcpy(o.action, a->id, sizeof(o.action));
    o.target.account.n = a->account.n;
    if (a->account.n > 0) {
        memcpy(o.account, a->account.p, a->account.n);
    }
    vec_push(&d->orders, o);
}

static void drop(struct warden *d, size_t i)
{
    d->orders.n--;
    memmove(d->orders.p + i, d->orders.p + i + 1, (d->orders.n - i) * sizeof(*d->orders.p));
}

static void finish(struct warden *d, size_t i, enum outcome outcome, struct str detail)
{
    struct warden_order o = d->orders.p[i];
    o.target.account.p = o.account; /* copies move; their text moves with them */
    drop(d, i);
    answer_outcome(d, &o, outcome, detail);
}

void warden_order_receipt(struct warden *d, const struct wire_receipt *r)
{
    size_t i = 0;
    while (i < d->orders.n) {
        const struct warden_order *o = &d->orders.p[i];
        if (o->act == (enum act)r->act && memcmp(o->action, r->action, ACTION_ID_BYTES) == 0) {
            finish(d, i, (enum outcome)r->outcome, r->detail);
        } else {
            i++;
        }
    }
}

void warden_order_timer(struct warden *d, struct warden_time t)
{
    size_t i = 0;
    while (i < d->orders.n) {
        if (t.now.ns >= d->orders.p[i].deadline.ns) {
            finish(d, i, OUTCOME_UNKNOWN,
                   STR("recorded, but the process that does it has not answered; what became "
                       "of it: tocsin actions"));
        } else {
            i++;
        }
    }
}

static void contain(struct warden *d, struct warden_from from, const struct wire_order *o,
                    struct warden_time t)
{
    struct warden_case c = {
        .action = {.kind = (enum action_kind)o->kind,
                   .address = o->address,
                   .lease_s = o->lease_s},
        .evidence = {.event_time = t.wall, .trust = TRUST_ATTACKER, .person = true},
        .connection = from.connection,
        .uid = from.uid,
    };
    c.action.account = (struct str){c.account, o->account.n};
    if (o->account.n > 0) {
        memcpy(c.account, o->account.p, o->account.n);
    }
    c.reason_bytes = o->reason.n;
    if (o->reason.n > 0) {
        memcpy(c.reason, o->reason.p, o->reason.n);
    }
    action_id(&c.action, c.action.id);
    warden_propose_decide(d, &c, DECIDE_WITNESS_UNASKED, t);
}

/* An order to release is recorded for every lease it ends, or for the target without one. */
static void record(struct warden *d, const struct action *a, const struct wire_order *o,
                   uint32_t uid, struct warden_time t)
{
    AUTO_BUF by = {0};
    buf_printf(&by, "uid %u", uid);
    struct action_fact f = {.kind = FACT_RELEASE,
                            .at = t.wall,
                            .action = *a,
                            .detail = o->reason,
                            .by = buf_str(&by)};
    warden_store(d, &f, false);
}

/* An executor undoes it whether there is a lease or not: release always works. */
static void undo(struct warden *d, struct warden_from from, const struct action *a,
                 struct warden_time t)
{
    warden_order_wait(d, from.connection, a, ACT_UNDO, t);
    struct wire_grant g = warden_grant(d, a, ACT_UNDO, t.wall, t);
    bool sent = warden_send_grant(d, &g);
    struct lease *l = lease_find(&d->leases, a->id);
    if (sent && l != NULL && l->state == LEASE_UNDOING) {
        l->asked = t.now;
    }
}

static void release_target(struct warden *d, struct warden_from from,
                           const struct wire_order *o, struct warden_time t)
{
    struct action a = {
        .kind = (enum action_kind)o->kind, .address = o->address, .account = o->account};
    bool found = false;
    action_id(&a, a.id);
    struct action answered = a;
    for (size_t i = 0; i < d->leases.all.n; i++) {
        struct lease *l = d->leases.all.p[i];
        if (l->state != LEASE_ENDED && lease_same_target(l, &a)) {
            answered = lease_action(l);
            record(d, &answered, o, from.uid, t);
            lease_release(l);
            found = true;
        }
    }
    if (!found) {
        record(d, &a, o, from.uid, t);
    }
    undo(d, from, &answered, t);
}

static bool starts_with_id(const struct lease *l, struct str digits)
{
    AUTO_BUF hex = {0};
    buf_hex(&hex, (struct bytes){l->id, ACTION_ID_BYTES});
    return str_starts(buf_str(&hex), digits);
}

static void release_id(struct warden *d, struct warden_from from, const struct wire_order *o,
                       struct warden_time t)
{
    struct lease *found = NULL;
    unsigned count = 0;
    for (size_t i = 0; o->account.n >= ID_MIN_DIGITS && i < d->leases.all.n; i++) {
        struct lease *l = d->leases.all.p[i];
        if (l->state != LEASE_ENDED && starts_with_id(l, o->account)) {
            found = l;
            count++;
        }
    }
    if (count != 1) {
        refuse(d, from.connection,
               count == 0 ? STR("no action that lasts has an id that begins so; see actions")
                          : STR("more than one action begins so: give more digits"));
        return;
    }
    struct action a = lease_action(found);
    record(d, &a, o, from.uid, t);
    lease_release(found);
    const struct lease *holding = lease_holding(&d->leases, &a);
    if (holding == NULL) {
        undo(d, from, &a, t);
        return;
    }
    warden_enforce(d, found, t); /* the other one goes on */
    warden_order_wait(d, from.connection, &a, ACT_UNDO, t);
    struct wire_receipt r = {.act = ACT_UNDO,
                             .outcome = OUTCOME_EFFECTIVE,
                             .detail = STR("released; another lease still holds the target: "
                                           "release the target to end that too")};
    memcpy(r.action, a.id, sizeof(r.action));
    warden_order_receipt(d, &r);
}

struct rc warden_order_message(struct warden *d, struct warden_from from,
                               const struct wire_order *o, struct warden_time t)
{
    bool by_id = o->kind == BY_ID;
    bool releases = str_eq(o->verb, STR("release"));
    bool account = o->kind == ACTION_END_SESSION || o->kind == ACTION_SUSPEND_ACCOUNT;
    if ((!releases && !str_eq(o->verb, STR("contain"))) ||
        (o->kind >= ACTION_KIND_COUNT && !(by_id && releases))) {
        return rc_make(ERR_MALFORMED);
    }
    if (from.uid != 0 && from.uid != d->setup.owner) {
        refuse(d, from.connection,
               STR("only root, or the user whom the socket belongs to, may "
                   "contain and release"));
    } else if (o->account.n > ACTION_MAX_ACCOUNT_BYTES ||
               o->reason.n > ACTION_MAX_REASON_BYTES ||
               (account && !action_account_ok(o->account)) ||
               (o->kind == ACTION_BLOCK_ADDRESS && o->address.family == IPADDR_NONE)) {
        refuse(d, from.connection,
               STR("not a target that can be contained, or a reason of more "
                   "than 240 bytes"));
    } else if (!d->ready) {
        refuse(d, from.connection,
               STR("contain is still reading what was contained before: try "
                   "again in two seconds"));
    } else if (by_id) {
        release_id(d, from, o, t);
    } else if (releases) {
        release_target(d, from, o, t);
    } else {
        contain(d, from, o, t);
    }
    return RC_OK;
}
