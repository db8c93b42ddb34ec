/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hub_io - the role LEDGER without its process: takes records and facts from the other roles,
 * acknowledges what is on the disk, and hands on to each what it is subscribed to.
 */
#ifndef LEDGER_HUB_IO_H
#define LEDGER_HUB_IO_H

#include "base/clock.h"
#include "guard/station.h"
#include "ledger/store_io.h"

/* Where messages and lines for the operator go: a station's functions, or a test's. */
struct hub_output {
    void *context;
    void (*send)(void *context, enum role peer, const struct wire_message *m);
    void (*log)(void *context, enum station_level level, struct str line);
};

struct hub;

/*
 * hub_io_open - open or make the ledger in the folder, which is borrowed until the close.
 *
 * fails  as store_io_open; then a line says what is wrong, where, and what to do
 */
MUST_USE struct rc hub_io_open(int folder, struct str origin, const struct hub_output *output,
                               struct hub **out);
/* Syncs and signs what is there. */
void hub_io_close(struct hub *hub);

/* A fresh channel, or none: whatever the peer asked for before is forgotten. */
void hub_io_attached(struct hub *hub, enum role peer);
void hub_io_lost(struct hub *hub, enum role peer);
/* fails  anything: the peer is compromised */
MUST_USE struct rc hub_io_message(struct hub *hub, enum role peer,
                                  const struct wire_message *m);
/*
 * hub_io_idle - no message waits: sync what somebody waits for, hand on, sign.
 *
 * Returns when it wants to be called again at the latest; 0 ns: whenever a message came.
 */
struct instant hub_io_idle(struct hub *hub);
/*
 * The disk failed and is well again, or the ledger cannot be read any more: the process must
 * end. A new one opens what is there, and is sent again what was not acknowledged.
 */
MUST_USE bool hub_io_over(const struct hub *hub);

#endif
