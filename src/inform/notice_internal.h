/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice_internal - the blocks of a notice to that audience, in their order.
 */
#ifndef INFORM_NOTICE_INTERNAL_H
#define INFORM_NOTICE_INTERNAL_H

struct draft;

void notice_internal_write(struct draft *d);

#endif
