/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rules_io - the rules as the supervisor hands them to a process that can open nothing: one
 * file that holds a list of path, text, path, text, and so on (wire_list of model/wire.h).
 */
#ifndef DETECT_RULES_IO_H
#define DETECT_RULES_IO_H

#include "detect/sigma/ruleset.h"

enum { RULES_IO_MAX_BYTES = 256 << 20 }; /* thirty times SigmaHQ */

/*
 * rules_io_read - add every rule file in fd to the set, in order, and finish it.
 *
 * fd    read from its start; stays the caller's
 * diag  what is wrong with rules; messages borrow from the set
 * fails SYSTEM, TOO_LONG, MALFORMED (no such list)
 */
MUST_USE struct rc rules_io_read(int fd, struct ruleset *set, struct diag *diag);

#endif
