/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/diag.h"

#include "base/escape.h"
#include "base/heap.h"

#include <stdio.h>

struct diag diag_open(void)
{
    /* 64 MiB of message text at most */
    return (struct diag){.arena = arena_open((size_t)64 << 20)};
}

void diag_close(struct diag *d)
{
    arena_close(d->arena);
    heap_free(d->messages);
    *d = (struct diag){0};
}

void diag_add(struct diag *d, enum diag_severity severity, struct diag_place at,
              const char *fmt, ...)
{
    d->errors += severity == DIAG_ERROR;
    d->warnings += severity == DIAG_WARNING;
    char text[DIAG_MAX_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    check(n >= 0);
    struct str s = {text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1};
    struct diag_message m = {at.path, at.line, at.column, severity, s};
    if (d->count >= DIAG_MAX_MESSAGES || rc_failed(arena_copy(d->arena, s, &m.text))) {
        d->dropped++;
        return;
    }
    if (d->count == d->room) {
        d->room = d->room == 0 ? 64 : d->room * 2;
        d->messages = heap_resize(d->messages, d->room, sizeof(*d->messages));
    }
    d->messages[d->count++] = m;
}

void diag_print(struct buf *out, const struct diag_message *m)
{
    static const char *const names[] = {
        [DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error"};
    escape_text(out, m->path);
    if (m->line != 0) {
        buf_printf(out, ":%u:%u", m->line, m->column);
    }
    buf_printf(out, ": %s: ", names[m->severity]);
    escape_text(out, m->text);
    buf_putc(out, '\n');
}
