/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_check.h"

struct scan_check scan_check_open(void)
{
    return (struct scan_check){.step = json_step_open(SIZE_MAX)};
}

void scan_check_free(struct scan_check *c)
{
    json_step_free(&c->step);
}

static struct rc in_file(struct rc rc, uint64_t at)
{
    return rc_at((enum err)rc.code, at);
}

struct rc scan_check_feed(struct scan_check *c, struct bytes in)
{
    struct str left = str_bytes(in);
    while (left.n > 0 && !json_step_done(&c->step)) {
        size_t used = 0;
        struct rc rc = json_step_feed(&c->step, left, &used);
        c->at += used;
        if (rc_failed(rc)) {
            return in_file(rc, c->at);
        }
        left = str_from(left, used);
    }
    for (size_t i = 0; i < left.n; i++) {
        char b = left.p[i];
        if (b != ' ' && b != '\t' && b != '\n' && b != '\r') {
            return in_file(rc_make(ERR_TRAILING), c->at + i);
        }
    }
    c->at += left.n;
    return RC_OK;
}

struct rc scan_check_end(struct scan_check *c)
{
    struct rc rc = json_step_end(&c->step);
    return rc_failed(rc) ? in_file(rc, c->at) : RC_OK;
}
