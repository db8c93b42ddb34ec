/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program - a role's program as a child process: as a user of its own, with its capabilities,
 * a channel, and nothing else of ours.
 */
#ifndef GUARD_PROGRAM_H
#define GUARD_PROGRAM_H

#include "guard/spawn.h"

struct program {
    const char *path;
    uint32_t uid;          /* and gid; 0: those of this process */
    uint32_t group;        /* one more group; 0: none */
    uint64_t capabilities; /* kept through the change of user */
};

/*
 * program_start - fork and execute it.
 *
 * The child has /dev/null as standard input and output, the channel as descriptor 3, no
 * environment, and dies with its parent. SIGTERM, SIGINT and SIGHUP are blocked.
 * out_errors  owned by the caller: reads, without waiting, what it writes to standard error
 * fails       SYSTEM: no process; a program that cannot be executed ends with 125 to 127
 */
MUST_USE struct rc program_start(const struct program *p, struct spawned *out, int *out_errors);

#endif
