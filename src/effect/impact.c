/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "effect/impact.h"

#include "effect/todo.h"
#include "model/incident.h"
#include "model/tactic.h"

enum {
    FILES_MAX = 256,   /* told apart for one asset; more are "256 or more" */
    ACCOUNTS_MAX = 16, /* that touched it */
};

struct text_set {
    struct str *list;
    uint32_t count, max;
};

static void add(struct text_set *s, struct str value)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (str_eq(s->list[i], value)) {
            return;
        }
    }
    if (value.n > 0 && s->count < s->max) {
        s->list[s->count++] = value;
    }
}

static bool has(const struct text_set *s, struct str value)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (str_eq(s->list[i], value)) {
            return true;
        }
    }
    return false;
}

struct references {
    uint64_t list[INCIDENT_MAX_REFS];
    uint32_t count;
};

static void refer(struct references *r, uint64_t position)
{
    bool room = r->count < INCIDENT_MAX_REFS && position != FINDING_NO_POSITION;
    if (room && (r->count == 0 || r->list[r->count - 1] != position)) {
        r->list[r->count++] = position;
    }
}

/* What the findings say about one asset. */
struct sight {
    const struct asset *asset;
    struct text_set files, accounts;
    bool touched, proved, collected, changed, sent;
    bool audited; /* the kernel's audit speaks of processes here: it would show a transfer */
    struct walltime since;
    struct references touch, out, change;
};

static bool has_tactic(const struct finding_fact *f, enum tactic t)
{
    return (tactic_set(f->tags, f->tag_count) >> t & 1) != 0;
}

/* The rule asks for it and says so by a tag, or the value that matched is there to see. */
static bool says_success(const struct finding_fact *f)
{
    for (uint32_t i = 0; i < f->tag_count; i++) {
        if (str_eq(f->tags[i], STR("tocsin.succeeded"))) {
            return true;
        }
    }
    for (uint32_t i = 0; i < f->matched_count; i++) {
        const struct matched *m = &f->matched[i];
        if (str_eq(m->field, STR("success")) && str_eq(m->value, STR("yes"))) {
            return true;
        }
    }
    return false;
}

/* Both are about the same event of audit. */
static bool same_event(const struct finding_fact *a, const struct finding_fact *b)
{
    for (uint32_t i = 0; i < a->entity_count; i++) {
        for (uint32_t j = 0; j < b->entity_count; j++) {
            if (a->entities[i].kind == ENTITY_EVENT && b->entities[j].kind == ENTITY_EVENT &&
                str_eq(a->entities[i].value, b->entities[j].value)) {
                return true;
            }
        }
    }
    return false;
}

/* The finding and what else is about the same event. */
static void take_event(struct sight *s, const struct impact_view *v, uint32_t at)
{
    const struct finding_fact *f = v->findings[at];
    for (uint32_t k = 0; k < v->finding_count; k++) {
        const struct finding_fact *o = v->findings[k];
        if (k != at && !same_event(f, o)) {
            continue;
        }
        s->proved |= says_success(o);
        s->collected |= has_tactic(o, TACTIC_COLLECTION);
        if (has_tactic(o, TACTIC_IMPACT)) {
            s->changed = true;
            refer(&s->change, v->positions[k]);
        }
        refer(&s->touch, v->positions[k]);
        for (uint32_t i = 0; i < o->entity_count; i++) {
            if (o->entities[i].kind == ENTITY_ACCOUNT) {
                add(&s->accounts, o->entities[i].value);
            }
        }
    }
}

/* Did this finding touch the asset? By a file of it; where it is a host, by being there. */
static bool touches(struct sight *s, const struct impact_view *v, const struct finding_fact *f)
{
    bool found = false;
    if (s->asset->path.n == 0) {
        return v->success && str_eq_nocase(s->asset->host, f->host);
    }
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        if (e->kind == ENTITY_FILE && register_holds(s->asset, e->value, f->host)) {
            add(&s->files, e->value);
            found = true;
        }
    }
    return found;
}

static void look_for_touch(struct sight *s, const struct impact_view *v)
{
    for (uint32_t i = 0; i < v->finding_count; i++) {
        const struct finding_fact *f = v->findings[i];
        s->audited |= says_success(f);
        if (!touches(s, v, f)) {
            continue;
        }
        s->touched = true;
        take_event(s, v, i);
        if (!walltime_known(s->since) ||
            (walltime_known(f->first) && f->first.us < s->since.us)) {
            s->since = f->first;
        }
    }
}

/* An account that touched is in the finding, or in another one about the same event. */
static bool is_by_same(const struct sight *s, const struct impact_view *v, uint32_t at)
{
    for (uint32_t k = 0; k < v->finding_count; k++) {
        const struct finding_fact *o = v->findings[k];
        if (k != at && !same_event(v->findings[at], o)) {
            continue;
        }
        for (uint32_t e = 0; e < o->entity_count; e++) {
            if (o->entities[e].kind == ENTITY_ACCOUNT &&
                has(&s->accounts, o->entities[e].value)) {
                return true;
            }
        }
    }
    return false;
}

/* A transfer to the outside, after the touch, by an account that touched. */
static void look_for_transfer(struct sight *s, const struct impact_view *v)
{
    for (uint32_t i = 0; i < v->finding_count; i++) {
        const struct finding_fact *f = v->findings[i];
        bool after =
            !walltime_known(s->since) || !walltime_known(f->last) || f->last.us >= s->since.us;
        if (!has_tactic(f, TACTIC_EXFILTRATION)) {
            continue;
        }
        s->audited = true;
        if (after && is_by_same(s, v, i)) {
            s->sent = true;
            refer(&s->out, v->positions[i]);
        }
    }
}

struct finder {
    struct arena *a;
    struct impact *out;
};

static struct rc put(struct finder *o, const struct sight *s, struct effect e,
                     const struct references *refs)
{
    if (o->out->effect_count == INCIDENT_MAX_EFFECTS) {
        return RC_OK;
    }
    AUTO_BUF basis = {0};
    buf_put(&basis, e.basis);
    e.asset = s->asset->id;
    e.name = s->asset->name_en;
    e.mandate = s->asset->mandate;
    TRY(arena_copy(o->a, buf_str(&basis), &e.basis));
    if (refs != NULL && refs->count > 0) {
        uint64_t *list = arena_alloc(o->a, refs->count * sizeof(*list));
        if (list == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        memcpy(list, refs->list, refs->count * sizeof(*list));
        e.refs = list;
        e.ref_count = refs->count;
    }
    o->out->effects[o->out->effect_count++] = e;
    return RC_OK;
}

static void put_place(struct buf *out, const struct sight *s)
{
    if (s->asset->path.n == 0) {
        buf_puts(out, "the intruder was on ");
        buf_put(out, s->asset->host);
        return;
    }
    buf_printf(out, "%u%s %s below ", s->files.count,
               s->files.count == FILES_MAX ? " or more" : "",
               s->files.count == 1 ? "file" : "files");
    buf_put(out, s->asset->path);
}

static struct rc put_touch(struct finder *o, const struct sight *s)
{
    AUTO_BUF basis = {0};
    put_place(&basis, s);
    buf_puts(&basis, s->proved ? ": audit says that opening succeeded"
                               : ": named in findings; nothing says that it succeeded");
    struct effect touched = {.kind = EFFECT_TOUCHED,
                             .status = s->proved ? EFFECT_CONFIRMED : EFFECT_SUSPECTED,
                             .basis = buf_str(&basis)};
    struct effect read = touched;
    read.kind = EFFECT_READ;
    TRY(put(o, s, touched, &s->touch));
    if (s->collected) {
        return put(o, s, read, &s->touch);
    }
    read.status = EFFECT_UNKNOWN;
    read.basis = STR("no finding tells whether they were opened for reading");
    return put(o, s, read, NULL);
}

static struct rc put_taken(struct finder *o, const struct sight *s)
{
    struct effect e = {.kind = EFFECT_TAKEN, .status = EFFECT_UNKNOWN};
    if (s->sent) {
        e.status = EFFECT_SUSPECTED;
        e.basis =
            STR("the same account sent data to another machine after it had touched them; "
                "what was sent is not known");
    } else if (s->audited) {
        e.status = EFFECT_NONE_SO_FAR;
        e.basis = STR("audit records programs on that machine and no transfer was found");
    } else {
        e.basis = STR("nothing that records transfers was looked at");
    }
    return put(o, s, e, &s->out);
}

static struct rc put_altered(struct finder *o, const struct sight *s)
{
    struct effect e = {.kind = EFFECT_ALTERED, .status = EFFECT_UNKNOWN};
    if (s->changed) {
        e.status = EFFECT_SUSPECTED;
        e.basis = STR("a finding that names them is about changing or destroying data");
    } else {
        e.basis = STR("nothing that records changes was looked at: compare with a backup");
    }
    return put(o, s, e, &s->change);
}

static struct rc one_asset(struct finder *o, const struct asset *asset,
                           const struct impact_view *v, bool want_touched)
{
    struct str files[FILES_MAX], accounts[ACCOUNTS_MAX];
    struct sight s = {.asset = asset,
                      .files = {files, 0, FILES_MAX},
                      .accounts = {accounts, 0, ACCOUNTS_MAX},
                      .since = {.us = WALLTIME_NONE}};
    look_for_touch(&s, v);
    if (s.touched != want_touched) {
        return RC_OK;
    }
    if (!s.touched) {
        struct effect unknown = {.kind = EFFECT_TOUCHED,
                                 .status = EFFECT_UNKNOWN,
                                 .basis = STR("no finding names it; that alone is no proof")};
        return asset->mandate && v->success ? put(o, &s, unknown, NULL) : RC_OK;
    }
    look_for_transfer(&s, v);
    o->out->assets[o->out->asset_count++] = asset;
    TRY(put_touch(o, &s));
    TRY(put_taken(o, &s));
    TRY(put_altered(o, &s));
    return todo_asset(o->a, o->out, asset, v->detected);
}

struct rc impact_find(const struct assets *r, const struct impact_view *v, struct arena *a,
                      struct impact *out)
{
    size_t count = r == NULL ? 0 : register_count(r);
    struct impact i = {.effects = arena_zalloc(a, INCIDENT_MAX_EFFECTS, sizeof(*i.effects)),
                       .tasks = arena_zalloc(a, INCIDENT_MAX_TASKS, sizeof(*i.tasks)),
                       .assets = arena_zalloc(a, count, sizeof(const struct asset *))};
    if (i.effects == NULL || i.tasks == NULL || i.assets == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    struct finder o = {a, &i};
    TRY(todo_common(a, &i, v));
    /* what is touched first, so that a long register cannot crowd it out */
    for (size_t k = 0; k < count; k++) {
        TRY(one_asset(&o, register_at(r, k), v, true));
    }
    for (size_t k = 0; k < count; k++) {
        TRY(one_asset(&o, register_at(r, k), v, false));
    }
    *out = i;
    return RC_OK;
}
