/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_notice - tocsin notice: drafts of what is told about an incident, and their check.
 */
#ifndef CLI_CMD_NOTICE_H
#define CLI_CMD_NOTICE_H

int cmd_notice(int argc, char **argv); /* how it works */
int cmd_notice_draft(int argc, char **argv);
int cmd_notice_lint(int argc, char **argv);

#endif
