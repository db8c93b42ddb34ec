/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * follow_io - the log files that ingest follows: opened here, and opened again when a new file
 * stands in their place.
 */
#ifndef DAEMON_FOLLOW_IO_H
#define DAEMON_FOLLOW_IO_H

#include "daemon/conf.h"
#include "guard/link.h"
#include "model/trust.h"

enum { FOLLOW_IO_FILES = 200, FOLLOW_IO_CHECK_MS = 2000 };

struct follow_io;

/*
 * follow_io_open - read the rows of ingest.file and open what is there; a file that is not
 * there yet is waited for.
 *
 * d      a row that is wrong, with its line
 * fails  REJECTED (see d); SYSTEM
 */
MUST_USE struct rc follow_io_open(const struct conf *conf, struct str conf_path, struct diag *d,
                                  struct follow_io **out);
void follow_io_close(struct follow_io *f);

size_t follow_io_count(const struct follow_io *f);
/* Readable when something happened in a folder of the files. */
int follow_io_fd(const struct follow_io *f);
/* Tell a fresh ingest of every file: of one that was rotated of late, the old one first. Before
 * them FILE "watch": an inotify descriptor that says when any of them is written to. */
void follow_io_send_all(const struct follow_io *f, struct link *ingest);
/* Something happened, or FOLLOW_IO_CHECK_MS have passed: tell ingest of files that are new. */
void follow_io_check(struct follow_io *f, struct link *ingest);

#endif
