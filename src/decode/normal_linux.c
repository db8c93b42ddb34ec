/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_linux.h"

#include "decode/auth_sshd.h"

enum {
    ADDRESS_TEXT_BYTES = 48,
    SADDR_V4_DIGITS = 16, /* family, port, address */
    SADDR_V6_DIGITS = 48, /* family, port, flow, address */
};

static struct rc add(struct normal_parts_build *b, struct str name, struct str text,
                     uint8_t flags)
{
    if (text.n == 0) {
        return RC_OK;
    }
    return normal_parts_add(b, (struct field){.name = name,
                                              .value = value_text_of(text),
                                              .id = fields_find(b->n->names, name),
                                              .flags = flags});
}

static struct rc add_address(struct normal_parts_build *b, struct str name,
                             const struct ipaddr *a, uint8_t flags)
{
    char room[ADDRESS_TEXT_BYTES];
    struct buf text = {.p = room, .room = sizeof(room), .cap = sizeof(room)};
    struct str own;
    if (a->family == IPADDR_NONE) {
        return RC_OK;
    }
    ipaddr_format(&text, a);
    TRY(arena_copy(b->batch, buf_str(&text), &own));
    return add(b, name, own, flags);
}

static struct rc add_number(struct normal_parts_build *b, struct str name, uint64_t v,
                            uint8_t flags)
{
    char digits[20];
    struct buf text = {.p = digits, .room = sizeof(digits), .cap = sizeof(digits)};
    struct str own;
    buf_u64(&text, v);
    TRY(arena_copy(b->batch, buf_str(&text), &own));
    return add(b, name, own, flags);
}

struct rc normal_linux_sshd(struct normal_parts_build *b, struct str message)
{
    static const struct str auth[] = {
        [AUTH_SSHD_FAILURE] = STR_INIT("failure"), [AUTH_SSHD_SUCCESS] = STR_INIT("success"),
        [AUTH_SSHD_PROBE] = STR_INIT("probe"),     [AUTH_SSHD_OPENED] = STR_INIT(""),
        [AUTH_SSHD_CLOSED] = STR_INIT(""),
    };
    static const struct str session[] = {
        [AUTH_SSHD_FAILURE] = STR_INIT(""),      [AUTH_SSHD_SUCCESS] = STR_INIT(""),
        [AUTH_SSHD_PROBE] = STR_INIT(""),        [AUTH_SSHD_OPENED] = STR_INIT("opened"),
        [AUTH_SSHD_CLOSED] = STR_INIT("closed"),
    };
    const uint8_t made = FIELD_DERIVED, sure = FIELD_DERIVED | FIELD_ANCHORED;
    struct auth_sshd a;
    if (!auth_sshd_parse(message, &a)) {
        return RC_OK;
    }
    /* Only of these sshd and PAM know that the account exists. */
    bool exists =
        a.kind == AUTH_SSHD_SUCCESS || a.kind == AUTH_SSHD_OPENED || a.kind == AUTH_SSHD_CLOSED;
    TRY(add(b, STR("auth"), auth[a.kind], made));
    TRY(add(b, STR("session"), session[a.kind], made));
    TRY(add(b, STR("service"), a.pam ? STR("pam") : STR("ssh"), made));
    TRY(add(b, STR("method"), a.method, made));
    TRY(add(b, STR("user"), a.user, exists ? sure : made));
    TRY(add_address(b, STR("src_ip"), &a.address, a.pam ? made : sure));
    TRY(add(b, STR("src_port"), a.port, made));
    return a.repeated > 1 ? add_number(b, STR("repeated"), a.repeated, made) : RC_OK;
}

/* Text of the process that was watched, or of whoever talked to it: true, but what it says may
 * be anything. */
static bool is_chosen(const struct auditd_pair *p, bool exec)
{
    static const struct str names[] = {STR_INIT("comm"), STR_INIT("ocomm"),
                                       STR_INIT("proctitle"), STR_INIT("data"),
                                       STR_INIT("cmd")};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(p->name, names[i])) {
            return true;
        }
    }
    return exec && p->name.p[0] == 'a' && p->name.n > 1 && str_is_digit(p->name.p[1]);
}

/* What msg='…' says: a name twice is a name too many. */
struct user_part {
    unsigned exe, acct, addr;
    bool success, numeric;
};

static void look(struct auditd record, struct user_part *out)
{
    struct auditd_pair p;
    *out = (struct user_part){0};
    while (auditd_next(&record, &p)) {
        struct ipaddr a;
        if (p.part != AUDITD_USER) {
            continue;
        }
        out->exe += str_eq(p.name, STR("exe"));
        out->acct += str_eq(p.name, STR("acct"));
        out->success |= str_eq(p.name, STR("res")) && str_eq(p.value, STR("success"));
        if (str_eq(p.name, STR("addr"))) {
            out->addr++;
            out->numeric = ipaddr_parse(p.value, &a) && ipaddr_is_single(&a);
        }
    }
}

static bool is_sure(const struct auditd_pair *p, const struct user_part *u, bool exec)
{
    if (p->part != AUDITD_USER) {
        return !is_chosen(p, exec);
    }
    return (str_eq(p->name, STR("exe")) && u->exe == 1) ||
           (str_eq(p->name, STR("acct")) && u->acct == 1 && u->success) ||
           (str_eq(p->name, STR("addr")) && u->addr == 1 && u->numeric);
}

/* Several keys on one rule stand in one field, with byte 1 between them. */
static struct rc add_keys(struct normal_parts_build *b, struct str text, uint8_t flags)
{
    while (text.n != 0) {
        size_t end = str_find_char(text, '\x01');
        TRY(add(b, STR("key"), str_upto(text, end), flags));
        text = end == SIZE_MAX ? STR("") : str_from(text, end + 1);
    }
    return RC_OK;
}

/* 02 00, port in network order, address: what connect() was given. */
static struct rc add_peer(struct normal_parts_build *b, struct str hex)
{
    uint8_t raw[SADDR_V6_DIGITS / 2] = {0};
    size_t n = hex.n / 2 < sizeof(raw) ? hex.n / 2 : sizeof(raw);
    for (size_t i = 0; i < n; i++) {
        int high = str_hex_digit(hex.p[2 * i]), low = str_hex_digit(hex.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return RC_OK;
        }
        raw[i] = (uint8_t)(high << 4 | low);
    }
    bool v4 = raw[0] == 2 && raw[1] == 0 && hex.n >= SADDR_V4_DIGITS;
    bool v6 = raw[0] == 10 && raw[1] == 0 && hex.n >= SADDR_V6_DIGITS;
    if (!v4 && !v6) {
        return RC_OK;
    }
    uint8_t wire[IPADDR_WIRE_BYTES] = {v4 ? IPADDR_V4 : IPADDR_V6, v4 ? 32 : 128};
    memcpy(wire + 2, raw + (v4 ? 4 : 8), v4 ? 4 : 16);
    struct ipaddr a;
    const uint8_t sure = FIELD_DERIVED | FIELD_ANCHORED;
    if (!ipaddr_get(wire, &a)) { /* IPv4 in IPv6 clothes: ipaddr_get wants it plain */
        memset(wire, 0, sizeof(wire));
        wire[0] = IPADDR_V4;
        wire[1] = 32;
        memcpy(wire + 2, raw + 20, 4);
        if (!ipaddr_get(wire, &a)) {
            return RC_OK;
        }
    }
    TRY(add_address(b, STR("laddr"), &a, sure));
    return add_number(b, STR("lport"), (uint64_t)raw[2] << 8 | raw[3], sure);
}

struct rc normal_linux_audit(struct normal_parts_build *b, struct auditd *record)
{
    struct user_part user;
    struct auditd_pair p;
    bool exec = record->exec, known_peer = record->enriched.n != 0;
    look(*record, &user);
    TRY(add(b, STR("node"), record->node, 0));
    TRY(add(b, STR("type"), record->type, FIELD_ANCHORED));
    TRY(add(b, STR("audit_id"), record->id, FIELD_ANCHORED));
    while (auditd_next(record, &p)) {
        struct str text;
        uint8_t flags = is_sure(&p, &user, exec) ? FIELD_ANCHORED : 0;
        TRY(auditd_text(&p, b->batch, &text));
        if (str_eq(p.name, STR("key"))) {
            TRY(add_keys(b, text, flags));
            continue;
        }
        TRY(add(b, p.name, text, flags));
        if (!known_peer && p.part == AUDITD_KERNEL && str_eq(p.name, STR("saddr"))) {
            TRY(add_peer(b, p.value));
        }
    }
    return RC_OK;
}

struct rc normal_linux_identity(struct arena *batch, const struct str parts[static 3],
                                struct bytes *out)
{
    static const struct str kind = STR_INIT("syslog");
    enum { LENGTH_BYTES = 4, PARTS = 4 };
    struct str all[PARTS] = {kind, parts[0], parts[1], parts[2]};
    struct str *message = &all[PARTS - 1];
    if (parts[0].n == 0 || parts[1].n == 0) {
        *out = (struct bytes){0};
        return RC_OK;
    }
    while (message->n != 0 && str_is_space(message->p[message->n - 1])) {
        message->n--;
    }
    size_t n = 0;
    for (size_t i = 0; i < PARTS; i++) {
        n += LENGTH_BYTES + all[i].n;
    }
    char *text = arena_text(batch, n);
    if (text == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    struct buf room = {.p = text, .room = n, .cap = n};
    for (size_t i = 0; i < PARTS; i++) {
        buf_lstr(&room, all[i]);
    }
    check(!room.full && room.n == n);
    *out = bytes_of(buf_str(&room));
    return RC_OK;
}

static bool is_byte(const struct json_pair *p, uint8_t *out)
{
    uint64_t v;
    if (p->value.type != VALUE_NUMBER ||
        !str_to_u64((struct str){(const char *)p->value.p, p->value.n}, &v) || v > UINT8_MAX) {
        return false;
    }
    *out = (uint8_t)v;
    return true;
}

struct rc normal_linux_join(struct normal_linux_pairs *p, struct arena *batch)
{
    static const struct str message = STR_INIT("MESSAGE");
    const struct json_pair *in = p->pairs.p;
    size_t n = p->pairs.n, start = 0, bytes = 0;
    uint8_t byte;
    while (start < n && !(str_eq(in[start].path, message) && is_byte(&in[start], &byte))) {
        start++;
    }
    while (start + bytes < n && str_eq(in[start + bytes].path, message) &&
           is_byte(&in[start + bytes], &byte)) {
        bytes++;
    }
    if (bytes == 0) {
        return RC_OK;
    }
    char *text = arena_text(batch, bytes);
    struct json_pair *pairs = arena_alloc(batch, n * sizeof(*pairs));
    struct normal_shape_key **keys = arena_alloc(batch, n * sizeof(struct normal_shape_key *));
    if (text == NULL || pairs == NULL || keys == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (size_t i = 0; i < bytes; i++) {
        text[i] = is_byte(&in[start + i], &byte) ? (char)byte : ' ';
    }
    size_t used = 0;
    for (size_t i = 0; i < n; i += i == start ? bytes : 1) {
        pairs[used] = in[i];
        keys[used++] = p->keys[i];
    }
    pairs[start].value = value_text_of((struct str){text, bytes});
    p->pairs = (struct json_pairs){.p = pairs, .n = used, .room = n};
    p->keys = keys;
    return RC_OK;
}

/* The text of a field that is there once; empty otherwise. */
static struct rc single(const struct normal_parts_build *b, struct str name, struct str *out)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        count += str_eq(b->fields[i].name, name);
    }
    *out = STR("");
    return count == 1 ? normal_parts_text(b, name, out) : RC_OK;
}

static struct str base_name(struct str path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/') {
        at--;
    }
    return str_from(path, at);
}

/* Below one of these only root writes. */
static bool is_system_path(struct str path)
{
    static const struct str folders[] = {STR_INIT("/usr/"), STR_INIT("/bin/"),
                                         STR_INIT("/sbin/"), STR_INIT("/lib/")};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        if (str_starts(path, folders[i])) {
            return !str_starts(path, STR("/usr/local/"));
        }
    }
    return false;
}

/* A session's process is sshd's too, whatever it calls itself in the log. */
static bool fits(struct str program, struct str name)
{
    static const struct str parts[] = {STR_INIT("sshd"), STR_INIT("sshd-session"),
                                       STR_INIT("sshd-auth")};
    bool a = false, b = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        a |= str_eq(program, parts[i]);
        b |= str_eq(name, parts[i]);
    }
    return name.n != 0 && ((a && b) || str_eq_nocase(program, name));
}

static struct rc journal_trust(const struct normal_parts_build *b, struct str program,
                               enum trust *out)
{
    struct str uid, exe, comm;
    TRY(single(b, STR("_UID"), &uid));
    TRY(single(b, STR("_EXE"), &exe));
    TRY(single(b, STR("_COMM"), &comm));
    bool root = str_eq(uid, STR("0"));
    bool fit =
        exe.n != 0 ? is_system_path(exe) && fits(program, base_name(exe)) : fits(program, comm);
    *out = root && fit ? TRUST_JOURNAL : TRUST_ATTACKER;
    return RC_OK;
}

/* The pid as the same message has it in a file of syslog. */
static struct rc journal_pid(const struct normal_parts_build *b, struct str *out)
{
    struct str transport;
    TRY(single(b, STR("SYSLOG_PID"), out));
    TRY(single(b, STR("_TRANSPORT"), &transport));
    return out->n != 0 || str_eq(transport, STR("syslog")) ? RC_OK : single(b, STR("pid"), out);
}

struct rc normal_linux_journal(struct normal_parts_build *b, struct event *e)
{
    struct str parts[3];
    TRY(single(b, STR("program"), &parts[0]));
    TRY(journal_pid(b, &parts[1]));
    TRY(single(b, STR("message"), &parts[2]));
    TRY(journal_trust(b, parts[0], &e->trust));
    for (uint32_t i = 0; i < b->count; i++) {
        /* The journal lets no client write a name that begins so. */
        bool own = b->fields[i].name.n != 0 && b->fields[i].name.p[0] == '_';
        b->fields[i].flags |= own ? FIELD_ANCHORED : 0;
    }
    return normal_linux_identity(b->batch, parts, &e->identity);
}
