/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fact - what the ledger keeps beside records: findings, incidents, decisions, intents,
 * outcomes, notices. One canonical JSON object each, made and read only through model/.
 * src: model/fact.def
 */
#ifndef MODEL_FACT_H
#define MODEL_FACT_H

#include "base/arena.h"
#include "base/jsonw.h"
#include "base/walltime.h"
#include "model/role.h"

enum fact_kind {
#define FACT(identifier, name, writer, meaning) FACT_##identifier,
#include "model/fact.def"
#undef FACT
    FACT_KIND_COUNT
};

enum {
    FACT_KEY_BYTES = 16,
    FACT_CAP_BYTES = 60000, /* of JSON: with its head it fits a frame */
};

/* A set of kinds, for subscriptions. */
#define FACT_BIT(kind) (UINT32_C(1) << (kind))

struct str fact_name(enum fact_kind kind);
enum role fact_writer(enum fact_kind kind);
MUST_USE bool fact_parse_name(struct str s, enum fact_kind *out);

/* The key of a fact: SHA-256 over the kind's name and the parts, each with its length. */
void fact_key(enum fact_kind kind, const struct str *parts, size_t count,
              uint8_t out[static FACT_KEY_BYTES]);

/*
 * fact_begin - open the object and write the keys that all facts have; the caller adds those of
 * the kind and calls fact_end.
 */
void fact_begin(struct jsonw *w, enum fact_kind kind, const uint8_t key[static FACT_KEY_BYTES],
                struct walltime at);
void fact_end(struct jsonw *w);

/* A time in the years 0 to 9999: any other, and an unknown one, is written as null. */
bool fact_has_time(struct walltime t);
void fact_put_time(struct jsonw *w, struct walltime t);
void fact_put_hex(struct jsonw *w, struct bytes b);

/* What all facts have; strings borrow from `a`. */
struct fact_head {
    enum fact_kind kind;
    uint8_t key[FACT_KEY_BYTES];
    struct walltime at;
};

#endif
