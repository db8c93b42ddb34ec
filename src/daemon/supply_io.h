/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supply_io - all that the supervisor opens for its roles, once, and what it sends to one that
 * starts: options, files, sockets.
 */
#ifndef DAEMON_SUPPLY_IO_H
#define DAEMON_SUPPLY_IO_H

#include "daemon/conf.h"
#include "daemon/follow_io.h"
#include "guard/link.h"
#include "guard/program.h"

struct supply_io;

enum { SUPPLY_IO_RULES_BYTES = 256 << 20 };

/*
 * supply_io_open - folders, lock, keys, sockets, rules, followed files.
 *
 * conf   borrowed until supply_io_close
 * d      what is wrong with the configuration or the rules
 * fails  REJECTED (see d), SYSTEM: said already
 */
MUST_USE struct rc supply_io_open(const struct conf *conf, struct str conf_path, struct diag *d,
                                  struct supply_io **out);
void supply_io_close(struct supply_io *s);

/* The same without making or locking anything: is the configuration one to start with? */
MUST_USE struct rc supply_io_check(const struct conf *conf, struct str conf_path,
                                   struct diag *d);

/* What to execute for this role. NULL: it is not to run here, and it was said why. */
const struct program *supply_io_program(const struct supply_io *s, enum role role);
/* Options and files for a role that was just started; not RUN. */
void supply_io_send(const struct supply_io *s, enum role role, struct link *to);
struct follow_io *supply_io_followed(const struct supply_io *s);

#endif
