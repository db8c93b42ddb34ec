/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/account.h"

enum {
    PASSWD_FIELDS = 7,
    PASSWD_UID = 2,
    SHADOW_FIELDS = 9,
    SHADOW_PASSWORD = 1,
    SHADOW_EXPIRE = 7,
    STATUS_UIDS = 4, /* real, effective, saved, of the file system */
};

struct str account_fault_text(enum account_fault fault)
{
    static const struct str texts[] = {
        [ACCOUNT_FOUND] = STR_INIT("is there"),
        [ACCOUNT_ABSENT] = STR_INIT("is no local account: it is not in passwd and shadow"),
        [ACCOUNT_TWICE] = STR_INIT("is in the file twice: repair that first"),
        [ACCOUNT_MALFORMED] = STR_INIT("has a line that is not well-formed: repair it first"),
        [ACCOUNT_SYSTEM] = STR_INIT("is a system account (uid below 1000, or nobody): never"),
        [ACCOUNT_SHARED] = STR_INIT("shares its uid with another account: never"),
    };
    return texts[fault];
}

/* The next line without its newline; false at the end. */
static bool next_line(struct str *text, struct str *out)
{
    if (text->n == 0) {
        return false;
    }
    size_t end = str_find_char(*text, '\n');
    *out = str_upto(*text, end);
    *text = str_from(*text, end == SIZE_MAX ? text->n : end + 1);
    return true;
}

/* Exactly `count` fields between colons. */
static bool split(struct str line, struct str *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t end = str_find_char(line, ':');
        if ((end == SIZE_MAX) != (i + 1 == count)) {
            return false;
        }
        fields[i] = str_upto(line, end);
        line = str_from(line, end == SIZE_MAX ? line.n : end + 1);
    }
    return true;
}

static bool is_of(struct str line, struct str name)
{
    return line.n > name.n && line.p[name.n] == ':' && str_starts(line, name);
}

/* The one line of that name, split. */
static enum account_fault find(struct str text, struct str name, struct str *fields,
                               size_t count)
{
    enum account_fault found = ACCOUNT_ABSENT;
    struct str line;
    while (next_line(&text, &line)) {
        if (!is_of(line, name)) {
            continue;
        }
        if (found != ACCOUNT_ABSENT) {
            return ACCOUNT_TWICE;
        }
        found = split(line, fields, count) ? ACCOUNT_FOUND : ACCOUNT_MALFORMED;
    }
    return found;
}

static bool read_uid(struct str s, uint32_t *out)
{
    uint64_t v;
    if (!str_to_u64(s, &v) || v >= UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)v;
    return true;
}

static bool is_shared(struct str passwd, struct str name, uint32_t uid)
{
    struct str line, fields[PASSWD_FIELDS];
    while (next_line(&passwd, &line)) {
        uint32_t other;
        if (!is_of(line, name) && split(line, fields, PASSWD_FIELDS) &&
            read_uid(fields[PASSWD_UID], &other) && other == uid) {
            return true;
        }
    }
    return false;
}

enum account_fault account_find_uid(struct str passwd, struct str name, uint32_t *out_uid)
{
    struct str fields[PASSWD_FIELDS];
    uint32_t uid = 0;
    enum account_fault fault = find(passwd, name, fields, PASSWD_FIELDS);
    if (fault != ACCOUNT_FOUND) {
        return fault;
    }
    if (!read_uid(fields[PASSWD_UID], &uid)) {
        return ACCOUNT_MALFORMED;
    }
    if (uid < ACCOUNT_FIRST_UID || uid == ACCOUNT_NOBODY_UID) {
        return ACCOUNT_SYSTEM;
    }
    if (is_shared(passwd, name, uid)) {
        return ACCOUNT_SHARED;
    }
    *out_uid = uid;
    return ACCOUNT_FOUND;
}

enum account_fault account_find_entry(struct str shadow, struct str name,
                                      struct account_entry *out)
{
    struct str fields[SHADOW_FIELDS];
    enum account_fault fault = find(shadow, name, fields, SHADOW_FIELDS);
    if (fault == ACCOUNT_FOUND) {
        *out = (struct account_entry){fields[SHADOW_PASSWORD], fields[SHADOW_EXPIRE]};
    }
    return fault;
}

void account_rewrite(struct buf *out, struct str shadow, const struct account_entry *entry,
                     const struct account_entry *now)
{
    size_t password = (size_t)(entry->password.p - shadow.p);
    size_t expire = (size_t)(entry->expire.p - shadow.p);
    check(password + entry->password.n <= expire && expire + entry->expire.n <= shadow.n);
    buf_put(out, str_upto(shadow, password));
    buf_put(out, now->password);
    buf_put(out, str_upto(str_from(shadow, password + entry->password.n),
                          expire - password - entry->password.n));
    buf_put(out, now->expire);
    buf_put(out, str_from(shadow, expire + entry->expire.n));
}

bool account_password_is_ours(const struct account_entry *now,
                              const struct account_entry *before)
{
    return str_starts(now->password, STR(ACCOUNT_LOCK)) &&
           str_eq(str_from(now->password, STR(ACCOUNT_LOCK).n), before->password);
}

bool account_expire_is_ours(const struct account_entry *now)
{
    return str_eq(now->expire, STR(ACCOUNT_EXPIRE));
}

/* "Uid:\t1000\t1000\t1000\t1000": one of the first three is what the process is or can be. */
static bool uids_hold(struct str text, uint32_t uid)
{
    for (unsigned i = 0; i < STATUS_UIDS; i++) {
        uint32_t one;
        text = str_trim(text);
        size_t end = str_find_char(text, '\t');
        if (read_uid(str_upto(text, end), &one) && one == uid) {
            return true;
        }
        text = str_from(text, end == SIZE_MAX ? text.n : end);
    }
    return false;
}

enum account_process account_process_of(struct str status, uint32_t uid)
{
    struct str line;
    bool is = false, dead = false;
    /* "Name:" comes first and its text, which is the process's own, has no newline in it */
    while (next_line(&status, &line)) {
        if (str_starts(line, STR("State:"))) {
            struct str state = str_trim(str_from(line, STR("State:").n));
            dead = str_starts(state, STR("Z")) || str_starts(state, STR("X"));
        } else if (str_starts(line, STR("Uid:"))) {
            is = uids_hold(str_from(line, STR("Uid:").n), uid);
        }
    }
    return !is ? ACCOUNT_OTHERS : dead ? ACCOUNT_DEAD : ACCOUNT_RUNS;
}
