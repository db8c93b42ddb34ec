/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roster - the sources that records come from: name, number, kind, trust. Names and numbers
 * are in the ledger itself; the rest, which the configuration says anew at each start, is kept
 * beside it in a file, so that records can be read again before their source is open.
 */
#ifndef LEDGER_ROSTER_H
#define LEDGER_ROSTER_H

#include "ledger/index.h"
#include "model/role.h"
#include "model/trust.h"

#define ROSTER_FILE "sources"
/* Of the file: each line takes 84 bytes at most. */
enum { ROSTER_FILE_BYTES = 512 << 10 };

struct roster_source {
    uint32_t id;
    uint8_t kind, trust; /* TRUST_NONE until something says more */
    enum role owner;     /* who has it open; SUPERVISOR: nobody */
    uint8_t name_n;
    char name[BATCH_NAME_BYTES];
};

/* Zero-initialise. */
struct roster {
    VEC(struct roster_source) sources; /* at most INDEX_MAX_SOURCES */
};

void roster_free(struct roster *r);
/* The sources that the ledger has records of. */
void roster_from_index(struct roster *r, const struct index *index);
/* Both are valid until a source is added; NULL: there is none. */
struct roster_source *roster_find(const struct roster *r, struct str name);
struct roster_source *roster_of(const struct roster *r, uint32_t id);
/* A valid name that is not there gets the next number; NULL: there are too many. */
struct roster_source *roster_add(struct roster *r, struct str name);
/* Nobody has the sources of this role open any more. */
void roster_close(struct roster *r, enum role owner);

/* The file: a title, then a line "NUMBER KIND TRUST NAME" for each. */
void roster_encode(const struct roster *r, struct buf *out);
/*
 * roster_parse - adds what the file says to what the ledger says, which stands where they
 * differ.
 * fails  MALFORMED, with the offset; what was read before it stays
 */
MUST_USE struct rc roster_parse(struct roster *r, struct str in);

static inline struct str roster_name(const struct roster_source *s)
{
    return (struct str){s->name, s->name_n};
}

#endif
