/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_evidence_find - what a word names in a ledger: a position, or the id of a finding; and
 * the records that a finding's fact lists.
 */
#ifndef CLI_CMD_EVIDENCE_FIND_H
#define CLI_CMD_EVIDENCE_FIND_H

#include "base/buf.h"
#include "base/vec.h"
#include "ledger/reader_io.h"

enum {
    CMD_EVIDENCE_FIND_PREFIX = 6, /* digits of an id at least */
    CMD_EVIDENCE_FIND_ID = 32,
    CMD_EVIDENCE_FIND_RECORDS = 10000, /* of one finding; more is no finding */
};

struct cmd_evidence_positions VEC_OF(uint64_t);

/*
 * cmd_evidence_find - the position that the word names.
 *
 * error  when false is returned: what is wrong, for people
 */
bool cmd_evidence_find(int folder, struct str word, uint64_t *out_position, struct buf *error);
/* The entry at a position, added to out; false, with error, when there is none. */
bool cmd_evidence_find_entry(int folder, uint64_t position, struct buf *out,
                             struct batch_header *out_header, struct buf *error);
/* Positions under "records" of a fact; none when it is no finding or no JSON. */
void cmd_evidence_find_records(struct str fact, struct cmd_evidence_positions *out);
/* "the ledger cannot be read: place: what". */
void cmd_evidence_find_why(const struct reader *reader, struct rc rc, struct buf *error);

#endif
