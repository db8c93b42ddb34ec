/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/access.h"
#include "decode/normal_linux.h"
#include "decode/normal_parts.h"
#include "decode/normal_xml.h"

static struct rc put(struct normal_parts_build *b, struct str name, uint16_t id,
                     struct str text)
{
    if (text.n == 0) {
        return RC_OK;
    }
    return normal_parts_add(
        b, (struct field){.name = name, .value = value_text_of(text), .id = id});
}

/* By a name that need not be among those of syslog. */
static struct rc put_name(struct normal_parts_build *b, struct str name, struct str text)
{
    return put(b, name, text.n == 0 ? FIELD_NONE : fields_find(b->n->names, name), text);
}

/* "exampleSDID@32473.iut", its value with \" \\ \] undone. */
static struct rc put_param(struct normal_parts_build *b, const struct syslog_param *p)
{
    size_t n = p->id.n + 1 + p->name.n;
    char *name = arena_text(b->batch, n), *value = arena_text(b->batch, p->value.n);
    if (name == NULL || value == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(name, p->id.p, p->id.n);
    name[p->id.n] = '.';
    memcpy(name + p->id.n + 1, p->name.p, p->name.n);
    size_t used = 0;
    for (size_t i = 0; i < p->value.n; i++) {
        bool escape = p->value.p[i] == '\\' && i + 1 < p->value.n &&
                      memchr("\"\\]", p->value.p[i + 1], 3) != NULL;
        i += escape;
        value[used++] = p->value.p[i];
    }
    return put_name(b, (struct str){name, n}, (struct str){value, used});
}

static enum logsource_id service_of(const struct normal *n, const struct syslog *s)
{
    enum logsource_id by_program = normal_route_program(&n->route, s->program);
    enum { FACILITY_AUTH = 4, FACILITY_AUTHPRIV = 10 };
    bool auth = s->facility == FACILITY_AUTH || s->facility == FACILITY_AUTHPRIV;
    return by_program == LOGSOURCE_LINUX_SYSLOG && auth ? LOGSOURCE_LINUX_AUTH : by_program;
}

/* A record that auditd wrote to its own file. */
static struct rc from_audit(struct normal_parts_build *b, struct auditd *record,
                            struct event *out)
{
    b->time = record->time;
    b->host = record->node;
    TRY(normal_linux_audit(b, record));
    normal_parts_event(b, out);
    out->logsource = LOGSOURCE_LINUX_AUDITD;
    out->shape = "auditd";
    out->trust = TRUST_JOURNAL;
    return RC_OK;
}

/* What the message says, for the programs whose messages are known. */
static struct rc put_message(struct normal_parts_build *b, enum logsource_id logsource,
                             struct str message)
{
    struct auditd record;
    TRY(put(b, STR("message"), b->n->line_ids.message, message));
    if (logsource == LOGSOURCE_LINUX_AUDITD && auditd_open(message, &record)) {
        return normal_linux_audit(b, &record);
    }
    return logsource == LOGSOURCE_LINUX_SSHD ? normal_linux_sshd(b, message) : RC_OK;
}

/*
 * A syslog daemon wrote the line, and its own file is taken for granted. Without a time it may
 * be any line of any program, which only looks like one of syslog.
 */
static struct rc vouch(const struct normal_parts_build *b, const struct syslog *s,
                       struct event *out)
{
    const struct str parts[] = {s->program, s->pid, s->message};
    if (strcmp(s->dialect, "journal") == 0 || strcmp(s->dialect, "auditd") == 0) {
        return RC_OK;
    }
    out->trust = TRUST_DAEMON;
    return normal_linux_identity(b->batch, parts, &out->identity);
}

static struct rc from_syslog(struct normal_parts_build *b, const struct syslog *s,
                             struct event *out)
{
    const struct syslog_ids *ids = &b->n->line_ids;
    b->time = s->time;
    b->host = s->hostname;
    TRY(put(b, STR("hostname"), ids->hostname, s->hostname));
    TRY(put(b, STR("program"), ids->program, s->program));
    if (ids->appname != FIELD_NONE) {
        TRY(put(b, STR("appname"), ids->appname, s->program));
    }
    TRY(put(b, STR("pid"), ids->pid, s->pid));
    TRY(put(b, STR("facility"), ids->facility, syslog_facility_name(s->facility)));
    TRY(put(b, STR("severity"), ids->severity, syslog_severity_name(s->severity)));
    for (uint32_t i = 0; i < s->param_count; i++) {
        TRY(put_param(b, &s->params[i]));
    }
    struct str message = s->message;
    if (normal_xml_sniff(message)) {
        struct rc rc = normal_parts_xml(b, message, 0, out);
        if (!rc_failed(rc) || rc.code == ERR_ARENA_FULL) {
            out->shape = "syslog-xml";
            return rc;
        }
    }
    enum logsource_id logsource = service_of(b->n, s);
    TRY(put_message(b, logsource, message));
    normal_parts_event(b, out);
    out->logsource = logsource;
    out->shape = s->dialect;
    return vouch(b, s, out);
}

static struct rc from_access(struct normal_parts_build *b, const struct access *a,
                             struct event *out)
{
    b->time = a->time;
    b->host = a->host;
    TRY(put_name(b, STR("c-ip"), a->client));
    TRY(put_name(b, STR("cs-username"), a->user));
    TRY(put_name(b, STR("cs-method"), a->method));
    TRY(put_name(b, STR("cs-uri-stem"), a->stem));
    TRY(put_name(b, STR("cs-uri-query"), a->query));
    TRY(put_name(b, STR("c-uri"), a->uri));
    TRY(put_name(b, STR("cs-uri"), a->uri));
    TRY(put_name(b, STR("cs-version"), a->version));
    TRY(put_name(b, STR("cs-host"), a->host));
    TRY(put_name(b, STR("sc-status"), a->status));
    TRY(put_name(b, STR("sc-bytes"), a->bytes));
    TRY(put_name(b, STR("cs-referer"), a->referer));
    TRY(put_name(b, STR("cs-user-agent"), a->agent));
    TRY(put_name(b, STR("c-useragent"), a->agent));
    normal_parts_event(b, out);
    out->logsource = LOGSOURCE_WEBSERVER;
    out->shape = "access-log";
    return RC_OK;
}

static struct rc from_text(struct normal_parts_build *b, struct str line, struct event *out)
{
    if (normal_xml_sniff(line)) {
        struct rc rc = normal_parts_xml(b, line, 0, out);
        if (!rc_failed(rc) || rc.code == ERR_ARENA_FULL) {
            out->shape = "windows-xml";
            return rc;
        }
    }
    TRY(put(b, STR("message"), b->n->line_ids.message, line));
    normal_parts_event(b, out);
    out->logsource = LOGSOURCE_UNKNOWN;
    out->shape = "text";
    return RC_OK;
}

struct rc normal_line(struct normal *n, struct str line, int64_t latest_s, struct arena *batch,
                      struct event *out)
{
    struct normal_parts_build b = {
        .n = n, .batch = batch, .time.us = WALLTIME_NONE, .host = STR_INIT("")};
    struct event e;
    struct access access;
    struct syslog syslog;
    struct auditd record;
    if (auditd_open(line, &record)) {
        TRY(from_audit(&b, &record, &e));
    } else if (access_parse(line, &access)) {
        TRY(from_access(&b, &access, &e));
    } else if (syslog_parse(line, latest_s, &syslog)) {
        TRY(from_syslog(&b, &syslog, &e));
    } else {
        TRY(from_text(&b, line, &e));
    }
    e.text = line;
    *out = e;
    return RC_OK;
}
