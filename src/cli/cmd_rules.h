/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_rules - tocsin rules check, list and explain. argv[0] is the verb; the value is the exit
 * status: 0, 1 when a rule was rejected or a file not read, 2 usage.
 */
#ifndef CLI_CMD_RULES_H
#define CLI_CMD_RULES_H

int cmd_rules_check(int argc, char **argv);
int cmd_rules_list(int argc, char **argv);
int cmd_rules_explain(int argc, char **argv);

#endif
