/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_jsonl - a finding as one line of JSON. The format is stable: doc/findings.md.
 */
#ifndef CLI_REPORT_JSONL_H
#define CLI_REPORT_JSONL_H

#include "cli/report_item.h"

void report_jsonl_write(struct buf *out, const struct report_item *item);

#endif
