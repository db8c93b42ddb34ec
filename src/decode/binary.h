/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * binary - is a stream text at all? Registry hives, programs, images and captures lie beside
 * logs in every collection, and read as text they are noise.
 */
#ifndef DECODE_BINARY_H
#define DECODE_BINARY_H

#include "base/rc.h"
#include "base/str.h"

/*
 * Judge the first bytes (64 KiB are enough) of what is neither EVTX nor JSON nor UTF-16.
 * Holes of zeros, as copied and rotated logs have, say nothing.
 * fails  NOT_LOG, OTHER_LOG for the binary logs of other systems
 */
MUST_USE struct rc binary_check(struct bytes head);

#endif
