/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line through everything that reads lines: every slice must lie in the line, every line
 * must become an event.
 */
#include "decode/access.h"
#include "decode/normal.h"
#include "decode/syslog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct str line, struct str part)
{
    check(part.n <= line.n);
    /* "vsftpd" and "auditd" are names that the format implies. */
    bool inside = part.p >= line.p && part.p + part.n <= line.p + line.n;
    check(inside || part.n == 0 || str_eq(part, STR("vsftpd")) || str_eq(part, STR("auditd")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str line = {(const char *)data, size};
    struct syslog s;
    struct access a;
    if (size == 0) {
        return 0;
    }
    if (syslog_parse(line, 1798761599, &s)) {
        check_inside(line, s.hostname);
        check_inside(line, s.program);
        check_inside(line, s.pid);
        check_inside(line, s.message);
        check(s.param_count <= SYSLOG_MAX_PARAMS);
        for (uint32_t i = 0; i < s.param_count; i++) {
            check_inside(line, s.params[i].value);
        }
    }
    if (access_parse(line, &a)) {
        check_inside(line, a.uri);
        check_inside(line, a.agent);
    }
    struct fields *fields = fields_open();
    struct normal *n = normal_open(fields);
    struct arena *batch = arena_open((size_t)16 << 20);
    struct event e;
    check(!rc_failed(normal_line(n, line, 1798761599, batch, &e)));
    check(e.shape != NULL && e.logsource < LOGSOURCE_CUSTOM);
    arena_close(batch);
    normal_close(n);
    fields_close(fields);
    return 0;
}
