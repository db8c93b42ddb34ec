/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * serve_io - what a hub sends on its own: facts to subscribers, records to detect; as they
 * come, or read from the store for who is behind.
 */
#ifndef LEDGER_SERVE_IO_H
#define LEDGER_SERVE_IO_H

#include "ledger/hub_parts.h"

/* What one call of serve_io_behind reads and sends at most, so that messages have their turn.
 */
enum { SERVE_BATCHES = 64, SERVE_FRAMES = 8 };

/* A fact was appended at this position: to all that are live. */
void serve_io_fact(struct hub *hub, const struct wire_store_fact *fact, uint64_t position);
/* What was kept is synced: to detect. */
void serve_io_kept(struct hub *hub);
/* A piece for each that is behind. True: there is more to send now. */
MUST_USE bool serve_io_behind(struct hub *hub);
/* Its place in the store is given up: the next piece is read from its `next` on. */
void serve_io_forget(struct hub *hub, enum role peer);

#endif
