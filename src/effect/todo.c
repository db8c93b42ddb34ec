/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "effect/todo.h"

#include "model/action.h"
#include "model/incident.h"

/* Hours from detection. The times are the house's to change later; these are what a small team
 * can keep: evidence goes first, since it is what gets lost. */
enum {
    PRESERVE_H = 4,
    ROTATE_H = 8,
    CLEAN_H = 24,
    ASSESS_H = 24,
    INFORM_H = 24,
    NUMBERS_PER_ASSET = 10,
    NAMES_MAX = 4, /* listed in one task */
};
static const int64_t hour_us = INT64_C(3600) * 1000000;

static struct rc put(struct arena *a, struct impact *out, struct task t, struct walltime from,
                     int64_t hours)
{
    if (out->task_count == INCIDENT_MAX_TASKS) {
        return RC_OK;
    }
    t.due = from;
    if (walltime_known(from)) {
        t.due = walltime_from_unix((from.us + hours * hour_us) / 1000000);
    }
    TRY(arena_copy(a, t.what, &t.what));
    out->tasks[out->task_count++] = t;
    return RC_OK;
}

/* Names that can stand in a sentence of ours: nothing in them that could pass for more. */
static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' &&
            s.p[i] != '_') {
            return false;
        }
    }
    return s.n > 0 && s.n <= 64;
}

struct names {
    struct str list[NAMES_MAX];
    size_t count;
    bool more;
};

static void add(struct names *n, struct str name)
{
    for (size_t i = 0; i < n->count; i++) {
        if (str_eq(n->list[i], name)) {
            return;
        }
    }
    if (n->count == NAMES_MAX || !is_plain(name)) {
        n->more = true;
    } else {
        n->list[n->count++] = name;
    }
}

static void put_names(struct buf *out, const struct names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        buf_puts(out, i == 0 ? "" : ", ");
        buf_put(out, n->list[i]);
    }
    if (n->more) {
        buf_puts(out, n->count == 0 ? "those named in the findings" : " and others");
    }
}

/* Accounts that did something, hosts where it happened: not those that were only aimed at. */
static void collect(const struct impact_view *v, struct names *accounts, struct names *hosts)
{
    for (uint32_t i = 0; i < v->finding_count; i++) {
        const struct finding_fact *f = v->findings[i];
        if (f->host.n > 0) {
            add(hosts, f->host);
        }
        bool counts =
            str_eq(f->type, STR("event_count")) || str_eq(f->type, STR("value_count"));
        for (uint32_t e = 0; !counts && e < f->entity_count; e++) {
            if (f->entities[e].kind == ENTITY_ACCOUNT &&
                action_account_ok(f->entities[e].value)) {
                add(accounts, f->entities[e].value);
            }
        }
    }
}

struct rc todo_common(struct arena *a, struct impact *out, const struct impact_view *v)
{
    static const struct str security = STR_INIT("security");
    struct names accounts = {0}, hosts = {0};
    AUTO_BUF rotate = {0};
    AUTO_BUF clean = {0};
    collect(v, &accounts, &hosts);
    TRY(put(
        a, out,
        (struct task){.number = 1,
                      .what = STR("preserve the evidence: export the findings and their "
                                  "records before a machine is rebuilt or logs are rotated"),
                      .owner = security},
        v->detected, PRESERVE_H));
    if (accounts.count > 0 && v->success) {
        buf_puts(&rotate, "change what these accounts log on with (password, keys, tokens): ");
        put_names(&rotate, &accounts);
        TRY(put(a, out, (struct task){.number = 2, .what = buf_str(&rotate), .owner = security},
                v->detected, ROTATE_H));
    }
    if ((hosts.count > 0 || hosts.more) && v->success) {
        buf_puts(&clean, "verify that these machines are clean, or rebuild them: ");
        put_names(&clean, &hosts);
        TRY(put(a, out, (struct task){.number = 3, .what = buf_str(&clean), .owner = security},
                v->detected, CLEAN_H));
    }
    return RC_OK;
}

struct rc todo_asset(struct arena *a, struct impact *out, const struct asset *asset,
                     struct walltime detected)
{
    struct str owner = asset->owner.n > 0 ? asset->owner : STR("security");
    uint32_t number = NUMBERS_PER_ASSET * out->asset_count;
    AUTO_BUF assess = {0};
    AUTO_BUF inform = {0};
    buf_puts(&assess, "find out which items of ");
    buf_put(&assess, asset->name_en);
    buf_puts(&assess, " were opened, and whose they are");
    TRY(put(a, out, (struct task){.number = number, .what = buf_str(&assess), .owner = owner},
            detected, ASSESS_H));
    if (!asset->mandate) {
        return RC_OK;
    }
    buf_puts(&inform, "decide who must be told about ");
    buf_put(&inform, asset->name_en);
    buf_puts(&inform, ", beginning with the people it is about; draft the notices");
    return put(a, out,
               (struct task){.number = number + 1, .what = buf_str(&inform), .owner = owner},
               detected, INFORM_H);
}
