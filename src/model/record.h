/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * record - what the records of a source are: `kind` of SOURCE_OPEN and RECORDS. Whoever reads
 * the source says it; the ledger passes it on.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

enum record_kind {
    RECORD_LINE,    /* a line of a file: text, or JSON when it begins with { */
    RECORD_JOURNAL, /* an entry of the journal, as journalctl -o json prints it */
    RECORD_KIND_COUNT
};

/* 60 KiB: one record, its cursor and their heads fit a frame. */
enum { RECORD_CAP_BYTES = 60 << 10 };

/*
 * Stands at the end of a text that was cut, where no daemon's message ends so: what must fit to
 * its last byte is not taken for whole.
 */
#define RECORD_CUT_MARK "\xE2\x80\xA6"

#endif
