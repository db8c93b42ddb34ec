/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_linux.h"
#include "decode/normal_parts.h"
#include "decode/normal_time.h"
#include "decode/normal_xml.h"

/* A time with a zone beats any without; UtcTime and TimeGenerated are UTC by definition. */
enum { RANK_ZONED = 100 };

static struct rc see_time(struct normal_parts_build *b, const struct normal_shape_key *key,
                          struct value value)
{
    struct str text;
    struct walltime t;
    bool zoned;
    if (!value_is_scalar(value) || (unsigned)key->time_rank + RANK_ZONED <= b->time_rank) {
        return RC_OK;
    }
    TRY(value_text(value, b->batch, &text));
    if (!normal_time_parse(text, &t, &zoned)) {
        return RC_OK;
    }
    bool utc = zoned || str_eq(key->name, STR("UtcTime")) ||
               str_eq(key->name, STR("TimeGenerated")) ||
               str_eq(key->name, STR("CreationTime"));
    unsigned rank = key->time_rank + (utc ? RANK_ZONED : 0u);
    if (rank > b->time_rank) {
        b->time = t;
        b->time_rank = rank;
    }
    return RC_OK;
}

static struct rc see_host(struct normal_parts_build *b, const struct normal_shape_key *key,
                          struct value value)
{
    if (!value_is_scalar(value) || key->host_rank <= b->host_rank) {
        return RC_OK;
    }
    struct str text;
    TRY(value_text(value, b->batch, &text));
    if (text.n != 0) {
        b->host = text;
        b->host_rank = key->host_rank;
    }
    return RC_OK;
}

/* The names that normalisation adds, unless the record has them itself. */
static struct rc add_aliases(struct normal_parts_build *b, const struct json_pairs *pairs,
                             struct normal_shape_key *const *keys, uint32_t from)
{
    uint8_t *seen = arena_zalloc(b->batch, fields_count(b->n->names), 1);
    if (seen == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = from; i < b->count; i++) {
        seen[b->fields[i].id] |= value_is_scalar(b->fields[i].value);
    }
    for (size_t i = 0; i < pairs->n; i++) {
        uint16_t id = keys[i]->alias;
        if (id != FIELD_NONE && !seen[id] && value_is_scalar(pairs->p[i].value)) {
            TRY(normal_parts_add(b, (struct field){.name = fields_name(b->n->names, id),
                                                   .value = pairs->p[i].value,
                                                   .id = id,
                                                   .flags = FIELD_DERIVED}));
        }
    }
    return RC_OK;
}

/* Add the pairs under the names they have in a shape. */
static struct rc add_pairs(struct normal_parts_build *b, const struct json_pairs *pairs,
                           struct normal_shape_key *const *keys, enum normal_shape_id shape)
{
    enum normal_shape_style style = normal_shape_row(shape)->style;
    /* Where keys above are stripped away, the objects they led to are no fields. */
    bool flat = style == NORMAL_STYLE_WINDOWS || style == NORMAL_STYLE_RAW, any_alias = false;
    uint32_t from = b->count;
    for (size_t i = 0; i < pairs->n; i++) {
        struct normal_shape_key *key = keys[i];
        struct json_pair p = pairs->p[i];
        if (UNLIKELY(key->shape != shape || key->literal != p.literal)) {
            key->literal = p.literal;
            TRY(normal_shape_resolve(&b->n->shape, key, shape, b->batch));
        }
        if (key->name.n == 0 || (flat && p.value.type == VALUE_OBJECT)) {
            continue;
        }
        bool literal = p.literal && memchr(key->name.p, '.', key->name.n) != NULL;
        TRY(normal_parts_add(
            b, (struct field){.name = key->name,
                              .value = p.value,
                              .id = key->id,
                              .flags = (uint8_t)(key->flags | (literal ? FIELD_LITERAL : 0))}));
        any_alias |= key->alias != FIELD_NONE;
        if (key->time_rank != 0) {
            TRY(see_time(b, key, p.value));
        }
        if (key->host_rank != 0) {
            TRY(see_host(b, key, p.value));
        }
    }
    return any_alias ? add_aliases(b, pairs, keys, from) : RC_OK;
}

/* A field whose text is a JSON object of its own: its members are the event. */
static struct rc add_nested(struct normal_parts_build *b, struct str name,
                            enum normal_shape_id shape)
{
    struct str text;
    struct json_pairs pairs = {0};
    struct normal_shape_key **keys;
    enum normal_shape_id own;
    TRY(normal_parts_text(b, name, &text));
    if (text.n == 0 || text.p[0] != '{' || rc_failed(json_flatten(text, b->batch, &pairs))) {
        return RC_OK; /* it stays the text it is */
    }
    TRY(normal_shape_find(&b->n->shape, &pairs, b->batch, &keys, &own));
    return add_pairs(b, &pairs, keys, shape);
}

static struct rc finish_syslog(struct normal_parts_build *b, enum normal_shape_id shape,
                               struct event *out)
{
    struct str message, program;
    TRY(normal_parts_text(b, STR("message"), &message));
    if (normal_xml_sniff(message)) {
        struct rc rc = normal_parts_xml(b, message, FIELD_ENVELOPE, out);
        if (!rc_failed(rc) || rc.code == ERR_ARENA_FULL) {
            return rc;
        }
    }
    TRY(normal_parts_text(b, STR("program"), &program));
    struct auditd record;
    bool audit = str_starts(message, STR("type="));
    enum logsource_id logsource =
        audit ? LOGSOURCE_LINUX_AUDITD : normal_route_program(&b->n->route, program);
    if (audit && auditd_open(message, &record)) {
        TRY(normal_linux_audit(b, &record));
    } else if (logsource == LOGSOURCE_LINUX_SSHD) {
        TRY(normal_linux_sshd(b, message));
    }
    normal_parts_event(b, out);
    out->logsource = logsource;
    return shape == NORMAL_SHAPE_JOURNALD ? normal_linux_journal(b, out) : RC_OK;
}

static struct rc has_word(const struct normal_parts_build *b, struct str name, struct str word,
                          bool *out)
{
    *out = false;
    for (uint32_t i = 0; i < b->count; i++) {
        struct str text;
        if (!str_eq(b->fields[i].name, name) || !value_is_scalar(b->fields[i].value)) {
            continue;
        }
        TRY(value_text(b->fields[i].value, b->batch, &text));
        *out |= str_find(text, word) != SIZE_MAX;
    }
    return RC_OK;
}

enum os { OS_WINDOWS, OS_LINUX, OS_MACOS, OS_COUNT };

static struct rc find_os(const struct normal_parts_build *b, enum os *out)
{
    static const struct str names[] = {STR_INIT("host.os.type"), STR_INIT("host.os.family"),
                                       STR_INIT("host.os.platform")};
    struct str text = STR("");
    for (size_t i = 0; i < COUNT_OF(names) && text.n == 0; i++) {
        TRY(normal_parts_text(b, names[i], &text));
    }
    if (text.n == 0) {
        TRY(normal_parts_text(b, STR("process.executable"), &text));
        *out = text.n != 0 && text.p[0] == '/' ? OS_LINUX : OS_WINDOWS;
        return RC_OK;
    }
    bool mac = str_eq(text, STR("macos")) || str_eq(text, STR("darwin"));
    *out = str_eq(text, STR("windows")) ? OS_WINDOWS : mac ? OS_MACOS : OS_LINUX;
    return RC_OK;
}

/* ECS categories, in the order in which they decide. */
static const struct ecs_row {
    struct str category, action; /* a word of event.category; of event.action or event.type */
    enum logsource_id logsource[OS_COUNT];
} ecs_rows[] = {
    {STR_INIT("driver"),
     STR_INIT(""),
     {LOGSOURCE_ECS_DRIVER_LOAD, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("library"),
     STR_INIT(""),
     {LOGSOURCE_ECS_IMAGE_LOAD, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("registry"),
     STR_INIT(""),
     {LOGSOURCE_ECS_REGISTRY, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("dns"),
     STR_INIT(""),
     {LOGSOURCE_ECS_DNS_QUERY, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("network"),
     STR_INIT("lookup"),
     {LOGSOURCE_ECS_DNS_QUERY, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("network"),
     STR_INIT(""),
     {LOGSOURCE_ECS_NETWORK_CONNECTION, LOGSOURCE_LINUX_NETWORK_CONNECTION,
      LOGSOURCE_MACOS_NETWORK_CONNECTION}},
    {STR_INIT("file"),
     STR_INIT("delet"),
     {LOGSOURCE_ECS_FILE_DELETE, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("file"),
     STR_INIT("rename"),
     {LOGSOURCE_ECS_FILE_RENAME, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("file"),
     STR_INIT(""),
     {LOGSOURCE_ECS_FILE_EVENT, LOGSOURCE_LINUX_FILE_EVENT, LOGSOURCE_MACOS_FILE_EVENT}},
    {STR_INIT("process"),
     STR_INIT("end"),
     {LOGSOURCE_ECS_PROCESS_TERMINATION, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("process"),
     STR_INIT("termin"),
     {LOGSOURCE_ECS_PROCESS_TERMINATION, LOGSOURCE_LINUX, LOGSOURCE_MACOS}},
    {STR_INIT("process"),
     STR_INIT(""),
     {LOGSOURCE_ECS_PROCESS_CREATION, LOGSOURCE_LINUX_PROCESS_CREATION,
      LOGSOURCE_MACOS_PROCESS_CREATION}},
};

static struct rc finish_ecs(struct normal_parts_build *b, struct event *out)
{
    static const enum logsource_id whole[OS_COUNT] = {LOGSOURCE_WINDOWS, LOGSOURCE_LINUX,
                                                      LOGSOURCE_MACOS};
    enum os os;
    TRY(find_os(b, &os));
    out->logsource = whole[os];
    for (size_t i = 0; i < COUNT_OF(ecs_rows); i++) {
        bool category, action, type;
        TRY(has_word(b, STR("event.category"), ecs_rows[i].category, &category));
        TRY(has_word(b, STR("event.action"), ecs_rows[i].action, &action));
        TRY(has_word(b, STR("event.type"), ecs_rows[i].action, &type));
        if (category && (ecs_rows[i].action.n == 0 || action || type)) {
            out->logsource = ecs_rows[i].logsource[os];
            return RC_OK;
        }
    }
    /* A process with its command line and nothing said about it: it was started. */
    if (normal_parts_find(b, STR("event.category")) == NULL &&
        normal_parts_find(b, STR("process.command_line")) != NULL) {
        out->logsource = ecs_rows[COUNT_OF(ecs_rows) - 1].logsource[os];
    }
    return RC_OK;
}

struct value_row {
    struct str field, value;
    enum logsource_id logsource;
};

/* The first row whose field has that value (or, with an empty value, is there) decides. */
static struct rc by_value(const struct normal_parts_build *b, const struct value_row *rows,
                          size_t count, enum logsource_id *out)
{
    for (size_t i = 0; i < count; i++) {
        struct str text;
        TRY(normal_parts_text(b, rows[i].field, &text));
        if (text.n != 0 && (rows[i].value.n == 0 || str_eq_nocase(text, rows[i].value))) {
            *out = rows[i].logsource;
            return RC_OK;
        }
    }
    return RC_OK;
}

#define ZEEK_ROWS(path_key)                                                                    \
    {STR_INIT(path_key), STR_INIT("conn"), LOGSOURCE_ZEEK_CONN},                               \
        {STR_INIT(path_key), STR_INIT("dce_rpc"), LOGSOURCE_ZEEK_DCE_RPC},                     \
        {STR_INIT(path_key), STR_INIT("dns"), LOGSOURCE_ZEEK_DNS},                             \
        {STR_INIT(path_key), STR_INIT("http"), LOGSOURCE_ZEEK_HTTP},                           \
        {STR_INIT(path_key), STR_INIT("kerberos"), LOGSOURCE_ZEEK_KERBEROS},                   \
        {STR_INIT(path_key), STR_INIT("rdp"), LOGSOURCE_ZEEK_RDP},                             \
        {STR_INIT(path_key), STR_INIT("smb_files"), LOGSOURCE_ZEEK_SMB_FILES},                 \
        {STR_INIT(path_key), STR_INIT("x509"), LOGSOURCE_ZEEK_X509},                           \
    {                                                                                          \
        STR_INIT(path_key), STR_INIT(""), LOGSOURCE_ZEEK                                       \
    }

/* One file per log, as Zeek writes it, has no path in its records: keys tell. */
static const struct value_row zeek_rows[] = {
    ZEEK_ROWS("_path"),
    ZEEK_ROWS("@stream"),
    ZEEK_ROWS("@path"),
    {STR_INIT("conn_state"), STR_INIT(""), LOGSOURCE_ZEEK_CONN},
    {STR_INIT("trans_id"), STR_INIT(""), LOGSOURCE_ZEEK_DNS},
    {STR_INIT("trans_depth"), STR_INIT(""), LOGSOURCE_ZEEK_HTTP},
    {STR_INIT("endpoint"), STR_INIT(""), LOGSOURCE_ZEEK_DCE_RPC},
    {STR_INIT("request_type"), STR_INIT(""), LOGSOURCE_ZEEK_KERBEROS},
    {STR_INIT("security_protocol"), STR_INIT(""), LOGSOURCE_ZEEK_RDP},
    {STR_INIT("certificate.serial"), STR_INIT(""), LOGSOURCE_ZEEK_X509},
    {STR_INIT("action"), STR_INIT("SMB::FILE_OPEN"), LOGSOURCE_ZEEK_SMB_FILES},
    {STR_INIT("action"), STR_INIT("SMB::FILE_READ"), LOGSOURCE_ZEEK_SMB_FILES},
    {STR_INIT("action"), STR_INIT("SMB::FILE_WRITE"), LOGSOURCE_ZEEK_SMB_FILES},
    {STR_INIT("action"), STR_INIT("SMB::FILE_DELETE"), LOGSOURCE_ZEEK_SMB_FILES},
    {STR_INIT("action"), STR_INIT("SMB::FILE_RENAME"), LOGSOURCE_ZEEK_SMB_FILES},
};

static const struct value_row gcp_rows[] = {
    {STR_INIT("protoPayload.serviceName"), STR_INIT("admin.googleapis.com"),
     LOGSOURCE_GOOGLE_WORKSPACE_ADMIN},
    {STR_INIT("protoPayload.serviceName"), STR_INIT("login.googleapis.com"),
     LOGSOURCE_GOOGLE_WORKSPACE_LOGIN},
};

static const struct value_row m365_rows[] = {
    {STR_INIT("Workload"), STR_INIT("Exchange"), LOGSOURCE_M365_EXCHANGE},
    {STR_INIT("Workload"), STR_INIT("SecurityComplianceCenter"),
     LOGSOURCE_M365_THREAT_MANAGEMENT},
    {STR_INIT("Workload"), STR_INIT("ThreatIntelligence"), LOGSOURCE_M365_THREAT_DETECTION},
};

static const struct value_row azure_rows[] = {
    {STR_INIT("category"), STR_INIT("SignInLogs"), LOGSOURCE_AZURE_SIGNINLOGS},
    {STR_INIT("Category"), STR_INIT("SignInLogs"), LOGSOURCE_AZURE_SIGNINLOGS},
    {STR_INIT("category"), STR_INIT("NonInteractiveUserSignInLogs"),
     LOGSOURCE_AZURE_SIGNINLOGS},
    {STR_INIT("category"), STR_INIT("ServicePrincipalSignInLogs"), LOGSOURCE_AZURE_SIGNINLOGS},
    {STR_INIT("Type"), STR_INIT("SigninLogs"), LOGSOURCE_AZURE_SIGNINLOGS},
    {STR_INIT("category"), STR_INIT("AuditLogs"), LOGSOURCE_AZURE_AUDITLOGS},
    {STR_INIT("Type"), STR_INIT("AuditLogs"), LOGSOURCE_AZURE_AUDITLOGS},
    {STR_INIT("category"), STR_INIT("RiskyUsers"), LOGSOURCE_AZURE_RISKDETECTION},
    {STR_INIT("category"), STR_INIT("UserRiskEvents"), LOGSOURCE_AZURE_RISKDETECTION},
    {STR_INIT("LoggedByService"), STR_INIT(""), LOGSOURCE_AZURE_AUDITLOGS},
    {STR_INIT("loggedByService"), STR_INIT(""), LOGSOURCE_AZURE_AUDITLOGS},
    {STR_INIT("AuthenticationRequirement"), STR_INIT(""), LOGSOURCE_AZURE_SIGNINLOGS},
};

/* A second service of the same record, with the same fields. */
static struct rc also(struct event *e, enum logsource_id logsource, struct arena *batch)
{
    struct view *view = arena_zalloc(batch, 1, sizeof(*view));
    if (view == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    view->logsource = logsource;
    e->views = view;
    e->view_count = 1;
    return RC_OK;
}

static struct rc finish_raw(struct normal_parts_build *b, struct event *out)
{
    struct str raw;
    TRY(normal_parts_text(b, STR("_raw"), &raw));
    if (normal_xml_sniff(raw)) {
        struct rc rc = normal_parts_xml(b, raw, 0, out);
        if (!rc_failed(rc) || rc.code == ERR_ARENA_FULL) {
            return rc;
        }
        normal_parts_event(b, out);
        return RC_OK;
    }
    struct walltime time = b->time;
    TRY(normal_line(b->n, raw, 0, b->batch, out));
    out->time = walltime_known(time) ? time : out->time;
    out->host = out->host.n != 0 ? out->host : b->host;
    out->trust = TRUST_ATTACKER; /* whoever wrote the text around it could write it */
    return RC_OK;
}

static struct rc finish(struct normal_parts_build *b, enum normal_shape_id shape,
                        struct event *out)
{
    const struct normal_shape_row *row = normal_shape_row(shape);
    normal_parts_event(b, out);
    out->logsource = row->logsource;
    switch (row->style) {
    case NORMAL_STYLE_PLAIN:
        return RC_OK;
    case NORMAL_STYLE_WINDOWS:
        return normal_windows_as(b->n, out, row->logsource, b->batch);
    case NORMAL_STYLE_SYSLOG:
        return finish_syslog(b, shape, out);
    case NORMAL_STYLE_ECS:
        return finish_ecs(b, out);
    case NORMAL_STYLE_GCP:
        return by_value(b, gcp_rows, COUNT_OF(gcp_rows), &out->logsource);
    case NORMAL_STYLE_M365:
        TRY(by_value(b, m365_rows, COUNT_OF(m365_rows), &out->logsource));
        return out->logsource == LOGSOURCE_M365_AUDIT
                   ? RC_OK
                   : also(out, LOGSOURCE_M365_AUDIT, b->batch);
    case NORMAL_STYLE_ZEEK:
        return by_value(b, zeek_rows, COUNT_OF(zeek_rows), &out->logsource);
    case NORMAL_STYLE_AZURE:
        TRY(by_value(b, azure_rows, COUNT_OF(azure_rows), &out->logsource));
        return out->logsource == LOGSOURCE_AZURE_RISKDETECTION
                   ? also(out, LOGSOURCE_AZURE_PIM, b->batch)
                   : RC_OK;
    case NORMAL_STYLE_RAW:
        return finish_raw(b, out);
    }
    check(false);
    return RC_OK;
}

struct rc normal_json(struct normal *n, const struct json_pairs *pairs,
                      enum logsource_id forced, struct arena *batch, struct event *out)
{
    struct normal_parts_build b = {
        .n = n, .batch = batch, .time.us = WALLTIME_NONE, .host = STR_INIT("")};
    struct normal_shape_key **keys;
    enum normal_shape_id shape;
    struct event e;
    normal_shape_next_record(&n->shape);
    TRY(normal_shape_find(&n->shape, pairs, batch, &keys, &shape));
    struct normal_linux_pairs own = {*pairs, keys};
    if (shape == NORMAL_SHAPE_JOURNALD) {
        TRY(normal_linux_join(&own, batch));
    }
    TRY(add_pairs(&b, &own.pairs, own.keys, shape));
    if (shape == NORMAL_SHAPE_AZURE_WINDOWS) {
        TRY(add_nested(&b, STR("EventData"), NORMAL_SHAPE_WINDOWS_FLAT));
    } else if (shape == NORMAL_SHAPE_CLOUDTRAIL_WRAPPED) {
        TRY(add_nested(&b, STR("CloudTrailEvent"), NORMAL_SHAPE_CLOUDTRAIL));
    }
    TRY(finish(&b, shape, &e));
    e.shape = normal_shape_row(shape)->name;
    if (forced != LOGSOURCE_UNKNOWN) {
        e.logsource = forced;
        e.views = NULL;
        e.view_count = 0;
    }
    *out = e;
    return RC_OK;
}
