/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_contain - the verb contain.
 */
#ifndef CLI_CMD_CONTAIN_H
#define CLI_CMD_CONTAIN_H

int cmd_contain(int argc, char **argv);

#endif
