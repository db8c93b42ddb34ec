/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_release - the verb release.
 */
#ifndef CLI_CMD_RELEASE_H
#define CLI_CMD_RELEASE_H

int cmd_release(int argc, char **argv);

#endif
