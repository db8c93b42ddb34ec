/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * draft - a notice while it is being written: text is added to a line, assertions that it says
 * are named, then the line becomes a block. A full arena is remembered and said at the end.
 */
#ifndef INFORM_DRAFT_H
#define INFORM_DRAFT_H

#include "inform/notice.h"

struct draft {
    const struct incident *i;
    const struct notice_opts *o;
    struct arena *a;
    struct buf line;
    struct str cells[NOTICE_MAX_CELLS];
    uint32_t cell_count;
    uint32_t used[INCIDENT_MAX_ASSERTIONS];
    uint32_t used_count;
    uint32_t all[INCIDENT_MAX_ASSERTIONS];
    uint32_t all_count;
    struct notice_block *blocks; /* NOTICE_MAX_BLOCKS */
    uint32_t block_count, dropped;
    enum tlp highest; /* of what was said */
    bool full;
};

#define DRAFT_ARGS(...) ((const struct str[PHRASE_MAX_ARGS]){__VA_ARGS__})
#define DRAFT_PLAIN     DRAFT_ARGS({0})

/* Add a phrase to the line. */
void draft_put(struct draft *d, enum phrase p, const struct str args[static PHRASE_MAX_ARGS]);
/* A phrase as a text of its own, owned by the draft's arena. */
struct str draft_text(struct draft *d, enum phrase p,
                      const struct str args[static PHRASE_MAX_ARGS]);
struct str draft_date(struct draft *d, struct walltime t);
struct str draft_moment(struct draft *d, struct walltime t);
struct str draft_u64(struct draft *d, uint64_t v);
/* Make the line's first letter a capital. */
void draft_capital(struct draft *d);
/* The line says this assertion. */
void draft_use(struct draft *d, const struct assertion *a);

/* Foreign text, or the words for what is held back when it names a person at risk. */
struct str draft_guard(struct draft *d, struct str foreign);

/* The line becomes a cell; then cells become a row. */
void draft_cell(struct draft *d);
void draft_row(struct draft *d, enum notice_kind kind);
/* The line becomes a block of one cell. */
void draft_end(struct draft *d, enum notice_kind kind);
/* A whole block at once. */
void draft_block(struct draft *d, enum notice_kind kind, enum phrase p);

/* The next assertion of a kind that may be said to the audience, from *at on, which moves. */
const struct assertion *draft_next(const struct draft *d, enum assertion_kind k, uint32_t *at);
/* Is there any of that kind, also one that may not be said? Withdrawn ones do not count. */
bool draft_has(const struct draft *d, enum assertion_kind k);

#endif
