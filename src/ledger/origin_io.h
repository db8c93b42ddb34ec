/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * origin_io - the name of a ledger whose configuration gives none.
 */
#ifndef LEDGER_ORIGIN_IO_H
#define LEDGER_ORIGIN_IO_H

#include "base/buf.h"
#include "base/rc.h"

/*
 * origin_io_find - of a ledger that is there, its own name; else "HOST/tocsin", added to out. A
 * new name of the host does not change that of the ledger.
 * fails  SYSTEM, MALFORMED: the file vkey
 */
MUST_USE struct rc origin_io_find(int folder, struct buf *out);

#endif
