/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line as a record of auditd: every slice lies in the line, and there are no more pairs than
 * it has room for. Then the input as a name that libaudit writes in hex: it stays one value.
 */
#include "base/buf.h"
#include "decode/auditd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct str line, struct str part)
{
    check(part.n == 0 || (part.p >= line.p && part.p + part.n <= line.p + line.n));
}

static void read_line(struct str line, struct arena *arena)
{
    struct auditd a;
    struct auditd_pair p;
    size_t count = 0;
    if (!auditd_open(line, &a)) {
        return;
    }
    while (auditd_next(&a, &p)) {
        struct str text;
        check_inside(line, p.name);
        check_inside(line, p.value);
        check(++count <= line.n && p.name.n != 0);
        check(rc_failed(auditd_text(&p, arena, &text)) || text.n <= p.value.n);
    }
}

static void read_name(struct str name, struct arena *arena)
{
    AUTO_BUF line = {0};
    struct auditd a;
    struct auditd_pair p;
    struct str text;
    if (name.n == 0) {
        return;
    }
    buf_puts(&line, "type=USER_AUTH msg=audit(1795513591.101:601): pid=1 msg='acct=");
    for (size_t i = 0; i < name.n; i++) {
        buf_printf(&line, "%02X", (unsigned)(uint8_t)name.p[i]);
    }
    buf_puts(&line, " addr=192.0.2.7'");
    check(auditd_open(buf_str(&line), &a));
    check(auditd_next(&a, &p) && auditd_next(&a, &p));
    check(p.part == AUDITD_USER && p.hex);
    check(rc_failed(auditd_text(&p, arena, &text)) || str_eq(text, name));
    check(auditd_next(&a, &p) && str_eq(p.value, STR("192.0.2.7")) && !auditd_next(&a, &p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = arena_open((size_t)1 << 20);
    struct str text = {(const char *)data, size};
    read_line(text, arena);
    arena_reset(arena);
    read_name(text, arena);
    return 0;
}
