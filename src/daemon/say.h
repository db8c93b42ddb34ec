/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * say - lines of the supervisor for the operator, on standard error: event.name key=value …
 */
#ifndef DAEMON_SAY_H
#define DAEMON_SAY_H

#include "base/buf.h"

/* Numbers and our own text only. */
PRINTF_LIKE(1, 2) void say_event(const char *fmt, ...);
/* event key="foreign text", escaped and cut: event is our own text. */
void say_text(const char *event, const char *key, struct str foreign);
/* A line that is made already, all foreign text in it escaped. */
void say_line(struct buf *line);
/* event path="…" error="No such file or directory". */
void say_failed(const char *event, struct str path, struct rc rc);

#endif
