/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lines_seq - the JSON_SEQ half of lines: finds where each value of a sequence starts and ends.
 */
#ifndef DECODE_LINES_SEQ_H
#define DECODE_LINES_SEQ_H

#include "decode/lines.h"

/* What both modes keep: where the stream is, and where the record began. */
struct lines_out {
    struct lines_sink sink;
    struct buf carry;    /* of the record that is not complete, what earlier blocks held */
    uint64_t at;         /* offset of the next byte to be taken */
    uint64_t line;       /* and its line */
    uint64_t start;      /* of the record */
    uint64_t start_line; /* of the record */
};

struct lines_seq;

/* out is borrowed until close. */
struct lines_seq *lines_seq_open(struct lines_out *out);
void lines_seq_close(struct lines_seq *s);
void lines_seq_feed(struct lines_seq *s, struct str in);
void lines_seq_end(struct lines_seq *s);

/* Does head, which starts with {, start an object around an array of records? */
bool lines_seq_is_wrapper(struct str head);

#endif
