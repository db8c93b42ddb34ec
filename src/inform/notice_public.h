/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice_public - the blocks of a notice to that audience, in their order.
 */
#ifndef INFORM_NOTICE_PUBLIC_H
#define INFORM_NOTICE_PUBLIC_H

struct draft;

void notice_public_write(struct draft *d);

#endif
