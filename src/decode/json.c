/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json.h"

#include "decode/json_scan.h"
#include "decode/json_step.h"

static size_t skip_space(struct str in, size_t at)
{
    while (at < in.n && json_scan_is_space(in.p[at])) {
        at++;
    }
    return at;
}

static struct rc step_over(struct json_step *s, struct str in, size_t *out)
{
    size_t used;
    TRY(json_step_feed(s, in, &used));
    struct rc rc = json_step_end(s);
    if (rc_failed(rc)) {
        return rc_at((enum err)rc.code, in.n);
    }
    *out = used;
    return RC_OK;
}

struct rc json_value_end(struct str in, size_t *out)
{
    struct json_step s = json_step_open(SIZE_MAX);
    struct rc rc = step_over(&s, in, out);
    json_step_free(&s);
    return rc;
}

struct rc json_check(struct str in)
{
    size_t end;
    TRY(json_value_end(in, &end));
    end = skip_space(in, end);
    return end == in.n ? RC_OK : rc_at(ERR_TRAILING, end);
}

size_t json_unescape(struct str s, char *out)
{
    struct value v = {(const uint8_t *)s.p, (uint32_t)s.n, VALUE_JSON_TEXT};
    return value_text_into(v, out).n;
}
