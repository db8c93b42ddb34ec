/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_check - is a file exactly one valid JSON text (RFC 8259)? In pieces of any size, with
 * one bit of memory for a level of nesting. Pure.
 */
#ifndef CLI_SCAN_CHECK_H
#define CLI_SCAN_CHECK_H

#include "decode/json_step.h"

struct scan_check {
    struct json_step step;
    uint64_t at; /* bytes fed */
};

struct scan_check scan_check_open(void);
void scan_check_free(struct scan_check *c);
/* Both fail with SYNTAX, ENCODING, SHORT or TRAILING at the offset of the fault in the file. */
MUST_USE struct rc scan_check_feed(struct scan_check *c, struct bytes in);
MUST_USE struct rc scan_check_end(struct scan_check *c);

#endif
