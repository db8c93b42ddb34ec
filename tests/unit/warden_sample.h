/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * warden_sample - a warden on a fake clock, with all that it sends written down.
 */
#ifndef TESTS_UNIT_WARDEN_SAMPLE_H
#define TESTS_UNIT_WARDEN_SAMPLE_H

#include "test.h"

#include "base/vec.h"
#include "contain/warden.h"

#include <stdio.h>

#define SECOND_NS UINT64_C(1000000000)
#define SECOND_US INT64_C(1000000)

enum { MAX_SENT = 4096 };

struct sent {
    enum role to;
    enum wire_type type;
    struct wire_message m; /* texts of it are not kept, but: */
    char json[1200];
    char account[40];
};

struct world {
    struct warden *warden;
    struct warden_time t;
    bool here[ROLE_COUNT];
    struct sent *sent;
    size_t count, seen; /* seen: the next that expect() looks at */
    char answer[1200];
    int status; /* of the answer; -1: none */
    unsigned warnings;
};

static bool out_send(void *context, enum role to, const struct wire_message *m)
{
    struct world *w = context;
    if (!w->here[to]) {
        return false;
    }
    assert_true(w->count < MAX_SENT);
    assert_true(wire_permitted(m->type, ROLE_CONTAIN, to));
    struct sent *s = &w->sent[w->count++];
    *s = (struct sent){.to = to, .type = m->type, .m = *m};
    if (m->type == WIRE_STORE_FACT) {
        assert_true(m->store_fact.json.n < sizeof(s->json));
        memcpy(s->json, m->store_fact.json.p, m->store_fact.json.n);
    }
    if (m->type == WIRE_GRANT && m->grant.account.n > 0) {
        memcpy(s->account, m->grant.account.p, m->grant.account.n);
        s->m.grant.account.p = s->account;
    }
    return true;
}

static void out_answer(void *context, uint64_t connection, uint8_t status, struct str json)
{
    struct world *w = context;
    assert_int_equal(connection, 7);
    assert_int_equal(w->status, -1);
    w->status = status;
    assert_true(json.n < sizeof(w->answer));
    memset(w->answer, 0, sizeof(w->answer));
    memcpy(w->answer, json.p, json.n);
}

static void out_log(void *context, enum warden_level level, struct str line)
{
    (void)line;
    ((struct world *)context)->warnings += level == WARDEN_INFO ? 0 : 1;
}

static void open_warden(struct world *w, bool enforce)
{
    static const uint8_t seed[GRANT_KEY_BYTES] = {7};
    const struct warden_setup setup = {.out = {w, out_send, out_answer, out_log},
                                       .never = never_open(),
                                       .signer = grant_signer_open(seed),
                                       .enforce = enforce,
                                       .owner = 1000};
    assert_ok(never_add(setup.never, STR("192.0.2.0/24")));
    w->warden = warden_open(&setup, w->t);
}

static void attach(struct world *w, enum role peer)
{
    w->here[peer] = true;
    warden_attached(w->warden, peer, w->t);
}

static void lose(struct world *w, enum role peer)
{
    w->here[peer] = false;
    warden_lost(w->warden, peer, w->t);
}

static void tell(struct world *w, enum role from, struct wire_message m)
{
    struct warden_from f = {.role = from};
    assert_ok(warden_message(w->warden, f, &m, w->t));
}

static void caught_up(struct world *w)
{
    tell(w, ROLE_LEDGER, (struct wire_message){.type = WIRE_CAUGHT_UP});
}

static void set_up(struct world *w, bool enforce)
{
    *w = (struct world){.t = {{1000 * SECOND_NS}, {.us = 1764214810000000}}, .status = -1};
    w->sent = heap_zalloc(MAX_SENT, sizeof(*w->sent));
    open_warden(w, enforce);
    attach(w, ROLE_LEDGER);
    attach(w, ROLE_CONTAIN_NET);
    attach(w, ROLE_CONTAIN_ACCOUNT);
    caught_up(w);
    w->seen = w->count;
}

static void tear_down(struct world *w)
{
    warden_close(w->warden);
    heap_free(w->sent);
}

static void pass(struct world *w, unsigned seconds)
{
    w->t.now.ns += seconds * SECOND_NS;
    w->t.wall.us += seconds * SECOND_US;
    (void)warden_timer(w->warden, w->t);
}

/* The next message of that type; all before it are skipped. */
static struct sent *expect(struct world *w, enum wire_type type)
{
    while (w->seen < w->count) {
        struct sent *s = &w->sent[w->seen++];
        if (s->type == type) {
            return s;
        }
    }
    fail_msg("no %s was sent", wire_name(type).p);
    return NULL;
}

static struct sent *expect_fact(struct world *w, enum fact_kind kind, const char *part)
{
    struct sent *s;
    do {
        s = expect(w, WIRE_STORE_FACT);
    } while (s->m.store_fact.kind != kind);
    if (strstr(s->json, part) == NULL) {
        fail_msg("%s\nhas no %s", s->json, part);
    }
    return s;
}

static void expect_nothing(struct world *w, enum wire_type type)
{
    while (w->seen < w->count) {
        assert_int_not_equal(w->sent[w->seen++].type, type);
    }
}

static struct wire_message proposal(struct world *w, enum action_kind kind, const char *target)
{
    struct wire_message m = {.type = WIRE_PROPOSE,
                             .propose = {.kind = (uint8_t)kind,
                                         .lease_s = 60,
                                         .incident = {9},
                                         .event_us = w->t.wall.us - 1000,
                                         .trust = TRUST_JOURNAL,
                                         .signals = 2,
                                         .sensors = 2,
                                         .sources = 2,
                                         .success = 1,
                                         .reason = STR("guessed a password")}};
    struct action a = {.kind = kind, .incident = {9}};
    if (kind == ACTION_BLOCK_ADDRESS) {
        assert_true(ipaddr_parse(str_of(target), &a.address));
    } else {
        a.account = str_of(target);
    }
    action_id(&a, a.id);
    m.propose.address = a.address;
    m.propose.account = a.account;
    memcpy(m.propose.action, a.id, sizeof(a.id));
    return m;
}

#endif
