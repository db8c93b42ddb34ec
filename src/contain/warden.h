/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * warden - all that contain does: proposals and people's orders to decisions, durable intents,
 * grants, receipts, outcomes; leases to their end. No system calls: time comes in, messages go
 * out through the caller, so that it can be replayed on a fake clock.
 */
#ifndef CONTAIN_WARDEN_H
#define CONTAIN_WARDEN_H

#include "base/clock.h"
#include "contain/grant.h"
#include "contain/never.h"
#include "model/wire.h"

enum {
    WARDEN_FOLD_MS = 2000, /* without a ledger for so long after the start: go on without */
    WARDEN_FOLD_MAX_MS = 30000, /* with one that is there but does not come to an end */
    WARDEN_AWAY_MS = 10000,     /* an executor that was not there by then does not exist here */
    WARDEN_STORE_MS = 1000, /* an intent that is not durable by then is acted on all the same */
    WARDEN_WITNESS_MS = 1000, /* no answer: no witness */
    WARDEN_RECEIPT_MS =
        15000,                /* then the outcome is UNKNOWN, and the executor is asked again */
    WARDEN_HELD_CAP = 256,    /* proposals that wait for the fold */
    WARDEN_PENDING_CAP = 256, /* that wait for the ledger or a witness */
    WARDEN_ASKED_MAX = 8,     /* questions to contain-net at once */
    WARDEN_ORDERS_CAP = 64,   /* people who wait */
    WARDEN_REGRANT = 64,      /* grants at once when an executor comes */
    WARDEN_REGRANT_MS = 20,   /* and the next ones after that */
    WARDEN_ENDED_S = 120,     /* how long after its order a session's end still makes sense */
};

enum warden_level { WARDEN_INFO, WARDEN_WARNING, WARDEN_ERROR };

struct warden_out {
    void *context;
    /* False: that role is not there. */
    bool (*send)(void *context, enum role to, const struct wire_message *m);
    void (*answer)(void *context, uint64_t connection, uint8_t status, struct str json);
    void (*log)(void *context, enum warden_level level, struct str line);
};

struct warden_time {
    struct instant now;
    struct walltime wall;
};

struct warden;

/* never and signer become the warden's. owner: the uid that may give orders beside root. */
struct warden_setup {
    struct warden_out out;
    struct never *never;
    struct grant_signer *signer;
    bool enforce;
    uint32_t budget_addresses; /* in 10 minutes; 0: BUDGET_ADDRESSES */
    uint32_t owner;
};

struct warden *warden_open(const struct warden_setup *setup, struct warden_time t);
void warden_close(struct warden *d);

void warden_attached(struct warden *d, enum role peer, struct warden_time t);
void warden_lost(struct warden *d, enum role peer, struct warden_time t);
/*
 * warden_message - from a role, or, with ROLE_CONSOLE, from a person on `connection` whose uid
 * the kernel says. fails  MALFORMED: no honest sender sends it
 */
struct warden_from {
    enum role role;
    uint64_t connection;
    uint32_t uid;
};
MUST_USE struct rc warden_message(struct warden *d, struct warden_from from,
                                  const struct wire_message *m, struct warden_time t);
/* Call it at the instant it returns, or before. */
struct instant warden_timer(struct warden *d, struct warden_time t);

#endif
