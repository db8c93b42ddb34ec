/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supervisor_io - starts the roles, joins them by channels, watches them, starts again what
 * ended, kills what is accused, and stops them in order.
 */
#ifndef DAEMON_SUPERVISOR_IO_H
#define DAEMON_SUPERVISOR_IO_H

#include "daemon/supply_io.h"

enum {
    SUPERVISOR_IO_READY_S = 120, /* from RUN to READY: it compiles rules in that time */
    SUPERVISOR_IO_STOP_S = 5,    /* from STOP to the end of a role */
    SUPERVISOR_IO_LINES_S = 100, /* lines of one role a second: the rest is counted */
    /* of less exposed ones by one role in a minute: then it is started anew as well, so that
     * one that was taken over cannot have others killed for ever */
    SUPERVISOR_IO_ACCUSATIONS = 3,
};

/* Until SIGTERM or SIGINT; the value is the exit status. */
int supervisor_io_run(struct supply_io *supply);

#endif
