/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * utf16 - a stream of UTF-16 text, turned into UTF-8 as it comes. It starts with a byte order
 * mark or with two ASCII characters.
 */
#ifndef DECODE_UTF16_H
#define DECODE_UTF16_H

#include "base/rc.h"
#include "base/str.h"

struct utf16;

/* Receives UTF-8, in order. */
typedef struct rc utf16_sink(void *context, struct bytes out);

/* Is this the start of UTF-16, little or big end first? Four bytes are enough. */
bool utf16_sniff(struct bytes head);

struct utf16 *utf16_open(utf16_sink *sink, void *context);
void utf16_close(struct utf16 *u);
/* A mark is dropped; lone surrogates become U+FFFD. fails as the sink does */
MUST_USE struct rc utf16_feed(struct utf16 *u, struct bytes in);
/* What is left: half a pair becomes U+FFFD, an odd byte is dropped. */
MUST_USE struct rc utf16_end(struct utf16 *u);

#endif
