/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spool - facts that the ledger has not acknowledged, in their order. While the ledger is away
 * containment goes on as long as there is room here; they are sent again when it is back.
 */
#ifndef CONTAIN_SPOOL_H
#define CONTAIN_SPOOL_H

#include "base/vec.h"
#include "model/fact.h"

/* A decision and an intent each for the whole budget of addresses, and their outcomes. */
enum { SPOOL_CAP = 1024 };

struct spool_fact {
    enum fact_kind kind;
    uint8_t key[FACT_KEY_BYTES];
    bool sync;
    struct buf json; /* owned */
};

struct spool {
    VEC(struct spool_fact *) facts; /* owned */
};

/* Room for n more? Without it, no new action is begun. */
bool spool_has_room(const struct spool *s, size_t n);
/* A copy of json. Past the cap the oldest goes: false. */
bool spool_add(struct spool *s, const struct spool_fact *f);
/* The ledger has it. */
void spool_stored(struct spool *s, enum fact_kind kind,
                  const uint8_t key[static FACT_KEY_BYTES]);
void spool_close(struct spool *s);

#endif
