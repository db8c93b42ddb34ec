/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * markdown - a notice as Markdown that reads well as plain text, too. Foreign text can neither
 * mark up nor break a line.
 */
#ifndef INFORM_MARKDOWN_H
#define INFORM_MARKDOWN_H

#include "inform/notice.h"

void markdown_write(struct buf *out, const struct notice *n);

#endif
