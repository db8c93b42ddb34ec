/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/syslog.h"

#include "decode/syslog_time.h"

enum {
    MAX_TOKEN_BYTES = 255, /* of a host name; RFC 5424 6.2.4 */
    MAX_TAG_BYTES = 128,   /* RFC 3164 says 32, real programs have longer names */
    MAX_PRIORITY = 191,
};

struct str syslog_facility_name(int facility)
{
    static const struct str names[] = {
        STR_INIT("kern"),   STR_INIT("user"),   STR_INIT("mail"),     STR_INIT("daemon"),
        STR_INIT("auth"),   STR_INIT("syslog"), STR_INIT("lpr"),      STR_INIT("news"),
        STR_INIT("uucp"),   STR_INIT("cron"),   STR_INIT("authpriv"), STR_INIT("ftp"),
        STR_INIT("ntp"),    STR_INIT("audit"),  STR_INIT("alert"),    STR_INIT("clock"),
        STR_INIT("local0"), STR_INIT("local1"), STR_INIT("local2"),   STR_INIT("local3"),
        STR_INIT("local4"), STR_INIT("local5"), STR_INIT("local6"),   STR_INIT("local7"),
    };
    return facility >= 0 && facility < (int)COUNT_OF(names) ? names[facility] : STR("");
}

static const struct str severities[] = {
    STR_INIT("emerg"),   STR_INIT("alert"),  STR_INIT("crit"), STR_INIT("err"),
    STR_INIT("warning"), STR_INIT("notice"), STR_INIT("info"), STR_INIT("debug"),
};

struct str syslog_severity_name(int severity)
{
    return severity >= 0 && severity < (int)COUNT_OF(severities) ? severities[severity]
                                                                 : STR("");
}

void syslog_ids(const struct fields *names, struct syslog_ids *out)
{
    *out = (struct syslog_ids){
        .hostname = fields_find(names, STR("hostname")),
        .program = fields_find(names, STR("program")),
        .appname = fields_find(names, STR("appname")),
        .pid = fields_find(names, STR("pid")),
        .facility = fields_find(names, STR("facility")),
        .severity = fields_find(names, STR("severity")),
        .message = fields_find(names, STR("message")),
    };
}

static struct str take_token(struct str *s)
{
    size_t n = 0;
    while (n < s->n && s->p[n] != ' ') {
        n++;
    }
    struct str token = str_upto(*s, n);
    *s = str_from(*s, n + 1);
    return token;
}

static struct str skip_blanks(struct str s)
{
    while (s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = str_from(s, 1);
    }
    return s;
}

/* "<34>"; no priority is fine. */
static void take_priority(struct str *s, struct syslog *out)
{
    size_t end = s->n != 0 && s->p[0] == '<' ? str_find_char(str_upto(*s, 5), '>') : SIZE_MAX;
    uint64_t v;
    if (end != SIZE_MAX && end > 1 && str_to_u64(str_upto(str_from(*s, 1), end - 1), &v) &&
        v <= MAX_PRIORITY) {
        out->facility = (int)(v / 8);
        out->severity = (int)(v % 8);
        *s = str_from(*s, end + 1);
    }
}

/* Bytes of an SD-NAME at the start of s. */
static size_t name_length(struct str s)
{
    size_t n = 0;
    while (n < s.n && n < MAX_TOKEN_BYTES && memchr("= ]\"", s.p[n], 4) == NULL) {
        n++;
    }
    return n;
}

/* One name="value" of structured data; false at its end or at a fault. */
static bool take_param(struct str *s, struct str id, struct syslog *out)
{
    *s = skip_blanks(*s);
    size_t n = name_length(*s);
    struct str name = str_upto(*s, n), rest = str_from(*s, n);
    if (n == 0 || !str_starts(rest, STR("=\""))) {
        return false;
    }
    rest = str_from(rest, 2);
    n = 0;
    while (n < rest.n && rest.p[n] != '"') {
        n += rest.p[n] == '\\' && n + 1 < rest.n ? 2 : 1;
    }
    if (n >= rest.n) {
        return false;
    }
    if (out->param_count < SYSLOG_MAX_PARAMS) {
        out->params[out->param_count++] =
            (struct syslog_param){.id = id, .name = name, .value = str_upto(rest, n)};
    }
    *s = str_from(rest, n + 1);
    return true;
}

/*
 * "-" or "[id name="value" …][…]". What is neither is left to the message, where many senders
 * begin it at once.
 */
static void take_structured(struct str *s, struct syslog *out)
{
    struct str rest = *s;
    if (str_eq(rest, STR("-")) || str_starts(rest, STR("- "))) {
        *s = str_from(rest, 1);
        return;
    }
    while (rest.n != 0 && rest.p[0] == '[') {
        rest = str_from(rest, 1);
        size_t n = name_length(rest);
        struct str id = str_upto(rest, n);
        rest = str_from(rest, n);
        while (take_param(&rest, id, out)) {
        }
        rest = skip_blanks(rest);
        if (rest.n == 0 || rest.p[0] != ']') {
            out->param_count = 0;
            return;
        }
        rest = str_from(rest, 1);
    }
    *s = rest;
}

static struct str unless_nil(struct str s)
{
    return str_eq(s, STR("-")) ? STR("") : s;
}

static bool parse_5424(struct str s, struct syslog *out)
{
    struct str time = take_token(&s);
    if (!str_eq(time, STR("-")) && !walltime_parse(time, &out->time)) {
        return false;
    }
    out->hostname = unless_nil(take_token(&s));
    out->program = unless_nil(take_token(&s));
    out->pid = unless_nil(take_token(&s));
    (void)take_token(&s); /* the kind of message: no rule asks for it */
    take_structured(&s, out);
    s = skip_blanks(s);
    out->message = str_starts(s, STR("\xEF\xBB\xBF")) ? str_from(s, 3) : s;
    out->dialect = "rfc5424";
    return true;
}

/*
 * "sshd(pam_unix)[19939]: ", "postfix/smtpd[1]: ", "kernel: ". The name ends at the first
 * bracket; false and nothing taken when there is no such tag.
 */
static bool take_tag(struct str *s, struct syslog *out)
{
    size_t n = 0, limit = s->n < MAX_TAG_BYTES ? s->n : MAX_TAG_BYTES;
    while (n < limit && s->p[n] != ':' && s->p[n] != '[' && s->p[n] != ' ') {
        n++;
    }
    if (n == 0 || n == limit || s->p[n] == ' ') {
        return false;
    }
    struct str name = str_upto(*s, n), rest = str_from(*s, n);
    if (rest.p[0] == '[') {
        size_t close = str_find_char(str_upto(rest, MAX_TAG_BYTES), ']');
        if (close == SIZE_MAX) {
            return false;
        }
        out->pid = str_upto(str_from(rest, 1), close - 1);
        rest = str_from(rest, close + 1);
        if (rest.n != 0 && rest.p[0] == ':') {
            rest = str_from(rest, 1);
        }
    } else {
        rest = str_from(rest, 1);
        /* "Mar 11 09:39:39: --- repeated": a colon without a program; an address is no tag */
        if (rest.n != 0 && rest.p[0] != ' ') {
            return false;
        }
    }
    size_t bracket = str_find_char(name, '(');
    out->program = bracket == SIZE_MAX || bracket == 0 ? name : str_upto(name, bracket);
    *s = skip_blanks(rest);
    return true;
}

/* "host tag: message", "tag: message", "host message". */
static void take_rest(struct str s, struct syslog *out)
{
    struct str after = s;
    if (!take_tag(&after, out)) {
        struct str host = take_token(&after);
        if (host.n <= MAX_TOKEN_BYTES && host.n != 0 && after.n != 0) {
            out->hostname = host;
            after = skip_blanks(after);
            (void)take_tag(&after, out);
        } else {
            after = s;
        }
    }
    out->message = after;
}

static int severity_word(struct str s)
{
    for (size_t i = 0; i < COUNT_OF(severities); i++) {
        if (str_eq_nocase(s, severities[i])) {
            return (int)i;
        }
    }
    return -1;
}

/* "2016-10-25T12:37:23.297265-07:00 INFO program[1]: message" or with a host name instead. */
static bool parse_3339(struct str s, struct syslog *out)
{
    struct str time = take_token(&s);
    if (time.n < 19 || time.p[10] != 'T' || !walltime_parse(time, &out->time)) {
        return false;
    }
    out->dialect = "rfc3339";
    struct str after = s, word = take_token(&after);
    int severity = severity_word(word);
    if (severity >= 0 && word.p[0] >= 'A' && word.p[0] <= 'Z') {
        out->dialect = "chromeos";
        out->severity = severity;
        after = skip_blanks(after);
        (void)take_tag(&after, out);
        out->message = after;
    } else {
        take_rest(s, out);
    }
    return true;
}

/* "Mon Jun  6 18:43:28 2016 [pid 2] CONNECT: …" */
static bool parse_vsftpd(struct str s, struct syslog *out)
{
    static const struct str pid = STR_INIT(" [pid ");
    size_t n = syslog_time_ctime(s, &out->time);
    struct str rest = str_from(s, n);
    if (n == 0 || !str_starts(rest, pid)) {
        return false;
    }
    rest = str_from(rest, pid.n);
    size_t close = str_find_char(str_upto(rest, 16), ']');
    if (close == SIZE_MAX) {
        return false;
    }
    out->pid = str_upto(rest, close);
    out->program = STR("vsftpd");
    out->message = skip_blanks(str_from(rest, close + 1));
    out->dialect = "vsftpd";
    return true;
}

/* "type=LOGIN msg=audit(1337845201.174:94983): …", also with a node before it */
static bool parse_audit(struct str s, struct syslog *out)
{
    struct str head = s;
    if (str_starts(head, STR("node="))) {
        struct str node = take_token(&head);
        out->hostname = str_from(node, 5);
    }
    if (!str_starts(head, STR("type="))) {
        return false;
    }
    static const struct str audit = STR_INIT("msg=audit(");
    size_t at = str_find(str_upto(head, 80), audit);
    if (at == SIZE_MAX) {
        return false;
    }
    (void)syslog_time_epoch(str_from(head, at + audit.n), &out->time);
    out->program = STR("auditd");
    out->message = s;
    out->dialect = "auditd";
    return true;
}

/* "srv sshd[13709]: …", as the journal prints without times: only with a pid, to be sure. */
static bool parse_journal(struct str s, struct syslog *out)
{
    struct str after = s, host = take_token(&after);
    if (host.n == 0 || host.n > MAX_TOKEN_BYTES || str_find_char(host, ':') != SIZE_MAX ||
        !take_tag(&after, out) || out->pid.n == 0) {
        return false;
    }
    uint64_t pid;
    out->hostname = host;
    out->message = after;
    out->dialect = "journal";
    return str_to_u64(out->pid, &pid);
}

static bool parse_3164(struct str s, int64_t latest_s, struct syslog *out)
{
    size_t n = syslog_time_3164(s, latest_s, &out->time);
    struct str rest = str_from(s, n);
    if (n == 0 || (rest.n != 0 && rest.p[0] != ' ' && rest.p[0] != ':')) {
        return false;
    }
    out->dialect = "rfc3164";
    if (rest.n != 0 && rest.p[0] == ':') {
        out->message = skip_blanks(str_from(rest, 1));
    } else {
        take_rest(skip_blanks(rest), out);
    }
    return true;
}

static bool parse_tai64n(struct str s, struct syslog *out)
{
    size_t n = syslog_time_tai64n(s, &out->time);
    struct str rest = skip_blanks(str_from(s, n));
    if (n == 0) {
        return false;
    }
    out->dialect = "tai64n";
    (void)take_tag(&rest, out);
    out->message = rest;
    return true;
}

bool syslog_parse(struct str line, int64_t latest_s, struct syslog *out)
{
    struct str s = str_starts(line, STR("\xEF\xBB\xBF")) ? str_from(line, 3) : line;
    static const struct syslog none = {.time = {.us = WALLTIME_NONE},
                                       .facility = -1,
                                       .severity = -1,
                                       .hostname = STR_INIT(""),
                                       .program = STR_INIT(""),
                                       .pid = STR_INIT(""),
                                       .message = STR_INIT("")};
    *out = none;
    take_priority(&s, out);
    bool priority = out->facility >= 0;
    if (priority && str_starts(s, STR("1 ")) && parse_5424(str_from(s, 2), out)) {
        return true;
    }
    if (parse_3164(s, latest_s, out) || parse_3339(s, out) || parse_vsftpd(s, out) ||
        parse_audit(s, out) || parse_tai64n(s, out)) {
        return true;
    }
    if (priority) { /* a priority alone makes it syslog: RFC 3164 4.3.3 */
        take_rest(s, out);
        out->dialect = "rfc3164";
        return true;
    }
    return parse_journal(s, out);
}
