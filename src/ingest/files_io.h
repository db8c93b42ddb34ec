/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * files_io - the files that are one source, one after the other: what stands at the path now,
 * and what stood there before it was rotated, as long as it is not stored to its end.
 */
#ifndef INGEST_FILES_IO_H
#define INGEST_FILES_IO_H

#include "ingest/follow.h"
#include "ingest/outbox.h"

/* Rotations while the ledger is away; more are said and the one before the last is not read. */
enum { FILES_IO_MOST = 8 };

struct files_io;

struct files_io *files_io_open(void);
void files_io_close(struct files_io *f);

enum files_io_added { FILES_IO_NEW, FILES_IO_KNOWN, FILES_IO_DROPPED };

/*
 * files_io_add - one more file, which follows those that are there. It takes over fd.
 *
 * out    KNOWN: it is the last one already; DROPPED: too many, the one before it is not read
 * fails  SYSTEM
 */
MUST_USE struct rc files_io_add(struct files_io *f, int fd, enum files_io_added *out);

enum files_io_start {
    FILES_IO_FROM_START, /* nothing was ever stored of this source */
    FILES_IO_GOES_ON,    /* the file is there: exactly after what was stored */
    FILES_IO_CUT,        /* it is there, and shorter than what was stored: from its start */
    FILES_IO_OTHER,      /* it is not there any more: from the start of those that are */
};

/* Go on where the ledger says; what was read past it is read again. */
enum files_io_start files_io_seek(struct files_io *f, struct bytes cursor);

/* What an operator is to know; counts since the last call that asked. */
struct files_io_notes {
    uint64_t truncated; /* files that became shorter or were written anew */
    uint64_t cut_lines; /* of more than RECORD_CAP_BYTES */
    uint64_t faults;    /* reads that failed */
    uint16_t sys;       /* errno of the last one */
};

/*
 * files_io_fill - the next records of the source, in order; b is empty before. count 0: there
 * is nothing new now.
 */
void files_io_fill(struct files_io *f, struct outbox_batch *b);
/* The batch that was filled last has this number. */
void files_io_sent(struct files_io *f, uint64_t seq);
/* Up to and with this batch all is durable: files that are done with are closed. */
void files_io_stored(struct files_io *f, uint64_t seq);
struct files_io_notes files_io_notes(struct files_io *f);

#endif
