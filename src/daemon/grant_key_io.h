/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grant_key_io - the key that contain signs grants with, made at the first start.
 */
#ifndef DAEMON_GRANT_KEY_IO_H
#define DAEMON_GRANT_KEY_IO_H

#include "base/rc.h"

#define GRANT_KEY_IO_NAME "grant.key"
enum { GRANT_KEY_IO_BYTES = 32 };

/*
 * grant_key_io_open - the public half of the Ed25519 seed in the file GRANT_KEY_IO_NAME of this
 * folder; the file is made (0600) if it is not there.
 * fails  SYSTEM; MALFORMED: it is there and not 32 bytes
 */
MUST_USE struct rc grant_key_io_open(int folder, uint8_t out_public[static GRANT_KEY_IO_BYTES]);

#endif
