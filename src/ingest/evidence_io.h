/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evidence_io - the files that the user named or that lie in the folders that he named, each
 * once, opened, in the byte order of names. Memory stays flat however many there are.
 *
 * A link inside a folder is not followed: whoever could write there may have planted it, to
 * have another file of this machine read into the report, or to make the walk longer than the
 * tree. What is not read is delivered too, with the reason.
 */
#ifndef INGEST_EVIDENCE_IO_H
#define INGEST_EVIDENCE_IO_H

#include "base/rc.h"
#include "base/str.h"

enum {
    /* Folders in folders: no collection that people make is deeper. */
    EVIDENCE_MAX_DEPTH = 64,
    /* 32 MiB for names of all open folders together; each may use half of what is left. */
    EVIDENCE_NAME_BYTES = 32 << 20,
};

enum evidence_kind {
    EVIDENCE_FILE,    /* fd is open, size is known */
    EVIDENCE_STREAM,  /* fd is open: standard input or a named pipe; read it to its end */
    EVIDENCE_IGNORED, /* nothing that holds evidence: a socket, a device */
    EVIDENCE_UNREAD,  /* should have been read and could not be */
};

struct evidence_item {
    enum evidence_kind kind;
    struct str path; /* as given, then "/" and names; foreign; borrowed until the next call */
    int fd;          /* owned by the caller; -1 when there is none */
    uint64_t size;
    int64_t modified;   /* seconds since 1970 */
    bool named;         /* by the user, not found in a folder */
    const char *reason; /* IGNORED and UNREAD: static text, "is a socket" */
};

struct evidence;

/* paths: borrowed; "-" is standard input. */
struct evidence *evidence_io_open(const char *const *paths, size_t count);
void evidence_io_close(struct evidence *e);

/* False when there are no more. *out is set only when true. */
MUST_USE bool evidence_io_next(struct evidence *e, struct evidence_item *out);

#endif
