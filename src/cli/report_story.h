/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_story - the findings that matter most, told in time order.
 */
#ifndef CLI_REPORT_STORY_H
#define CLI_REPORT_STORY_H

#include "cli/report_page.h"

/* Sorts what p->text keeps. */
void report_story_write(const struct report_page *p);

#endif
