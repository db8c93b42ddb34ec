/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as tocsin.conf: rejected with a message that prints, or read.
 */
#include "base/escape.h"
#include "daemon/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO_ARENA a = arena_open((size_t)4 << 20);
    struct diag d = diag_open();
    struct conf conf;
    struct rc rc = conf_parse(str_bytes((struct bytes){data, n}), STR("fuzz"), a, &d, &conf);
    check(rc_failed(rc) == (d.errors > 0));
    if (!rc_failed(rc)) {
        check(conf_count(&conf, CONF_INFORM_NEXT) >= 1);
        check(conf_text(&conf, CONF_STATE).n >= 1);
    }
    AUTO_BUF out = {0};
    for (size_t i = 0; i < d.count && i < 10; i++) {
        diag_print(&out, &d.messages[i]);
    }
    check(out.n == 0 || escape_is_plain(buf_str(&out)));
    diag_close(&d);
    return 0;
}
