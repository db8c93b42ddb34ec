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

enum {
    STATION_ROUND_MESSAGES = 16, /* of one peer, before the others have their turn */
    STATION_ROUNDS = 64,         /* without a pause, before `idle` is called all the same */
    STATION_CONNECTIONS = 32,    /* of people at once; one more is closed at once */
    STATION_QUIET_S = 60,        /* a connection that says nothing for so long is closed */
    STATION_WATCHES = 64,
    STATION_FOLDERS = 8,
    STATION_STOP_MS = 2000, /* from STOP to the end: what peers do not take by then is lost */
};

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
    /* A watched descriptor can be read, or has ended. */
    void (*ready)(void *context, uint64_t token);
    /* The instant of station_wake has come. */
    void (*timer)(void *context);
    /* Nothing more is to be read for now, or STATION_ROUNDS rounds have passed: the time to
     * commit what was gathered. Also before the end, when STOP has come. */
    void (*idle)(void *context);
};

/*
 * station_main - the whole life of a role's process; its value is the exit status.
 *
 * The supervisor's channel is descriptor 3. Every handler may be NULL. What the supervisor
 * itself stores or is told as a peer (STORE_FACT) reaches `message` with ROLE_SUPERVISOR, which
 * is never `attached` or `lost`: without it a role ends.
 *
 * slot  where the handlers find the station: set before the first of them is called
 */
int station_main(enum role self, const struct station_handlers *handlers, void *context,
                 struct station **slot);

/*
 * Send a message now, or when the peer takes it; in order. Dropped, and false, when that peer
 * is not attached: whoever needs it sends it again on `attached`. A queue past LINK_QUEUE_BYTES
 * is a bug of ours: flow is bounded by credits.
 */
bool station_send(struct station *s, enum role peer, const struct wire_message *m);
/* The same to a person's connection; one that does not read LINK_QUEUE_BYTES is closed. */
bool station_answer(struct station *s, uint64_t connection, const struct wire_message *m);
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

/* A folder that the role opened itself in `prepare` and goes on opening files below; folders
 * that came as FILE are known. Borrowed until prepare returns. */
void station_allow_folder(struct station *s, int fd);

/* A line for the operator: our own text and numbers; foreign text only through escape_*. */
enum station_level { STATION_INFO, STATION_WARNING, STATION_ERROR };
void station_log(struct station *s, enum station_level level, struct str line);
/* Ask for an orderly end with this exit status. */
void station_end(struct station *s, int status);

#endif
