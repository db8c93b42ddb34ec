/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd.h"

#include "base/file.h"

#include <errno.h>
#include <unistd.h>

void cmd_print(int fd, const struct buf *text)
{
    rc_ignore(file_write_all(fd, bytes_of(buf_str(text))), "nobody is left to be told");
}

int cmd_output(const struct buf *text, int status)
{
    struct rc rc = file_write_all(STDOUT_FILENO, bytes_of(buf_str(text)));
    if (!rc_failed(rc) || rc.sys == EPIPE) {
        return status;
    }
    AUTO_BUF error = {0};
    buf_printf(&error, "tocsin: standard output could not be written: %s\n", rc_text(rc));
    cmd_print(STDERR_FILENO, &error);
    return EXIT_UNREAD;
}

void cmd_say(const char *verb, const char *text)
{
    AUTO_BUF out = {0};
    buf_printf(&out, "tocsin %s: %s\n", verb, text);
    cmd_print(STDERR_FILENO, &out);
}

void cmd_complain(const char *verb, const char *what, struct rc rc)
{
    AUTO_BUF error = {0};
    buf_printf(&error, "tocsin %s: %s: %s\n", verb, what, rc_text(rc));
    cmd_print(STDERR_FILENO, &error);
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
