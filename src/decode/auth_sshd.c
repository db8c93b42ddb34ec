/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/auth_sshd.h"

enum {
    /* 8 KiB: sshd cuts at 1 KiB before it escapes; bounds the search for addresses. */
    MESSAGE_MAX_BYTES = 8192,
    ADDRESS_MAX_BYTES = 64, /* IPv6 with a zone; a host name is no address */
    PORT_MAX_DIGITS = 5,
    PORT_MAX = 65535,
    METHOD_MAX_BYTES = 64,
    SERIAL_MAX_DIGITS = 20,
    REPEATED_MAX = 1000000,
};

static const struct str preauth = STR_INIT(" [preauth]");
static const struct str from = STR_INIT(" from ");
static const struct str invalid_user = STR_INIT("invalid user ");

static bool take(struct str *s, struct str prefix)
{
    bool is = str_starts(*s, prefix);
    *s = is ? str_from(*s, prefix.n) : *s;
    return is;
}

static bool drop(struct str *s, struct str suffix)
{
    bool is = str_ends(*s, suffix);
    *s = is ? str_upto(*s, s->n - suffix.n) : *s;
    return is;
}

/* The longest start of *s whose bytes are letters, digits or in `more`, up to max bytes. */
static struct str take_word(struct str *s, const char *more, size_t max)
{
    size_t n = 0;
    while (n < s->n && n < max &&
           (str_is_alpha(s->p[n]) || str_is_digit(s->p[n]) ||
            (s->p[n] != '\0' && strchr(more, s->p[n]) != NULL))) {
        n++;
    }
    struct str word = str_upto(*s, n);
    *s = str_from(*s, n);
    return word;
}

/* "192.0.2.7 port 22"; the address may be a text that ipaddr refuses ("UNKNOWN", a zone). */
static bool take_peer(struct str *s, struct auth_sshd *out)
{
    uint64_t port;
    struct str rest = *s, address = take_word(&rest, ".:%-_", ADDRESS_MAX_BYTES);
    if (address.n == 0 || !take(&rest, STR(" port "))) {
        return false;
    }
    struct str digits = take_word(&rest, "", PORT_MAX_DIGITS);
    if (!str_to_u64(digits, &port) || port == 0 || port > PORT_MAX || digits.p[0] == '0') {
        return false;
    }
    struct ipaddr a;
    out->address = ipaddr_parse(address, &a) ? a : (struct ipaddr){.family = IPADDR_NONE};
    out->port = digits;
    *s = rest;
    return true;
}

/* "ED25519 SHA256:…", "RSA MD5:aa:bb…", and before OpenSSH 6.8 "RSA aa:bb…" */
static bool take_key(struct str *s)
{
    struct str rest = *s;
    bool type = take_word(&rest, "-", ADDRESS_MAX_BYTES).n != 0 && take(&rest, STR(" "));
    (void)(take(&rest, STR("SHA256:")) || take(&rest, STR("MD5:")));
    if (!type || take_word(&rest, "+/=:", ADDRESS_MAX_BYTES).n == 0) {
        return false;
    }
    *s = rest;
    return true;
}

/*
 * What follows "ssh2": nothing, a key, or a certificate, whose id is the client's text:
 * ": ED25519-CERT SHA256:… ID text (serial 1) CA ED25519 SHA256:…"
 */
static bool is_tail(struct str s)
{
    static const struct str serial = STR_INIT(" (serial ");
    if (s.n == 0) {
        return true;
    }
    if (!take(&s, STR(": ")) || !take_key(&s)) {
        return false;
    }
    if (s.n == 0) {
        return true;
    }
    size_t at = s.n;
    while (at > 0 && !str_starts(str_from(s, at - 1), serial)) {
        at--;
    }
    if (!str_starts(s, STR(" ID ")) || at == 0) {
        return false;
    }
    struct str rest = str_from(s, at - 1 + serial.n);
    return take_word(&rest, "", SERIAL_MAX_DIGITS).n != 0 && take(&rest, STR(") CA ")) &&
           take_key(&rest) && rest.n == 0;
}

/* sshd cuts the name at a colon ("user:style") before it writes any: no name holds one. */
static bool is_name(struct str s)
{
    return str_find_char(s, ':') == SIZE_MAX;
}

/*
 * "U from 192.0.2.7 port 22 ssh2…". The last place that fits to the end is sshd's own: after it
 * comes nothing of the client's but the id of a certificate, and what fits in there has a colon
 * before it.
 */
static bool parse_user_from(struct str s, struct str word, struct auth_sshd *out)
{
    struct str name = str_upto(s, str_find_char(s, ':'));
    for (size_t at = name.n; at-- > 0;) {
        struct str rest = str_from(s, at);
        struct auth_sshd found = *out;
        if (take(&rest, from) && take_peer(&rest, &found) && take(&rest, word) &&
            (word.n == 0 ? rest.n == 0 : is_tail(rest))) {
            found.user = str_upto(s, at);
            *out = found;
            return true;
        }
    }
    return false;
}

/* "password for [invalid user ]U from …", after "Failed " or "Accepted ". */
static bool parse_try(struct str s, enum auth_sshd_kind kind, struct auth_sshd *out)
{
    out->kind = kind;
    out->method = take_word(&s, "-/", METHOD_MAX_BYTES);
    if (out->method.n == 0 || !take(&s, STR(" for "))) {
        return false;
    }
    bool invalid = take(&s, invalid_user);
    return !(invalid && kind == AUTH_SSHD_SUCCESS) && parse_user_from(s, STR(" ssh2"), out);
}

/*
 * "[authenticating user U |invalid user U |user U ]192.0.2.7 port 22 [preauth]": the last two
 * words are sshd's, what is before them may be the client's.
 */
static bool parse_connection(struct str s, struct auth_sshd *out)
{
    static const struct str port = STR_INIT(" port ");
    out->kind = AUTH_SSHD_PROBE;
    if (!drop(&s, preauth)) {
        return false; /* the end of a session, which PAM reports */
    }
    bool named = take(&s, STR("authenticating user ")) || take(&s, invalid_user) ||
                 take(&s, STR("user "));
    size_t at = s.n;
    for (struct str rest = s; named;) {
        size_t next = str_find(rest, port);
        if (next == SIZE_MAX) {
            break;
        }
        at = (size_t)(rest.p - s.p) + next;
        rest = str_from(rest, next + 1);
    }
    while (named && at > 0 && s.p[at - 1] != ' ') {
        at--;
    }
    at = named ? at : 0;
    if (named && at == 0) {
        return false;
    }
    struct str peer = str_from(s, at);
    if (!take_peer(&peer, out) || peer.n != 0) {
        return false;
    }
    out->user = named ? str_upto(s, at - 1) : STR("");
    return is_name(out->user);
}

static bool is_uid(struct str s)
{
    uint64_t uid;
    return take(&s, STR("(uid=")) && drop(&s, STR(")")) && str_to_u64(s, &uid);
}

/* "alice(uid=1000)" without what is in brackets. */
static struct str without_uid(struct str s)
{
    size_t at = s.n;
    while (at > 0 && s.p[at - 1] != '(') {
        at--;
    }
    return at > 0 && is_uid(str_from(s, at - 1)) ? str_upto(s, at - 1) : s;
}

/* "opened for user alice(uid=1000) by (uid=0)": an account that exists. */
static bool parse_session(struct str s, struct auth_sshd *out)
{
    static const struct str by = STR_INIT(" by ");
    if (take(&s, STR("closed for user "))) {
        out->kind = AUTH_SSHD_CLOSED;
        out->user = s;
        return s.n != 0 && str_find_char(s, ' ') == SIZE_MAX;
    }
    if (!take(&s, STR("opened for user "))) {
        return false;
    }
    size_t at = str_find(s, by);
    struct str who = at == SIZE_MAX ? STR("") : str_from(s, at + by.n);
    out->kind = AUTH_SSHD_OPENED;
    out->user = without_uid(str_upto(s, at));
    return out->user.n != 0 && str_find_char(out->user, ' ') == SIZE_MAX &&
           without_uid(who).n != who.n && str_find_char(who, ' ') == SIZE_MAX;
}

/*
 * "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=H  user=U". The names
 * before rhost are not escaped, and rhost may be the name that the address claims to have.
 */
static bool parse_pam_failure(struct str s, struct auth_sshd *out)
{
    static const struct str rhost = STR_INIT(" rhost="), user = STR_INIT("  user=");
    size_t at = str_find(s, rhost);
    if (at == SIZE_MAX) {
        return false;
    }
    struct str host = str_from(s, at + rhost.n);
    size_t end = str_find(host, user);
    out->kind = AUTH_SSHD_FAILURE;
    out->pam = true;
    out->user = end == SIZE_MAX ? STR("") : str_from(host, end + user.n);
    struct ipaddr a;
    if (ipaddr_parse(str_trim(str_upto(host, end)), &a) && ipaddr_is_single(&a)) {
        out->address = a;
    }
    return true;
}

/*
 * "for [illegal user ]U from 192.0.2.7". Of an account that exists this is all that sshd says
 * of the try at its usual LogLevel; of others a line with "Failed" follows.
 */
static bool parse_pam_error(struct str s, struct auth_sshd *out)
{
    out->kind = take(&s, STR("illegal user ")) ? AUTH_SSHD_PROBE : AUTH_SSHD_FAILURE;
    out->method = STR("keyboard-interactive/pam");
    size_t at = s.n;
    while (at > 0 && !str_starts(str_from(s, at - 1), from)) {
        at--;
    }
    struct ipaddr a;
    if (at == 0 || !ipaddr_parse(str_from(s, at - 1 + from.n), &a) || !ipaddr_is_single(&a)) {
        return false;
    }
    out->address = a;
    out->user = str_upto(s, at - 1);
    return is_name(out->user);
}

static bool parse_plain(struct str s, struct auth_sshd *out)
{
    if (take(&s, STR("Failed "))) {
        return parse_try(s, AUTH_SSHD_FAILURE, out);
    }
    if (take(&s, STR("Accepted "))) {
        return parse_try(s, AUTH_SSHD_SUCCESS, out);
    }
    if (take(&s, STR("Invalid user "))) {
        out->kind = AUTH_SSHD_PROBE;
        return parse_user_from(s, STR(""), out);
    }
    if (take(&s, STR("Connection closed by ")) || take(&s, STR("Connection reset by ")) ||
        take(&s, STR("Disconnected from "))) {
        return parse_connection(s, out);
    }
    if (take(&s, STR("error: maximum authentication attempts exceeded for "))) {
        (void)take(&s, invalid_user);
        out->kind = AUTH_SSHD_PROBE;
        return drop(&s, preauth) && parse_user_from(s, STR(" ssh2"), out);
    }
    if (take(&s, STR("error: PAM: Authentication failure for "))) {
        return parse_pam_error(s, out);
    }
    if (take(&s, STR("pam_unix(sshd:session): session "))) {
        return parse_session(s, out);
    }
    if (take(&s, STR("pam_unix(sshd:auth): authentication failure; logname="))) {
        return parse_pam_failure(s, out);
    }
    return false;
}

/* "message repeated 5 times: [ X]", as rsyslog folds equal lines. */
static bool take_repeated(struct str *s, uint32_t *out)
{
    struct str rest = *s;
    uint64_t n;
    if (!take(&rest, STR("message repeated "))) {
        return false;
    }
    struct str digits = take_word(&rest, "", PORT_MAX_DIGITS + 1);
    if (!str_to_u64(digits, &n) || n == 0 || n > REPEATED_MAX ||
        !take(&rest, STR(" times: [ ")) || !drop(&rest, STR("]"))) {
        return false;
    }
    *s = rest;
    *out = (uint32_t)n;
    return true;
}

bool auth_sshd_parse(struct str message, struct auth_sshd *out)
{
    struct auth_sshd a = {
        .user = STR_INIT(""), .method = STR_INIT(""), .port = STR_INIT(""), .repeated = 1};
    while (message.n != 0 && str_is_space(message.p[message.n - 1])) {
        message.n--;
    }
    if (message.n > MESSAGE_MAX_BYTES) {
        return false;
    }
    (void)take_repeated(&message, &a.repeated);
    if (!parse_plain(message, &a)) {
        return false;
    }
    *out = a;
    return true;
}
