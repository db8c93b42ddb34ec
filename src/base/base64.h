/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64 - RFC 4648 section 4, in the one form that it has: padded, unused bits 0, nothing
 * between.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

void base64_put(struct buf *out, struct bytes in);
/* False, with *out_n untouched, when s is not base64 or does not fit the room; out may then
 * hold anything. */
MUST_USE bool base64_get(struct str s, uint8_t *out, size_t room, size_t *out_n);

#endif
