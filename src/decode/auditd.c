/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/auditd.h"

#include "decode/syslog_time.h"

enum {
    TYPE_MAX_BYTES = 64,
    NODE_MAX_BYTES = 255,
    NAME_MAX_BYTES = 64,
    ENRICHED_MARK = 0x1D,
};

/*
 * Fields whose text the kernel or libaudit writes in hex when it holds a quote, a blank, a
 * control character or a byte past ASCII.
 */
static const struct str encoded[] = {
    STR_INIT("acct"),  STR_INIT("cmd"),  STR_INIT("comm"),      STR_INIT("cwd"),
    STR_INIT("data"),  STR_INIT("dir"),  STR_INIT("exe"),       STR_INIT("file"),
    STR_INIT("grp"),   STR_INIT("key"),  STR_INIT("name"),      STR_INIT("new_group"),
    STR_INIT("ocomm"), STR_INIT("path"), STR_INIT("proctitle"), STR_INIT("vm"),
    STR_INIT("watch"),
};

static bool take(struct str *s, struct str prefix)
{
    bool is = str_starts(*s, prefix);
    *s = is ? str_from(*s, prefix.n) : *s;
    return is;
}

/* Up to the first blank. */
static struct str take_token(struct str *s)
{
    size_t n = str_find_char(*s, ' ');
    struct str token = str_upto(*s, n);
    *s = n == SIZE_MAX ? STR("") : str_from(*s, n + 1);
    return token;
}

static bool is_type(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!str_is_alpha(c) && !str_is_digit(c) && memchr("_[]-", c, 4) == NULL) {
            return false;
        }
    }
    return s.n != 0 && s.n <= TYPE_MAX_BYTES;
}

/* "1795513615.029:638": the stamp of the event in milliseconds and its serial number. */
static bool is_id(struct str s)
{
    size_t dot = str_find_char(s, '.'), colon = str_find_char(s, ':');
    uint64_t v;
    return dot != SIZE_MAX && colon != SIZE_MAX && dot < colon && colon - dot == 4 &&
           str_to_u64(str_upto(s, dot), &v) &&
           str_to_u64(str_upto(str_from(s, dot + 1), 3), &v) &&
           str_to_u64(str_from(s, colon + 1), &v);
}

/* Cut the part of user space out of the kernel's: msg='…', up to the last quote. */
static void split_user(struct auditd *a)
{
    static const struct str msg = STR_INIT("msg='");
    size_t at = str_find(a->kernel, msg);
    if (at == SIZE_MAX || (at > 0 && a->kernel.p[at - 1] != ' ')) {
        return;
    }
    struct str user = str_from(a->kernel, at + msg.n);
    while (user.n != 0 && user.p[user.n - 1] == ' ') {
        user.n--;
    }
    a->user = str_ends(user, STR("'")) ? str_upto(user, user.n - 1) : user;
    a->kernel = str_upto(a->kernel, at);
}

bool auditd_open(struct str line, struct auditd *out)
{
    struct auditd a = {.node = STR_INIT(""), .user = STR_INIT(""), .enriched = STR_INIT("")};
    struct str s = line;
    if (take(&s, STR("node="))) {
        a.node = take_token(&s);
        if (a.node.n == 0 || a.node.n > NODE_MAX_BYTES) {
            return false;
        }
    }
    if (!take(&s, STR("type="))) {
        return false;
    }
    a.type = take_token(&s);
    if (!is_type(a.type) || !take(&s, STR("msg=audit("))) {
        return false;
    }
    size_t close = str_find(str_upto(s, TYPE_MAX_BYTES), STR("):"));
    a.id = str_upto(s, close);
    if (close == SIZE_MAX || !is_id(a.id) || syslog_time_epoch(a.id, &a.time) == 0) {
        return false;
    }
    a.kernel = str_from(s, close + 2);
    a.exec = str_eq(a.type, STR("EXECVE"));
    /* The last mark is auditd's: the kernel writes control characters in hex. */
    for (size_t i = a.kernel.n; i-- > 0;) {
        if (a.kernel.p[i] == ENRICHED_MARK) {
            a.enriched = str_from(a.kernel, i + 1);
            a.kernel = str_upto(a.kernel, i);
            break;
        }
    }
    split_user(&a);
    *out = a;
    return true;
}

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_digit(s.p[i]) && (s.p[i] < 'A' || s.p[i] > 'F')) {
            return false;
        }
    }
    return s.n != 0 && s.n % 2 == 0;
}

static bool is_encoded(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(encoded); i++) {
        if (str_eq(name, encoded[i])) {
            return true;
        }
    }
    return false;
}

/* "a0", "a12", "a1[3]": an argument, not its length. */
static bool is_argument(struct str name)
{
    return name.n > 1 && name.p[0] == 'a' && str_is_digit(name.p[1]) &&
           str_find_char(name, '_') == SIZE_MAX;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!str_is_alpha(c) && !str_is_digit(c) && memchr("_-[]", c, 4) == NULL) {
            return false;
        }
    }
    return s.n != 0 && s.n <= NAME_MAX_BYTES;
}

/* A value at the start of *s: quoted, or up to the next blank. *out_bare: it was not quoted. */
static struct str take_value(struct str *s, bool *out_bare)
{
    char quote = s->n != 0 ? s->p[0] : '\0';
    *out_bare = quote != '"' && quote != '\'';
    if (*out_bare) {
        struct str value = take_token(s);
        /* "(hostname=x, addr=y res=success)" of old PAM messages */
        bool closes = str_ends(value, STR(")")) && str_find_char(value, '(') == SIZE_MAX;
        return closes || str_ends(value, STR(",")) ? str_upto(value, value.n - 1) : value;
    }
    *s = str_from(*s, 1);
    size_t n = str_find_char(*s, quote);
    struct str value = str_upto(*s, n);
    *s = n == SIZE_MAX ? STR("") : str_from(*s, n + 1);
    return value;
}

static bool next_in(struct str *s, bool exec, struct auditd_pair *out)
{
    while (s->n != 0) {
        size_t n = 0;
        while (n < s->n && s->p[n] != '=' && s->p[n] != ' ') {
            n++;
        }
        struct str name = str_upto(*s, n);
        bool pair = n < s->n && s->p[n] == '=';
        *s = str_from(*s, n + 1);
        if (!pair) {
            continue;
        }
        bool bare;
        out->value = take_value(s, &bare);
        (void)take(&name, STR("("));
        if (!is_name(name) || str_eq(out->value, STR("{"))) {
            continue; /* "SADDR={ saddr_fam=inet … }": its members are pairs */
        }
        out->name = name;
        out->hex =
            bare && is_hex(out->value) && (is_encoded(name) || (exec && is_argument(name)));
        return true;
    }
    return false;
}

bool auditd_next(struct auditd *a, struct auditd_pair *out)
{
    out->part = AUDITD_KERNEL;
    if (next_in(&a->kernel, a->exec, out)) {
        return true;
    }
    out->part = AUDITD_USER;
    if (next_in(&a->user, false, out)) {
        return true;
    }
    out->part = AUDITD_ENRICHED;
    return next_in(&a->enriched, false, out);
}

struct rc auditd_text(const struct auditd_pair *pair, struct arena *batch, struct str *out)
{
    if (!pair->hex) {
        *out = pair->value;
        return RC_OK;
    }
    size_t n = pair->value.n / 2;
    char *text = arena_text(batch, n);
    if (text == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    bool title = str_eq(pair->name, STR("proctitle"));
    for (size_t i = 0; i < n; i++) {
        unsigned high = (unsigned)str_hex_digit(pair->value.p[2 * i]);
        unsigned low = (unsigned)str_hex_digit(pair->value.p[2 * i + 1]);
        text[i] = (char)((high << 4 | low) & UINT8_MAX);
        text[i] = title && text[i] == '\0' ? ' ' : text[i];
    }
    *out = (struct str){text, n};
    return RC_OK;
}
