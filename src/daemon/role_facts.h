/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * role_facts - what happened to processes, as facts on their way to the ledger; kept until it
 * says that they are stored, since it may be the one that ended.
 */
#ifndef DAEMON_ROLE_FACTS_H
#define DAEMON_ROLE_FACTS_H

#include "guard/link.h"
#include "model/fact.h"

enum { ROLE_FACTS_WAITING = 256 };

struct role_fact {
    uint8_t key[FACT_KEY_BYTES];
    struct buf json;
};

/* Zero-initialise. */
struct role_facts {
    struct role_fact waiting[ROLE_FACTS_WAITING];
    size_t count;
    uint64_t dropped; /* that found no room; told by the next one that does */
    uint64_t number;  /* of facts made by this process: two at one moment differ */
};

/* what: "started", "ended", "killed"; why: foreign text, cut to what a fact holds. */
void role_facts_add(struct role_facts *f, enum role role, const char *what, struct str why,
                    struct walltime at);
/* Send all that waits: to a ledger that has just said HELLO, or the newest one to one that is
 * there (from: the index of the first to send). */
void role_facts_send(const struct role_facts *f, size_t from, struct link *ledger);
void role_facts_stored(struct role_facts *f, const uint8_t key[static FACT_KEY_BYTES]);
void role_facts_free(struct role_facts *f);

#endif
