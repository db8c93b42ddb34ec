/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd.h"

#include "base/file.h"

#include <unistd.h>

void cmd_print(int fd, const struct buf *text)
{
    rc_ignore(file_write_all(fd, bytes_of(buf_str(text))), "nobody is left to be told");
}

int cmd_usage(const char *verb, struct str text)
{
    AUTO_BUF out = {0};
    buf_printf(&out, "tocsin %s: ", verb);
    buf_put(&out, text);
    buf_printf(&out, "\nSee: tocsin help %s\n", verb);
    cmd_print(STDERR_FILENO, &out);
    return EXIT_USAGE;
}
