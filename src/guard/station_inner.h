/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * station_inner - what station.c and station_people.c share. Nobody else includes this.
 */
#ifndef GUARD_STATION_INNER_H
#define GUARD_STATION_INNER_H

#include "guard/link.h"
#include "guard/station.h"

/* What an epoll event is about: the high half of its 64 bits; the low half is an index. */
enum station_source { SOURCE_PEER, SOURCE_PERSON, SOURCE_LISTEN, SOURCE_TIMER, SOURCE_WATCH };

struct station_person {
    struct link link;
    uint64_t number; /* from 1, never twice; 0: free */
    uint32_t uid;
    struct instant heard;
};

struct station_watched {
    int fd; /* -1: free */
    uint64_t token;
};

struct station {
    enum role self;
    const struct station_handlers *handlers;
    void *context;
    int epoll, timer;
    bool running; /* RUN has come: peers are read */
    bool stopping, ending;
    int status;
    struct instant stop_at;        /* when stopping: the last moment */
    struct instant wake;           /* 0: none */
    struct instant timer_set;      /* what the timer descriptor is set to; 0: to nothing */
    struct link peers[ROLE_COUNT]; /* [ROLE_SUPERVISOR]: descriptor 3 */
    struct station_person people[STATION_CONNECTIONS];
    uint64_t people_count; /* that there ever were */
    int listeners[4];
    size_t listener_count;
    struct station_watched watched[STATION_WATCHES];
    int folders[STATION_FOLDERS]; /* not owned; until RUN */
    size_t folder_count;
    uint8_t *room; /* one frame */
};

/* Register fd for reading; `writing` asks for room to write as well. */
void station_poll(struct station *s, int fd, enum station_source source, uint32_t index);
void station_poll_writing(struct station *s, struct link *l, enum station_source source,
                          uint32_t index);

/* station_people.c: accept, read, time out, close. */
void station_people_open(struct station *s);
void station_people_accept(struct station *s, uint32_t listener);
void station_people_read(struct station *s, uint32_t index);
void station_people_flush(struct station *s);
void station_people_expire(struct station *s, struct instant now);
/* The first moment at which one of them may have been quiet for too long; 0: nobody is there.
 */
struct instant station_people_next(const struct station *s);
void station_people_close(struct station *s);

#endif
