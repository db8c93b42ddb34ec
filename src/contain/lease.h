/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lease - what ought to be contained now: a fold over the facts of containment. Each lease ends
 * at a time in UTC that was fixed when it began.
 */
#ifndef CONTAIN_LEASE_H
#define CONTAIN_LEASE_H

#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "model/action.h"

enum lease_state {
    LEASE_SHADOW, /* would have been done */
    LEASE_LIVE,
    LEASE_UNDOING, /* a person released it: the executor has not said yet that it is gone */
    LEASE_LAPSING, /* its time is over: the same */
    LEASE_ENDED,   /* kept to its end, so that what a person released is not done again */
};

struct lease {
    uint8_t id[ACTION_ID_BYTES], incident[ACTION_ID_BYTES];
    enum action_kind kind;
    struct ipaddr address;
    char account[ACTION_MAX_ACCOUNT_BYTES];
    size_t account_bytes;
    uint32_t lease_s;
    struct walltime event; /* of the newest evidence it rests on */
    struct walltime
        began; /* of the fact that began it: older ones are about an earlier lease */
    struct walltime until;
    enum lease_state state;
    bool released;        /* by a person */
    bool said[ACT_COUNT]; /* is there an outcome, and which */
    enum outcome outcome[ACT_COUNT];
    struct instant asked; /* when the executor was told; ns 0: not, or it has answered */
};

struct lease_table {
    VEC(struct lease *) all; /* owned */
    struct map by_id;
    struct walltime next; /* nothing lapses before */
};

/* As many addresses as the executor's sets hold. */
enum { LEASE_CAP = 65536 };

struct lease_table lease_table_open(void);
void lease_table_close(struct lease_table *t);

struct lease *lease_find(const struct lease_table *t, const uint8_t id[static ACTION_ID_BYTES]);
/* The action; its account borrows from the lease. */
struct action lease_action(const struct lease *l);
/* Kinds that end without anything to undo: their lease is over when they are done. */
bool lease_is_momentary(enum action_kind kind);

/*
 * lease_begin - from an INTENT, or a DECISION whose verdict is shadow; also renews one that has
 * ended. The same fact twice changes nothing. NULL: the table is full.
 */
struct lease *lease_begin(struct lease_table *t, const struct action_fact *f);
/* An OUTCOME; a definite one ends what it is about. False: it says what is known already. */
bool lease_outcome(struct lease *l, enum act act, enum outcome outcome);
/* A RELEASE: the lease is to be undone. */
void lease_release(struct lease *l);
/* Any of the four; for facts read back from the ledger. */
void lease_fold(struct lease_table *t, const struct action_fact *f);

/*
 * lease_knows - was this decided before, so that it is not decided again? While its lease
 * lasts, after that when no evidence is newer; and as long as the lease of the same target
 * would have lasted that a person released. A person can always ask again.
 */
bool lease_knows(const struct lease_table *t, const struct action *a, const struct evidence *e,
                 struct walltime now);

/* The same target for the same kind of power. */
bool lease_same_target(const struct lease *l, const struct action *a);
/* The latest end of the live leases on that target; NULL: none. */
const struct lease *lease_holding(const struct lease_table *t, const struct action *a);

/* The next live one whose time is over, now LAPSING (or ENDED: a shadow); NULL: no more. */
struct lease *lease_expire(struct lease_table *t, struct walltime now);
/* Forget what has ended and can be forgotten. */
void lease_sweep(struct lease_table *t, struct walltime now);

#endif
