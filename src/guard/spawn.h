/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn - child processes that have one channel to their parent and nothing else.
 */
#ifndef GUARD_SPAWN_H
#define GUARD_SPAWN_H

#include "base/buf.h"
#include "base/rc.h"

#include <sys/types.h>

struct spawned {
    pid_t pid;   /* 0: none */
    int channel; /* owned; -1: none */
};

/*
 * spawn_fork - run(context, channel) in a copy of this process; its value is the exit status.
 *
 * The child has the channel and /dev/null as standard input, output and error; every other
 * descriptor is closed. It dies with its parent. Signals that the parent blocks stay blocked.
 */
MUST_USE struct rc spawn_fork(int (*run)(void *context, int channel), void *context,
                              struct spawned *out);

/*
 * spawn_end - close the channel, kill the child if it still runs, wait for it.
 * Returns the wait status of a child that ended by itself before, or of the kill.
 */
int spawn_end(struct spawned *s);

/* "was killed by SIGSEGV (Segmentation fault)", "ended with status 3". */
void spawn_describe(int wait_status, struct buf *out);

#endif
