/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/child.h"

#include "base/escape.h"
#include "base/file.h"
#include "daemon/say.h"
#include "daemon/supervisor_io.h"

#include <signal.h>
#include <unistd.h>

static const uint64_t second_ns = 1000000000U, ms_ns = 1000000U;

void child_init(struct child *c, enum role role)
{
    *c = (struct child){.role = role,
                        .process = {.channel = -1},
                        .link = LINK_NONE,
                        .errors = -1,
                        .why = BUF_WITH_CAP(CHILD_WHY_BYTES),
                        .missing = BUF_WITH_CAP(CHILD_WHY_BYTES)};
}

struct rc child_start(struct child *c, const struct program *program)
{
    TRY(program_start(program, &c->process, &c->errors));
    link_open(&c->link, c->process.channel, ROLE_SUPERVISOR, c->role);
    c->process.channel = -1;
    c->state = CHILD_STARTING;
    c->started = clock_now();
    return RC_OK;
}

void child_kill_for(struct child *c, struct str why)
{
    if (!child_lives(c) || c->killed) {
        return;
    }
    c->killed = true;
    buf_put(&c->why, str_upto(why, CHILD_WHY_BYTES));
    kill(c->process.pid, SIGKILL);
}

void child_kill(struct child *c, const char *why)
{
    child_kill_for(c, str_of(why));
}

void child_stop(struct child *c, uint64_t due_ns)
{
    struct wire_message m = {.type = WIRE_STOP};
    link_send(&c->link, &m, -1);
    c->state = CHILD_STOPPING;
    c->due = (struct instant){due_ns};
}

void child_deaf(struct child *c, struct instant now)
{
    if (!c->deaf && c->state != CHILD_STOPPING) {
        c->due = (struct instant){now.ns + CHILD_DEAF_MS * ms_ns};
    }
    c->deaf = true;
}

void child_describe_end(const struct child *c, int wait_status, struct buf *out)
{
    spawn_describe(wait_status, out);
    if (c->why.n > 0) {
        buf_puts(out, ": ");
        buf_put(out, buf_str(&c->why));
    }
}

void child_clear(struct child *c)
{
    link_close(&c->link);
    file_auto_close(&c->errors);
    c->process = (struct spawned){.channel = -1};
    c->killed = c->deaf = false;
    buf_clear(&c->why);
    c->state = CHILD_OFF;
    c->due = (struct instant){0};
}

void child_free(struct child *c)
{
    child_clear(c);
    buf_free(&c->why);
    buf_free(&c->missing);
}

/* One more line in this second? What there was too much of is said when the next begins. */
static bool may_speak(struct child *c, struct instant now)
{
    if (now.ns - c->lines_from.ns >= second_ns) {
        if (c->lines_dropped > 0) {
            say_event("log.dropped role=%s lines=%u", role_name(c->role).p, c->lines_dropped);
        }
        c->lines_from = now;
        c->lines = c->lines_dropped = 0;
    }
    if (c->lines == SUPERVISOR_IO_LINES_S) {
        c->lines_dropped++;
        return false;
    }
    c->lines++;
    return true;
}

void child_line(struct child *c, const char *prefix, struct str line, uint8_t level,
                struct instant now)
{
    static const char *const levels[] = {"info", "warning", "error"};
    if (!may_speak(c, now)) {
        return;
    }
    AUTO_BUF out = BUF_WITH_CAP(8192);
    buf_puts(&out, prefix);
    escape_columns(&out, line, 2000);
    buf_printf(&out, " role=%s", role_name(c->role).p);
    if (level > 0 && level < COUNT_OF(levels)) {
        buf_printf(&out, " level=%s", levels[level]);
    }
    say_line(&out);
}

void child_read_errors(struct child *c, struct instant now)
{
    char text[4096];
    size_t n = 0;
    if (c->errors < 0) {
        return;
    }
    struct rc rc = file_read(c->errors, text, sizeof(text), &n);
    if (n == 0) {
        if (!rc_failed(rc)) {
            file_auto_close(&c->errors); /* it closed it, or ended */
        }
        return;
    }
    struct str rest = {text, n};
    while (rest.n > 0) {
        struct str line = str_upto(rest, str_find_char(rest, '\n'));
        rest = str_from(rest, line.n + 1);
        child_line(c, "role.stderr text=", line, 0, now);
    }
}

bool child_accuses_too_often(struct child *c, struct instant now)
{
    if (now.ns - c->accusations_from.ns >= 60 * second_ns) {
        c->accusations_from = now;
        c->accusations = 0;
    }
    return ++c->accusations >= SUPERVISOR_IO_ACCUSATIONS;
}

struct str child_missing(const struct child *c)
{
    return buf_str(&c->missing);
}

void child_set_missing(struct child *c, struct str missing)
{
    buf_clear(&c->missing);
    buf_put(&c->missing, str_upto(missing, CHILD_WHY_BYTES));
}
