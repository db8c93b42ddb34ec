/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * warden_inner - what the files of warden share: its state, and the steps of an action.
 */
#ifndef CONTAIN_WARDEN_INNER_H
#define CONTAIN_WARDEN_INNER_H

#include "contain/budget.h"
#include "contain/decide.h"
#include "contain/foresight.h"
#include "contain/lease.h"
#include "contain/spool.h"
#include "contain/warden.h"

enum warden_stage { WARDEN_WITNESS, WARDEN_INTENT };

/* A proposal under way: its texts are owned. */
struct warden_case {
    struct action action;
    struct evidence evidence;
    char account[ACTION_MAX_ACCOUNT_BYTES];
    char reason[ACTION_MAX_REASON_BYTES];
    size_t reason_bytes;
    uint64_t connection; /* of the person who asked; 0: nobody */
    uint32_t uid;
    /* while it waits */
    enum warden_stage stage;
    struct instant deadline;
    uint64_t question;           /* WARDEN_WITNESS; 0: not asked yet */
    uint8_t key[FACT_KEY_BYTES]; /* WARDEN_INTENT */
    struct wire_grant grant;     /* WARDEN_INTENT: signed while the disk works */
};

/* A person who waits for a receipt. */
struct warden_order {
    uint64_t connection;
    uint8_t action[ACTION_ID_BYTES];
    enum act act;
    struct action target; /* its account is owned: account */
    char account[ACTION_MAX_ACCOUNT_BYTES];
    struct instant deadline;
};

struct warden_executor {
    enum role role;
    bool here, ever;
    uint64_t last_nonce; /* of what was sent to it: nonces only rise */
    size_t regrant;      /* next lease to be granted again; SIZE_MAX: none */
};

struct warden {
    struct warden_setup setup;
    struct budget budget;
    struct foresight foresight;
    struct lease_table leases;
    struct spool spool;
    VEC(struct warden_case *) held;    /* until the fold is done; owned */
    VEC(struct warden_case *) pending; /* owned */
    VEC(struct warden_order) orders;
    struct warden_executor executors[2]; /* net, account */
    struct arena *arena;                 /* of one fact */
    struct instant started;
    bool ledger, ready; /* ready: folded, or long enough without a ledger */
    bool caught_up;
    uint64_t next_fact, credited;
    uint64_t nonce, question;
    bool ask_oldest; /* of the questions that wait the oldest has its turn, then the newest */
};

/* warden.c */
struct warden_executor *warden_executor_of(struct warden *d, enum action_kind kind);
void warden_say(struct warden *d, enum warden_level level, const char *event, struct str text);
/* Encode, keep until the ledger has it, send. */
void warden_store(struct warden *d, struct action_fact *f, bool sync);
/* A grant for the action; signed. */
struct wire_grant warden_grant(struct warden *d, const struct action *a, enum act act,
                               struct walltime until, struct warden_time t);
bool warden_send_grant(struct warden *d, const struct wire_grant *g);
/* Tell the executor what this lease asks for now, if it is there. */
void warden_enforce(struct warden *d, struct lease *l, struct warden_time t);
struct warden_result {
    enum act act;
    enum outcome outcome;
    struct str detail;
};
void warden_outcome(struct warden *d, struct lease *l, struct warden_result r,
                    struct warden_time t);

/* warden_propose.c */
struct rc warden_propose_message(struct warden *d, const struct wire_propose *p,
                                 struct warden_time t);
void warden_propose_decide(struct warden *d, struct warden_case *c, enum decide_witness witness,
                           struct warden_time t);
void warden_propose_witnessed(struct warden *d, const struct wire_witnessed *w,
                              struct warden_time t);
/* A proposal to block this address may follow. */
struct rc warden_propose_expect(struct warden *d, const struct ipaddr *a, struct warden_time t);
/* contain-net came or went: what it was asked is asked anew. */
void warden_propose_ask_again(struct warden *d, struct warden_time t);
void warden_propose_stored(struct warden *d, const uint8_t key[static FACT_KEY_BYTES],
                           struct warden_time t);
/* Deadlines of what waits; `all`: the ledger is gone, act on every intent. */
void warden_propose_timer(struct warden *d, bool all, struct warden_time t);
void warden_propose_ready(struct warden *d, struct warden_time t);
bool warden_propose_waits(const struct warden *d, const uint8_t id[static ACTION_ID_BYTES]);

/* warden_order.c */
struct rc warden_order_message(struct warden *d, struct warden_from from,
                               const struct wire_order *o, struct warden_time t);
/* A verdict without an action, or an outcome: whoever waits for it is told. */
void warden_order_verdict(struct warden *d, const struct warden_case *c, enum verdict verdict);
void warden_order_wait(struct warden *d, uint64_t connection, const struct action *a,
                       enum act act, struct warden_time t);
void warden_order_receipt(struct warden *d, const struct wire_receipt *r);
void warden_order_timer(struct warden *d, struct warden_time t);

#endif
