/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-incident - the role that makes incidents of findings.
 *
 * Job: folds findings and what came of actions into incidents, proposes what a playbook asks
 * for at once, and writes each incident as a fact when it has changed. Input trust: facts
 * through the ledger. Their text is what attackers wrote into logs; their form is checked by
 * model/. The register, the history and the playbooks are the house's own. Powers: none. It
 * asks contain, which decides for itself. If it dies: it starts with nothing, reads all facts
 * again and comes to the same incidents; what it wrote before is recognised and not written
 * twice. Proposals are idempotent.
 */
#include "base/file.h"
#include "base/heap.h"
#include "base/vec.h"
#include "effect/impact.h"
#include "guard/station.h"
#include "incident/docket.h"
#include "incident/playbook_io.h"
#include "incident/signal.h"
#include "model/fact_read.h"

enum {
    BATCH_CAP_BYTES = 8 << 20,
    FILE_CAP_BYTES = 1 << 20,
    CREDIT_EVERY = 16,
    LOG_MAX_BYTES = 400,
    LOG_MAX_LINES = 20,
};
/* A version of an incident waits so long for what else belongs to it, and comes no more often.
 */
static const uint64_t wait_ns = 20000000;
static const uint64_t pause_ns = 200000000;

/* The newest version of an incident in the ledger. */
struct written {
    uint8_t id[ACTION_ID_BYTES];
    uint32_t version;
    struct walltime at;
    uint8_t digest[HASH_SHA256_BYTES]; /* of its JSON */
};

struct role_state {
    struct station *s;
    struct playbooks *playbooks;
    struct history *history;
    struct assets *assets;
    struct docket *docket;
    struct arena *batch; /* of one message, or one incident being written */
    VEC(struct written) written;
    bool caught_up;
    uint64_t next;     /* facts below it are folded */
    uint64_t credited; /* and the ledger knows */
};

static void warn(struct role_state *r, const char *event, struct str text)
{
    AUTO_BUF line = {0};
    buf_puts(&line, event);
    buf_puts(&line, " text=\"");
    buf_put(&line, str_upto(text, LOG_MAX_BYTES));
    buf_putc(&line, '"');
    station_log(r->s, STATION_WARNING, buf_str(&line));
}

static void warn_rc(struct role_state *r, const char *event, struct rc rc)
{
    warn(r, event, str_of(rc_text(rc)));
}

static void warn_diag(struct role_state *r, const struct diag *d)
{
    for (size_t i = 0; i < d->count && i < LOG_MAX_LINES; i++) {
        AUTO_BUF text = {0};
        diag_print(&text, &d->messages[i]);
        warn(r, "incident.file", str_trim(buf_str(&text)));
    }
}

/* The whole of a descriptor that the supervisor opened. */
static struct rc slurp(int fd, struct buf *out)
{
    for (;;) {
        char room[4096];
        size_t n;
        TRY(file_read(fd, room, sizeof(room), &n));
        if (n == 0) {
            return RC_OK;
        }
        buf_put(out, (struct str){room, n});
        if (out->n > FILE_CAP_BYTES) {
            return rc_at(ERR_TOO_LONG, FILE_CAP_BYTES);
        }
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    AUTO_FD own = fd;
    AUTO_BUF text = {0};
    struct diag diag = diag_open();
    bool playbook = str_eq(name, STR("playbook"));
    struct rc rc =
        playbook ? playbook_io_read(r->playbooks, name, own, &diag) : slurp(own, &text);
    (void)number;
    if (!rc_failed(rc) && str_eq(name, STR("history"))) {
        rc = recurrence_load(r->history, name, buf_str(&text), &diag);
    } else if (!rc_failed(rc) && str_eq(name, STR("assets"))) {
        rc = register_load(r->assets, name, buf_str(&text), &diag);
    }
    warn_diag(r, &diag);
    if (rc_failed(rc)) {
        warn_rc(r, "incident.file", rc);
    }
    diag_close(&diag);
}

static struct written *written_of(struct role_state *r, const uint8_t *id)
{
    for (size_t i = 0; i < r->written.n; i++) {
        if (memcmp(r->written.p[i].id, id, ACTION_ID_BYTES) == 0) {
            return &r->written.p[i];
        }
    }
    struct written w = {.at = {.us = WALLTIME_NONE}};
    memcpy(w.id, id, ACTION_ID_BYTES);
    vec_push(&r->written, w);
    return &r->written.p[r->written.n - 1];
}

/* The case as JSON; owned by out. */
static struct rc render(struct role_state *r, struct docket_case *c, struct walltime at,
                        struct buf *out)
{
    const struct group *g = c->group;
    const struct finding_fact *findings[INCIDENT_MAX_FINDINGS];
    uint64_t positions[INCIDENT_MAX_FINDINGS];
    for (uint32_t i = 0; i < g->listed_count; i++) {
        findings[i] = &g->findings[i]->fact;
        positions[i] = g->findings[i]->position;
    }
    const struct impact_view view = {.findings = findings,
                                     .positions = positions,
                                     .finding_count = g->listed_count,
                                     .success = g->success,
                                     .detected = g->detected};
    struct impact impact;
    arena_reset(r->batch);
    TRY(impact_find(r->assets, &view, r->batch, &impact));
    struct assess_holding *holdings =
        arena_zalloc(r->batch, impact.asset_count, sizeof(*holdings));
    if (holdings == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < impact.asset_count; i++) {
        const struct asset *a = impact.assets[i];
        holdings[i] = (struct assess_holding){a->id, a->class, a->service};
    }
    const struct docket_effects effects = {impact.effects, impact.effect_count,
                                           impact.tasks,   impact.task_count,
                                           holdings,       impact.asset_count};
    struct incident incident;
    TRY(docket_incident(r->docket, c, &effects, r->batch, &incident));
    incident_encode(out, &incident, at);
    return RC_OK;
}

static void write_case(struct role_state *r, struct docket_case *c)
{
    AUTO_BUF json = {0};
    uint8_t digest[HASH_SHA256_BYTES];
    struct written *w = written_of(r, c->id);
    struct wire_message m = {.type = WIRE_STORE_FACT, .store_fact = {.kind = FACT_INCIDENT}};
    c->written_changes = c->changes;
    /* after a start: is it what the ledger has? */
    c->version = w->version;
    struct rc rc = RC_OK;
    if (w->version > 0) {
        rc = render(r, c, w->at, &json);
        hash_sha256(bytes_of(buf_str(&json)), digest);
    }
    if (w->version > 0 && !rc_failed(rc) && memcmp(digest, w->digest, sizeof(digest)) == 0) {
        return;
    }
    buf_clear(&json);
    c->version = w->version + 1;
    struct walltime now = clock_wall();
    rc = rc_failed(rc) ? rc : render(r, c, now, &json);
    if (rc_failed(rc)) {
        warn_rc(r, "incident.render", rc);
        return;
    }
    struct incident named = {.version = c->version};
    memcpy(named.id, c->id, ACTION_ID_BYTES);
    incident_key(&named, m.store_fact.key);
    m.store_fact.json = buf_str(&json);
    if (!station_send(r->s, ROLE_LEDGER, &m)) {
        return; /* when the ledger is back all is folded anew */
    }
    w->version = c->version;
    w->at = now;
    hash_sha256(bytes_of(buf_str(&json)), w->digest);
}

static void wake_for(struct role_state *r)
{
    uint64_t earliest = UINT64_MAX;
    for (size_t i = 0; i < docket_count(r->docket); i++) {
        const struct docket_case *c = docket_at(r->docket, i);
        if (c->changes != c->written_changes && c->due_ns < earliest) {
            earliest = c->due_ns;
        }
    }
    if (earliest != UINT64_MAX) {
        station_wake(r->s, (struct instant){earliest});
    }
}

static void on_timer(void *context)
{
    struct role_state *r = context;
    uint64_t now = clock_now().ns;
    for (size_t i = 0; r->caught_up && i < docket_count(r->docket); i++) {
        struct docket_case *c = docket_at(r->docket, i);
        if (c->changes != c->written_changes && c->due_ns <= now) {
            write_case(r, c);
            c->due_ns = now + pause_ns;
        }
    }
    wake_for(r);
}

static void send_proposal(struct role_state *r, const struct docket_case *c,
                          struct docket_action *o)
{
    const struct action *a = &o->state.action;
    struct wire_message m = {.type = WIRE_PROPOSE,
                             .propose = {.kind = (uint8_t)a->kind,
                                         .address = a->address,
                                         .account = a->account,
                                         .lease_s = a->lease_s,
                                         .event_us = o->evidence.event_time.us,
                                         .trust = (uint8_t)o->evidence.trust,
                                         .signals = o->evidence.signals,
                                         .sensors = o->evidence.sensors,
                                         .sources = o->evidence.sources,
                                         .success = o->evidence.success,
                                         .from = o->evidence.from,
                                         .reason = {o->reason, o->reason_n}}};
    memcpy(m.propose.action, a->id, ACTION_ID_BYTES);
    memcpy(m.propose.incident, c->id, ACTION_ID_BYTES);
    o->to_send = !station_send(r->s, ROLE_CONTAIN, &m);
}

static void send_proposals(struct role_state *r, struct docket_case *c)
{
    bool sent = false;
    for (uint32_t i = 0; i < c->action_count; i++) {
        if (c->actions[i].to_send) {
            send_proposal(r, c, &c->actions[i]);
            sent = true;
        }
    }
    if (sent) {
        station_flush(r->s); /* each microsecond is a packet of the attacker's */
    }
}

static void changed(struct role_state *r, struct docket_case *c)
{
    if (c == NULL || !r->caught_up) {
        return;
    }
    send_proposals(r, c);
    uint64_t soon = clock_now().ns + wait_ns;
    c->due_ns = c->due_ns > soon ? c->due_ns : soon;
    wake_for(r);
}

/* Who tries to get in and has not yet: contain asks the kernel about them while there is time.
 */
static void foretell(struct role_state *r, const struct finding_fact *f)
{
    if (!r->caught_up || signal_raid_of(f) == RAID_NONE) {
        return;
    }
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        struct wire_message m = {.type = WIRE_EXPECT};
        if (e->kind == ENTITY_ADDRESS && !str_eq(e->role, STR("destination")) &&
            signal_telling(e) && ipaddr_parse(e->value, &m.expect.address) &&
            ipaddr_is_single(&m.expect.address)) {
            (void)station_send(r->s, ROLE_CONTAIN, &m);
        }
    }
}

static struct rc fold_written(struct role_state *r, struct str json)
{
    struct incident i;
    struct written new = {.at = {.us = WALLTIME_NONE}};
    AUTO_FACT_READ reader = {0};
    struct fact_head head;
    TRY(incident_decode(json, r->batch, &i));
    TRY(fact_read_open(&reader, json, r->batch, FACT_INCIDENT, &head));
    struct written *w = written_of(r, i.id);
    if (i.version <= w->version) {
        return RC_OK; /* ours, come back */
    }
    memcpy(new.id, i.id, ACTION_ID_BYTES);
    new.version = i.version;
    hash_sha256(bytes_of(json), new.digest);
    new.at = head.at;
    *w = new;
    return RC_OK;
}

static struct rc fold(struct role_state *r, const struct wire_fact *f)
{
    struct finding_fact finding;
    struct action_fact action;
    struct docket_case *c = NULL;
    arena_reset(r->batch);
    if (f->kind == FACT_FINDING) {
        TRY(finding_fact_decode(f->json, r->batch, &finding));
        c = docket_finding(r->docket, &finding, f->position);
        foretell(r, &finding);
    } else if (f->kind == FACT_INCIDENT) {
        return fold_written(r, f->json);
    } else if (f->kind == FACT_DECISION || f->kind == FACT_INTENT || f->kind == FACT_OUTCOME) {
        TRY(action_fact_decode(f->json, r->batch, &action));
        c = docket_action_fact(r->docket, &action);
    }
    changed(r, c);
    return RC_OK;
}

static void give_credit(struct role_state *r)
{
    struct wire_message m = {.type = WIRE_FACT_CREDIT, .fact_credit = {.position = r->next}};
    if (r->next != r->credited && station_send(r->s, ROLE_LEDGER, &m)) {
        r->credited = r->next;
    }
}

static void on_fact(struct role_state *r, const struct wire_fact *f)
{
    struct rc rc = fold(r, f);
    if (rc_failed(rc)) {
        /* the ledger only passes on; who wrote it is not here to be accused */
        warn_rc(r, "incident.fact", rc);
    }
    r->next = f->position + 1;
    if (r->next - r->credited >= CREDIT_EVERY) {
        give_credit(r);
    }
}

static void on_caught_up(struct role_state *r)
{
    r->caught_up = true;
    docket_send_again(r->docket);
    for (size_t i = 0; i < docket_count(r->docket); i++) {
        changed(r, docket_at(r->docket, i));
    }
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    (void)peer;
    (void)connection;
    if (m->type == WIRE_FACT) {
        on_fact(r, &m->fact);
    } else if (m->type == WIRE_CAUGHT_UP) {
        on_caught_up(r);
    } else if (m->type != WIRE_FACT_STORED) {
        return rc_make(ERR_MALFORMED);
    }
    return RC_OK;
}

/* What the old ledger told and had not yet made durable may be told differently: start over. */
static void fold_from_start(struct role_state *r)
{
    docket_close(r->docket);
    r->docket = docket_open(r->playbooks, r->history);
    r->written.n = 0;
    r->caught_up = false;
    r->next = r->credited = 0;
    struct wire_message m = {
        .type = WIRE_SUBSCRIBE,
        .subscribe = {.kinds = FACT_BIT(FACT_FINDING) | FACT_BIT(FACT_INCIDENT) |
                               FACT_BIT(FACT_DECISION) | FACT_BIT(FACT_INTENT) |
                               FACT_BIT(FACT_OUTCOME)}};
    (void)station_send(r->s, ROLE_LEDGER, &m);
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer == ROLE_LEDGER) {
        fold_from_start(r);
    } else if (peer == ROLE_CONTAIN) {
        docket_send_again(r->docket);
        for (size_t i = 0; r->caught_up && i < docket_count(r->docket); i++) {
            send_proposals(r, docket_at(r->docket, i));
        }
    }
}

static void on_idle(void *context)
{
    give_credit(context);
}

int main(void)
{
    struct role_state r = {.playbooks = playbook_open(),
                           .history = recurrence_open(),
                           .assets = register_open(),
                           .batch = arena_open(BATCH_CAP_BYTES)};
    const struct station_handlers handlers = {.file = on_file,
                                              .attached = on_attached,
                                              .message = on_message,
                                              .timer = on_timer,
                                              .idle = on_idle};
    r.docket = docket_open(r.playbooks, r.history);
    int status = station_main(ROLE_INCIDENT, &handlers, &r, &r.s);
    docket_close(r.docket);
    vec_free(&r.written);
    arena_close(r.batch);
    register_close(r.assets);
    recurrence_close(r.history);
    playbook_close(r.playbooks);
    return status;
}
