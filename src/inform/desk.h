/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * desk - a request for a draft: find the incident, write the notice in both languages, compare
 * them, check the bytes, and say what the ledger keeps of it. Pure, on a passed clock.
 */
#ifndef INFORM_DESK_H
#define INFORM_DESK_H

#include "inform/notice_fact.h"
#include "inform/shelf.h"
#include "model/wire.h"

struct desk {
    const struct shelf *shelf;
    struct walltime now;
    struct str institution[PHRASE_LANGUAGE_COUNT];
    struct str contact;
    uint32_t next_update_h;
};

enum desk_status {
    DESK_WELL,    /* the document is the notice */
    DESK_WRONG,   /* it says what is wrong with the request */
    DESK_REFUSED, /* it lists what the lint refuses; the notice is not given out */
};

struct desk_answer {
    enum desk_status status;
    struct buf document;
    struct buf fact; /* empty for DESK_WRONG: then there was no draft */
    uint8_t key[FACT_KEY_BYTES];
};

void desk_answer_free(struct desk_answer *a);

/* *out is zeroed by the caller, who frees it. batch holds the work. */
void desk_draft(const struct desk *d, const struct wire_draft *request, struct arena *batch,
                struct desk_answer *out);

#endif
