/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_rules_test - tocsin rules test. argv[0] is the verb; the value is the exit status: 0 all
 * tests passed or were skipped, 1 one failed, 2 usage.
 */
#ifndef CLI_CMD_RULES_TEST_H
#define CLI_CMD_RULES_TEST_H

int cmd_rules_test(int argc, char **argv);

#endif
