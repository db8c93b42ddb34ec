/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk_io - does the disk take anything, after it once did not?
 */
#ifndef LEDGER_DISK_IO_H
#define LEDGER_DISK_IO_H

#include "base/rc.h"

/* Write, sync and remove a file of DISK_PROBE_BYTES in the folder. fails SYSTEM */
enum { DISK_PROBE_BYTES = 1 << 20 };
MUST_USE struct rc disk_io_probe(int folder);

#endif
