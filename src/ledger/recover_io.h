/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recover_io - reads a ledger when it is opened: its key, its checkpoint, every batch; and cuts
 * an append that a crash interrupted.
 */
#ifndef LEDGER_RECOVER_IO_H
#define LEDGER_RECOVER_IO_H

#include "ledger/store_parts.h"

/*
 * Fills what of the store tells what is in the folder; the last segment is then open, or
 * store->fd is -1: there is none.
 * fails  as store_io_open
 */
MUST_USE struct rc recover_io_run(struct store *store, struct str origin,
                                  struct store_report *report);
/* 4 MiB: thousands of small batches between two syncs that must wait for the file's length */
enum { RECOVER_ROOM_BYTES = 4 << 20 };

/* Zeros ahead up to `need`, and more, as far as the disk gives them; without them all works. */
void recover_io_room(struct store *store, uint64_t need);
/* Make or continue a segment: title, room ahead. offset 0: a new file, or one without a title.
 */
MUST_USE struct rc recover_io_segment(struct store *store, uint64_t first_leaf);

#endif
