/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board - what people ask about, folded from facts in bounded memory: incidents as they stand,
 * actions, processes, gaps, notices. Pure. Readers never delay containment: this is a process
 * of its own, and it can be asked as often as anybody likes.
 */
#ifndef QUERY_BOARD_H
#define QUERY_BOARD_H

#include "base/vec.h"
#include "model/incident.h"

enum {
    BOARD_MAX_INCIDENTS = 512,
    BOARD_MAX_ACTIONS = 4096,
    BOARD_MAX_NOTICES = 256,
    BOARD_MAX_GAPS = 16, /* shown; all are counted */
    BOARD_SHORT_BYTES = 96,
    BOARD_LINE_BYTES = 256,
};

struct board_text {
    char p[BOARD_LINE_BYTES];
    size_t n;
};

/* The newest version of an incident. */
struct board_incident {
    uint8_t id[ACTION_ID_BYTES];
    struct board_text name, title;
    uint32_t version;
    uint64_t position; /* of the fact */
    enum incident_state state;
    enum level level;
    struct walltime detected, last;
    uint64_t finding_count;
    char *json; /* heap, owned: the fact as it was written */
    size_t json_n;
};

struct board_action {
    struct action action; /* account borrows from the next */
    struct board_text account;
    bool decided, acted, person;
    enum verdict verdict;
    enum act act;
    enum outcome outcome;
    struct walltime at, until;
    struct board_text detail, by, released_by;
};

struct board_role {
    bool known;
    struct board_text what, why;
    struct walltime at;
    uint32_t restarts; /* facts that say it ended or was killed */
};

struct board_notice {
    uint8_t incident[ACTION_ID_BYTES];
    struct board_text audience, language, tlp;
    struct walltime at;
    uint64_t position, refusals;
};

struct board_gap {
    struct walltime at;
    struct board_text text; /* the fact's JSON, cut */
};

struct board {
    VEC(struct board_incident) incidents; /* in the order in which they began */
    VEC(struct board_action) actions;
    struct board_role roles[ROLE_COUNT];
    struct board_notice notices[BOARD_MAX_NOTICES];
    struct board_gap gaps[BOARD_MAX_GAPS];
    uint64_t notice_count, gap_count, dropped;
    uint64_t next; /* facts below it are folded */
    uint64_t findings;
};

struct board *board_open(void);
void board_close(struct board *b);

/*
 * board_fact - fold one in.
 *
 * scratch  emptied first
 * fails    as the decoders of model/ do; the board is as before
 */
MUST_USE struct rc board_fact(struct board *b, enum fact_kind kind, uint64_t position,
                              struct str json, struct arena *scratch);

/* The incident whose id or name begins like this; NULL and *out_many when there are several. */
const struct board_incident *board_find(const struct board *b, struct str start,
                                        bool *out_many);
struct str board_str(const struct board_text *t);

#endif
