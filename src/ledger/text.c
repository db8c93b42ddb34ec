/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/text.h"

#include "base/base64.h"

struct str text_line(struct text *t)
{
    size_t end = str_find_char(t->left, '\n');
    if (t->fault || end == SIZE_MAX) {
        t->fault = true;
        return (struct str){"", 0};
    }
    struct str line = str_upto(t->left, end);
    t->left = str_from(t->left, end + 1);
    t->at += end + 1;
    return line;
}

void text_literal(struct text *t, struct str line)
{
    size_t at = t->at;
    struct str got = text_line(t);
    if (!t->fault && !str_eq(got, line)) {
        t->fault = true;
        t->at = at;
    }
}

struct str text_value(struct text *t, struct str key)
{
    size_t at = t->at;
    struct str line = text_line(t);
    if (t->fault || !str_starts(line, key) || line.n <= key.n + 1 || line.p[key.n] != ' ') {
        t->at = t->fault ? t->at : at;
        t->fault = true;
        return (struct str){"", 0};
    }
    return str_from(line, key.n + 1);
}

uint64_t text_u64(struct text *t, struct str s)
{
    uint64_t v = 0;
    bool plain = s.n == 1 || (s.n > 1 && s.p[0] != '0');
    if (!t->fault && (!plain || !str_to_u64(s, &v))) {
        t->fault = true;
    }
    return t->fault ? 0 : v;
}

void text_hash(struct text *t, struct str s, struct merkle_hash *out)
{
    size_t n = 0;
    if (!t->fault && (!base64_get(s, out->b, sizeof(out->b), &n) || n != sizeof(out->b))) {
        t->fault = true;
    }
}

struct rc text_done(const struct text *t)
{
    return t->fault ? rc_at(ERR_MALFORMED, t->at) : RC_OK;
}
