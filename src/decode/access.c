/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/access.h"

#include "decode/syslog_time.h"

static bool take_token(struct str *s, struct str *out)
{
    size_t n = str_find_char(str_upto(*s, 512), ' ');
    if (n == SIZE_MAX || n == 0) {
        return false;
    }
    *out = str_upto(*s, n);
    *s = str_from(*s, n + 1);
    return true;
}

/* Inside of "…" with \" as an escape, and the blank after it. */
static bool take_quoted(struct str *s, struct str *out)
{
    if (s->n < 2 || s->p[0] != '"') {
        return false;
    }
    size_t n = 1;
    while (n < s->n && s->p[n] != '"') {
        n += s->p[n] == '\\' ? 2 : 1;
    }
    if (n >= s->n) {
        return false;
    }
    *out = str_upto(str_from(*s, 1), n - 1);
    *s = str_from(*s, n + 1);
    *s = s->n != 0 && s->p[0] == ' ' ? str_from(*s, 1) : *s;
    return true;
}

static struct str unless_nil(struct str s)
{
    return str_eq(s, STR("-")) ? STR("") : s;
}

/* "GET /a?b HTTP/1.1"; what is no request (a TLS hello) is all uri. */
static void split_request(struct str request, struct access *out)
{
    struct str rest = request;
    out->uri = unless_nil(request);
    if (take_token(&rest, &out->method)) {
        size_t blank = rest.n;
        while (blank > 0 && rest.p[blank - 1] != ' ') {
            blank--;
        }
        bool version = blank > 0 && str_starts(str_from(rest, blank), STR("HTTP/"));
        out->version = version ? str_from(rest, blank) : STR("");
        out->uri = version ? str_upto(rest, blank - 1) : rest;
    }
    size_t question = str_find_char(out->uri, '?');
    out->stem = str_upto(out->uri, question);
    out->query = question == SIZE_MAX ? STR("") : str_from(out->uri, question + 1);
}

/* "client ident user [time] " */
static bool take_head(struct str *s, struct access *out)
{
    struct str ident, rest = *s;
    if (!take_token(&rest, &out->client) || !take_token(&rest, &ident) ||
        !take_token(&rest, &out->user) || rest.n == 0 || rest.p[0] != '[') {
        return false;
    }
    rest = str_from(rest, 1);
    size_t n = syslog_time_clf(rest, &out->time);
    rest = str_from(rest, n);
    if (n == 0 || !str_starts(rest, STR("] "))) {
        return false;
    }
    *s = str_from(rest, 2);
    return true;
}

bool access_parse(struct str line, struct access *out)
{
    struct access a = {.host = STR_INIT(""),
                       .method = STR_INIT(""),
                       .version = STR_INIT(""),
                       .referer = STR_INIT(""),
                       .agent = STR_INIT("")};
    struct str rest = line, request;
    if (!take_head(&rest, &a)) {
        rest = line;
        if (!take_token(&rest, &a.host) || !take_head(&rest, &a)) {
            return false;
        }
    }
    if (!take_quoted(&rest, &request)) {
        return false;
    }
    struct str tail = rest;
    bool status = take_token(&tail, &a.status);
    uint64_t code;
    if (!status || a.status.n != 3 || !str_to_u64(a.status, &code)) {
        return false;
    }
    size_t end = str_find_char(tail, ' ');
    a.bytes = unless_nil(str_upto(tail, end));
    tail = end == SIZE_MAX ? STR("") : str_from(tail, end + 1);
    if (take_quoted(&tail, &a.referer)) {
        (void)take_quoted(&tail, &a.agent);
    }
    split_request(request, &a);
    a.user = unless_nil(a.user);
    a.referer = unless_nil(a.referer);
    a.agent = unless_nil(a.agent);
    a.host = str_upto(a.host, str_find_char(a.host, ':')); /* without the port */
    *out = a;
    return true;
}
