/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child - one role as the supervisor sees it: its process, its channel, its lines, and what is
 * to happen to it next.
 */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include "daemon/plan.h"
#include "daemon/role_facts.h"
#include "guard/program.h"

enum { CHILD_WHY_BYTES = 600, CHILD_DEAF_MS = 1000 };

enum child_state {
    CHILD_OFF,
    CHILD_WAITING, /* to be started at `due` */
    CHILD_STARTING,
    CHILD_RUNNING,
    CHILD_STOPPING,
};

struct child {
    enum role role;
    enum child_state state;
    struct spawned process; /* its channel belongs to link */
    struct link link;
    int errors; /* reads its standard error; -1: none */
    bool killed, deaf;
    struct buf why;     /* of the kill */
    struct buf missing; /* that it told the last time */
    struct instant started, due;
    struct plan_restart restart;
    struct instant lines_from; /* of the second that is counted */
    uint32_t lines, lines_dropped;
    struct instant accusations_from;
    uint32_t accusations;
};

void child_init(struct child *c, enum role role);
MUST_USE struct rc child_start(struct child *c, const struct program *program);
static inline bool child_lives(const struct child *c)
{
    return c->process.pid > 0;
}

/* SIGKILL; it is buried when its end is seen. The first reason counts. */
void child_kill(struct child *c, const char *why);
void child_kill_for(struct child *c, struct str why);
/* STOP; killed at due_ns. */
void child_stop(struct child *c, uint64_t due_ns);
/* Its channel is closed: it has CHILD_DEAF_MS to end. */
void child_deaf(struct child *c, struct instant now);
/* "was killed by SIGKILL (Killed): accused by …". */
void child_describe_end(const struct child *c, int wait_status, struct buf *out);
/* After its end: nothing is left of the process. */
void child_clear(struct child *c);

void child_free(struct child *c);

/* Print a line of it, escaped, at most SUPERVISOR_IO_LINES_S a second. */
void child_line(struct child *c, const char *prefix, struct str line, uint8_t level,
                struct instant now);
void child_read_errors(struct child *c, struct instant now);

bool child_accuses_too_often(struct child *c, struct instant now);
struct str child_missing(const struct child *c);
void child_set_missing(struct child *c, struct str missing);

#endif
