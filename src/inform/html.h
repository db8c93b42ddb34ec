/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * html - a notice as one page that needs nothing else: no script, no request to anywhere, made
 * for the screen and for paper. Foreign text is text and nothing more.
 */
#ifndef INFORM_HTML_H
#define INFORM_HTML_H

#include "inform/notice.h"

void html_write(struct buf *out, const struct notice *n);

#endif
