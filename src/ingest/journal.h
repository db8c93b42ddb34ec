/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal - an entry of the journal as one line of JSON, as journalctl -o json prints it, with
 * its fields in the order of their names: the same entry gives the same bytes.
 * src: systemd JOURNAL_EXPORT_FORMATS, "Journal JSON Format"
 */
#ifndef INGEST_JOURNAL_H
#define INGEST_JOURNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/record.h"

enum {
    JOURNAL_FIELDS = 2048,            /* twice what journald takes from a client */
    JOURNAL_NAME_BYTES = 64,          /* journald takes no longer one */
    JOURNAL_VALUE_BYTES = 4096,       /* a longer value is null, as journalctl has it */
    JOURNAL_MESSAGE_BYTES = 24 << 10, /* of MESSAGE as it is printed; then it is cut */
    JOURNAL_ARENA_BYTES = 16 << 20,
};

struct journal_field {
    struct str name, value; /* value: cut to what can be printed of it */
    bool long_value;
};

/* Zero-initialise; fields is an array of JOURNAL_FIELDS. */
struct journal_entry {
    struct journal_field *fields;
    size_t count;
    uint64_t dropped; /* fields without a valid name, or too many */
};

/*
 * Add NAME=value, copied into a.
 * fails  ARENA_FULL
 */
MUST_USE struct rc journal_put(struct journal_entry *e, struct bytes data, struct arena *a);

/*
 * journal_print - at most RECORD_CAP_BYTES; sorts the fields.
 *
 * An entry that is longer loses first what its clients added (fields outside those that the
 * journal vouches for or that say who speaks), then all but those that decoders use. A name
 * that came several times is a list at every length, so that what was doubtful stays so.
 */
void journal_print(struct journal_entry *e, struct buf *out);

#endif
