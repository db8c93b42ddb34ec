/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * station - what every role's process has in common: the channel to the supervisor, channels to
 * its peers, one epoll loop, confinement. The role gives handlers; messages reach them decoded
 * and permitted. A peer that sends anything else is accused to the supervisor, which kills it.
 *
 * A process starts, is sent options, files and channels, then RUN. It confines itself, says
 * READY and works. When a peer is restarted a fresh channel comes by ATTACH: nothing of the old
 * one is left, both sides say HELLO and go on from what the other had acknowledged.
 */
#ifndef GUARD_STATION_H
#define GUARD_STATION_H

#include "base/clock.h"
#include "guard/profile.h"
#include "model/wire.h"

struct station;

struct station_handlers {
    /* An option or a file that the supervisor sent, before RUN or later; fd is the handler's.
     */
    void (*option)(void *context, struct str name, struct str value);
    void (*file)(void *context, struct str name, uint64_t number, int fd);
    /* After RUN, before confinement: the last moment to open, compile, allocate sockets. */
    MUST_USE struct rc (*prepare)(void *context);
    /* The channel to this role is there and HELLO was said: the first time and after each
     * restart of the peer. */
    void (*attached)(void *context, enum role peer);
    void (*lost)(void *context, enum role peer);
    /* m borrows from the frame: valid inside the call. peer is CONSOLE for a connection, whose
     * number is `connection`; 0 otherwise. RC other than OK: the sender is compromised. */
    MUST_USE struct rc (*message)(void *context, enum role peer, uint64_t connection,
                                  const struct wire_message *m);
    /* A watched descriptor is ready. */
    void (*ready)(void *context, uint64_t token);
    /* The instant of station_wake has come. */
    void (*timer)(void *context);
    /* Nothing more is to be read for now: the time to commit what was gathered. */
    void (*idle)(void *context);
};

/*
 * station_main - the whole life of a role's process; its value is the exit status.
 *
 * The supervisor's channel is descriptor 3. Every handler may be NULL.
 */
int station_main(enum role self, const struct station_handlers *handlers, void *context,
                 struct station **slot);

/*
 * Queue a message; sent when the peer takes it. Dropped, and false, when that peer is not
 * attached: whoever needs it sends it again on `attached`. A queue past STATION_QUEUE_BYTES is
 * a bug of ours: flow is bounded by credits.
 */
bool station_send(struct station *s, enum role peer, const struct wire_message *m);
/* The same to a person's connection. */
bool station_answer(struct station *s, uint64_t connection, const struct wire_message *m);
enum { STATION_QUEUE_BYTES = 16 << 20 };
/* Write queued messages now and as far as the peers take them; the loop does it before it
 * waits. */
void station_flush(struct station *s);

/* Wake the timer handler at this instant; the last call counts. */
void station_wake(struct station *s, struct instant at);
/* Tell the ready handler when fd can be read. The fd stays the role's. */
void station_watch(struct station *s, int fd, uint64_t token);
void station_unwatch(struct station *s, int fd);
/* Accept connections of people (SOCK_SEQPACKET) on this listening socket; at most 32 at once.
 */
void station_listen(struct station *s, int fd);
/* uid of the process behind a connection, as the kernel says. */
uint32_t station_peer_uid(const struct station *s, uint64_t connection);

/* A line for the operator: our own text and numbers; foreign text only through escape_*. */
enum station_level { STATION_INFO, STATION_WARNING, STATION_ERROR };
void station_log(struct station *s, enum station_level level, struct str line);
/* Ask for an orderly end with this exit status. */
void station_end(struct station *s, int status);

#endif
