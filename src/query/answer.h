/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * answer - the board as JSON, for people's tools and for `tocsin`. Foreign text goes through
 * jsonw, which leaves nothing in it that a terminal obeys.
 */
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include "query/board.h"

/* How a class of raids stands; what the stage of incidents says. */
struct answer_raid {
    struct str class, trend;
    uint64_t gauge, day, day_before, sources;
};

struct answer_question {
    struct str what, argument;
    struct walltime now;
    bool caught_up; /* else the answer says that it is not complete yet */
    const struct answer_raid *raids;
    size_t raid_count;
};

/* 0: well; 1: what was asked for is not there, or the question is none; out says so as JSON
 * {"error": …}. */
uint8_t answer_write(struct buf *out, const struct board *b, const struct answer_question *q);

#endif
