/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice_members - the blocks of a notice to that audience, in their order.
 */
#ifndef INFORM_NOTICE_MEMBERS_H
#define INFORM_NOTICE_MEMBERS_H

struct draft;

void notice_members_write(struct draft *d);

#endif
