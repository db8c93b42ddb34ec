/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/say.h"

#include "base/escape.h"
#include "base/file.h"

#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 8192, TEXT_COLUMNS = 2000 };

void say_line(struct buf *line)
{
    buf_putc(line, '\n');
    rc_ignore(file_write_all(STDERR_FILENO, bytes_of(buf_str(line))), "nobody to tell it to");
}

void say_event(const char *fmt, ...)
{
    AUTO_BUF line = BUF_WITH_CAP(LINE_BYTES);
    va_list args;
    va_start(args, fmt);
    char text[LINE_BYTES / 2];
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    check(n >= 0);
    buf_put(&line, (struct str){text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1});
    say_line(&line);
}

static void put_text(struct buf *line, const char *key, struct str foreign)
{
    buf_printf(line, " %s=\"", key);
    escape_columns(line, foreign, TEXT_COLUMNS);
    buf_putc(line, '"');
}

void say_text(const char *event, const char *key, struct str foreign)
{
    AUTO_BUF line = BUF_WITH_CAP(LINE_BYTES);
    buf_puts(&line, event);
    put_text(&line, key, foreign);
    say_line(&line);
}

void say_failed(const char *event, struct str path, struct rc rc)
{
    AUTO_BUF line = BUF_WITH_CAP(LINE_BYTES);
    buf_puts(&line, event);
    put_text(&line, "path", path);
    put_text(&line, "error", str_of(rc_text(rc)));
    say_line(&line);
}
