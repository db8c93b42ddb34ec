/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CLI_CMD_RULES_H
#define CLI_CMD_RULES_H
static inline int cmd_rules_check(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
static inline int cmd_rules_list(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
#endif
