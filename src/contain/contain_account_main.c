/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-contain-account - the executor that suspends local accounts and ends their sessions.
 *
 * Job: does what a signed grant says and nothing else, and says what it found afterwards.
 * Input trust: contain may be compromised: grants are verified, and uid, its own never list and
 * budgets are checked here again. Powers: writes shadow, kills processes of accounts. If it
 * dies: what an account was before lies in its journal, written before anything was changed;
 * started again it restores what is over and goes on with the rest.
 */
#include "base/file.h"
#include "base/folder.h"
#include "base/vec.h"
#include "contain/account_io.h"
#include "contain/grant.h"
#include "contain/net_budget.h"
#include "contain/never.h"
#include "guard/station.h"

#include <limits.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define HOUR_NS   (3600 * SECOND_NS)

enum {
    ACCOUNTS_PER_HOUR = 5,
    SESSIONS_PER_HOUR = 10,
    RETRY_S = 5, /* after a restoring that failed */
    LOOK_S = 60, /* at the latest: the clock may have been set */
    HELD_MAX = 1024,
};

/* A suspension in the journal. */
struct held {
    char account[ACTION_MAX_ACCOUNT_BYTES];
    size_t account_bytes;
    struct walltime until, since;
};

struct role_state {
    struct station *s;
    struct account_io io;
    struct grant_verifier *verifier;
    struct never *never;
    struct net_budget accounts, sessions;
    VEC(struct held) held;
    char etc[PATH_MAX];
    uint8_t key[GRANT_KEY_BYTES];
    bool have_key, bad_never;
};

static void say(struct role_state *r, enum station_level level, const char *event,
                struct str account, struct str text)
{
    AUTO_BUF line = {0};
    buf_printf(&line, "%s account=", event);
    buf_put(&line, account); /* its form was checked: letters, digits, - and _ */
    buf_puts(&line, " text=\"");
    buf_put(&line, text);
    buf_putc(&line, '"');
    station_log(r->s, level, buf_str(&line));
}

static void on_option(void *context, struct str name, struct str value)
{
    struct role_state *r = context;
    if (str_eq(name, STR("account.etc")) && value.n < sizeof(r->etc)) {
        memcpy(r->etc, value.p, value.n);
        r->etc[value.n] = 0;
    } else if (str_eq(name, STR("account.never"))) {
        AUTO_BUF entry = {0};
        buf_puts(&entry, "account:");
        buf_put(&entry, value);
        r->bad_never |= rc_failed(never_add(r->never, buf_str(&entry)));
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("folder")) && r->io.journal < 0) {
        r->io.journal = fd;
        return;
    }
    AUTO_FD own = fd;
    size_t got = 0;
    if (str_eq(name, STR("grant-public"))) {
        struct rc rc = file_read_at(own, r->key, sizeof(r->key), 0, &got);
        r->have_key = !rc_failed(rc) && got == sizeof(r->key);
    }
}

static void hold_one(void *context, const struct account_journal *j, struct rc why)
{
    struct role_state *r = context;
    if (rc_failed(why)) {
        say(r, STATION_ERROR, "contain-account.journal", j->account,
            STR("the before-image cannot be read: give the account back by hand"));
        return;
    }
    struct held h = {.account_bytes = j->account.n, .until = j->until, .since = j->since};
    memcpy(h.account, j->account.p, j->account.n);
    if (r->held.n < HELD_MAX) {
        vec_push(&r->held, h);
    }
}

static void reload(struct role_state *r)
{
    r->held.n = 0;
    struct rc rc = account_io_each(&r->io, hold_one, r);
    if (rc_failed(rc)) {
        say(r, STATION_ERROR, "contain-account.journal", STR("-"), str_of(rc_text(rc)));
    }
}

static const struct held *held_of(const struct role_state *r, struct str account)
{
    for (size_t i = 0; i < r->held.n; i++) {
        if (str_eq((struct str){r->held.p[i].account, r->held.p[i].account_bytes}, account)) {
            return &r->held.p[i];
        }
    }
    return NULL;
}

/* Wakes when the next suspension ends. */
static void plan(struct role_state *r, bool retry)
{
    int64_t wall = clock_wall().us;
    int64_t wait_us = (retry ? RETRY_S : LOOK_S) * INT64_C(1000000);
    for (size_t i = 0; i < r->held.n && !retry; i++) {
        int64_t left = r->held.p[i].until.us - wall;
        wait_us = left < wait_us ? (left < 1000 ? 1000 : left) : wait_us;
    }
    station_wake(r->s, (struct instant){clock_now().ns + (uint64_t)wait_us * 1000});
}

/* Everything whose time is over is as before; also what ended while nobody ran. */
static void restore_due(struct role_state *r)
{
    struct walltime wall = clock_wall();
    struct account_result result = {0};
    bool retry = false, changed = false;
    for (size_t i = 0; i < r->held.n; i++) {
        const struct held *h = &r->held.p[i];
        struct str account = {h->account, h->account_bytes};
        if (h->until.us > wall.us) {
            continue;
        }
        account_io_restore(&r->io, account, &result);
        retry |= result.outcome == OUTCOME_UNKNOWN;
        changed = true;
        say(r, result.outcome == OUTCOME_EFFECTIVE ? STATION_INFO : STATION_WARNING,
            "contain-account.restored", account, buf_str(&result.detail));
    }
    buf_free(&result.detail);
    if (changed) {
        reload(r);
    }
    plan(r, retry);
}

static struct rc on_prepare(void *context)
{
    struct role_state *r = context;
    if (!r->have_key || r->io.journal < 0 || r->bad_never) {
        say(r, STATION_ERROR, "contain-account.start", STR("-"),
            r->bad_never ? STR("an entry of account.never is no account name")
                         : STR("the public key of grants or the journal's folder is missing"));
        return rc_make(ERR_REJECTED);
    }
    uint32_t kinds = 1u << ACTION_END_SESSION | 1u << ACTION_SUSPEND_ACCOUNT;
    r->verifier = grant_verifier_open(r->key, kinds);
    if (r->verifier == NULL) {
        return rc_make(ERR_INTERNAL);
    }
    TRY(folder_open(r->etc, &r->io.etc));
    TRY(folder_open("/proc", &r->io.proc));
    station_allow_folder(r->s, r->io.etc);
    station_allow_folder(r->s, r->io.proc);
    r->io.own_uid = getuid();
    reload(r);
    for (size_t i = 0; i < r->held.n; i++) {
        /* what was done in the last hour counts */
        int64_t age_us = clock_wall().us - r->held.p[i].since.us;
        uint64_t now = clock_now().ns;
        if (age_us >= 0 && age_us < 3600 * INT64_C(1000000) && (uint64_t)age_us * 1000 < now) {
            net_budget_take(&r->accounts, (struct instant){now - (uint64_t)age_us * 1000});
        }
    }
    station_wake(r->s, clock_now());
    return RC_OK;
}

static void on_timer(void *context)
{
    restore_due(context);
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer == ROLE_CONTAIN) {
        grant_verifier_attached(r->verifier);
    }
}

/* A reason not to begin; empty: none. */
static struct str refusal(struct role_state *r, const struct action *a)
{
    struct instant now = clock_now();
    struct net_budget *b = a->kind == ACTION_END_SESSION ? &r->sessions : &r->accounts;
    if (never_has_account(r->never, a->account)) {
        return STR("is on this executor's never list");
    }
    if (a->kind == ACTION_SUSPEND_ACCOUNT && a->lease_s == 0) {
        return STR("the lease is over");
    }
    if (a->kind == ACTION_SUSPEND_ACCOUNT && held_of(r, a->account) != NULL) {
        return (struct str){0}; /* is suspended already: costs nothing */
    }
    if (!net_budget_allows(b, now) || r->held.n >= HELD_MAX) {
        return STR("this executor's budget for the hour is used up");
    }
    net_budget_take(b, now);
    return (struct str){0};
}

static void apply(struct role_state *r, const struct wire_grant *g, const struct action *a,
                  struct account_result *out)
{
    struct str no = refusal(r, a);
    if (no.n > 0) {
        out->outcome = OUTCOME_INEFFECTIVE;
        buf_put(&out->detail, no);
    } else if (a->kind == ACTION_END_SESSION) {
        account_io_end_sessions(&r->io, a->account, out);
    } else {
        struct walltime until = {.us = g->until_us};
        account_io_suspend(&r->io, a, clock_wall(), until, out);
    }
}

static void end(struct role_state *r, const struct action *a, struct account_result *out)
{
    if (a->kind == ACTION_END_SESSION) {
        out->outcome = OUTCOME_EFFECTIVE;
        buf_puts(&out->detail, "there is nothing to undo: who was logged out logs in again");
    } else {
        account_io_restore(&r->io, a->account, out);
    }
}

static void answer(struct role_state *r, const struct wire_grant *g, enum outcome outcome,
                   struct str detail)
{
    struct wire_message m = {.type = WIRE_RECEIPT,
                             .receipt = {.act = g->act,
                                         .outcome = (uint8_t)outcome,
                                         .until_us = g->until_us,
                                         .detail = str_upto(detail, ACTION_MAX_DETAIL_BYTES)}};
    memcpy(m.receipt.action, g->action, sizeof(m.receipt.action));
    (void)station_send(r->s, ROLE_CONTAIN, &m); /* contain asks again when it is back */
    station_flush(r->s);
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    struct account_result result = {0};
    struct action a;
    (void)peer;
    (void)connection;
    if (m->type != WIRE_GRANT) {
        return rc_make(ERR_MALFORMED);
    }
    enum grant_fault fault = grant_verify(r->verifier, &m->grant, clock_wall(), &a);
    if (grant_fault_is_hostile(fault)) {
        say(r, STATION_ERROR, "contain-account.grant", STR("-"), grant_fault_text(fault));
        return rc_make(ERR_MALFORMED);
    }
    if (fault != GRANT_GOOD) {
        answer(r, &m->grant, OUTCOME_UNKNOWN, grant_fault_text(fault));
        return RC_OK;
    }
    if (m->grant.act == ACT_APPLY) {
        apply(r, &m->grant, &a, &result);
    } else {
        end(r, &a, &result);
    }
    answer(r, &m->grant, result.outcome, buf_str(&result.detail));
    buf_free(&result.detail);
    if (a.kind == ACTION_SUSPEND_ACCOUNT) {
        reload(r);
        plan(r, false);
    }
    return RC_OK;
}

int main(void)
{
    struct role_state r = {.io = {-1, -1, -1, 0},
                           .never = never_open(),
                           .accounts = net_budget_make(ACCOUNTS_PER_HOUR, HOUR_NS),
                           .sessions = net_budget_make(SESSIONS_PER_HOUR, HOUR_NS),
                           .etc = "/etc"};
    const struct station_handlers handlers = {.option = on_option,
                                              .file = on_file,
                                              .prepare = on_prepare,
                                              .attached = on_attached,
                                              .message = on_message,
                                              .timer = on_timer};
    int status = station_main(ROLE_CONTAIN_ACCOUNT, &handlers, &r, &r.s);
    vec_free(&r.held);
    never_close(r.never);
    grant_verifier_close(r.verifier);
    return status;
}
